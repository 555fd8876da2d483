"""Grades: offered by what the policy grades by, with the target that each would mean; set on their axis."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from techdesk.actions.grading import (
    axes,
    grade_choices,
    grade_words,
    graded_axis,
    grades_of,
    label_of,
    levels_of,
)
from techdesk.actions.outcomes import Confirm, Queued
from techdesk.desks.port import Capabilities, Guarantee
from techdesk.desks.wire import CREATE_FIELDS
from techdesk.model import Direction, Status, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.sla.history import History, MessageFact
from techdesk.sla.policy import Policy
from tests.actions.conftest import NOW, Bench, make_ticket, page_of

BOOK = PolicyBook.load()
NEW_YORK = ZoneInfo("America/New_York")


def policy(name: str) -> Policy:
    found = BOOK.get(name)
    assert found is not None
    return found


def history(created: int, **more: int | None) -> History:
    return History(created=created, status=Status.OPEN, **more)


def test_the_axes_of_a_policy() -> None:
    assert axes(policy("dynamix")) == ("priority",)
    assert axes(policy("phonism")) == ("severity",)
    assert axes(policy("data-dynamics")) == ("severity", "priority"), "DD2: two columns, S1·Hi"
    assert (axes(None), graded_axis(None)) == (("priority",), "priority")
    assert graded_axis(policy("wildix")) == "severity"
    assert levels_of(policy("phonism"), "severity") == (1, 2, 3, 4, 5)
    assert [label_of(policy("data-dynamics"), axis, 1) for axis in ("severity", "priority")] == ["S1", "High"]
    assert [label_of(None, "severity", 2), label_of(None, "priority", None)] == ["S2", "--"]


def test_a_choice_states_calendar_target_and_due_time() -> None:
    """PH1: Critical on Friday 2027-01-15 16:50 is due on Monday 09:20, since the text lists no holidays."""
    friday = int(datetime(2027, 1, 15, 16, 50, tzinfo=NEW_YORK).timestamp())
    choices = grade_choices(policy("phonism"), BOOK, history(friday, severity=4), friday)
    critical = next(choice for choice in choices if choice.label == "Critical")
    assert (critical.axis, critical.level) == ("severity", 2)
    assert critical.target == "Critical response in less than 30 min"
    assert critical.calendar == "standard, America/New_York"
    assert critical.due is not None
    assert datetime.fromtimestamp(critical.due, NEW_YORK) == datetime(2027, 1, 18, 9, 20, tzinfo=NEW_YORK)
    assert critical.criteria, "PH10: number and criteria"
    assert critical.words == "2 Critical"
    detail = critical.detail("Mon 09:20")
    assert detail.startswith(
        "due Mon 09:20 · Critical response in less than 30 min (standard, America/New_York)"
    )
    assert [choice.label for choice in choices if choice.current] == ["Moderate"]


def test_a_choice_tells_what_is_done_until_it_is_solved() -> None:
    """PH8: each severity has its effort; a policy whose table names none says nothing of one."""
    efforts = ("on-call coordination", "maximum effort", "intensive effort", "moderate effort", "low effort")
    friday = int(datetime(2027, 1, 15, 16, 50, tzinfo=NEW_YORK).timestamp())
    choices = grade_choices(policy("phonism"), BOOK, history(friday, severity=4), friday)
    for choice, effort in zip(choices, efforts, strict=True):
        assert f" · {effort}" in choice.detail("Mon 09:20")
        assert choice.detail().index(effort) < choice.detail().index(choice.criteria[0])
        assert grade_words(policy("phonism"), "severity", choice.level).startswith(
            f"severity {choice.words}: {effort}"
        )
    assert choices[0].name == "Emergency, outside standard hours", "its label is not said twice"
    new = grades_of(policy("phonism"), "severity")
    assert [grade.meaning for grade in new] == [choice.meaning for choice in choices]
    assert grade_words(policy("wildix"), "severity", 1) == grade_words(None, "severity", 1) == ""


def test_both_axes_are_offered_where_the_policy_has_both() -> None:
    now = 1_793_714_520
    choices = grade_choices(policy("data-dynamics"), BOOK, history(now, severity=2, priority=2), now)
    assert [(c.axis, c.level) for c in choices] == [
        ("severity", 1), ("severity", 2), ("severity", 3), ("severity", 4),
        ("priority", 1), ("priority", 2), ("priority", 3),
    ]  # fmt: skip
    assert [c.graded_by for c in choices] == [True] * 4 + [False] * 3
    assert [c.label for c in choices if c.current] == ["S2", "Normal"]


def test_wildix_standard_says_until_when(bench: Bench) -> None:
    now = 1_793_714_520
    choices = grade_choices(policy("wildix"), BOOK, history(now), now)
    assert [c.label for c in choices] == ["Critical", "Standard"]
    assert choices[1].target == "Standard response on the same or next working day"
    assert choices[0].due is not None
    assert choices[1].due is not None
    assert choices[0].due < choices[1].due


def test_severity_is_set_as_such(bench: Bench) -> None:
    (operation,) = bench.queued("ticket.priority", "TD-6", severity=3)
    assert operation.sets == {"severity": 3}
    assert operation.base == {"severity": None}
    row = bench.workbench.reader.row(bench.key("TD-6"))
    assert row is not None
    assert (row.severity, row.priority) == (3, 2)
    (up,) = bench.queued("ticket.raise", "TD-6")
    assert up.sets == {"severity": 2}
    (down,) = bench.queued("ticket.lower", "TD-6")
    assert down.sets == {"severity": 3}
    (level,) = bench.queued("ticket.priority", "TD-6", level=4)
    assert level.sets == {"severity": 4}, "level is on the axis that the policy grades by"
    assert bench.refused("ticket.priority", "TD-6", severity=4).why == "Its severity is 4 already."
    assert bench.refused("ticket.priority", "TD-6", severity=6).why == "There is no severity 6."


def test_a_policy_without_priorities_takes_a_plain_priority_as_its_severity(bench: Bench) -> None:
    (operation,) = bench.queued("ticket.priority", "TD-6", priority=5)
    assert operation.sets == {"severity": 5}


def test_level_is_the_priority_where_the_policy_grades_by_it(bench: Bench) -> None:
    (operation,) = bench.queued("ticket.priority", "TD-2", level=4, confirmed=True)
    assert operation.sets == {"priority": 4}


def test_the_workbench_offers_the_grades_of_the_tickets_policy(bench: Bench) -> None:
    assert [c.axis for c in bench.workbench.grades(bench.key("TD-6"))] == ["severity"] * 5
    offered = bench.workbench.grades(bench.key("TD-2"))
    assert [(c.axis, c.label) for c in offered] == [("priority", f"P{n}") for n in range(1, 5)]
    assert [c.level for c in offered if c.current] == [2]
    assert bench.workbench.grades(0)[0].label == "P1"


def test_who_asked_and_how_decides_and_is_noted(bench: Bench) -> None:
    """D3: by e-mail it is refused; by phone the caller is noted with the change."""
    by_mail = bench.refused("ticket.priority", "TD-2", priority=3, asked_by="customer", channel="email")
    assert by_mail.rule == "D3"
    assert "by e-mail is not accepted (Dynamix 7.2)" in by_mail.why
    note, change = bench.queued(
        "ticket.priority", "TD-2", priority=3, asked_by="customer", channel="phone", caller="kim"
    )
    assert change.sets == {"priority": 3}
    assert '"asked by":"customer"' in note.text
    assert '"caller":"Kim Lee"' in note.text
    asked = {"asked_by": "customer", "channel": "phone", "caller": "lee@dunmore.example"}
    unknown = bench.do("ticket.priority", "TD-2", priority=4, **asked)
    assert isinstance(unknown, Confirm)
    assert unknown.rule == "D21"


def test_where_the_answer_is_given_what_runs_out_next_is_told() -> None:
    """A ticket that was answered in time is regraded for its escalation: that is what one wants to know."""
    created = 1_793_714_520
    answer = MessageFact(at=created + 600, direction=Direction.OUTBOUND, visibility=Visibility.PUBLIC)
    answered = replace(history(created, priority=2), messages=(answer,))
    choices = grade_choices(policy("dynamix"), BOOK, answered, created + 900)
    assert [choice.met for choice in choices] == [False] * 4
    assert "escalation" in choices[0].target.casefold()


def test_a_ticket_that_the_desk_has_not_numbered_shows_the_grade_that_was_chosen(bench: Bench) -> None:
    """Opened offline with a severity: its word, its clock; without one a dash."""
    fields = {"subject": "No calls", "requester": "kim", "organisation": "o2", "queue": "q1"}
    fields |= {"channel": "portal"}
    for severity, label in ((2, "Critical"), (5, "Minor"), (None, "")):
        graded = fields if severity is None else {**fields, "severity": severity}
        outcome = bench.workbench.perform(
            "ticket.new", None, fields=graded, text="It is dead.", because="direct", confirmed=True
        )
        assert isinstance(outcome, Queued), outcome
        row = bench.workbench.reader.row(outcome.commit.result(timeout=5))
        assert row is not None
        assert row.number.startswith("NEW-")
        assert (row.severity, row.priority_label) == (severity, label)
        assert (row.clock.due is not None) == (severity is not None)


def test_the_list_says_a_severity_that_is_not_at_the_desk_yet_in_the_policy_s_words(bench: Bench) -> None:
    """The desk's own word is for the severity that it has."""
    feed = bench.database.feed()
    moderate = make_ticket(
        6, organisation="o2", priority=None, priority_label="Moderate", severity=4, revision=2
    )
    feed.apply(page_of(moderate), now=NOW)
    feed.close()
    asked = {"asked_by": "desk", "because": "everybody is cut off", "confirmed": True}
    bench.queued("ticket.priority", "TD-6", severity=2, **asked)
    row = bench.workbench.reader.row(bench.key("TD-6"))
    assert row is not None
    assert (row.severity, row.priority_label) == (2, "Critical")
    undone = bench.workbench.undo()
    assert isinstance(undone, Queued)
    undone.commit.result(timeout=5)
    row = bench.workbench.reader.row(bench.key("TD-6"))
    assert row is not None
    assert (row.severity, row.priority_label) == (4, "Moderate")


def test_a_grade_that_would_be_past_its_time_says_by_how_much() -> None:
    """A P1 is answered within the hour (D 2.1, always here); graded two hours later, that is over."""
    created = 1_793_714_520
    later = created + 2 * 3600
    choices = {
        c.level: c for c in grade_choices(policy("dynamix"), BOOK, history(created, priority=3), later)
    }
    assert choices[1].late == later - (choices[1].due or 0) == 3600
    assert choices[1].detail("Tue 09:00").startswith("PAST DUE by 1 h, since Tue 09:00 · ")
    assert choices[3].late == 0
    assert choices[3].detail("Tue 09:00").startswith("due Tue 09:00 · ")


def test_what_only_the_channel_graded_is_tagged_so(bench: Bench) -> None:
    """PH3: an e-mail without a severity is Minor, and says that nobody has chosen that."""
    desk = Capabilities(
        guarantee=Guarantee.C, keys=False, precondition=False, tombstones=False, create_fields=CREATE_FIELDS
    )
    bench.workbench.capabilities = desk
    fields = {"subject": "No calls", "requester": "kim", "organisation": "o2", "queue": "q1"}
    for channel, severity, tags in (
        ("email", None, ["defaulted"]),
        ("phone", None, ["defaulted"]),
        ("email", 3, None),
        ("portal", None, None),
    ):
        given: dict[str, object] = {**fields, "channel": channel}
        given |= {} if severity is None else {"severity": severity}
        outcome = bench.workbench.perform(
            "ticket.new", None, fields=given, text="It is dead.", because="direct", confirmed=True
        )
        assert isinstance(outcome, Queued), outcome
        key = outcome.commit.result(timeout=5)
        created = next(each for each in bench.workbench.reader.operations(ticket=key) if each.sets)
        assert created.sets.get("tags") == tags, (channel, severity)
    bench.workbench.capabilities = replace(desk, create_fields=("subject", "queue", "requester"))
    outcome = bench.workbench.perform(
        "ticket.new", None, fields={**fields, "channel": "email"}, because="direct", confirmed=True
    )
    assert isinstance(outcome, Queued)
    key = outcome.commit.result(timeout=5)
    created = next(each for each in bench.workbench.reader.operations(ticket=key) if each.sets)
    assert "tags" not in created.sets, "a desk that takes no tags gets none"
