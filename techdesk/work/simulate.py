"""What another policy would have meant: the cached tickets' logs, replayed under it and under today's.

Both sides are computed from the logs at one instant, so the comparison has no memory of its own. A ticket
that another policy is for is passed over, unless the candidate is a new policy, which is tried on all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import tzinfo

from msgspec import Struct

from techdesk.model import Instant
from techdesk.policies.book import PolicyBook
from techdesk.sla.calendar import Calendar
from techdesk.sla.evaluate import Evaluator
from techdesk.sla.evaluation import Evaluation, Metric, TargetState, Verdict
from techdesk.sla.history import History
from techdesk.sla.policy import GradedBy, Policy
from techdesk.work.explain import moment, span

PROGRESS_EVERY = 500
"""Tickets between two reports of progress."""
MOST_CHANGES = 1000
"""Changed tickets that are kept one by one; the others are only counted."""

Case = tuple[int, str, str, History]
"""Key, number, name of today's policy, log."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What a policy says of one target of one ticket."""

    name: str
    verdict: str
    """``met``, ``missed``, ``running``, ``breached`` (running and over), ``paused`` or ``none``."""
    due: Instant | None


class Tally(Struct, kw_only=True):
    """Targets of one level and metric under one policy."""

    met: int = 0
    missed: int = 0
    running: int = 0
    breached: int = 0
    paused: int = 0
    none: int = 0
    """Without a number, or without a target."""

    @property
    def late(self) -> int:
        """Missed, or over and still running."""
        return self.missed + self.breached


class Line(Struct, frozen=True, kw_only=True):
    """One level and metric, today and under the candidate."""

    level: str
    metric: Metric
    today: Tally
    candidate: Tally


class Changed(Struct, frozen=True, kw_only=True):
    """A ticket for which the candidate would have meant something else."""

    key: int
    number: str
    level: str
    metric: Metric
    today: Outcome
    candidate: Outcome


class Report(Struct, frozen=True, kw_only=True):
    """The comparison."""

    candidate: str
    """Title and version."""
    since: Instant
    now: Instant
    replayed: int
    """Tickets with a target that started in the time."""
    passed_over: int
    """Tickets of other policies, and older ones."""
    lines: tuple[Line, ...]
    changed: tuple[Changed, ...]
    """The first of them, in the order of the histories."""
    changed_count: int
    """Targets that change."""
    changed_tickets: int
    cancelled: bool = False


def simulate(
    histories: Iterable[Case],
    current: PolicyBook,
    candidate: Policy,
    since: Instant,
    now: Instant,
    progress: Callable[[int], None] = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    everything: bool = False,
) -> Report:
    """Replay histories under ``candidate``, and compare targets that started from ``since`` on.

    ``progress`` hears how many tickets are done, every ``PROGRESS_EVERY``; ``cancelled`` is asked as often,
    and then what is done so far is reported. ``everything`` tries tickets of all policies.
    """
    evaluator = Evaluator(candidate, {name: Calendar(spec) for name, spec in candidate.calendars.items()})
    everything = everything or candidate.name not in current.names()
    tallies: dict[tuple[str, Metric], tuple[Tally, Tally]] = {}
    order: dict[str, tuple[int, str]] = {}
    changed: list[Changed] = []
    replayed = passed_over = changes = tickets = done = 0
    stopped = False
    for key, number, name, history in histories:
        done += 1
        if done % PROGRESS_EVERY == 0:
            progress(done)
            if cancelled():
                stopped = True
                break
        if not everything and name != candidate.name:
            passed_over += 1
            continue
        before = _wanted(current.evaluate(name, history, now), since)
        after = _wanted(evaluator.evaluate(history, now), since)
        if not before and not after:
            passed_over += 1
            continue
        replayed += 1
        level, rank = _level(candidate, history)
        order[level] = (rank, level)
        moved = False
        for metric, index in dict.fromkeys([*before, *after]):
            old, new = before.get((metric, index)), after.get((metric, index))
            pair = tallies.setdefault((level, metric), (Tally(), Tally()))
            today, then = _outcome(old, now), _outcome(new, now)
            _count(pair[0], today)
            _count(pair[1], then)
            if (today.verdict, today.due) != (then.verdict, then.due):
                changes += 1
                moved = True
                if len(changed) < MOST_CHANGES:
                    changed.append(
                        Changed(
                            key=key, number=number, level=level, metric=metric, today=today, candidate=then
                        )
                    )
        tickets += moved
    progress(done)
    metrics = list(Metric)
    ordered = sorted(tallies, key=lambda pair: (order[pair[0]], metrics.index(pair[1])))
    return Report(
        candidate=f"{candidate.title} {candidate.version}",
        since=since,
        now=now,
        replayed=replayed,
        passed_over=passed_over,
        lines=tuple(
            Line(
                level=level,
                metric=metric,
                today=tallies[level, metric][0],
                candidate=tallies[level, metric][1],
            )
            for level, metric in ordered
        ),
        changed=tuple(changed),
        changed_count=changes,
        changed_tickets=tickets,
        cancelled=stopped,
    )


def _wanted(evaluation: Evaluation, since: Instant) -> dict[tuple[Metric, int], TargetState]:
    """Targets that count: not replaced, and started in the time; of each metric in order of start."""
    seen: Counter[Metric] = Counter()
    wanted: dict[tuple[Metric, int], TargetState] = {}
    for state in evaluation.targets:
        if state.verdict is not Verdict.REPLACED and state.started >= since:
            wanted[state.metric, seen[state.metric]] = state
            seen[state.metric] += 1
    return wanted


def _outcome(state: TargetState | None, now: Instant) -> Outcome:
    if state is None or state.verdict is Verdict.NONE:
        return Outcome(name="" if state is None else state.name, verdict="none", due=None)
    verdict = state.verdict.value
    if state.verdict is Verdict.RUNNING and state.breach_at is not None and now >= state.breach_at:
        verdict = "breached"
    return Outcome(name=state.name, verdict=verdict, due=state.due)


def _count(tally: Tally, outcome: Outcome) -> None:
    setattr(tally, outcome.verdict, getattr(tally, outcome.verdict) + 1)


def _level(policy: Policy, history: History) -> tuple[str, int]:
    """What the candidate calls the ticket's grade, and its place in the table."""
    value = history.priority if policy.graded_by is GradedBy.PRIORITY else history.severity
    if value is None:
        return "not graded", 1000
    grade = policy.grade(value)
    return (grade.label if grade is not None else f"{policy.graded_by.value} {value}"), value


def report_lines(report: Report, zone: tzinfo | None = None, most: int = 20) -> list[str]:
    """The comparison as plain lines."""
    lines = [
        f"{report.candidate}, tickets since {moment(report.since, zone)}: {report.replayed} replayed,"
        f" {report.passed_over} passed over" + (" (stopped early)" if report.cancelled else "")
    ]
    if report.lines:
        lines.append(f"{'':<26}{'today':>24}{'candidate':>24}")
        lines.append(f"{'level':<14}{'metric':<12}" + f"{'met':>8}{'late':>8}{'open':>8}" * 2)
    for line in report.lines:
        numbers = "".join(
            f"{tally.met:>8}{tally.late:>8}{tally.running + tally.paused:>8}"
            for tally in (line.today, line.candidate)
        )
        lines.append(f"{line.level:<14}{line.metric.label:<12}{numbers}")
    lines.append(f"{report.changed_tickets} tickets change, in {report.changed_count} targets")
    lines += [
        f"  {change.number}  {change.level}  {change.metric.label}:"
        f" {_said(change.today, zone)} -> {_said(change.candidate, zone)}{_later(change)}"
        for change in report.changed[:most]
    ]
    if report.changed_count > most:
        lines.append(f"  and {report.changed_count - most} more")
    return lines


def _said(outcome: Outcome, zone: tzinfo | None) -> str:
    if outcome.due is None:
        return outcome.verdict
    return f"{outcome.verdict}, due {moment(outcome.due, zone)}"


def _later(change: Changed) -> str:
    if change.today.due is None or change.candidate.due is None or change.today.due == change.candidate.due:
        return ""
    moved = change.candidate.due - change.today.due
    return f" ({span(abs(moved))} {'later' if moved > 0 else 'earlier'})"
