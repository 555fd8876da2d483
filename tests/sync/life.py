"""The life of a simulated process: a count of the points at which it may be killed, and where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from random import Random
from typing import Any

from techdesk.store import feed as feed_module


class Killed(RuntimeError):
    """The process is gone at this point."""


class Life:
    """Every request and every transaction boundary is a point; at most of them nothing happens.

    After its death a process does nothing more: whatever of it still runs is killed at its next point, until
    ``reborn``.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self.chance = 0.0
        """Of being killed at a point."""
        self.die_at: int | None = None
        """Number of the one point at which to die, counted from 1."""
        self.count = 0
        self.is_dead = False
        self.sealed = False
        """Whether ``point`` is out of force: a test looks at the store, not the process."""

    def point(self) -> None:
        """Raises ``Killed`` where the life ends here."""
        if self.sealed:
            return
        if self.is_dead:
            raise Killed
        self.count += 1
        chosen = self.count == self.die_at
        if chosen or (self.chance and self._random.random() < self.chance):
            self.is_dead = True
            raise Killed

    def reborn(self) -> None:
        """Another process takes over."""
        self.is_dead = False

    @contextmanager
    def in_the_store(self) -> Iterator[None]:
        """While this lasts, the feed's transactions are points too: before BEGIN, before and after COMMIT."""
        real: Callable[..., AbstractContextManager[Any]] = feed_module.transaction

        @contextmanager
        def transaction(connection: Any) -> Iterator[Any]:
            self.point()
            with real(connection) as inner:
                yield inner
                self.point()
            self.point()

        feed_module.transaction = transaction
        try:
            yield
        finally:
            feed_module.transaction = real
