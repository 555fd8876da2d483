"""Readings that come by themselves: so far apart that a feed of changes never keeps a core busy with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from textual.timer import Timer

    from techdesk.actions.workbench import Workbench

REST = 4.0
"""How many times as long as a reading took it rests before the next one."""


class Owner(Protocol):
    """The screen or the app that reads."""

    @property
    def workbench(self) -> Workbench: ...
    def set_timer(
        self, delay: float, callback: Callable[[], None] | None = None, *, name: str | None = None
    ) -> Timer: ...


class Rested:
    """One reading that is asked for again and again, and done at once or when it has rested.

    A list of a million takes a tenth of a second to follow and a second to read: a first pull, or clocks that
    are computed anew, bring changes four times a second, and keys would wait beside that (GIL).
    """

    def __init__(self, owner: Owner, read: Callable[[], None], times: float = REST) -> None:
        self._owner = owner
        self._read = read
        self._times = times
        self._until = 0.0
        """Until when it rests, monotonic seconds."""
        self._timer: Timer | None = None

    def ask(self) -> None:
        """Read now, or once when the rest is over."""
        wait = self._until - self._owner.workbench.clock.monotonic()
        if wait <= 0:
            self._begin()
        elif self._timer is None:
            self._timer = self._owner.set_timer(wait, self._begin, name="rested")

    def took(self, seconds: float) -> None:
        """It has just been done: rest from it."""
        self._until = self._owner.workbench.clock.monotonic() + self._times * seconds

    def _begin(self) -> None:
        self._timer = None
        self._read()
