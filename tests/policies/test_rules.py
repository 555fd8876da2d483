"""Every rule of POLICIES section 2 is in a policy file, and what it says can be said."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from techdesk.actions import registry
from techdesk.policies.book import SHIPPED, PolicyBook
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import PLACEHOLDERS, RunBy, placeholders
from tests.policies.running import choosing

COUNTS = {"dynamix": ("D", 22), "phonism": ("PH", 10), "wildix": ("W", 14), "zynstra": ("Z", 10),
          "data-dynamics": ("DD", 18)}  # fmt: skip
BOOK = PolicyBook.load()
ACTIONS = {action.id for action in registry.ACTIONS}


def shipped(name: str) -> Policy:
    policy = BOOK.get(name)
    assert policy is not None
    return policy


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_id_is_there_in_order(name: str) -> None:
    prefix, count = COUNTS[name]
    assert [rule.id for rule in shipped(name).rulebook.rules] == [f"{prefix}{n}" for n in range(1, count + 1)]


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_rule_has_a_section_and_something_that_runs_it(name: str) -> None:
    for rule in shipped(name).rulebook.rules:
        assert rule.section, rule.id
        assert rule.uses or rule.messages, rule.id
        if RunBy.GATE in rule.run_by:
            assert rule.messages, f"{rule.id}: a gate needs words"
        cases = [message.case for message in rule.messages]
        assert len(set(cases)) == len(cases), rule.id


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_message_can_be_filled_and_names_actions_that_exist(name: str) -> None:
    filled = dict.fromkeys(PLACEHOLDERS, "X")
    for rule in shipped(name).rulebook.rules:
        for message in rule.messages:
            words, remedy = message.filled(**filled)
            assert not placeholders(words + remedy)
            for action in re.findall(r"<([a-z.]+)>", message.words + message.remedy):
                assert action in ACTIONS, f"{rule.id}: {action}"


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_a_refusal_says_what_to_do(name: str) -> None:
    for rule in shipped(name).rulebook.rules:
        for message in rule.messages:
            assert message.remedy or message.effect != "refuse", f"{rule.id} {message.case}"


@pytest.mark.parametrize("name", [*COUNTS, "office-hours"])
def test_the_file_names_no_person_no_address_and_no_number_to_call(name: str) -> None:
    text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    prose = re.sub(r"detect = \[.*?\]", "", text)
    assert not re.search(r"[\w.]+@[\w.]+", prose)
    assert not re.search(r"\+?\d[\d ()/-]{7,}\d(?![\d-])", re.sub(r"\d{4}-\d\d-\d\d", "", prose))
    assert not re.search(r"https?://", prose)


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_every_choice_of_every_reading_gives_a_policy_that_runs(name: str, tmp_path: Path) -> None:
    for reading in shipped(name).readings:
        for choice in reading.choices:
            book = choosing(tmp_path, name, **{reading.key: choice.value})
            assert book.check() == (), f"{reading.key} = {choice.value}"
            policy = book.get(name)
            assert policy is not None
            assert policy.reading(reading.key) is not None
            for calendar in policy.calendars:
                assert book.calendar(policy, calendar).next_open(0) >= 0


@pytest.mark.parametrize("name", sorted(COUNTS))
def test_a_reading_with_a_choice_is_asked_somewhere(name: str) -> None:
    """A switch that changes nothing would be a promise that is not kept."""
    data = tomllib.loads((SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))
    text = (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")
    for reading in data.get("readings", ()):
        assert len(reading["choices"]) > 1, f"{reading['key']} is no switch: say it among the contradictions"
        if reading["key"] not in TOLD:
            decides = re.search(rf'reading = "{reading["key"]}"|when = {{[^}}]*\b{reading["key"]} =', text)
            assert decides, f"{name}: {reading['key']}"


TOLD: frozenset[str] = frozenset()
"""Readings that a gate asks by name."""


def test_the_readings_of_section_3_are_all_there() -> None:
    numbers = {reading.number for name in COUNTS for reading in shipped(name).readings}
    # Where nothing can be switched it is said among the contradictions, with its number.
    stated = " ".join(each.problem for name in COUNTS for each in shipped(name).rulebook.contradictions)
    numbers |= {int(number) for number in re.findall(r"\(reading (\d+)\)", stated)}
    # 21 is that nothing pauses: no policy has a pause, and the evaluation says so by itself.
    assert numbers >= set(range(1, 31)) - {21}
    for name in COUNTS:
        assert not any(target.pause_on for target in shipped(name).targets)
