"""The change log: which tickets' rows are new, changed or gone, in order, for every process on the file."""

from __future__ import annotations

from collections.abc import Iterable

from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3

EVERYTHING = 0
"""Stands in a list of changed keys where the log no longer reaches back far enough: read all again."""
KEPT = 20_000
"""Changes that the log remembers."""


def note(connection: sqlite3.Connection, keys: Iterable[int]) -> None:
    """Log that these tickets' rows changed, inside the caller's transaction."""
    connection.executemany("INSERT INTO change (ticket) VALUES (?)", ((key,) for key in keys))


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
