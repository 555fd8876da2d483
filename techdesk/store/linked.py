"""Links to other tickets, with what is known here of the other side."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.model import Operation, Status, link_of
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.rows import Linked
from techdesk.text import safe_text


def linked(connection: sqlite3.Connection, text: str) -> Linked:
    """One of a ticket's links, for a screen."""
    found = link_of(text)
    if found is None:
        return Linked(text=text, words="linked with", number=safe_text(text, 100))
    relation, other = found
    row = connection.execute(
        "SELECT t.key, t.number, l.subject, l.status FROM ticket t JOIN list_row l ON l.key = t.key"
        " WHERE t.id = ?",
        (other,),
    ).fetchone()
    if row is None:
        return Linked(text=text, words=relation.words, number=safe_text(other, 100))
    return Linked(
        text=text,
        words=relation.words,
        number=safe_text(row[1]),
        subject=safe_text(row[2]),
        key=row[0],
        status=Status(row[3]),
    )


def related(connection: sqlite3.Connection, key: int, count: int) -> list[int]:
    """Keys of tickets that may belong together with one: its requester's, then its customer's."""
    row = connection.execute("SELECT requester, organisation FROM list_row WHERE key = ?", (key,)).fetchone()
    if row is None:
        return []
    found: dict[int, None] = {}
    for column, value in (("requester", row[0]), ("organisation", row[1])):
        if value:
            rows = connection.execute(
                f"SELECT key FROM list_row WHERE {column} = ? AND key <> ?"
                " ORDER BY active DESC, urgency, clock_order, key LIMIT ?",
                (value, key, count),
            )
            found |= dict.fromkeys(each for (each,) in rows)
    return list(found)[:count]


def merging_into(connection: sqlite3.Connection, operations: Sequence[Operation]) -> str:
    """Number of the ticket that an unsent operation merges this one into; empty where none does."""
    for operation in operations:
        into = operation.sets.get("merge_into")
        if isinstance(into, str) and operation.state.is_pending:
            return safe_text(str(scalar(connection, "SELECT number FROM ticket WHERE id = ?", into) or into))
    return ""
