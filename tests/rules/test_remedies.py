"""What a refusal tells people to do exists: each key is bound, each verb is one, each named view is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techdesk.actions.keymap import in_force
from techdesk.actions.registry import ACTIONS, Where, action
from techdesk.actions.wording import Surface, spoken
from techdesk.cli import _VERBS
from techdesk.policies.book import PolicyBook
from techdesk.query.views import VIEWS
from techdesk.rules.facts import Evidence, Wish
from techdesk.rules.verdicts import Refuse
from techdesk.sla.levels import Effect
from techdesk.sla.rulebook import Message
from tests.rules.test_policy_rules import HOUR, NOW, ask, zyn

BOOK = PolicyBook.load()
POLICIES = ("dynamix", "phonism", "wildix", "zynstra", "data-dynamics")
SOURCES = sorted((Path(__file__).parents[2] / "techdesk").rglob("*.py"))
NAMED = re.compile(r"<([a-z]+\.[a-z_]+(?:\+[a-z]+\.[a-z_]+)*)>")
VERB = re.compile(r"'techdesk ([a-z]+)")
IN_THE_FORM = {
    ("W4", "new-excluded"), ("W6", "mandatory"), ("W12", "new-critical"), ("W14", "phone"), ("D20", "opener"),
}  # fmt: skip
"""Refused while the form of a new ticket is open: what to do is done there, and no key leads away from it."""


def messages() -> list[tuple[str, Message]]:
    found = []
    for name in POLICIES:
        policy = BOOK.get(name)
        assert policy is not None
        found += [(rule.id, message) for rule in policy.rulebook.rules for message in rule.messages]
    return found


def names(text: str) -> list[str]:
    return [name for match in NAMED.findall(text) for name in match.split("+")]


@pytest.mark.parametrize(("rule", "message"), messages(), ids=lambda each: getattr(each, "case", each))
def test_every_refusal_says_which_key_or_verb_goes_on(rule: str, message: Message) -> None:
    told = names(message.remedy)
    if message.effect is Effect.REFUSE and (rule, message.case) not in IN_THE_FORM:
        assert told, "a refusal names a key"
    known = {act.id for act in ACTIONS}
    assert set(told) | set(names(message.words)) <= known
    for name in told:
        act = action(name)
        assert in_force().keys(act), f"{name} has no key"
        assert act.verb in _VERBS, f"{name} has no verb, and its key is none on the command line"
        assert act.where & (Where.TICKETS | Where.MAIN | Where.COMPOSER), f"{name} is not on the screen"
    for surface in Surface:
        words = spoken(message.remedy, surface)
        assert "<" not in words
        assert "(in the list of commands)" not in words


def test_the_composers_key_is_named_after_the_one_that_opens_it() -> None:
    """On a list ctrl+t takes marks off: alone it would be the wrong advice."""
    for _, message in messages():
        for match in NAMED.findall(message.remedy):
            parts = match.split("+")
            assert parts[0] != "composer.canned"
            assert len(parts) == 1 or action(parts[0]).where & Where.TICKETS


def test_a_view_that_is_named_is_there() -> None:
    named = {
        view
        for _, message in messages()
        for view in re.findall(r"\(view ([A-Z][a-z]+(?: [a-z]+)*)", message.remedy)
    }
    assert named
    for view in named:
        assert any(each.title.startswith(view) for each in VIEWS), view


def test_what_the_program_itself_says_names_actions_and_verbs_that_are_there() -> None:
    known = {act.id for act in ACTIONS}
    for source in SOURCES:
        text = source.read_text(encoding="utf-8")
        said = [name for name in names(text) if name.split(".")[0] in {each.split(".")[0] for each in known}]
        assert set(said) <= known, source
        assert set(VERB.findall(text)) <= set(_VERBS), source


def test_what_lifts_a_refusal_is_what_it_names() -> None:
    """Z9: a reply lifts nothing; the notice of resolving does, and the note that the user was told."""
    refused = ask("ticket.close", zyn(kind="request"), Wish(reason="duplicate"), Evidence())
    assert isinstance(refused, Refuse)
    assert "<ticket.resolve> tells them" in refused.remedy
    assert "<ticket.record> notes that (user-told)" in refused.remedy
    told = Evidence(notice_at=NOW - HOUR)
    assert not isinstance(ask("ticket.close", zyn(kind="request"), Wish(reason="duplicate"), told), Refuse)
