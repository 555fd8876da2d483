"""Filling an empty cache quickly: for benchmarks, and for ``techdesk demo --size``.

The rows are the ones that a pull would have written, made by the same functions, so that what is measured on
them is the product. Only what a pull pays for safety is left out: one transaction and one sync for each small
group, and indexes kept true on the way. Measured on two cores: 100,000 tickets with 160,000 messages in some
ten seconds (0.15 GB), a million in under two minutes (1.5 GB).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from techdesk.model import Instant, Visibility
from techdesk.store import effective, ingest, invented, lines, meta, notices, schema, search
from techdesk.store.clocks import Clocks
from techdesk.store.connection import connect, scalar
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.store.invented import Loaded
from techdesk.text import safe_lines, safe_text

BLOCK = 5_000
"""Tickets written in one transaction."""


def seed(
    database: Database,
    tickets: int | Iterable[Loaded],
    *,
    now: Instant,
    policy: str = "dynamix",
    cursor: str = "",
    progress: Callable[[int], None] | None = None,
) -> int:
    """Load tickets into a cache that holds none; how many there were.

    :param tickets: how many to invent (always the same for the same number and ``now``), or the tickets
        themselves with their messages and events.
    :param policy: the support policy of the invented organisations.
    :param cursor: what the feed goes on from; empty has the next pull begin anew.
    :param progress: told the number loaded so far, after each block.
    :raises ValueError: the cache holds tickets already.
    """
    connection = connect(database.path, writable=True)
    try:
        if scalar(connection, "SELECT 1 FROM ticket LIMIT 1") is not None:
            raise ValueError(f"{database.path} holds tickets already")
        return _load(connection, database.clocks, tickets, now, policy, cursor, progress)
    finally:
        connection.close()


def _load(
    connection: sqlite3.Connection,
    clocks: Clocks,
    tickets: int | Iterable[Loaded],
    now: Instant,
    policy: str,
    cursor: str,
    progress: Callable[[int], None] | None,
) -> int:
    for pragma in ("synchronous = OFF", "secure_delete = OFF", "cache_size = -200000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("BEGIN IMMEDIATE")
    names = [statement.split()[2 + ("UNIQUE" in statement.split()[:2])] for statement in schema.INDEXES]
    for name in names:
        connection.execute(f"DROP INDEX {name}")
    if isinstance(tickets, int):
        ingest.people(connection, invented.people())
        ingest.organisations(connection, invented.organisations(policy))
        ingest.queues(connection, invented.queues())
        tickets = invented.tickets(tickets, now)
    connection.execute("COMMIT")
    loaded = 0
    for block in _blocks(tickets):
        connection.execute("BEGIN IMMEDIATE")
        _write(connection, clocks, block, loaded, now)
        connection.execute("COMMIT")
        loaded += len(block)
        if progress is not None:
            progress(loaded)
    connection.execute("BEGIN IMMEDIATE")
    for statement in schema.INDEXES:
        connection.execute(statement)
    for table in ("ticket_search", "message_search"):
        connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
    connection.execute("INSERT INTO change (ticket) SELECT max(key) FROM ticket WHERE key IS NOT NULL")
    meta.put(connection, meta.FIRST, "over")
    if cursor:
        meta.put(connection, meta.CURSOR, cursor)
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return loaded


def _blocks(tickets: Iterable[Loaded]) -> Iterator[list[Loaded]]:
    source = iter(tickets)
    while block := list(islice(source, BLOCK)):
        yield block


def _write(
    connection: sqlite3.Connection, clocks: Clocks, block: list[Loaded], before: int, now: Instant
) -> None:
    """One block. Keys are given here in a row, as an empty table would give them."""
    tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _STATEMENTS}
    for offset, (ticket, messages, events) in enumerate(block, 1):
        key = before + offset
        facts = [
            (
                message.at,
                message.direction.value,
                message.visibility.value,
                int(message.automatic),
                message.channel.value,
                message.operation,
            )
            for message in sorted(messages, key=lambda message: message.at)
        ]
        logged = [(event.at, event.field, event.old, event.new, event.actor) for event in events]
        unread = bool(facts) and facts[-1][1] == "in" and facts[-1][2] == Visibility.PUBLIC.value
        shown = effective.combine(connection, key, ticket, [], facts, logged, set(), unread=unread)
        assert shown is not None  # a ticket of the desk always shows
        shown = effective.known(shown, clocks.complete)
        evaluation = lines.evaluated(shown, clocks, now)
        row = lines.columns(shown, evaluation)
        if (told_at := evaluation.next_notice()) is not None:
            tables["due_notice"].append((key, told_at))
        tables["ticket"].append(
            (key, ticket.id, ticket.number, ticket.revision, int(unread), effective.encode_ticket(ticket))
        )
        tables["list_row"].append((key, *row))
        tables["ticket_text"].append(
            (
                key,
                safe_text(row[lines.NUMBER]),
                safe_text(row[lines.SUBJECT]),
                safe_text(lines.names_of(shown)),
            )
        )
        tables["ticket_tag"] += [(tag, key) for tag in ticket.tags]
        tables["event"] += [
            (key, event.id, event.at, event.actor, event.field, event.old, event.new) for event in events
        ]
        for message_key, message in enumerate(messages, key << search.MESSAGE_BITS):
            tables["message"].append(
                (
                    message_key,
                    key,
                    message.id,
                    message.at,
                    message.author,
                    message.direction.value,
                    message.visibility.value,
                    message.channel.value,
                    int(message.automatic),
                    message.operation,
                )
            )
            safe = safe_lines(message.body)
            tables["message_body"].append((message_key, message.body, None if safe == message.body else safe))
    for name, rows in tables.items():
        connection.executemany(_STATEMENTS[name], rows)


_STATEMENTS = {
    "ticket": "INSERT INTO ticket (key, id, number, revision, generation, unread, base)"
    " VALUES (?, ?, ?, ?, 0, ?, ?)",
    "list_row": lines.INSERT,
    "due_notice": notices.INSERT,
    "ticket_text": "INSERT INTO ticket_text (key, number, subject, names) VALUES (?, ?, ?, ?)",
    "ticket_tag": "INSERT INTO ticket_tag (tag, ticket) VALUES (?, ?) ON CONFLICT DO NOTHING",
    "event": "INSERT INTO event (ticket, id, at, actor, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING",
    "message": "INSERT INTO message (key, ticket, id, at, author, direction, visibility, channel, automatic,"
    " operation, attachments) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')",
    "message_body": "INSERT INTO message_body (key, body, safe) VALUES (?, ?, ?)",
}
