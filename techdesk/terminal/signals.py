"""The terminal goes away: a closed window, a dropped SSH connection, a kill. Work is saved, then it ends.

Python's and Textual's default is to die at once with everything in memory, and, where SIGHUP is ignored by
the parent, to spin on end-of-file for ever (UX section 11).
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
from collections.abc import Callable

HANDLED = (signal.SIGHUP, signal.SIGTERM)


def exit_code(number: int) -> int:
    """What a shell expects of a process that a signal ended: 128 + its number."""
    return 128 + number


def install(loop: asyncio.AbstractEventLoop, end: Callable[[int], None]) -> Callable[[], None]:
    """Call ``end`` with the signal's number, on the loop. Returns what takes the handlers off again."""
    installed: list[signal.Signals] = []
    for number in HANDLED:
        try:
            loop.add_signal_handler(number, end, int(number))
        except (NotImplementedError, RuntimeError, ValueError):
            # Not the main thread, or no such loop: whoever runs us there takes care of signals.
            continue
        installed.append(number)

    def remove() -> None:
        for number in installed:
            loop.remove_signal_handler(number)

    return remove


class Hangup:
    """Watches whether the terminal at standard input is still there, where SIGHUP is ignored or lost."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = _standard_input() if descriptor is None else descriptor
        self._poll: select.poll | None = None
        if self._descriptor is not None and os.isatty(self._descriptor):
            self._poll = select.poll()
            # No event is asked for: hang-up and error are always told.
            self._poll.register(self._descriptor, 0)

    def happened(self) -> bool:
        """Whether the other end has gone; costs one system call."""
        if self._poll is None:
            return False
        gone = select.POLLHUP | select.POLLERR | select.POLLNVAL
        return any(event & gone for _, event in self._poll.poll(0))


def _standard_input() -> int | None:
    try:
        return sys.__stdin__.fileno() if sys.__stdin__ is not None else None
    except (OSError, ValueError):
        return None
