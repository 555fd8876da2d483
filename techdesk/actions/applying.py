"""Applies a bulk plan: asks again for what has changed since, and queues the rest as one run.

A plan is applied once: its operations' ids come from the plan's, so neither a second call, nor the same file
on another machine, sends anything twice.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from techdesk.actions.plan_words import Asked, within
from techdesk.actions.planning import Planner
from techdesk.model import Channel, FieldValue, Instant, Operation, OperationKind, OperationState
from techdesk.rules.wording import quantity
from techdesk.store.batches import Head
from techdesk.store.changes import EVERYTHING
from techdesk.work.plans import Item, NotAPlan, Notice, Outcome, Plan, decode, encode

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.store.reader import Reader
    from techdesk.store.rows import BatchTicket, BatchView

LAST_CUSTOMER_MESSAGE = "last_customer_message"


class Why(StrEnum):
    """Why a plan is not applied."""

    READ_ONLY = "read_only"
    OTHER_DESK = "other_desk"
    BEFORE = "before"
    NOTHING = "nothing"
    NO_TEXT = "no_text"
    NO_REASON = "no_reason"


class NotApplied(Struct, frozen=True, kw_only=True):
    """Nothing was queued."""

    why: Why
    words: str
    remedy: str = ""
    batch: str = ""
    """The run that the plan was applied as before."""


class Ready(Struct, frozen=True, kw_only=True):
    """A plan that may be applied now, with everything of the run worked out."""

    plan: Plan
    """As it was asked again."""
    head: Head
    tickets: list[list[Operation]]
    """Operations of each ticket, in the order in which the desk gets them."""


_NOWHERE = 0
"""Key of no ticket."""
_TWICE = "It stands in the plan twice, and is changed once."


def recheck(bench: Workbench, reader: Reader, plan: Plan, changed: Collection[int] | None = None) -> Plan:
    """The plan with what has changed since told as such: nobody's newer word is written over.

    ``changed``: keys of the tickets that may have changed; None asks all of them. Every ticket is found by
    its id, so a plan of another cache of the same desk works as well. The key in a file is never believed
    where the id is not here: in another cache it is another ticket's.
    """
    items: list[Item] = []
    wanted: dict[int, None] = {}
    for item in plan.items:
        key = item.ticket if changed is not None or not item.id else reader.key_of(item.id)
        here = item if key == item.ticket else replace(item, ticket=_NOWHERE if key is None else key)
        if here.outcome is Outcome.DO and here.ticket in wanted and here.ticket != _NOWHERE:
            here = replace(here, outcome=Outcome.CHANGED, group="twice", title="Named twice", words=_TWICE)
        items.append(here)
        doubtful = changed is None or EVERYTHING in changed or item.ticket in changed
        if here.outcome is Outcome.DO and doubtful:
            wanted[here.ticket] = None
    if not wanted:
        return replace(plan, items=tuple(items))
    planner = Planner(bench, reader, Asked(action=plan.action, values=plan.values, notice=plan.notice))
    anew: dict[int, Item] = {}
    for part in planner.parts(list(wanted)):
        anew |= {item.ticket: item for item in part}
    return replace(plan, items=tuple(_compared(plan.action, item, anew.get(item.ticket)) for item in items))


def _compared(action: str, item: Item, now: Item | None) -> Item:
    """An item as it was planned, unless what it was decided on is no longer so."""
    if now is None or item.outcome is not Outcome.DO:
        return item
    reads = _reads_customer(action, item)
    if now.outcome is Outcome.DO and _decided_on(now, reads) == _decided_on(item, reads):
        return replace(item, version=now.version, wants_reason=now.wants_reason)
    if now.outcome is Outcome.DO:
        words = _difference(item, now, reads)
    else:
        words = f"Planned as {item.words or item.title}; now: {now.words}"
    return replace(
        item,
        outcome=Outcome.CHANGED,
        group="changed",
        title="Changed since it was planned",
        words=words,
        remedy="Plan again to take in what is new.",
        rule="bulk.changed",
    )


def _reads_customer(action: str, item: Item) -> bool:
    """Whether a newer message of the customer's matters: not to a tag, an owner, a queue or a grade.

    It does where an operation was decided on what the customer had written (closing, replying), and to a
    snooze, which would put a message out of sight that nobody has read.
    """
    return action == "ticket.snooze" or any(LAST_CUSTOMER_MESSAGE in step.base for step in item.steps)


def _decided_on(item: Item, reads_customer: bool) -> tuple[object, ...]:
    fields = [
        (name, _plain(value))
        for step in item.steps
        if step.kind is OperationKind.UPDATE
        for name, value in sorted((*step.base.items(), *step.sets.items()), key=lambda pair: pair[0])
    ]
    evidence = item.evidence if reads_customer else None
    return (evidence, item.reason, item.final, tuple(fields))


def _plain(value: FieldValue) -> object:
    return tuple(value) if isinstance(value, list) else value


def _difference(item: Item, now: Item, reads_customer: bool) -> str:
    if reads_customer and item.evidence != now.evidence:
        return "The customer wrote after it was planned."
    if item.reason != now.reason:
        return f"It was planned as {item.reason}; now {now.reason} would hold."
    return "What it sets was changed by somebody meanwhile."


def prepare(
    bench: Workbench,
    reader: Reader,
    plan: Plan,
    *,
    changed: Collection[int] | None = None,
    canary: int = 0,
) -> Ready | NotApplied:
    """Work out the run of a plan; nothing is written. ``canary``: tickets that go first, to be looked at."""
    if bench.read_only:
        return NotApplied(
            why=Why.READ_ONLY, words="This session is read-only.", remedy="Nothing was changed."
        )
    state = reader.sync_state()
    if plan.server and state.server and plan.server != state.server:
        return NotApplied(
            why=Why.OTHER_DESK,
            words=f"The plan was made for another help desk ({plan.server}).",
            remedy="Choose its profile with --profile.",
        )
    before = reader.batch_of_plan(plan.id)
    if before is not None:
        view = reader.batch(before)
        stands = f" It stands at: {standing(view)}." if view is not None else ""
        return NotApplied(
            why=Why.BEFORE,
            words=f"This plan has been applied before.{stands}",
            remedy="Nothing was changed; plan again for what is left.",
            batch=before,
        )
    if plan.notice is Notice.TEXT and not plan.text.strip():
        return NotApplied(
            why=Why.NO_TEXT, words="There are no words to tell the customers.", remedy="Write some."
        )
    plan = recheck(bench, reader, plan, changed)
    doing = plan.doing()
    if not doing:
        return NotApplied(
            why=Why.NOTHING,
            words="No ticket is left that this could be done to.",
            remedy="Nothing was changed.",
        )
    if missing := plan.unreasoned:
        return NotApplied(
            why=Why.NO_REASON,
            words=f"For {quantity(len(missing), 'ticket', 'tickets')} the policy wants a reason,"
            f" and the plan has none: {missing[0].number}: {missing[0].warning}",
            remedy="Nothing was changed: plan again with a reason (--because WORDS).",
        )
    cut = sum(1 for each in reader.batches(200) if each.plan == plan.id)
    batch = plan.id if not cut else f"{plan.id}-{cut + 1}"
    now = bench.clock.now()
    head = Head(
        id=batch,
        plan=plan.id,
        action=plan.action,
        title=f"{within(plan.title)}: {quantity(len(doing), 'ticket', 'tickets')}",
        actor=state.account_id,
        created=now,
        hold_seconds=bench.bulk_hold_seconds,
        tickets=len(doing),
        messages=plan.messages,
        canary=canary if 0 < canary < len(doing) else 0,
        document=zlib.compress(encode(without_steps(plan)), 1),
    )
    tickets = [_operations(plan, item, head) for item in doing]
    return Ready(plan=plan, head=head, tickets=tickets)


def queue(bench: Workbench, ready: Ready, now: Callable[[], Instant] | None = None) -> Future[str]:
    """Queue a run, in chunks; the result is its id, empty where it was taken back or applied meanwhile."""
    if ready.plan.action == "ticket.snooze":
        holds = {item.ticket: len(item.steps) > 1 for item in ready.plan.doing()}
        until = int(ready.plan.values.get("until") or 0)
        bench.remember_snoozes(ready.head.id, bench.clock.now(), until, holds)
    return bench.writer.enqueue_batch(ready.head, ready.tickets, now or bench.clock.now)


def without_steps(plan: Plan) -> Plan:
    """A plan for the report: what was to be sent stands in the operations."""
    return replace(plan, items=tuple(replace(item, steps=()) for item in plan.items))


def document_of(data: bytes) -> Plan | None:
    """The plan of a run as it was stored; None where there is none."""
    if not data:
        return None
    try:
        return decode(zlib.decompress(data))
    except (zlib.error, NotAPlan):
        return None


def standing(view: BatchView, tickets: Iterable[BatchTicket] = ()) -> str:
    """``50 done, 1 refused by the desk, 1 conflict``.

    :param tickets: those of the run, where they are at hand: then what a rule held back here is told apart.
    """
    by_rule = sum(ticket.by_rule for ticket in tickets)
    parts = [f"{view.done:,} done"]
    for count, words in (
        (view.refused - by_rule, "refused by the desk"),
        (by_rule, "refused by a rule as it was to go out"),
        (view.conflicts, "conflict" if view.conflicts == 1 else "conflicts"),
        (view.waiting + view.in_flight, "still to go"),
        (view.dropped, "given back"),
    ):
        if count:
            parts.append(f"{count:,} {words}")
    return ", ".join(parts)


def _operations(plan: Plan, item: Item, head: Head) -> list[Operation]:
    judged = bool(item.id)
    made: list[Operation] = []

    def add(
        kind: OperationKind,
        sets: dict[str, FieldValue],
        base: dict[str, FieldValue],
        text: str,
        channel: Channel = Channel.UNKNOWN,
    ) -> None:
        name = f"{head.id}/{item.id or item.ticket}/{len(made)}"
        made.append(
            Operation(
                id=hashlib.sha256(name.encode()).hexdigest()[:32],
                batch=head.id,
                ticket=item.ticket,
                ticket_id=item.id,
                kind=kind,
                action=plan.action,
                sets=sets,
                base=base,
                text=text,
                channel=channel,
                state=OperationState.HELD,
                created=head.created,
                hold_until=head.created,
                actor=head.actor,
            )
        )

    message = plan.message_for(item)
    if message:
        seen: dict[str, FieldValue] = {LAST_CUSTOMER_MESSAGE: item.evidence} if judged else {}
        add(OperationKind.REPLY, {}, seen, message)
    for step in item.steps:
        add(step.kind, step.sets, step.base, step.text, step.channel)
    return made
