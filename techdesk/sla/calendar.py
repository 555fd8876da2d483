"""Business hours in real seconds: a weekly timetable with holidays, compiled once into sorted intervals.

Every question is answered by bisection over the openings and the open seconds before each of them; none walks
over days. The table covers the years that were asked for and grows on demand. It lives in memory only, so it
always agrees with the time zone data of the process that compiled it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from techdesk.model import Instant
from techdesk.sla.local_days import DAY, LocalDays

Block = tuple[int, int]
"""Opening and closing, seconds after local midnight; a closing not after the opening is tomorrow's."""
Span = tuple[Instant, Instant]
"""``[from, to)`` in UTC."""

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIRST = date(1900, 1, 1).toordinal()
_LAST = date(2300, 1, 1).toordinal()
_YEAR = 366
_GROWTH = 2 * _YEAR


class CalendarError(ValueError):
    """A calendar that cannot be compiled, or a question about an instant outside the years 1900 to 2299."""


class DayMode(StrEnum):
    """Which instant of the n-th business day a target names."""

    SAME_TIME = "same_time"
    END_OF_DAY = "end_of_day"


class CalendarSpec(Struct, frozen=True, kw_only=True):
    """Business hours as a policy states them. Hashable: the key of a compiled table."""

    name: str
    zone: str
    """IANA name; wall times are this zone's."""
    hours: tuple[tuple[Block, ...], ...]
    """Blocks of each weekday, Monday first. ``(32400, 61200)`` is 09:00 to 17:00; 86,400 is 24:00."""
    holidays: frozenset[date] = frozenset()
    """Local dates that are closed from 00:00 to 24:00."""
    open_days: frozenset[date] = frozenset()
    """Local dates that are open from 00:00 to 24:00: the holidays of a calendar that this one complements."""

    def weekly(self) -> tuple[tuple[Block, ...], ...]:
        """The hours split at midnight, Monday first. Raises CalendarError for hours out of the day."""
        if len(self.hours) != 7:
            raise CalendarError(f"calendar {self.name!r} needs hours for 7 weekdays, not {len(self.hours)}")
        days: list[list[Block]] = [[] for _ in range(7)]
        for weekday, blocks in enumerate(self.hours):
            for opening, closing in blocks:
                if not (0 <= opening < DAY and 0 <= closing <= DAY):
                    raise CalendarError(
                        f"calendar {self.name!r}, {_WEEKDAYS[weekday]}: {opening} to {closing} is not inside "
                        "one day (openings 0 to 86,399, closings 0 to 86,400 seconds)"
                    )
                if closing > opening:
                    days[weekday].append((opening, closing))
                else:
                    days[weekday].append((opening, DAY))
                    days[(weekday + 1) % 7].append((0, closing))
        return tuple(tuple(day) for day in days)

    def complement(self, name: str) -> CalendarSpec:
        """The calendar that is open exactly when this one is closed (Phonism's extended hours)."""
        hours: list[tuple[Block, ...]] = []
        for day in self.weekly():
            edges = [0, *(edge for block in unite(day) for edge in block), DAY]
            hours.append(tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b))
        return CalendarSpec(
            name=name,
            zone=self.zone,
            hours=tuple(hours),
            holidays=self.open_days,
            open_days=self.holidays - self.open_days,
        )


def unite(spans: Sequence[Span]) -> list[Span]:
    """Sorted spans without empty ones, where those that touch or overlap are one."""
    united: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if united and start <= united[-1][1]:
            if end > united[-1][1]:
                united[-1] = (united[-1][0], end)
        else:
            united.append((start, end))
    return united


class Calendar:
    """A compiled calendar. All amounts are seconds, all instants epoch seconds in UTC.

    ``pauses`` are spans in which the clock does not count; they need not be sorted or apart. Raises
    CalendarError where an instant or an answer lies outside the years 1900 to 2299. Not for two threads at
    once: a question may grow the table.
    """

    __slots__ = (
        "_always",
        "_before",
        "_closes",
        "_dates",
        "_days",
        "_first",
        "_from",
        "_last",
        "_opens",
        "_split",
        "_to",
        "_total",
        "_week",
        "spec",
    )

    def __init__(self, spec: CalendarSpec) -> None:
        self.spec = spec
        try:
            self._days = LocalDays(ZoneInfo(spec.zone))
        except (KeyError, ValueError, OSError) as error:  # ZoneInfoNotFoundError is a KeyError
            raise CalendarError(f"calendar {spec.name!r}: {spec.zone!r} is not an IANA time zone") from error
        self._split = spec.weekly()
        self._week = [unite(day) for day in self._split]
        if not any(self._week):
            raise CalendarError(f"calendar {spec.name!r} is never open: give it hours on some weekday")
        self._always = not spec.holidays and all(day == [(0, DAY)] for day in self._week)
        # The table: openings and closings, open seconds before each opening, dates that are open at all. Its
        # first interval is empty and starts where the table starts, so a search never falls off the front.
        self._opens: list[Instant] = []
        self._closes: list[Instant] = []
        self._before: list[int] = []
        self._dates: list[int] = []
        self._first = self._last = 0
        self._from = self._to = self._total = 0

    def due(self, start: Instant, seconds: int, pauses: Sequence[Span] = ()) -> Instant:
        """Earliest instant at which ``seconds`` are used up: at closing, not at the next opening."""
        if seconds <= 0:
            return start
        if pauses:
            return self._due_around(start, seconds, pauses)
        if self._always:
            return start + seconds
        if not self._from <= start < self._to:
            self._cover(start)
        opens = self._opens
        i = bisect_right(opens, start) - 1
        close = self._closes[i]
        if start < close:
            end = start + seconds
            if end <= close:
                return end
            goal = self._before[i] + start - opens[i] + seconds
        else:
            goal = self._before[i] + close - opens[i] + seconds
        if goal > self._total:
            return self._at(goal)
        before = self._before
        j = bisect_left(before, goal, i) - 1
        return opens[j] + goal - before[j]

    def elapsed(self, start: Instant, end: Instant, pauses: Sequence[Span] = ()) -> int:
        """Seconds that count in ``[start, end)``; 0 where the end is not after the start."""
        if end <= start:
            return 0
        used = self._open_before(end, start) - self._open_before(start, end)
        if pauses:
            for paused_from, paused_to in unite(pauses):
                a, b = max(paused_from, start), min(paused_to, end)
                if a < b:
                    used -= self._open_before(b) - self._open_before(a)
        return used

    def subtract(self, end: Instant, seconds: int, pauses: Sequence[Span] = ()) -> Instant:
        """Latest instant from which ``seconds`` count until ``end``."""
        if seconds <= 0:
            return end
        # Backwards from the end each pause that the span reaches into asks for that many seconds more.
        for paused_from, paused_to in reversed(unite(pauses)):
            if paused_from >= end:
                continue
            if self.elapsed(paused_to, end) >= seconds:
                break
            seconds -= self.elapsed(paused_to, end)
            end = paused_from
        if self._always:
            return end - seconds
        goal = self._open_before(end) - seconds
        while goal < 0:
            # Open seconds count from the table's first date, so growing it to the front shifts the goal.
            self._grow_front(self._first - _GROWTH)
            goal = self._open_before(end) - seconds
        j = bisect_right(self._before, goal) - 1
        return self._opens[j] + goal - self._before[j]

    def is_open(self, instant: Instant) -> bool:
        """Whether the clock counts at ``instant``."""
        if self._always:
            return True
        if not self._from <= instant < self._to:
            self._cover(instant)
        return instant < self._closes[bisect_right(self._opens, instant) - 1]

    def next_open(self, instant: Instant, pauses: Sequence[Span] = ()) -> Instant:
        """First instant at or after ``instant`` that counts."""
        opened = self._next_open(instant)
        for paused_from, paused_to in unite(pauses):
            if paused_from <= opened < paused_to:
                opened = self._next_open(paused_to)
        return opened

    def next_close(self, instant: Instant) -> Instant | None:
        """End of the opening around ``instant``, else of the next one; None where it stays open for years."""
        if self._always:
            return None
        opened = self._next_open(instant)
        for _ in range(3):
            close = self._closes[bisect_right(self._opens, opened) - 1]
            if close < self._to:
                return close
            self._grow_back(self._last + _GROWTH)
        return None

    def next_change(self, instant: Instant) -> Instant | None:
        """First instant after ``instant`` at which it opens or closes: until then time left is linear."""
        if self._always:
            return None
        return self.next_close(instant) if self.is_open(instant) else self._next_open(instant)

    def business_day(self, start: Instant, days: int, mode: DayMode = DayMode.SAME_TIME) -> Instant:
        """The ``days``-th business day after ``start``, which first moves to the next opening (reading 13).

        A business day is a local date with opening hours. ``same_time`` is the same wall time; where that is
        out of hours, the closing before it, or the day's first opening if there is none. ``end_of_day`` is
        the closing.
        """
        if days < 0:
            raise ValueError(f"business days are counted forward, not {days}")
        opened = self._next_open(start)
        if not self._from <= opened < self._to:
            self._cover(opened)
        ordinal, wall = self._days.date_of(opened)
        while True:
            index = bisect_left(self._dates, ordinal) + days
            if index < len(self._dates):
                break
            self._grow_back(self._last + max(_GROWTH, 2 * days))
        ordinal = self._dates[index]
        day_start, day_end = self._days.start(ordinal), self._days.start(ordinal + 1)
        if mode is DayMode.SAME_TIME:
            named = min(max(self._days.resolve(ordinal, wall), day_start), day_end)
            i = bisect_right(self._opens, named) - 1
            if named < self._closes[i]:
                return named
            return self._closes[i] if self._closes[i] > day_start else self._opens[i + 1]
        i = bisect_left(self._opens, day_end) - 1
        return min(self._closes[i], day_end)

    def _due_around(self, start: Instant, seconds: int, pauses: Sequence[Span]) -> Instant:
        """``due`` with pauses: each one that begins before the target is used up pushes the goal back."""
        spans = unite(pauses) if len(pauses) > 1 else pauses
        # The table may grow to the front only before positions are taken: growing shifts them all.
        earliest = self._open_before(start)
        goal = earliest + seconds
        for paused_from, paused_to in spans:
            if paused_to <= start or paused_to <= paused_from:
                continue
            at = self._open_before(paused_from) if paused_from > start else earliest
            if at >= goal:
                break
            goal += self._open_before(paused_to) - at
        return self._at(goal)

    def _open_before(self, instant: Instant, other: Instant | None = None) -> int:
        """Open seconds from the start of the table until ``instant``; ``other`` is covered as well first."""
        if self._always:
            return instant
        if other is not None and not self._from <= other < self._to:
            self._cover(other)
        if not self._from <= instant < self._to:
            self._cover(instant)
        i = bisect_right(self._opens, instant) - 1
        return self._before[i] + min(instant, self._closes[i]) - self._opens[i]

    def _at(self, goal: int) -> Instant:
        """First instant with ``goal`` open seconds before it, the inverse of ``_open_before``."""
        if self._always:
            return goal
        while goal > self._total:
            self._grow_back(self._last + max(_GROWTH, (goal - self._total) // DAY))
        j = bisect_left(self._before, goal) - 1
        return self._opens[j] + goal - self._before[j]

    def _next_open(self, instant: Instant) -> Instant:
        if self._always:
            return instant
        if not self._from <= instant < self._to:
            self._cover(instant)
        while True:
            i = bisect_right(self._opens, instant) - 1
            if instant < self._closes[i]:
                return instant
            if i + 1 < len(self._opens):
                return self._opens[i + 1]
            self._grow_back(self._last + _GROWTH)

    def _cover(self, instant: Instant) -> None:
        """Make the table reach over ``instant``."""
        # Two days of slack absorb the zone: a date starts at most 14 hours away from UTC's.
        ordinal = instant // DAY + date(1970, 1, 1).toordinal()
        if not _FIRST + 2 <= ordinal < _LAST - 2:
            raise CalendarError(f"calendar {self.spec.name!r}: {instant} is outside the years 1900 to 2299")
        if not self._opens:
            self._first = self._last = max(_FIRST, ordinal - _YEAR)
            self._from = self._to = self._days.start(self._first)
            self._opens, self._closes, self._before = [self._from], [self._from], [0]
            self._grow_back(ordinal + _GROWTH)
        elif instant < self._from:
            self._grow_front(min(ordinal - _YEAR, self._first - _GROWTH))
        else:
            self._grow_back(max(ordinal + _YEAR, self._last + _GROWTH))

    def _grow_back(self, last: int) -> None:
        """Extend the table to later dates, up to the ordinal ``last``."""
        last = min(last, _LAST)
        if last <= self._last:
            raise CalendarError(
                f"calendar {self.spec.name!r} has no open time left for this before the year 2300"
            )
        spans, dates = self._compile(self._last, last)
        if spans and spans[0][0] == self._closes[-1] and len(self._opens) > 1:
            spans[0] = (self._opens.pop(), spans[0][1])
            self._closes.pop()
            self._total = self._before.pop()
        for opening, closing in spans:
            self._opens.append(opening)
            self._closes.append(closing)
            self._before.append(self._total)
            self._total += closing - opening
        self._dates += dates
        self._last, self._to = last, self._days.start(last)

    def _grow_front(self, first: int) -> None:
        """Extend the table to earlier dates, down to the ordinal ``first``."""
        first = max(first, _FIRST)
        if first >= self._first:
            raise CalendarError(
                f"calendar {self.spec.name!r} has no open time left for this after the year 1900"
            )
        spans, dates = self._compile(first, self._first)
        later = list(zip(self._opens[1:], self._closes[1:], strict=True))
        if spans and later and spans[-1][1] == later[0][0]:
            spans[-1] = (spans[-1][0], later.pop(0)[1])
        self._first, self._from = first, self._days.start(first)
        self._opens, self._closes, self._before, self._total = [self._from], [self._from], [0], 0
        for opening, closing in (*spans, *later):
            self._opens.append(opening)
            self._closes.append(closing)
            self._before.append(self._total)
            self._total += closing - opening
        self._dates = dates + self._dates

    def _compile(self, first: int, last: int) -> tuple[list[Span], list[int]]:
        """Openings of the dates ``first`` to ``last`` (exclusive), united, and the dates that have any."""
        closed = {day.toordinal() for day in self.spec.holidays}
        whole = {day.toordinal() for day in self.spec.open_days}
        spans: list[Span] = []
        dates: list[int] = []
        start_of = self._days.start
        end = start_of(first)
        previous = end
        for ordinal in range(first, last):
            start, end = end, start_of(ordinal + 1)
            if ordinal in closed or start == end:  # a skipped date has neither hours nor a place in the count
                continue
            blocks: Sequence[Block] = ((0, DAY),) if ordinal in whole else self._week[(ordinal - 1) % 7]
            if not blocks:
                continue
            opened: list[Span]
            if end - start == DAY:
                opened = [(start + opening, start + closing) for opening, closing in blocks]
            else:
                # A gap may move one of two overlapping blocks: here they are united after they are resolved.
                blocks = blocks if ordinal in whole else self._split[(ordinal - 1) % 7]
                opened = self._changed_day(ordinal, blocks, start, end)
            if not opened:
                continue
            dates.append(ordinal)
            if spans and opened[0][0] == previous:
                opened[0] = (spans.pop()[0], opened[0][1])
            spans += opened
            previous = spans[-1][1]
        return spans, dates

    def _changed_day(self, ordinal: int, blocks: Sequence[Block], start: Instant, end: Instant) -> list[Span]:
        """Openings of a date on which the clocks change: cut to the date, inverted ones dropped, in order."""
        resolve = self._days.resolve
        return unite([(max(resolve(ordinal, a), start), min(resolve(ordinal, b), end)) for a, b in blocks])
