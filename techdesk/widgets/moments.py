"""Instants and spans of time as people read them, in the viewer's zone."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from techdesk.model import Instant
from techdesk.text import zone_name

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def local(instant: Instant, zone: tzinfo | None = None) -> datetime:
    """The wall time of an instant; ``zone`` None is the machine's own."""
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.astimezone(zone)


def zone_label(instant: Instant, zone: tzinfo | None = None) -> str:
    """``CET``; ``+05:30`` where the zone has no letters."""
    return zone_name(local(instant, zone))


def wall_time(instant: Instant, now: Instant, zone: tzinfo | None = None) -> str:
    """``14:02`` today, ``Tue 3 Nov 14:02`` within half a year, else with the year instead of the day.

    Without its zone: for times of which it is said once for all of them.
    """
    moment, today = local(instant, zone), local(now, zone)
    time = f"{moment.hour:02d}:{moment.minute:02d}"
    if moment.date() == today.date():
        return time
    month = _MONTHS[moment.month - 1]
    if abs(instant - now) < 183 * DAY:
        return f"{_DAYS[moment.weekday()]} {moment.day} {month} {time}"
    return f"{moment.day} {month} {moment.year} {time}"


def clock_time(instant: Instant, now: Instant, zone: tzinfo | None = None) -> str:
    """The same on a screen whose first line tells the time and its zone.

    A time of another label (before or after the clocks changed) has its own: ``Sat 31 Oct 14:02 EDT``.
    """
    told = wall_time(instant, now, zone)
    label = zone_label(instant, zone)
    return told if label == zone_label(now, zone) else f"{told} {label}"


def due_time(instant: Instant, now: Instant, zone: tzinfo | None = None) -> str:
    """The same with the zone's label always, where nothing else tells it: ``Tue 3 Nov 14:02 CET``."""
    return f"{wall_time(instant, now, zone)} {zone_label(instant, zone)}"


def span(seconds: int) -> str:
    """A length of time in words: ``45 s``, ``21 min``, ``1 h 05 min``, ``3 d 4 h``."""
    size = abs(seconds)
    if size < MINUTE:
        return f"{size} s"
    if size < HOUR:
        return f"{size // MINUTE} min"
    if size < DAY:
        minutes = size % HOUR // MINUTE
        return f"{size // HOUR} h {minutes:02d} min" if minutes else f"{size // HOUR} h"
    hours = size % DAY // HOUR
    return f"{size // DAY} d {hours} h" if hours else f"{size // DAY} d"


def age(seconds: int) -> str:
    """How old something is, in one unit: ``just now``, ``12m``, ``5h``, ``3d``."""
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{seconds // MINUTE}m"
    if seconds < DAY:
        return f"{seconds // HOUR}h"
    return f"{seconds // DAY}d"


def file_size(size: int) -> str:
    """``812 B``, ``12 kB``, ``1.2 MB``."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size // 1000} kB"
    return f"{size / 1_000_000:.1f} MB"
