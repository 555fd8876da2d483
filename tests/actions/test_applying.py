"""Bulk plans applied: once, held, taken back as one, with what changed since left alone."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from techdesk.actions.applying import NotApplied, Ready, Why, document_of, prepare, queue, recheck, standing
from techdesk.actions.outcomes import Queued
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.model import Direction, Message, OperationKind, Status, Visibility
from techdesk.store.rows import BatchState
from techdesk.work.plans import Notice, Outcome, Plan, shown
from tests.actions.conftest import HOUR, KIM, NOW, Bench, make_ticket, page_of

HOLD = 20


WHY = "The whole site."
"""A correction of the desk's own wants one (D3)."""


def made(bench: Bench, action: str, *numbers: str, notice: Notice = Notice.SILENT, **values: Any) -> Plan:
    keys = [bench.key(number) for number in numbers]
    asked = Asked(action=action, values=values, notice=notice)
    return Planner(bench.workbench, bench.workbench.reader, asked).plan(keys)


def ready(bench: Bench, plan: Plan, **how: Any) -> Ready:
    found = prepare(bench.workbench, bench.workbench.reader, plan, **how)
    assert isinstance(found, Ready), found
    return found


def apply(bench: Bench, plan: Plan, **how: Any) -> str:
    return queue(bench.workbench, ready(bench, plan, **how)).result(timeout=5)


def refused(bench: Bench, plan: Plan) -> NotApplied:
    found = prepare(bench.workbench, bench.workbench.reader, plan)
    assert isinstance(found, NotApplied)
    return found


def caught_up(bench: Bench) -> None:
    """Until the rows show what was queued: the writer does that after it has said that it is kept."""
    bench.workbench.writer.note(
        actor="", action="ticket.take", ticket=None, outcome="refused", detail="", now=NOW
    ).result(timeout=5)


def due(bench: Bench, after: int = 0) -> list[str]:
    feed = bench.database.feed()
    found = [f"{operation.ticket}:{operation.kind}" for operation in feed.due(NOW + after)]
    feed.close()
    return found


def test_a_run_is_held_and_then_goes_with_the_message_first(bench: Bench) -> None:
    plan = made(bench, "ticket.close", "TD-7", notice=Notice.NOTIFY)
    batch = apply(bench, plan)
    view = bench.workbench.reader.batch(batch)
    assert view is not None
    assert (view.state, view.tickets, view.waiting, view.messages) == (BatchState.RUNNING, 1, 1, 1)
    assert view.hold_until == NOW + HOLD
    assert due(bench, HOLD - 1) == []
    key = bench.key("TD-7")
    assert due(bench, HOLD) == [f"{key}:reply"], "the close waits behind the message"
    operations = bench.workbench.reader.operations(ticket=key)
    assert [operation.what.split(" ")[0] for operation in operations] == ["reply", "status"]
    assert "TD-7" in operations[0].text
    assert "{" not in operations[0].text
    assert bench.workbench.reader.operations() == [], "the outbox has one line for a run, not thousands"
    assert bench.workbench.operations_left() == 2


def test_a_plan_is_applied_once(bench: Bench) -> None:
    plan = made(bench, "ticket.close", "TD-7")
    apply(bench, plan)
    again = refused(bench, plan)
    assert again.why is Why.BEFORE
    assert "1 still to go" in again.words
    queued = queue(bench.workbench, msgspec.structs.replace(_a_run(bench, "TD-2"), head=_head_of(plan)))
    assert queued.result(timeout=5) == "", "also where two are as quick as each other"


def _a_run(bench: Bench, number: str) -> Ready:
    return ready(bench, made(bench, "ticket.priority", number, priority=3, because=WHY))


def _head_of(plan: Plan) -> Any:
    from techdesk.store.batches import Head

    return Head(
        id="another", plan=plan.id, action=plan.action, title="", actor="bea", created=NOW, hold_seconds=0,
        tickets=1, messages=0,
    )  # fmt: skip


def test_undo_takes_the_whole_run_back(bench: Bench) -> None:
    plan = made(bench, "ticket.priority", "TD-2", "TD-5", "TD-1", priority=3, because=WHY)
    batch = apply(bench, plan)
    outcome = bench.workbench.undo()
    assert isinstance(outcome, Queued)
    assert outcome.words == "taken back: set the priority to 3: 3 tickets"
    assert outcome.commit.result(timeout=5) is True
    caught_up(bench)
    view = bench.workbench.reader.batch(batch)
    assert view is not None
    assert (view.state, view.dropped, view.waiting) == (BatchState.UNDONE, 3, 0)
    assert due(bench, 10 * HOUR) == []
    row = bench.workbench.reader.row(bench.key("TD-2"))
    assert row is not None
    assert (row.priority, row.pending) == (2, 0)
    assert bench.workbench.reader.drafts() == [], "the words of a run are nobody's draft"
    assert refused(bench, plan).why is Why.BEFORE


def test_halting_gives_the_rest_back_and_finishes_what_has_begun(bench: Bench) -> None:
    batch = apply(bench, made(bench, "ticket.tag", "TD-2", "TD-5", "TD-1", add=["seen"]))
    feed = bench.database.feed()
    first = feed.due(NOW + HOLD)[0]
    feed.mark_sent(first.key, _Bytes(), NOW + HOLD)
    given = bench.workbench.writer.halt_batch(batch, NOW + HOLD).result(timeout=5)
    assert given == [bench.key("TD-5"), bench.key("TD-1")]
    view = bench.workbench.reader.batch(batch)
    assert view is not None
    assert (view.state, view.in_flight, view.dropped, view.ended) == (BatchState.HALTED, 1, 2, None)
    feed.accept(first.key, _Accepted(), NOW + HOLD)
    assert feed.end_batches(NOW + HOLD) == [batch]
    view = bench.workbench.reader.batch(batch)
    assert view is not None
    assert (view.state, view.done, view.ended) == (BatchState.HALTED, 1, NOW + HOLD)
    feed.close()


class _Bytes:
    body = b"{}"
    precondition = ""


class _Accepted:
    page = page_of()
    ticket_id = ""
    message_id = ""
    replayed = False


def test_a_canary_waits_to_be_looked_at(bench: Bench) -> None:
    batch = apply(bench, made(bench, "ticket.tag", "TD-2", "TD-5", "TD-1", add=["seen"]), canary=1)
    feed = bench.database.feed()
    assert [operation.ticket for operation in feed.due(NOW + HOLD)] == [bench.key("TD-2")]
    operation = feed.due(NOW + HOLD)[0]
    reader = bench.workbench.reader
    assert [(view.gated, view.asks) for view in reader.batches()] == [(True, False)]
    feed.mark_sent(operation.key, _Bytes(), NOW + HOLD)
    feed.accept(operation.key, _Accepted(), NOW + HOLD)
    assert feed.end_batches(NOW + HOLD) == []
    assert [(view.gated, view.asks, view.done) for view in reader.batches()] == [(True, True, 1)]
    assert bench.workbench.writer.go_on_with_batch(batch).result(timeout=5)
    assert len(feed.due(NOW + HOLD)) == 2
    assert not bench.workbench.writer.go_on_with_batch(batch).result(timeout=5)
    feed.close()


def test_single_changes_overtake_a_run(bench: Bench) -> None:
    apply(bench, made(bench, "ticket.priority", "TD-2", "TD-5", priority=3, because=WHY))
    bench.queued("ticket.reply", "TD-1", text="At once.")
    feed = bench.database.feed()
    assert [operation.bulk for operation in feed.due(NOW + HOLD)] == [False, True, True]
    assert [operation.bulk for operation in feed.due(NOW + HOLD, bulk=False)] == [False]
    assert [operation.bulk for operation in feed.due(NOW + HOLD, count=2)] == [False, True]
    feed.close()


def test_what_changed_since_is_left_alone(bench: Bench) -> None:
    """The customer has answered, somebody has closed it, only the subject has changed: three fates."""
    plan = made(bench, "ticket.priority", "TD-2", "TD-5", "TD-1", priority=3, because=WHY)
    closing = made(bench, "ticket.close", "TD-7")
    snoozing = made(bench, "ticket.snooze", "TD-2", until=NOW + 9 * HOUR)
    tagging = made(bench, "ticket.tag", "TD-2", add=["vpn"])
    feed = bench.database.feed()
    answer = Message(
        id="m99", ticket="id-2", at=NOW - 5, author=KIM.id, direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC, body="Hello?",
    )  # fmt: skip
    changed = page_of(
        make_ticket(2, revision=2, version="2"),
        make_ticket(5, revision=2, version="2", status=Status.RESOLVED, priority=1),
        make_ticket(1, revision=2, version="2", status=Status.NEW, owner="", subject="Other words"),
    )
    other = msgspec.structs.replace(answer, id="m98", ticket="id-7")
    feed.apply(msgspec.structs.replace(changed, messages=(answer, other)), now=NOW)
    feed.close()
    now = ready(bench, plan).plan
    assert [item.outcome for item in now.items] == [Outcome.DO, Outcome.CHANGED, Outcome.DO]
    assert ready(bench, tagging).plan.count(Outcome.DO) == 1, "a tag is right whatever the customer wrote"
    for each in (closing, snoozing):  # a snooze would put the message out of sight
        assert each.count(Outcome.DO) == 1, each.items
        (item,) = recheck(bench.workbench, bench.workbench.reader, each).items
        assert (item.outcome, item.title) == (Outcome.CHANGED, "Changed since it was planned")
        assert "customer" in item.words
    assert now.items[1].words == "What it sets was changed by somebody meanwhile."
    assert now.items[2].version == "2"
    assert now.items[1].title == "Changed since it was planned"


def test_only_what_may_have_changed_is_asked_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = made(bench, "ticket.priority", "TD-2", "TD-5", priority=3, because=WHY)
    asked: list[int] = []
    reader = bench.workbench.reader
    standings = reader.standings

    def counted(keys: Any, marker: str) -> Any:
        asked.extend(keys)
        return standings(keys, marker)

    monkeypatch.setattr(reader, "standings", counted)
    assert recheck(bench.workbench, reader, plan, ()) == plan
    assert recheck(bench.workbench, reader, plan, [bench.key("TD-5"), bench.key("TD-8")]) == plan
    assert asked == [bench.key("TD-5")]


def test_what_does_not_fit_is_not_applied(bench: Bench) -> None:
    plan = made(bench, "ticket.close", "TD-7")
    assert refused(bench, msgspec.structs.replace(plan, server="elsewhere")).why is Why.OTHER_DESK
    assert refused(bench, plan.told(Notice.TEXT, "  ")).why is Why.NO_TEXT
    assert refused(bench, plan.toggled([bench.key("TD-7")])).why is Why.NOTHING
    bench.workbench.read_only = True
    assert refused(bench, plan).why is Why.READ_ONLY
    assert bench.workbench.reader.batches() == []


def test_ids_of_operations_come_from_the_plan(bench: Bench) -> None:
    """The same file applied from another machine has the same keys: the desk does it once."""
    plan = made(bench, "ticket.close", "TD-7", notice=Notice.NOTIFY)
    ids = [[operation.id for operation in each] for each in ready(bench, plan).tickets]
    assert ids == [[operation.id for operation in each] for each in ready(bench, plan).tickets]
    assert len(set(ids[0])) == 2
    kinds = [operation.kind for operation in ready(bench, plan).tickets[0]]
    assert kinds == [OperationKind.REPLY, OperationKind.UPDATE]


def test_the_report_knows_the_plan_and_what_became_of_it(bench: Bench) -> None:
    batch = apply(bench, made(bench, "ticket.priority", "TD-2", "TD-5", "TD-4", priority=3, because=WHY))
    reader = bench.workbench.reader
    kept = document_of(reader.batch_document(batch))
    assert kept is not None
    assert [item.number for item in kept.items] == ["TD-2", "TD-5", "TD-4"]
    assert [(t.number, t.state) for t in reader.batch_tickets(batch)] == [
        ("TD-2", "waiting"),
        ("TD-5", "waiting"),
    ]
    view = reader.batch(batch)
    assert view is not None
    assert standing(view) == "0 done, 2 still to go"


def test_a_run_that_was_cut_off_may_be_applied_again(bench: Bench) -> None:
    """Its writer was killed before it was whole: none of it goes out, and the plan is as good as new."""
    from techdesk.store import batches
    from techdesk.store.connection import connect
    from techdesk.store.lines import Lines

    plan = made(bench, "ticket.priority", "TD-2", "TD-5", priority=3, because=WHY)
    run = ready(bench, plan)
    connection = connect(bench.database.path, writable=True)
    connection.execute("BEGIN IMMEDIATE")
    steps = batches.enqueue(
        Lines(connection, bench.database.clocks), connection, run.head, run.tickets, lambda: NOW
    )
    assert next(steps) is batches.WHOLE
    connection.execute("COMMIT")
    connection.close()
    assert due(bench, 60) == [], "not whole: it does not start"
    assert due(bench, 3 * HOUR) == []
    view = bench.workbench.reader.batch(run.head.id)
    assert view is not None
    assert (view.state, view.dropped) == (BatchState.CUT, 2)
    again = apply(bench, plan)
    assert again == f"{plan.id}-2"
    assert len(due(bench, 3 * HOUR)) == 2


def test_a_plan_without_the_reason_that_a_policy_wants_is_not_applied(bench: Bench) -> None:
    """D3: a correction of the desk's own; the gates of one ticket are those of many (UX 5)."""
    plan = made(bench, "ticket.priority", "TD-2", "TD-5", priority=3)
    assert [item.number for item in plan.unreasoned] == ["TD-2", "TD-5"]
    assert shown(plan).unreasoned == 2
    found = refused(bench, plan)
    assert found.why is Why.NO_REASON
    assert "2 tickets" in found.words
    assert "TD-2" in found.words
    assert "--because" in found.remedy
    assert made(bench, "ticket.priority", "TD-2", "TD-5", priority=3, because=WHY).unreasoned == []
    less = plan.toggled([bench.key("TD-2"), bench.key("TD-5")])
    assert less.unreasoned == [], "what is left out wants none"


def test_a_plan_of_an_older_techdesk_is_asked_about_a_reason_too(bench: Bench) -> None:
    plan = made(bench, "ticket.priority", "TD-2", priority=3)
    old = replace(plan, items=tuple(replace(item, wants_reason=False) for item in plan.items))
    assert refused(bench, old).why is Why.NO_REASON
