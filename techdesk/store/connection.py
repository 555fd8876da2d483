"""Opening connections, and the one kind of write transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from techdesk.store.driver import sqlite3
from techdesk.store.folding import teach

BUSY_MILLISECONDS = 10_000
"""How long a connection waits for another's transaction; all of ours take a few milliseconds."""

_WRITER_CACHE, _READER_CACHE = 8_000, 4_000
"""KiB of pages that a connection keeps; what readers miss lies with the operating system all the same."""

_WAL_SAFE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
"""First versions of their lines without the bug that can corrupt a WAL file with two connections."""


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite may use write-ahead logging with several connections (SYNC section 4).

    >>> wal_is_safe((3, 40, 1)), wal_is_safe((3, 50, 7)), wal_is_safe((3, 51, 2)), wal_is_safe((3, 53, 4))
    (False, True, False, True)
    """
    newest = _WAL_SAFE[0]
    return version >= newest or any(version[:2] == safe[:2] and version >= safe for safe in _WAL_SAFE[1:])


def connect(
    path: Path, *, writable: bool, file_writable: bool = True, immutable: bool = False
) -> sqlite3.Connection:
    """A connection in autocommit mode, with every pragma set.

    :param writable: False refuses every write on this connection.
    :param file_writable: False opens the file itself read-only.
    :param immutable: nobody writes to the file meanwhile: read without locks, where none can be taken.
    """
    address = f"{path.absolute().as_uri()}?mode={'rw' if file_writable else 'ro'}"
    if immutable:
        address += "&immutable=1"
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    for pragma in (
        f"busy_timeout = {BUSY_MILLISECONDS}",
        "synchronous = FULL",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        "secure_delete = ON",
        "mmap_size = 0",
        f"cache_size = -{_WRITER_CACHE if writable else _READER_CACHE}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    teach(connection)
    if not writable:
        connection.execute("PRAGMA query_only = ON")
    elif scalar(connection, "PRAGMA journal_mode") == "delete":
        # WAL is a property of the file, TRUNCATE one of the connection: it has to be asked for each time.
        connection.execute("PRAGMA journal_mode = TRUNCATE").fetchall()
    return connection


def choose_journal(connection: sqlite3.Connection, path: Path) -> str:
    """Set the journal mode and say which one it is: ``wal`` where that is safe, else ``truncate``."""
    now = str(connection.execute("PRAGMA journal_mode").fetchone()[0]).lower()
    wanted = "wal" if wal_is_safe(sqlite3.sqlite_version_info) else "truncate"
    if now == wanted:
        return now
    if wanted == "wal" and _on_a_network(path):
        wanted = "truncate"
    try:
        return str(connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]).lower()
    except sqlite3.OperationalError:  # another process has it open in the other mode: theirs it is
        return now


def _on_a_network(path: Path) -> bool:
    """Whether the file lies on a network file system, where WAL's shared memory does not work (Linux)."""
    mounts = Path("/proc/self/mounts")
    best, kind = "", ""
    try:
        text = mounts.read_text("utf-8", "replace")
    except OSError:
        return False
    folder = f"{path.parent.resolve()}/"
    for line in text.splitlines():
        fields = line.split()
        if len(fields) > 2 and len(fields[1]) >= len(best) and folder.startswith(fields[1].rstrip("/") + "/"):
            best, kind = fields[1], fields[2]
    return kind.startswith(("nfs", "cifs", "smb", "9p", "fuse.sshfs", "afs", "ceph", "glusterfs"))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """BEGIN IMMEDIATE to COMMIT, or to ROLLBACK where anything is raised.

    Immediate, because a deferred transaction that reads and then writes fails at once when another process
    wrote in between: no busy timeout helps it (SYNC section 4).
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def scalar(connection: sqlite3.Connection, statement: str, *parameters: Any) -> Any:
    """First column of the first row, or None."""
    row = connection.execute(statement, parameters).fetchone()
    return None if row is None else row[0]
