"""What is unsent, out of a file that SQLite can no longer read whole; and into a new file.

Cached tickets come again from the desk. Operations and drafts do not: they are read row by row from both ends
of their tables, so that a damaged page takes only what lies on it. The files that they would send are saved
with them (``saved_files``).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from techdesk.store import first_page, meta, outbox, saved_files
from techdesk.store.connection import transaction
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.store.saved_files import SavedFile

_OPERATION = (
    "id", "batch", "kind", "action", "sets", "base", "text", "channel", "state", "created", "hold_until",
    "attempts", "not_before", "ambiguous", "precondition", "error", "actor", "what",
)  # fmt: skip
_DRAFT = ("kind", "body", "fields", "updated")
_STAMPS = (meta.SERVER, meta.EPOCH, meta.ACCOUNT)
_SIDE_FILES = ("", "-wal", "-shm", "-journal")


class Unsent(Struct, frozen=True, kw_only=True):
    """One row that was saved; ``ticket_id`` is empty where the ticket it belongs to cannot be read."""

    key: int
    ticket_key: int | None
    ticket_id: str
    number: str
    values: dict[str, str | int]
    request: bytes = b""


class Rescued(Struct, frozen=True, kw_only=True):
    """Everything that could be saved."""

    operations: tuple[Unsent, ...] = ()
    drafts: tuple[Unsent, ...] = ()
    files: tuple[SavedFile, ...] = ()
    """What these would send with their text; those that cannot be read are told by name."""
    stamps: dict[str, str] = {}
    """Which desk and account the file belonged to."""
    damage: str = ""
    """What SQLite said about the rest; empty where all could be read."""

    @property
    def count(self) -> int:
        """Rows."""
        return len(self.operations) + len(self.drafts)


def read_unsent(path: Path) -> Rescued:
    """All unsent rows that can be read. Never raises for what is in the file."""
    with first_page.readable_copy(path) as copy:
        return _read(copy, "" if copy == path else "its first page, and so where its tables begin")


def _read(path: Path, lost: str) -> Rescued:
    damage = [lost] if lost else []
    try:
        # Nobody else's log can be taken in where even the file cannot be: read it as it lies there.
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        return Rescued(damage=str(error))
    with contextlib.closing(connection):
        operations = _rows(
            connection, "operation", (*_OPERATION, "ticket", "request"), f"state IN {outbox.OPEN}", damage
        )
        drafts = _rows(connection, "draft", (*_DRAFT, "ticket"), "body <> ''", damage)
        stamps: dict[str, str] = {}
        for name in _STAMPS:
            with contextlib.suppress(sqlite3.Error):
                if (value := meta.get(connection, name)) is not None:
                    stamps[name] = value
        names = _Names(connection)
        wanted = [
            each
            for fields in (*(row["sets"] for row in operations), *(row["fields"] for row in drafts))
            for each in saved_files.named_in(fields)
        ]
        return Rescued(
            files=saved_files.read(connection, wanted, damage),
            operations=tuple(_unsent(names, row, _OPERATION) for row in operations),
            drafts=tuple(_unsent(names, row, _DRAFT) for row in drafts),
            stamps=stamps,
            damage=damage[0] if damage else "",
        )


def _rows(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], where: str, damage: list[str]
) -> list[dict[str, Any]]:
    """Rows from the beginning until one cannot be read, then from the end."""
    names = ("key", *columns)
    found: dict[int, dict[str, Any]] = {}
    for order in ("", " DESC"):
        # By the table itself: an index may be the very thing that is damaged.
        statement = f"SELECT {', '.join(names)} FROM {table} NOT INDEXED WHERE {where} ORDER BY key{order}"
        try:
            for row in connection.execute(statement):
                found[row[0]] = dict(zip(names, row, strict=True))
            return [found[key] for key in sorted(found)]
        except (sqlite3.Error, UnicodeDecodeError) as error:
            damage.append(str(error))
    return [found[key] for key in sorted(found)]


class _Names:
    """Id and number of a ticket by its key: from its row, else from the indexes, which lie on other pages."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids: dict[int, str] | None = None

    def of(self, key: int | None) -> tuple[str, str]:
        """Both are empty where nothing tells."""
        if key is None:
            return "", ""
        with contextlib.suppress(sqlite3.Error):
            statement = "SELECT id, number FROM ticket WHERE key = ?"
            told = self._connection.execute(statement, (key,)).fetchone()
            if told is not None:
                return told[0] or "", told[1]
        if self._ids is None:
            self._ids = dict(self._indexed())
        number = ""
        with contextlib.suppress(sqlite3.Error):
            row = self._connection.execute("SELECT number FROM list_row WHERE key = ?", (key,)).fetchone()
            number = row[0] if row else ""
        return self._ids.get(key, ""), number

    def _indexed(self) -> Iterator[tuple[int, str]]:
        for order in ("", " DESC"):
            with contextlib.suppress(sqlite3.Error):
                yield from self._connection.execute(
                    "SELECT key, id FROM ticket INDEXED BY sqlite_autoindex_ticket_1"
                    f" WHERE id IS NOT NULL ORDER BY id{order}"
                )
                return


def _unsent(names: _Names, row: dict[str, Any], columns: tuple[str, ...]) -> Unsent:
    ticket_id, number = names.of(row["ticket"])
    return Unsent(
        key=row["key"],
        ticket_key=row["ticket"],
        ticket_id=ticket_id,
        number=number,
        values={name: row[name] for name in columns},
        request=row.get("request", b""),
    )


def write(rescued: Rescued, target: Path) -> None:
    """As JSON that only the user may read, on the disk afterwards. Raises OSError; never overwrites."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(rescued), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def set_aside(path: Path) -> Path:
    """Move a file with its logs out of the way, to a name that is free; that name. Raises OSError."""
    number = 1
    while path.with_name(f"{path.name}.damaged-{number}").exists():
        number += 1
    target = path.with_name(f"{path.name}.damaged-{number}")
    for suffix in _SIDE_FILES:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(target.with_name(target.name + suffix))
    return target


def put_back(connection: sqlite3.Connection, lines: Lines, rescued: Rescued, now: int) -> int:
    """Put what was saved into a new, empty file; how many rows.

    With the same keys and bytes: what the desk has already is not done twice. What belonged to a ticket that
    cannot be told stays in the rescue file only.
    """
    with transaction(connection):
        for name, value in rescued.stamps.items():
            meta.put(connection, name, value)
        saved_files.put_back(connection, rescued.files)
        kept = {each.id for each in rescued.files if each.content is not None}
        tickets: dict[int, int] = {}
        done = 0
        for row in rescued.operations:
            ticket = _ticket(connection, row, tickets, creates=row.values["kind"] == "create")
            if ticket is None:
                continue
            values: dict[str, Any] = {**row.values, "ticket": ticket, "request": row.request}
            if error := _needs_a_look(rescued, row):
                values |= {"state": "conflict", "error": error}
            columns = list(values)
            connection.execute(
                f"INSERT INTO operation ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
                " ON CONFLICT DO NOTHING",
                tuple(values.values()),
            )
            done += 1
        # The rescue file does not say when each went out first: not before it was made.
        connection.execute("UPDATE operation SET first_sent = created WHERE attempts > 0")
        for row in rescued.drafts:
            ticket = _ticket(connection, row, tickets, creates=False)
            if ticket is None and row.ticket_key is not None:
                continue
            values = dict(row.values)
            if _lost(rescued, values["fields"]):
                values["fields"] = saved_files.left_in(values["fields"], kept)
            connection.execute(
                "INSERT INTO draft (ticket, kind, body, fields, base_revision, updated)"
                " VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING",
                (ticket, *(values[name] for name in _DRAFT)),
            )
            done += 1
        lines.rebuild(tickets.values(), now)
    return done


def _needs_a_look(rescued: Rescued, row: Unsent) -> str:
    """Why a saved operation is not to be sent by itself; empty where it may be."""
    if row.values["state"] not in ("held", "ready", "sent"):
        return ""
    # One that went out already is repeated in its own bytes, and its files are in them.
    again = row.values["state"] == "sent" and row.request
    if not again and (lost := _lost(rescued, row.values["sets"])):
        names = ", ".join(each.called for each in lost)
        return f"Saved from a damaged file without {names}: edit it and attach that again, or drop it."
    if len(rescued.stamps) < len(_STAMPS):
        # Nobody knows whose it was: not sent by itself to whoever signs in next.
        return "Saved from a damaged file: look before it is sent."
    return ""


def _lost(rescued: Rescued, fields: object) -> list[SavedFile]:
    """The files of one row that cannot be sent any more."""
    known = {each.id: each for each in rescued.files}
    found = [known.get(each, SavedFile(id=each)) for each in saved_files.named_in(fields)]
    return [each for each in found if each.content is None]


def _ticket(
    connection: sqlite3.Connection, row: Unsent, known: dict[int, int], *, creates: bool
) -> int | None:
    """The new local key of a saved row's ticket; one without the desk's id only where the row creates it."""
    if row.ticket_key is None:
        return None
    if row.ticket_key not in known:
        if not row.ticket_id and not creates:
            return None
        cursor = connection.execute(
            "INSERT INTO ticket (id, number, revision, generation) VALUES (?, ?, -1, 0)",
            (row.ticket_id or None, row.number),
        )
        assert cursor.lastrowid is not None
        known[row.ticket_key] = cursor.lastrowid
    return known[row.ticket_key]


def readable(rescued: Rescued) -> Iterator[str]:
    """What was saved, a line each, for people; and which of the files could not be."""
    for row in rescued.operations:
        told = f"{row.number or 'a ticket'}: {row.values['what']} ({row.values['state']})"
        yield told + _file_words(rescued, row.values["sets"])
    for row in rescued.drafts:
        told = f"{row.number or 'a new ticket'}: draft of {len(str(row.values['body']))} characters"
        yield told + _file_words(rescued, row.values["fields"])


def _file_words(rescued: Rescued, fields: object) -> str:
    """``, with 2 files, without scan.pdf, which cannot be read``; empty where there are none."""
    lost = _lost(rescued, fields)
    kept = len(saved_files.named_in(fields)) - len(lost)
    words = f", with {kept} file{'' if kept == 1 else 's'}" if kept else ""
    if lost:
        words += f", WITHOUT {', '.join(each.called for each in lost)}: the bytes cannot be read"
    return words
