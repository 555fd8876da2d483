"""Hears from the desk that something changed, so that a colleague's change is here within a second.

What it hears has no content: it only makes the next round come now. Polling goes on beside it, because a
connection that nobody uses can be dead for minutes without either side knowing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from techdesk.clock import Clock
from techdesk.desks.port import AnnouncingDesk
from techdesk.sync.pacing import BackOff


class Listener:
    """Listens for as long as it runs, connecting anew after each end with full jitter."""

    def __init__(
        self, desk: AnnouncingDesk, clock: Clock, back_off: BackOff, heard: Callable[[], None]
    ) -> None:
        self._desk = desk
        self._clock = clock
        self._back_off = back_off
        self._heard = heard
        self._task: asyncio.Task[None] | None = None
        self.is_connected = False

    def start(self) -> None:
        """Begin, once; needs a running loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Let go of the connection."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            announcements = self._desk.announcements()
            try:
                async for _ in announcements:
                    self.is_connected = True
                    self._back_off.succeeded()
                    self._heard()
            finally:
                self.is_connected = False
            await self._clock.sleep(self._back_off.failed())
