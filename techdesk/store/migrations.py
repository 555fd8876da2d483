"""Bringing a file to this program's schema: in order, all or nothing, with a copy made first."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from techdesk.store import files, marks, notices, reviews, schema
from techdesk.store.connection import transaction
from techdesk.store.driver import sqlite3
from techdesk.store.version import LATEST, version_of

if TYPE_CHECKING:
    from sqlite_utils import Database as UtilsDatabase

Migration = Callable[["UtilsDatabase"], None]
"""One step from a version to the next, with sqlite-utils on the connection of the open transaction.

It must not commit. Importing sqlite-utils takes 0.1 s, so it happens only where a step is due.
"""


def _index_orders(database: UtilsDatabase) -> None:
    """2: sorting by number and subject, and what is left lying, each a matter of an index."""
    for statement in schema.ORDERED:
        database.execute(statement)


def _add_marks(database: UtilsDatabase) -> None:
    """3: which tickets are marked."""
    database.execute(marks.TABLE)


def _waits_since(database: UtilsDatabase) -> None:
    """4: when an operation began to wait for its next try: a clock that is set back must not prolong that."""
    database.execute("ALTER TABLE operation ADD COLUMN waits_since INTEGER NOT NULL DEFAULT 0")


def _bulk_runs(database: UtilsDatabase) -> None:
    """5: bulk runs get a table, and their operations a mark: single changes go out before them."""
    database.execute("ALTER TABLE operation ADD COLUMN bulk INTEGER NOT NULL DEFAULT 0")
    for statement in schema.BULK:
        database.execute(statement)


def _add_files(database: UtilsDatabase) -> None:
    """6: files that wait to be sent with a message."""
    database.execute(files.TABLE)


def _what_was(database: UtilsDatabase) -> None:
    """7: the change log says what a row was, so that a list finds where it stood."""
    database.execute("ALTER TABLE change ADD COLUMN was TEXT")


def _due_notices(database: UtilsDatabase) -> None:
    """8: when each ticket's next automatic notice falls due; worked out as the rows are built again."""
    for statement in notices.TABLES:
        database.execute(statement)
    database.execute(
        "INSERT INTO stale (ticket) SELECT key FROM list_row WHERE active = 1 ON CONFLICT DO NOTHING"
    )


def _first_sent(database: UtilsDatabase) -> None:
    """9: when an operation first went out, for the life of its key; of earlier ones at the earliest."""
    database.execute("ALTER TABLE operation ADD COLUMN first_sent INTEGER NOT NULL DEFAULT 0")
    database.execute("UPDATE operation SET first_sent = created WHERE attempts > 0")


def _still_open(database: UtilsDatabase) -> None:
    """10: how long a ticket stands still, and whether it is open, told without looking at the ticket."""
    database.execute("DROP INDEX IF EXISTS list_still")
    database.execute(schema.STILL)


def _unreviewed(database: UtilsDatabase) -> None:
    """11: what was received after hours and nobody has reviewed; worked out as the rows are built again."""
    database.execute(reviews.TABLE)
    database.execute(
        "INSERT INTO stale (ticket) SELECT key FROM list_row WHERE active = 1 ON CONFLICT DO NOTHING"
    )


def _answered(database: UtilsDatabase) -> None:
    """12: sorting by our last public reply, a matter of an index; the column has been there all along."""
    database.execute("DROP INDEX IF EXISTS list_answered")
    database.execute(schema.ANSWERED)


def _owned(database: UtilsDatabase) -> None:
    """13: somebody's tickets of a grade or a status, told without looking at the tickets."""
    database.execute("DROP INDEX IF EXISTS list_owner")
    database.execute(schema.OWNED)


MIGRATIONS: tuple[Migration, ...] = (
    _index_orders,
    _add_marks,
    _waits_since,
    _bulk_runs,
    _add_files,
    _what_was,
    _due_notices,
    _first_sent,
    _still_open,
    _unreviewed,
    _answered,
    _owned,
)
"""Steps from version 1 on: the first brings 1 to 2, the last to ``version.LATEST``."""


def create(connection: sqlite3.Connection) -> None:
    """The newest schema in an empty file. Another process may be doing the same: whoever is first wins."""
    with transaction(connection):
        if version_of(connection) == 0:
            for statement in (*schema.TABLES, *schema.TALLY, *schema.SEARCH, *schema.INDEXES):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {LATEST}")


def may_be_read(connection: sqlite3.Connection) -> bool:
    """Whether a newer file still has every table and column that this program reads."""
    known = sqlite3.connect(":memory:")
    try:
        for statement in schema.TABLES:
            known.execute(statement)
        names = [row[0] for row in known.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return all(_columns(known, name) <= _columns(connection, name) for name in names)
    finally:
        known.close()


def _columns(connection: sqlite3.Connection, table: str) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))}


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: Sequence[Migration] | None = None
) -> Path | None:
    """Bring an existing file up to date. Returns where its copy was put; None where nothing was due."""
    steps = MIGRATIONS if migrations is None else migrations
    version, last = version_of(connection), 1 + len(steps)
    if version >= last:
        return None
    backup = _back_up(connection, path, version)
    from sqlite_utils import Database as UtilsDatabase

    with transaction(connection):
        # Read again inside the lock: another process may have been quicker.
        for number in range(version_of(connection), last):
            steps[number - 1](UtilsDatabase(connection, execute_plugins=False))
            connection.execute(f"PRAGMA user_version = {number + 1}")
    return backup


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """A whole copy beside the file, readable by its owner only."""
    backup = path.with_name(f"{path.name}.{version}.backup")
    backup.unlink(missing_ok=True)
    # VACUUM INTO takes an existing file if it is empty: so it never stands there with looser permissions.
    os.close(os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection.execute("VACUUM INTO ?", (str(backup),))
    return backup
