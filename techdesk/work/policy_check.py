"""What is worth a look in a support policy: faults, dead ends, gaps, and the contradictions of its text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from techdesk.model import Instant
from techdesk.policies.book import PolicyBook
from techdesk.policies.public_holidays import PublicHolidays
from techdesk.sla.calendar import CalendarSpec, unite
from techdesk.sla.policy import GradedBy, LastMonth, Match, Policy, Target, TargetKind
from techdesk.sla.policy_error import PolicyError

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LAST_YEARS = 2
"""How many years before the holidays run out it is told."""


class Note(Struct, frozen=True, kw_only=True):
    """One thing that a check found."""

    policy: str
    kind: str
    """``fault``: the policy cannot be used; ``dead_end``, ``overlap``, ``no_target``, ``holidays``, ``date``:
    worth a look; ``contradiction``: of the vendor's text, and how it was decided."""
    words: str
    file: str = ""
    line: int = 0

    @property
    def fault(self) -> bool:
        """Whether the policy cannot be used as it is."""
        return self.kind == "fault"


def check_book(book: PolicyBook, now: Instant) -> list[Note]:
    """Every policy of a book, and every version in its archives."""
    notes: list[Note] = []
    for name in book.names():
        try:
            versions = book.versions(name)
        except PolicyError as error:
            notes.append(fault_note(error, name))
            continue
        notes += check_policy(versions[-1], now, book.holidays)
    return notes


def fault_note(error: PolicyError, name: str = "") -> Note:
    """A file that cannot be read, as a note."""
    allowed = f"; allowed: {error.allowed}" if error.allowed else ""
    return Note(policy=name, kind="fault", words=error.problem + allowed, file=error.source, line=error.line)


def check_policy(policy: Policy, now: Instant, holidays: PublicHolidays | None = None) -> list[Note]:
    """What is worth a look in a policy that can be read, and the contradictions of its text."""

    def note(kind: str, words: str) -> Note:
        return Note(policy=policy.name, kind=kind, words=words, file=policy.origin)

    notes = [note("dead_end", words) for words in (*_shadowed(policy), *_unused(policy), *_endless(policy))]
    notes += [
        note("overlap", f"calendar {name}: {words}")
        for name, spec in policy.calendars.items()
        for words in _overlaps(spec)
    ]
    notes += [note("no_target", words) for words in _without_target(policy)]
    notes += [note("holidays", words) for words in _running_out(policy, now, holidays)]
    notes += [note("date", words) for words in _past_versions(policy, now)]
    for each in policy.rulebook.contradictions:
        reading = f" [reading {each.reading}]" if each.reading else ""
        words = f"{each.section}: {each.problem} Decided: {each.decided}{reading}"
        notes.append(note("contradiction", words))
    return notes


def _shadowed(policy: Policy) -> list[str]:
    """Targets that no ticket ever reaches, because an earlier one of the metric takes all of theirs."""
    found = []
    for index, target in enumerate(policy.targets):
        for earlier in policy.targets[:index]:
            if earlier.metric is target.metric and _covers(earlier.match, target.match):
                found.append(f"target {target.name!r} is never reached: {earlier.name!r} takes its tickets")
                break
    return found


def _covers(wide: Match, narrow: Match) -> bool:
    for field in wide.__struct_fields__:
        a, b = getattr(wide, field), getattr(narrow, field)
        if isinstance(a, tuple):
            if a and (not b or not set(map(_folded, b)) <= set(map(_folded, a))):
                return False
        elif a not in (None, "") and a != b:
            return False
    return True


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _unused(policy: Policy) -> list[str]:
    used = {target.calendar for target in policy.targets} | {target.roll_to_open for target in policy.targets}
    used |= {target.match.opened_calendar for target in policy.targets}
    used |= {hours.calendar for hours in policy.support_hours} | {
        after.calendar for after in policy.after_hours
    }
    used |= {pair.while_open for pair in policy.pairs} | {
        step.calendar for step in policy.rulebook.escalation
    }
    return [f"calendar {name!r} is used by nothing" for name in policy.calendars if name not in used]


def _endless(policy: Policy) -> list[str]:
    """Ways that lead nowhere: a level that no hand-off leads to, a reading that decides nothing."""
    book = policy.rulebook
    takers = {way.taker for way in book.hand_offs}
    found = [
        f"support level {level.id!r}: no hand-off leads to it"
        for level in book.levels[1:]
        if level.id not in takers
    ]
    if policy.closures and not any(closure.standard for closure in policy.closures):
        found.append("no closure reason is the standard one")
    used = {key for target in policy.targets for key in target.readings}
    used |= {key for rule in book.rules for key in rule.readings}
    used |= {each.reading for each in book.contradictions}
    found += [
        f"reading {reading.key!r} decides nothing" for reading in policy.readings if reading.key not in used
    ]
    return found


def _overlaps(spec: CalendarSpec) -> list[str]:
    found = []
    for weekday, blocks in enumerate(spec.weekly()):
        if sum(closing - opening for opening, closing in blocks) > sum(b - a for a, b in unite(blocks)):
            written = ", ".join(f"{_wall(opening)}-{_wall(closing)}" for opening, closing in sorted(blocks))
            found.append(f"hours overlap on {_WEEKDAYS[weekday]}: {written}; they are united")
    return found


def _without_target(policy: Policy) -> list[str]:
    """Grades that no target is for."""
    axis = policy.graded_by
    grades = policy.priorities if axis is GradedBy.PRIORITY else policy.severities
    found = [
        f"{axis.value} {grade.label} has no target"
        for grade in grades
        if not any(grade.level in wanted or not wanted for wanted in _wanted(policy.targets, axis))
    ]
    if not any(target.kind is not TargetKind.NONE for target in policy.targets):
        found.append("no target has a number: tickets show their age")
    return found


def _wanted(targets: Iterable[Target], axis: GradedBy) -> list[tuple[int, ...]]:
    return [
        target.match.priority if axis is GradedBy.PRIORITY else target.match.severity
        for target in targets
        if target.objective
    ]


def _running_out(policy: Policy, now: Instant, holidays: PublicHolidays | None) -> list[str]:
    found = []
    year = datetime.fromtimestamp(now, UTC).year
    for name, source in policy.holiday_sources.items():
        expanded = holidays.expanded(source) if holidays is not None else None
        if expanded is not None and expanded.last_year - year < _LAST_YEARS:
            words = f"calendar {name}: holidays of {source.name} are known to {expanded.last_year} only"
            found.append(f"{words}; techdesk policy check --refresh")
    return found


def _past_versions(policy: Policy, now: Instant) -> list[str]:
    """A previous product version, which the text calls supported, whose support has ended."""
    today = datetime.fromtimestamp(now, UTC).date()
    by_product: dict[str, list[tuple[str, str, str]]] = {}
    for each in policy.rulebook.versions:
        by_product.setdefault(each.product, []).append((each.released, each.version, each.ends))
    found = []
    for product, versions in by_product.items():
        versions.sort(reverse=True)
        for _, version, ends in versions[1:2]:
            last = support_ends(ends, policy.last_month) if ends else None
            if last is not None and last < today:
                found.append(f"{product} {version} is the previous version, and its support ended {last}")
    return found


def support_ends(month: str, counts: LastMonth = LastMonth.MONTH_END) -> date:
    """The last day of support that ends with a month such as ``2017-05`` (Data Dynamics 4.6)."""
    year, number = map(int, month.split("-"))
    if counts is LastMonth.MONTH_BEGIN:
        return date(year, number, 1) - timedelta(days=1)
    after = date(year + number // 12, number % 12 + 1, 1)
    return after - timedelta(days=1)


def _wall(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
