"""The demo desk's own SQLite file: its form, its identity and its time.

Instants are stored as seconds after the *origin* (the instant of the first start), so that moving old data to
the present is a change of one number (see ``shift``). Everything that leaves this package is epoch seconds.
"""

from __future__ import annotations

import os
import sqlite3  # noqa: TID251 - a file of its own in a process of its own; the store is out of reach here
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from techdesk.clock import Clock
from techdesk.model import Instant

STALE_AFTER = 900
"""Age of the data, in seconds, at which a start moves them to the present: most fuses have burnt by then."""

_FORM = "1"

_VIEW = """
CREATE VIEW shown AS SELECT t.id, t.revision, t.subject, t.status, t.priority, t.severity, t.kind, t.queue,
  t.owner, t.requester, t.organisation, t.channel, t.tags, t.created, t.updated, t.closed, t.close_reason,
  t.escalation, coalesce(o.policy, '') AS policy, t.seq, t.gone, t.merged_into, t.watchers, t.links,
  t.minutes
  FROM tickets t LEFT JOIN organisations o ON o.id = t.organisation
"""

_LATER = (
    (
        "CREATE TABLE IF NOT EXISTS files(id INTEGER PRIMARY KEY, message INTEGER NOT NULL,"
        " name TEXT NOT NULL, media_type TEXT NOT NULL, content BLOB NOT NULL)"
    ),
    "ALTER TABLE tickets ADD COLUMN watchers TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE tickets ADD COLUMN links TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE tickets ADD COLUMN minutes INTEGER NOT NULL DEFAULT 0",
)
"""What a file of an earlier techdesk lacks."""

_SCHEMA = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE organisations(id TEXT PRIMARY KEY, name TEXT NOT NULL, policy TEXT NOT NULL,
  region TEXT NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE queues(id TEXT PRIMARY KEY, name TEXT NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE people(id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL, role TEXT NOT NULL,
  organisation TEXT NOT NULL, vip INTEGER NOT NULL, seq INTEGER NOT NULL);
CREATE TABLE tickets(id INTEGER PRIMARY KEY, seq INTEGER NOT NULL, revision INTEGER NOT NULL,
  subject TEXT NOT NULL, status TEXT NOT NULL, priority INTEGER, severity INTEGER, kind TEXT NOT NULL,
  queue TEXT NOT NULL, owner TEXT NOT NULL, requester TEXT NOT NULL, organisation TEXT NOT NULL,
  channel TEXT NOT NULL, tags TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
  closed INTEGER, close_reason TEXT NOT NULL, escalation INTEGER NOT NULL, scene TEXT NOT NULL,
  gone TEXT NOT NULL DEFAULT '', merged_into TEXT NOT NULL DEFAULT '',
  watchers TEXT NOT NULL DEFAULT '[]', links TEXT NOT NULL DEFAULT '[]', minutes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE messages(id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, seq INTEGER NOT NULL,
  at INTEGER NOT NULL, author TEXT NOT NULL, direction TEXT NOT NULL, visibility TEXT NOT NULL,
  channel TEXT NOT NULL, automatic INTEGER NOT NULL, body TEXT NOT NULL, operation TEXT NOT NULL,
  attachments TEXT NOT NULL);
CREATE TABLE events(id INTEGER PRIMARY KEY, ticket INTEGER NOT NULL, seq INTEGER NOT NULL,
  at INTEGER NOT NULL, actor TEXT NOT NULL, field TEXT NOT NULL, old TEXT, new TEXT);
CREATE TABLE files(id INTEGER PRIMARY KEY, message INTEGER NOT NULL, name TEXT NOT NULL,
  media_type TEXT NOT NULL, content BLOB NOT NULL);
CREATE TABLE answers(account TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(account, key)) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX tickets_seq ON tickets(seq);
CREATE INDEX tickets_scope ON tickets(closed, gone);
CREATE INDEX messages_ticket ON messages(ticket, id);
CREATE INDEX events_ticket ON events(ticket, id);
"""
"""Made after the first load: building them once is cheaper than keeping them up."""


def _complete(connection: sqlite3.Connection) -> None:
    """Give an earlier file the columns that it lacks."""
    columns = {row["name"] for row in connection.execute("PRAGMA table_info(tickets)")}
    known = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "minutes" in columns and "files" not in known:
        connection.execute(_LATER[0])
    if not columns or "minutes" in columns:
        return
    connection.execute("BEGIN IMMEDIATE")
    for statement in ("DROP VIEW shown", *_LATER, _VIEW):
        connection.execute(statement)
    connection.execute("COMMIT")


class Storage:
    """One open demo desk. A single connection, so that one thread at a time may use it."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self.sql = connection
        self.clock = clock
        self.server = self.get("server")
        """Identity of the desk: the same over restarts and shifts, another after ``--reset``."""
        self.epoch = self.get("epoch")
        self.origin: Instant = int(self.get("origin"))
        self.shifts = int(self.get("shifts"))
        """Added to every revision, so that a shift gives each ticket a newer version."""

    @classmethod
    def open(cls, path: Path | None, clock: Clock) -> Storage:
        """Open the file, or make a new and empty one; None keeps everything in memory.

        Raises ``sqlite3.DatabaseError`` for a file that is no database, ``ValueError`` for another form.
        """
        if path is not None and not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = sqlite3.connect(
            ":memory:" if path is None else path, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA trusted_schema=OFF")
        if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
            connection.execute("BEGIN IMMEDIATE")
            for statement in (*_SCHEMA.split(";\n"), _VIEW):
                connection.execute(statement)
            connection.executemany(
                "INSERT INTO meta VALUES(?, ?)",
                [
                    ("form", _FORM),
                    ("server", str(uuid.uuid4())),
                    ("epoch", uuid.uuid4().hex[:12]),
                    ("origin", str(clock.now())),
                    ("shifts", "0"),
                ],
            )
            connection.execute("COMMIT")
        _complete(connection)
        storage = cls(connection, clock)
        if storage.get("form") != _FORM:
            connection.close()
            raise ValueError("the demo desk's file is of another version: start it once with --reset")
        return storage

    def get(self, name: str, default: str = "") -> str:
        """A value of the desk's own memory."""
        row = self.sql.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def put(self, name: str, value: str) -> None:
        """Remember a value; part of the transaction in progress, if any."""
        self.sql.execute(
            "INSERT INTO meta VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside happens, or nothing does. Not to be nested."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")

    def now(self) -> int:
        """The present in stored time: seconds after the origin."""
        return self.clock.now() - self.origin

    def sequence(self) -> int:
        """Position of the newest change in the feed; 0 when there is none."""
        return int(self.sql.execute("SELECT coalesce(max(seq), 0) FROM tickets").fetchone()[0])

    def is_empty(self) -> bool:
        """Whether no data were made yet."""
        return not self.get("generated")

    def new_epoch(self) -> None:
        """Forget the feed's history: every cursor given out so far is void."""
        self.epoch = uuid.uuid4().hex[:12]
        self.put("epoch", self.epoch)

    def expire_cursors(self) -> None:
        """Void every cursor given out so far, and none given out from now on: the feed moves on by one."""
        self.sql.execute("UPDATE tickets SET seq = seq + 1 WHERE seq = (SELECT max(seq) FROM tickets)")
        self.put("expired_before", str(self.sequence()))

    def shift_if_stale(self) -> bool:
        """Move old data to the present, so that countdowns are always about to burn.

        The origin becomes now. What happened after the old origin (the technician's own work, the script)
        would lie in the future then and is set to now; its order is kept by the ids. Every version counts one
        up and the epoch is a new one, so each client sweeps. The script begins anew.

        Not while somebody is at work: a run of thousands of closures that a kill -9 has cut goes on where it
        was, and would meet customers' messages at other times than it was decided on.
        """
        now = self.clock.now()
        if 0 <= now - self.origin <= STALE_AFTER:
            return False
        worked = self.sql.execute("SELECT max(at) FROM answers").fetchone()[0]
        if worked is not None and 0 <= self.now() - int(worked) <= STALE_AFTER:
            return False
        with self.transaction():
            self.sql.execute(
                "UPDATE tickets SET created = min(created, 0), updated = min(updated, 0), closed ="
                " min(closed, 0)"
                " WHERE updated > 0 OR closed > 0"
            )
            self.sql.execute("UPDATE messages SET at = 0 WHERE at > 0")
            self.sql.execute("UPDATE events SET at = 0 WHERE at > 0")
            self.sql.execute("UPDATE answers SET at = at - ?", (now - self.origin,))
            self.origin = now
            self.shifts += 1
            self.put("origin", str(now))
            self.put("shifts", str(self.shifts))
            self.sql.execute("DELETE FROM meta WHERE name LIKE 'script%'")
            self.new_epoch()
        return True

    def close(self) -> None:
        """Let go of the file."""
        self.sql.close()
