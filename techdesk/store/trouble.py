"""What goes wrong with the file itself, in words for people."""

from __future__ import annotations

import contextlib
import errno
import os
from enum import StrEnum
from pathlib import Path

from techdesk.store.driver import sqlite3


class Trouble(StrEnum):
    """What kind of trouble a file gives."""

    NEWER = "newer"
    FULL = "full"
    DAMAGED = "damaged"
    LOCKED = "locked"
    NOT_WRITABLE = "not_writable"
    OTHER = "other"

    @property
    def leaves_it_readable(self) -> bool:
        """Whether the file may be looked at all the same."""
        return self in (Trouble.NEWER, Trouble.FULL, Trouble.NOT_WRITABLE)


class StoreUnusable(Exception):
    """The cache cannot be opened, read or written. ``words`` says what, ``remedy`` what to do about it."""

    def __init__(self, words: str, remedy: str, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(f"{words} {remedy}")
        self.words = words
        self.remedy = remedy
        self.trouble = trouble


_DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
"""How SQLite's names of damage begin: its words need not say so ("vtable constructor failed")."""
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)


def unusable(error: Exception, path: Path) -> StoreUnusable:
    """The words for what SQLite or the system said about the file at ``path``."""
    said = str(error).lower()
    if (
        "full" in said
        or getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        or ("i/o error" in said and _no_room(path))
    ):
        return StoreUnusable(
            f"The disk that holds {path} is full; nothing was half-written.",
            "Make room and try again: what was saved before is safe.",
            Trouble.FULL,
        )
    by_name = str(getattr(error, "sqlite_errorname", None)).startswith(_DAMAGED)
    if by_name or "malformed" in said or "not a database" in said or "corrupt" in said:
        return StoreUnusable(
            f"{path} is damaged ({error}).",
            "'techdesk doctor --recover' keeps a copy, saves what is unsent and begins a new file; everything"
            " else comes again from the desk.",
            Trouble.DAMAGED,
        )
    if "locked" in said or "busy" in said:
        return StoreUnusable(
            f"Another program has kept {path} locked for too long.",
            "Close other techdesk windows of this profile, or wait for their work to end, and try again.",
            Trouble.LOCKED,
        )
    refused = getattr(error, "errno", None) in _NOT_WRITABLE or ("i/o error" in said and not _writable(path))
    if "readonly" in said or "read-only" in said or refused:
        return StoreUnusable(
            f"{path} may not be written.",
            "Check who owns the file and its folder (0600 and 0700), and whether the disk may be written.",
            Trouble.NOT_WRITABLE,
        )
    if "unable to open" in said:
        return StoreUnusable(f"{path} cannot be opened.", "Check that its folder exists and may be written.")
    kind = "SQLite" if isinstance(error, sqlite3.Error) else "The system"
    return StoreUnusable(f"{kind} cannot use {path}: {error}.", "Run 'techdesk doctor'.")


def in_words(error: Exception, path: Path) -> Exception:
    """An error of the file at ``path`` with words and remedy; any other one as it is.

    A page that is damaged is met by some reads and writes only, and says so as ``DatabaseError``.
    """
    if not isinstance(error, sqlite3.DatabaseError):
        return error
    told = unusable(error, path)
    return error if told.trouble is Trouble.OTHER else told


def identity_of(path: Path) -> tuple[int, int] | None:
    """Which file a path leads to, whatever it holds; None for none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def gone(path: Path) -> StoreUnusable:
    """The file was taken away under an open connection: what is written into it is lost at the end."""
    return StoreUnusable(
        f"{path} was removed or replaced while it was open; nothing is kept any more.",
        "Copy what you have written, end techdesk and start it again.",
    )


def _no_room(path: Path) -> bool:
    """Whether the disk has no free block: SQLite calls it an I/O error when there is no room for -shm."""
    with contextlib.suppress(OSError):
        return os.statvfs(path.parent).f_bavail == 0
    return False


def _writable(path: Path) -> bool:
    """Whether the file and its folder may be written: where that ends in mid-session SQLite tells of I/O.

    Asked, not tried: who opens the file and closes it again takes SQLite's locks from it.
    """
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
