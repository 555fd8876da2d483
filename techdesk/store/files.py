"""Files that wait to be sent, beside the draft or operation that names them in its ``files`` field."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.model import Attachment, FieldValue, Instant, NewFile
from techdesk.store.driver import sqlite3
from techdesk.text import safe_text, storable

TABLE = (
    "CREATE TABLE file (id TEXT PRIMARY KEY, name TEXT NOT NULL, media_type TEXT NOT NULL,"
    " added INTEGER NOT NULL, content BLOB NOT NULL) STRICT"
)
FIELD = "files"
"""Of an operation's ``sets`` and a draft's ``fields``: ids of files."""
_GRACE = 3600
"""Seconds that a file stays though nothing names it yet: its draft is about to be saved."""


def keep(connection: sqlite3.Connection, file: NewFile, now: Instant) -> None:
    """Store a file; it stays as long as a draft or an open operation names it."""
    connection.execute(
        "INSERT INTO file (id, name, media_type, added, content) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (file.id, storable(file.name, 255), storable(file.media_type, 255), now, file.content),
    )


def ids_of(fields: dict[str, FieldValue]) -> list[str]:
    """The files that an operation or a draft names."""
    named = fields.get(FIELD)
    return named if isinstance(named, list) else []


def load(connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[NewFile, ...]:
    """Files with their bytes, in the order named; one that is not there is left out, and counted by whoever
    sends them (``port.sent_files``)."""
    found: list[NewFile] = []
    for each in ids:
        row = connection.execute(
            "SELECT name, media_type, content FROM file WHERE id = ?", (each,)
        ).fetchone()
        if row is not None:
            found.append(NewFile(id=each, name=row[0], media_type=row[1], content=bytes(row[2])))
    return tuple(found)


def named(connection: sqlite3.Connection, ids: Sequence[str]) -> tuple[Attachment, ...]:
    """The same for a screen, without the bytes; those that are gone are left out."""
    rows = [
        connection.execute(
            "SELECT id, name, length(content), media_type FROM file WHERE id = ?", (each,)
        ).fetchone()
        for each in ids
    ]
    return tuple(
        Attachment(id=row[0], name=safe_text(row[1], 200), size=row[2], media_type=safe_text(row[3], 100))
        for row in rows
        if row is not None
    )


def prune(connection: sqlite3.Connection, now: Instant, *, grace: int = _GRACE) -> None:
    """Forget the files that neither a draft nor an open operation names any more, ``grace`` seconds old."""
    connection.execute(
        "DELETE FROM file WHERE added <= ? AND id NOT IN ("
        " SELECT j.value FROM draft d, json_each(d.fields, '$.files') j"
        " UNION SELECT j.value FROM operation o, json_each(o.sets, '$.files') j"
        "  WHERE o.state IN ('held', 'ready', 'sent', 'conflict', 'rejected'))",
        (now - grace,),
    )
