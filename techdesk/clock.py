"""The one source of time.

Every other module is given an instant, or a ``Clock`` to ask; ruff bans asking the system elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable
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

    def rebase(self) -> float:
        """Take the wall clock as it is now for true, after a jump was noticed; the seconds that it jumped.

        Where a server's offset is known, it is less by them from then on.
        """
        jumped = self.jump()
        self._anchor_wall = time.time()
        self._anchor_boot = self.monotonic()
        return jumped

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


SKEW_SHOWN = 2.0
"""Seconds by which a local clock may be wrong before it is worth a word."""


def skew_words(offset: float) -> str:
    """``local clock 137 s slow, corrected``, for a server that is so many seconds ahead; else empty.

    >>> skew_words(137.2), skew_words(-3 * 3600), skew_words(0.4)
    ('local clock 137 s slow, corrected', 'local clock 3 h fast, corrected', '')
    """
    size = abs(offset)
    if size < SKEW_SHOWN:
        return ""
    # Seconds where a countdown is off by seconds; of a wrong time zone or date, what one would look for.
    much = f"{size:.0f} s" if size < 600 else f"{size / 60:.0f} min" if size < 7200 else ""
    much = much or (f"{size / 3600:.0f} h" if size < 172_800 else f"{size / 86_400:,.0f} days")
    return f"local clock {much} {'slow' if offset > 0 else 'fast'}, corrected"


class Sleeps:
    """Notices that the machine was suspended: one clock counts through it, the other stands still."""

    def __init__(self, asleep: Callable[[], float] | None = None) -> None:
        """``asleep``: seconds that the machine has been suspended in all; the system's where None."""
        self._asleep = asleep or _suspended
        self._before = self._asleep()

    def lately(self) -> float:
        """Seconds of suspension since the last call; 0.0 where nothing tells."""
        now = self._asleep()
        before, self._before = self._before, now
        return max(0.0, now - before)


def _suspended() -> float:
    return 0.0 if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK) - time.monotonic()


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
