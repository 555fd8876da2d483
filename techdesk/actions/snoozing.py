"""Putting a ticket out of sight until an hour: what is typed, and what is remembered of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

import msgspec
from msgspec import Struct

from techdesk.model import Instant
from techdesk.store.meta import REMEMBERED, SNOOZED

MEMORY = SNOOZED.removeprefix(REMEMBERED)
"""Name under which the profile remembers its snoozes; the limit language has them there."""
MORNING = 9
"""Hour at which a day without an hour begins."""
LONGEST = 366 * 86_400
"""Seconds; further away than a year is a typing mistake."""

_SPAN = re.compile(r"(\d{1,4})\s*(m|min|h|d|w)")
_UNITS = {"m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_HOUR = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


class Snooze(Struct, frozen=True, kw_only=True):
    """One ticket that is out of sight."""

    at: Instant
    until: Instant
    batch: str
    """Of the change that did it: undo brings the ticket back."""
    holds: bool = False
    """Whether it was put on hold for this, and is opened again at the hour."""


_decode = msgspec.json.Decoder(dict[int, Snooze]).decode


def read(text: str) -> dict[int, Snooze]:
    """What is remembered, by local key; nothing where it cannot be read."""
    try:
        return _decode(text) if text else {}
    except (msgspec.DecodeError, UnicodeError):
        return {}


def written(snoozes: Mapping[int, Snooze]) -> str:
    """And back; empty for none."""
    return msgspec.json.encode(dict(snoozes)).decode() if snoozes else ""


def until_typed(typed: str, now: Instant, zone: tzinfo | None = None) -> Instant | None:
    """The hour in ``2h``, ``3d``, ``14:00``, ``tomorrow``, ``monday 14:00``, ``2026-11-30``,
    ``2026-11-30 14:00``; None for what is none of these, is past, or is more than a year away.

    A day without an hour begins at nine. ``zone``: the viewer's; None is the machine's.
    """
    words = typed.strip().casefold()
    if found := _SPAN.fullmatch(words):
        return _sane(now + int(found[1]) * _UNITS[found[2]], now)
    local = (
        datetime.fromtimestamp(now, zone) if zone is not None else datetime.fromtimestamp(now).astimezone()
    )
    day_words, _, hour_words = words.rpartition(" ") if " " in words else (words, "", "")
    if _HOUR.fullmatch(words):
        day_words, hour_words = "", words
    day = _day(day_words, local, at_once=bool(hour_words))
    hour = _HOUR.fullmatch(hour_words) if hour_words else None
    if day is None or (hour_words and hour is None):
        return None
    clock = (int(hour[1]), int(hour[2])) if hour is not None else (MORNING, 0)
    when = day.replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)
    if zone is None:
        when = when.replace(tzinfo=None).astimezone()  # the offset of that day, not of today
    instant = int(when.timestamp())
    if not day_words and instant <= now:
        instant = int((when + timedelta(days=1)).timestamp())
    return _sane(instant, now)


def _day(words: str, local: datetime, *, at_once: bool) -> datetime | None:
    if not words:
        return local if at_once else None
    if words in ("today", "tomorrow"):
        return local + timedelta(days=words == "tomorrow")
    named = [number for number, name in enumerate(_DAYS) if len(words) >= 3 and name.startswith(words)]
    if named:
        ahead = (named[0] - local.weekday()) % 7
        return local + timedelta(days=ahead or 7)
    try:
        date = datetime.fromisoformat(words).date()
    except ValueError:
        return None
    if abs(date.year - local.year) > 2:  # further away than any snooze, and may be than any clock
        return None
    return local.replace(year=date.year, month=date.month, day=date.day)


def _sane(instant: Instant, now: Instant) -> Instant | None:
    return instant if now < instant <= now + LONGEST else None
