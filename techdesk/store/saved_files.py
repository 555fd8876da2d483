"""Files that wait to be sent, out of a damaged file: as far as their bytes can be read, else by name."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from techdesk.store import files
from techdesk.store.driver import sqlite3
from techdesk.text import safe_text


class SavedFile(Struct, frozen=True, kw_only=True):
    """One file; ``content`` is None where its bytes cannot be read, ``name`` empty where nothing tells it."""

    id: str
    name: str = ""
    media_type: str = ""
    added: int = 0
    content: bytes | None = None

    @property
    def called(self) -> str:
        """For people."""
        return safe_text(self.name, 80) or "a file whose name cannot be read"


def named_in(fields: object) -> list[str]:
    """The files that a saved row's ``sets`` or ``fields`` (JSON) name; none where they cannot be read."""
    with contextlib.suppress(msgspec.DecodeError):
        told = msgspec.json.decode(fields) if isinstance(fields, str | bytes) else {}
        named = told.get(files.FIELD) if isinstance(told, dict) else None
        if isinstance(named, list):
            return [each for each in named if isinstance(each, str)]
    return []


def read(connection: sqlite3.Connection, wanted: Iterable[str], damage: list[str]) -> tuple[SavedFile, ...]:
    """What can be read of these files. The bytes lie on pages of their own: a name may be all there is."""
    ids = list(dict.fromkeys(wanted))
    if not ids:
        return ()
    rows: dict[str, tuple[Any, ...]] = {}
    for order in ("", " DESC"):
        try:
            statement = (
                f"SELECT id, name, media_type, added, rowid FROM file NOT INDEXED ORDER BY rowid{order}"
            )
            for row in connection.execute(statement):
                rows[row[0]] = row
            break
        except (sqlite3.Error, UnicodeDecodeError) as error:
            damage.append(str(error))
    return tuple(
        SavedFile(id=each)
        if (row := rows.get(each)) is None
        else SavedFile(
            id=each, name=row[1], media_type=row[2], added=row[3], content=_bytes(connection, row[4], damage)
        )
        for each in ids
    )


def _bytes(connection: sqlite3.Connection, rowid: int, damage: list[str]) -> bytes | None:
    try:
        row = connection.execute("SELECT content FROM file WHERE rowid = ?", (rowid,)).fetchone()
    except sqlite3.Error as error:
        damage.append(str(error))
        return None
    return None if row is None else bytes(row[0])


def put_back(connection: sqlite3.Connection, saved: Iterable[SavedFile]) -> None:
    """Those with their bytes; within a transaction."""
    connection.executemany(
        "INSERT INTO file (id, name, media_type, added, content) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        [
            (each.id, each.name, each.media_type, each.added, each.content)
            for each in saved
            if each.content is not None
        ],
    )


def left_in(fields: object, kept: set[str]) -> str:
    """A saved row's fields (JSON) that name only files whose bytes are here."""
    told = msgspec.json.decode(fields if isinstance(fields, str | bytes) else "{}")
    told[files.FIELD] = [each for each in named_in(fields) if each in kept]
    return msgspec.json.encode(told).decode()
