"""Calendars for tests, and a slow engine that walks time: an oracle that shares nothing with the real one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from techdesk.sla.calendar import Block, Calendar, CalendarSpec, Span

HOUR = 3600
DAY = 24 * HOUR


def at(text: str, zone: str = "Etc/UTC") -> int:
    """Instant of a wall time such as ``2026-05-04 09:00``."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def spec(
    *blocks: tuple[int, int],
    zone: str = "Etc/UTC",
    days: Iterable[int] = range(5),
    holidays: Iterable[str] = (),
) -> CalendarSpec:
    """The same hours, in whole hours, on each of the weekdays (Monday is 0)."""
    seconds: tuple[Block, ...] = tuple((opening * HOUR, closing * HOUR) for opening, closing in blocks)
    wanted = set(days)
    return CalendarSpec(
        name="test",
        zone=zone,
        hours=tuple(seconds if weekday in wanted else () for weekday in range(7)),
        holidays=frozenset(date.fromisoformat(day) for day in holidays),
    )


def office(zone: str = "Etc/UTC", holidays: Iterable[str] = ()) -> Calendar:
    """09:00 to 17:00, Monday to Friday."""
    return Calendar(spec((9, 17), zone=zone, holidays=holidays))


class MinuteWalk:
    """Says of each instant whether it is open, by what the clocks on the wall show in it.

    Knows nothing of intervals. Only for times without a gap or fold that cuts an opening: there the clocks
    alone do not say what "forward by the gap" means.
    """

    def __init__(self, calendar: CalendarSpec) -> None:
        self._spec = calendar
        self._zone = ZoneInfo(calendar.zone)

    def is_open(self, instant: int) -> bool:
        local = datetime.fromtimestamp(instant, UTC).astimezone(self._zone)
        today = local.date()
        if today in self._spec.holidays:
            return False
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        for opening, closing in self._spec.hours[today.weekday()]:
            if opening <= seconds and (seconds < closing or closing <= opening):
                return True
        yesterday = (today - timedelta(days=1)).weekday()
        return any(
            closing <= opening and seconds < closing for opening, closing in self._spec.hours[yesterday]
        )

    def due(self, start: int, seconds: int, pauses: Sequence[Span] = (), step: int = 60) -> int:
        instant = start
        while seconds > 0:
            if self.is_open(instant) and not any(a <= instant < b for a, b in pauses):
                seconds -= step
            instant += step
        return instant

    def elapsed(self, start: int, end: int, pauses: Sequence[Span] = (), step: int = 60) -> int:
        return sum(
            step
            for instant in range(start, end, step)
            if self.is_open(instant) and not any(a <= instant < b for a, b in pauses)
        )
