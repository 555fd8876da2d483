"""Explanations as lines and data: the same instant for every viewer, labelled with the viewer's zone."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from techdesk.model import Status
from techdesk.policies.book import PolicyBook
from techdesk.sla.history import Change, History
from techdesk.text import safe_text
from techdesk.work.explain import explanation_data, explanation_lines, moment, span
from tests.sla.calendars import at
from tests.sla.policies import priority, reply

BOOK = PolicyBook.load()
KOLKATA, NEW_YORK = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")


def lines(history: History, now: int, zone: ZoneInfo, policy: str = "phonism") -> list[str]:
    return explanation_lines(BOOK.explain(policy, history, now), zone)


@pytest.mark.parametrize(
    ("created", "kolkata", "new_york"),
    [
        # Before and after both changes of the clocks in New York; Kolkata has none.
        ("2026-03-06 16:50", "Mon 9 Mar 2026 18:50 IST", "Mon 9 Mar 2026 09:20 EDT"),
        ("2026-03-05 16:50", "Fri 6 Mar 2026 19:50 IST", "Fri 6 Mar 2026 09:20 EST"),
        ("2026-10-30 16:50", "Mon 2 Nov 2026 19:50 IST", "Mon 2 Nov 2026 09:20 EST"),
        ("2026-10-29 16:50", "Fri 30 Oct 2026 18:50 IST", "Fri 30 Oct 2026 09:20 EDT"),
    ],
)
def test_two_viewers_see_the_same_instant(created: str, kolkata: str, new_york: str) -> None:
    start = at(created, "America/New_York")
    history = History(created=start, status=Status.OPEN, severity=2)
    assert f"  due       {kolkata}" in lines(history, start, KOLKATA)
    assert f"  due       {new_york}" in lines(history, start, NEW_YORK)
    due = BOOK.evaluate("phonism", history, start).row.due
    assert due is not None
    for zone, text in ((KOLKATA, kolkata), (NEW_YORK, new_york)):
        shown = datetime.strptime(text.rsplit(" ", 1)[0], "%a %d %b %Y %H:%M").replace(tzinfo=zone)
        assert int(shown.timestamp()) == due


def test_a_whole_explanation() -> None:
    start = at("2027-01-18 08:55", "America/New_York")
    history = History(created=start, status=Status.OPEN, severity=1, messages=(reply(start + 1500),))
    shown = lines(history, start + 3600, NEW_YORK)
    assert shown[:11] == [
        "Phonism 2026.1 (Phonism support terms, section 1)",
        "",
        "RSP Critical response in less than 30 min: met",
        "  policy    Phonism severity 2",
        "  start     Mon 18 Jan 2027 08:55 EST, received",
        "  allowed   30 min, used up is late",
        "  calendar  standard (America/New_York)",
        "  closed    Mon 18 Jan 2027 08:55 EST to Mon 18 Jan 2027 09:00 EST: night, 5 min",
        "  grade     Mon 18 Jan 2027 09:00 EST: standard opens: Emergency counts as Critical",
        "  due       Mon 18 Jan 2027 09:30 EST",
        "  met       Mon 18 Jan 2027 09:20 EST, used 20 min",
    ]
    assert [line[:14] for line in shown[11:]] == ["  reading   6:", "  reading   1:", "  reading   4:"]
    assert "it counts as Critical while they last" in shown[-1]


def test_who_is_told_and_what_was_replaced() -> None:
    start = at("2026-06-13 03:12")
    history = History(created=start, status=Status.OPEN, priority=1, changes=(priority(start + 60, 2, 1),))
    text = "\n".join(lines(history, start + 120, NEW_YORK, "dynamix"))
    assert "ESC P1 escalation after 2 h: running" in text
    assert "  tells     management" in text
    assert "RSP P2 response within 2 h: replaced" in text
    assert "  replaced  Fri 12 Jun 2026 23:13 EDT, used 1 min" in text


def test_what_has_run_out_is_not_said_to_run() -> None:
    start = at("2026-06-13 03:12")
    history = History(created=start, status=Status.OPEN, priority=1)
    text = "\n".join(lines(history, start + 2 * 3600 + 60, NEW_YORK, "dynamix"))
    assert "ESC P1 escalation after 2 h: breached" in text
    assert "  used      2 h 01 min of 2 h" in text


def test_due_at_closing_is_late_from_the_opening() -> None:
    start = at("2027-01-13 16:00", "America/New_York")
    history = History(created=start, status=Status.OPEN, severity=3)
    assert any("late from the next opening on" in line for line in lines(history, start, NEW_YORK))


@pytest.mark.parametrize(
    ("policy", "words"), [("", "no policy is assigned"), ("gone", "no policy file for 'gone'")]
)
def test_without_a_policy_it_says_why(policy: str, words: str) -> None:
    (line,) = lines(History(created=0, status=Status.OPEN), 60, NEW_YORK, policy)
    assert words in line


def test_data_is_json_and_has_the_same_instants() -> None:
    start = at("2026-11-25 22:00", "America/Chicago")
    history = History(created=start, status=Status.OPEN, severity=1, kind="problem")
    data = explanation_data(BOOK.explain("data-dynamics", history, start))
    assert json.loads(msgspec.json.encode(data)) == data
    (found,) = data["targets"]
    assert (found["due"], found["causes"][0]["words"]) == ("2026-11-27T08:00:00Z", "Thanksgiving Day")
    assert found["readings"][0]["key"] == "ongoing"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3660, "1 h 01 min"),
        (90_000, "1 d 1 h"),
        (-60, "-1 min"),
    ],
)
def test_spans(seconds: int, text: str) -> None:
    assert span(seconds) == text


def test_a_zone_without_letters_shows_its_offset() -> None:
    assert moment(0, ZoneInfo("Asia/Kathmandu")) == "Thu 1 Jan 1970 05:30 +05:30"
    assert moment(5, ZoneInfo("Etc/UTC")) == "Thu 1 Jan 1970 00:00:05 UTC"


def test_what_the_desk_logged_is_quoted_as_printable_text() -> None:
    hostile = "\x1b]52;c;QUJD\x07\u2028\u202e" + "e" + "\u0301" * 40
    start = at("2026-11-25 22:00", "America/Chicago")
    graded = Change(at=start + 60, field="severity", old=hostile, new="2")
    history = History(created=start, status=Status.OPEN, severity=2, changes=(graded,))
    told = [*lines(history, start + 120, NEW_YORK), *lines(history, start + 120, NEW_YORK, "x\x1b\u2028y")]
    assert any("]52;c;QUJD" in line for line in told)
    assert all(line == safe_text(line) for line in told)
    words = [
        cause["words"]
        for target in explanation_data(BOOK.explain("phonism", history, start + 120))["targets"]
        for cause in target["causes"]
    ]
    assert words
    assert all(text == safe_text(text) for text in words)
