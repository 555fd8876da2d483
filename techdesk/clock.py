"""The one source of time.

Every other module is given an instant, or a ``Clock`` to ask; ruff bans asking the system elsewhere.
"""

from __future__ import annotations

import time
from typing import Protocol

from techdesk.model import Instant

_BOOT_CLOCK = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """Where time comes from: the machine, or a test."""

    def now(self) -> Instant:
        """Server time as well as it is known: seconds since the epoch, UTC."""
        ...

    def precise(self) -> float:
        """The same with a fraction, for aligning the tick to the second."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump and go on through a suspend; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's clock, corrected by what the server's Date headers say.

    Counts on CLOCK_BOOTTIME where there is one, so a wall clock that somebody sets does not move a countdown.
    """

    def __init__(self) -> None:
        self._offset = 0.0
        self._anchor_wall = time.time()
        self._anchor_boot = self.monotonic()

    @property
    def offset(self) -> float:
        """Seconds to add to the local clock to get the server's."""
        return self._offset

    def set_offset(self, seconds: float) -> None:
        """Take the server's offset (server minus local, seconds)."""
        self._offset = seconds

    def jump(self) -> float:
        """Seconds that the wall clock moved by itself since the last call of ``rebase``."""
        return time.time() - self._anchor_wall - (self.monotonic() - self._anchor_boot)

    def rebase(self) -> None:
        """Take the wall clock as it is now for true, after a jump was noticed."""
        self._anchor_wall = time.time()
        self._anchor_boot = self.monotonic()

    def local(self) -> float:
        """The local wall clock as this process counts it, uncorrected by the server."""
        return self._anchor_wall + self.monotonic() - self._anchor_boot

    def precise(self) -> float:
        return self.local() + self._offset

    def now(self) -> Instant:
        return int(self.precise())

    def monotonic(self) -> float:
        return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)

    async def sleep(self, seconds: float) -> None:
        from asyncio import sleep  # 18 ms to load, and most verbs never wait

        await sleep(seconds)


class FrozenClock:
    """A clock that moves only when told: for tests, screenshots and the simulator."""

    def __init__(self, now: float) -> None:
        self._now = float(now)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds

    def precise(self) -> float:
        return self._now

    def now(self) -> Instant:
        return int(self._now)

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += seconds
        from asyncio import sleep

        await sleep(0)
