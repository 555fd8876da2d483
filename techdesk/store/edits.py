"""What a technician's decisions do to the file.

Each function runs inside one write transaction of its caller; a generator yields between transactions where
there is too much for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from techdesk.model import (
    RECORD_MARKER,
    SET_FIELDS,
    Draft,
    FieldValue,
    Instant,
    Operation,
    OperationKind,
    OperationState,
    Tombstone,
    TombstoneReason,
)
from techdesk.store import batches, changes, effective, journal, meta, outbox, overlay, tickets
from techdesk.store.connection import scalar
from techdesk.store.disputes import EVIDENCE
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.store.naming import number_of
from techdesk.store.vectors import keys_of
from techdesk.text import storable

_BLANKS = " \t\r\n"
"""What may differ between a draft and the message that it became: the composer trims it."""
CHUNK = 50
"""Operations written in one transaction of a bulk run: about 15 ms, so that others get their turn."""


def enqueue(lines: Lines, connection: sqlite3.Connection, operations: Sequence[Operation]) -> list[int]:
    """Store operations with their optimistic rows, journal lines and changes; their keys."""
    keys: list[int] = []
    for operation in operations:
        # Whoever decided saw the ticket; if it went away since, what was decided is kept and told of.
        operation = _unless_gone(connection, operation)
        what = outbox.describe(connection, operation)
        keys.append(outbox.insert(connection, operation, what))
        if operation.state is OperationState.CONFLICT:
            journal.write_of(connection, operation, "conflict", operation.error, operation.created)
        else:
            journal.write_of(connection, operation, "queued", what, operation.created)
        if operation.text or operation.kind is OperationKind.CREATE:
            _settle_draft(connection, operation)
    touched = dict.fromkeys(operation.ticket for operation in operations)
    if operations:
        lines.rebuild(touched, max(operation.created for operation in operations))
    return keys


def _settle_draft(connection: sqlite3.Connection, operation: Operation) -> None:
    """Drop the draft that this operation sends, in its transaction: the text is in one of the two, always.

    A draft that says something else belongs to a composer that is still open somewhere.
    """
    ticket = 0 if operation.kind is OperationKind.CREATE else operation.ticket
    connection.execute(
        "DELETE FROM draft WHERE coalesce(ticket, 0) = ? AND kind = ? AND trim(body, ?) = trim(?, ?)",
        (ticket, operation.kind.value, _BLANKS, storable(operation.text, outbox.MAX_TEXT), _BLANKS),
    )


def _unless_gone(connection: sqlite3.Connection, operation: Operation) -> Operation:
    row = connection.execute(
        "SELECT gone, merged_into FROM ticket WHERE key = ?", (operation.ticket,)
    ).fetchone()
    if row is not None and row[0] in ("", TombstoneReason.OUT_OF_SCOPE.value):
        return operation
    if row is None:
        words = "Not sent: the ticket was removed from this cache while you decided."
    else:
        tombstone = Tombstone(id=operation.ticket_id, reason=TombstoneReason(row[0]), merged_into=row[1])
        words = tickets.gone_words(connection, tombstone)
    return msgspec.structs.replace(operation, state=OperationState.CONFLICT, error=words)


def enqueue_many(
    lines: Lines, connection: sqlite3.Connection, operations: Sequence[Operation]
) -> Iterator[list[int] | None]:
    """The same for a bulk run, in several transactions: yields None between them, and the keys at the end.

    Its batches stand in ``open_batch`` until they are whole, and none of their operations goes out before. An
    undo in between takes the batch off that table, which ends the run.
    """
    batches = dict.fromkeys(operation.batch for operation in operations)
    keys: list[int] = []
    for begin in range(0, len(operations), CHUNK):
        chunk = operations[begin : begin + CHUNK]
        if begin == 0:
            connection.executemany(
                "INSERT INTO open_batch (id, touched) VALUES (?, ?) ON CONFLICT DO NOTHING",
                ((batch, chunk[0].created) for batch in batches),
            )
        else:
            alive = {row[0] for row in connection.execute("SELECT id FROM open_batch")}
            chunk = [operation for operation in chunk if operation.batch in alive]
        keys += enqueue(lines, connection, chunk)
        if begin + CHUNK < len(operations):
            yield None
    connection.executemany("DELETE FROM open_batch WHERE id = ?", ((batch,) for batch in batches))
    yield keys


def create(
    lines: Lines, connection: sqlite3.Connection, operation: Operation, notes: Sequence[Operation] = ()
) -> int:
    """A ticket that the desk does not know yet, and the operation that makes it there; the ticket's key.

    ``notes`` go out after it, once the desk has numbered it.
    """
    key = tickets.insert(connection, None)
    connection.execute("UPDATE ticket SET number = ? WHERE key = ?", (f"NEW-{key}", key))
    enqueue(lines, connection, [msgspec.structs.replace(each, ticket=key) for each in (operation, *notes)])
    return key


def undo(lines: Lines, connection: sqlite3.Connection, batch: str, now: Instant) -> Iterator[bool | None]:
    """Drop a whole batch if nothing of it can have reached the desk, else touch none of it.

    Decided and done in the first transaction, against ``Feed.mark_sent``; what many rows look like again
    follows in later ones.
    """
    rows = connection.execute(
        f"SELECT o.key, o.ticket, o.kind, o.what, o.actor, o.action, {outbox.UNTRIED} FROM operation o"
        " WHERE o.batch = ? AND o.state <> 'dropped'",
        (batch,),
    ).fetchall()
    if not rows or not all(row[-1] for row in rows) or _has_later_work(connection, rows, batch):
        yield False
        return
    connection.execute("DELETE FROM open_batch WHERE id = ?", (batch,))
    connection.execute("UPDATE operation SET state = 'dropped' WHERE batch = ?", (batch,))
    batches.undone(connection, batch, now)
    # What was written is not unwritten: it is a draft again, unless something newer is being written there.
    # A record was not written by anybody; as a draft it could be sent, and the fact would stand after all.
    connection.execute(
        "INSERT INTO draft (ticket, kind, body, fields, base_revision, updated)"
        " SELECT ticket, kind, text, CASE WHEN json_type(sets, '$.files') = 'array'"
        " THEN json_object('files', json(json_extract(sets, '$.files'))) ELSE '{}' END, 0, ? FROM operation"
        " WHERE batch = ? AND bulk = 0"
        " AND kind IN ('reply', 'comment') AND text <> '' AND instr(text, ?) = 0 ON CONFLICT DO NOTHING",
        (now, batch, RECORD_MARKER),
    )
    for _, ticket, _, what, actor, action, _ in rows[:CHUNK]:
        note(connection, actor=actor, action=action, ticket=ticket, outcome="undone", detail=what, now=now)
    if len(rows) > CHUNK:
        note(
            connection,
            actor=rows[0][4],
            action=rows[0][5],
            ticket=None,
            outcome="undone",
            detail=f"and {len(rows) - CHUNK} more of the same bulk run",
            now=now,
        )
    touched = list(dict.fromkeys(row[1] for row in rows))
    for ticket in touched:
        tickets.purge_if_settled(connection, ticket)
    lines.rebuild(touched[:CHUNK], now)
    lines.put_off(touched[CHUNK:])
    while scalar(connection, "SELECT 1 FROM stale LIMIT 1") is not None:
        yield None
        lines.rebuild_stale(now, CHUNK)
    yield True


def _has_later_work(connection: sqlite3.Connection, rows: list[tuple[Any, ...]], batch: str) -> bool:
    """Whether something of another batch hangs on a ticket whose creation would be undone."""
    return any(
        scalar(
            connection,
            f"SELECT 1 FROM operation WHERE ticket = ? AND batch <> ? AND state IN {outbox.OPEN} LIMIT 1",
            row[1],
            batch,
        )
        is not None
        for row in rows
        if row[2] == OperationKind.CREATE.value
    )


def drop(lines: Lines, connection: sqlite3.Connection, key: int, now: Instant) -> bool:
    """Give an operation up for good; False where it may have reached the desk or is settled already.

    A create takes later operations of its ticket with it: there is nothing left that they could change.
    """
    operation = outbox.load(connection, key)
    if operation is None or operation.state is OperationState.SENT or not _is_open(operation):
        return False
    dropped = [operation]
    if operation.kind is OperationKind.CREATE:
        dropped += [other for other in outbox.open_of(connection, operation.ticket) if other.key != key]
    for each in dropped:
        journal.write_of(connection, each, "dropped", outbox.describe(connection, each), now)
    outbox.settle(connection, (each.key for each in dropped), OperationState.DROPPED)
    tickets.purge_if_settled(connection, operation.ticket)
    lines.rebuild((operation.ticket,), now)
    return True


def _is_open(operation: Operation) -> bool:
    return operation.state.is_pending or operation.state.needs_decision


def retry(lines: Lines, connection: sqlite3.Connection, key: int, now: Instant) -> bool:
    """Send an operation again: what the desk holds now is what the technician has seen (keep mine).

    For one that waits for its time, now is the time. False where it is on its way or settled, or where its
    ticket is gone.
    """
    operation = outbox.load(connection, key)
    if operation is None or operation.state is OperationState.SENT or not _is_open(operation):
        return False
    if operation.state.is_pending:
        connection.execute(
            "UPDATE operation SET not_before = 0, state = 'ready', hold_until = min(hold_until, ?)"
            " WHERE key = ?",
            (now, key),
        )
        lines.rebuild((operation.ticket,), now)
        return True
    ticket = effective.read(connection, operation.ticket)
    if ticket is None or ticket.gone not in ("", TombstoneReason.OUT_OF_SCOPE.value):
        return False
    connection.execute(
        "UPDATE operation SET state = 'ready', base = ?, request = x'', precondition = '', ambiguous = 0,"
        " attempts = 0, not_before = 0, error = '' WHERE key = ?",
        (outbox.fields_text(base_on(ticket, operation)), key),
    )
    behind = outbox.change_behind(connection, operation)
    if behind is not None and behind.state is not OperationState.SENT:  # shown and decided with its message
        connection.execute(
            "UPDATE operation SET base = ? WHERE key = ?",
            (outbox.fields_text(base_on(ticket, behind)), behind.key),
        )
    journal.write_of(connection, operation, "queued", f"again: {outbox.describe(connection, operation)}", now)
    lines.rebuild((operation.ticket,), now)
    return True


def base_on(ticket: effective.Effective | None, operation: Operation) -> dict[str, FieldValue]:
    """The operation's base as if it were decided now, on that ticket as the desk has it."""
    base: dict[str, FieldValue] = dict(operation.base)
    if ticket is not None and ticket.base is not None:
        for name in operation.base:
            if name in operation.sets and name not in SET_FIELDS:
                base[name] = overlay.value_in(ticket.base, name)
    if EVIDENCE in base:
        base[EVIDENCE] = None if ticket is None else ticket.last_customer_message
    return base


def note(
    connection: sqlite3.Connection,
    *,
    actor: str,
    action: str,
    ticket: int | None,
    outcome: str,
    detail: str,
    now: Instant,
) -> None:
    """A journal line for something that changed nothing: a refusal."""
    number = "" if ticket is None else number_of(connection, ticket)
    journal.write(
        connection,
        at=now,
        actor=actor,
        action=action,
        ticket=ticket,
        number=number,
        outcome=outcome,
        detail=detail,
    )


def save_draft(connection: sqlite3.Connection, draft: Draft) -> None:
    """Keep unsent writing; one of each kind for a ticket."""
    if draft.ticket is not None and not tickets.has_draft(connection, draft.ticket):
        changes.note(connection, (draft.ticket,))
    connection.execute(
        "INSERT INTO draft (ticket, kind, body, fields, base_revision, updated) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (coalesce(ticket, 0), kind) DO UPDATE SET body = excluded.body,"
        " fields = excluded.fields, base_revision = excluded.base_revision, updated = excluded.updated",
        (
            draft.ticket,
            draft.kind.value,
            storable(draft.body, outbox.MAX_TEXT),
            outbox.fields_text(draft.fields),
            draft.base_revision,
            draft.updated,
        ),
    )


def drop_draft(connection: sqlite3.Connection, ticket: int | None, kind: OperationKind) -> None:
    """Forget unsent writing, because it was sent or given up."""
    dropped = connection.execute(
        "DELETE FROM draft WHERE coalesce(ticket, 0) = ? AND kind = ?", (ticket or 0, kind.value)
    )
    if ticket is not None and (tickets.purge_if_settled(connection, ticket) or dropped.rowcount):
        changes.note(connection, (ticket,))


def mark_read(connection: sqlite3.Connection, ticket: int) -> None:
    """The technician has seen the conversation as it is here."""
    newest = scalar(connection, "SELECT max(at) FROM message WHERE ticket = ?", ticket)
    connection.execute(
        "UPDATE ticket SET unread = 0, read_at = max(coalesce(read_at, 0), ?) WHERE key = ?",
        (newest or 0, ticket),
    )
    row = connection.execute("UPDATE list_row SET unread = 0 WHERE key = ? AND unread = 1", (ticket,))
    if row.rowcount:
        changes.note(connection, (ticket,))


def retime(
    lines: Lines, connection: sqlite3.Connection, now: Instant, keys: Sequence[int] | None
) -> Iterator[int | None]:
    """Compute list rows anew, because policies changed; yields None between transactions, then the number."""
    if keys is None:
        keys = keys_of(connection, "SELECT key FROM list_row ORDER BY active DESC, key")
    changed = 0
    for begin in range(0, len(keys), CHUNK):
        changed += len(lines.rebuild(keys[begin : begin + CHUNK], now))
        if begin + CHUNK < len(keys):
            yield None
    yield changed


def follow_policies(
    lines: Lines, connection: sqlite3.Connection, fingerprint: str, now: Instant
) -> Iterator[int | None]:
    """``retime`` for every row, open tickets first, where the policies are not those of the last time.

    How far it has come is stored with the rows: of a million tickets it takes minutes, and a run that was cut
    off goes on there. What changes meanwhile is computed by its own change, wherever the run stands.
    """
    if meta.get(connection, meta.POLICIES) == fingerprint:
        yield 0
        return
    reached = (meta.get(connection, meta.RETIMED) or "").split(" ")
    if len(reached) != 3 or reached[0] != fingerprint:
        reached = [fingerprint, "1", "-1"]
    changed, last = 0, int(reached[2])
    for active in (1, 0) if reached[1] == "1" else (0,):
        keys = keys_of(
            connection, "SELECT key FROM list_row WHERE active = ? AND key > ? ORDER BY key", (active, last)
        )
        for begin in range(0, len(keys), CHUNK):
            chunk = keys[begin : begin + CHUNK]
            changed += len(lines.rebuild(chunk, now))
            meta.put(connection, meta.RETIMED, f"{fingerprint} {active} {chunk[-1]}")
            yield None
        last = -1
    meta.put(connection, meta.POLICIES, fingerprint)
    meta.put(connection, meta.RETIMED, None)
    yield changed
