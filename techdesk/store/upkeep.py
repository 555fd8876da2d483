"""Looking after the file: ``techdesk doctor`` checks it, ``techdesk cache wipe`` empties it.

Slow on purpose (whole-file checks, a whole-file rewrite); never called while a screen waits.
"""

from __future__ import annotations

from msgspec import Struct

from techdesk.store import meta, outbox, version
from techdesk.store.connection import connect, scalar, transaction
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3


class Health(Struct, frozen=True, kw_only=True):
    """What a check of the file found."""

    schema: int
    newest_schema: int
    journal_mode: str
    driver: str
    """``pysqlite3.dbapi2 3.53.4``."""
    tickets: int
    messages: int
    problems: tuple[str, ...]
    """In words; empty where all is well."""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and self.schema == self.newest_schema


def check(database: Database) -> Health:
    """Everything SQLite can check, the search index against its texts, and the tally against the rows.

    Takes about half a second for 100,000 tickets. Writes nothing (FTS5's check has the form of a write).
    """
    connection = connect(database.path, writable=True, file_writable=not database.read_only)
    try:
        problems = [
            f"SQLite: {row[0]}" for row in connection.execute("PRAGMA quick_check(5)") if row[0] != "ok"
        ]
        if not database.read_only:
            problems += _search_problems(connection)
        counted = connection.execute(
            "SELECT coalesce(sum(active), 0), coalesce(sum(active = 1 AND owner = ''), 0),"
            " coalesce(sum(unread), 0) FROM list_row"
        ).fetchone()
        if connection.execute("SELECT active, unassigned, unread FROM tally").fetchone() != counted:
            problems.append("the counts of the status bar are not those of the list")
        return Health(
            schema=version.version_of(connection),
            newest_schema=version.LATEST,
            journal_mode=str(scalar(connection, "PRAGMA journal_mode")),
            driver=f"{sqlite3.__name__} {sqlite3.sqlite_version}",
            tickets=int(scalar(connection, "SELECT count(*) FROM ticket")),
            messages=int(scalar(connection, "SELECT count(*) FROM message")),
            problems=tuple(problems),
        )
    finally:
        connection.close()


def _search_problems(connection: sqlite3.Connection) -> list[str]:
    if meta.get(connection, meta.TICKET_MARK) or meta.get(connection, meta.MESSAGE_MARK):
        return []  # a first pull goes on: the index is behind, as it should be
    problems = []
    for table in ("ticket_search", "message_search"):
        try:
            connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            problems.append(f"{table} does not say what the texts say ({error}): rebuild it")
    return problems


def rebuild_search(database: Database) -> None:
    """Make the search index anew from the texts."""
    connection = connect(database.path, writable=True)
    try:
        with transaction(connection):
            _rebuild_search(connection)
    finally:
        connection.close()


def _rebuild_search(connection: sqlite3.Connection) -> None:
    for table in ("ticket_search", "message_search"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    meta.put(connection, meta.TICKET_MARK, None)
    meta.put(connection, meta.MESSAGE_MARK, None)


def wipe(database: Database) -> tuple[int, int]:
    """Forget everything that the desk has: (tickets forgotten, tickets kept).

    Never what is nowhere else: unsent operations and drafts stay, with the tickets that they belong to. What
    was forgotten is gone from the file as well (``secure_delete`` and a rewrite).
    """
    connection = connect(database.path, writable=True)
    try:
        with transaction(connection):
            before = int(scalar(connection, "SELECT count(*) FROM ticket"))
            connection.execute("CREATE TEMP TABLE kept (key INTEGER PRIMARY KEY)")
            connection.execute(
                f"INSERT INTO kept SELECT ticket FROM operation WHERE state IN {outbox.OPEN}"
                " UNION SELECT ticket FROM draft WHERE ticket IS NOT NULL AND body <> ''"
            )
            for statement in _WIPE:
                connection.execute(statement)
            _rebuild_search(connection)
            for name in (meta.CURSOR, meta.FIRST, meta.SWEEPING, meta.SWEEP_AFTER):
                meta.put(connection, name, None)
            connection.execute("INSERT INTO change (ticket) VALUES (0)")
            kept = int(scalar(connection, "SELECT count(*) FROM ticket"))
            connection.execute("DROP TABLE kept")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return before - kept, kept
    finally:
        connection.close()


_UNKEPT = "NOT IN (SELECT key FROM kept)"
_WIPE = (
    f"DELETE FROM list_row WHERE key {_UNKEPT}",
    f"DELETE FROM ticket_text WHERE key {_UNKEPT}",
    f"DELETE FROM ticket_tag WHERE ticket {_UNKEPT}",
    f"DELETE FROM event WHERE ticket {_UNKEPT}",
    f"DELETE FROM message_body WHERE key IN (SELECT key FROM message WHERE ticket {_UNKEPT})",
    f"DELETE FROM message WHERE ticket {_UNKEPT}",
    f"DELETE FROM draft WHERE ticket {_UNKEPT}",
    f"DELETE FROM ticket WHERE key {_UNKEPT}",
    f"DELETE FROM operation WHERE state NOT IN {outbox.OPEN}",
    "DELETE FROM tombstone",
    "DELETE FROM quarantine",
    "DELETE FROM journal",
    "DELETE FROM change",
    "DELETE FROM stale",
    (
        "DELETE FROM person WHERE id NOT IN (SELECT owner FROM list_row UNION SELECT requester FROM list_row"
        " UNION SELECT value FROM meta WHERE name = 'account_id')"
    ),
    "DELETE FROM organisation WHERE id NOT IN (SELECT organisation FROM list_row)",
)
