"""Lists of tickets: which keys in which order, their rows, and how many there are."""

# ruff: noqa: S608 - statements are put together from constants of this package; every value is bound

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import msgspec

from techdesk.model import Instant
from techdesk.query import Query
from techdesk.store import effective, lines, outbox
from techdesk.store.clocks import Clocks
from techdesk.store.compile import WORD_KEYS, Condition, Context, condition
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.rows import Counters, Row

RARE = 3_000
"""Matches up to which sorting them all is quicker than walking the order's index (TEXTUAL A3)."""

ORDERS: dict[str, tuple[str, ...]] = {
    "urgency": ("urgency", "clock_order", "key"),
    "priority": ("priority", "urgency", "clock_order", "key"),
    "severity": ("severity", "urgency", "clock_order", "key"),
    "updated": ("updated", "key"),
    "created": ("created", "key"),
    "number": ("length(number)", "number", "key"),
    "subject": ("subject COLLATE NOCASE", "key"),
    "status": ("status", "urgency", "clock_order", "key"),
    "channel": ("channel", "urgency", "clock_order", "key"),
    "owner": ("(SELECT name FROM person WHERE id = owner)", "urgency", "clock_order", "key"),
    "requester": ("(SELECT name FROM person WHERE id = requester)", "urgency", "clock_order", "key"),
    "organisation": (
        "(SELECT name FROM organisation o WHERE o.id = list_row.organisation)",
        "urgency",
        "clock_order",
        "key",
    ),
    "queue": ("(SELECT name FROM queue q WHERE q.id = list_row.queue)", "urgency", "clock_order", "key"),
}
"""Orders of a list by name; each ends with what makes it total."""

_ROWS = (
    f"SELECT {lines.ROW_COLUMNS} FROM json_each(?) j CROSS JOIN list_row r ON r.key = j.value"
    f"{lines.ROW_JOINS}"
)


class Lists:
    """The part of a reader that screens of many tickets use."""

    def __init__(self, connection: sqlite3.Connection, clocks: Clocks) -> None:
        self._connection = connection
        self._clocks = clocks

    def keys(
        self,
        limit: Query | None,
        order: str = "urgency",
        *,
        me: str,
        now: Instant,
        first: int | None = None,
    ) -> array[int]:
        """Keys of the tickets that a limit lets through, in order.

        :param order: a name of ``ORDERS``, ``-`` before it for descending; an unknown one is ``urgency``.
        :param first: only so many, for the first screen; the whole vector belongs into a thread.
        """
        found, hint = self._plan(limit, me, now, walk=first is not None)
        statement = f"SELECT key FROM list_row {hint}WHERE {found.where} ORDER BY {order_by(order)}"
        parameters = found.parameters
        if first is not None:
            statement += " LIMIT ?"
            parameters = (*parameters, first)
        vector = array("q")
        cursor = self._connection.execute(statement, parameters)
        while block := cursor.fetchmany(5_000):
            vector.extend(row[0] for row in block)
        return vector

    def _plan(self, limit: Query | None, me: str, now: Instant, *, walk: bool) -> tuple[Condition, str]:
        """The condition of a limit, and how to come at its rows: by the words where they are rare."""
        found = condition(limit, Context(me, now, lookup=self._ids))
        if not found.required_words:
            return found, ""
        fewest = min(self._matches(expression) for expression in found.required_words)
        if fewest <= RARE:
            return found, "NOT INDEXED "
        return (condition(limit, Context(me, now, lookup=self._ids, walk=True)) if walk else found), ""

    def _ids(self, statement: str, parameters: tuple[Any, ...]) -> list[str]:
        return [row[0] for row in self._connection.execute(statement, parameters)]

    def _matches(self, expression: str) -> int:
        return int(
            scalar(
                self._connection,
                f"SELECT count(*) FROM (SELECT * FROM ({WORD_KEYS}) LIMIT ?)",
                expression,
                expression,
                RARE + 1,
            )
        )

    def count(self, limit: Query | None, *, me: str, now: Instant) -> int:
        """How many tickets a limit lets through."""
        found, hint = self._plan(limit, me, now, walk=False)
        return self._count(f"SELECT count(*) FROM list_row {hint}WHERE {found.where}", *found.parameters)

    def _count(self, statement: str, *parameters: Any) -> int:
        return int(scalar(self._connection, statement, *parameters))

    def rows(self, keys: Sequence[int]) -> list[Row]:
        """Rows in the order asked; a key that is not in the lists (any more) is left out."""
        wanted = msgspec.json.encode(list(keys)).decode()
        found = {raw[0]: raw for raw in self._connection.execute(_ROWS, (wanted,))}
        return [lines.row_of(found[key]) for key in keys if key in found]

    def row(self, key: int) -> Row | None:
        """One row, also of a ticket that is gone from the lists but has unsent work."""
        found = self.rows((key,))
        return found[0] if found else self._row_of_gone(key)

    def _row_of_gone(self, key: int) -> Row | None:
        ticket = effective.read(self._connection, key)
        if ticket is None:
            return None
        owner = effective.person(self._connection, ticket.fields.owner)
        shown = lines.values(ticket, self._clocks, ticket.fields.updated)
        return lines.row_of_ticket(key, ticket, shown, owner.name if owner else ticket.fields.owner)

    def counters(self, *, me: str, now: Instant) -> Counters:
        """Counts for the status bar and the SLA screen."""
        active, unassigned, unread = self._connection.execute(
            "SELECT active, unassigned, unread FROM tally"
        ).fetchone()
        breached, quarter, hour = self._connection.execute(
            "SELECT coalesce(sum(breach_at <= ?1), 0),"
            " coalesce(sum(due < ?1 + 900 AND breach_at > ?1), 0),"
            " coalesce(sum(due < ?1 + 3600 AND breach_at > ?1), 0)"
            " FROM list_row WHERE active = 1 AND urgency = 0 AND clock_order < ?1 + 3600",
            (now,),
        ).fetchone()
        return Counters(
            active=active,
            breached=breached,
            under_15_minutes=quarter,
            under_1_hour=hour,
            unassigned=unassigned,
            mine=self._count("SELECT count(*) FROM list_row WHERE owner = ? AND active = 1", me) if me else 0,
            unread=unread,
            outbox=self._count(f"SELECT count(*) FROM operation WHERE state IN {outbox.PENDING}"),
            attention=self._count(
                f"SELECT count(*) FROM operation WHERE state IN {outbox.OPEN}"
                " AND state IN ('conflict', 'rejected')"
            ),
        )

    def explain_plan(self, limit: Query | None, order: str, *, me: str, now: Instant) -> list[str]:
        """How SQLite comes at the first screen of a limit: for ``techdesk doctor`` and the tests."""
        found, hint = self._plan(limit, me, now, walk=True)
        rows = self._connection.execute(
            f"EXPLAIN QUERY PLAN SELECT key FROM list_row {hint}WHERE {found.where}"
            f" ORDER BY {order_by(order)} LIMIT 200",
            found.parameters,
        )
        return [str(row[3]) for row in rows]


def order_by(order: str) -> str:
    """The ORDER BY terms of an order's name; urgency has the open tickets before the closed ones."""
    descending = order.startswith("-")
    terms = ORDERS.get(order.removeprefix("-"), ORDERS["urgency"])
    sorted_terms = ", ".join(f"{term} DESC" for term in terms) if descending else ", ".join(terms)
    return f"active DESC, {sorted_terms}" if terms is ORDERS["urgency"] else sorted_terms
