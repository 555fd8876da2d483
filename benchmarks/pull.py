"""First pull of the demo desk's tickets, beside a floor that decodes the same pages and writes tables.

Client processor time only: the demo desk is another process.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import httpx
import msgspec

from benchmarks.program import CACHES
from benchmarks.report import Figure
from techdesk.clock import SystemClock
from techdesk.desks.native import NativeDesk
from techdesk.desks.port import Connection
from techdesk.desks.wire import WirePage
from techdesk.model import Scope
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.sync.engine import SyncEngine
from techdesk.sync.server_clock import ServerTime

_ENCODER = msgspec.json.Encoder()


@contextmanager
def demo_desk(size: str) -> Generator[Connection]:
    """The demo desk with so many tickets, generated once and kept."""
    folder = CACHES / f"desk-{size}"
    command = [sys.executable, "-m", "techdesk.demo", "--folder", str(folder), "--size", size, "--no-script"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin
        assert server.stdout
        told = json.loads(server.stdout.readline())
        try:
            yield Connection(url=told["url"], token=Path(told["token_file"]).read_text().strip())
        finally:
            server.stdin.close()


def _pull(connection: Connection, folder: Path) -> tuple[float, float, int]:
    """Processor seconds, wall seconds and tickets of a first pull by the real engine."""
    clock = SystemClock()
    database = Database.open(folder, PolicyBook.load())
    feed, reader = database.feed(), database.reader()
    times = ServerTime(clock)
    desk = NativeDesk(connection, times)
    engine = SyncEngine(
        feed,
        desk,
        clock,
        Random(1),
        Scope(closed_days=36_500),
        lambda: None,
        server_time=times,
    )

    async def run() -> None:
        failure = await engine.round()
        assert failure is None, failure
        await desk.close()

    used, began = time.process_time(), time.perf_counter()
    asyncio.run(run())
    taken = time.process_time() - used, time.perf_counter() - began
    tickets = reader.count(None, me="", now=clock.now())
    feed.close()
    database.close()
    return *taken, tickets


_TABLES = """
CREATE TABLE ticket (id TEXT PRIMARY KEY, number TEXT, subject TEXT, status TEXT, base BLOB) STRICT;
CREATE TABLE message (id TEXT PRIMARY KEY, ticket TEXT, at INTEGER, body TEXT) STRICT;
CREATE TABLE event (id TEXT PRIMARY KEY, ticket TEXT, at INTEGER, field TEXT, old TEXT, new TEXT) STRICT;
CREATE TABLE list_row (id TEXT PRIMARY KEY, subject TEXT, status TEXT, priority INTEGER, due INTEGER) STRICT;
CREATE INDEX list_due ON list_row (status, due);
CREATE VIRTUAL TABLE ticket_search USING fts5(subject, content='');
CREATE VIRTUAL TABLE message_search USING fts5(body, content='');
"""


def _floor(connection: Connection, folder: Path) -> float:
    """Processor seconds of fetching and decoding the same pages and writing them with executemany."""
    database = sqlite3.connect(folder / "floor.db", isolation_level=None)
    database.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + _TABLES)
    decoder = msgspec.json.Decoder(WirePage)
    used = time.process_time()
    cursor, more = "", True
    with httpx.Client(
        base_url=connection.url, headers={"Authorization": f"Bearer {connection.token}"}
    ) as client:
        while more:
            answer = client.get(
                "/api/v1/changes", params={"cursor": cursor, "limit": 100, "closed_days": 36_500}
            )
            page = decoder.decode(answer.content)
            cursor, more = page.cursor, page.more
            database.execute("BEGIN IMMEDIATE")
            database.executemany(
                "INSERT OR IGNORE INTO ticket VALUES (?, ?, ?, ?, ?)",
                [(t.id, t.number, t.subject, t.status, _ENCODER.encode(t)) for t in page.tickets],
            )
            database.executemany(
                "INSERT OR IGNORE INTO list_row VALUES (?, ?, ?, ?, ?)",
                [(t.id, t.subject, t.status, t.priority, t.created) for t in page.tickets],
            )
            database.executemany(
                "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?)",
                [(m.id, m.ticket, m.at, m.body) for m in page.messages],
            )
            database.executemany(
                "INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?, ?)",
                [(e.id, e.ticket, e.at, e.field, e.old, e.new) for e in page.events],
            )
            database.execute("COMMIT")
    database.execute("INSERT INTO ticket_search(rowid, subject) SELECT rowid, subject FROM ticket")
    database.execute("INSERT INTO message_search(rowid, body) SELECT rowid, body FROM message")
    taken = time.process_time() - used
    database.close()
    return taken


def measure(count: int) -> list[Figure]:
    """One first pull; seconds of processor beside the floor, and tickets a second."""
    size = {1_000: "1k", 100_000: "100k"}[count]
    folder = Path(tempfile.mkdtemp(prefix="techdesk-bench-"))
    try:
        with demo_desk(size) as connection:
            least = _floor(connection, folder)
            used, wall, tickets = _pull(connection, folder / "profile")
    finally:
        shutil.rmtree(folder)
    return [
        Figure(
            name=f"first pull of {tickets:,} tickets, processor",
            value=used,
            unit="s",
            floor=least,
            budget=2.5,
        ),
        Figure(name="first pull, tickets a second of wall time", value=tickets / wall, unit="/s"),
    ]
