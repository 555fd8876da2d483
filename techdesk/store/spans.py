"""Spans of time and calendar days of a limit, as SQL over a column of instants."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import Any, TypeAlias

from techdesk.model import Instant
from techdesk.query import Above, Below, Between, Text, Value

SQL: TypeAlias = tuple[str, tuple[Any, ...]]
"""An expression, and the values that are bound in it."""

ALWAYS: SQL = ("1", ())


def joined(word: str, parts: list[SQL]) -> SQL:
    """Several expressions as one, with a word between them."""
    if len(parts) == 1:
        return parts[0]
    where = f"({word.join(where for where, _ in parts)})"
    return where, tuple(parameter for _, parameters in parts for parameter in parameters)


def span(column: str, value: Value, now: Instant) -> SQL:
    """A column of instants that lies less, or more, than so many seconds back."""
    match value:
        case Below(seconds):
            return f"{column} > ?", (now - seconds,)
        case Above(seconds):
            return f"{column} < ?", (now - seconds,)
        case _:
            raise AssertionError(value)


def days(column: str, value: Value, now: Instant, zone: tzinfo | None) -> SQL:
    """A column of instants that lies within calendar days of a zone; None is the machine's."""
    if isinstance(value, Text):
        today = datetime.fromtimestamp(now, zone or _local(now)).date()
        day = today if value.text == "today" else today - timedelta(days=1)
        value = Between(day.isoformat(), day.isoformat())
    assert isinstance(value, Between)
    parts: list[SQL] = []
    if value.first is not None:
        parts.append((f"{column} >= ?", (_midnight(date.fromisoformat(value.first), zone),)))
    if value.last is not None:
        last = date.fromisoformat(value.last)
        if last < date.max:
            parts.append((f"{column} < ?", (_midnight(last + timedelta(days=1), zone),)))
    return joined(" AND ", parts) if parts else ALWAYS


def _local(now: Instant) -> tzinfo | None:
    return datetime.fromtimestamp(now).astimezone().tzinfo


def _midnight(day: date, zone: tzinfo | None) -> Instant:
    """The instant when a day begins for the reader; clamped where no clock goes that far."""
    naive = datetime(day.year, day.month, day.day, tzinfo=zone)
    try:
        return int(naive.timestamp())
    except (OverflowError, OSError, ValueError):
        return -(2**53) if day.year < 1970 else 2**53
