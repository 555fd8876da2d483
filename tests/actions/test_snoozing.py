"""Snooze: typed as people say it, kept over a restart, back by itself at the hour."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from techdesk.actions.outcomes import Confirm, Queued, Refused
from techdesk.actions.snoozing import until_typed
from techdesk.actions.workbench import Workbench
from techdesk.desks.port import Accepted, Page, Prepared
from techdesk.model import (
    Direction,
    Message,
    Operation,
    OperationKind,
    Organisation,
    Status,
    Ticket,
    Visibility,
)
from techdesk.query import Query, parse
from techdesk.rules.wording import moment
from tests.actions.conftest import HOUR, NOW, Bench, make_ticket, page_of

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = int(datetime(2026, 11, 3, 14, 2, tzinfo=BERLIN).timestamp())


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("2h", "2026-11-03 16:02"),
        ("45m", "2026-11-03 14:47"),
        ("3 d", "2026-11-06 14:02"),
        ("1w", "2026-11-10 14:02"),
        ("16:30", "2026-11-03 16:30"),
        ("9:00", "2026-11-04 09:00"),
        ("tomorrow", "2026-11-04 09:00"),
        ("Tomorrow 14:00", "2026-11-04 14:00"),
        ("mon", "2026-11-09 09:00"),
        ("tuesday", "2026-11-10 09:00"),
        ("friday 8:15", "2026-11-06 08:15"),
        ("2026-11-30", "2026-11-30 09:00"),
        ("2026-11-30 7:00", "2026-11-30 07:00"),
        ("today 10:00", None),
        ("2026-11-02", None),
        ("2028-01-01", None),
        ("25:00", None),
        ("soon", None),
        ("", None),
        ("0h", None),
        ("mo", None),
        ("tomorrow soon", None),
    ],
)
def test_hours_are_typed_as_people_say_them(typed: str, when: str | None) -> None:
    until = until_typed(typed, TUESDAY, BERLIN)
    told = None if until is None else f"{datetime.fromtimestamp(until, BERLIN):%Y-%m-%d %H:%M}"
    assert told == when


def test_a_morning_after_the_clocks_changed_is_at_nine() -> None:
    before = int(datetime(2026, 10, 24, 12, 0, tzinfo=BERLIN).timestamp())
    until = until_typed("monday", before, BERLIN)
    assert until is not None
    assert f"{datetime.fromtimestamp(until, BERLIN):%a %H:%M}" == "Mon 09:00"


def hidden(bench: Bench, now: int) -> set[int]:
    query = parse("is:snoozed")
    assert isinstance(query, Query)
    return set(bench.workbench.reader.keys(query, me="", now=now))


def status(bench: Bench, number: str) -> Status:
    row = bench.workbench.reader.row(bench.key(number))
    assert row is not None
    return row.status


def test_it_is_on_hold_and_hidden_and_comes_back_by_itself(bench: Bench) -> None:
    made = bench.queued("ticket.snooze", "TD-2", until=NOW + HOUR, confirmed=True)
    assert [each.kind for each in made] == [OperationKind.COMMENT, OperationKind.UPDATE]
    assert "[techdesk-record]" in made[0].text
    key = bench.key("TD-2")
    assert status(bench, "TD-2") is Status.HOLD
    assert hidden(bench, NOW) == {key}
    others = parse("status:active -is:snoozed")
    assert isinstance(others, Query)
    assert key not in bench.workbench.reader.keys(others, me="", now=NOW)
    assert bench.workbench.wake(NOW + HOUR - 1) == []
    bench.clock.advance(HOUR)
    # Another techdesk of this profile, or this one after a restart, knows it too.
    again = Workbench(bench.database, bench.workbench.book, bench.clock, bench.workbench.settings)
    assert again.wake(NOW + HOUR) == ["TD-2 is back: its snooze is over"]
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert status(bench, "TD-2") is Status.OPEN
    assert hidden(bench, NOW + HOUR) == set()
    assert key in bench.workbench.reader.keys(others, me="", now=NOW + HOUR)
    assert bench.workbench.wake(NOW + HOUR) == []


def test_undo_brings_it_back_at_once(bench: Bench) -> None:
    bench.queued("ticket.snooze", "TD-2", until=NOW + HOUR, confirmed=True)
    outcome = bench.workbench.undo()
    assert isinstance(outcome, Queued)
    outcome.commit.result(timeout=5)
    assert outcome.words.startswith("taken back: note: Snoozed until ")
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert hidden(bench, NOW) == set()
    assert status(bench, "TD-2") is Status.OPEN
    # A record is no draft: sent by hand, it would be a fact after all.
    assert bench.workbench.reader.draft(bench.key("TD-2"), OperationKind.COMMENT) is None


def let_the_desk_have(bench: Bench, made: list[Operation], after: Ticket) -> None:
    feed = bench.database.feed()
    for operation in made:
        feed.mark_sent(operation.key, Prepared(body=b"{}"), NOW)
        page = Page(tickets=(after,), cursor="", more=False)
        feed.accept(operation.key, Accepted(page=page, ticket_id=operation.ticket_id), NOW)
    feed.close()


def test_undo_of_a_note_that_was_sent_brings_the_ticket_back_and_sends_nothing(bench: Bench) -> None:
    number = "TD-1"
    made = bench.queued("ticket.snooze", number, until=NOW + HOUR, confirmed=True)
    assert [each.kind for each in made] == [OperationKind.COMMENT]  # a new ticket is not put on hold
    let_the_desk_have(bench, made, make_ticket(1, status=Status.NEW, owner="", revision=2))
    assert hidden(bench, NOW) == {bench.key(number)}
    outcome = bench.workbench.undo()
    assert isinstance(outcome, Queued)
    assert outcome.commit.result(timeout=5) is True
    assert "in sight again" in outcome.words
    assert hidden(bench, NOW) == set()
    refused = bench.workbench.undo()
    assert isinstance(refused, Refused)
    assert refused.why == f"The note on {number} stands at the desk."


def test_undo_of_a_snooze_that_was_sent_opens_the_ticket_and_brings_it_back(bench: Bench) -> None:
    made = bench.queued("ticket.snooze", "TD-2", until=NOW + HOUR, confirmed=True)
    let_the_desk_have(bench, made, make_ticket(2, status=Status.HOLD, revision=2))
    asked = bench.workbench.undo()
    assert isinstance(asked, Confirm)
    assert hidden(bench, NOW) == {bench.key("TD-2")}
    outcome = bench.workbench.undo(confirmed=True, batch=bench.workbench.last_sent()[0].batch)
    assert isinstance(outcome, Queued)
    outcome.commit.result(timeout=5)
    assert hidden(bench, NOW) == set()
    assert status(bench, "TD-2") is Status.OPEN


def test_of_two_snoozes_and_an_undo_at_one_time_none_is_lost(bench: Bench) -> None:
    """Nothing is waited for in between: each is made from what the one before has left."""
    one, two = (
        bench.workbench.perform("ticket.snooze", bench.key(number), until=NOW + HOUR, confirmed=True)
        for number in ("TD-2", "TD-3")
    )
    assert isinstance(one, Queued)
    assert isinstance(two, Queued)
    bench.workbench.forget_snooze(one.batch)
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert hidden(bench, NOW) == {bench.key("TD-3")}


def test_no_clock_stops_because_somebody_looks_away(bench: Bench) -> None:
    """Under this policy a hold pauses the resolution: what was not agreed with the customer buys no time."""
    office = Organisation(id="o9", name="Kestrel Freight", policy="office-hours")
    page = Page(tickets=(make_ticket(20, organisation="o9"),), organisations=(office,), cursor="", more=False)
    feed = bench.database.feed()
    feed.apply(page, now=NOW)
    feed.close()
    made = bench.queued("ticket.snooze", "TD-20", until=NOW + HOUR, confirmed=True)
    assert [each.kind for each in made] == [OperationKind.COMMENT]
    assert hidden(bench, NOW) == {bench.key("TD-20")}
    assert status(bench, "TD-20") is Status.OPEN
    bench.workbench.wake(NOW + HOUR)
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert hidden(bench, NOW + HOUR) == set()
    assert status(bench, "TD-20") is Status.OPEN


def test_what_could_not_be_kept_stays_in_sight(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    full: Future[list[int]] = Future()
    full.set_exception(OSError("The disk is full."))
    monkeypatch.setattr(bench.workbench.writer, "enqueue", lambda operations: full)
    outcome = bench.workbench.perform("ticket.snooze", bench.key("TD-2"), until=NOW + HOUR, confirmed=True)
    assert isinstance(outcome, Queued)
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert hidden(bench, NOW) == set()


def test_what_somebody_opened_meanwhile_is_left_alone(bench: Bench) -> None:
    bench.queued("ticket.snooze", "TD-2", until=NOW + HOUR, confirmed=True)
    bench.queued("ticket.status", "TD-2", status=Status.VENDOR)
    bench.clock.advance(HOUR)
    bench.workbench.wake(NOW + HOUR)
    bench.workbench.writer.mark_read(0).result(timeout=5)
    assert status(bench, "TD-2") is Status.VENDOR


def test_a_deadline_before_the_hour_is_asked_about(bench: Bench) -> None:
    asked = bench.do("ticket.snooze", "TD-7", until=NOW + 300 * 24 * HOUR)
    assert isinstance(asked, Confirm | Queued)
    if isinstance(asked, Confirm):
        assert "before that" in asked.detail


@pytest.mark.parametrize("until", [0, NOW, NOW + 400 * 24 * HOUR])
def test_an_hour_that_cannot_be_is_refused(bench: Bench, until: int) -> None:
    assert bench.refused("ticket.snooze", "TD-2", until=until).rule == "generic.value"


def test_what_is_done_is_not_snoozed(bench: Bench) -> None:
    assert bench.refused("ticket.snooze", "TD-4", until=NOW + HOUR).rule == "generic.same"


def test_the_customer_s_message_brings_it_back(bench: Bench) -> None:
    bench.queued("ticket.snooze", "TD-2", until=NOW + HOUR, confirmed=True)
    wrote = Message(
        id="m99", ticket="id-2", at=NOW + 60, author="kim", direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC, body="Still dead",
    )  # fmt: skip
    feed = bench.database.feed()
    feed.apply(Page(messages=(wrote,), cursor="2", more=False), now=NOW + 60)
    feed.close()
    assert hidden(bench, NOW + 61) == set()


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31 23:59"])
def test_a_day_at_the_end_of_the_calendar_is_no_hour_in_any_zone(typed: str) -> None:
    assert until_typed(typed, TUESDAY) is None
    assert until_typed(typed, TUESDAY, BERLIN) is None


def test_whoever_puts_an_escalation_out_of_sight_is_told_of_the_notice(bench: Bench) -> None:
    """D5: management is notified at the hour of the threshold all the same; nothing suppresses it."""
    key = bench.key("TD-2")
    now = bench.clock.now()
    feed = bench.database.feed()
    feed.apply(
        page_of(make_ticket(2, organisation="o1", priority=3, created=now - HOUR, revision=2)), now=now
    )
    feed.close()
    ahead = [each for each in bench.workbench.reader.evaluation(key, now).targets if each.tells]
    assert ahead[0].due is not None
    short = bench.do("ticket.snooze", "TD-2", until=now + HOUR)
    assert isinstance(short, Queued), short
    (told,) = short.hints
    assert told.startswith("Out of your sight until ")
    assert f"management is notified at {moment(ahead[0].due)} all the same (Dynamix 4.1)." in told
    bench.workbench.undo()
    beyond = bench.do("ticket.snooze", "TD-2", until=ahead[0].due + HOUR)
    assert isinstance(beyond, Confirm)
    assert "The countdown does not stop. Out of your sight until" in beyond.detail
    other = bench.do("ticket.snooze", "TD-6", until=now + 60, confirmed=True)
    assert isinstance(other, Queued)
    assert other.hints == (), "Phonism names nobody who is told"
