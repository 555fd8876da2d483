"""The objectives of a day: which were missed, which will be today and tomorrow, and who owns them.

Management monitors the tickets daily so that the objectives are met (POLICIES D16); the same digest goes into
a mail as Markdown. A day is the viewer's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from techdesk.model import Instant
from techdesk.query import Query, parse
from techdesk.rules.wording import span
from techdesk.sla.evaluation import TargetState, Verdict
from techdesk.text import zone_name
from techdesk.work.readings import BLANK, Kind, Line

if TYPE_CHECKING:
    from techdesk.store.reader import Reader
    from techdesk.store.rows import Row

DAYS = 2
"""Today and tomorrow."""
_BLOCK = 200
"""Tickets that are read at a time."""
_SHOWN = 100
"""Objectives of one list that a screen shows: nobody reads on, and the verb tells them all."""
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")


class Objective(Struct, frozen=True, kw_only=True):
    """One target of one ticket."""

    number: str
    subject: str
    grade: str
    owner: str
    """Name; empty for nobody."""
    customer: str
    metric: str
    """``RSP``, ``ESC`` ..."""
    name: str
    """``P1 response within 1 h``."""
    source: str
    """Policy and section: ``Dynamix 6.1``."""
    at: Instant | None
    """When it is missed, or was; None where the policy has no number for it."""
    at_once: bool
    """Whether the policy wants it met at once, whatever hour it ends at: it belongs to today."""
    open: bool
    """Whether it still waits to be met."""


class Digest(Struct, frozen=True, kw_only=True):
    """What a day's look at the tickets shows, each list by the hour of its objectives."""

    now: Instant
    missed: tuple[Objective, ...]
    """Those that are late now, and those that were met late or given up since the day began."""
    today: tuple[Objective, ...]
    tomorrow: tuple[Objective, ...]
    met: int
    """How many were met in time since the day began."""


def day_ends(now: Instant, days: int) -> Instant:
    """The midnight, in this machine's zone, that ends the day of ``now`` (``days`` = 1) or a later one."""
    day = datetime.fromtimestamp(now).astimezone().date() + timedelta(days=days)
    return int(datetime.combine(day, time()).astimezone().timestamp())


def digest(reader: Reader, now: Instant) -> Digest:
    """Read every objective of the tickets that can have one of today or tomorrow."""
    begin, end = day_ends(now, 0), day_ends(now, DAYS)
    missed: list[Objective] = []
    ahead: list[Objective] = []
    met = 0
    keys = reader.keys(_query(now, end), me="", now=now)
    rows = (row for place in range(0, len(keys), _BLOCK) for row in reader.rows(keys[place : place + _BLOCK]))
    for row in rows:
        for target in _promises(reader, row, now):
            late = target.breach_at is not None and target.breach_at <= now
            match target.verdict:
                case Verdict.MET if target.stopped is not None and target.stopped >= begin:
                    met += 1
                case Verdict.MISSED if (target.breach_at or 0) >= begin:
                    missed.append(_objective(row, target))
                case Verdict.RUNNING if late:
                    missed.append(_objective(row, target))
                case Verdict.RUNNING if target.breach_at is None or target.breach_at < end:
                    ahead.append(_objective(row, target))
                case _:
                    pass
    midnight = day_ends(now, 1)
    return Digest(
        now=now,
        missed=_by_hour(missed),
        today=_by_hour([each for each in ahead if _is_before(each, midnight)]),
        tomorrow=_by_hour([each for each in ahead if not _is_before(each, midnight)]),
        met=met,
    )


def _is_before(each: Objective, end: Instant) -> bool:
    return each.at_once or each.at is None or each.at < end


def _query(now: Instant, end: Instant) -> Query:
    """Whatever is open and due till then, and what changed since the day began: met, missed or given up."""
    query = parse(f"(status:active sla:<{(end - now) // 60 + 1}m) OR updated:today")
    assert isinstance(query, Query)
    return query


def _promises(reader: Reader, row: Row, now: Instant) -> Iterator[TargetState]:
    """Targets that can be missed: no reminder, nothing that only informs."""
    for target in reader.evaluation(row.key, now).targets:
        promised = target.breach_at is not None or target.immediate
        if promised and not target.informational:
            yield target


def _objective(row: Row, target: TargetState) -> Objective:
    return Objective(
        number=row.number,
        subject=row.subject,
        grade=row.grade,
        owner=row.owner_name,
        customer=row.organisation_name,
        metric=target.metric.label,
        name=target.name,
        source=target.source,
        at=target.due if target.due is not None else target.breach_at,
        at_once=target.immediate,
        open=target.verdict is Verdict.RUNNING,
    )


def _by_hour(found: list[Objective]) -> tuple[Objective, ...]:
    """What is to be met at once stands first."""
    return tuple(sorted(found, key=lambda each: (not each.at_once, each.at or 0, each.number, each.metric)))


# Words

_SECTIONS = (
    ("missed", "Missed", "Nothing is late, and nothing was missed today."),
    ("today", "Will be missed today, unless somebody acts", "Nothing more is due today."),
    ("tomorrow", "Tomorrow", "Nothing is due tomorrow."),
)


def title(found: Digest) -> str:
    """``Objectives of Sunday 22 November 2026``."""
    day = datetime.fromtimestamp(found.now).astimezone()
    return f"Objectives of {day:%A} {day.day} {day:%B %Y}"


def summary(found: Digest) -> str:
    """``2 missed (1 still open), 3 more today, 1 tomorrow, 14 met today; as of 14:40 UTC.``"""
    local = datetime.fromtimestamp(found.now).astimezone()
    still = sum(each.open for each in found.missed)
    return (
        f"{len(found.missed)} missed ({still} still open), {len(found.today)} more today,"
        f" {len(found.tomorrow)} tomorrow, {found.met} met today; as of {local:%H:%M} {zone_name(local)}."
    )


def _hour(each: Objective, now: Instant) -> str:
    """``15:18 UTC, in 36 min 46 s``; with the day where it is another."""
    if each.at is None:
        return "at once"
    local, today = (datetime.fromtimestamp(at).astimezone() for at in (each.at, now))
    year = "" if local.year == today.year else f"{local.year} "
    day = "" if local.date() == today.date() else f"{local:%a} {local.day} {local:%b} {year}"
    hour = f"{day}{local:%H:%M} {zone_name(local)}"
    if each.at > now:
        return f"{'at once, by ' * each.at_once}{hour}, in {span(each.at - now)}"
    return hour + (f", {span(now - each.at)} ago, still open" if each.open else ", met late")


def _owner(each: Objective) -> str:
    return f"owner {each.owner}" if each.owner else "nobody owns it"


def lines(found: Digest) -> list[Line]:
    """The digest for a screen that has the title in its frame."""
    told = [Line(Kind.TEXT, summary(found))]
    for name, heading, nothing in _SECTIONS:
        objectives: tuple[Objective, ...] = getattr(found, name)
        told += [BLANK, Line(Kind.QUESTION, heading)]
        told += [] if objectives else [Line(Kind.TEXT, nothing, 2)]
        for each in objectives[:_SHOWN]:
            words = (each.number, each.grade, each.metric, _hour(each, found.now), _owner(each))
            told.append(Line(Kind.CHOSEN, " · ".join(word for word in words if word), 2))
            told.append(Line(Kind.TEXT, f"{each.subject} ({each.customer or 'no customer'})", 4))
            told.append(Line(Kind.TEXT, f"{each.name}, {each.source}", 4))
        if len(objectives) > _SHOWN:
            more = f"... and {len(objectives) - _SHOWN:,} more: 'techdesk report' tells them all."
            told.append(Line(Kind.TEXT, more, 2))
    return told


def markdown(found: Digest) -> str:
    """The digest for a mail. What customers wrote cannot become a heading, a link or a table in it."""
    told = [f"# {title(found)}", "", summary(found)]
    for name, heading, nothing in _SECTIONS:
        objectives: tuple[Objective, ...] = getattr(found, name)
        told += ["", f"## {heading}", ""]
        told += [] if objectives else [nothing]
        for each in objectives:
            words = (each.grade, each.metric, _hour(each, found.now), _owner(each), each.customer)
            plain = " · ".join(_plain(word) for word in words if word)
            told.append(f"- **{_plain(each.number)}** {plain}")
            told.append(f"  {_plain(each.subject)} ({_plain(each.name)}, {_plain(each.source)})")
    return "\n".join(told)


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
