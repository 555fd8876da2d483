"""What goes wrong with the file itself, in words for people."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from techdesk.store.driver import sqlite3


class StoreUnusable(Exception):
    """The cache cannot be opened, read or written. ``words`` says what, ``remedy`` what to do about it."""

    def __init__(self, words: str, remedy: str) -> None:
        super().__init__(f"{words} {remedy}")
        self.words = words
        self.remedy = remedy


def unusable(error: Exception, path: Path) -> StoreUnusable:
    """The words for what SQLite or the system said about the file at ``path``."""
    said = str(error).lower()
    if "full" in said or getattr(error, "errno", None) == 28 or ("i/o error" in said and _no_room(path)):
        return StoreUnusable(
            f"The disk that holds {path} is full; nothing was half-written.",
            "Make room and try again: what was saved before is safe.",
        )
    if "malformed" in said or "not a database" in said or "corrupt" in said:
        return StoreUnusable(
            f"{path} is damaged ({error}).",
            "Run 'techdesk doctor'; a copy from before the last upgrade may lie beside it (.backup).",
        )
    if "locked" in said or "busy" in said:
        return StoreUnusable(
            f"Another program has kept {path} locked for too long.",
            "Close other techdesk windows of this profile, or wait for their work to end, and try again.",
        )
    if "readonly" in said or "read-only" in said or isinstance(error, PermissionError):
        return StoreUnusable(
            f"{path} may not be written.", "Check who owns the file and its folder (0600 and 0700)."
        )
    if "unable to open" in said:
        return StoreUnusable(f"{path} cannot be opened.", "Check that its folder exists and may be written.")
    kind = "SQLite" if isinstance(error, sqlite3.Error) else "The system"
    return StoreUnusable(f"{kind} cannot use {path}: {error}.", "Run 'techdesk doctor'.")


def _no_room(path: Path) -> bool:
    """Whether the disk has no free block: SQLite calls it an I/O error when there is no room for -shm."""
    with contextlib.suppress(OSError):
        return os.statvfs(path.parent).f_bavail == 0
    return False
