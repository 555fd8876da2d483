"""Which schema a file has, and whether this program knows it; asked of each file, so it loads little."""

from __future__ import annotations

from pathlib import Path

from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.trouble import StoreUnusable, Trouble

LATEST = 13
"""Number of the schema that this program writes: one more than ``migrations.MIGRATIONS`` has steps."""


def version_of(connection: sqlite3.Connection) -> int:
    """Number of the file's schema; 0 for an empty file."""
    return int(scalar(connection, "PRAGMA user_version"))


def check(version: int, path: Path) -> None:
    """Refuse a file that a newer techdesk wrote: it must neither be read wrongly nor downgraded."""
    if version > LATEST:
        raise StoreUnusable(
            f"{path} was written by a newer techdesk (schema {version}; this one knows {LATEST}).",
            "Use the newer techdesk, or another profile; nothing was changed.",
            Trouble.NEWER,
        )
