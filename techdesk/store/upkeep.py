"""Looking after the file: ``techdesk doctor`` checks and mends it, ``techdesk cache wipe`` empties it.

Slow on purpose (whole-file checks, a whole-file rewrite); never called while a screen waits.
"""

from __future__ import annotations

from pathlib import Path

from techdesk.model import Instant
from techdesk.store import files, meta, outbox
from techdesk.store.connection import connect, scalar, transaction
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.store.trouble import Trouble, unusable

SEARCH_LIES = "the search does not say what the texts say"
COUNTS_LIE = "the counts of the status bar are not those of the list"
_COUNTED = (
    "SELECT coalesce(sum(active), 0), coalesce(sum(active = 1 AND owner = ''), 0), coalesce(sum(unread), 0)"
    " FROM list_row"
)


def disagreements(database: Database) -> tuple[str, ...]:
    """What was computed from the tickets and is not as they are, in words; empty where all agrees.

    Takes about half a second for 100,000 tickets. Writes nothing (FTS5's check has the form of a write), but
    nothing can be said of a file that may only be read. Raises sqlite3.Error for one that cannot be used.
    """
    connection = connect(database.path, writable=True)
    try:
        found = [COUNTS_LIE] if _counts(connection) != connection.execute(_COUNTED).fetchone() else []
        return tuple([SEARCH_LIES, *found] if _search_lies(connection, database.path) else found)
    finally:
        connection.close()


def mend(database: Database) -> None:
    """Compute them anew: the search index from the texts, the counts from the list. Nothing else changes."""
    connection = connect(database.path, writable=True)
    try:
        with transaction(connection):
            _rebuild_search(connection)
            counted = connection.execute(_COUNTED).fetchone()
            connection.execute("UPDATE tally SET active = ?, unassigned = ?, unread = ?", counted)
    finally:
        connection.close()


def _counts(connection: sqlite3.Connection) -> object:
    return connection.execute("SELECT active, unassigned, unread FROM tally").fetchone()


def _search_lies(connection: sqlite3.Connection, path: Path) -> bool:
    if meta.get(connection, meta.TICKET_MARK) or meta.get(connection, meta.MESSAGE_MARK):
        return False  # a first pull goes on: the index is behind, as it should be
    for table in ("ticket_search", "message_search"):
        try:
            connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            if unusable(error, path).trouble is not Trouble.DAMAGED:
                raise
            return True
    return False


def _rebuild_search(connection: sqlite3.Connection) -> None:
    for table in ("ticket_search", "message_search"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    meta.put(connection, meta.TICKET_MARK, None)
    meta.put(connection, meta.MESSAGE_MARK, None)


def wipe(database: Database, now: Instant) -> tuple[int, int]:
    """Forget everything that the desk has: (tickets forgotten, tickets kept).

    Never what is nowhere else: unsent operations and drafts stay, with the tickets that they belong to. What
    was forgotten is gone from the file as well (``secure_delete`` and a rewrite). Marks and the journal go
    too; bulk runs stay, by which no plan is carried out twice.

    Only for who holds the profile's lock: nobody may be storing a page meanwhile.
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
            files.prune(connection, now, grace=0)
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
    f"DELETE FROM due_notice WHERE ticket {_UNKEPT}",
    f"DELETE FROM unreviewed WHERE ticket {_UNKEPT}",
    "DELETE FROM mark",
    (
        "UPDATE meta SET value = (SELECT json_group_object(key, json(value)) FROM json_each(meta.value)"
        f" WHERE key IN (SELECT key FROM kept)) WHERE name = '{meta.SNOOZED}'"
    ),
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
