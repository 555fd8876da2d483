"""How a limit comes at the first of its tickets in an order: looked up and sorted, or met on a walk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from techdesk.model import Instant
from techdesk.query import Query
from techdesk.store import search
from techdesk.store.clocks import Clocks
from techdesk.store.compile import Condition, Context, condition, expressions
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.orders import ALONG, GROUPED, ORDERS, PARTIAL, SELECTIVE, order_by

RARE = 3_000
"""Matches up to which sorting them all is quicker than walking the order's index (TEXTUAL A3)."""

SAMPLE = 2_000
"""Of the newest tickets so many tell whether matches are met soon on a walk."""
LOOKED_UP = "NOT INDEXED "
"""The hint where the matches are known by key."""
GROUPS = "by groups"
"""The hint of an order by the name behind an id: one id after another."""


class Routes:
    """The part of a reader that finds ways."""

    def __init__(self, connection: sqlite3.Connection, clocks: Clocks) -> None:
        self._connection = connection
        self._clocks = clocks

    def _route(self, limit: Query | None, order: str, me: str, now: Instant) -> tuple[Condition, str]:
        """The condition of a limit, and the hint that says how to come at its rows in an order.

        Few matches are looked up and sorted. Of many the first are met soon by walking the order's index and
        testing each row: then the limit must not tempt SQLite to another index, and to sorting all of them.
        Which it is, a count that stops early tells (TEXTUAL A3).
        """
        context = Context(me, now, lookup=self._ids)
        found = condition(limit, context)
        if found.has_words:
            if (few := self._few_with_words(limit, found, context)) is not None:
                return few, LOOKED_UP
            found = condition(limit, msgspec.structs.replace(context, walk=bool(found.required_words)))
        else:
            looked_up = condition(limit, msgspec.structs.replace(context, along=SELECTIVE, leaps=True))
            if self._seems_few(looked_up) and (few := self._few(looked_up)) is not None:
                return few, LOOKED_UP
        if not self._sorts(found, order):
            return found, ""
        name = order.removeprefix("-")
        along = ALONG.get(name, frozenset()) if name in ORDERS else ALONG["urgency"]
        found = condition(limit, msgspec.structs.replace(context, along=along))
        return found, GROUPS if name in GROUPED else ""

    def _few_with_words(self, limit: Query | None, found: Condition, context: Context) -> Condition | None:
        """A limit with its words answered, where one that every match holds is rare; else None."""
        counts = {one: search.matches(self._connection, one, RARE + 1) for one in found.required_words}
        if limit is None or not counts or min(counts.values()) > RARE:
            return None
        # The rarest first: of what it leaves the others are asked.
        keys, context = self._answered(limit, context, sorted(counts, key=counts.__getitem__))
        rest = condition(limit, context)
        return Condition(
            f"key IN (SELECT value FROM json_each(?)) AND {rest.where}", (told(keys), *rest.parameters)
        )

    def _answered(
        self,
        limit: Query,
        context: Context,
        required: Sequence[str],
        among: set[int] | None = None,
    ) -> tuple[set[int], Context]:
        """Keys (of ``among``, or of all) that hold every required expression; and the context in which the
        limit asks nothing more of its words, for these keys alone."""
        keys = among
        for expression in required:
            keys = search.holders(self._connection, expression, keys)
        kept = keys or set()
        held = dict.fromkeys(required, told(kept))
        for expression in expressions(limit):
            if expression not in held:
                held[expression] = told(search.holders(self._connection, expression, kept))
        return kept, msgspec.structs.replace(context, held=held)

    def _seems_few(self, found: Condition) -> bool:
        """Whether it is worth looking for all matches: where an index leads to them, or a sample has none."""
        looked_up = f"EXPLAIN QUERY PLAN SELECT key FROM list_row WHERE {found.where} LIMIT {RARE}"
        steps = [str(row[3]) for row in self._connection.execute(looked_up, found.parameters)]
        if all("SEARCH" in step or any(name in step for name in PARTIAL) for step in steps):
            return True
        newest = f"SELECT ({found.where}) AS fits FROM list_row ORDER BY key DESC LIMIT {SAMPLE}"
        return self._count(f"SELECT count(*) FROM ({newest}) WHERE fits", *found.parameters) * 500 < SAMPLE

    def _few(self, found: Condition) -> Condition | None:
        """The matches themselves, where they are few; None where there are more."""
        statement = f"SELECT key FROM list_row WHERE {found.where} LIMIT {RARE + 1}"
        keys = [row[0] for row in self._connection.execute(statement, found.parameters)]
        if len(keys) > RARE:
            return None
        return Condition("key IN (SELECT value FROM json_each(?))", (told(keys),))

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

    def _count(self, statement: str, *parameters: Any) -> int:
        return int(scalar(self._connection, statement, *parameters))

    def explain_plan(self, limit: Query | None, order: str, *, me: str, now: Instant) -> list[str]:
        """How SQLite comes at the first of many matches of a limit: for the tests."""
        context = Context(me, now, lookup=self._ids)
        found = condition(limit, context)
        if self._sorts(found, order):
            found = condition(limit, msgspec.structs.replace(context, walk=True, along=ALONG[order]))
        return self._steps(found, "", order)


def told(keys: Iterable[int]) -> str:
    """Keys as the JSON that ``json_each`` reads."""
    return msgspec.json.encode(list(keys)).decode()
