"""Runs a policy over a ticket's history: the state of every target, and the clock of the ticket's list row.

Readings that the policies leave open, and that are the same for all of them:

- A log is taken as fact as a whole; ``now`` only says how much time has passed. An entry that a server with a
  fast clock stamped a second ahead of ours counts at once.
- Resolving or closing a ticket stops its escalation and resolution clocks, and also a response clock that
  nobody answered: from then on there is nobody to answer. It is judged at that instant like an answer.
- An answer and a regrade in the same second: the regrade counts, since a macro writes both at once.
- A clock that is no objective (the review of an ungraded ticket) cannot be missed: done late is done.
- A regrade replaces a target that runs, also one that is over already: what it had used stays on show.
- Of a pair of grades that take turns (POLICIES reading 4) the first whose target runs out in its own turn
  counts, looked up ahead: so a deadline never jumps when the hour strikes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from techdesk.model import Instant, Status
from techdesk.sla.calendar import Calendar, CalendarError, Span
from techdesk.sla.evaluation import Evaluation, Metric, RowClock, TargetState, Urgency, Verdict
from techdesk.sla.grading import graded_by_people
from techdesk.sla.history import History
from techdesk.sla.matching import matches
from techdesk.sla.policy import GradedBy, OpenedWhen, Policy, Reopen, StartEvent, StopEvent, Target
from techdesk.sla.target_clock import TargetClock
from techdesk.sla.timeline import Timeline, Values

_REMEMBERED = 4096
"""Combinations of ticket values whose targets are remembered."""
_MOST_TURNS = 64
"""Changes of a pair that are looked ahead: weeks of nights and days."""


class Trace(NamedTuple):
    """What made one state: for the explanation."""

    state: TargetState
    target: Target
    pauses: Sequence[Span]
    """Times that do not count: reopened gaps, then pauses."""
    gaps: int
    """How many of them are gaps between an end and a reopening."""


class Calendars(Protocol):
    """Compiled calendars by name: a dict, or a mapping that compiles when first asked."""

    def __getitem__(self, name: str, /) -> Calendar: ...


_Candidate = tuple[TargetClock, Calendar | None, bool]
"""A target, the calendar that its ``opened`` condition asks, and whether it wants that one open."""


class _Cycle:
    """One life of a ticket: from its receipt (or a reopening with new targets) until it is over."""

    __slots__ = ("ended", "gaps", "started")

    def __init__(self, started: Instant, ended: Instant | None, gaps: list[Span]) -> None:
        self.started = started
        self.ended = ended
        self.gaps = gaps
        """Times within it in which the ticket was over and came back: no clock counts them."""


class _Gauge:
    """All targets of one metric."""

    __slots__ = ("clocks", "metric", "start", "stop")

    def __init__(self, metric: Metric, start: StartEvent, stop: StopEvent) -> None:
        self.metric = metric
        self.start = start
        self.stop = stop
        self.clocks: list[tuple[TargetClock, Calendar | None]] = []
        """Each target with the calendar that its ``opened`` condition asks."""


class Evaluator:
    """A policy with its calendars, ready for any number of tickets. Not shared between threads."""

    def __init__(self, policy: Policy, calendars: Calendars) -> None:
        self.policy = policy
        self._graded_index = 0 if policy.graded_by is GradedBy.PRIORITY else 1
        self._gauges: list[_Gauge] = []
        self._candidates: dict[tuple[Metric, Values], list[_Candidate]] = {}
        self._defaults = {
            rule.channel.value: level
            for rule in policy.channels
            for level in ((rule.default_priority, rule.default_severity)[self._graded_index],)
            if level is not None
        }
        self._grades = {
            grade.level: grade.label
            for grade in (policy.severities if self._graded_index else policy.priorities)
        }
        self._pairs = [(pair, calendars[pair.while_open]) for pair in policy.pairs]
        self._traces: list[Trace] | None = None
        self._calendars = calendars
        self._asks_organisation = any(target.match.organisation for target in policy.targets)
        for target in policy.targets:
            if target.metric is Metric.STEP:  # started by hand, from records that are no part of this history
                continue
            gauge = next((g for g in self._gauges if g.metric is target.metric), None)
            if gauge is None:
                gauge = _Gauge(target.metric, target.start, target.stop)
                self._gauges.append(gauge)
            gauge.clocks.append(_clock(policy.title, target, calendars))

    def evaluate(self, history: History, now: Instant) -> Evaluation:
        """Every target of the ticket at ``now``. Ages only, with a note, where an instant makes no sense."""
        try:
            return self._evaluate(history, now)
        except CalendarError as error:
            return age_only(history, self.policy.name, f"No countdown: {error}. Age only.")

    def traced(self, history: History, now: Instant) -> tuple[Evaluation, tuple[Trace, ...]]:
        """The same with what made each state, in the order of the states."""
        self._traces = []
        try:
            evaluation = self.evaluate(history, now)
            by_state = {id(trace.state): trace for trace in self._traces}
            return evaluation, tuple(by_state[id(state)] for state in evaluation.targets)
        finally:
            self._traces = None

    def grade_of(self, values: Values) -> Values:
        """The values with the grade that an ungraded ticket counts by (PH3), if there is one."""
        if values[self._graded_index] is not None:
            return values
        level = self._defaults.get(values.channel, self.policy.ungraded)
        if level is None:
            return values
        return values._replace(priority=level) if self._graded_index == 0 else values._replace(severity=level)

    def _evaluate(self, history: History, now: Instant) -> Evaluation:
        policy = self.policy
        history = graded_by_people(history, policy)
        timeline = Timeline(
            history,
            automatic_replies_count=policy.automatic_replies_count,
            organisation=history.organisation if self._asks_organisation else "",
        )
        cycles = self._cycles(timeline)
        states: list[TargetState] = []
        for gauge in self._gauges:
            if gauge.start is StartEvent.CUSTOMER_MESSAGE:
                self._run_waits(gauge, timeline, cycles, now, states)
                continue
            for cycle in cycles:
                stopped = self._stop(gauge.stop, timeline, cycle)
                self._run(gauge, timeline, cycle.started, stopped, cycle.gaps, now, states)
        states.sort(key=_started)
        row = self._row(history, states)
        note = self._note(history, states) if row.urgency is Urgency.NONE else ""
        return Evaluation(
            policy=policy.name,
            version=policy.version,
            targets=tuple(states),
            row=row,
            note=note,
            after_hours=bool(policy.after_hours) and self._received_after_hours(history),
            grade=self._grades.get((history.priority, history.severity)[self._graded_index] or 0, ""),
        )

    def _received_after_hours(self, history: History) -> bool:
        office = self.policy.office(history.region)
        return office is not None and not self._calendars[office.calendar].is_open(history.created)

    def _cycles(self, timeline: Timeline) -> list[_Cycle]:
        """The ticket's lives under the policy's rule for reopening."""
        overs = timeline.overs
        if not overs:
            return [_Cycle(timeline.created, None, [])]
        reopen = self.policy.reopen
        if reopen is Reopen.NEW_TARGETS:
            cycles = []
            started = timeline.created
            for over in overs:
                cycles.append(_Cycle(started, over.since, []))
                if over.until is None:
                    return cycles
                started = over.until
            return [*cycles, _Cycle(started, None, [])]
        gaps: list[Span] = []
        for over in overs:
            if over.until is None or (over.closed and reopen is Reopen.FORBIDDEN):
                return [_Cycle(timeline.created, over.since, gaps)]
            gaps.append((over.since, over.until))
        return [_Cycle(timeline.created, None, gaps)]

    def _stop(self, stop: StopEvent, timeline: Timeline, cycle: _Cycle) -> Instant | None:
        event: Instant | None = None
        if stop is StopEvent.PUBLIC_REPLY:
            if timeline.replies:
                if cycle.started == timeline.created:
                    event = max(timeline.replies[0], cycle.started)
                else:
                    event = next((reply for reply in timeline.replies if reply >= cycle.started), None)
        elif stop is StopEvent.GRADED:
            event = timeline.graded_at(cycle.started, self._graded_index)
        if event is None or (cycle.ended is not None and cycle.ended < event):
            event = cycle.ended
        return event

    def _run_waits(
        self, gauge: _Gauge, timeline: Timeline, cycles: list[_Cycle], now: Instant, states: list[TargetState]
    ) -> None:
        """Next responses: each one from the oldest unanswered customer message to the answer to it."""
        gaps = [(over.since, over.until) for over in timeline.overs if over.until is not None]
        for started, answered in timeline.waits():
            ended = next((over.since for over in timeline.overs if over.since >= started), None)
            last = cycles[-1]
            if last.ended is not None and started >= last.ended:
                break
            stopped = ended if answered is None or (ended is not None and ended < answered) else answered
            self._run(gauge, timeline, started, stopped, gaps, now, states)

    def _run(
        self,
        gauge: _Gauge,
        timeline: Timeline,
        started: Instant,
        stopped: Instant | None,
        gaps: list[Span],
        now: Instant,
        states: list[TargetState],
    ) -> None:
        """Add the metric's target over one span, and before it those that a regrade replaced."""
        stopped = None if stopped is None else max(stopped, started)
        values = timeline.values_between(started, stopped)
        current: TargetClock | None = None
        for i, (since, value) in enumerate(values):
            picked = self._pick(gauge, value, timeline.created)
            if self._pairs:
                until = values[i + 1][0] if i + 1 < len(values) else stopped
                picked = self._turn(gauge, value, timeline, started, (since, until), gaps, picked)
            if picked is current:
                continue
            if current is not None and since > started and gauge.stop is not StopEvent.GRADED:
                self._add(
                    states, current, current.state(started, since, now, pauses=gaps, replaced=True), gaps
                )
            if picked is None and gauge.stop is StopEvent.GRADED:
                continue  # grading ends the review: its target stays, though it matches no longer
            current = picked
        if current is None and stopped is not None:
            # Answered or resolved before it was graded: the first grade that it got later judges it.
            later = (
                self._pick(gauge, value, timeline.created)
                for _, value in timeline.values_between(stopped, None)
            )
            current = next((clock for clock in later if clock is not None), None)
        if current is None:
            return
        if current.target.pause_on:
            spans, since_paused = timeline.status_spans(current.target.pause_on)
            pauses = [*gaps, *spans]
            paused = None if since_paused is None else max(since_paused, started)
            if stopped is not None and paused is not None and paused < stopped:
                pauses.append((paused, stopped))
            state = current.state(started, stopped, now, pauses=pauses, paused_since=paused)
            self._add(states, current, state, pauses, len(gaps))
        else:
            self._add(states, current, current.state(started, stopped, now, pauses=gaps), gaps)

    def _add(
        self,
        states: list[TargetState],
        clock: TargetClock,
        state: TargetState,
        pauses: Sequence[Span],
        gaps: int | None = None,
    ) -> None:
        states.append(state)
        if self._traces is not None:
            self._traces.append(Trace(state, clock.target, pauses, len(pauses) if gaps is None else gaps))

    def _turn(
        self,
        gauge: _Gauge,
        values: Values,
        timeline: Timeline,
        started: Instant,
        span: tuple[Instant, Instant | None],
        gaps: list[Span],
        picked: TargetClock | None,
    ) -> TargetClock | None:
        """Of a pair of grades the target that decides in a span of a ticket's life."""
        graded = self.grade_of(values)
        for pair, calendar in self._pairs:
            if graded[self._graded_index] != pair.level:
                continue
            other = (
                graded._replace(priority=pair.becomes)
                if self._graded_index == 0
                else graded._replace(severity=pair.becomes)
            )
            sides = (picked, self._pick(gauge, other, timeline.created))
            at, until = max(span[0], started), span[1]
            for _ in range(_MOST_TURNS):
                picked = sides[calendar.is_open(at)]
                end = calendar.next_change(at)
                if end is None or (until is not None and until <= end):
                    return picked
                if picked is not None and picked.over(started, end, gaps):
                    return picked
                at = end
        return picked

    def _pick(self, gauge: _Gauge, values: Values, created: Instant) -> TargetClock | None:
        """The metric's first target that matches. Candidates are remembered: tickets of a kind are many."""
        key = (gauge.metric, values)
        candidates = self._candidates.get(key)
        if candidates is None:
            if len(self._candidates) > _REMEMBERED:
                self._candidates.clear()
            candidates = self._candidates[key] = self._matching(gauge, self.grade_of(values))
        for clock, opening, in_hours in candidates:
            if opening is None or opening.is_open(created) is in_hours:
                return clock
        return None

    def _matching(self, gauge: _Gauge, values: Values) -> list[_Candidate]:
        """The metric's targets for tickets with these values, down to the first that asks no calendar."""
        candidates: list[_Candidate] = []
        for clock, opening in gauge.clocks:
            match = clock.target.match
            if matches(match, values, graded=values[self._graded_index] is not None):
                candidates.append((clock, opening, match.opened is OpenedWhen.IN_HOURS))
                if opening is None:
                    break
        return candidates

    def _row(self, history: History, states: list[TargetState]) -> RowClock:
        """The open target with the most urgent key (POLICIES section 1, point 11)."""
        best: TargetState | None = None
        best_key = (Urgency.NONE, 0)
        for state in states:
            verdict = state.verdict
            if verdict is Verdict.RUNNING:
                if state.informational:
                    key = (Urgency.INFORMATIONAL, state.started if state.due is None else state.due)
                elif state.immediate or state.due is None:
                    key = (Urgency.CLOCK, state.started)
                else:
                    key = (Urgency.CLOCK, state.due)
            elif verdict is Verdict.PAUSED:
                key = (Urgency.PAUSED, state.left)
            else:
                continue
            if best is None or key < best_key:
                best, best_key = state, key
        if best is None:
            return RowClock(policy=self.policy.name, urgency=Urgency.NONE, order=history.created)
        urgency, order = best_key
        return RowClock(
            policy=self.policy.name,
            urgency=urgency,
            order=order - self.policy.vip_bump if history.vip else order,
            metric=best.metric.label,
            calendar=best.calendar,
            due=best.due,
            breach_at=best.breach_at,
            warning_at=best.warning_at,
            critical_at=best.critical_at,
            left=best.left if best.verdict is Verdict.PAUSED else None,
            immediate=best.immediate,
        )

    def _note(self, history: History, states: list[TargetState]) -> str:
        """Why an active ticket has no countdown."""
        title, field = self.policy.title, self.policy.graded_by.value
        if not history.status.is_active:
            return ""
        if self.policy.reopen is Reopen.FORBIDDEN and _was_closed(history):
            return f"No countdown: {title} does not reopen closed tickets. Open a follow-up ticket."
        ageing = [state for state in states if state.verdict is Verdict.NONE]
        if ageing:
            return f"No countdown: {title} promises no number ({ageing[0].source}). Age only."
        if getattr(history, field) is None:
            return (
                f"No countdown: {title} counts by {field}, and none is set yet. Set it, and the clocks start."
            )
        if states:
            return ""
        return f"No countdown: {title} has no target for a ticket like this one. Age only."


def evaluate(policy: Policy, history: History, now: Instant, calendars: Calendars) -> Evaluation:
    """Evaluate one ticket. For many, keep an ``Evaluator``: it prepares the policy once."""
    return Evaluator(policy, calendars).evaluate(history, now)


def age_only(history: History, policy_name: str, note: str = "") -> Evaluation:
    """The evaluation of a ticket whose policy is missing or not loaded: sorted by age, no countdown."""
    if not note:
        if policy_name:
            note = f"No countdown: the rules of {policy_name} are not loaded. Age only."
        else:
            note = "No countdown: no policy is assigned to this ticket. Age only."
    row = RowClock(policy=policy_name, urgency=Urgency.NONE, order=history.created)
    return Evaluation(policy=policy_name, version="", targets=(), row=row, note=note)


def _started(state: TargetState) -> Instant:
    return state.started


def _clock(title: str, target: Target, calendars: Calendars) -> tuple[TargetClock, Calendar | None]:
    calendar = calendars[target.calendar] if target.calendar else None
    roll = calendars[target.roll_to_open] if target.roll_to_open else None
    asked = target.match.opened_calendar or target.calendar
    opening = calendars[asked] if target.match.opened is not None and asked else None
    return TargetClock(title, target, calendar, roll), opening


def _was_closed(history: History) -> bool:
    """Whether an active ticket was closed before: its clocks do not come back (POLICIES W7)."""
    return any(change.field == "status" and change.new == Status.CLOSED for change in history.changes)
