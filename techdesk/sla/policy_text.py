"""Reads a policy file. Everything is checked here, so that a ``Policy`` that exists can be run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from techdesk.model import Channel
from techdesk.sla.calendar import Block, Calendar, CalendarError, CalendarSpec
from techdesk.sla.local_days import DAY, wall_seconds
from techdesk.sla.policy import (
    AfterHours,
    ChannelRule,
    Choice,
    ClosureReason,
    Grade,
    GradedBy,
    Need,
    Policy,
    Reading,
    Reopen,
    ServiceClass,
    Thresholds,
)
from techdesk.sla.policy_table import Document, PolicyError, Table
from techdesk.sla.policy_targets import calendar_name, check_events, read_target, read_thresholds

SCHEMA = 1
"""The form of policy files that this reader knows; raised when an old file would be read wrongly."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ERROR_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class Overlay(Struct, frozen=True, kw_only=True):
    """What a site changes of a shipped policy: readings and holidays, and no more."""

    extends: str
    version: str
    title: str = ""
    choices: Mapping[str, str] = {}
    """Reading key -> value."""
    add_holidays: Mapping[str, frozenset[date]] = {}
    """Calendar name -> local dates."""
    remove_holidays: Mapping[str, frozenset[date]] = {}
    source: str
    lines: Mapping[str, int] = {}
    """Line of each reading and calendar that it names."""

    def fail(self, name: str, problem: str, allowed: str) -> PolicyError:
        """The complaint about a name that the extended policy does not have, to be raised."""
        return PolicyError(self.source, self.lines.get(name, 1), problem, allowed)


def parse_policy(text: str, source: str, overlay: Overlay | None = None) -> Policy:
    """Read a policy file. ``source`` names it in messages. Raises PolicyError with file, line and remedy."""
    document = Document(source, text)
    top = Table(document, (), _load(text, source))
    _check_schema(top)
    readings = _readings(top, document, overlay)
    name, title = top.text("name"), top.text("title")
    version, written_from = top.text("version"), top.text("source")
    graded_by = top.word("graded_by", GradedBy, GradedBy.PRIORITY)
    calendars = _calendars(top, overlay)
    priorities, severities = _grades(top, "priorities"), _grades(top, "severities")
    thresholds = read_thresholds(top.table("thresholds"), Thresholds())
    levels = {
        "priority": {grade.level for grade in priorities},
        "severity": {grade.level for grade in severities},
    }
    targets = tuple(read_target(table, calendars, levels, thresholds) for table in top.tables("targets"))
    check_events(targets, document)
    policy = Policy(
        name=name,
        title=overlay.title or title if overlay else title,
        version=f"{version}+{overlay.version}" if overlay else version,
        source=written_from,
        graded_by=graded_by,
        calendars=calendars,
        targets=targets,
        priorities=priorities,
        severities=severities,
        channels=tuple(_channel(table) for table in top.tables("channels")),
        closures=tuple(_closure(table) for table in top.tables("closures")),
        reopen=top.word("reopen", Reopen, Reopen.CONTINUE),
        readings=readings,
        services=tuple(_service(table) for table in top.tables("services")),
        after_hours=tuple(_after_hours(table, calendars) for table in top.tables("after_hours")),
        automatic_replies_count=top.flag("automatic_replies_count"),
        vip_bump=top.seconds("vip_bump", 0),
        origin=overlay.source if overlay else source,
    )
    top.done()
    return policy


def parse_overlay(text: str, source: str) -> Overlay | None:
    """Read a site's file that ``extends`` a policy; None where it is a whole policy of its own."""
    data = _load(text, source)
    if "extends" not in data:
        return None
    document = Document(source, text)
    top = Table(document, (), data)
    _check_schema(top)
    readings = top.table("readings")
    choices = {key: readings.text(key) for key in readings.keys()}  # noqa: SIM118
    added: dict[str, frozenset[date]] = {}
    removed: dict[str, frozenset[date]] = {}
    lines = {key: document.lines.line(("readings", key)) for key in choices}
    for name, table in top.named("holidays"):
        added[name], removed[name] = _dates(table, "add"), _dates(table, "remove")
        lines[name] = document.lines.line(("holidays", name))
        table.done()
    overlay = Overlay(
        extends=top.text("extends"),
        version=top.text("version"),
        title=top.text("title", ""),
        choices=choices,
        add_holidays=added,
        remove_holidays=removed,
        source=source,
        lines=lines,
    )
    top.text("name", "")
    top.done()
    return overlay


def _load(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _ERROR_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        problem = _ERROR_LINE.sub("", str(error)).strip()
        raise PolicyError(source, line, f"is no valid TOML: {problem}") from None


def _check_schema(top: Table) -> None:
    schema = top.integer("schema")
    if schema != SCHEMA:
        raise top.fail("schema", f"this techdesk reads schema {SCHEMA}, not {schema}", str(SCHEMA))


def _readings(top: Table, document: Document, overlay: Overlay | None) -> tuple[Reading, ...]:
    readings = []
    chosen = dict(overlay.choices) if overlay else {}
    for table in top.tables("readings"):
        key = table.text("key")
        options = table.table("choices")
        choices = tuple(Choice(value=value, meaning=options.text(value)) for value in options.keys())  # noqa: SIM118
        values = tuple(choice.value for choice in choices)
        choice = table.text("choice")
        if choice not in values:
            raise table.fail("choice", f"{choice!r} is none of its choices", ", ".join(values))
        if key in document.choices:
            raise table.fail("key", f"the reading {key!r} is there twice")
        if overlay and key in chosen:
            choice = chosen.pop(key)
            if choice not in values:
                problem = f"readings.{key}: {choice!r} is no choice of {overlay.extends!r}"
                raise overlay.fail(key, problem, ", ".join(values))
        document.choices[key], document.allowed[key] = choice, values
        readings.append(
            Reading(
                key=key,
                number=table.integer("number", 0),
                question=table.text("question"),
                choice=choice,
                choices=choices,
                source=table.text("source", ""),
            )
        )
        table.done()
    if overlay and chosen:
        key = next(iter(chosen))
        problem = f"readings.{key}: {overlay.extends!r} has no such reading"
        raise overlay.fail(key, problem, ", ".join(document.choices))
    return tuple(readings)


def _calendars(top: Table, overlay: Overlay | None) -> dict[str, CalendarSpec]:
    calendars: dict[str, CalendarSpec] = {}
    for name, table in top.named("calendars"):
        if "complement_of" in table:
            base = table.text("complement_of")
            if base not in calendars:
                raise table.fail("complement_of", f"{base!r} is no calendar above it", ", ".join(calendars))
            calendars[name] = calendars[base].complement(name)
            table.done()
            continue
        holidays = _dates(table, "holidays")
        if overlay:
            holidays |= overlay.add_holidays.get(name, frozenset())
            holidays -= overlay.remove_holidays.get(name, frozenset())
        spec = CalendarSpec(name=name, zone=table.text("zone"), hours=_hours(table), holidays=holidays)
        try:
            Calendar(spec)
        except CalendarError as error:
            if "time zone" in str(error):
                raise table.fail("zone", str(error), "an IANA name such as Europe/Rome") from None
            raise table.fail("hours", str(error)) from None
        table.done()
        calendars[name] = spec
    for name in (*overlay.add_holidays, *overlay.remove_holidays) if overlay else ():
        if overlay and name not in calendars:
            problem = f"holidays.{name}: {overlay.extends!r} has no such calendar"
            raise overlay.fail(name, problem, ", ".join(calendars))
    return calendars


def _hours(table: Table) -> tuple[tuple[Block, ...], ...]:
    written = table.raw("hours")
    if written == "24x7":
        return ((((0, DAY),)),) * 7
    if not isinstance(written, dict):
        raise table.fail("hours", "are missing", '"24x7", or a table such as { mon-fri = "09:00-17:00" }')
    days = table.table("hours")
    week: list[list[Block]] = [[] for _ in _WEEKDAYS]
    for key in written:
        first, _, last = key.partition("-")
        if first not in _WEEKDAYS or (last or first) not in _WEEKDAYS:
            raise days.fail(key, "is no weekday", f"{', '.join(_WEEKDAYS)}, or a range such as mon-fri")
        start, end = _WEEKDAYS.index(first), _WEEKDAYS.index(last or first)
        for text in days.texts(key):
            for weekday in range(start, end + 1 if end >= start else end + 8):
                week[weekday % 7].append(_block(days, key, text))
    return tuple(tuple(blocks) for blocks in week)


def _block(days: Table, key: str, text: str) -> Block:
    opening, _, closing = text.partition("-")
    try:
        return wall_seconds(opening.strip()), wall_seconds(closing.strip())
    except ValueError:
        allowed = '"09:00-17:00", or "22:00-06:00" over midnight, or a list of such'
        raise days.fail(key, f"{text!r} are no opening hours", allowed) from None


def _dates(table: Table, key: str) -> frozenset[date]:
    written = table.raw(key) or []
    # A TOML date with a time is a datetime, which Python counts among the dates.
    if not isinstance(written, list) or {type(day) for day in written} - {date}:
        raise table.fail(key, "is no list of dates", "[2026-12-25, 2027-01-01], without quotes")
    return frozenset(written)


def _grades(top: Table, key: str) -> tuple[Grade, ...]:
    grades: list[Grade] = []
    for table in top.tables(key):
        level = table.integer("level", low=1, high=99)
        if any(grade.level == level for grade in grades):
            raise table.fail("level", f"{level} is there twice")
        grades.append(
            Grade(
                level=level,
                label=table.text("label"),
                title=table.text("title"),
                criteria=table.texts("criteria"),
                effort=table.text("effort", ""),
                source=table.text("source", ""),
            )
        )
        table.done()
    return tuple(grades)


def _channel(table: Table) -> ChannelRule:
    rule = ChannelRule(
        channel=table.word("channel", Channel),
        opens=table.flag("opens", True),
        reviewed_first=table.flag("reviewed_first"),
        changes_priority=table.flag("changes_priority"),
        time_critical=table.flag("time_critical"),
        default_priority=table.optional_integer("default_priority", low=1),
        default_severity=table.optional_integer("default_severity", low=1),
        source=table.text("source", ""),
    )
    table.done()
    return rule


def _closure(table: Table) -> ClosureReason:
    closure = ClosureReason(
        id=table.text("id"),
        label=table.text("label"),
        source=table.text("source"),
        standard=table.flag("standard"),
        needs=table.words("needs", Need),
        inquiries=table.integer("inquiries", 0, high=100),
        notice_counts=table.flag("notice_counts"),
        spacing_warning=table.seconds("spacing_warning", 0),
        waiting=table.seconds("waiting", 0),
        blocks_reopening=table.flag("blocks_reopening"),
    )
    table.done()
    if Need.INQUIRIES in closure.needs and closure.inquiries == 0:
        raise table.fail("inquiries", "the reason needs inquiries and gives no number", "1 or more")
    return closure


def _service(table: Table) -> ServiceClass:
    service = ServiceClass(
        id=table.text("id"),
        title=table.text("title"),
        availability=table.text("availability"),
        source=table.text("source", ""),
    )
    table.done()
    if not re.fullmatch(r"\d{1,2}(\.\d{1,6})?|100", service.availability):
        raise table.fail("availability", f"{service.availability!r} is no percentage", '"99.99"')
    return service


def _after_hours(table: Table, calendars: Mapping[str, CalendarSpec]) -> AfterHours:
    after = AfterHours(office=table.text("office"), calendar=calendar_name(table, "calendar", calendars))
    table.done()
    return after
