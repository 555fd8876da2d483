"""Explanations: every stretch that moved a deadline is named, and the numbers are the evaluator's."""

from __future__ import annotations

import random

import pytest

from techdesk.model import Channel, Status
from techdesk.policies.book import PolicyBook
from techdesk.sla.calendar import Calendar
from techdesk.sla.evaluation import Metric, Verdict
from techdesk.sla.explain import Cause, CauseKind, Explanation, TargetExplanation, explain
from techdesk.sla.history import Change, History
from techdesk.sla.policy import TargetKind
from tests.policies.running import ticket
from tests.sla.calendars import at
from tests.sla.policies import customer, policy, priority, reply, status, target

BOOK = PolicyBook.load()


def told(name: str, history: History, now: int) -> Explanation:
    return BOOK.explain(name, history, now)


def the(explanation: Explanation, metric: Metric) -> TargetExplanation:
    (found,) = [
        t for t in explanation.targets if t.state.metric is metric and t.state.verdict is not Verdict.REPLACED
    ]
    return found


def words(causes: tuple[Cause, ...], kind: CauseKind) -> list[str]:
    return [cause.words for cause in causes if cause.kind is kind]


def test_thanksgiving_moves_severity_1() -> None:
    created = at("2026-11-25 22:00", "America/Chicago")
    (found,) = told("data-dynamics", ticket(created, severity=1, kind="problem"), created).targets
    (holiday,) = found.causes
    assert (holiday.kind, holiday.words, holiday.seconds) == (CauseKind.CLOSED, "Thanksgiving Day", 86400)
    assert found.start == "received"
    assert found.allowed == "4 h, used up is still in time"
    assert (found.calendar, found.zone) == ("operating", "America/Chicago")
    assert "ongoing" in [reading.key for reading in found.readings]


@pytest.mark.parametrize(
    ("created", "expected"),
    [
        ("2027-01-15 16:50", ["night, weekend"]),
        ("2027-01-13 16:50", ["night"]),
        ("2027-01-13 03:00", ["night"]),
        ("2027-01-16 12:00", ["weekend, night"]),
        ("2027-01-13 10:00", []),
    ],
)
def test_nights_and_weekends(created: str, expected: list[str]) -> None:
    start = at(created, "America/New_York")
    (found,) = told("phonism", ticket(start, severity=2), start).targets
    assert words(found.causes, CauseKind.CLOSED) == expected


def test_a_lunch_break_and_a_named_holiday() -> None:
    created = at("2026-12-24 12:00", "Europe/London")
    found = the(told("office-hours", ticket(created, priority=2), created), Metric.RESOLUTION)
    closed = words(found.causes, CauseKind.CLOSED)
    assert closed[0] == "break"
    assert closed[1].startswith("night, Christmas Day")
    assert "Boxing Day" in closed[1]


def test_the_pair_says_when_the_turn_came() -> None:
    created = at("2027-01-18 08:55", "America/New_York")
    (found,) = told("phonism", ticket(created, severity=1), created).targets
    assert words(found.causes, CauseKind.TURNED) == ["standard opens: Emergency counts as Critical"]
    assert "emergency-pair" in [reading.key for reading in found.readings]


def test_a_roll_to_the_opening_is_told() -> None:
    created = at("2027-01-15 12:00", "America/New_York")
    (found,) = told("phonism", ticket(created, channel=Channel.EMAIL), created).targets
    (moved,) = found.causes
    assert moved.kind is CauseKind.ROLLED
    assert moved.until == found.state.due == at("2027-01-18 09:00", "America/New_York")
    assert found.start == "received by email"


def test_a_regrade_keeps_the_start_and_shows_the_old_target() -> None:
    created = at("2026-06-13 03:12")
    history = ticket(created, priority=1, changes=(priority(created + 600, 2, 1),))
    found = [
        t for t in told("dynamix", history, created + 900).targets if t.state.metric is Metric.FIRST_RESPONSE
    ]
    assert [t.state.verdict for t in found] == [Verdict.REPLACED, Verdict.RUNNING]
    assert words(found[0].causes, CauseKind.REGRADED) == [
        "regraded from P2 to P1; another target took its place"
    ]
    assert words(found[1].causes, CauseKind.REGRADED) == [
        "regraded from P2 to P1; its target counts from the same start"
    ]


def test_pauses_and_reopened_gaps() -> None:
    created = at("2026-05-05 09:00", "Europe/London")  # Monday the 4th was May Day
    changes = (
        status(created + 3600, Status.OPEN, Status.WAITING),
        status(created + 5400, Status.WAITING, Status.RESOLVED),
        status(created + 7200, Status.RESOLVED, Status.OPEN),
    )
    history = ticket(created, priority=1, changes=changes)
    found = the(told("office-hours", history, created + 8000), Metric.RESOLUTION)
    assert [(c.seconds, c.words) for c in found.causes if c.kind is CauseKind.PAUSED] == [
        (1800, "status waiting, hold does not count")
    ]
    assert [c.seconds for c in found.causes if c.kind is CauseKind.REOPENED] == [1800]


def test_a_pause_that_goes_on() -> None:
    created = at("2026-05-05 09:00", "Europe/London")
    history = ticket(
        created,
        priority=1,
        changes=(status(created + 3600, Status.OPEN, Status.WAITING),),
    )
    history = History(created=created, status=Status.WAITING, priority=1, changes=history.changes)
    found = the(told("office-hours", history, created + 7200), Metric.RESOLUTION)
    assert found.state.due is None
    assert words(found.causes, CauseKind.PAUSED) == ["status waiting, hold does not count, and goes on"]


def test_the_oldest_unanswered_message_starts_the_next_response() -> None:
    created = at("2026-11-18 10:00", "America/Chicago")
    messages = (reply(created + 60), customer(created + 120))
    history = ticket(created, severity=1, kind="problem", messages=messages)
    found = the(told("data-dynamics", history, created + 180), Metric.NEXT_RESPONSE)
    assert found.start == "oldest customer message without an answer"


def test_a_number_that_the_text_does_not_give() -> None:
    explanation = told("zynstra", ticket(at("2026-11-18 10:00"), priority=2), at("2026-11-18 11:00"))
    (found,) = explanation.targets
    assert found.allowed == "no number in the text: only its age"
    assert "no number in this text" in found.state.source
    assert explanation.note


def test_without_a_policy() -> None:
    explanation = told("", ticket(0), 60)
    assert (explanation.targets, explanation.policy) == ((), "")
    assert "no policy is assigned" in explanation.note


@pytest.mark.parametrize("name", ["phonism", "wildix", "office-hours", "data-dynamics", "dynamix"])
def test_what_is_closed_and_what_counts_add_up_to_the_deadline(name: str) -> None:
    """Due time is the start, plus what is allowed, plus every closed stretch that was named."""
    source = random.Random(name)
    checked = 0
    for _ in range(200):
        created = at("2026-01-01") + source.randrange(400 * 86400)
        history = ticket(
            created,
            priority=source.choice((1, 2, 3)),
            severity=source.choice((1, 2, 3, 4)),
            kind="problem",
            region=source.choice(("US", "DE")),
        )
        for found in told(name, history, created).targets:
            state = found.state
            assert state.due is not None
            if words(found.causes, CauseKind.ROLLED):
                continue
            closed = sum(cause.seconds for cause in found.causes if cause.kind is CauseKind.CLOSED)
            assert state.due == state.started + state.amount + closed, (name, found)
            checked += 1
    assert checked > 90


def test_a_policy_that_no_book_knows() -> None:
    mine = policy(target(kind='"immediate"', amount=None, calendar=None))
    calendars = {name: Calendar(spec) for name, spec in mine.calendars.items()}
    (found,) = explain(mine, ticket(1000, priority=1), 1060, calendars).targets
    assert (found.allowed, found.state.immediate) == ("at once: no number, it counts up", True)
    assert mine.targets[0].kind is TargetKind.IMMEDIATE


def test_entries_after_the_end_are_left_out() -> None:
    created = at("2026-06-13 03:12")
    history = History(
        created=created,
        status=Status.OPEN,
        priority=2,
        changes=(Change(at=created + 900, field="priority", old="1", new="2"),),
        messages=(reply(created + 600),),
    )
    found = the(told("dynamix", history, created + 1200), Metric.FIRST_RESPONSE)
    assert found.causes == ()
