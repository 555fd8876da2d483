"""How the programs under measurement are started: techdesk on a cache of a size, and the floors."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.terminal.session import Session

CACHES = Path(__file__).parent / "out" / "caches"
FIRST_ROW = b"T-0"
"""Every seeded ticket's number begins so; its first occurrence is the first painted row."""


def folder_of(size: int) -> Path:
    """State folder that holds the cache of so many tickets."""
    return CACHES / str(size)


def environment(size: int) -> dict[str, str]:
    """Settings and state of the measured profile, apart from the user's own."""
    folder = folder_of(size)
    return {
        "TECHDESK_STATE_DIR": str(folder / "state"),
        "TECHDESK_CONFIG_DIR": str(folder / "config"),
        "TECHDESK_TOKEN": "",
    }


def techdesk(size: int, *arguments: str, columns: int = 160, lines: int = 50) -> Session:
    """techdesk on the seeded cache of that size, without a network."""
    command = [sys.executable, "-m", "techdesk", "--profile", "bench", "--offline", *arguments]
    return Session(command, columns=columns, lines=lines, environment=environment(size))


def floor(kind: str, *, columns: int = 160, lines: int = 50) -> Session:
    """The empty program, or the list of constant rows."""
    return Session([sys.executable, "-m", "benchmarks.floor", kind], columns=columns, lines=lines)
