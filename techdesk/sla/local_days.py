"""Where the dates of a time zone begin and end, and which instant a wall time on one of them names."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from techdesk.model import Instant

DAY = 86_400
"""Seconds of a date without a change of the clocks."""

_REMEMBERED = 1024
"""Dates whose start is remembered: open tickets lie within a few months."""
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def wall_seconds(text: str) -> int:
    """Seconds after midnight of ``HH:MM`` or ``HH:MM:SS``; ``24:00`` is 86,400. Raises ValueError."""
    parts = text.split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isdecimal() and len(part) == 2 for part in parts):
        raise ValueError(f"{text!r} is no wall time such as 09:00 or 24:00")
    hours, minutes, seconds = (*(int(part) for part in parts), 0)[:3]
    if minutes > 59 or seconds > 59 or hours * 3600 + minutes * 60 + seconds > DAY:
        raise ValueError(f"{text!r} is no wall time between 00:00 and 24:00")
    return hours * 3600 + minutes * 60 + seconds


class LocalDays:
    """The dates of one zone, as ordinals (``date.toordinal``), in real seconds.

    Wall times resolve the "compatible" way (POLICIES section 1, point 4): one that a spring change skips
    moves forward by the gap, one that an autumn change repeats is the first of the two.
    """

    __slots__ = ("_starts", "_zone")

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._starts: dict[int, Instant] = {}

    def start(self, ordinal: int) -> Instant:
        """First instant of a date. Equal to the start of the next one where the zone skipped the date."""
        known = self._starts.get(ordinal)
        if known is None:
            if len(self._starts) >= _REMEMBERED:
                self._starts.clear()
            known = self._starts[ordinal] = self._start(ordinal)
        return known

    def _start(self, ordinal: int) -> Instant:
        midnight = (ordinal - _EPOCH_ORDINAL) * DAY
        wall = datetime.fromordinal(ordinal)
        early = self._offset(wall)
        late = self._offset(wall.replace(fold=1))
        if late <= early:
            return midnight - early
        return self._change(midnight - late, midnight - early)

    def resolve(self, ordinal: int, wall: int) -> Instant:
        """Instant of ``wall`` seconds after midnight (0 to 86,400) on the clocks of a date."""
        if wall == 0:
            return self.start(ordinal)
        if wall == DAY:
            return self.start(ordinal + 1)
        local = datetime.fromordinal(ordinal) + timedelta(seconds=wall)
        return (ordinal - _EPOCH_ORDINAL) * DAY + wall - self._offset(local)

    def date_of(self, instant: Instant) -> tuple[int, int]:
        """Ordinal of the date that an instant falls on, and the seconds since midnight on its clocks."""
        local = datetime.fromtimestamp(instant, self._zone)
        return local.toordinal(), local.hour * 3600 + local.minute * 60 + local.second

    def _offset(self, wall: datetime) -> int:
        offset = self._zone.utcoffset(wall)
        return 0 if offset is None else offset.days * DAY + offset.seconds

    def _change(self, before: Instant, after: Instant) -> Instant:
        """First instant of the new offset, between one known to be before the change and one after it."""
        old = self._offset_at(before)
        while after - before > 1:
            middle = (before + after) // 2
            if self._offset_at(middle) == old:
                before = middle
            else:
                after = middle
        return after

    def _offset_at(self, instant: Instant) -> int:
        return self._offset(datetime.fromtimestamp(instant, self._zone))
