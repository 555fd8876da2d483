"""What time it is at the help desk: SLA figures are server time or they are wrong (SYNC section 5).

Each answer bounds the offset (server minus local): a Date cut to whole seconds that was written between
sending and receiving says ``Date - received <= offset < Date + 1 - sent``. Bounds are intersected; ten
answers give tens of milliseconds.
"""

from __future__ import annotations

from typing import Protocol

DRIFT = 50e-6
"""Seconds per second by which two quartz clocks part: old bounds widen by it."""
_LAST = 1 << 36
"""Instants past this (the year 4147) are nobody's present, and soon no calendar could show them."""
_STEP = 0.05
"""Seconds: smaller corrections are not passed on, so that countdowns do not tremble."""


class CorrectedClock(Protocol):
    """The part of ``SystemClock`` that is needed here."""

    def local(self) -> float:
        """The local clock, uncorrected, in seconds."""
        ...

    def set_offset(self, seconds: float) -> None:
        """Take the server's offset."""
        ...


class ServerTime:
    """A ``ServerClock`` that corrects the process's clock. One for each connection to a desk."""

    def __init__(self, clock: CorrectedClock) -> None:
        self._clock = clock
        self._low = 0.0
        self._high = 0.0
        self._last: float | None = None
        self._applied: float | None = None

    @property
    def offset(self) -> float:
        """Best guess of server minus local, seconds; 0 before the first answer."""
        return (self._low + self._high) / 2

    @property
    def error(self) -> float | None:
        """Half width of the interval that the offset lies in; None before the first answer."""
        return None if self._last is None else (self._high - self._low) / 2

    def local(self) -> float:
        """The local clock, uncorrected."""
        return self._clock.local()

    def jumped(self, seconds: float) -> None:
        """Somebody set the local clock, and the clock that is corrected here has followed it."""
        self._low -= seconds
        self._high -= seconds
        if self._last is not None:
            self._last += seconds
        if self._applied is not None:
            self._applied -= seconds

    def observe(self, sent: float, received: float, date: float, resolution: float = 1.0) -> None:
        """One answer. Bounds that contradict the earlier ones replace them: a clock was set meanwhile."""
        if received < sent or not 0 <= date < _LAST:
            return
        low, high = date - received, date + resolution - sent
        if self._last is not None:
            parted = DRIFT * max(received - self._last, 0.0)
            narrowed = max(low, self._low - parted), min(high, self._high + parted)
            if narrowed[0] <= narrowed[1]:
                low, high = narrowed
        self._low, self._high, self._last = low, high, received
        if self._applied is None or abs(self.offset - self._applied) >= _STEP:
            self._applied = self.offset
            self._clock.set_offset(self.offset)
