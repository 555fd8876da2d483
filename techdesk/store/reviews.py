"""Tickets received after hours that nobody has reviewed yet (POLICIES D17, W3).

Reviewed is what has a record of a review, and what somebody of ours has answered. ``unreviewed`` has a row
for each open ticket that is not; it is kept by whatever rebuilds a ticket's list row.
"""

from __future__ import annotations

from msgspec import Struct

from techdesk.model import OperationKind
from techdesk.sla.evaluation import Evaluation
from techdesk.store import effective
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3

TABLE = "CREATE TABLE unreviewed (ticket INTEGER PRIMARY KEY) STRICT"
_NOTED = (
    "SELECT 1 FROM message m JOIN message_body b ON b.key = m.key WHERE m.ticket = ?"
    " AND m.visibility = 'internal' AND m.direction = 'out' AND instr(b.body, ?) LIMIT 1"
)


class Unreviewed(Struct, frozen=True):
    """The tickets of one policy that wait for their review."""

    policy: str
    count: int
    numbers: tuple[str, ...]
    """Of the most urgent ones."""


def put(
    connection: sqlite3.Connection,
    key: int,
    ticket: effective.Effective | None,
    evaluation: Evaluation | None,
) -> None:
    """Note whether a ticket waits for its review; None for one that is no longer here."""
    waits = ticket is not None and evaluation is not None and _waits(connection, key, ticket, evaluation)
    there = scalar(connection, "SELECT 1 FROM unreviewed WHERE ticket = ?", key) is not None
    if waits and not there:
        connection.execute("INSERT INTO unreviewed (ticket) VALUES (?)", (key,))
    elif there and not waits:
        connection.execute("DELETE FROM unreviewed WHERE ticket = ?", (key,))


def _waits(
    connection: sqlite3.Connection, key: int, ticket: effective.Effective, evaluation: Evaluation
) -> bool:
    if not evaluation.after_hours or not ticket.fields.status.is_active:
        return False
    if ticket.last_public_reply is not None:
        return False
    if any(
        each.kind is OperationKind.COMMENT and effective.REVIEW_NOTE in each.text
        for each in ticket.operations
    ):
        return False
    return scalar(connection, _NOTED, key, effective.REVIEW_NOTE) is None


def waiting(connection: sqlite3.Connection, count: int) -> list[Unreviewed]:
    """What waits for its review, policy by policy, with ``count`` numbers of each, most urgent first."""
    policies = connection.execute(
        "SELECT r.policy, count(*) FROM unreviewed u JOIN list_row r ON r.key = u.ticket"
        " GROUP BY r.policy ORDER BY min(r.urgency), r.policy"
    ).fetchall()
    return [Unreviewed(policy, many, _first(connection, policy, count)) for policy, many in policies]


def _first(connection: sqlite3.Connection, policy: str, count: int) -> tuple[str, ...]:
    rows = connection.execute(
        "SELECT r.number FROM unreviewed u JOIN list_row r ON r.key = u.ticket WHERE r.policy = ?"
        " ORDER BY r.urgency, r.clock_order, r.key LIMIT ?",
        (policy, count),
    )
    return tuple(number for (number,) in rows)
