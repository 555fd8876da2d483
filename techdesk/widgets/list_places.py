"""Where the cursor of a list goes when the list becomes another one. Pure."""

from __future__ import annotations

from array import array
from contextlib import suppress
from typing import TypeAlias

Keys: TypeAlias = "array[int]"
"""Keys of tickets, in the order of a list."""
_NEAR_ABOVE, _NEAR_BELOW = 20, 50
"""Neighbours that are looked for where a ticket is gone."""


def index_of(keys: Keys, key: int) -> int | None:
    """Where a ticket stands in a list."""
    try:
        return keys.index(key)
    except ValueError:
        return None


def with_held(keys: Keys, old: Keys, cursor: int, height: int) -> tuple[Keys, int | None]:
    """``keys`` with the ticket under the cursor of ``old`` among those that it stood among, where its own
    place is none or out of sight; and that ticket. As they are, and None, where it may follow its place."""
    held = old[cursor]
    proper = index_of(keys, held)
    rest = keys if proper is None else keys[:proper] + keys[proper + 1 :]
    place = _among(rest, old, cursor)
    if proper is not None and abs(proper - place) < max(1, height):
        return keys, None
    return rest[:place] + array("q", (held,)) + rest[place:], held


def _among(keys: Keys, old: Keys, cursor: int) -> int:
    """Where the line under the cursor stood: behind its neighbour above, else before the one below."""
    for index in range(cursor - 1, max(-1, cursor - _NEAR_ABOVE), -1):
        with suppress(ValueError):
            return keys.index(old[index]) + 1
    for index in range(cursor + 1, min(len(old), cursor + _NEAR_ABOVE)):
        with suppress(ValueError):
            return keys.index(old[index])
    return min(cursor, len(keys))


def place_of(keys: Keys, old: Keys, cursor: int) -> int:
    """Where the cursor of ``old`` goes in ``keys``: to its ticket, else to the next one still there."""
    if not old or not keys:
        return 0
    for index in range(cursor, min(len(old), cursor + _NEAR_BELOW)):
        there = index_of(keys, old[index])
        if there is not None:
            return there
    return min(cursor, len(keys) - 1)


def top_for(index: int, top: int, height: int, count: int) -> int:
    """The first line to show so that ``index`` is in sight; half a page further where it was not."""
    height = max(1, height)
    if index < top:
        top = index - height // 2
    elif index >= top + height:
        top = index - (height - 1) // 2
    return max(0, min(top, count - height))
