"""The site's rota, from its own files: iCalendar as on-call services publish it, CSV, or TOML.

An ``on_call`` file says who is on call, a ``desk_hours`` file when technicians work; both are written alike.
A mistake is told with file and line, and costs that file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from techdesk.config.problems import Problem, near
from techdesk.model import Instant
from techdesk.rules.rota import Rota, Shifts, Turn
from techdesk.sla.calendar import Calendar, CalendarError, CalendarSpec, Span
from techdesk.sla.policy_calendars import dates, weekly_hours
from techdesk.sla.policy_error import PolicyError
from techdesk.sla.policy_table import Document, Table

BEHIND, AHEAD = 7, 400
"""Days around now for which the repeating entries of a calendar file are worked out."""
_COLUMNS = ("who", "from", "to", "zone")
_DAY = 86_400


class _Wrong(ValueError):
    """A mistake in a line."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line = line
        self.remedy = remedy


def load_rota(on_call: Sequence[Path], desk_hours: Sequence[Path], now: Instant) -> Rota:
    """What the files say, and what is wrong in them."""
    sources: dict[str, None] = {}
    problems: list[Problem] = []

    def turns(files: Sequence[Path]) -> tuple[Turn, ...]:
        found: list[Turn] = []
        for file in files:
            try:
                found += _read(file, now)
                changed = datetime.fromtimestamp(file.stat().st_mtime).astimezone()
                sources[f"{file.name}, {changed.date().isoformat()}"] = None
            except PolicyError as error:
                remedy = f"Allowed: {error.allowed}." if error.allowed else "Look at docs/settings.md."
                problems.append(Problem(file=str(file), line=error.line, what=error.problem, remedy=remedy))
            except _Wrong as error:
                problems.append(
                    Problem(file=str(file), line=error.line, what=str(error), remedy=error.remedy)
                )
            except (OSError, UnicodeDecodeError) as error:
                remedy = "Make it a UTF-8 text file that you can read."
                problems.append(
                    Problem(file=str(file), line=0, what=f"cannot be read: {error}", remedy=remedy)
                )
        return tuple(found)

    called, present = turns(on_call), turns(desk_hours)
    mistakes = tuple(problem.words for problem in problems)
    return Rota(on_call=called, hours=present, sources=tuple(sources), mistakes=mistakes)


def _read(file: Path, now: Instant) -> list[Turn]:
    text = file.read_text(encoding="utf-8-sig")
    readers: dict[str, Callable[[str, str, Instant], list[Turn]]] = {
        ".ics": _calendar_file,
        ".csv": _csv,
    }
    return readers.get(file.suffix.casefold(), _toml)(str(file), text, now)


# TOML


def _toml(name: str, text: str, now: Instant) -> list[Turn]:
    import tomllib

    document = Document(name, text)
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _Wrong(1, f"not TOML: {error}", "A turn begins with [[weekly]] or [[shifts]].") from None
    top = Table(document, (), data)
    turns = [_weekly(table) for table in top.tables("weekly")]
    spans: dict[str, list[Span]] = {}
    for table in top.tables("shifts"):
        zone = _zone_of(table)
        span = _instant(table.raw("from"), zone), _instant(table.raw("to"), zone)
        if span[0] is None or span[1] is None or span[0] >= span[1]:
            raise table.fail("to", "a shift is from one instant to a later one", "2026-12-24T18:00:00+01:00")
        for who in _people(table):
            spans.setdefault(who, []).append((span[0], span[1]))
        table.done()
    top.done()
    return [*(turn for several in turns for turn in several), *_turns(spans)]


def _weekly(table: Table) -> list[Turn]:
    spec = CalendarSpec(
        name="weekly", zone=table.text("zone"), hours=weekly_hours(table), holidays=dates(table, "off")
    )
    try:
        calendar = Calendar(spec)
    except CalendarError as error:
        key = "zone" if "time zone" in str(error) else "hours"
        raise table.fail(
            key, str(error), "an IANA zone such as Europe/Rome, hours such as 09:00-17:00"
        ) from None
    turns = [Turn(who=who, hours=calendar) for who in _people(table)]
    table.done()
    return turns


def _people(table: Table) -> tuple[str, ...]:
    names = table.texts("who")
    if not names or not all(name.strip() for name in names):
        raise table.fail("who", "says nobody", 'an id, a name or an e-mail address: who = "Kim Osei"')
    return names


def _zone_of(table: Table) -> ZoneInfo | None:
    name = table.text("zone", "")
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, LookupError, OSError):
        raise table.fail("zone", f"{name!r} is no time zone", "an IANA name such as Europe/Rome") from None


# CSV


def _csv(name: str, text: str, now: Instant) -> list[Turn]:
    import csv

    reader = csv.DictReader(text.splitlines())
    spans: dict[str, list[Span]] = {}
    for column in reader.fieldnames or ():
        if column.strip() not in _COLUMNS:
            remedy = f"{near(column, dict.fromkeys(_COLUMNS))}Columns: {', '.join(_COLUMNS)}."
            raise _Wrong(1, f"no such column '{column}'", remedy)
    for row in reader:
        cells = {str(key).strip(): (value or "").strip() for key, value in row.items() if key is not None}
        if not any(cells.values()):
            continue
        line = reader.line_num
        try:
            zone = ZoneInfo(cells["zone"]) if cells.get("zone") else None
        except (ValueError, LookupError, OSError):
            raise _Wrong(line, f"'{cells['zone']}' is no time zone", "Write Europe/Rome.") from None
        start, end = (_instant(cells.get(key, ""), zone) for key in ("from", "to"))
        if not cells.get("who") or start is None or end is None or start >= end:
            example = "Write: Kim Osei,2026-12-24T18:00,2026-12-25T08:00,Europe/Rome."
            raise _Wrong(line, "a shift needs who, and from one instant to a later one", example)
        spans.setdefault(cells["who"], []).append((start, end))
    return _turns(spans)


# iCalendar


def _calendar_file(name: str, text: str, now: Instant) -> list[Turn]:
    # Loaded here, in the thread that reads the rota: only sites with such a file pay for it.
    import icalendar
    import recurring_ical_events

    try:
        calendar = icalendar.Calendar.from_ical(text)
        around = datetime.fromtimestamp(now).astimezone()
        entries = recurring_ical_events.of(calendar).between(
            around - timedelta(days=BEHIND), around + timedelta(days=AHEAD)
        )
        spans: dict[str, list[Span]] = {}
        for entry in entries:
            if str(entry.get("STATUS", "")).upper() == "CANCELLED":
                continue
            span = _instant(entry.start, None), _instant(entry.end, None)
            if span[0] is not None and span[1] is not None and span[0] < span[1]:
                for who in _attendees(entry):
                    spans.setdefault(who, []).append((span[0], span[1]))
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        what = f"not an iCalendar file that can be read: {error}"
        raise _Wrong(1, what, "Take it again from the service that makes it.") from None
    return _turns(spans)


def _attendees(entry: Any) -> list[str]:
    """Who is named as taking part, else the entry's title, in which a name is looked for."""
    several = entry.get("ATTENDEE", [])
    several = several if isinstance(several, list) else [several]
    names = [str(each).removeprefix("mailto:").removeprefix("MAILTO:").strip() for each in several]
    return [name for name in names if name] or [str(entry.get("SUMMARY", "")).strip() or "somebody"]


# Shared


def _turns(spans: dict[str, list[Span]]) -> list[Turn]:
    return [Turn(who=who, hours=Shifts(named)) for who, named in spans.items()]


def _instant(value: Any, zone: ZoneInfo | None) -> Instant | None:
    """Epoch seconds. A date is its midnight; a wall time without offset is of ``zone``, else ours."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime):
        return None
    if value.tzinfo is None:
        value = value.replace(tzinfo=zone) if zone is not None else value.astimezone()
    return int(value.timestamp())
