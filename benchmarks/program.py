"""How the programs under measurement are started: techdesk on a cache of a size, and the floors."""

from __future__ import annotations

import sys
from pathlib import Path

from techdesk.clock import SystemClock
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.store.volume import seed as load
from tests.terminal.session import Session

CACHES = Path(__file__).parent / "out" / "caches"
FIRST_ROW = b"TD-1"
"""Every seeded ticket's number begins so; its first occurrence is the first painted row."""


def folder_of(size: int) -> Path:
    """State folder that holds the cache of so many tickets."""
    return CACHES / str(size)


def seed(size: int) -> None:
    """Make the cache of so many tickets, once, through the store; and a profile whose desk is never asked.

    One that was made by an older program, or under other policies, is brought up first: techdesk would do it
    in the background, with rests in between, for minutes, and everything would be measured beside that.
    """
    folder = folder_of(size) / "state" / "profiles" / "bench"
    book, now = PolicyBook.load(), SystemClock().now()
    settings = folder_of(size) / "config" / "config.toml"
    database = Database.open(folder, book)
    database.writer().follow_policies(book.fingerprint(), now).result()
    if not settings.exists():
        print(f"seeding {size:,} tickets ...", flush=True)
        load(database, size, now=now)
    database.close()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[profiles.bench]\nkind = "native"\nurl = "http://127.0.0.1:9"\n')


def environment(size: int) -> dict[str, str]:
    """Settings and state of the measured profile, apart from the user's own."""
    return _environment(folder_of(size))


def _environment(folder: Path) -> dict[str, str]:
    return {
        "TECHDESK_STATE_DIR": str(folder / "state"),
        "TECHDESK_CONFIG_DIR": str(folder / "config"),
        "TECHDESK_TOKEN": "",
    }


def techdesk(size: int, *arguments: str, columns: int = 160, lines: int = 50) -> Session:
    """techdesk on the seeded cache of that size, without a network."""
    return techdesk_in(folder_of(size), *arguments, columns=columns, lines=lines)


def techdesk_in(folder: Path, *arguments: str, columns: int = 160, lines: int = 50) -> Session:
    """techdesk on the settings and the cache in a folder, without a network."""
    command = [sys.executable, "-m", "techdesk", "--profile", "bench", "--offline", *arguments]
    return Session(command, columns=columns, lines=lines, environment=_environment(folder))


def floor(kind: str, *, columns: int = 160, lines: int = 50) -> Session:
    """The empty program, or the list of constant rows."""
    return Session([sys.executable, "-m", "benchmarks.floor", kind], columns=columns, lines=lines)
