"""Support policies as lines for a terminal, and as plain data for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from techdesk.policies.book import PolicyBook
from techdesk.sla.cases import CaseResult, mismatches
from techdesk.sla.policy import Match, Policy, Target
from techdesk.sla.policy_error import PolicyError
from techdesk.work.policy_check import Note

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def list_lines(book: PolicyBook) -> list[str]:
    """One line a policy: name, version, what it is graded by, how many targets, rules and readings."""
    lines = []
    for name in book.names():
        try:
            policy = book.get(name)
        except PolicyError as error:
            lines.append(f"{name:<16} has a fault: {error}")
            continue
        assert policy is not None
        rules, readings = len(policy.rulebook.rules), len(policy.readings)
        counts = f"{len(policy.targets)} targets, {rules} rules, {readings} readings"
        versions = len(book.versions(name))
        older = f", {versions - 1} older" if versions > 1 else ""
        lines.append(
            f"{name:<16} {policy.version}{older}, by {policy.graded_by.value}: {counts}. {policy.source}"
        )
    return lines


def list_data(book: PolicyBook) -> list[dict[str, Any]]:
    """The same as plain data."""
    data: list[dict[str, Any]] = []
    for name in book.names():
        try:
            policy = book.get(name)
        except PolicyError as error:
            data.append({"name": name, "fault": str(error)})
            continue
        assert policy is not None
        data.append(
            {
                "name": name,
                "title": policy.title,
                "version": policy.version,
                "versions": [each.version for each in book.versions(name)],
                "valid_from": policy.valid_from.isoformat(),
                "source": policy.source,
                "file": policy.origin,
                "graded_by": policy.graded_by.value,
                "targets": len(policy.targets),
                "rules": [rule.id for rule in policy.rulebook.rules],
                "readings": {reading.key: reading.choice for reading in policy.readings},
            }
        )
    return data


def show_lines(policy: Policy) -> list[str]:
    """A whole policy: calendars, grades, targets, readings with the sentence they read, rules."""
    lines = [f"{policy.title} {policy.version}", f"from   {policy.source}", f"file   {policy.origin}"]
    lines += ["", "Calendars", *(f"  {name:<20} {_hours(policy, name)}" for name in policy.calendars)]
    for title, grades in (("Priorities", policy.priorities), ("Severities", policy.severities)):
        if grades:
            lines += ["", title]
            for grade in grades:
                criteria = "; ".join(grade.criteria)
                lines.append(
                    f"  {grade.level} {grade.label:<10} {grade.title}" + (f": {criteria}" if criteria else "")
                )
    lines += ["", "Targets: of each metric the first that fits a ticket counts"]
    lines += [f"  {target.metric.label} {_target(target)}" for target in policy.targets]
    for pair in policy.pairs:
        labels = [grade.label if grade else "?" for grade in map(policy.grade, (pair.level, pair.becomes))]
        lines.append(f"  while {pair.while_open} is open, {labels[0]} counts as {labels[1]}")
    if policy.closures:
        lines += ["", "Closing"]
        for closure in policy.closures:
            needs = ", ".join(closure.needs) or "asks for nothing"
            lines.append(f"  {closure.id:<18} {closure.label} ({closure.source}): {needs}")
    lines += ["", "Readings: how unclear sentences are read; a site's file may choose otherwise"]
    for reading in policy.readings:
        number = f"{reading.number} " if reading.number else ""
        lines.append(f"  {number}{reading.key} ({reading.source}): {reading.question}")
        lines += [
            f"    {'*' if choice.value == reading.choice else ' '} {choice.value}: {choice.meaning}"
            for choice in reading.choices
        ]
    lines += _part_lines(policy)
    if policy.rulebook.rules:
        lines += ["", "Rules"]
    for rule in policy.rulebook.rules:
        lines.append(f"  {rule.id:<5} {rule.section}: {rule.says} [{', '.join(rule.run_by)}]")
        if rule.uses:
            lines.append(f"        made of: {', '.join(rule.uses)}")
        if rule.unable:
            lines.append(f"        not by a client: {rule.unable}")
        lines += [
            f"        {message.effect.value}: {message.words} {message.remedy}".rstrip()
            for message in rule.messages
        ]
    return lines


def _part_lines(policy: Policy) -> list[str]:
    """What rules are made of, part by part, each with the section of the text that it is from."""
    book = policy.rulebook
    sections: tuple[tuple[str, Sequence[tuple[str, str]]], ...] = (
        ("Channels", [(c.channel.value, c.source) for c in policy.channels]),
        ("Services", [(f"{s.title}, {s.availability} %", s.source) for s in policy.services]),
        ("What does not count as down time, or does", [(c.label, c.source) for c in book.causes]),
        ("Facts of a customer", [(e.title, e.source) for e in book.entitlements]),
        ("Checklists", [(c.title, c.source) for c in book.checklists]),
        ("Support levels", [(f"{s.id} {s.title}, {s.party}", s.source) for s in book.levels]),
        ("Hand-overs", [(f"{h.id}: {h.condition}", h.source) for h in book.hand_offs]),
        ("Escalation", [(f"{e.id}: {e.contact}", e.source) for e in book.escalation]),
        ("Teams", [(t.title, t.source) for t in book.teams]),
        ("How work ends", [(r.label, r.source) for r in book.resolutions]),
        ("Left out", [(f"{e.label} ({e.of})", e.source) for e in book.exclusions]),
        ("Reviews", [(f"{r.title}, by the {r.by}", r.source) for r in book.reviews]),
        ("Records", [(r.title, r.source) for r in book.records]),
        ("Templates", [(t.title, t.source) for t in book.templates]),
        ("Versions", [(f"{v.product} {v.version}", v.source) for v in book.versions]),
        ("Follow-up", [(book.follow_up.reference, book.follow_up.source)] if book.follow_up else []),
        ("Pairs", [(f"while {p.while_open} is open", p.source) for p in policy.pairs]),
        ("After hours", [(f"{a.office}: outside {a.calendar}", "") for a in policy.after_hours]),
        ("Grades", [(g.label, g.source) for g in (*policy.priorities, *policy.severities)]),
    )
    lines: list[str] = []
    for title, parts in sections:
        if parts:
            lines += ["", title, *(f"  {words}" + (f" ({of})" if of else "") for words, of in parts)]
    return lines


def show_data(policy: Policy) -> dict[str, Any]:
    """The whole policy as plain data; times of day and spans are seconds."""
    data: dict[str, Any] = msgspec.to_builtins(policy, str_keys=True)
    for calendar in data["calendars"].values():
        for key in ("holidays", "open_days"):
            calendar[key] = sorted(calendar[key])
    return data


def _hours(policy: Policy, name: str) -> str:
    spec = policy.calendars[name]
    days = []
    for weekday, blocks in enumerate(spec.hours):
        if blocks:
            hours = ", ".join(f"{_wall(opening)}-{_wall(closing)}" for opening, closing in blocks)
            days.append(f"{_WEEKDAYS[weekday]} {hours}")
    source = policy.holiday_sources.get(name)
    closed = f"; closed on holidays of {source.name}" if source is not None else ""
    count = f" ({len(spec.holidays)} dates)" if spec.holidays else ""
    return f"{spec.zone}: {_joined(days)}{closed}{count}"


def _joined(days: list[str]) -> str:
    """Days with the same hours in a row as a range."""
    groups: list[tuple[str, str, str]] = []
    for day in days:
        name, _, hours = day.partition(" ")
        if groups and groups[-1][2] == hours:
            groups[-1] = (groups[-1][0], name, hours)
        else:
            groups.append((name, name, hours))
    return "; ".join(f"{a} {hours}" if a == b else f"{a}-{b} {hours}" for a, b, hours in groups)


def _wall(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"


def _target(target: Target) -> str:
    conditions = _conditions(target.match)
    calendar = f", {target.calendar}" if target.calendar else ""
    marks = [
        word
        for word, holds in (
            ("at once", target.immediate),
            ("not time-critical", target.informational),
            ("used up is late", target.strict),
            ("no objective", not target.objective),
        )
        if holds
    ]
    words = f" [{'; '.join(marks)}]" if marks else ""
    return f"{target.name} ({target.source}){calendar}{words}" + (f" for {conditions}" if conditions else "")


def _conditions(match: Match) -> str:
    parts = []
    for field in match.__struct_fields__:
        value = getattr(match, field)
        if isinstance(value, tuple) and value:
            parts.append(f"{field} {'/'.join(str(each) or 'none' for each in value)}")
        elif isinstance(value, str) and value and field != "opened_calendar":
            parts.append(f"{field} {value}")
        elif isinstance(value, bool):
            parts.append(field if value else f"not {field}")
    return ", ".join(parts)


def note_lines(notes: Sequence[Note]) -> list[str]:
    """What a check found, faults first."""
    ordered = sorted(notes, key=lambda note: not note.fault)
    return [
        f"{'!!' if note.fault else '  '} {note.policy + ': ' if note.policy else ''}{note.kind}: {note.words}"
        + (f" ({note.file}:{note.line})" if note.line else "")
        for note in ordered
    ]


def case_lines(results: Sequence[CaseResult]) -> list[str]:
    """Each mismatch with what was expected and what came, and a last line with the count."""
    wrong = mismatches(results)
    lines = [
        f"{result.id} ({result.op}): expected {result.expected}, got {result.actual}"
        + (f". {result.note}" if result.note else "")
        for result in wrong
    ]
    return [*lines, f"{len(results) - len(wrong)} of {len(results)} cases agree"]
