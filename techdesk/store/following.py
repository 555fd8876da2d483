"""A list that follows the change log: what changed is taken out of its old place and put into its new one.

The keys of a list stand in the order of their rows, so a place is found by bisection. Where a ticket stood is
found by what its row was before the change, which the log keeps; nothing else is read of a list of a million.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from techdesk.store import changes
from techdesk.store.compile import Condition
from techdesk.store.driver import sqlite3
from techdesk.store.orders import GROUPED, terms
from techdesk.store.row_reading import ORDER_COLUMNS

MOST = 1_000
"""Changes that are followed one by one; with more of them the list is read anew."""

_Value: TypeAlias = tuple[int, Any]
_Rank: TypeAlias = tuple[_Value, ...]
"""What a row sorts by, comparable as SQLite compares it."""


class Listing(Struct, frozen=True):
    """The keys of a list in order, as of a place in the change log."""

    keys: array[int]
    seq: int


class Patch(Struct, frozen=True):
    """A list after changes, and what is different in it."""

    before: array[int]
    listing: Listing
    removed: tuple[int, ...] = ()
    """Indexes into ``before`` of the tickets that changed, ascending: gone, or in another place."""
    inserted: tuple[tuple[int, int], ...] = ()
    """(index into the new keys, key) of the tickets that changed and are there, ascending."""

    @property
    def is_other(self) -> bool:
        """Whether the new keys are others than before."""
        return self.listing.keys is not self.before

    def moves(self, index: int) -> bool:
        """Whether the ticket at an index of ``before`` is one of those that changed."""
        at = bisect_left(self.removed, index)
        return at < len(self.removed) and self.removed[at] == index

    def place_of(self, index: int) -> int | None:
        """Where the ticket at an index of ``before`` stands now; None where it is gone."""
        at = bisect_left(self.removed, index)
        if self.moves(index):
            key = self.before[index]
            return next((place for place, other in self.inserted if other == key), None)
        place = index - at
        # Each that was put in at or before it moves it on by one, and may bring the next one before it.
        for inserted, _ in self.inserted:
            if inserted > place:
                break
            place += 1
        return place


def follow(connection: sqlite3.Connection, listing: Listing, found: Condition, order: str) -> Patch | None:
    """The list as it is now; None where it has to be read anew. Reads one state of the file.

    An order by names is always read anew: another name moves rows that have not changed themselves; and so
    is that by what is unread, which is logged without what was.
    """
    if order.removeprefix("-") in (*GROUPED, "unread"):
        return None
    connection.execute("BEGIN")
    try:
        return _follow(connection, listing, found, order)
    finally:
        connection.execute("COMMIT")


def _follow(connection: sqlite3.Connection, listing: Listing, found: Condition, order: str) -> Patch | None:
    newest = changes.last(connection)
    log = changes.rows_since(connection, listing.seq, MOST)
    if log is None:
        return None
    if not log:
        return Patch(listing.keys, Listing(listing.keys, newest))
    if any(was and was != changes.NEW and _is_short(was) for was in log.values()):
        return None  # an older techdesk that still runs beside this one wrote it
    ranks = _Ranks(connection, order)
    now = ranks.of(log)
    then = {**now, **ranks.as_they_were({key: was for key, was in log.items() if was and was != changes.NEW})}
    keys = listing.keys
    removed = _old_places(keys, log, then, ranks)
    if removed is None:
        return None  # a row is gone that the log does not name
    rest = _without(keys, removed)
    welcome = _welcome(connection, log, found)
    places = _bisect(rest, {key: now[key] for key in welcome if key in now}, ranks.of)
    if places is None:
        return None
    ordered = sorted(places, key=lambda key: now[key])
    inserted = tuple((places[key] + number, key) for number, key in enumerate(ordered))
    if [keys[index] for index in removed] == ordered and list(removed) == [index for index, _ in inserted]:
        return Patch(keys, Listing(keys, newest))
    return Patch(keys, Listing(_with(rest, inserted), newest), tuple(removed), inserted)


def _is_short(was: str) -> bool:
    """Whether the log has fewer columns of a row than orders sort by now."""
    return len(msgspec.json.decode(was)) < len(ORDER_COLUMNS)


class _Ranks:
    """What rows sort by in one order."""

    def __init__(self, connection: sqlite3.Connection, order: str) -> None:
        self._connection = connection
        expressions = []
        self._down: list[bool] = []
        self._folded: list[bool] = []
        for term in terms(order):
            self._down.append(term.endswith(" DESC"))
            term = term.removesuffix(" DESC")
            self._folded.append(term.endswith(" COLLATE NOCASE"))
            expressions.append(term.removesuffix(" COLLATE NOCASE"))
        self._terms = ", ".join(expressions)

    def of(self, keys: Iterable[int]) -> dict[int, _Rank]:
        """Of these tickets, as they are; those without a row are left out."""
        wanted = msgspec.json.encode(list(keys)).decode()
        rows = self._connection.execute(
            f"SELECT key, {self._terms} FROM list_row NOT INDEXED"
            " WHERE key IN (SELECT value FROM json_each(?))",
            (wanted,),
        )
        return {row[0]: self._rank(row[1:]) for row in rows}

    def as_they_were(self, was: Mapping[int, str]) -> dict[int, _Rank]:
        """Of tickets whose rows were these, as the change log has them."""
        if not was:
            return {}
        columns = ", ".join(
            f"json_extract(j.value, '$[{number}]') AS {name}" for number, name in enumerate(ORDER_COLUMNS, 1)
        )
        rows = self._connection.execute(
            f"SELECT key, {self._terms} FROM (SELECT json_extract(j.value, '$[0]') AS key, {columns}"
            " FROM json_each(?) j) AS list_row",
            (f"[{', '.join(f'[{key}, {values[1:]}' for key, values in was.items())}]",),
        )
        return {row[0]: self._rank(row[1:]) for row in rows}

    def _rank(self, values: Sequence[Any]) -> _Rank:
        return tuple(map(_comparable, values, self._folded, self._down))


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


class _Down:
    """Turns an order round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and bool(self.value == other.value)

    __hash__ = None  # type: ignore[assignment] # only ever compared


def _comparable(value: Any, folded: bool, down: bool) -> Any:
    """A value as SQLite sorts it: NULL, then numbers, then texts by their bytes, letters folded or not."""
    if value is None:
        made: Any = (0, 0)
    elif isinstance(value, str):
        text = value.translate(_LOWER) if folded else value
        made = (2, text.encode("utf-8", "surrogatepass"))
    else:
        made = (1, value)
    return _Down(made) if down else made


def _old_places(
    keys: array[int], log: Mapping[int, str | None], then: Mapping[int, _Rank], ranks: _Ranks
) -> list[int] | None:
    """Indexes of the changed tickets in the list as it was; None where they cannot be told.

    A row that is not where it sorted was not in the list: what it sorted by is in the log, or unchanged.
    """

    def known(wanted: Iterable[int]) -> dict[int, _Rank]:
        wanted = set(wanted)
        found = {key: then[key] for key in wanted if key in then}
        return {**ranks.of(wanted - found.keys() - log.keys()), **found}

    sought = {key: then[key] for key, was in log.items() if was != changes.NEW and key in then}
    places = _bisect(keys, sought, known)
    if places is None:
        return None
    return sorted(place for key, place in places.items() if place < len(keys) and keys[place] == key)


def _bisect(
    keys: array[int], wanted: Mapping[int, _Rank], ranks_of: Callable[[Iterable[int]], Mapping[int, _Rank]]
) -> dict[int, int] | None:
    """Where each wanted ticket belongs among the keys: all of them at once, one query for each halving."""
    low = dict.fromkeys(wanted, 0)
    high = dict.fromkeys(wanted, len(keys))
    seen: dict[int, _Rank] = {}
    while open_ := [key for key in wanted if low[key] < high[key]]:
        middles = {key: (low[key] + high[key]) // 2 for key in open_}
        there = {keys[middle] for middle in middles.values()}
        seen.update(ranks_of(there - seen.keys()))
        for key, middle in middles.items():
            rank = seen.get(keys[middle])
            if rank is None:
                return None
            if rank < wanted[key]:
                low[key] = middle + 1
            else:
                high[key] = middle
    return low


def _welcome(connection: sqlite3.Connection, log: Mapping[int, Any], found: Condition) -> list[int]:
    """Those of the changed tickets that the list lets through now."""
    wanted = msgspec.json.encode(list(log)).decode()
    rows = connection.execute(
        "SELECT key FROM list_row NOT INDEXED WHERE key IN (SELECT value FROM json_each(?))"
        f" AND {found.where}",
        (wanted, *found.parameters),
    )
    return [row[0] for row in rows]


def _without(keys: array[int], removed: Sequence[int]) -> array[int]:
    rest = array("q")
    begin = 0
    for index in removed:
        rest += keys[begin:index]
        begin = index + 1
    return rest + keys[begin:]


def _with(rest: array[int], inserted: Sequence[tuple[int, int]]) -> array[int]:
    made = array("q")
    begin = 0
    for number, (index, key) in enumerate(inserted):
        until = index - number
        made += rest[begin:until]
        made.append(key)
        begin = until
    return made + rest[begin:]
