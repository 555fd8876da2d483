"""A cache full of countdowns that are about to end: what the wire carries when every line counts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.program import CACHES
from techdesk.clock import SystemClock
from techdesk.model import Instant, Status
from techdesk.policies.book import PolicyBook
from techdesk.store import ingest, invented
from techdesk.store.connection import connect
from techdesk.store.database import Database
from techdesk.store.invented import Loaded
from techdesk.store.volume import seed as load

FIRST_RESPONSE = 3600
"""Seconds that a P1 ticket of the loaded policy may wait for its first answer, on any day."""


def make(name: str, soonest: int, latest: int, count: int = 60) -> Path:
    """A folder with settings and a cache whose tickets are due within so many seconds; made anew each time,
    since deadlines pass."""
    folder = CACHES / name
    shutil.rmtree(folder, ignore_errors=True)
    now = SystemClock().now()
    database = Database.open(folder / "state" / "profiles" / "bench", PolicyBook.load())
    connection = connect(database.path, writable=True)
    connection.execute("BEGIN IMMEDIATE")
    ingest.people(connection, invented.people())
    ingest.organisations(connection, invented.organisations("dynamix"))
    ingest.queues(connection, invented.queues())
    connection.execute("COMMIT")
    connection.close()
    load(database, _due(now, soonest, latest, count), now=now)
    database.close()
    settings = folder / "config" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[profiles.bench]\nkind = "native"\nurl = "http://127.0.0.1:9"\n')
    return folder


def _due(now: Instant, soonest: int, latest: int, count: int) -> Iterator[Loaded]:
    for place, (ticket, messages, _) in enumerate(invented.tickets(count, now)):
        left = soonest + (latest - soonest) * place // count
        created = now + left - FIRST_RESPONSE
        fresh = msgspec.structs.replace(
            ticket, status=Status.NEW, priority=1, created=created, updated=created, closed=None
        )
        yield fresh, (msgspec.structs.replace(messages[0], at=created),), ()
