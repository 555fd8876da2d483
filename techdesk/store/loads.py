"""How much everybody has to do, for whoever passes work on. Every count is a step in an index."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3

_RECENT = 300
"""Operations that are looked through for whom one gave tickets to lately."""
_NEAREST = 2_000
"""Tickets of a queue, the most urgent, that tell who works in it."""


class Load(Struct, frozen=True):
    """One technician's."""

    open: int
    here: int = 0
    """How many of the most urgent tickets of the same queue are theirs."""
    recent: int = 0
    """1 for who was given a ticket last, 2 for the one before; 0 for nobody lately."""


def of_owners(connection: sqlite3.Connection, people: Sequence[str], queue: str, me: str) -> dict[str, Load]:
    """Loads by a technician's id. ``queue``: id of the queue that the ticket stands in."""
    here = dict(
        connection.execute(
            "SELECT owner, count(*) FROM (SELECT owner FROM list_row WHERE queue = ? AND active = 1"
            " ORDER BY urgency, clock_order, key LIMIT ?) GROUP BY owner",
            (queue, _NEAREST),
        ).fetchall()
    )
    given = connection.execute(
        "SELECT json_extract(sets, '$.owner') FROM operation"
        " WHERE key > (SELECT coalesce(max(key), 0) FROM operation) - ? AND action = 'ticket.assign'"
        " AND actor = ? ORDER BY key DESC",
        (_RECENT, me),
    )
    recent = list(dict.fromkeys(str(owner) for (owner,) in given if owner))
    return {
        person: Load(
            open=_open(connection, "owner", person),
            here=here.get(person, 0),
            recent=recent.index(person) + 1 if person in recent else 0,
        )
        for person in people
    }


def of_queues(connection: sqlite3.Connection, queues: Sequence[str]) -> dict[str, int]:
    """Open tickets by a queue's id."""
    return {queue: _open(connection, "queue", queue) for queue in queues}


def _open(connection: sqlite3.Connection, column: str, value: str) -> int:
    statement = f"SELECT count(*) FROM list_row WHERE {column} = ? AND active = 1"
    return int(scalar(connection, statement, value))
