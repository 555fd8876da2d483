"""How long to wait before the next try: full jitter, base 1 s, cap 5 min; what the server asks for wins."""

from __future__ import annotations

from random import Random

BASE_SECONDS = 1.0
CAP_SECONDS = 300.0
_CAP_DOUBLINGS = 9


def wait_seconds(failures: int, random: Random, retry_after: float | None = None) -> float:
    """Seconds before the next try after ``failures`` failed ones in a row (at least 1).

    Full jitter: anything between nothing and the doubled base, so that a hundred clients that lost the same
    server do not come back together. ``retry_after`` (seconds) is never undercut.
    """
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2.0 ** min(max(failures, 1) - 1, _CAP_DOUBLINGS))
    drawn = random.uniform(0.0, ceiling)
    return drawn if retry_after is None else max(retry_after, drawn)


class BulkPace:
    """How many writes of bulk runs may go out now: so many in a minute, spread over it.

    A desk that serves a whole team is not taken up by one technician's ten thousand closures.
    """

    def __init__(self, per_minute: int, at_once: int) -> None:
        """``per_minute`` 0: no limit. ``at_once``: writes that one request can carry."""
        self._rate = per_minute / 60.0
        self._most = max(float(at_once), per_minute / 12.0, 1.0)
        self._left = self._most
        self._at: float | None = None

    def room(self, now: float) -> int | None:
        """Writes that may go now; None for no limit. ``now``: monotonic seconds."""
        if not self._rate:
            return None
        if self._at is not None:
            self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        return int(self._left)

    def spend(self, writes: int) -> None:
        """So many went out."""
        if self._rate:
            self._left = max(0.0, self._left - writes)


class BackOff:
    """Counts failures of one thing in a row."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.failures = 0

    def failed(self, retry_after: float | None = None) -> float:
        """One more failure: seconds to wait."""
        self.failures += 1
        return wait_seconds(self.failures, self._random, retry_after)

    def succeeded(self) -> None:
        """The next failure is a first one again."""
        self.failures = 0
