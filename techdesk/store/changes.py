"""The change log: which tickets' rows are new, changed or gone, in order, for every process on the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3

EVERYTHING = 0
"""Stands in a list of changed keys where the log no longer reaches back far enough: read all again."""
KEPT = 20_000
"""Changes that the log remembers."""


NEW = "new"
"""What a row was that was not there before."""


def note(connection: sqlite3.Connection, keys: Iterable[int]) -> None:
    """Log that these tickets' rows changed, but not where they stand in any order, inside the caller's
    transaction."""
    connection.executemany("INSERT INTO change (ticket) VALUES (?)", ((key,) for key in keys))


def note_what_was(connection: sqlite3.Connection, was: Mapping[int, str | None]) -> None:
    """Log what rows were before they changed: what orders sort by, as a JSON array (``lines.ORDER_COLUMNS``),
    ``NEW``, or None where nothing of that is other than it was."""
    connection.executemany("INSERT INTO change (ticket, was) VALUES (?, ?)", was.items())


def prune(connection: sqlite3.Connection) -> None:
    """Forget the oldest changes."""
    connection.execute("DELETE FROM change WHERE seq <= (SELECT max(seq) FROM change) - ?", (KEPT,))


def last(connection: sqlite3.Connection) -> int:
    """Number of the newest change; 0 before the first."""
    return int(scalar(connection, "SELECT max(seq) FROM change") or 0)


def since(connection: sqlite3.Connection, seq: int) -> tuple[int, list[int]]:
    """Newest number, and each ticket that changed after ``seq`` once; ``[EVERYTHING]`` if too long ago."""
    newest = last(connection)
    if newest <= seq:
        return newest, []
    oldest = int(scalar(connection, "SELECT min(seq) FROM change") or 0)
    if seq < oldest - 1:
        return newest, [EVERYTHING]
    rows = connection.execute("SELECT DISTINCT ticket FROM change WHERE seq > ?", (seq,))
    return newest, [row[0] for row in rows]


def rows_since(connection: sqlite3.Connection, seq: int, most: int) -> dict[int, str | None] | None:
    """What each ticket's row was before the first of its changes after ``seq`` that moved it; None for more
    than ``most`` changes, or where the log does not reach back that far."""
    oldest = int(scalar(connection, "SELECT min(seq) FROM change") or 0)
    if last(connection) > seq and seq < oldest - 1:
        return None
    rows = connection.execute(
        "SELECT ticket, was FROM change WHERE seq > ? ORDER BY seq LIMIT ?", (seq, most + 1)
    ).fetchall()
    if len(rows) > most:
        return None
    found: dict[int, str | None] = {}
    for ticket, was in rows:
        if found.get(ticket) is None:
            found[ticket] = was
    return None if EVERYTHING in found else found
