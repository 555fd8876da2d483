"""The operation table: storing, loading, and the words for what an operation does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from techdesk.model import (
    RECORD_MARKER,
    Channel,
    FieldValue,
    Instant,
    Operation,
    OperationKind,
    OperationState,
    link_of,
)
from techdesk.store import files
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.text import minutes_words, safe_text, storable, without_passwords

OPEN = "('held', 'ready', 'sent', 'conflict', 'rejected')"
"""States in which an operation still matters; the text of the partial index operation_open."""
PENDING = "('held', 'ready', 'sent')"
"""States in which it is laid over its ticket; the text of the partial index operation_pending."""
UNTRIED = "(o.state IN ('held', 'ready') AND o.ambiguous = 0)"
"""Nothing of it can have reached the desk, so undoing it leaves no trace there."""
KEPT = 20_000
"""Operations, settled ones among them, that stay for the outbox screen to look back on."""
MAX_FIELD = 20_000
"""Characters of a field's value."""
MAX_TEXT = 1_000_000
"""Characters of a message."""

_COLUMNS = (
    "o.key, o.id, o.batch, o.ticket, t.id, o.kind, o.action, o.sets, o.base, o.text, o.channel, o.state,"
    " o.created, o.hold_until, o.attempts, o.not_before, o.request, o.precondition, o.error, o.actor, o.bulk,"
    " o.first_sent"
)
SELECT = f"SELECT {_COLUMNS} FROM operation o LEFT JOIN ticket t ON t.key = o.ticket"
_OPEN_OF_TICKET = f"{SELECT} WHERE o.ticket = ? AND o.state IN {OPEN} ORDER BY o.key"

_KIND = {kind.value: kind for kind in OperationKind}
_STATE = {state.value: state for state in OperationState}
_CHANNEL = {channel.value: channel for channel in Channel}
_decode_fields = msgspec.json.Decoder(dict[str, str | int | bool | list[str] | None]).decode


def fields_text(fields: dict[str, FieldValue]) -> str:
    """A dictionary of field values as it is stored."""
    return msgspec.json.encode({name: _storable(value) for name, value in fields.items()}).decode()


def _storable(value: FieldValue) -> FieldValue:
    if isinstance(value, str):
        return storable(value, MAX_FIELD)
    return [storable(item, MAX_FIELD) for item in value] if isinstance(value, list) else value


def fields_of(text: str) -> dict[str, FieldValue]:
    """And back."""
    return _decode_fields(text)


def state_of(text: str) -> OperationState:
    """A state from its column."""
    return _STATE[text]


def from_row(row: tuple[Any, ...]) -> Operation:
    """An operation from a row of ``SELECT``."""
    return Operation(
        key=row[0],
        id=row[1],
        batch=row[2],
        ticket=row[3],
        ticket_id=row[4] or "",
        kind=_KIND[row[5]],
        action=row[6],
        sets=_decode_fields(row[7]),
        base=_decode_fields(row[8]),
        text=row[9],
        channel=_CHANNEL.get(row[10], Channel.UNKNOWN),
        state=_STATE[row[11]],
        created=row[12],
        hold_until=row[13],
        attempts=row[14],
        not_before=row[15],
        request=row[16],
        precondition=row[17],
        error=row[18],
        actor=row[19],
        bulk=bool(row[20]),
        first_sent=row[21],
    )


def insert(connection: sqlite3.Connection, operation: Operation, what: str) -> int:
    """Store a new operation; its key."""
    cursor = connection.execute(
        "INSERT INTO operation (id, batch, ticket, kind, action, sets, base, text, channel, state, created,"
        " hold_until, attempts, not_before, request, precondition, error, actor, what)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            operation.id,
            operation.batch,
            operation.ticket,
            operation.kind.value,
            operation.action,
            fields_text(operation.sets),
            fields_text(operation.base),
            storable(operation.text, MAX_TEXT),
            operation.channel.value,
            operation.state.value,
            operation.created,
            operation.hold_until,
            operation.attempts,
            operation.not_before,
            operation.request,
            operation.precondition,
            operation.error,
            operation.actor,
            what,
        ),
    )
    key = cursor.lastrowid
    assert key is not None
    return key


def load(connection: sqlite3.Connection, key: int) -> Operation | None:
    """One operation."""
    row = connection.execute(f"{SELECT} WHERE o.key = ?", (key,)).fetchone()
    return None if row is None else _with_files(connection, from_row(row))


def _with_files(connection: sqlite3.Connection, operation: Operation) -> Operation:
    """With the bytes of its files, where it names some: only one that is sent needs them."""
    ids = files.ids_of(operation.sets) if operation.state.is_pending else []
    return msgspec.structs.replace(operation, files=files.load(connection, ids)) if ids else operation


def open_of(connection: sqlite3.Connection, ticket: int) -> list[Operation]:
    """Open operations of a ticket, oldest first."""
    return [from_row(row) for row in connection.execute(_OPEN_OF_TICKET, (ticket,))]


def with_it(connection: sqlite3.Connection, operation: Operation) -> list[Operation]:
    """What the same key press queued behind it for the same ticket, and what hangs on a create."""
    return [
        other
        for other in open_of(connection, operation.ticket)
        if other.key > operation.key and other.batch == operation.batch
    ]


def change_behind(connection: sqlite3.Connection, operation: Operation) -> Operation | None:
    """The change of fields that a reply goes before, while it waits too; None where there is none.

    The customer reads what it says of the ticket, so the two go together or not at all. A note is a fact
    that stays true, whatever becomes of the status.
    """
    if operation.kind is not OperationKind.REPLY:
        return None
    behind = with_it(connection, operation)
    return next((other for other in behind if other.kind is OperationKind.UPDATE), None)


def has_open(connection: sqlite3.Connection, ticket: int) -> bool:
    """Whether anything of this ticket has not been settled."""
    return (
        scalar(connection, f"SELECT 1 FROM operation WHERE ticket = ? AND state IN {OPEN} LIMIT 1", ticket)
        is not None
    )


def settle(
    connection: sqlite3.Connection, keys: Iterable[int], state: OperationState, error: str = ""
) -> None:
    """Move operations to a state, with the words that go with it."""
    connection.executemany(
        "UPDATE operation SET state = ?, error = ? WHERE key = ?",
        ((state.value, storable(error, 2000), key) for key in keys),
    )


def prune(connection: sqlite3.Connection) -> None:
    """Forget what was settled long ago."""
    connection.execute(
        "DELETE FROM operation WHERE key <= (SELECT max(key) FROM operation) - ?"
        " AND state IN ('done', 'dropped')"
        # A bulk run tells what became of each of its tickets as long as it is not one of the older ones.
        " AND batch NOT IN (SELECT id FROM batch ORDER BY key DESC LIMIT 20)",
        (KEPT,),
    )


def describe(connection: sqlite3.Connection, operation: Operation) -> str:
    """What an operation does, for people: ``priority P3 -> P1``, ``reply (214 characters)``."""
    parts: list[str] = []
    match operation.kind:
        case OperationKind.CREATE:
            subject = str(operation.sets.get("subject") or "no subject")
            return safe_text(f"new ticket: {without_passwords(subject)}", 200)
        case OperationKind.REPLY:
            parts.append(f"reply ({len(operation.text)} characters)")
        case OperationKind.COMMENT:
            told_first, marker, _ = operation.text.partition(RECORD_MARKER)
            what = f"note: {told_first.strip()}" if marker and told_first.strip() else ""
            parts.append(what or f"note ({len(operation.text)} characters)")
        case OperationKind.UPDATE:
            pass
    for name, value in operation.sets.items():
        if name == files.FIELD:
            count = len(value) if isinstance(value, list) else 0
            parts.append(f"{count} file{'' if count == 1 else 's'}")
            continue
        if name == "minutes":
            parts.append(f"{minutes_words(int(str(value)))} of work")
            continue
        if name == "merge_into":
            parts.append(f"merge into {told(connection, name, value)}")
            continue
        new = told(connection, name, value)
        words = name.replace("_", " ")
        if name in operation.base:
            parts.append(f"{words} {told(connection, name, operation.base[name])} -> {new}")
        else:
            parts.append(f"{words} {new}")
    return safe_text(without_passwords(", ".join(parts)) or operation.action, 300)


def _listed(connection: sqlite3.Connection, name: str, values: list[str]) -> str:
    if name == "watchers":
        return ", ".join(told(connection, "owner", each) for each in values)
    if name == "links":
        found = [(link_of(each), each) for each in values]
        return ", ".join(
            f"{link[0].words} {told(connection, 'merge_into', link[1])}" if link is not None else text
            for link, text in found
        )
    return " ".join(values)


def told(connection: sqlite3.Connection, name: str, value: FieldValue) -> str:
    """A field's value in words: people, queues and organisations by name."""
    if value is None or value in ("", []):
        return {"owner": "nobody", "priority": "--"}.get(name, "none")
    if isinstance(value, list):
        return _listed(connection, name, value)
    match name:
        case "merge_into":
            return str(scalar(connection, "SELECT number FROM ticket WHERE id = ?", value) or value)
        case "priority":
            return f"P{value}" if str(value).isdecimal() else str(value)
        case "owner" | "requester":
            return str(scalar(connection, "SELECT name FROM person WHERE id = ?", value) or value)
        case "queue":
            return str(scalar(connection, "SELECT name FROM queue WHERE id = ?", value) or value)
        case "organisation":
            return str(scalar(connection, "SELECT name FROM organisation WHERE id = ?", value) or value)
        case _:
            return str(value)


_STEP_SECONDS = 60
"""An operation written so far in the future was written by a clock that has since been set back."""

IS_HEAD = (
    "NOT EXISTS (SELECT 1 FROM operation p WHERE p.ticket = o.ticket AND p.key < o.key"
    f" AND p.state IN {OPEN})"
    " AND NOT EXISTS (SELECT 1 FROM open_batch b WHERE b.id = o.batch)"
)
"""Nothing of the same ticket stands before it, and its batch is whole."""


def next_due(connection: sqlite3.Connection) -> Instant | None:
    """When the first of the waiting operations may go; None where none may."""
    value = scalar(
        connection,
        "SELECT min(max(CASE o.state WHEN 'held' THEN o.hold_until ELSE 0 END, o.not_before))"
        f" FROM operation o LEFT JOIN ticket t ON t.key = o.ticket"
        f" WHERE o.state IN {PENDING} AND (o.kind = 'create' OR t.id IS NOT NULL) AND {IS_HEAD}",
    )
    return None if value is None else int(value)


_READY = (
    f"(o.state <> 'held' OR o.hold_until <= ?1 OR o.created > ?1 + {_STEP_SECONDS})"
    f" AND (o.not_before <= ?1 OR o.waits_since > ?1 + {_STEP_SECONDS})"
    f" AND (o.kind = 'create' OR t.id IS NOT NULL) AND {IS_HEAD}"
)
_SINGLE = (
    f"{SELECT} WHERE o.bulk = 0 AND o.state IN {PENDING} AND {_READY}"
    " ORDER BY o.state = 'sent' DESC, o.key LIMIT ?2"
)
_BULK = (
    f"{SELECT} JOIN batch b ON b.id = o.batch WHERE o.bulk = 1 AND o.state = ?3"
    f" AND (b.hold_until <= ?1 OR b.created > ?1 + {_STEP_SECONDS}) AND (b.gate IS NULL OR o.key <= b.gate)"
    f" AND {_READY} ORDER BY o.key LIMIT ?2"
)


def due(connection: sqlite3.Connection, now: Instant, count: int, *, bulk: bool = True) -> list[Operation]:
    """Operations that may go now: the first of each ticket, those whose answer was lost before the others.

    Single changes come before those of bulk runs, which are left out without ``bulk``: nobody's reply waits
    for ten thousand closures.

    Holds and waits are in the desk's time. Where that is set back, they would last as long as the step was
    wide, hours or days, so one that began in the future is over.
    """
    found = connection.execute(_SINGLE, (now, count)).fetchall()
    if bulk and len(found) < count and _bulk_may_go(connection, now):
        for state in ("sent", "ready", "held"):
            left = count - len(found)
            if left > 0:
                found += connection.execute(_BULK, (now, left, state)).fetchall()
    return [_with_files(connection, from_row(row)) for row in found]


def _bulk_may_go(connection: sqlite3.Connection, now: Instant) -> bool:
    """Whether any bulk run is past its hold: else its thousands of operations need not be looked at.

    A run whose end was written down may have some left: those that waited for somebody's decision about an
    earlier one of the same ticket, and those that were decided on.
    """
    found = scalar(
        connection,
        "SELECT 1 FROM batch WHERE state IN ('running', 'halted') AND ended IS NULL"
        f" AND (hold_until <= ?1 OR created > ?1 + {_STEP_SECONDS})"
        " UNION ALL SELECT 1 FROM operation o JOIN batch b ON b.id = o.batch"
        f" WHERE o.bulk = 1 AND o.state IN {PENDING} AND b.ended IS NOT NULL LIMIT 1",
        now,
    )
    return found is not None
