"""The gates asked again before an operation goes out: what was right at the key may be wrong at the desk."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from techdesk.actions.applying import Ready, prepare, queue
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.actions.replay import Replay
from techdesk.config.macros import Macro
from techdesk.desks.port import Page
from techdesk.model import (
    Direction,
    Message,
    Operation,
    OperationKind,
    Status,
    Visibility,
)
from techdesk.rules import records
from techdesk.rules.customer import Customer, CustomerBook
from techdesk.rules.records import Record, encode
from techdesk.work.plans import Notice
from tests.actions.conftest import HOUR, NOW, RAVI, Bench


def knows(bench: Bench, name: str, **facts: Any) -> None:
    bench.workbench.customers = CustomerBook(customers={name.casefold(): Customer(name=name, **facts)})


def replayed(bench: Bench, operation: Operation) -> str:
    """What the push would hear about an operation now."""
    return Replay(bench.database, bench.workbench.book, lambda: bench.workbench.customers)(operation)


def pulled(bench: Bench, *messages: Message, **ticket: Any) -> None:
    """What the desk brings meanwhile: messages, or other values of TD-``number``."""
    feed = bench.database.feed()
    number = ticket.pop("number", None)
    changed = []
    if number is not None:
        base = feed.base(bench.key(f"TD-{number}"))
        assert base is not None
        changed = [replace(base, version="2", revision=2, **ticket)]
    feed.apply(Page(tickets=tuple(changed), messages=messages, cursor="2", more=False), now=NOW)
    feed.close()


def note(ticket: int, record: Record) -> Message:
    """A colleague's record."""
    return Message(
        id=f"note-{record.id}",
        ticket=f"id-{ticket}",
        at=record.at,
        author=RAVI.id,
        direction=Direction.OUTBOUND,
        visibility=Visibility.INTERNAL,
        body=encode(record),
    )


def closed(bench: Bench, number: str, reason: str) -> Operation:
    """The operation that closes a ticket, as it waits."""
    made = bench.queued("ticket.close", number, reason=reason, confirmed=True)
    return next(operation for operation in made if operation.kind is OperationKind.UPDATE)


def told(bench: Bench, number: str) -> Operation:
    """The message of a bulk run that tells the customer of a closure, as it waits before it."""
    asked = Asked(action="ticket.close", notice=Notice.NOTIFY)
    plan = Planner(bench.workbench, bench.workbench.reader, asked).plan([bench.key(number)])
    ready = prepare(bench.workbench, bench.workbench.reader, plan)
    assert isinstance(ready, Ready), ready
    queue(bench.workbench, ready).result(timeout=5)
    waiting = bench.workbench.reader.operations(ticket=bench.key(number))
    found = bench.operations([line.key for line in waiting])
    assert [operation.kind for operation in found] == [OperationKind.REPLY, OperationKind.UPDATE]
    return found[0]


def test_a_closure_that_is_held_is_not_told_of_either(bench: Bench) -> None:
    """The message goes first: it is judged as the change behind it, which says what it is closed for."""
    operation = told(bench, "TD-7")
    assert replayed(bench, operation) == ""
    away = Record(id="away", kind=records.AWAY, at=NOW, by="ravi", fields={"until": str(NOW + 90 * HOUR)})
    pulled(bench, note(7, away))
    assert replayed(bench, operation).startswith("[DD7] No longer allowed: The customer noted absence")


def test_what_still_holds_goes_out(bench: Bench) -> None:
    """The close itself lies over the ticket already; it is judged as the desk has it."""
    assert replayed(bench, closed(bench, "TD-7", "no-answer")) == ""


def test_an_absence_that_a_colleague_noted_meanwhile_holds_the_closure(bench: Bench) -> None:
    """DD7, and the evidence is a record that came with a pull."""
    operation = closed(bench, "TD-7", "no-answer")
    away = Record(id="away", kind=records.AWAY, at=NOW, by="ravi", fields={"until": str(NOW + 90 * HOUR)})
    pulled(bench, note(7, away))
    assert replayed(bench, operation).startswith("[DD7] No longer allowed: The customer noted absence")


def by_macro(bench: Bench, number: str, **fields: Any) -> Operation:
    """The one write of a macro's fields, as it waits."""
    bench.workbench.macros = {"m": Macro(id="m", title="The macro", **fields)}
    made = bench.queued("ticket.macro", number, macro="m", confirmed=True)
    return next(operation for operation in made if operation.kind is OperationKind.UPDATE)


def test_a_macro_that_closes_is_asked_about_as_a_close_is(bench: Bench) -> None:
    operation = by_macro(bench, "TD-7", close="no-answer", add_tags=("asleep",))
    assert replayed(bench, operation) == ""
    away = Record(id="away", kind=records.AWAY, at=NOW, by="ravi", fields={"until": str(NOW + 90 * HOUR)})
    pulled(bench, note(7, away))
    assert replayed(bench, operation).startswith("[DD7] No longer allowed: The customer noted absence")


def test_a_macros_status_is_judged_with_the_owner_that_it_sets(bench: Bench) -> None:
    """D4 wants a technician, and the same write names one."""
    operation = by_macro(bench, "TD-1", owner="me", status="waiting")
    assert replayed(bench, operation) == ""


def test_a_hold_that_was_lifted_meanwhile_holds_the_closure(bench: Bench) -> None:
    """D12 by the site's file as it is now."""
    knows(bench, "Dunmore Cloud", on_hold=True)
    operation = closed(bench, "TD-2", "on-hold")
    assert replayed(bench, operation) == ""
    knows(bench, "Dunmore Cloud", on_hold=False)
    assert replayed(bench, operation).startswith("[D12]")


def test_what_was_not_known_and_was_answered_with_yes_goes_out(bench: Bench) -> None:
    """A warning is asked once: at the key."""
    assert replayed(bench, closed(bench, "TD-2", "on-hold")) == ""


def test_a_reply_to_what_support_closed_meanwhile_is_held(bench: Bench) -> None:
    """W7: it takes no reply any more."""
    pulled(bench, number=9, status=Status.OPEN, closed=None, close_reason="")
    (reply,) = bench.queued("ticket.reply", "TD-9", text="Hello")
    assert replayed(bench, reply) == ""
    pulled(bench, number=9, status=Status.CLOSED, closed=NOW, close_reason="solved")
    assert replayed(bench, reply).startswith("[W7] No longer allowed: Closed Wildix tickets")


def test_the_time_of_the_decision_counts(bench: Bench) -> None:
    """An operation that waited for a network for a week is judged as if it had gone at once."""
    away = Record(id="away", kind=records.AWAY, at=NOW - 9, by="ravi", fields={"until": str(NOW - 5)})
    pulled(bench, note(7, away))
    operation = closed(bench, "TD-7", "no-answer")
    bench.clock.advance(7 * 24 * HOUR)
    assert replayed(bench, operation) == ""


@pytest.mark.parametrize("action", ["ticket.take", "ticket.priority", "ticket.comment", "ticket.record"])
def test_what_no_evidence_decides_is_not_asked_again(bench: Bench, action: str) -> None:
    values: dict[str, Any] = {"priority": 1, "text": "x", "kind": "review"}
    made = bench.queued(action, "TD-1", confirmed=True, **values)
    assert [replayed(bench, operation) for operation in made] == [""] * len(made)


def test_a_ticket_that_the_desk_has_not_got_yet_is_not_asked_about(bench: Bench) -> None:
    outcome = bench.workbench.perform(
        "ticket.new",
        None,
        confirmed=True,
        fields={"subject": "x", "requester": "kim", "queue": "q1"},
        text="y",
    )
    key = outcome.commit.result(timeout=5)
    reply = bench.workbench.perform("ticket.reply", key, text="Hello")
    (operation,) = bench.operations(reply.commit.result(timeout=5))
    assert replayed(bench, operation) == ""
