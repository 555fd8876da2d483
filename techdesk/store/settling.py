"""What a person decides about an operation that the desk refused or that met somebody's change.

Each function runs inside one write transaction of its caller. What one key press made for one ticket is
decided as one: a reply and the status that went with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from techdesk.model import Draft, FieldValue, Instant, Operation, OperationKind, OperationState
from techdesk.store import changes, disputes, edits, effective, journal, outbox, tickets
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.store.naming import number_of
from techdesk.text import storable

_NOT_IN_THE_FORM = ("links", "organisation", "files")
"""What a new ticket may have besides what its form shows: it stays."""
_WRITTEN = ("ticket.reply", "ticket.resolve", "ticket.comment")
"""Actions whose notes a person wrote; others are records and reasons that nobody goes on writing."""


def keep(
    lines: Lines,
    connection: sqlite3.Connection,
    key: int,
    now: Instant,
    without: Sequence[str] = (),
    notes: Sequence[Operation] = (),
) -> bool:
    """Mine stays: it is decided anew on what the desk holds now, and sent again.

    The fields of ``without`` stay as the desk has them; one that sets nothing else is dropped. What the same
    key press queued behind it has the same evidence now. False where it is settled already, or where its
    ticket is gone.
    """
    operation = _disputed(connection, key)
    if operation is None:
        return False
    sets = {name: value for name, value in operation.sets.items() if name not in without}
    if not sets and operation.sets:
        return give_way(lines, connection, key, now)
    if sets != operation.sets:
        less = msgspec.structs.replace(operation, sets=sets)
        connection.execute(
            "UPDATE operation SET sets = ?, what = ? WHERE key = ?",
            (outbox.fields_text(sets), outbox.describe(connection, less), key),
        )
    if not edits.retry(lines, connection, key, now):
        return False
    for other in outbox.with_it(connection, operation):
        if other.state.needs_decision:
            edits.retry(lines, connection, other.key, now)
        elif other.state is not OperationState.SENT and disputes.EVIDENCE in other.base:
            # Only what the customer wrote: whether a field that it sets has moved was not on show.
            base = dict(other.base)
            base[disputes.EVIDENCE] = base_now(connection, other, other.ticket)[disputes.EVIDENCE]
            connection.execute(
                "UPDATE operation SET base = ? WHERE key = ?", (outbox.fields_text(base), other.key)
            )
    if notes:
        edits.enqueue(lines, connection, notes)
    return True


def give_way(lines: Lines, connection: sqlite3.Connection, key: int, now: Instant) -> bool:
    """Theirs stays: the operation is dropped, and what it wrote is a draft again where there is none yet."""
    operation = _disputed(connection, key)
    if operation is None:
        return False
    for each in (operation, *outbox.with_it(connection, operation)):
        if each.state is OperationState.SENT:
            continue
        _keep_text(connection, each, now)
        edits.drop(lines, connection, each.key, now)
    return True


def replace(
    lines: Lines,
    connection: sqlite3.Connection,
    key: int,
    operations: Sequence[Operation],
    now: Instant,
) -> list[int]:
    """Queue what takes the place of an operation, and drop that one, both or neither; keys of the new ones.

    Of one that still waits it takes over what was seen, too. Where that went out meanwhile the new one comes
    after it. Where it was settled otherwise nothing is queued: the empty list.
    """
    operation = outbox.load(connection, key)
    if operation is None or operation.state is OperationState.DROPPED:
        return []
    if not operation.state.needs_decision and not _is_untried(connection, key):
        return edits.enqueue(lines, connection, operations)
    if operation.state.is_pending:
        seen = {name: value for name, value in operation.base.items() if name in operation.sets}
        operations = [
            msgspec.structs.replace(
                each,
                base=each.base | {name: value for name, value in seen.items() if name in each.sets},
            )
            for each in operations
        ]
    keys = edits.enqueue(lines, connection, operations)
    for each in (operation, *outbox.with_it(connection, operation)):
        edits.drop(lines, connection, each.key, now)
    return keys


def recreate(
    lines: Lines, connection: sqlite3.Connection, key: int, by: Operation, notes: Sequence[Operation] = ()
) -> bool:
    """Open a ticket that was refused, or that still waits, in another way; what hangs on it stays behind it.

    With a new key for the desk: the old one may have been used. False where it is on its way or settled.
    """
    operation = outbox.load(connection, key)
    if operation is None or operation.kind is not OperationKind.CREATE:
        return False
    if not operation.state.needs_decision and not _is_untried(connection, key):
        return False
    unseen = {name: value for name, value in operation.sets.items() if name in _NOT_IN_THE_FORM}
    made = msgspec.structs.replace(operation, sets=unseen | by.sets, text=by.text, channel=by.channel)
    what = outbox.describe(connection, made)
    connection.execute(
        "UPDATE operation SET id = ?, sets = ?, text = ?, channel = ?, what = ?, state = 'held', created = ?,"
        " hold_until = ?, request = x'', precondition = '', ambiguous = 0, attempts = 0, first_sent = 0,"
        " not_before = 0, error = '' WHERE key = ?",
        (
            by.id,
            outbox.fields_text(made.sets),
            storable(made.text, outbox.MAX_TEXT),
            made.channel.value,
            what,
            by.created,
            by.hold_until,
            key,
        ),
    )
    journal.write(
        connection, at=by.created, actor=by.actor, action=by.action, ticket=operation.ticket,
        number=number_of(connection, operation.ticket), outcome="queued", detail=f"changed: {what}",
    )  # fmt: skip
    connection.execute(
        "DELETE FROM draft WHERE ticket = ? AND kind = ?", (operation.ticket, OperationKind.CREATE.value)
    )
    beside = {"ticket": operation.ticket, "batch": operation.batch}  # one undo takes all of it back
    edits.enqueue(lines, connection, [msgspec.structs.replace(note, **beside) for note in notes])
    lines.rebuild((operation.ticket,), by.created)
    changes.note(connection, (operation.ticket,))
    return True


def _is_untried(connection: sqlite3.Connection, key: int) -> bool:
    """Whether nothing of an operation can have reached the desk."""
    found = connection.execute(
        f"SELECT 1 FROM operation o WHERE o.key = ? AND {outbox.UNTRIED}", (key,)
    ).fetchone()
    return found is not None


def move(
    lines: Lines,
    connection: sqlite3.Connection,
    key: int,
    new_id: Callable[[], str],
    now: Instant,
    notes: Sequence[Operation] = (),
) -> bool:
    """Carry the work on to the ticket that its own was merged into, decided on that one's present values.

    :param new_id: makes idempotency keys: the old ones may have been used at the desk.
    :param notes: what goes with it, for that other ticket.
    :returns: False where there is no such ticket here, or the operation is settled already.
    """
    operation = _disputed(connection, key)
    if operation is None or operation.kind is OperationKind.CREATE:
        return False
    other, _ = disputes.heir(connection, operation.ticket)
    if other is None or other == operation.ticket:
        return False
    old_number = number_of(connection, operation.ticket)
    for each in (operation, *outbox.with_it(connection, operation)):
        if not each.state.needs_decision:
            continue
        moved = msgspec.structs.replace(
            each, id=new_id(), ticket=other, base=base_now(connection, each, other)
        )
        what = outbox.describe(connection, moved)
        connection.execute(
            "UPDATE operation SET id = ?, ticket = ?, state = 'ready', base = ?, what = ?, request = x'',"
            " precondition = '', ambiguous = 0, attempts = 0, first_sent = 0, not_before = 0, error = ''"
            " WHERE key = ?",
            (moved.id, other, outbox.fields_text(moved.base), what, each.key),
        )
        journal.write_of(connection, moved, "queued", f"carried over from {old_number}: {what}", now)
    if notes:
        edits.enqueue(lines, connection, notes)
    tickets.purge_if_settled(connection, operation.ticket)
    lines.rebuild((operation.ticket, other), now)
    changes.note(connection, (operation.ticket, other))
    return True


def base_now(connection: sqlite3.Connection, operation: Operation, ticket: int) -> dict[str, FieldValue]:
    """The operation's base as if it were decided now on that ticket."""
    return edits.base_on(effective.read(connection, ticket), operation)


def _disputed(connection: sqlite3.Connection, key: int) -> Operation | None:
    operation = outbox.load(connection, key)
    return operation if operation is not None and operation.state.needs_decision else None


def _keep_text(connection: sqlite3.Connection, operation: Operation, now: Instant) -> None:
    """A text that is not sent is a draft again; one that is being written already is gone on with."""
    written = operation.kind is OperationKind.REPLY or operation.action in _WRITTEN
    if not written or not operation.kind.is_message or not operation.text:
        return
    there = connection.execute(
        "SELECT body FROM draft WHERE ticket = ? AND kind = ?", (operation.ticket, operation.kind.value)
    ).fetchone()
    if there is not None and operation.text in there[0]:
        return
    body = operation.text if there is None else f"{there[0]}\n\n{operation.text}"
    edits.save_draft(
        connection,
        Draft(ticket=operation.ticket, kind=operation.kind, body=body, updated=now),
    )
