"""Reads the calendars of a policy file: weekly hours, complements, holidays by date or by country."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from techdesk.sla.calendar import Block, Calendar, CalendarError, CalendarSpec
from techdesk.sla.local_days import DAY, wall_seconds
from techdesk.sla.policy import HolidaySource
from techdesk.sla.policy_table import Table

if TYPE_CHECKING:
    from techdesk.sla.policy_text import Overlay

PublicHolidays: TypeAlias = Callable[[HolidaySource], Mapping[date, str] | None]
"""Gives the expanded dates of a country with their names; None where nobody has expanded them yet."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SUBDIVISION = re.compile(r"[A-Z0-9]{1,6}|")


class Calendars(Struct, frozen=True, kw_only=True):
    """What the ``[calendars.*]`` tables of one file say."""

    specs: Mapping[str, CalendarSpec]
    sources: Mapping[str, HolidaySource]
    names: Mapping[str, Mapping[date, str]]
    """Calendar -> closed date -> name."""
    readings: Mapping[str, tuple[str, ...]]
    """Calendar -> keys of the readings that decided it."""


def no_public_holidays(_: HolidaySource) -> None:
    """For readers that have no data beside them: every country is unknown."""


def read_calendars(top: Table, overlay: Overlay | None, holidays: PublicHolidays) -> Calendars:
    """Every calendar whose ``when`` holds."""
    specs: dict[str, CalendarSpec] = {}
    sources: dict[str, HolidaySource] = {}
    names: dict[str, dict[date, str]] = {}
    readings: dict[str, tuple[str, ...]] = {}
    skipped = []
    for name, table in top.named("calendars"):
        if not table.holds():
            skipped.append(name)
            continue
        if "complement_of" in table:
            base = table.text("complement_of")
            if base not in specs:
                raise table.fail("complement_of", f"{base!r} is no calendar above it", ", ".join(specs))
            specs[name] = specs[base].complement(name)
            readings[name] = (*table.decided_by(), *readings[base])
            table.done()
            continue
        named, source = _holidays(table, holidays)
        if overlay:
            named |= dict.fromkeys(overlay.add_holidays.get(name, ()), "closed by the site")
            for day in overlay.remove_holidays.get(name, ()):
                named.pop(day, None)
        spec = CalendarSpec(
            name=name, zone=table.text("zone"), hours=weekly_hours(table), holidays=frozenset(named)
        )
        try:
            Calendar(spec)
        except CalendarError as error:
            if "time zone" in str(error):
                raise table.fail("zone", str(error), "an IANA name such as Europe/Rome") from None
            raise table.fail("hours", str(error)) from None
        table.done()
        specs[name], names[name], readings[name] = spec, named, table.decided_by()
        if source is not None:
            sources[name] = source
    for name in (*overlay.add_holidays, *overlay.remove_holidays) if overlay else ():
        if overlay and name not in specs and name not in skipped:
            problem = f"holidays.{name}: {overlay.extends!r} has no such calendar"
            raise overlay.fail(name, problem, ", ".join(specs))
    return Calendars(specs=specs, sources=sources, names=names, readings=readings)


def _holidays(table: Table, holidays: PublicHolidays) -> tuple[dict[date, str], HolidaySource | None]:
    """Closed dates with their names, and the country that they come from."""
    written = table.raw("holidays")
    if not isinstance(written, dict):
        return dict.fromkeys(dates(table, "holidays"), "holiday"), None
    if not written:  # a reading may choose that there are none
        return {}, None
    asked = table.table("holidays")
    source = HolidaySource(
        country=asked.text("country"),
        subdivision=asked.text("subdivision", ""),
        observed=asked.flag("observed", True),
    )
    if not _COUNTRY.fullmatch(source.country):
        raise asked.fail("country", f"{source.country!r} is no country", "two capital letters, such as GB")
    if not _SUBDIVISION.fullmatch(source.subdivision):
        raise asked.fail("subdivision", f"{source.subdivision!r} is none", "such as ENG")
    added, removed = dates(asked, "add"), dates(asked, "remove")
    asked.done()
    known = holidays(source)
    if known is None:
        problem = f"the holidays of {source.name} have not been expanded yet"
        raise asked.fail("country", problem, "run: techdesk policy check --refresh")
    named = {day: name for day, name in known.items() if day not in removed}
    return named | {day: named.get(day, "holiday") for day in added}, source


def weekly_hours(table: Table) -> tuple[tuple[Block, ...], ...]:
    """The blocks of each weekday, Monday first: the ``hours`` of a table."""
    written = table.raw("hours")
    if written == "24x7":
        return ((((0, DAY),)),) * 7
    if not isinstance(written, dict):
        raise table.fail("hours", "are missing", '"24x7", or a table such as { mon-fri = "09:00-17:00" }')
    days = table.table("hours")
    week: list[list[Block]] = [[] for _ in WEEKDAYS]
    for key in written:
        first, _, last = key.partition("-")
        if first not in WEEKDAYS or (last or first) not in WEEKDAYS:
            raise days.fail(key, "is no weekday", f"{', '.join(WEEKDAYS)}, or a range such as mon-fri")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
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


def dates(table: Table, key: str) -> frozenset[date]:
    """A list of dates without quotes."""
    written = table.raw(key) or []
    # A TOML date with a time is a datetime, which Python counts among the dates.
    if not isinstance(written, list) or {type(day) for day in written} - {date}:
        raise table.fail(key, "is no list of dates", "[2026-12-25, 2027-01-01], without quotes")
    return frozenset(written)
