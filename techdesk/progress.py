"""How far something long has come: its rate, its time left, its bar."""

from __future__ import annotations

from collections import deque

_WINDOW = 15.0
"""Seconds over which a rate is taken: long enough to stand still, short enough to follow a slow desk."""
_LEAST = 4.0
"""Seconds that it takes at least to say one."""


class Rate:
    """Units done in a second, lately."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, at: float, done: int) -> None:
        """``done`` units in all at the time ``at``, in seconds of any clock that does not go back."""
        self._seen.append((at, done))
        while self._seen[0][0] < at - _WINDOW:
            self._seen.popleft()

    def forget(self) -> None:
        """Something else begins."""
        self._seen.clear()

    @property
    def per_second(self) -> float:
        """0 where it is not known yet."""
        if not self._seen:
            return 0.0
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last - first >= _LEAST else 0.0


class Countdown:
    """How long something takes that gets less, by what is left of it now and then."""

    def __init__(self) -> None:
        self._rate = Rate()
        self._left = self._most = 0

    def note(self, at: float, left: int) -> None:
        """``left`` units at the time ``at``, in seconds of any clock that does not go back."""
        if left > self._left or left == self._most:
            # More came, or nothing has moved yet: the wait before says little about how fast it goes.
            self._most = left
            self._rate.forget()
        self._left = left
        self._rate.note(at, -left)

    @property
    def words(self) -> str:
        """``40 s left``; empty where nobody can tell."""
        return time_left(seconds_left(self._left, self._rate.per_second)) if self._left else ""


def bar(share: float, cells: int) -> str:
    """``██████░░░░``; a share outside 0 to 1 is cut to it."""
    full = round(min(max(share, 0.0), 1.0) * cells)
    return "█" * full + "░" * (cells - full)


def seconds_left(left: int, rate: float) -> int | None:
    """How long ``left`` units take at ``rate`` a second; None where nobody can tell."""
    return round(max(left, 0) / rate) if rate > 0 else None


def time_left(seconds: int | None) -> str:
    """``40 s left``, ``3 min left``, ``2 h 10 min left``; empty for None."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds} s left"
    if seconds < 3600:
        return f"{seconds // 60} min left"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min left"


def pull_words(done: int, total: int | None, rate: float) -> str:
    """``26,000 of 99,995, 1,050 a second, 1 min left``: how far a first pull has come, in tickets."""
    words = [f"{done:,}" if total is None else f"{done:,} of {total:,}"]
    if rate > 0:
        words.append(f"{rate:,.0f} a second" if rate >= 1 else "less than 1 a second")
    if total is not None and (left := time_left(seconds_left(total - done, rate))):
        words.append(left)
    return ", ".join(words)


def catching_up_words(done: int, total: int | None, rate: float) -> str:
    """``300 of 500, 8 s left``: how far a pull of what came together meanwhile has come, in tickets."""
    told = f"{done:,}" if total is None else f"{min(done, total):,} of {total:,}"
    left = time_left(seconds_left(total - done, rate)) if total is not None else ""
    return f"{told}, {left}" if left else told
