"""Runs business-time cases in a neutral JSON form, so that any engine's answers can be held against ours.

A document has ``cases`` (``op`` is ``deadline``, ``elapsed``, ``next_open`` or ``subtract``) and
``verdicts``. Each carries its own calendar: ``timezone``, ``hours`` (weekday -> list of
``["09:00", "17:00"]``), ``holidays`` and ``pauses``. Instants are ISO 8601 in UTC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

from msgspec import Struct

from techdesk.model import Instant
from techdesk.sla.calendar import Block, Calendar, CalendarError, CalendarSpec, DayMode, Span
from techdesk.sla.local_days import wall_seconds
from techdesk.sla.target_clock import put_off

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WARNING_SHARE = 75
"""Percent of a verdict's target that is used when it turns to warning."""
CRITICAL_SHARE = 90
NEVER = "never"
"""In the place of an instant that does not come: the hours are never open."""


class CaseError(ValueError):
    """A document or a case that cannot be read; the message names the case."""


class CaseResult(Struct, frozen=True, kw_only=True):
    """What one case gave. Values are as the document writes them: instants, seconds, a verdict's fields."""

    id: str
    op: str
    expected: str
    actual: str
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether the engine agrees with the case."""
        return self.expected == self.actual


def run_cases(text: str | bytes) -> tuple[CaseResult, ...]:
    """Run every case of a document. Raises CaseError, with the case's id, for one that is malformed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CaseError(f"the document is not JSON: {error}") from error
    if not isinstance(document, dict) or not {"cases", "verdicts"} & document.keys():
        raise CaseError("the document needs a list 'cases' or 'verdicts'")
    results: list[CaseResult] = []
    compiled: dict[CalendarSpec, Calendar] = {}
    for field in ("cases", "verdicts"):
        entries = document.get(field, [])
        if not isinstance(entries, list):
            raise CaseError(f"'{field}' is not a list")
        for position, entry in enumerate(entries):
            name = f"{field}[{position}]"
            if isinstance(entry, dict):
                name = entry.get("id", name)
            try:
                results.append(_run(str(name), entry, compiled))
            except CalendarError as error:
                raise CaseError(f"case {name}: {error}") from error
            except KeyError as error:
                raise CaseError(f"case {name}: {error.args[0]!r} is missing") from error
            except (TypeError, ValueError, AttributeError, OverflowError) as error:
                raise CaseError(f"case {name}: {error}") from error
    return tuple(results)


def mismatches(results: Sequence[CaseResult]) -> tuple[CaseResult, ...]:
    """The cases on which the engine disagrees."""
    return tuple(result for result in results if not result.ok)


def _run(name: str, case: Mapping[str, Any], compiled: dict[CalendarSpec, Calendar]) -> CaseResult:
    _shaped(case)
    spec = _spec(case)
    pauses = [(_instant(a), _instant(b)) for a, b in case.get("pauses", ())]
    op = case.get("op", "verdict")
    if not any(spec.hours):
        expected, actual = _never_open(op, case)
        return CaseResult(id=name, op=op, expected=expected, actual=actual, note=str(case.get("note", "")))
    calendar = compiled.get(spec)
    if calendar is None:
        calendar = compiled[spec] = Calendar(spec)
    match op:
        case "deadline":
            due = _deadline(calendar, case, pauses)
            expected, actual = _written(_instant(case["expected"])), _written(due)
        case "elapsed":
            span = calendar.elapsed(_instant(case["from"]), _instant(case["to"]), pauses)
            expected, actual = str(int(case["expected_seconds"])), str(span)
        case "next_open":
            opened = calendar.next_open(_instant(case["from"]), pauses)
            expected, actual = _written(_instant(case["expected"])), _written(opened)
        case "subtract":
            latest = calendar.subtract(_instant(case["from"]), _amount(case), pauses)
            expected, actual = _written(_instant(case["expected"])), _written(latest)
        case "verdict":
            expected = _wanted_verdict(case)
            actual = _verdict(calendar, case, pauses)
        case _:
            raise ValueError(f"{op!r} is no op; allowed: deadline, elapsed, next_open, subtract, verdict")
    return CaseResult(id=name, op=op, expected=expected, actual=actual, note=str(case.get("note", "")))


def _shaped(case: object) -> None:
    """Raises ValueError, in the words of the format, for a value of another type than it wants."""
    if not isinstance(case, dict):
        raise ValueError(f"{case!r:.40} is no object with 'op', 'timezone', 'hours' ...")
    for field, kind, words in (
        ("timezone", str, "an IANA time zone in quotes"),
        ("hours", dict, 'an object such as {"mon": [["09:00", "17:00"]]}'),
        ("holidays", list, 'a list such as ["2026-12-25"]'),
        ("pauses", list, "a list of pairs of instants"),
        ("expected", str | dict | None, "an instant, null, or what a verdict says"),
        *((field, str, "an instant such as 2026-05-06T09:00:00Z") for field in ("start", "from", "to", "at")),
    ):
        if field in case and not isinstance(case[field], kind):
            raise ValueError(f"{field} is {case[field]!r:.40}, not {words}")
    for field, pairs in (("pauses", case.get("pauses", [])), *case.get("hours", {}).items()):
        if not isinstance(pairs, list) or not all(_is_pair(pair) for pair in pairs):
            raise ValueError(f"{field} is {pairs!r:.60}, not a list of pairs in quotes")
    for day in case.get("holidays", ()):
        if not isinstance(day, str):
            raise ValueError(f'the holiday {day!r:.40} is no date such as "2026-12-25"')


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(end, str) for end in pair)


def _never_open(op: str, case: Mapping[str, Any]) -> tuple[str, str]:
    """Expected and actual where no weekday has hours: nothing is used up, and what needs time never comes.

    A case writes an instant that never comes as null.
    """
    if case["timezone"] not in available_timezones():
        raise ValueError(f"{case['timezone']!r} is not an IANA time zone")
    match op:
        case "deadline" | "subtract":
            moment = _instant(case["start" if op == "deadline" else "from"])
            at_once = "business_days" not in case and _amount(case) == 0
            return _or_never(case["expected"]), _written(moment) if at_once else NEVER
        case "next_open":
            _instant(case["from"])
            return _or_never(case["expected"]), NEVER
        case "elapsed":
            _instant(case["from"]), _instant(case["to"])
            return str(int(case["expected_seconds"])), "0"
        case "verdict":
            _instant(case["start"]), _instant(case["at"])
            return _wanted_verdict(case), _state(0, _amount(case), strict=bool(case.get("strict", False)))
        case _:
            raise ValueError(f"{op!r} is no op; allowed: deadline, elapsed, next_open, subtract, verdict")


def _or_never(expected: str | None) -> str:
    return NEVER if expected is None else _written(_instant(expected))


def _deadline(calendar: Calendar, case: Mapping[str, Any], pauses: Sequence[Span]) -> Instant:
    start = _instant(case["start"])
    if "business_days" not in case:
        return calendar.due(start, _amount(case), pauses)
    if "target_minutes" in case or "target_seconds" in case:
        raise ValueError("exactly one of target_minutes, target_seconds and business_days is allowed")
    mode = DayMode(case.get("mode", DayMode.SAME_TIME))
    named = calendar.business_day(start, int(case["business_days"]), mode)
    return put_off(calendar, start, named, pauses)


def _verdict(calendar: Calendar, case: Mapping[str, Any], pauses: Sequence[Span]) -> str:
    used = calendar.elapsed(_instant(case["start"]), _instant(case["at"]), pauses)
    return _state(used, _amount(case), strict=bool(case.get("strict", False)))


def _wanted_verdict(case: Mapping[str, Any]) -> str:
    wanted = case["expected"]
    return _verdict_text(
        int(wanted["elapsed_seconds"]), int(wanted["remaining_seconds"]), str(wanted["state"])
    )


def _state(used: int, amount: int, *, strict: bool) -> str:
    if used > amount or (strict and used >= amount):
        state = "breached"
    elif used * 100 >= amount * CRITICAL_SHARE:
        state = "critical"
    elif used * 100 >= amount * WARNING_SHARE:
        state = "warning"
    else:
        state = "ok"
    return _verdict_text(used, amount - used, state)


def _verdict_text(elapsed: int, remaining: int, state: str) -> str:
    return f"{state}, {elapsed} s used, {remaining} s left"


def _amount(case: Mapping[str, Any]) -> int:
    given = [key for key in ("target_minutes", "target_seconds") if key in case]
    if len(given) != 1:
        raise ValueError("exactly one of target_minutes, target_seconds and business_days is needed")
    amount = case[given[0]]
    if not isinstance(amount, int | float) or isinstance(amount, bool) or amount < 0:
        raise ValueError(f"{given[0]} is {amount!r}, not a number of 0 or more")
    seconds = amount * 60 if given[0] == "target_minutes" else amount
    if seconds != int(seconds):
        raise ValueError(f"{given[0]} {amount!r} is not a whole number of seconds")
    return int(seconds)


def _spec(case: Mapping[str, Any]) -> CalendarSpec:
    hours = case["hours"]
    unknown = set(hours) - set(_WEEKDAYS)
    if unknown:
        raise ValueError(f"{min(unknown)!r} is no weekday; allowed: {', '.join(_WEEKDAYS)}")
    week = tuple(tuple(_block(block) for block in hours.get(day, ())) for day in _WEEKDAYS)
    holidays = frozenset(date.fromisoformat(day) for day in case.get("holidays", ()))
    return CalendarSpec(name="case", zone=case["timezone"], hours=week, holidays=holidays)


def _block(block: Sequence[str]) -> Block:
    opening, closing = block
    return wall_seconds(opening), wall_seconds(closing)


def _instant(text: str) -> Instant:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset; instants are UTC, such as 2026-05-06T09:00:00Z")
    return int(moment.timestamp())


def _written(instant: Instant) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
