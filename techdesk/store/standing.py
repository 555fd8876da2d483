"""How many tickets stand, read together: what a bulk plan asks of each, in fewer queries than one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from techdesk.model import Instant, OperationKind, OperationState, Organisation, Person
from techdesk.sla.history import History
from techdesk.store import effective, outbox
from techdesk.store.driver import sqlite3
from techdesk.store.linked import linked
from techdesk.store.rows import Note, Row, TicketView
from techdesk.text import safe_text

CHUNK = 100
"""Tickets that are read with one query of each kind."""

_NOTES = (
    "SELECT m.ticket, m.at, b.body FROM json_each(?) j JOIN message m ON m.ticket = j.value"
    " JOIN message_body b ON b.key = m.key WHERE m.visibility = 'internal' AND m.direction = 'out'"
    " AND instr(b.body, ?) ORDER BY m.at, m.key"
)

_EACH = "FROM json_each(?) j CROSS JOIN"
_TICKETS = f"SELECT t.key, t.base, t.unread, t.gone, t.merged_into {_EACH} ticket t ON t.key = j.value"
_PENDING = f"SELECT o.ticket {_EACH} operation o ON o.ticket = j.value WHERE o.state IN {outbox.OPEN}"
_MESSAGES = (
    f"SELECT m.ticket, m.at, m.direction, m.visibility, m.automatic, m.channel, m.operation {_EACH}"
    " message m ON m.ticket = j.value ORDER BY m.at, m.key"
)
_EVENTS = (
    f"SELECT e.ticket, e.at, e.field, e.old, e.new, e.actor {_EACH} event e ON e.ticket = j.value"
    " ORDER BY e.at, length(e.id), e.id"
)


class Standing(Struct, frozen=True, kw_only=True):
    """One ticket as the gates look at it, unsent changes laid over."""

    view: TicketView
    history: History
    notes: tuple[Note, ...]
    """Notes with the marker that was asked for, oldest first."""
    unsent: tuple[Instant, ...]
    """When the public replies were written that the desk does not have yet."""
    waiting_for_a_person: bool
    """Whether an operation of it is in conflict or refused: what is queued behind it does not go out."""


def read(
    connection: sqlite3.Connection,
    rows: Sequence[Row],
    marker: str,
    organisation: Callable[[str], Organisation | None],
) -> list[Standing]:
    """The standings of these rows, in their order; those that have gone meanwhile are left out."""
    keys = msgspec.json.encode([row.key for row in rows]).decode()
    notes: dict[int, list[Note]] = {}
    for key, at, body in connection.execute(_NOTES, (keys, marker)):
        notes.setdefault(key, []).append(Note(at, body))
    parts = _Parts(connection, keys)
    people: dict[str, Person | None] = {}
    found: list[Standing] = []
    for row in rows:
        ticket = parts.ticket(row.key, notes.get(row.key, ()))
        if ticket is None:
            continue
        owner = ticket.fields.owner
        if owner not in people:
            people[owner] = _safe(effective.person(connection, owner))
        fields = ticket.fields
        own, unsent = notes.get(row.key, []), []
        for operation in ticket.operations:
            if operation.kind is OperationKind.REPLY and operation.text:
                unsent.append(operation.created)
            elif operation.kind is OperationKind.COMMENT and marker in operation.text:
                own.append(Note(operation.created, operation.text))
        found.append(
            Standing(
                view=TicketView(
                    row=row,
                    base=ticket.base,
                    requester=_safe(ticket.requester),
                    owner=people[owner],
                    organisation=organisation(ticket.organisation_id),
                    queue=safe_text(fields.queue),
                    close_reason=safe_text(fields.close_reason),
                    closed=fields.closed,
                    server_due=ticket.base.server_due if ticket.base else None,
                    kind=safe_text(fields.kind),
                    last_customer_message=ticket.last_customer_message,
                    last_public_reply=ticket.last_public_reply,
                    message_count=ticket.message_count,
                    links=tuple(linked(connection, each) for each in fields.links),
                ),
                history=ticket.history,
                notes=tuple(own),
                unsent=tuple(unsent),
                waiting_for_a_person=any(
                    operation.state in (OperationState.CONFLICT, OperationState.REJECTED)
                    for operation in ticket.operations
                ),
            )
        )
    return found


class _Parts:
    """What many tickets are made of, in four queries; a ticket with unsent operations is read by itself."""

    def __init__(self, connection: sqlite3.Connection, keys: str) -> None:
        self._connection = connection
        self._tickets = {row[0]: row[1:] for row in connection.execute(_TICKETS, (keys,))}
        self._pending = {row[0] for row in connection.execute(_PENDING, (keys,))}
        self._messages = _by_ticket(connection.execute(_MESSAGES, (keys,)))
        self._events = _by_ticket(connection.execute(_EVENTS, (keys,)))

    def ticket(self, key: int, notes: Iterable[Note]) -> effective.Effective | None:
        """One of them; None where it has gone. ``notes``: those of its records."""
        row = self._tickets.get(key)
        if row is None or row[0] is None or key in self._pending:
            return effective.read(self._connection, key)
        return effective.combine(
            self._connection,
            key,
            effective.decode_ticket(row[0]),
            [],
            self._messages.get(key, []),
            self._events.get(key, []),
            set(),
            unread=bool(row[1]),
            gone=row[2],
            merged_into=row[3],
            reviewed=next((note.at for note in notes if effective.REVIEW_NOTE in note.body), None),
        )


def _by_ticket(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    """Rows without their first column, by it."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row[1:])
    return found


def _safe(person: Person | None) -> Person | None:
    if person is None:
        return None
    return msgspec.structs.replace(person, name=safe_text(person.name), email=safe_text(person.email))
