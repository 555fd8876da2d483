"""When a ticket's next automatic notice falls due (``rules.notices``): nobody has to look at all of them.

``due_notice`` has a row for each ticket that a policy wants told of: the next threshold (it may be past), and
the clocks that were dealt with. It is kept by whatever rebuilds a ticket's list row.
"""

from __future__ import annotations

from msgspec import Struct

from techdesk.model import Instant, OperationKind
from techdesk.sla.evaluation import Evaluation
from techdesk.store import effective, outbox
from techdesk.store.clocks import Clocks
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.rows import Note

TABLES: tuple[str, ...] = (
    "CREATE TABLE due_notice (ticket INTEGER PRIMARY KEY, at INTEGER, told TEXT NOT NULL) STRICT",
    "CREATE INDEX due_notice_at ON due_notice (at) WHERE at IS NOT NULL",
)
_CLOCKS = 20
"""Clocks of one ticket that are remembered as dealt with: the desk's own notes tell of the others."""
INSERT = "INSERT INTO due_notice (ticket, at, told) VALUES (?, ?, '')"

_NOTES = (
    "SELECT m.at, b.body FROM message m JOIN message_body b ON b.key = m.key WHERE m.ticket = ?"
    " AND m.visibility = 'internal' AND m.direction = 'out' AND instr(b.body, ?) ORDER BY m.at, m.key"
)


class Passed(Struct, frozen=True, kw_only=True):
    """A ticket as it stands for its notices."""

    ticket_id: str
    """The desk's; empty before the desk knows it."""
    evaluation: Evaluation
    notes: tuple[Note, ...]
    """Notes that the desk has and that may carry a record, oldest first."""
    unsent: tuple[Note, ...]
    """Those that wait in the outbox."""


def put(connection: sqlite3.Connection, key: int, evaluation: Evaluation | None) -> None:
    """Note when a ticket's next notice falls due; None for a ticket that is no longer here."""
    row = connection.execute("SELECT at, told FROM due_notice WHERE ticket = ?", (key,)).fetchone()
    if evaluation is None:
        if row is not None:
            connection.execute("DELETE FROM due_notice WHERE ticket = ?", (key,))
        return
    at = evaluation.next_notice(row[1].split() if row is not None else ())
    if row is None:
        if at is not None:
            connection.execute(INSERT, (key, at))
    elif at != row[0]:
        connection.execute("UPDATE due_notice SET at = ? WHERE ticket = ?", (at, key))


def due(
    connection: sqlite3.Connection, now: Instant, horizon: Instant, count: int
) -> list[tuple[int, Instant]]:
    """(ticket, threshold) of at most ``count`` tickets that passed theirs after ``horizon``, oldest first.

    One that the desk does not know yet can have no notice.
    """
    rows = connection.execute(
        "SELECT n.ticket, n.at FROM due_notice n JOIN ticket t ON t.key = n.ticket"
        " WHERE n.at <= ? AND n.at > ? AND t.id IS NOT NULL ORDER BY n.at LIMIT ?",
        (now, horizon, count),
    )
    return [(key, at) for key, at in rows]


def next_at(connection: sqlite3.Connection, after: Instant) -> Instant | None:
    """The first threshold past an instant."""
    at = scalar(connection, "SELECT min(at) FROM due_notice WHERE at > ?", after)
    return None if at is None else int(at)


def told(connection: sqlite3.Connection, key: int, evaluation: Evaluation, now: Instant) -> None:
    """Every clock that has run out is dealt with; the next threshold takes its place."""
    over = [
        target.clock
        for target in evaluation.targets
        if target.tells and target.breach_at is not None and target.breach_at <= now
    ]
    before = str(scalar(connection, "SELECT told FROM due_notice WHERE ticket = ?", key) or "").split()
    clocks = list(dict.fromkeys([*before, *over]))[-_CLOCKS:]
    connection.execute(
        "UPDATE due_notice SET told = ?, at = ? WHERE ticket = ?",
        (" ".join(clocks), evaluation.next_notice(clocks), key),
    )


def passed(
    connection: sqlite3.Connection, clocks: Clocks, key: int, marker: str, now: Instant
) -> Passed | None:
    """A ticket with what notices are judged by; None where it is no longer here.

    ``marker``: what a note must hold to be read.
    """
    ticket = effective.read(connection, key)
    if ticket is None or ticket.gone:
        return None
    ticket = effective.known(ticket, clocks.complete)
    policy = clocks.policy(
        ticket.organisation_name, ticket.queue_name, ticket.fields.tags, ticket.policy_hint
    )
    sent, unsent = notes(connection, key, marker)
    return Passed(
        ticket_id=scalar(connection, "SELECT id FROM ticket WHERE key = ?", key) or "",
        evaluation=clocks.evaluate(policy, ticket.history, now),
        notes=tuple(sent),
        unsent=tuple(unsent),
    )


def notes(connection: sqlite3.Connection, key: int, marker: str) -> tuple[list[Note], list[Note]]:
    """Internal notes with the marker: those that the desk has, oldest first, and those in the outbox."""
    sent = [Note(at, body) for at, body in connection.execute(_NOTES, (key, marker))]
    unsent = [
        Note(operation.created, operation.text)
        for operation in outbox.open_of(connection, key)
        if operation.kind is OperationKind.COMMENT and marker in operation.text
    ]
    return sent, unsent
