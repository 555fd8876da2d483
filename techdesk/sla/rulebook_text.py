"""Reads the rules of a policy file. Structs say what a table may hold; the rest is checked here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from techdesk.sla.levels import EscalationStep, HandOff, SupportLevel, Team, Window
from techdesk.sla.policy_struct import read
from techdesk.sla.policy_table import Table
from techdesk.sla.rulebook import (
    PLACEHOLDERS,
    Checklist,
    Contradiction,
    Entitlement,
    Exclusion,
    FollowUp,
    OutageCause,
    ProductVersion,
    RecordKind,
    Resolution,
    Review,
    Rule,
    Rulebook,
    RunBy,
    Template,
    placeholders,
)

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_FORMS: Mapping[str, type[Struct]] = {
    "rules": Rule,
    "entitlements": Entitlement,
    "checklists": Checklist,
    "levels": SupportLevel,
    "hand_offs": HandOff,
    "escalation": EscalationStep,
    "resolutions": Resolution,
    "exclusions": Exclusion,
    "reviews": Review,
    "versions": ProductVersion,
    "causes": OutageCause,
    "teams": Team,
    "records": RecordKind,
    "templates": Template,
    "contradictions": Contradiction,
}
"""Section of the file, and of the rulebook -> what one of its tables holds."""


def read_rulebook(
    top: Table, known: Mapping[str, Iterable[str]], severities: set[int], readings: Iterable[str]
) -> Rulebook:
    """The rules of a policy file.

    ``known`` names the parts that are read elsewhere (``targets``, ``channels``, ``calendars`` ...), so that
    a rule can say what it uses. Raises PolicyError for what the file refers to and does not have.
    """
    tables = {section: list(top.tables(section)) for section in _FORMS}
    parts: dict[str, tuple[Any, ...]] = {
        section: tuple(read(table, _FORMS[section]) for table in tables[section]) for section in _FORMS
    }
    follow_up = read(top.table("follow_up"), FollowUp) if "follow_up" in top else None
    book = Rulebook(**parts, follow_up=follow_up)
    names = {section: [_name(part) for part in parts[section]] for section in _FORMS}
    for section, found in names.items():
        for index, name in enumerate(found):
            if name and name in found[:index]:
                raise tables[section][index].fail("id", f"{name!r} is there twice")
    everything = {section: list(ids) for section, ids in known.items()} | names
    everything["follow_up"] = []
    # A rule may use a part that another choice of a reading brings back.
    usable = everything | {section: [*names[section], *top.written(section)] for section in _FORMS}
    usable["calendars"] = list(top.table("calendars").standing())
    _check_rules(book, tables["rules"], usable, list(readings))
    _check_references(book, tables, everything, severities)
    return book


def _name(part: Any) -> str:
    if isinstance(part, ProductVersion):
        return f"{part.product} {part.version}"
    return getattr(part, "id", "")


def _check_rules(
    book: Rulebook, tables: list[Table], everything: Mapping[str, list[str]], readings: list[str]
) -> None:
    for rule, table in zip(book.rules, tables, strict=True):
        if not rule.run_by:
            raise table.fail("run_by", "is empty", ", ".join(RunBy))
        if (RunBy.PEOPLE in rule.run_by) != bool(rule.unable):
            raise table.fail("unable", "says why only people can do it", 'words beside run_by = "people"')
        for use in rule.uses:
            section, _, name = use.partition(".")
            if section not in everything:
                raise table.fail("uses", f"there is no part {section!r}", ", ".join(sorted(everything)))
            if name and name not in everything[section]:
                raise table.fail("uses", f"{section} has no {name!r}", ", ".join(everything[section]))
        for reading in rule.readings:
            if reading not in readings:
                raise table.fail("readings", f"there is no reading {reading!r}", ", ".join(readings))
        for message in rule.messages:
            unknown = (placeholders(message.words) | placeholders(message.remedy)) - PLACEHOLDERS
            if unknown:
                problem = f"{min(unknown)!r} in braces is nothing that a gate fills in"
                raise table.fail("messages", problem, ", ".join(sorted(PLACEHOLDERS)))


def _check_references(
    book: Rulebook,
    tables: Mapping[str, list[Table]],
    everything: Mapping[str, list[str]],
    severities: set[int],
) -> None:
    def exists(table: Table, key: str, section: str, name: str) -> None:
        if name and name not in everything[section]:
            raise table.fail(key, f"there is no {name!r} in {section}", ", ".join(everything[section]))

    for section in ("entitlements", "resolutions", "teams"):
        for part, table in zip(getattr(book, section), tables[section], strict=True):
            for severity in part.severity:
                if severity not in severities:
                    allowed = ", ".join(map(str, sorted(severities)))
                    raise table.fail("severity", f"the policy has no severity {severity}", allowed)
    for resolution, table in zip(book.resolutions, tables["resolutions"], strict=True):
        exists(table, "template", "templates", resolution.template)
    for checklist, table in zip(book.checklists, tables["checklists"], strict=True):
        for pattern in (pattern for item in checklist.items for pattern in item.detect):
            try:
                re.compile(pattern)
            except re.error as error:
                raise table.fail("items", f"{pattern!r} is no pattern: {error}") from None
    for level, table in zip(book.levels, tables["levels"], strict=True):
        exists(table, "reports_to", "levels", level.reports_to)
    for way, table in zip(book.hand_offs, tables["hand_offs"], strict=True):
        exists(table, "giver", "levels", way.giver)
        exists(table, "taker", "levels", way.taker)
        exists(table, "checklist", "checklists", way.checklist)
    earlier: list[str] = []
    for step, table in zip(book.escalation, tables["escalation"], strict=True):
        if step.after and step.after not in earlier:
            raise table.fail("after", f"there is no step {step.after!r} above", ", ".join(earlier))
        earlier.append(step.id)
        exists(table, "calendar", "calendars", step.calendar)
        if (step.window is not Window.NONE or step.progress_days) and not step.calendar:
            raise table.fail("calendar", "is missing: working days are counted by one", "a calendar's name")
        if step.window is not Window.NONE and step.attempts < 2:
            raise table.fail("attempts", "a window needs at least two", "2 or more")
    for version, table in zip(book.versions, tables["versions"], strict=True):
        for key in ("released", "ends"):
            month = getattr(version, key)
            if month and not _MONTH.fullmatch(month):
                raise table.fail(key, f"{month!r} is no month", '"2017-05"')
    for template, table in zip(book.templates, tables["templates"], strict=True):
        unknown = placeholders(template.text) - PLACEHOLDERS
        if unknown:
            problem = f"{min(unknown)!r} in braces is nothing that can be filled in"
            raise table.fail("text", problem, ", ".join(sorted(PLACEHOLDERS)))
