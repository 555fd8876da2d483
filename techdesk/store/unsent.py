"""What is unsent, as shown: operations and drafts."""

from __future__ import annotations

from typing import Any

import msgspec

from techdesk.model import NOTICE, Draft, FieldValue, Instant, OperationKind
from techdesk.store import outbox
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.rows import Pending
from techdesk.text import safe_lines, safe_text, without_passwords

_PENDING = (
    "SELECT o.key, o.id, o.batch, o.ticket, coalesce(nullif(t.number, ''), 'NEW-' || o.ticket),"
    " coalesce(r.subject, ''), o.what, o.state, o.created, o.hold_until, o.not_before, o.attempts, o.error,"
    " o.base, o.sets, o.text, o.kind, o.action, o.bulk FROM operation o"
    " LEFT JOIN ticket t ON t.key = o.ticket LEFT JOIN list_row r ON r.key = o.ticket"
)
_DRAFT = "SELECT key, ticket, kind, body, fields, base_revision, updated FROM draft"


def operations(connection: sqlite3.Connection, ticket: int | None, *, open_only: bool) -> list[Pending]:
    """Operations of one ticket or of all, oldest first; of all, none that a bulk run still sends."""
    where = [f"o.state IN {outbox.OPEN}"] if open_only else []
    parameters: tuple[int, ...] = ()
    if ticket is not None:
        where.append("o.ticket = ?")
        parameters = (ticket,)
    else:
        where.append(f"(o.bulk = 0 OR o.state NOT IN {outbox.PENDING})")
    clause = f" WHERE {' AND '.join(where)}" if where else ""
    blocking: dict[int, str] = {}
    found: list[Pending] = []
    for raw in connection.execute(f"{_PENDING}{clause} ORDER BY o.key", parameters):
        line = _pending(raw)
        if line.state.needs_decision:
            blocking.setdefault(line.ticket, line.what)
        elif line.state.is_pending and line.ticket in blocking:
            line = msgspec.structs.replace(line, held_back_by=blocking[line.ticket])
        found.append(line)
    return found


def count(connection: sqlite3.Connection) -> int:
    """Operations that have not been settled."""
    return int(scalar(connection, f"SELECT count(*) FROM operation WHERE state IN {outbox.OPEN}"))


def undoable(connection: sqlite3.Connection) -> Pending | None:
    """The newest operation of a key of which nothing can have reached the desk: no automatic notice."""
    raw = connection.execute(
        f"{_PENDING} WHERE o.state IN {outbox.PENDING} AND {outbox.UNTRIED} AND o.action != ?"
        " ORDER BY o.key DESC LIMIT 1",
        (NOTICE,),
    ).fetchone()
    return None if raw is None else _pending(raw)


def last_sent(connection: sqlite3.Connection, actor: str, since: Instant, batch: str) -> list[Pending]:
    """The newest batch that is done at the desk, oldest operation first; empty where there is none.

    Of batches that a key made: an automatic notice is not what somebody wants back.
    """
    if not batch:
        found = connection.execute(
            "SELECT batch FROM operation WHERE state = 'done' AND actor = ? AND created >= ? AND action != ?"
            " ORDER BY key DESC LIMIT 1",
            (actor, since, NOTICE),
        ).fetchone()
        if found is None:
            return []
        batch = found[0]
    raws = connection.execute(f"{_PENDING} WHERE o.batch = ? AND o.state = 'done' ORDER BY o.key", (batch,))
    return [_pending(raw) for raw in raws]


def draft(connection: sqlite3.Connection, ticket: int | None, kind: OperationKind) -> Draft | None:
    """Unsent writing of one kind on a ticket."""
    raw = connection.execute(
        f"{_DRAFT} WHERE coalesce(ticket, 0) = ? AND kind = ?", (ticket or 0, kind.value)
    ).fetchone()
    return None if raw is None else _draft(raw)


def drafts(connection: sqlite3.Connection) -> list[Draft]:
    """All unsent writing, newest first."""
    return [_draft(raw) for raw in connection.execute(f"{_DRAFT} ORDER BY updated DESC, key DESC")]


def _pending(raw: tuple[Any, ...]) -> Pending:
    return Pending(
        key=raw[0],
        id=raw[1],
        batch=raw[2],
        ticket=raw[3],
        number=safe_text(raw[4]),
        subject=without_passwords(safe_text(raw[5])),
        what=without_passwords(safe_text(raw[6])),
        state=outbox.state_of(raw[7]),
        created=raw[8],
        hold_until=raw[9],
        not_before=raw[10],
        attempts=raw[11],
        error=safe_text(raw[12]),
        base=_safe_fields(outbox.fields_of(raw[13])),
        sets=_safe_fields(outbox.fields_of(raw[14])),
        text=safe_lines(raw[15]),
        kind=OperationKind(raw[16]),
        action=raw[17],
        bulk=bool(raw[18]),
    )


def _draft(raw: tuple[Any, ...]) -> Draft:
    return Draft(
        key=raw[0],
        ticket=raw[1],
        kind=OperationKind(raw[2]),
        body=safe_lines(raw[3]),
        fields=_safe_fields(outbox.fields_of(raw[4])),
        base_revision=raw[5],
        updated=raw[6],
    )


def _safe_fields(fields: dict[str, FieldValue]) -> dict[str, FieldValue]:
    return {safe_text(name): _safe_value(value) for name, value in fields.items()}


def _safe_value(value: FieldValue) -> FieldValue:
    if isinstance(value, str):
        return safe_text(value)
    return [safe_text(item) for item in value] if isinstance(value, list) else value
