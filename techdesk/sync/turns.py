"""What goes next: whose turn it is among the operations that are due, and which go out together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from techdesk.clock import Clock
from techdesk.desks.port import Capabilities
from techdesk.model import Operation
from techdesk.sync.pacing import BulkPace

if TYPE_CHECKING:
    from techdesk.store.feed import Feed

SLICE = 5.0
"""Seconds of a bulk run between two looks at what the desk has to tell."""
REBASES = 3
"""Times that one operation follows a ticket that keeps changing before it waits for the next round."""


class Turns:
    """Picks from the outbox for one call of ``Pusher.push`` after another."""

    def __init__(self, feed: Feed, capabilities: Capabilities, clock: Clock) -> None:
        self._feed = feed
        self._capabilities = capabilities
        self._clock = clock
        self._pace = BulkPace(capabilities.bulk_per_minute, capabilities.bulk)
        self._tries: dict[int, int] = {}
        self._began = 0.0
        self.goes_on = False
        """Whether the last call left a bulk run in the middle."""

    def begin(self) -> None:
        """A call begins."""
        self.goes_on = False
        self._tries.clear()
        self._began = self._clock.monotonic()

    def is_due(self) -> bool:
        """Whether anything may go out now."""
        room = self._room()
        return bool(self._feed.due(self._clock.now(), count=1, bulk=room is None or room > 0))

    def next(self) -> list[list[Operation]]:
        """The next groups; none where nothing is due, or a bulk run has had its slice (``goes_on``)."""
        due = self._due()
        if due and due[0].bulk and self._clock.monotonic() - self._began >= SLICE:
            self.goes_on = True
            return []
        due.sort(key=lambda operation: operation.attempts)  # what always fails comes after what may not
        return self._groups(due)

    def tried(self, group: list[Operation]) -> None:
        """These go out now."""
        for operation in group:
            self._tries[operation.key] = self._tries.get(operation.key, 0) + 1
        self._pace.spend(sum(operation.bulk for operation in group))

    def is_last(self, operation: Operation) -> bool:
        """Whether an operation has had all the tries that it gets in this call."""
        return self._tries.get(operation.key, 0) >= REBASES

    def _room(self) -> int | None:
        return self._pace.room(self._clock.monotonic())

    def _due(self) -> list[Operation]:
        """What goes next: single changes first, of bulk runs as many as the pace allows.

        A bulk run is asked for in small helpings, so that a key pressed meanwhile is not behind all of it.
        """
        room = self._room()
        found = self._feed.due(self._clock.now(), bulk=room is None or room > 0)
        found = [operation for operation in found if not self.is_last(operation)]
        bulk = [operation for operation in found if operation.bulk]
        helping = max(self._capabilities.bulk, self._capabilities.parallel, 1)
        if len(bulk) < len(found):
            return [operation for operation in found if not operation.bulk]
        return bulk[: helping if room is None else min(helping, room)]

    def _groups(self, due: list[Operation]) -> list[list[Operation]]:
        """What goes out together: first tries in batches, where the desk takes them; all else side by side.

        A repeat never goes in a batch: if one of it broke the server, it would break every batch it is in.
        """
        bulk, width = self._capabilities.bulk, max(1, self._capabilities.parallel)
        fresh = sum(operation.attempts == 0 for operation in due) if bulk > width else 0
        groups = [due[start : min(start + bulk, fresh)] for start in range(0, fresh, bulk or 1)]
        return groups + [due[start : start + width] for start in range(fresh, len(due), width)]
