"""Who syncs, where several techdesks share one profile: the holder of a lock that the kernel frees.

Two screens and a command line on one file are normal. One of them syncs; the others read, queue operations
and try for the lock every second, so that a killed leader is replaced at once. A request to sync now reaches
the leader as a file's new content.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from pathlib import Path

LOCK_NAME = "sync.lock"
POKE_NAME = "sync.poke"


class Leadership:
    """The lock ``sync.lock`` in a profile's folder. Freed by ``release`` or by the end of the process."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_NAME
        self._descriptor: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether this process leads."""
        return self._descriptor is not None

    def take(self) -> bool:
        """Try for the lock without waiting. Raises OSError where the folder cannot be written."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let another process lead. The file stays: removing it would let two processes lock two files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class Pokes:
    """Requests of other processes to sync now."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / POKE_NAME
        self._seen = self._content()

    def send(self) -> None:
        """Ask the leader, whoever it is, to sync now."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, uuid.uuid4().bytes)
        finally:
            os.close(descriptor)

    def arrived(self) -> bool:
        """Whether somebody asked since the last call."""
        content = self._content()
        if content in (self._seen, b""):  # empty: about to be written
            return False
        self._seen = content
        return True

    def _content(self) -> bytes:
        try:
            return self._path.read_bytes()
        except OSError:
            return b""
