"""The full-text indexes: what goes in and comes out, and how free words are asked for.

Both are external-content tables without triggers: the store writes every row itself, takes an entry out with
the very text it was made of, and leaves out the rows of a first pull until it ends (``begin_bulk``). REPLACE
is never used: it would leave entries behind (SYNC section 4).
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import json

from techdesk.store import meta
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.text import safe_lines, safe_text

CHUNK = 200
"""Rows indexed in one short transaction after a bulk load."""


MESSAGE_BITS = 20
"""A ticket's messages are numbered within it, below its key: room for a million of them each."""


def message_key(connection: sqlite3.Connection, ticket: int, place: int | None = None) -> int:
    """The next free key of a message of this ticket; ``place`` is how many it has, where that is known."""
    first = ticket << MESSAGE_BITS
    if place is not None:
        return first + place
    last = scalar(
        connection,
        "SELECT max(key) FROM message WHERE key >= ? AND key < ?",
        first,
        first + (1 << MESSAGE_BITS),
    )
    return first if last is None else int(last) + 1


def move_messages(connection: sqlite3.Connection, source: int, target: int) -> None:
    """Give a ticket's messages to another; they are numbered anew."""
    marks = Marks(connection)
    rows = connection.execute(
        "SELECT m.key, b.body FROM message m JOIN message_body b ON b.key = m.key WHERE m.ticket = ?"
        " ORDER BY m.key",
        (source,),
    ).fetchall()
    drop_bodies(connection, marks, source)
    for old, body in rows:
        new = message_key(connection, target)
        connection.execute("UPDATE message SET key = ?, ticket = ? WHERE key = ?", (new, target, old))
        put_body(connection, marks, new, body, new=True)


class Marks:
    """Up to which key rows are indexed, while a bulk load goes on; None where everything is.

    Read inside each transaction that writes: another process may have ended the load.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        tickets, messages = meta.get(connection, meta.TICKET_MARK), meta.get(connection, meta.MESSAGE_MARK)
        self.tickets = None if tickets is None else int(tickets)
        self.messages = None if messages is None else int(messages)

    def has_ticket(self, key: int) -> bool:
        return self.tickets is None or key <= self.tickets

    def has_message(self, key: int) -> bool:
        return self.messages is None or key <= self.messages


def put_ticket(
    connection: sqlite3.Connection, marks: Marks, key: int, number: str, subject: str, names: str
) -> bool:
    """Make a ticket findable by its number, subject and names; whether they are not as they were."""
    new = (safe_text(number), safe_text(subject), safe_text(names))
    old = connection.execute(
        "SELECT number, subject, names FROM ticket_text WHERE key = ?", (key,)
    ).fetchone()
    if old == new:
        return False
    indexed = marks.has_ticket(key)
    if old is None:
        connection.execute(
            "INSERT INTO ticket_text (key, number, subject, names) VALUES (?, ?, ?, ?)", (key, *new)
        )
    else:
        if indexed:
            _take_ticket_out(connection, key, old)
        connection.execute(
            "UPDATE ticket_text SET number = ?, subject = ?, names = ? WHERE key = ?", (*new, key)
        )
    if indexed:
        connection.execute(
            "INSERT INTO ticket_search (rowid, number, subject, names) VALUES (?, ?, ?, ?)", (key, *new)
        )
    return True


def drop_ticket(connection: sqlite3.Connection, marks: Marks, key: int) -> None:
    """Make a ticket's own text unfindable."""
    old = connection.execute(
        "SELECT number, subject, names FROM ticket_text WHERE key = ?", (key,)
    ).fetchone()
    if old is None:
        return
    if marks.has_ticket(key):
        _take_ticket_out(connection, key, old)
    connection.execute("DELETE FROM ticket_text WHERE key = ?", (key,))


def _take_ticket_out(connection: sqlite3.Connection, key: int, old: tuple[str, str, str]) -> None:
    connection.execute(
        "INSERT INTO ticket_search (ticket_search, rowid, number, subject, names)"
        " VALUES ('delete', ?, ?, ?, ?)",
        (key, *old),
    )


def put_body(connection: sqlite3.Connection, marks: Marks, key: int, body: str, *, new: bool) -> None:
    """Store a message's body, and make it findable; ``new`` where there is none yet."""
    safe = safe_lines(body)
    stored = None if safe == body else safe
    indexed = marks.has_message(key)
    if new:
        connection.execute("INSERT INTO message_body (key, body, safe) VALUES (?, ?, ?)", (key, body, stored))
    else:
        old = connection.execute(
            "SELECT body, coalesce(safe, body) FROM message_body WHERE key = ?", (key,)
        ).fetchone()
        if old is not None and old[0] == body:
            return
        if old is not None and indexed:
            _take_body_out(connection, key, old[1])
        connection.execute(
            "INSERT INTO message_body (key, body, safe) VALUES (?, ?, ?)"
            " ON CONFLICT (key) DO UPDATE SET body = excluded.body, safe = excluded.safe",
            (key, body, stored),
        )
    if indexed:
        connection.execute("INSERT INTO message_search (rowid, body) VALUES (?, ?)", (key, safe))


def drop_bodies(connection: sqlite3.Connection, marks: Marks, ticket: int) -> None:
    """Take out and delete the bodies of a ticket's messages."""
    rows = connection.execute(
        "SELECT m.key, coalesce(b.safe, b.body) FROM message m JOIN message_body b ON b.key = m.key"
        " WHERE m.ticket = ?",
        (ticket,),
    ).fetchall()
    for key, safe in rows:
        if marks.has_message(key):
            _take_body_out(connection, key, safe)
        connection.execute("DELETE FROM message_body WHERE key = ?", (key,))


def _take_body_out(connection: sqlite3.Connection, key: int, safe: str) -> None:
    connection.execute(
        "INSERT INTO message_search (message_search, rowid, body) VALUES ('delete', ?, ?)", (key, safe)
    )


def begin_bulk(connection: sqlite3.Connection) -> None:
    """From here on new rows are not indexed, until ``index_some`` has caught up. Does nothing twice."""
    if meta.get(connection, meta.TICKET_MARK) is None:
        tickets = scalar(connection, "SELECT coalesce(max(key), 0) FROM ticket_text")
        messages = scalar(connection, "SELECT coalesce(max(key), 0) FROM message_body")
        # A key may have been given and taken away again; what comes next is above the sequence, not the row.
        meta.put(connection, meta.TICKET_MARK, str(tickets))
        meta.put(connection, meta.MESSAGE_MARK, str(messages))


def index_some(connection: sqlite3.Connection, count: int = CHUNK) -> bool:
    """Index the next rows of a bulk load; False once everything is indexed. One short transaction's worth."""
    marks = Marks(connection)
    if marks.tickets is not None:
        last = _index_after(connection, "ticket", marks.tickets, count)
        meta.put(connection, meta.TICKET_MARK, None if last is None else str(last))
        return True
    if marks.messages is not None:
        last = _index_after(connection, "message", marks.messages, count)
        meta.put(connection, meta.MESSAGE_MARK, None if last is None else str(last))
        return last is not None
    return False


_INDEX = {
    "ticket": (
        "SELECT max(key) FROM (SELECT key FROM ticket_text WHERE key > ? ORDER BY key LIMIT ?)",
        (
            "INSERT INTO ticket_search (rowid, number, subject, names)"
            " SELECT key, number, subject, names FROM ticket_text WHERE key > ? AND key <= ? ORDER BY key"
        ),
    ),
    "message": (
        "SELECT max(key) FROM (SELECT key FROM message_body WHERE key > ? ORDER BY key LIMIT ?)",
        (
            "INSERT INTO message_search (rowid, body)"
            " SELECT key, coalesce(safe, body) FROM message_body WHERE key > ? AND key <= ? ORDER BY key"
        ),
    ),
}


def _index_after(connection: sqlite3.Connection, what: str, mark: int, count: int) -> int | None:
    find, insert = _INDEX[what]
    last = scalar(connection, find, mark, count)
    if last is None:
        return None
    connection.execute(insert, (mark, last))
    return int(last)


def match_expression(text: str, *, prefix: bool) -> str | None:
    """The MATCH expression for free words; None where there is nothing to look for.

    Quoted whole, so that nothing in it is FTS5 syntax, and so that ``TD-10431`` is a phrase. A single ASCII
    letter that is still being typed would match most tickets: it is not asked for (TEXTUAL A3).
    """
    cleaned = safe_text(text, 500).replace("\x00", "").strip()
    if not any(character.isalnum() for character in cleaned):
        return None
    if prefix and len(cleaned) == 1 and cleaned.isascii():
        return None
    quoted = '"' + cleaned.replace('"', '""') + '"'
    return f"{quoted} *" if prefix and cleaned[-1].isalnum() else quoted


_MATCHES = (
    "SELECT rowid AS holder FROM ticket_search WHERE ticket_search MATCH ?1"
    f" UNION ALL SELECT rowid >> {MESSAGE_BITS} AS holder FROM message_search WHERE message_search MATCH ?1"
)


def matches(connection: sqlite3.Connection, expression: str, most: int) -> int:
    """How many tickets' texts and messages an expression matches; counted no further than ``most``."""
    return int(
        scalar(connection, f"SELECT count(*) FROM (SELECT * FROM ({_MATCHES}) LIMIT ?2)", expression, most)
    )


def holders(
    connection: sqlite3.Connection, expression: str, among: Collection[int] | None = None
) -> set[int]:
    """Keys of the tickets where an expression matches their own text or one of their messages.

    ``among``: only of these. The full-text indexes are read along once, and nothing is built of what a
    common word matches: a third of the time that a test of each row takes.
    """
    if among is None:
        return {row[0] for row in connection.execute(_MATCHES, (expression,))}
    if not among:
        return set()
    wanted = json.encode(list(among)).decode()
    # The plus sign: else each of them is looked for by itself, and a prefix put together anew for it.
    statement = (
        "SELECT rowid FROM ticket_search WHERE ticket_search MATCH ?1"
        " AND +rowid IN (SELECT value FROM json_each(?2))"
        f" UNION ALL SELECT rowid >> {MESSAGE_BITS} FROM message_search WHERE message_search MATCH ?1"
        f" AND rowid >> {MESSAGE_BITS} IN (SELECT value FROM json_each(?2))"
    )
    rows = connection.execute(statement, (expression, wanted))
    return {row[0] for row in rows}
