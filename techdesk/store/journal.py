"""The journal: what was done, sent, refused or undone, and by whom."""

from __future__ import annotations

from collections.abc import Callable

from techdesk.model import Instant, Operation
from techdesk.store.driver import sqlite3
from techdesk.store.naming import number_of
from techdesk.store.rows import JournalEntry
from techdesk.text import safe_text, storable, without_passwords

KEPT = 50_000
"""Entries; the oldest are forgotten beyond it."""


def write(
    connection: sqlite3.Connection,
    *,
    at: Instant,
    actor: str,
    action: str,
    ticket: int | None,
    number: str,
    outcome: str,
    detail: str,
) -> None:
    """One line, inside the caller's transaction."""
    connection.execute(
        "INSERT INTO journal (at, actor, action, ticket, number, outcome, detail)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (at, actor, action, ticket, number, outcome, storable(without_passwords(detail), 2000)),
    )


def write_of(
    connection: sqlite3.Connection, operation: Operation, outcome: str, detail: str, at: Instant
) -> None:
    """One line of what became of an operation, inside the caller's transaction."""
    write(
        connection,
        at=at,
        actor=operation.actor,
        action=operation.action,
        ticket=operation.ticket,
        number=number_of(connection, operation.ticket),
        outcome=outcome,
        detail=detail,
    )


def prune(connection: sqlite3.Connection) -> None:
    """Forget the oldest lines."""
    connection.execute("DELETE FROM journal WHERE key <= (SELECT max(key) FROM journal) - ?", (KEPT,))


def read(
    connection: sqlite3.Connection,
    since: Instant,
    count: int,
    hiding: Callable[[int], Callable[[str], str]],
) -> list[JournalEntry]:
    """The newest ``count`` lines since ``since``, newest first.

    ``hiding``: what takes the secrets out of a ticket's texts. Of a record the journal has the first line.
    """
    hides: dict[int, Callable[[str], str]] = {}

    def hidden(ticket: int | None, detail: str) -> str:
        words = without_passwords(safe_text(detail))
        if ticket is None or not (":" in words or "=" in words):
            return words
        if ticket not in hides:
            hides[ticket] = hiding(ticket)
        return hides[ticket](words)

    rows = connection.execute(
        "SELECT key, at, actor, action, ticket, number, outcome, detail FROM journal WHERE at >= ?"
        " ORDER BY at DESC, key DESC LIMIT ?",
        (since, count),
    )
    return [
        JournalEntry(
            key=key,
            at=at,
            actor=safe_text(actor),
            action=action,
            number=safe_text(number),
            outcome=outcome,
            detail=hidden(ticket, detail),
        )
        for key, at, actor, action, ticket, number, outcome, detail in rows
    ]
