"""Writes to a terminal without ever waiting for it.

What cannot be written now is asked for again when the terminal takes more, and asked anew: between, only the
newest state of the screen counts, so a reader that stands still for a minute gets one difference, not a film.
"""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable

_DRAIN_STEP = 0.05


def reopen(descriptor: int) -> int | None:
    """The terminal of an open descriptor, opened once more for reading and writing without waiting; None
    where it cannot be. Its own description, so that O_NONBLOCK does not reach the shell that shares ours."""
    if not os.isatty(descriptor):
        return None
    flags = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        return os.open(os.ttyname(descriptor), flags)
    except OSError:
        # Another user's device after su, or a name from outside this container: the controlling terminal has
        # no owner. It is the same one where this process is in its foreground or background.
        try:
            os.tcgetpgrp(descriptor)
            return os.open("/dev/tty", flags)
        except OSError:
            return None


class Outlet:
    """One terminal's input end, as seen from here. All of it runs on the loop's thread."""

    def __init__(
        self,
        descriptor: int,
        loop: asyncio.AbstractEventLoop,
        more: Callable[[], bytes],
        gone: Callable[[], None],
    ) -> None:
        """``descriptor``: opened with O_NONBLOCK. ``more`` gives what is to be written next, empty when there
        is nothing. ``gone`` is called once, when the terminal is no longer there."""
        self._descriptor = descriptor
        self._loop = loop
        self._more = more
        self._gone = gone
        self._rest = memoryview(b"")
        self._waiting = self._busy = self._closed = False

    @property
    def stalled(self) -> bool:
        """Whether the terminal takes nothing at the moment."""
        return self._waiting

    @property
    def busy(self) -> bool:
        """Whether a write is under way; a signal handler that sees it must come back later."""
        return self._busy

    def pump(self) -> None:
        """Write what there is, as far as the terminal takes it."""
        if self._waiting or self._busy or self._closed:
            return
        if not self._write():
            self._waiting = True
            self._loop.add_writer(self._descriptor, self._writable)

    def _writable(self) -> None:
        if self._write():
            self._stop_waiting()

    def _write(self) -> bool:
        """Whether everything is written."""
        self._busy = True
        try:
            while True:
                if not self._rest:
                    self._rest = memoryview(self._more())
                    if not self._rest:
                        return True
                written = os.write(self._descriptor, self._rest)
                self._rest = self._rest[written:]
        except BlockingIOError:
            return False
        except OSError:  # EIO: hung up; EBADF, ENXIO: revoked
            self._rest = memoryview(b"")
            self._closed = True
            self._loop.call_soon(self._gone)
            return True
        finally:
            self._busy = False

    def _stop_waiting(self) -> None:
        if self._waiting:
            self._waiting = False
            self._loop.remove_writer(self._descriptor)

    def drain(self, limit: float) -> bool:
        """Write what is left, waiting for the terminal for at most ``limit`` seconds; whether all was."""
        self._stop_waiting()
        end = self._loop.time() + limit
        while not self._closed and not self._write():
            left = end - self._loop.time()
            if left <= 0:
                return False
            select.select([], [self._descriptor], [], min(left, _DRAIN_STEP))
        return not self._closed

    def stop(self) -> None:
        """Write no more; the descriptor may be closed."""
        self._stop_waiting()
        self._closed = True
