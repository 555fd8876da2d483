"""Policies as lines and data, and what a check finds in one."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from techdesk.policies.book import PolicyBook
from techdesk.sla.cases import CaseResult
from techdesk.sla.policy import Policy
from techdesk.sla.policy_text import parse_policy
from techdesk.work.policy_check import Note, check_book, check_policy
from techdesk.work.policy_report import case_lines, list_data, list_lines, note_lines, show_data, show_lines
from tests.sla.calendars import at
from tests.sla.policies import HEAD, target

NOW = at("2026-11-18 10:00")
BOOK = PolicyBook.load()


def kinds(policy: Policy, now: int = NOW) -> list[tuple[str, str]]:
    return [(note.kind, note.words) for note in check_policy(policy, now, BOOK.holidays)]


def mine(text: str, head: str = HEAD) -> Policy:
    return parse_policy(head + text, "mine.toml")


def test_the_list_names_every_policy() -> None:
    lines = list_lines(BOOK)
    assert [line.split()[0] for line in lines] == list(BOOK.names())
    assert "dynamix          2026.1, by priority: 20 targets, 22 rules" in lines[1]
    data = list_data(BOOK)
    assert json.loads(msgspec.json.encode(data)) == data
    assert data[0]["readings"]["week"] == "168h"


def test_the_list_tells_of_a_fault(tmp_path: Path) -> None:
    (tmp_path / "acme.toml").write_text("schema = 9\n")
    book = PolicyBook.load(tmp_path)
    assert "acme" in list_lines(book)[0]
    assert "reads schema 1, not 9" in list_lines(book)[0]
    assert "fault" in list_data(book)[0]


@pytest.mark.parametrize("name", BOOK.names())
def test_a_whole_policy_can_be_shown(name: str) -> None:
    policy = BOOK.get(name)
    assert policy is not None
    text = "\n".join(show_lines(policy))
    for each in (
        *policy.calendars,
        *(r.id for r in policy.rulebook.rules),
        *(r.question for r in policy.readings),
    ):
        assert each in text
    data = json.loads(msgspec.json.encode(show_data(policy)))
    assert data["version"] == policy.version
    assert [rule["id"] for rule in data["rulebook"]["rules"]] == [r.id for r in policy.rulebook.rules]


def test_shown_readings_mark_the_choice() -> None:
    policy = BOOK.get("phonism")
    assert policy is not None
    lines = show_lines(policy)
    assert "    * America/New_York: those on New York's walls, summer time included" in lines
    assert "      Etc/GMT+5: five hours behind UTC all year, an hour behind New York in summer" in lines
    assert "  while standard is open, Emergency counts as Critical" in lines
    assert "  standard             America/New_York: Mon-Fri 09:00-17:00" in lines


class TestCheck:
    def test_what_ships_is_sound(self) -> None:
        notes = check_book(BOOK, NOW)
        assert not [note for note in notes if note.kind in ("fault", "dead_end", "overlap", "holidays")]
        assert {note.policy for note in notes if note.kind == "contradiction"} == set(BOOK.names()) - {
            "office-hours"
        }

    def test_every_contradiction_of_section_2_7_is_told(self) -> None:
        text = "\n".join(note.words for note in check_book(BOOK, NOW) if note.kind == "contradiction")
        for words in (
            "Silver partners", "severity 1, the text to severity 1 and 2", "One calendar day",
            "'EST' all year", "Three conditions", "6.2.1, 6.2.2", "business days",
            "'EST / CET'", "no time between them",
            "Two attempts", "missed commitments", "there is none", "hardware component",
        ):  # fmt: skip
            assert words in text

    def test_a_target_that_nothing_reaches(self) -> None:
        policy = mine(target(name='"all"') + target(name='"P1"', match="{ priority = 1 }"))
        assert ("dead_end", "target 'P1' is never reached: 'all' takes its tickets") in kinds(policy)
        other = mine(target(name='"P1"', match="{ priority = 1 }") + target(name='"all"'))
        assert not [words for kind, words in kinds(other) if "never reached" in words]

    def test_hours_that_overlap(self) -> None:
        head = HEAD.replace('"09:00-17:00"', '["09:00-13:00", "12:00-17:00"]')
        found = [words for kind, words in kinds(mine(target(calendar='"office"'), head)) if kind == "overlap"]
        assert found[0] == "calendar office: hours overlap on Mon: 09:00-13:00, 12:00-17:00; they are united"
        assert len(found) == 5

    def test_hours_that_only_touch_do_not_overlap(self) -> None:
        head = HEAD.replace('"09:00-17:00"', '["09:00-13:00", "13:00-17:00"]')
        assert not [
            words for kind, words in kinds(mine(target(calendar='"office"'), head)) if kind == "overlap"
        ]

    def test_grades_without_a_target(self) -> None:
        assert ("no_target", "priority P2 has no target") in kinds(mine(target(match="{ priority = 1 }")))
        assert "no_target" not in [kind for kind, _ in kinds(mine(target()))]

    def test_a_calendar_and_a_reading_that_nothing_uses(self) -> None:
        reading = '[[readings]]\nkey = "mood"\nquestion = "?"\nchoice = "a"\n[readings.choices]\na = "A"\n'
        found = kinds(mine(target() + reading))
        assert ("dead_end", "calendar 'office' is used by nothing") in found
        assert ("dead_end", "reading 'mood' decides nothing") in found

    def test_a_level_that_no_hand_off_leads_to(self) -> None:
        levels = "".join(f'[[levels]]\nid = "{n}"\ntitle = "{n}"\nparty = "us"\n' for n in ("L1", "L2"))
        assert ("dead_end", "support level 'L2': no hand-off leads to it") in kinds(mine(target() + levels))

    def test_no_standard_closure(self) -> None:
        closure = '[[closures]]\nid = "gone"\nlabel = "Gone"\nsource = "1"\n'
        assert ("dead_end", "no closure reason is the standard one") in kinds(mine(target() + closure))

    def test_holidays_that_run_out(self) -> None:
        policy = BOOK.get("zynstra")
        assert policy is not None
        found = [words for kind, words in kinds(policy, at("2044-01-01")) if kind == "holidays"]
        assert "holidays of GB-ENG are known to 2045 only" in found[0]
        assert not [words for kind, words in kinds(policy) if kind == "holidays"]

    def test_the_previous_version_past_its_date(self) -> None:
        policy = BOOK.get("data-dynamics")
        assert policy is not None
        assert ("date", "StorageX 7.7.0 is the previous version, and its support ended 2017-05-31") in kinds(
            policy
        )
        assert "date" not in [kind for kind, _ in kinds(policy, at("2017-05-31 20:00"))]

    def test_a_fault_has_file_and_line(self, tmp_path: Path) -> None:
        (tmp_path / "acme.toml").write_text("schema = 1\nname = 3\n")
        notes = check_book(PolicyBook.load(tmp_path), NOW)
        (fault,) = [note for note in notes if note.fault]
        assert (fault.policy, fault.line, Path(fault.file).name) == ("acme", 2, "acme.toml")
        assert note_lines(notes)[0].startswith("!! acme: fault: name: 3 is no text")
        assert note_lines(notes)[0].endswith("acme.toml:2)")


def test_a_note_without_a_place() -> None:
    assert note_lines([Note(policy="x", kind="date", words="old")]) == ["   x: date: old"]


def test_case_lines_print_each_mismatch() -> None:
    right = CaseResult(id="a", op="deadline", expected="1", actual="1")
    wrong = CaseResult(id="b", op="elapsed", expected="1", actual="2", note="over a fold")
    assert case_lines([right, wrong]) == [
        "b (elapsed): expected 1, got 2. over a fold",
        "1 of 2 cases agree",
    ]
