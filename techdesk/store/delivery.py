"""An operation's way to the desk, as its row tells it. Each function runs inside one transaction."""

from __future__ import annotations

import msgspec

from techdesk.model import (
    Direction,
    FieldValue,
    Instant,
    Message,
    Operation,
    OperationKind,
    OperationState,
    Tombstone,
    Visibility,
)
from techdesk.store import batches, changes, files, follow, ingest, journal, outbox, tickets
from techdesk.store.arrivals import AcceptedLike, PageLike, PreparedLike
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.text import storable


def mark_sent(
    connection: sqlite3.Connection,
    key: int,
    prepared: PreparedLike,
    now: Instant,
    quiet: int,
    *,
    fresh: bool = False,
) -> Operation | None:
    """SYNC rules 2 and 3. A second mark without an answer in between means that the first was never heard.

    For ``quiet`` seconds nothing more is done to it, whatever becomes of this process.
    """
    operation = outbox.load(connection, key)
    if operation is None or not operation.state.is_pending:
        return None
    again = operation.state is OperationState.SENT and not fresh
    request = operation.request if again else prepared.body
    precondition = operation.precondition if again else prepared.precondition
    connection.execute(
        "UPDATE operation SET state = 'sent', request = ?, precondition = ?, attempts = attempts + 1,"
        " ambiguous = CASE state WHEN 'sent' THEN 1 ELSE ambiguous END, not_before = ?, waits_since = ?,"
        " first_sent = CASE first_sent WHEN 0 THEN ? ELSE first_sent END, error = '' WHERE key = ?",
        (request, precondition, now + quiet if quiet else 0, now, now, key),
    )
    changes.note(connection, (operation.ticket,))
    return outbox.load(connection, key)


def later(
    connection: sqlite3.Connection,
    lines: Lines,
    key: int,
    not_before: Instant,
    error: str,
    *,
    sent: bool,
    now: Instant,
) -> None:
    """``sent``: it may have had its effect. Once that was so, no later try that never left can unsay it."""
    operation = outbox.load(connection, key)
    if operation is None or not operation.state.is_pending:
        return
    ambiguous = sent or bool(scalar(connection, "SELECT ambiguous FROM operation WHERE key = ?", key))
    if ambiguous:
        connection.execute(
            "UPDATE operation SET state = 'sent', ambiguous = 1, not_before = ?, waits_since = ?, error = ?"
            " WHERE key = ?",
            (not_before, now, storable(error, 2000), key),
        )
    else:
        connection.execute(
            "UPDATE operation SET state = 'ready', request = x'', precondition = '', not_before = ?,"
            " waits_since = ?, error = ? WHERE key = ?",
            (not_before, now, storable(error, 2000), key),
        )
    lines.rebuild((operation.ticket,), now)
    changes.note(connection, (operation.ticket,))


def accept(
    connection: sqlite3.Connection, lines: Lines, key: int, result: AcceptedLike, now: Instant
) -> list[int]:
    """Settle an operation with the desk's answer. A create gives its ticket the desk's id."""
    operation = outbox.load(connection, key)
    if operation is None:
        return []
    joined: int | None = None
    if operation.kind is OperationKind.CREATE and result.ticket_id and not operation.ticket_id:
        joined = tickets.adopt(connection, operation.ticket, result.ticket_id)
    tombstone = (
        None
        if operation.kind is not OperationKind.CREATE
        else tickets.tombstone_of(connection, result.ticket_id)
    )
    # Before the answer's rows: our own message among them would settle it, and say so, a second time; and a
    # merge's tombstone must not find its operation open still.
    if operation.state is not OperationState.DONE:
        outbox.settle(connection, (key,), OperationState.DONE)
        journal.write_of(connection, operation, "sent", outbox.describe(connection, operation), now)
    known: set[int] = set()
    if tombstone is None:
        known.update(_store_answer(connection, result.page, now, operation, result.message_id))
    if tombstone is not None:
        # Made, and deleted again before its answer was heard: an answer revives nothing (SYNC rule 6).
        tickets.bury(connection, tombstone, now)
    if operation.sets.get(files.FIELD):
        files.prune(connection, now)
    if operation.kind.is_message and result.message_id:
        _keep_message(connection, operation, result.message_id, now)
    known.add(operation.ticket)
    if joined is not None:
        known.add(joined)
    if tombstone is None:
        follow.tell_old(connection, lines, operation, result.ticket_id, now)
    changed = lines.rebuild(known, now)
    # The row may look the same as it did with the operation laid over it, but one less is pending.
    if operation.ticket not in changed:
        changes.note(connection, (operation.ticket,))
        changed.append(operation.ticket)
    return changed


def _store_answer(
    connection: sqlite3.Connection,
    page: PageLike,
    now: Instant,
    operation: Operation | None = None,
    message_id: str = "",
) -> list[int]:
    """Write an answer's rows: updates, never inserts of tickets (SYNC rule 6). Keys to rebuild."""
    touched = ingest.people(connection, page.people)
    touched += ingest.organisations(connection, page.organisations)
    touched += ingest.queues(connection, page.queues)
    ingest.quarantine(connection, page.unreadable, now)
    writer = ingest.Ingest(connection, now, first_pull=False)
    for parcel in ingest.parcels(page):
        if operation is not None and message_id:
            parcel = _name_own(parcel, operation, message_id)
        key = writer.ticket(parcel, insert=False, pulled=False, generation=None)
        if key is not None:
            touched.append(key)
    for tombstone in page.tombstones:
        buried = tickets.bury(connection, tombstone, now)
        if buried is not None:
            touched.append(buried)
    return touched


def _name_own(parcel: ingest.Parcel, operation: Operation, message_id: str) -> ingest.Parcel:
    """A desk that does not keep our operation's id tells us the message's: the same thing."""
    messages = tuple(
        msgspec.structs.replace(message, operation=operation.id)
        if message.id == message_id and not message.operation
        else message
        for message in parcel.messages
    )
    return msgspec.structs.replace(parcel, messages=messages)


def _keep_message(
    connection: sqlite3.Connection, operation: Operation, message_id: str, now: Instant
) -> None:
    """Where the answer names our message without showing it, keep what we wrote until the feed brings it."""
    there = scalar(
        connection, "SELECT 1 FROM message WHERE ticket = ? AND id = ?", operation.ticket, message_id
    )
    if there is not None:
        return
    ingest.Ingest(connection, now, first_pull=False).message(
        operation.ticket,
        Message(
            id=message_id,
            ticket=operation.ticket_id,
            at=operation.created,
            author=operation.actor,
            direction=Direction.OUTBOUND,
            visibility=(Visibility.PUBLIC if operation.kind is OperationKind.REPLY else Visibility.INTERNAL),
            channel=operation.channel,
            body=operation.text,
            operation=operation.id,
        ),
    )


def refuse(
    connection: sqlite3.Connection,
    lines: Lines,
    key: int,
    state: OperationState,
    page: PageLike | None,
    words: str,
    now: Instant,
) -> list[int]:
    """A definite no: the desk's version shows again, and a person decides about ours."""
    operation = outbox.load(connection, key)
    if operation is None or not operation.state.is_pending:
        return []
    touched = [] if page is None else _store_answer(connection, page, now)
    connection.execute(
        "UPDATE operation SET state = ?, error = ?, ambiguous = 0 WHERE key = ?",
        (state.value, storable(words, 2000), key),
    )
    journal.write_of(connection, operation, state.value, words, now)
    changed = lines.rebuild([*touched, operation.ticket], now)
    if operation.ticket not in changed:
        changes.note(connection, (operation.ticket,))
        changed.append(operation.ticket)
    return changed


def gone(
    connection: sqlite3.Connection, lines: Lines, key: int, tombstone: Tombstone, now: Instant
) -> list[int]:
    """The ticket is gone: all that is unsent on it waits for a person, whatever the reason."""
    operation = outbox.load(connection, key)
    words = tickets.gone_words(connection, tombstone)
    if operation is not None and operation.state.is_pending:
        state = OperationState.DROPPED if operation.is_notice else OperationState.CONFLICT
        outbox.settle(connection, (key,), state, words)
        journal.write_of(connection, operation, state.value, words, now)
    buried = tickets.bury(connection, tombstone, now)
    touched = {each for each in (buried, operation.ticket if operation else None) if each is not None}
    lines.rebuild(touched, now)
    changes.note(connection, touched)
    return sorted(touched)


def rebase(
    connection: sqlite3.Connection, lines: Lines, key: int, base: dict[str, FieldValue], now: Instant
) -> None:
    """Forget the bytes of a try that definitely had no effect, and decide from another base."""
    operation = outbox.load(connection, key)
    if operation is None or not operation.state.is_pending:
        return
    connection.execute(
        "UPDATE operation SET state = 'ready', base = ?, request = x'', precondition = '', ambiguous = 0,"
        " not_before = 0, error = '' WHERE key = ?",
        (outbox.fields_text(base), key),
    )
    lines.rebuild((operation.ticket,), now)


def reschedule_interrupted(connection: sqlite3.Connection, quiet: int) -> int:
    """Nobody is waiting for an answer to what is SENT now: repeat it, byte for byte.

    Where the desk tells no repeat from a new one, not before ``quiet`` seconds after the try: the desk may
    still be at work on the request of a process that is no more.
    """
    return connection.execute(
        "UPDATE operation SET ambiguous = 1, not_before = min(not_before, CASE WHEN ? > 0"
        " THEN waits_since + ? ELSE 0 END) WHERE state = 'sent'",
        (quiet, quiet),
    ).rowcount


def drop_abandoned(connection: sqlite3.Connection, lines: Lines, before: Instant, now: Instant) -> None:
    """Drop bulk runs that were cut off before they were whole: nobody was told that they were stored."""
    left = [row[0] for row in connection.execute("SELECT id FROM open_batch WHERE touched < ?", (before,))]
    for batch in left:
        rows = connection.execute(
            f"SELECT key, ticket FROM operation WHERE batch = ? AND state IN {outbox.OPEN}", (batch,)
        ).fetchall()
        outbox.settle(connection, (row[0] for row in rows), OperationState.DROPPED)
        connection.execute("DELETE FROM open_batch WHERE id = ?", (batch,))
        batches.cut(connection, batch, now)
        lines.put_off(row[1] for row in rows)
        journal.write(
            connection, at=now, actor="", action="batch", ticket=None, number="", outcome="dropped",
            detail=f"a bulk run was cut off after {len(rows)} operations; none of them was sent",
        )  # fmt: skip


_BEGAN = "SELECT min(created) FROM operation WHERE batch = ? AND ticket = ? AND key < ? AND state = 'done'"
_SINCE = (
    "SELECT e.field, e.new, e.actor = ? OR coalesce(p.role = 'system', 0) FROM event e"
    " LEFT JOIN person p ON p.id = e.actor WHERE e.ticket = ? AND e.at >= ? ORDER BY e.at, length(e.id), e.id"
)


def own_effects(connection: sqlite3.Connection, operation: Operation) -> dict[str, FieldValue]:
    """What earlier operations of the same decision left behind at the desk, by its log.

    A reply may open a ticket: after a restart between the two, the close behind it must not take that for a
    colleague's change.
    """
    began = scalar(connection, _BEGAN, operation.batch, operation.ticket, operation.key)
    if began is None:
        return {}
    found: dict[str, FieldValue] = {}
    for field, new, ours in connection.execute(_SINCE, (operation.actor, operation.ticket, began)):
        if ours:
            found[field] = new
        else:
            found.pop(field, None)
    return found
