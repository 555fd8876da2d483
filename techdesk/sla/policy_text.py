"""Reads a policy file. Everything is checked here, so that a ``Policy`` that exists can be run."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.sla.calendar import CalendarSpec
from techdesk.sla.evaluation import Metric
from techdesk.sla.policy import (
    AfterHours,
    ChannelRule,
    Choice,
    ClosureReason,
    Grade,
    GradedBy,
    LastMonth,
    LevelPair,
    Need,
    Period,
    Policy,
    Reading,
    Reopen,
    ServiceClass,
    SupportHours,
    Thresholds,
)
from techdesk.sla.policy_calendars import PublicHolidays, dates, no_public_holidays, read_calendars
from techdesk.sla.policy_error import PolicyError
from techdesk.sla.policy_struct import read
from techdesk.sla.policy_table import Document, Table
from techdesk.sla.policy_targets import calendar_name, check_events, read_targets, read_thresholds
from techdesk.sla.rulebook_text import read_rulebook

SCHEMA = 1
"""The form of policy files that this reader knows; raised when an old file would be read wrongly."""

_ALWAYS = date(1970, 1, 1)
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
    valid_from: date | None = None
    """First day of tickets that it is for; None keeps that of the policy that it extends."""
    source: str
    lines: Mapping[str, int] = {}
    """Line of each reading and calendar that it names."""

    def fail(self, name: str, problem: str, allowed: str) -> PolicyError:
        """The complaint about a name that the extended policy does not have, to be raised."""
        return PolicyError(self.source, self.lines.get(name, 1), problem, allowed)


def parse_policy(
    text: str,
    source: str,
    overlay: Overlay | None = None,
    holidays: PublicHolidays = no_public_holidays,
) -> Policy:
    """Read a policy file. ``source`` names it in messages. Raises PolicyError with file, line and remedy.

    ``holidays`` gives the expanded public holidays of the countries that calendars name.
    """
    document = Document(source, text)
    top = Table(document, (), _load(text, source))
    _check_schema(top)
    readings = _readings(top, document, overlay)
    name, title = top.text("name"), top.text("title")
    version, written_from = top.text("version"), top.text("source")
    valid_from = top.day("valid_from", _ALWAYS)
    graded_by = top.word("graded_by", GradedBy, GradedBy.PRIORITY)
    calendars = read_calendars(top, overlay, holidays)
    priorities, severities = _grades(top, "priorities"), _grades(top, "severities")
    thresholds = read_thresholds(top.table("thresholds"), Thresholds())
    levels = {
        "priority": {grade.level for grade in priorities},
        "severity": {grade.level for grade in severities},
    }
    targets = tuple(
        target
        for table in top.tables("targets")
        for target in read_targets(table, calendars.specs, levels, thresholds, calendars.readings)
    )
    check_events(targets, document)
    ungraded = top.optional_integer("ungraded", low=1)
    if ungraded is not None and ungraded not in levels[graded_by]:
        allowed = ", ".join(map(str, sorted(levels[graded_by])))
        raise top.fail("ungraded", f"the policy has no {graded_by} {ungraded}", allowed)
    policy = Policy(
        name=name,
        title=overlay.title or title if overlay else title,
        version=f"{version}+{overlay.version}" if overlay else version,
        valid_from=overlay.valid_from or valid_from if overlay else valid_from,
        source=written_from,
        graded_by=graded_by,
        calendars=calendars.specs,
        targets=targets,
        priorities=priorities,
        severities=severities,
        channels=tuple(_channel(table, levels) for table in top.tables("channels")),
        closures=tuple(_closure(table) for table in top.tables("closures")),
        reopen=top.word("reopen", Reopen, Reopen.CONTINUE),
        readings=readings,
        services=tuple(_service(table) for table in top.tables("services")),
        support_hours=tuple(_support_hours(table, calendars.specs) for table in top.tables("support_hours")),
        after_hours=tuple(_after_hours(table, calendars.specs) for table in top.tables("after_hours")),
        pairs=tuple(_pair(table, calendars.specs, levels[graded_by]) for table in top.tables("pairs")),
        ungraded=ungraded,
        automatic_replies_count=top.flag("automatic_replies_count"),
        availability_period=top.word("availability_period", Period, Period.MONTH),
        last_month=top.word("last_month", LastMonth, LastMonth.MONTH_END),
        vip_bump=top.seconds("vip_bump", 0),
        holiday_sources=calendars.sources,
        holiday_names=calendars.names,
        origin=overlay.source if overlay else source,
    )
    known = {
        "calendars": list(policy.calendars),
        "channels": [rule.channel.value for rule in policy.channels],
        "closures": [closure.id for closure in policy.closures],
        "services": [service.id for service in policy.services],
        "targets": [metric.value for metric in Metric],
        "after_hours": [after.office for after in policy.after_hours],
        "support_hours": [hours.calendar for hours in policy.support_hours],
        "readings": [reading.key for reading in readings],
        "priorities": [],
        "severities": [],
        "pairs": [],
        "reopen": [],
    }
    rulebook = read_rulebook(top, known, levels["severity"], known["readings"])
    top.done()
    return replace(policy, rulebook=rulebook)


def parse_overlay(text: str, source: str) -> Overlay | None:
    """Read a site's file that ``extends`` a policy; None where it is a whole policy of its own."""
    data = _load(text, source)
    if "extends" not in data:
        return None
    document = Document(source, text)
    top = Table(document, (), data)
    _check_schema(top)
    readings = top.table("readings")
    choices = {key: readings.text(key) for key in readings.standing()}
    added: dict[str, frozenset[date]] = {}
    removed: dict[str, frozenset[date]] = {}
    lines = {key: document.lines.line(("readings", key)) for key in choices}
    for name, table in top.named("holidays"):
        added[name], removed[name] = dates(table, "add"), dates(table, "remove")
        lines[name] = document.lines.line(("holidays", name))
        table.done()
    overlay = Overlay(
        extends=top.text("extends"),
        version=top.text("version"),
        title=top.text("title", ""),
        valid_from=top.day("valid_from", _ALWAYS) if "valid_from" in top else None,
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
    except (tomllib.TOMLDecodeError, RecursionError) as error:
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
        choices = tuple(Choice(value=value, meaning=options.text(value)) for value in options.standing())
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


def _grades(top: Table, key: str) -> tuple[Grade, ...]:
    grades: list[Grade] = []
    for table in top.tables(key):
        grade = read(table, Grade)
        if any(other.level == grade.level for other in grades):
            raise table.fail("level", f"{grade.level} is there twice")
        if not 1 <= grade.level <= 99:
            raise table.fail("level", f"{grade.level} is out of range", "1 (most urgent) to 99")
        grades.append(grade)
    return tuple(grades)


def _channel(table: Table, levels: Mapping[str, set[int]]) -> ChannelRule:
    rule = read(table, ChannelRule)
    asked = [("default_priority", "priority", rule.default_priority)]
    for key in ("default_severity", "out_of_hours_severity", "never_severity"):
        value = getattr(rule, key)
        asked += [(key, "severity", level) for level in (value if isinstance(value, tuple) else (value,))]
    for key, axis, level in asked:
        if level is not None and level not in levels[axis]:
            allowed = ", ".join(map(str, sorted(levels[axis])))
            raise table.fail(key, f"the policy has no {axis} {level}", allowed)
    return rule


def _patterns(table: Table, key: str) -> tuple[str, ...]:
    """Regular expressions; one that does not compile is a fault of the file."""
    patterns = table.texts(key)
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise table.fail(key, f"{pattern!r} is no pattern: {error}") from None
    return patterns


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
        away_suspends=table.flag("away_suspends"),
        denied_by=_patterns(table, "denied_by"),
        blocks_reopening=table.flag("blocks_reopening"),
    )
    table.done()
    if Need.INQUIRIES in closure.needs and closure.inquiries == 0:
        raise table.fail("inquiries", "the reason needs inquiries and gives no number", "1 or more")
    if Need.WAITED in closure.needs and closure.waiting == 0:
        raise table.fail("waiting", "the reason needs a wait and says no length", '"168h"')
    return closure


def _service(table: Table) -> ServiceClass:
    service = read(table, ServiceClass)
    if not re.fullmatch(r"\d{1,2}(\.\d{1,6})?|100", service.availability):
        raise table.fail("availability", f"{service.availability!r} is no percentage", '"99.99"')
    return service


def _after_hours(table: Table, calendars: Mapping[str, CalendarSpec]) -> AfterHours:
    after = AfterHours(
        office=table.text("office"),
        calendar=calendar_name(table, "calendar", calendars),
        region=table.texts("region"),
    )
    table.done()
    return after


def _support_hours(table: Table, calendars: Mapping[str, CalendarSpec]) -> SupportHours:
    hours = SupportHours(calendar=calendar_name(table, "calendar", calendars), region=table.texts("region"))
    table.done()
    return hours


def _pair(table: Table, calendars: Mapping[str, CalendarSpec], levels: set[int]) -> LevelPair:
    pair = LevelPair(
        level=table.integer("level"),
        becomes=table.integer("becomes"),
        while_open=calendar_name(table, "while_open", calendars),
        source=table.text("source", ""),
        readings=table.decided_by(),
    )
    table.done()
    for key, level in (("level", pair.level), ("becomes", pair.becomes)):
        if level not in levels:
            raise table.fail(key, f"there is no grade {level}", ", ".join(map(str, sorted(levels))))
    return pair
