"""Lists of tickets: which keys in which order, their rows, and how many there are."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from techdesk.model import Instant
from techdesk.query import Query, alternatives
from techdesk.store import changes
from techdesk.store.compile import Condition, Context, condition, expressions, without_words
from techdesk.store.following import Listing, Patch, follow
from techdesk.store.orders import UNINDEXED, groups, order_by, order_in_group
from techdesk.store.routes import GROUPS, LOOKED_UP, Routes, told
from techdesk.store.row_reading import ROW_COLUMNS, ROW_JOINS, row_of
from techdesk.store.rows import Counters, Row
from techdesk.store.vectors import keys_of

if TYPE_CHECKING:
    from techdesk.store import play

_ROWS = f"SELECT {ROW_COLUMNS} FROM json_each(?) j CROSS JOIN list_row r ON r.key = j.value{ROW_JOINS}"
_GONE = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT key FROM list_row)"
_POLICIES = (
    "SELECT r.policy, count(*) FROM json_each(?) j CROSS JOIN list_row r ON r.key = j.value GROUP BY r.policy"
)
_GRADES = (
    "SELECT r.policy, r.kind, r.severity, r.priority, count(*) FROM json_each(?) j"
    " CROSS JOIN list_row r ON r.key = j.value GROUP BY 1, 2, 3, 4"
)
Graded = tuple[str, str, int | None, int | None]
"""Policy, kind, severity and priority of a ticket."""
_BLOCK = 5_000
EARLY = 2_000
"""Lines of a list without its words that are tested for them before every match is looked for."""


class Lists(Routes):
    """The part of a reader that screens of many tickets use."""

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
        if found.has_words and first is not None:
            early = self._early(limit, order, me, now, first)
            if early is not None:
                return early
        if hint is GROUPS:
            return self._by_group(found, order, first)
        statement = f"SELECT key FROM list_row {hint}WHERE {found.where} ORDER BY {order_by(order)}"
        parameters = found.parameters
        if first is not None:
            statement += " LIMIT ?"
            parameters = (*parameters, first)
        return keys_of(self._connection, statement, parameters)

    def _early(self, limit: Query | None, order: str, me: str, now: Instant, first: int) -> array[int] | None:
        """The first of a list whose words are common, where all of them are among its first ``EARLY`` lines
        without the words; else None.

        Only those lines are tested, which takes a reading of the full-text index and no more: to put away
        every match of a common word, so that each line can be tested for it, takes three times as long.
        """
        if limit is None or order.removeprefix("-") in UNINDEXED:
            return None
        context = Context(me, now, lookup=self._ids)
        walked = self.keys(without_words(limit), order, me=me, now=now, first=EARLY)
        required = condition(limit, context).required_words
        kept, context = self._answered(limit, context, required, set(walked))
        if set(expressions(limit)) - set(required):
            found = condition(limit, context)
            statement = (
                "SELECT key FROM list_row NOT INDEXED WHERE key IN (SELECT value FROM json_each(?))"
                f" AND {found.where}"
            )
            kept = set(keys_of(self._connection, statement, (told(kept), *found.parameters)))
        fitting = array("q", (key for key in walked if key in kept))[:first]
        return fitting if len(fitting) == first or len(walked) < EARLY else None

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

    def count(self, limit: Query | None, *, me: str, now: Instant) -> int:
        """How many tickets a limit lets through."""
        context = Context(me, now, lookup=self._ids)
        found = condition(limit, context)
        few = self._few_with_words(limit, found, context)
        found, hint = (found, "") if few is None else (few, LOOKED_UP)
        return self._count(f"SELECT count(*) FROM list_row {hint}WHERE {found.where}", *found.parameters)

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
        return [row_of(found[key]) for key in keys if key in found]

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

    def grades_of(self, keys: Sequence[int]) -> dict[Graded, int]:
        """How many of these tickets are of each kind and grade, policy by policy."""
        found: dict[Graded, int] = {}
        for begin in range(0, len(keys), _BLOCK):
            wanted = msgspec.json.encode(list(keys[begin : begin + _BLOCK])).decode()
            for policy, kind, severity, priority, count in self._connection.execute(_GRADES, (wanted,)):
                graded = (policy, kind, severity, priority)
                found[graded] = found.get(graded, 0) + count
        return found

    def row(self, key: int) -> Row | None:
        """One row, also of a ticket that is gone from the lists but has unsent work."""
        found = self.rows((key,))
        return found[0] if found else self._row_of_gone(key)

    def _row_of_gone(self, key: int) -> Row | None:
        from techdesk.store import effective, lines, tickets  # seldom: the ticket under a cursor has gone

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
        from techdesk.store import outbox  # after the first picture

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
