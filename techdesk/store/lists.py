"""Lists of tickets: which keys in which order, their rows, and how many there are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from techdesk.model import Instant
from techdesk.query import Query, alternatives
from techdesk.store import changes, effective, lines, outbox, play, tickets
from techdesk.store.clocks import Clocks
from techdesk.store.compile import WORD_KEYS, Condition, Context, condition
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.following import Listing, Patch, follow
from techdesk.store.orders import ALONG, GROUPED, ORDERS, SELECTIVE, groups, order_by, order_in_group
from techdesk.store.rows import Counters, Row
from techdesk.store.vectors import keys_of

if TYPE_CHECKING:
    from techdesk.store import play

RARE = 3_000
"""Matches up to which sorting them all is quicker than walking the order's index (TEXTUAL A3)."""

SAMPLE = 2_000
"""Of the newest tickets so many tell whether matches are met soon on a walk."""
_GROUPS = "by groups"

_ROWS = (
    f"SELECT {lines.ROW_COLUMNS} FROM json_each(?) j CROSS JOIN list_row r ON r.key = j.value"
    f"{lines.ROW_JOINS}"
)
_GONE = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT key FROM list_row)"
_POLICIES = (
    "SELECT r.policy, count(*) FROM json_each(?) j CROSS JOIN list_row r ON r.key = j.value GROUP BY r.policy"
)
_BLOCK = 5_000


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
        parts = alternatives(limit) if first is not None else ()
        if parts:
            return self._merged(parts, order, me, now, first or 0)
        found, hint = self._route(limit, order, me, now)
        if hint is _GROUPS:
            return self._by_group(found, order, first)
        statement = f"SELECT key FROM list_row {hint}WHERE {found.where} ORDER BY {order_by(order)}"
        parameters = found.parameters
        if first is not None:
            statement += " LIMIT ?"
            parameters = (*parameters, first)
        return keys_of(self._connection, statement, parameters)

    def _merged(self, parts: Sequence[Query], order: str, me: str, now: Instant, first: int) -> array[int]:
        """The first of several limits together: each of them is among the first of its own."""
        found = [key for part in parts for key in self.keys(part, order, me=me, now=now, first=first)]
        wanted = msgspec.json.encode(list(dict.fromkeys(found))).decode()
        statement = (
            "SELECT key FROM list_row NOT INDEXED WHERE key IN (SELECT value FROM json_each(?))"
            f" ORDER BY {order_by(order)} LIMIT ?"
        )
        return keys_of(self._connection, statement, (wanted, first))

    def listing(self, limit: Query | None, order: str = "urgency", *, me: str, now: Instant) -> Listing:
        """All keys of a list in order, with the place in the change log that they are of."""
        self._connection.execute("BEGIN")
        try:
            return Listing(self.keys(limit, order, me=me, now=now), changes.last(self._connection))
        finally:
            self._connection.execute("COMMIT")

    def follow(
        self, listing: Listing, limit: Query | None, order: str = "urgency", *, me: str, now: Instant
    ) -> Patch | None:
        """The list after what changed since; None where it has to be read anew."""
        found = condition(limit, Context(me, now, lookup=self._ids))
        if found.has_words:
            return None  # what a word is in is only known of all tickets together
        return follow(self._connection, listing, found, order)

    def _by_group(self, found: Condition, order: str, first: int | None) -> array[int]:
        """Tickets in the order of a name: those of one id after another, each through its index."""
        column = order.removeprefix("-")
        limit = "" if first is None else " LIMIT ?"
        statement = (
            f"SELECT key FROM list_row WHERE {column} = ? AND {found.where}"
            f" ORDER BY {order_in_group(order)}{limit}"
        )
        vector = array("q")
        for group in self._ids(groups(order), ()):
            rest = () if first is None else (first - len(vector),)
            vector += keys_of(self._connection, statement, (group, *found.parameters, *rest))
            if first is not None and len(vector) >= first:
                break
        return vector

    def _route(self, limit: Query | None, order: str, me: str, now: Instant) -> tuple[Condition, str]:
        """The condition of a limit, and the hint that says how to come at its rows in an order.

        Few matches are looked up and sorted. Of many the first are met soon by walking the order's index and
        testing each row: then the limit must not tempt SQLite to another index, and to sorting all of them.
        Which it is, a count that stops early tells (TEXTUAL A3).
        """
        context = Context(me, now, lookup=self._ids)
        found = condition(limit, context)
        if found.required_words:
            if min(self._matches(expression) for expression in found.required_words) <= RARE:
                return found, "NOT INDEXED "
            context = msgspec.structs.replace(context, walk=True)
            found = condition(limit, context)
        elif not found.has_words:
            looked_up = condition(limit, msgspec.structs.replace(context, along=SELECTIVE))
            if self._seems_few(looked_up) and (few := self._few(looked_up)) is not None:
                return few, "NOT INDEXED "
        if not self._sorts(found, order):
            return found, ""
        name = order.removeprefix("-")
        along = ALONG.get(name, frozenset()) if name in ORDERS else ALONG["urgency"]
        found = condition(limit, msgspec.structs.replace(context, along=along))
        return found, _GROUPS if name in GROUPED else ""

    def _seems_few(self, found: Condition) -> bool:
        """Whether it is worth looking for all matches: where an index leads to them, or a sample has none."""
        looked_up = f"EXPLAIN QUERY PLAN SELECT key FROM list_row WHERE {found.where} LIMIT {RARE}"
        steps = [str(row[3]) for row in self._connection.execute(looked_up, found.parameters)]
        if all("SEARCH" in step or "USING" in step for step in steps):
            return True
        newest = f"SELECT ({found.where}) AS fits FROM list_row ORDER BY key DESC LIMIT {SAMPLE}"
        return self._count(f"SELECT count(*) FROM ({newest}) WHERE fits", *found.parameters) * 500 < SAMPLE

    def _few(self, found: Condition) -> Condition | None:
        """The matches themselves, where they are few; None where there are more."""
        statement = f"SELECT key FROM list_row WHERE {found.where} LIMIT {RARE + 1}"
        keys = [row[0] for row in self._connection.execute(statement, found.parameters)]
        if len(keys) > RARE:
            return None
        wanted = msgspec.json.encode(keys).decode()
        return Condition("key IN (SELECT value FROM json_each(?))", (wanted,))

    def _sorts(self, found: Condition, order: str) -> bool:
        """Whether SQLite, left alone, would sort every match."""
        return any("TEMP B-TREE" in step for step in self._steps(found, "", order))

    def _steps(self, found: Condition, hint: str, order: str) -> list[str]:
        rows = self._connection.execute(
            f"EXPLAIN QUERY PLAN SELECT key FROM list_row {hint}WHERE {found.where}"
            f" ORDER BY {order_by(order)} LIMIT 200",
            found.parameters,
        )
        return [str(row[3]) for row in rows]

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
        found = condition(limit, Context(me, now, lookup=self._ids))
        rare = found.required_words and min(map(self._matches, found.required_words)) <= RARE
        hint = "NOT INDEXED " if rare else ""
        return self._count(f"SELECT count(*) FROM list_row {hint}WHERE {found.where}", *found.parameters)

    def _count(self, statement: str, *parameters: Any) -> int:
        return int(scalar(self._connection, statement, *parameters))

    def play(
        self, limit: Query | None, *, me: str, now: Instant, passed: Iterable[int] = ()
    ) -> Iterator[play.Best]:
        """Tickets to work on, the best first, without ``passed`` and those skipped in this shift."""
        from techdesk.store import play

        scope = condition(limit, Context(me, now, lookup=self._ids))
        left_out = {*play.skipped(self._connection, now), *passed}
        return play.best(self._connection, scope, me, now, left_out)

    def rows(self, keys: Sequence[int]) -> list[Row]:
        """Rows in the order asked; a key that is not in the lists (any more) is left out."""
        wanted = msgspec.json.encode(list(keys)).decode()
        found = {raw[0]: raw for raw in self._connection.execute(_ROWS, (wanted,))}
        return [lines.row_of(found[key]) for key in keys if key in found]

    def gone(self, keys: Sequence[int]) -> list[int]:
        """Those of ``keys`` that no list has any more: deleted, merged, out of scope."""
        missing: list[int] = []
        for begin in range(0, len(keys), _BLOCK):
            wanted = msgspec.json.encode(list(keys[begin : begin + _BLOCK])).decode()
            missing += (row[0] for row in self._connection.execute(_GONE, (wanted,)))
        return missing

    def alike(self, key: int, field: str) -> list[int]:
        """Tickets of the same ``organisation`` or ``requester`` as this one; none where it has none."""
        column = {"organisation": "organisation", "requester": "requester"}[field]
        rows = self._connection.execute(
            f"SELECT key FROM list_row WHERE {column} <> ''"
            f" AND {column} = (SELECT {column} FROM list_row WHERE key = ?)",
            (key,),
        )
        return [row[0] for row in rows]

    def policies_of(self, keys: Sequence[int]) -> dict[str, int]:
        """How many of these tickets are under each policy, by its name; empty for none that is known."""
        found: dict[str, int] = {}
        for begin in range(0, len(keys), _BLOCK):
            wanted = msgspec.json.encode(list(keys[begin : begin + _BLOCK])).decode()
            for name, count in self._connection.execute(_POLICIES, (wanted,)):
                found[name] = found.get(name, 0) + count
        return found

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
        draft = tickets.has_draft(self._connection, key)
        name = owner.name if owner else ticket.fields.owner
        return lines.row_of_ticket(key, ticket, shown, name, draft=draft)

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
        """How SQLite comes at the first of many matches of a limit: for the tests."""
        context = Context(me, now, lookup=self._ids)
        found = condition(limit, context)
        if self._sorts(found, order):
            found = condition(limit, msgspec.structs.replace(context, walk=True, along=ALONG[order]))
        return self._steps(found, "", order)
