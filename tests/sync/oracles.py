"""The five zeros: what must be true of every schedule once the network has healed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from techdesk.desks.port import Guarantee
from techdesk.model import SET_FIELDS, Event, Operation, OperationKind, OperationState, Ticket, merged_set
from techdesk.sync.comparison import value_of

if TYPE_CHECKING:
    from tests.sync.simulation import Simulation


def complaints(world: Simulation) -> list[str]:
    """Everything that is wrong, the gravest first; empty where the guarantee was kept."""
    return [
        *clobbered(world), *doubled(world), *lost(world), *traced(world), *misordered(world), *stuck(world),
        *diverged(world),
    ]  # fmt: skip


def clobbered(world: Simulation) -> list[str]:
    """Somebody's change went under. Class D cannot prevent it within the window, but has to tell of it."""
    desk = world.desk
    silent = desk.clobbered
    if desk.capabilities.guarantee is Guarantee.D:
        silent = {each: words for each, words in silent.items() if each not in world.told}
    return [f"clobbered: {words}" for words in silent.values()]


def doubled(world: Simulation) -> list[str]:
    """An effect that happened twice in one history of the desk."""
    messages = [row.operation for found in world.desk.messages.values() for row in found if row.operation]
    twice = {each for each in messages if messages.count(each) > 1}
    unkeyed = not world.desk.capabilities.keys
    for operation in world.made.values():
        # Without keys, setting the same value again changes nothing and is no harm.
        harmless = unkeyed and operation.kind is OperationKind.UPDATE
        if world.desk.applied[operation.id] > 1 and not harmless:
            twice.add(operation.id)
    return [f"doubled: {each}" for each in sorted(twice)]


def traced(world: Simulation) -> list[str]:
    """Operations that were undone and show at the desk all the same."""
    return [f"traced: {each} was undone" for each in sorted(world.undone) if world.desk.applied[each]]


def misordered(world: Simulation) -> list[str]:
    """What was decided later on a ticket, and had its effect before what was decided earlier."""
    found = []
    place = {each: number for number, each in enumerate(world.desk.order)}
    last: dict[int, Operation] = {}
    for _, made in sorted(world.made.items()):
        if made.id not in place or made.id in world.decided | world.desk.lost_by_restore:
            continue  # what was given up may arrive whenever it likes; what a restore took comes late
        earlier = last.get(made.ticket)
        if earlier is not None and place[earlier.id] > place[made.id]:
            found.append(f"misordered: {made.id} came before {earlier.id}")
        last[made.ticket] = made
    return found


def lost(world: Simulation) -> list[str]:
    """Operations that are said to be done without an effect, or that went without anybody's decision."""
    found = []
    desk = world.desk
    for key, made in world.made.items():
        operation = world.bench.feed.operation(key)
        if made.id in world.decided or made.id in desk.lost_by_restore:
            continue
        if operation is None or operation.state is OperationState.DROPPED:
            found.append(f"lost: {made.id} is gone, and nobody decided so")
        elif operation.state is OperationState.DONE and not (
            desk.applied[made.id] or _was_there(world, made, key)
        ):
            found.append(f"lost: {made.id} ({made.kind}) is said to be done")
    return found


def _was_there(world: Simulation, made: Operation, key: int) -> bool:
    """Whether an update that was never carried out found its values at the desk already."""
    operation = world.bench.feed.operation(key)
    if made.kind is not OperationKind.UPDATE or operation is None:
        return False
    if operation.ticket_id not in world.desk.tickets or world.desk.epoch != "e1":
        return True  # the ticket is gone, or a restore took its log: nothing is left to judge by
    events = world.desk.events[operation.ticket_id]
    ticket = world.desk.tickets[operation.ticket_id]
    return all(
        (field in SET_FIELDS and _together(ticket, events, made, field))
        or (value_of(ticket, field) or None) == (value or None)
        or any(
            event.field == field and str(value or None) in (str(event.old), str(event.new))
            for event in events
        )
        for field, value in operation.sets.items()
    )


def _together(ticket: Ticket, events: list[Event], made: Operation, field: str) -> bool:
    """Whether a set held, at some time, what was put on, and lacked what was taken off."""
    values = [value_of(ticket, field)]
    for event in events:
        if event.field == field:
            values += [each.split(", ") if each else [] for each in (event.old, event.new)]
    return any(held == merged_set(made.base[field], made.sets[field], held) for held in values)


def stuck(world: Simulation) -> list[str]:
    """What has not come to an end although everything works."""
    found = [f"stuck: {row.id} {row.state} {row.error}" for row in world.bench.reader.operations()]
    shown = {row.id for row in world.bench.reader.operations()}
    for key, made in world.made.items():  # what bulk runs still send is in no list of operations
        operation = world.bench.feed.operation(key)
        if operation is not None and operation.state.is_pending and made.id not in shown:
            found.append(f"stuck: {made.id} {operation.state} of a bulk run")
    if world.last_failure is not None:
        found.append(f"stuck: {world.last_failure.words}")
    return found


def diverged(world: Simulation) -> list[str]:
    """Where the cache is not what the desk holds, row by row."""
    desk, bench = world.desk, world.bench
    held = {}
    for key in bench.reader.keys(None, me="", now=bench.clock.now()):
        base = bench.feed.base(key)
        held[base.id if base else f"local {key}"] = key
    found = [f"diverged: {each} should not be here" for each in held.keys() - desk.tickets.keys()]
    found += [f"diverged: {each} is missing" for each in desk.tickets.keys() - held.keys()]
    for ticket_id in held.keys() & desk.tickets.keys():
        key = held[ticket_id]
        if bench.feed.base(key) != desk.tickets[ticket_id]:
            found.append(f"diverged: {ticket_id} is {bench.feed.base(key)}, not {desk.tickets[ticket_id]}")
        shown = sorted(entry.body for entry in bench.reader.conversation(key, count=500))
        written = sorted(row.body for row in desk.messages[ticket_id])
        if shown != written:
            found.append(f"diverged: the conversation of {ticket_id} is {shown}, not {written}")
        if len(bench.reader.log(key)) != len(desk.events[ticket_id]):
            found.append(f"diverged: the log of {ticket_id}")
    return found
