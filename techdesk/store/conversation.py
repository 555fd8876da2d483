"""A ticket's messages and log, as shown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import msgspec

from techdesk.model import (
    RECORD_MARKER,
    Attachment,
    Channel,
    Direction,
    Operation,
    OperationKind,
    Visibility,
)
from techdesk.store import files, meta, outbox
from techdesk.store.clocks import Clocks
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.rows import Entry, EntryState, LogLine
from techdesk.text import safe_lines, safe_text

_decode_attachments = msgspec.json.Decoder(tuple[Attachment, ...]).decode
_CHANNEL = {channel.value: channel for channel in Channel}

_COLUMNS = (
    "m.key, m.at, coalesce(p.name, m.author), m.direction, m.visibility, m.channel, m.automatic,"
    " coalesce(b.body, ''), m.attachments"
)
_FROM = (
    " FROM message m LEFT JOIN message_body b ON b.key = m.key LEFT JOIN person p ON p.id = m.author"
    " WHERE m.ticket = ?"
)
_NEWEST = f"SELECT {_COLUMNS}{_FROM} ORDER BY m.at DESC, m.key DESC LIMIT ?"
_OLDER = (
    f"SELECT {_COLUMNS}{_FROM} AND (m.at, m.key) < (SELECT at, key FROM message WHERE key = ?)"
    " ORDER BY m.at DESC, m.key DESC LIMIT ?"
)


_NOTES = (
    "SELECT m.key, b.body FROM message m JOIN message_body b ON b.key = m.key WHERE m.ticket = ?"
    " AND m.visibility = 'internal' AND m.direction = 'out' AND instr(b.body, ?) ORDER BY m.at, m.key"
)
Hide = Callable[[str], str]
DOUBLE = "The same record as above: two techdesks wrote it at once. It counts once."


def entries(
    connection: sqlite3.Connection, ticket: int, before: int | None, count: int, hide: Hide
) -> list[Entry]:
    """The newest ``count`` messages that are older than ``before``, oldest first.

    What is unsent stands at the end of the newest page, whatever its time: it is not in the conversation yet.
    ``hide``: what takes the secrets out of a text.
    """
    if before is not None and before > 0:
        found = connection.execute(_OLDER, (ticket, before, count)).fetchall()
    else:
        found = connection.execute(_NEWEST, (ticket, count)).fetchall()
    page = [
        Entry(
            key=key,
            at=at,
            author_name=safe_text(author),
            direction=Direction(direction),
            visibility=Visibility(visibility),
            channel=_CHANNEL.get(channel, Channel.UNKNOWN),
            automatic=bool(automatic),
            body=hide(safe_lines(body)),
            attachments=_attachments(attachments),
        )
        for key, at, author, direction, visibility, channel, automatic, body, attachments in reversed(found)
    ]
    page = _each_once(connection, ticket, page)
    return page if before is not None and before > 0 else page + _unsent(connection, ticket, hide)


def hiding(connection: sqlite3.Connection, ticket: int, clocks: Clocks) -> Hide:
    """What takes the secrets out of a ticket's texts, as its policy names them (POLICIES W6, DD14)."""
    from techdesk.rules.secrets import hidden

    name = scalar(connection, "SELECT policy FROM list_row WHERE key = ?", ticket)
    return partial(hidden, policy=clocks.named(str(name or "")))


def _each_once(connection: sqlite3.Connection, ticket: int, page: list[Entry]) -> list[Entry]:
    """With the doubles of a record cut short: two techdesks that told one fact at once wrote it twice."""
    if not any(entry.visibility is Visibility.INTERNAL and RECORD_MARKER in entry.body for entry in page):
        return page
    from techdesk.rules.records import decode

    first: dict[str, int] = {}
    doubles: set[int] = set()
    for key, body in connection.execute(_NOTES, (ticket, RECORD_MARKER)):
        record = decode(body)
        if record is not None and first.setdefault(record.id, key) != key:
            doubles.add(key)
    return [msgspec.structs.replace(entry, body=DOUBLE) if entry.key in doubles else entry for entry in page]


def _unsent(connection: sqlite3.Connection, ticket: int, hide: Hide) -> list[Entry]:
    return [
        _unsent_entry(connection, operation, hide)
        for operation in outbox.open_of(connection, ticket)
        if operation.text
        and scalar(
            connection,
            "SELECT 1 FROM message WHERE ticket = ? AND operation = ? LIMIT 1",
            ticket,
            operation.id,
        )
        is None
    ]


def _unsent_entry(connection: sqlite3.Connection, operation: Operation, hide: Hide) -> Entry:
    first = operation.kind is OperationKind.CREATE
    internal = operation.kind is OperationKind.COMMENT
    author = author_name(connection, operation)
    if first:
        sets = operation.sets
        author = str(sets.get("requester_name") or sets.get("requester") or author)
    return Entry(
        key=-operation.key,
        at=operation.created,
        author_name=safe_text(author),
        direction=Direction.INBOUND if first else Direction.OUTBOUND,
        visibility=Visibility.INTERNAL if internal else Visibility.PUBLIC,
        channel=operation.channel,
        automatic=False,
        body=hide(safe_lines(operation.text)),
        state=EntryState.PENDING if operation.state.is_pending else EntryState.FAILED,
        attachments=files.named(connection, files.ids_of(operation.sets)),
    )


def author_name(connection: sqlite3.Connection, operation: Operation) -> str:
    """Who wrote an operation, by name where it is known."""
    name = scalar(connection, "SELECT name FROM person WHERE id = ?", operation.actor)
    return str(name or meta.sync_state(connection).account_name or operation.actor)


def _attachments(text: str) -> tuple[Attachment, ...]:
    if not text:
        return ()
    return tuple(
        msgspec.structs.replace(
            attachment, name=safe_text(attachment.name, 200), media_type=safe_text(attachment.media_type, 100)
        )
        for attachment in _decode_attachments(text)
    )


def log(connection: sqlite3.Connection, ticket: int) -> list[LogLine]:
    """Each change of a field, oldest first; people and queues by name."""
    rows = connection.execute(
        "SELECT e.at, coalesce(p.name, e.actor), e.field, e.old, e.new FROM event e"
        " LEFT JOIN person p ON p.id = e.actor WHERE e.ticket = ? ORDER BY e.at, length(e.id), e.id",
        (ticket,),
    ).fetchall()
    return [
        LogLine(
            at=at,
            actor_name=safe_text(actor),
            field=safe_text(field),
            old=safe_text(_named(connection, field, old)),
            new=safe_text(_named(connection, field, new)),
        )
        for at, actor, field, old, new in rows
    ]


def _named(connection: sqlite3.Connection, field: str, value: str | None) -> str:
    if not value:
        return ""
    return outbox.told(connection, field, value)
