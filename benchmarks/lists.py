"""Limits as they are typed, other orders, and a list that follows changes: the reading thread at work."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

import msgspec

from benchmarks.program import folder_of
from benchmarks.report import Figure, median, percentile
from techdesk.clock import SystemClock
from techdesk.model import Role
from techdesk.policies.book import PolicyBook
from techdesk.query import Query, parse
from techdesk.query.views import ORDER_NAMES, VIEWS
from techdesk.store import changes
from techdesk.store.connection import connect
from techdesk.store.database import Database
from techdesk.store.reader import Reader
from techdesk.store.row_reading import ORDER_COLUMNS

FIRST = 200
TYPED = (
    "printer",
    "vpn timeout",
    "prio:1,2 owner:me sla:<30m",
    "status:waiting waiting:>7d",
    'org:"Acme" tag:vpn',
    "-subject:test created:2026-11-01..",
    "subject:printer OR is:vip",
    "is:stale -owner:none",
)
"""Limits as a technician types them, a letter at a time."""
CHANGES = 100


def measure(size: int) -> list[Figure]:
    """Milliseconds of wall clock for each letter typed and each order; of processor time for the changes."""
    folder = folder_of(size) / "state" / "profiles" / "bench"
    database = Database.open(folder, PolicyBook.load())
    reader, now = database.reader(), SystemClock().now()
    me = reader.people(Role.TECHNICIAN)[0].id
    try:
        return [
            _typing(reader, me, now, size),
            *_orders(reader, me, now, size),
            _views(reader, me, now, size),
            _following(database, reader, me, now, size),
        ]
    finally:
        reader.close()
        database.close()


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _typing(reader: Reader, me: str, now: int, size: int) -> Figure:
    taken, worst = [], (0.0, "")
    for text in TYPED:
        for end in range(1, len(text) + 1):
            query = parse(f"status:active {text[:end]}")
            if not isinstance(query, Query):
                continue  # said under the line; nothing is asked for
            spent = _milliseconds(partial(reader.keys, query, me=me, now=now, first=FIRST))
            taken.append(spent)
            worst = max(worst, (spent, text[:end]))
    return Figure(
        name=f"limit as typed, first {FIRST}, p95, {size:,} tickets",
        value=percentile(taken, 0.95),
        unit="ms",
        budget=100 if size > 100_000 else 30,
        note=f"{len(taken)} letters; slowest {worst[0]:.0f} ms at {worst[1]!r}",
    )


def _orders(reader: Reader, me: str, now: int, size: int) -> list[Figure]:
    query = parse("status:active")
    assert isinstance(query, Query)
    figures = []
    for order in ORDER_NAMES:
        spent = [
            _milliseconds(partial(reader.keys, query, order, me=me, now=now, first=FIRST)) for _ in range(3)
        ]
        figures.append(
            Figure(
                name=f"sorted by {order}, first {FIRST}, {size:,} tickets",
                value=median(spent),
                unit="ms",
                budget=20 if size <= 100_000 else None,
            )
        )
    return figures


def _views(reader: Reader, me: str, now: int, size: int) -> Figure:
    queries = [parse(view.limit) for view in VIEWS]

    def count() -> None:
        for query in queries:
            assert isinstance(query, Query)
            reader.count(query, me=me, now=now)

    spent = median([_milliseconds(count) for _ in range(3)])
    return Figure(name=f"counts of all views, {size:,} tickets", value=spent, unit="ms")


def _following(database: Database, reader: Reader, me: str, now: int, size: int) -> Figure:
    """Processor time for the list to follow a hundred changes; they are taken back afterwards."""
    query = parse("status:active")
    assert isinstance(query, Query)
    listing = reader.listing(query, me=me, now=now)
    chance = random.Random(7)
    keys = chance.sample(range(1, size), CHANGES)
    connection = connect(database.path, writable=True)

    def move(by: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        was = {}
        for key in keys:
            row = connection.execute(
                f"SELECT {', '.join(ORDER_COLUMNS)} FROM list_row WHERE key = ?",
                (key,),
            ).fetchone()
            if row is not None:
                was[key] = msgspec.json.encode(list(row)).decode()
                connection.execute(
                    "UPDATE list_row SET clock_order = clock_order + ? WHERE key = ?", (by, key)
                )
        changes.note_what_was(connection, was)
        connection.execute("COMMIT")

    spent = []
    try:
        for by in (50_000, -50_000, 7_000, -7_000):
            move(by)
            begun = time.process_time()
            patch = reader.follow(listing, query, me=me, now=now)
            spent.append((time.process_time() - begun) * 1000)
            assert patch is not None
            assert patch.listing.keys == reader.keys(query, me=me, now=now)
            listing = patch.listing
    finally:
        connection.close()
    return Figure(
        name=f"{CHANGES} changes followed, processor, {size:,} tickets",
        value=median(spent),
        unit="ms",
        budget=60,
    )
