"""How a deadline came about: its start, its calendar, and everything on the way that moved it.

The clocks themselves are not computed here: an explanation asks the evaluator for its states with what made
them, and walks the calendar once more to name each closed stretch. So it can never disagree with the screen.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from msgspec import Struct

from techdesk.model import Instant
from techdesk.sla.calendar import Calendar
from techdesk.sla.evaluate import Calendars, Evaluator, Trace
from techdesk.sla.evaluation import Evaluation, Level, TargetState, Verdict
from techdesk.sla.history import Change, History
from techdesk.sla.policy import Policy, Reading, Reopen, StartEvent, TargetKind
from techdesk.sla.timeline import Timeline

_MOST_CAUSES = 200
_BREAK = 3 * 3600
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class CauseKind(StrEnum):
    """What moved a deadline, or decided which one there is."""

    CLOSED = "closed"  # the calendar does not count
    PAUSED = "paused"  # the policy says that this status does not count
    REOPENED = "reopened"  # the ticket was over, and came back
    REGRADED = "regraded"  # another grade, another target, from the same start
    TURNED = "turned"  # of a pair of grades the other one's turn began
    ROLLED = "rolled"  # a due time out of hours moved to the next opening


class Cause(Struct, frozen=True, kw_only=True):
    """One thing on the way from a target's start to its deadline."""

    kind: CauseKind
    since: Instant
    until: Instant
    """The same as ``since`` for what happened at an instant."""
    words: str
    """``night, Thanksgiving Day``; ``P2 to P1``."""
    seconds: int = 0
    """By how much it put the deadline off: real seconds of a closed stretch, business seconds of a pause."""


class TargetExplanation(Struct, frozen=True, kw_only=True):
    """One target and how its deadline came about."""

    state: TargetState
    start: str
    """What started it, in words."""
    allowed: str
    """What the policy allows: ``30 min, used up is late``, ``the 1st business day, same time``."""
    calendar: str
    """Name of the calendar; empty for real time."""
    zone: str
    causes: tuple[Cause, ...]
    """In order of time."""
    readings: tuple[Reading, ...]
    """Decisions about unclear sentences that it hangs on."""
    notify: tuple[str, ...] = ()
    breached: bool = False
    """Whether it has run out, and still runs."""


class Explanation(Struct, frozen=True, kw_only=True):
    """A ticket's targets, explained."""

    policy: str
    title: str
    version: str
    source: str
    """The text that the policy was written from."""
    targets: tuple[TargetExplanation, ...]
    note: str = ""
    """Why there is no countdown; empty when there is one."""


def explain(policy: Policy, history: History, now: Instant, calendars: Calendars) -> Explanation:
    """Explain every target of a ticket as it stands at ``now``."""
    return explain_with(Evaluator(policy, calendars), history, now, calendars)


def explain_with(evaluator: Evaluator, history: History, now: Instant, calendars: Calendars) -> Explanation:
    """The same with an evaluator at hand."""
    policy = evaluator.policy
    evaluation, traces = evaluator.traced(history, now)
    return Explanation(
        policy=policy.name,
        title=policy.title,
        version=policy.version,
        source=policy.source,
        targets=tuple(_target(evaluator, history, trace, now, calendars) for trace in traces),
        note=evaluation.note,
    )


def unexplained(evaluation: Evaluation) -> Explanation:
    """For a ticket without a policy that can run."""
    return Explanation(
        policy=evaluation.policy, title="", version="", source="", targets=(), note=evaluation.note
    )


def _target(
    evaluator: Evaluator, history: History, trace: Trace, now: Instant, calendars: Calendars
) -> TargetExplanation:
    policy, state, target = evaluator.policy, trace.state, trace.target
    calendar = calendars[target.calendar] if target.calendar else None
    end = state.due if state.due is not None else state.stopped if state.stopped is not None else now
    causes: list[Cause] = []
    if calendar is not None:
        rolled = _rolled(trace, calendar)
        end = end if rolled is None else rolled.since
        causes += _closed(policy, target.calendar, calendar, state.started, end)
        causes += _pauses(trace, calendar, history, now)
        if rolled is not None:
            causes.append(rolled)
    until = state.stopped if state.stopped is not None else max(now, end)
    causes += _regrades(policy, history, state, until)
    turns = _turns(evaluator, history, state, min(until, end), calendars)
    causes += turns
    causes.sort(key=lambda cause: (cause.since, cause.until))
    keys = list(target.readings)
    if turns:
        keys += [key for pair in policy.pairs for key in pair.readings]
    readings = [policy.reading(key) for key in dict.fromkeys(keys)]
    return TargetExplanation(
        state=state,
        breached=state.level(now) is Level.BREACHED,
        start=_start(policy, history, trace),
        allowed=allowed_words(trace),
        calendar=target.calendar,
        zone=calendar.spec.zone if calendar is not None else "",
        causes=tuple(causes),
        readings=tuple(reading for reading in readings if reading is not None),
        notify=target.notify,
    )


def _start(policy: Policy, history: History, trace: Trace) -> str:
    started = trace.state.started
    if trace.target.start is StartEvent.CUSTOMER_MESSAGE:
        return "oldest customer message without an answer"
    if started == history.created:
        channel = history.channel.value
        return f"received by {channel}" if channel else "received"
    return "reopened, with new targets" if policy.reopen is Reopen.NEW_TARGETS else "received"


def allowed_words(trace: Trace) -> str:
    """What a target allows, in words."""
    target = trace.target
    match target.kind:
        case TargetKind.DURATION:
            late = "used up is late" if target.strict else "used up is still in time"
            words = f"{_span(target.amount)}, {late}"
            return f"{words}, warns after {_span(target.soft_amount)}" if target.soft_amount else words
        case TargetKind.BUSINESS_DAYS:
            count = "1 business day" if target.days == 1 else f"{target.days} business days"
            mode = "same time of day" if target.mode.value == "same_time" else "end of that day"
            soft = f", warns after {target.soft_days}" if target.soft_days is not None else ""
            return f"{count}, {mode}{soft}"
        case TargetKind.END_OF_DAY:
            return "end of the working day in progress, else of the next one to open"
        case TargetKind.IMMEDIATE:
            return "at once: no number, it counts up"
        case TargetKind.NONE:
            return "no number in the text: only its age"


def _closed(policy: Policy, name: str, calendar: Calendar, start: Instant, end: Instant) -> list[Cause]:
    """Each closed stretch between start and deadline."""
    causes: list[Cause] = []
    at = start
    while at < end and len(causes) < _MOST_CAUSES:
        opened = calendar.next_open(at)
        if opened > at:
            until = min(opened, end)
            words = _why_closed(policy, name, calendar, at, until)
            causes.append(
                Cause(kind=CauseKind.CLOSED, since=at, until=until, words=words, seconds=until - at)
            )
        closes = calendar.next_close(opened)
        if closes is None:
            break
        at = closes
    return causes


def _why_closed(policy: Policy, name: str, calendar: Calendar, since: Instant, until: Instant) -> str:
    """Night, weekend, the holidays by name: every reason in a closed stretch once, in order."""
    zone = ZoneInfo(calendar.spec.zone)
    first, last = datetime.fromtimestamp(since, zone), datetime.fromtimestamp(until - 1, zone)
    # A ticket may come in the middle of the night: what the stretch is, its real beginning says.
    beginning = calendar.subtract(since, 1) + 1
    began = datetime.fromtimestamp(beginning, zone)
    week = calendar.spec.weekly()
    names = policy.holiday_names.get(name, {})
    reasons: list[str] = []
    day = first.date()
    while day <= last.date():
        weekday = day.weekday()
        if day in calendar.spec.holidays:
            reasons.append(names.get(day, "holiday"))
        elif not week[weekday]:
            reasons.append("weekend" if weekday >= 5 else f"closed on {_WEEKDAYS[weekday]}s")
        elif began.date() != last.date():
            reasons.append("night")
        else:
            reasons.append("break" if until - beginning < _BREAK else "closed hours")
        day += timedelta(days=1)
    return ", ".join(dict.fromkeys(reasons))


def _pauses(trace: Trace, calendar: Calendar, history: History, now: Instant) -> list[Cause]:
    state = trace.state
    statuses = ", ".join(status.value for status in trace.target.pause_on)
    end = state.due if state.due is not None else state.stopped
    causes = []
    for index, (since, until) in enumerate(trace.pauses):
        a = max(since, state.started)
        if until <= a or (end is not None and a >= end):
            continue
        gap = index < trace.gaps
        causes.append(
            Cause(
                kind=CauseKind.REOPENED if gap else CauseKind.PAUSED,
                since=a,
                until=until,
                words="was resolved or closed, then reopened" if gap else f"status {statuses} does not count",
                seconds=calendar.elapsed(a, until),
            )
        )
    began = Timeline(history).status_spans(trace.target.pause_on)[1]
    if began is not None and state.verdict is Verdict.PAUSED:
        a = max(began, state.started)
        causes.append(
            Cause(
                kind=CauseKind.PAUSED,
                since=a,
                until=max(a, now),
                words=f"status {statuses} does not count, and goes on",
                seconds=calendar.elapsed(a, now),
            )
        )
    return causes


def _rolled(trace: Trace, calendar: Calendar) -> Cause | None:
    state, target = trace.state, trace.target
    if not target.roll_to_open or state.due is None:
        return None
    unrolled = calendar.due(state.started, target.amount, trace.pauses)
    if unrolled == state.due:
        return None
    words = f"{_span(target.amount)} end out of hours; moved to the next opening of {target.roll_to_open}"
    return Cause(
        kind=CauseKind.ROLLED, since=unrolled, until=state.due, words=words, seconds=state.due - unrolled
    )


def _regrades(policy: Policy, history: History, state: TargetState, until: Instant) -> list[Cause]:
    causes = []
    for change in history.changes:
        if change.field != policy.graded_by or not state.started < change.at <= until:
            continue
        replaced = state.verdict is Verdict.REPLACED and change.at == state.stopped
        rest = "another target took its place" if replaced else "its target counts from the same start"
        words = f"{_graded(policy, change)}; {rest}"
        causes.append(Cause(kind=CauseKind.REGRADED, since=change.at, until=change.at, words=words))
    return causes


def _graded(policy: Policy, change: Change) -> str:
    def label(text: str | None) -> str:
        grade = policy.grade(int(text)) if text is not None and text.strip().isdecimal() else None
        return grade.label if grade is not None else text or "none"

    if change.old is None:
        return f"graded {label(change.new)}"
    return f"regraded from {label(change.old)} to {label(change.new)}"


def _turns(
    evaluator: Evaluator, history: History, state: TargetState, until: Instant, calendars: Calendars
) -> list[Cause]:
    """Where one grade of a pair took over from the other (reading 4)."""
    policy = evaluator.policy
    if not policy.pairs or state.verdict is Verdict.REPLACED:
        return []
    values = evaluator.grade_of(Timeline(history).values_between(state.started, None)[-1][1])
    level = values.priority if policy.graded_by == "priority" else values.severity
    causes = []
    for pair in policy.pairs:
        if pair.level != level:
            continue
        calendar = calendars[pair.while_open]
        labels = [grade.label if grade else "" for grade in map(policy.grade, (pair.level, pair.becomes))]
        at: Instant | None = state.started
        if calendar.is_open(state.started):
            words = f"{pair.while_open} is open: {labels[0]} counts as {labels[1]}"
            causes.append(Cause(kind=CauseKind.TURNED, since=state.started, until=state.started, words=words))
        while at is not None and len(causes) < _MOST_CAUSES:
            at = calendar.next_change(at)
            if at is None or at >= until:
                break
            opens = calendar.is_open(at)
            words = (
                f"{pair.while_open} opens: {labels[0]} counts as {labels[1]}"
                if opens
                else f"{pair.while_open} closes: {labels[0]} again"
            )
            causes.append(Cause(kind=CauseKind.TURNED, since=at, until=at, words=words))
    return causes


def _span(seconds: int) -> str:
    """``30 min``, ``1 h 30 min``, ``24 h``."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{hours} h" if hours else "", f"{minutes} min" if minutes else "", f"{left} s" if left else ""]
    return " ".join(part for part in parts if part) or "0 s"
