"""The grades that a ticket may get, with what each would mean: for the picker of ``p`` and for the verbs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import Instant
from techdesk.rules.wording import span
from techdesk.sla.evaluation import Evaluation, Metric, TargetState, Verdict
from techdesk.sla.history import Change, History
from techdesk.sla.policy import Grade, GradedBy, Policy

if TYPE_CHECKING:
    from techdesk.policies.book import PolicyBook

PRIORITY, SEVERITY = "priority", "severity"


class GradeChoice(Struct, frozen=True, kw_only=True):
    """One level of one axis, and the target that the ticket would have with it."""

    axis: str
    """``priority`` or ``severity``: the value that ``perform('ticket.priority', ...)`` takes it as."""
    level: int
    """1 is the most urgent."""
    label: str
    """``Critical``, ``P1``."""
    title: str = ""
    criteria: tuple[str, ...] = ()
    effort: str = ""
    fix: str = ""
    """What may be said of a fix (POLICIES DD5)."""
    target: str = ""
    """Name of the response target: ``Critical response in less than 30 min``; empty where it has none."""
    calendar: str = ""
    """The calendar that the target counts in, with its zone: ``standard, America/New_York``."""
    due: Instant | None = None
    """When it would be due if the ticket were graded so now."""
    met: bool = False
    """Whether the target is met already."""
    missed: bool = False
    """Whether it was met too late: nothing runs any more, and with this grade it was no promise kept."""
    late: int = 0
    """Seconds for which it would be past due already if the ticket were graded so now; 0 where it is not."""
    current: bool = False
    graded_by: bool = True
    """Whether the policy's targets hang on this axis."""

    @property
    def words(self) -> str:
        """``2 Critical``, with its title where that says more."""
        return f"{self.level} {self.name}"

    @property
    def name(self) -> str:
        """``Critical``, with its title where that says more."""
        return named(self.label, self.title)

    def detail(self, due: str = "") -> str:
        """Due time (in words, from the caller), target, calendar, effort (PH8) and criteria, in one line.

        A target that the grade would find past its time already says so, and by how much.
        """
        counted = f"{self.target} ({self.calendar})" if self.target and self.calendar else self.target
        ends = "met" if self.met else f"{self._is_due()} {due}" if due and self.due is not None else ""
        parts = (ends, counted or "no response time", self.meaning)
        return " · ".join(part for part in parts if part)

    @property
    def meaning(self) -> str:
        """What the grade stands for: effort (PH8), criteria (PH10), what may be said of a fix (DD5)."""
        fix = f"a fix: {self.fix}" if self.fix else ""
        return " · ".join(part for part in (self.effort, "; ".join(self.criteria), fix) if part)

    def _is_due(self) -> str:
        if self.late:
            return f"PAST DUE by {span(self.late)}, since"
        return "missed: was due" if self.missed else "due"


def graded_axis(policy: Policy | None) -> str:
    """The axis that raising and lowering move: the one that the policy's targets hang on."""
    return SEVERITY if policy is not None and policy.graded_by is GradedBy.SEVERITY else PRIORITY


def axes(policy: Policy | None) -> tuple[str, ...]:
    """The axes that a policy knows, the graded one first; priority alone without a policy."""
    if policy is None:
        return (PRIORITY,)
    known = [axis for axis, grades in _axes_of(policy).items() if grades]
    first = graded_axis(policy)
    return tuple(sorted(known, key=lambda axis: axis != first)) or (first,)


def levels_of(policy: Policy | None, axis: str) -> tuple[int, ...]:
    """Levels of an axis, most urgent first; empty where the policy has none."""
    if policy is None:
        return ()
    return tuple(sorted(grade.level for grade in _axes_of(policy)[axis]))


def grades_of(policy: Policy | None, axis: str) -> list[GradeChoice]:
    """The grades of an axis for a ticket that is not there yet, most urgent first: without its targets."""
    if policy is None:
        return []
    return [
        GradeChoice(
            axis=axis,
            level=grade.level,
            label=grade.label,
            title=grade.title,
            criteria=grade.criteria,
            effort=grade.effort,
            fix=grade.fix,
            graded_by=axis == graded_axis(policy),
        )
        for grade in sorted(_axes_of(policy)[axis], key=lambda grade: grade.level)
    ]


def grade_words(policy: Policy | None, axis: str, level: int | None) -> str:
    """A grade with what is done about it until it is solved (PH8): empty where the policy says nothing."""
    for grade in grades_of(policy, axis):
        if grade.level == level and grade.effort:
            return f"{axis} {grade.words}: {grade.effort}"
    return ""


def named(label: str, title: str) -> str:
    """A label, with its title where that says more; the title alone where it begins with the label."""
    if title.startswith(label):
        return title
    return f"{label} {title}".rstrip()


def label_of(policy: Policy | None, axis: str, level: int | None) -> str:
    """``Critical`` or ``P1``; ``S2`` and the like where the policy gives no label, ``--`` without a level."""
    if level is None:
        return "--"
    if policy is not None:
        for grade in _axes_of(policy)[axis]:
            if grade.level == level:
                return grade.label
    return f"{'S' if axis == SEVERITY else 'P'}{level}"


class Level(Struct, frozen=True, kw_only=True):
    """One level for tickets of several policies, in the words of each."""

    level: int
    label: str
    """``P1 / Critical``."""
    fits: int
    """Tickets whose policy knows it."""


def levels_for_many(policies: Sequence[tuple[Policy | None, int]]) -> list[Level]:
    """The levels of the axis that each policy grades by, the most urgent first.

    ``policies``: each with how many of the tickets are under it; without one, 1 to 5.
    """
    labels: dict[int, dict[str, int]] = {}
    for policy, count in sorted(policies, key=lambda each: -each[1]):
        axis = graded_axis(policy)
        for level in levels_of(policy, axis) or range(1, 6):
            label = label_of(policy, axis, level)
            known = labels.setdefault(level, {})
            known[label] = known.get(label, 0) + count
    return [
        Level(level=level, label=" / ".join(known), fits=sum(known.values()))
        for level, known in sorted(labels.items())
    ]


def grade_choices(policy: Policy, book: PolicyBook, history: History, now: Instant) -> list[GradeChoice]:
    """Each level of each axis of a policy: the graded axis first, the most urgent level first."""
    made = []
    for axis in axes(policy):
        present = getattr(history, axis)
        for grade in sorted(_axes_of(policy)[axis], key=lambda grade: grade.level):
            after = evaluated_as(book, policy, history, now, axis, grade.level)
            made.append(_choice(policy, axis, grade, after, now, current=grade.level == present))
    return made


def evaluated_as(
    book: PolicyBook, policy: Policy, history: History, now: Instant, axis: str, level: int
) -> Evaluation:
    """The clocks of a ticket as they would be if it were graded so now."""
    present = getattr(history, axis)
    if present == level:
        return book.evaluate(policy.name, history, now)
    change = Change(at=now, field=axis, old=None if present is None else str(present), new=str(level))
    regraded = replace(history, changes=(*history.changes, change), **{axis: level})
    return book.evaluate(policy.name, regraded, now)


def _axes_of(policy: Policy) -> dict[str, tuple[Grade, ...]]:
    return {PRIORITY: policy.priorities, SEVERITY: policy.severities}


def _choice(
    policy: Policy, axis: str, grade: Grade, after: Evaluation, now: Instant, *, current: bool
) -> GradeChoice:
    responses = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)
    answers = [
        state
        for state in after.targets
        if state.metric in responses and state.verdict is not Verdict.REPLACED
    ]
    # What would run out next decides; where nothing runs any more, what was promised for the answer.
    running = [state for state in after.targets if state.verdict is Verdict.RUNNING and state.due is not None]
    following = min(running, key=lambda state: state.due or 0, default=None)
    state = following or (answers[-1] if answers else None)
    calendar = ""
    if state is not None and state.calendar in policy.calendars:
        calendar = f"{state.calendar}, {policy.calendars[state.calendar].zone}"
    return GradeChoice(
        axis=axis,
        level=grade.level,
        label=grade.label,
        title=grade.title,
        criteria=grade.criteria,
        effort=grade.effort,
        fix=grade.fix,
        target=state.name if state is not None else "",
        calendar=calendar,
        due=state.due if state is not None else None,
        met=state is not None and state.verdict is Verdict.MET,
        missed=state is not None and state.verdict is Verdict.MISSED,
        late=_late(state, now),
        current=current,
        graded_by=axis == graded_axis(policy),
    )


def _late(state: TargetState | None, now: Instant) -> int:
    if state is None or state.verdict is not Verdict.RUNNING or state.due is None:
        return 0
    return now - state.due if state.breach_at is not None and now >= state.breach_at else 0
