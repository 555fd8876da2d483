"""What stands after a field's colon: numbers, spans (``<30m``), days (``2026-11-01..``), choices, texts."""

from __future__ import annotations

import re
from datetime import date

from techdesk.query.fields import FieldSpec, Takes
from techdesk.query.tree import Above, Absent, Below, Between, Number, Present, QueryError, Text, Value

_SPAN = re.compile(r"([<>])=?(\d{1,6})\s*(s|m|min|h|d|w)", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MAX_NUMBER = 10**9
_RELATIVE_DAYS = ("today", "yesterday")

SPAN_EXAMPLES = ("<15m", "<1h", ">2d", ">1w")
DATE_EXAMPLES = (*_RELATIVE_DAYS, "2026-11-01", "2026-11-01..", "..2026-11-30", "2026-11-01..2026-11-30")


def read_value(spec: FieldSpec, position: int, text: str, *, quoted: bool) -> Value | QueryError:
    """One value of a field; ``position`` is where it begins."""
    if not quoted and spec.nullable:
        lowered = text.lower()
        if lowered == "none":
            return Absent()
        if lowered == "any":
            return Present()
    match spec.takes:
        case Takes.TEXT:
            if text:
                return Text(text)
            allowed = (
                ("me", "none", "any") if spec.name == "owner" else ("none", "any") if spec.nullable else ()
            )
            return _missing(spec, position, allowed)
        case Takes.CHOICE:
            return _choice(spec, position, text)
        case Takes.NUMBER:
            return _number(spec, position, text)
        case Takes.SPAN:
            return _span(text) or _wrong(spec, position, text, SPAN_EXAMPLES)
        case Takes.CLOCK:
            if text.lower() in spec.choices:
                return Text(text.lower())
            return _span(text) or _wrong(spec, position, text, (*spec.choices, *SPAN_EXAMPLES))
        case Takes.DATES:
            return _days(text) or _wrong(spec, position, text, DATE_EXAMPLES)


def _missing(spec: FieldSpec, position: int, allowed: tuple[str, ...]) -> QueryError:
    return QueryError(
        position=position, message=f"{spec.name}: wants a value, as in {spec.example}", allowed=allowed
    )


def _wrong(spec: FieldSpec, position: int, text: str, allowed: tuple[str, ...]) -> QueryError:
    if not text:
        return _missing(spec, position, allowed)
    return QueryError(
        position=position, message=f"{spec.name}: does not know {text!r}; try {spec.example}", allowed=allowed
    )


def _choice(spec: FieldSpec, position: int, text: str) -> Value | QueryError:
    lowered = text.lower()
    if lowered in spec.choices:
        return Text(lowered)
    allowed = (*spec.choices, "none", "any") if spec.nullable else spec.choices
    return _wrong(spec, position, text, allowed)


def _number(spec: FieldSpec, position: int, text: str) -> Value | QueryError:
    digits = text[1:] if text[:1] in ("P", "p") else text
    if digits.isascii() and digits.isdigit() and len(digits) <= 9 and int(digits) <= _MAX_NUMBER:
        return Number(int(digits))
    return _wrong(spec, position, text, ("1", "2", "3", "4", "none", "any"))


def _span(text: str) -> Value | None:
    match = _SPAN.fullmatch(text)
    if match is None or not match.group(2).isascii():
        return None
    seconds = int(match.group(2)) * _SECONDS[match.group(3).lower()]
    return Below(seconds) if match.group(1) == "<" else Above(seconds)


def _days(text: str) -> Value | None:
    if text.lower() in _RELATIVE_DAYS:
        return Text(text.lower())
    first, dots, last = text.partition("..")
    begin, end = _day(first), _day(last)
    if not dots:
        return None if begin is None else Between(begin, begin)
    if (first and begin is None) or (last and end is None) or not (first or last):
        return None
    return Between(begin, end)


def _day(text: str) -> str | None:
    if len(text) != 10 or not text.isascii():
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return None
