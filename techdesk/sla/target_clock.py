"""One target of one ticket: due time, thresholds and verdict (POLICIES section 1, points 2 to 5)."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.model import Instant
from techdesk.sla.calendar import Calendar, Span
from techdesk.sla.evaluation import TargetState, Verdict
from techdesk.sla.policy import Target, TargetKind


def put_off(calendar: Calendar, started: Instant, named: Instant, pauses: Sequence[Span]) -> Instant:
    """A named instant, later by the business time that pauses took before it; never earlier.

    A named opening does not fall due at the closing before it, though nothing is used up between the two.
    """
    if not pauses:
        return named
    return max(named, calendar.due(started, calendar.elapsed(started, named), pauses))


class TargetClock:
    """A target with its calendar, ready to be run over any number of tickets."""

    __slots__ = ("_calendar", "_critical", "_instant", "_judged", "_roll", "_source", "_warning", "target")

    def __init__(self, title: str, target: Target, calendar: Calendar | None, roll: Calendar | None) -> None:
        self.target = target
        self._source = f"{title} {target.source}"
        self._calendar = calendar
        self._roll = roll
        self._instant = target.kind.names_instant or roll is not None
        self._judged = target.objective and not target.informational
        self._warning, self._critical = self._shares(target.amount)

    def state(
        self,
        started: Instant,
        stopped: Instant | None,
        now: Instant,
        *,
        pauses: Sequence[Span] = (),
        paused_since: Instant | None = None,
        replaced: bool = False,
    ) -> TargetState:
        """The target as it stands at ``now``; ``replaced`` says that a regrade stopped it, not an answer."""
        target = self.target
        calendar = self._calendar
        if calendar is None:
            return self._numberless(started, stopped, now, replaced)
        if target.kind is TargetKind.DURATION:
            amount, warning, critical = target.amount, self._warning, self._critical
            due = calendar.due(started, amount, pauses)
        else:
            named = calendar.business_day(started, target.days, target.mode)
            amount = calendar.elapsed(started, named)
            due = put_off(calendar, started, named, pauses)
            warning, critical = self._shares(amount)
            if target.soft_days is not None:
                soft = calendar.business_day(started, target.soft_days, target.mode)
                warning = calendar.elapsed(started, soft)
        if self._roll is not None:
            due = self._roll.next_open(due)
            amount = calendar.elapsed(started, due, pauses)
        end = stopped if stopped is not None else paused_since if paused_since is not None else now
        used = calendar.elapsed(started, end, pauses)
        over = end > due if self._instant else used > amount or (target.strict and used >= amount)
        if replaced:
            verdict = Verdict.REPLACED
        elif stopped is not None:
            verdict = Verdict.MISSED if over and self._judged else Verdict.MET
        elif paused_since is not None and not over:  # a breach does not go away by waiting
            return self._build(started, amount, used, Verdict.PAUSED)
        else:
            verdict = Verdict.RUNNING
        if target.informational:
            return self._build(started, amount, used, verdict, stopped, due)
        if not self._judged:
            breach_at = None
        elif self._instant:
            breach_at = due + 1
        elif target.strict:
            breach_at = due
        else:
            # Over by one second of business time: after a closing time that is the next opening plus one.
            breach_at = calendar.due(started, amount + 1, pauses)
        return self._build(
            started,
            amount,
            used,
            verdict,
            stopped,
            due,
            breach_at,
            calendar.due(started, warning, pauses),
            calendar.due(started, critical, pauses),
        )

    def over(self, started: Instant, at: Instant, pauses: Sequence[Span] = ()) -> bool:
        """Whether it would be missed if nothing happened until ``at``."""
        return self.state(started, at, at, pauses=pauses).verdict is Verdict.MISSED

    def _numberless(
        self, started: Instant, stopped: Instant | None, now: Instant, replaced: bool
    ) -> TargetState:
        """A target without a number: ``immediate`` counts up in real seconds, ``none`` is the age."""
        used = max(0, (now if stopped is None else stopped) - started)
        if replaced:
            verdict = Verdict.REPLACED
        elif self.target.kind is TargetKind.NONE:
            verdict = Verdict.NONE
        else:
            verdict = Verdict.RUNNING if stopped is None else Verdict.MET
        return self._build(started, 0, used, verdict, stopped)

    def _build(
        self,
        started: Instant,
        amount: int,
        elapsed: int,
        verdict: Verdict,
        stopped: Instant | None = None,
        due: Instant | None = None,
        breach_at: Instant | None = None,
        warning_at: Instant | None = None,
        critical_at: Instant | None = None,
    ) -> TargetState:
        target = self.target
        return TargetState(
            metric=target.metric,
            name=target.name,
            source=self._source,
            calendar=target.calendar,
            verdict=verdict,
            started=started,
            amount=amount,
            elapsed=elapsed,
            due=due,
            breach_at=breach_at,
            warning_at=warning_at,
            critical_at=critical_at,
            stopped=stopped,
            immediate=target.immediate,
            informational=target.informational,
            notify=target.notify,
        )

    def _shares(self, amount: int) -> tuple[int, int]:
        """Business seconds used at which it warns and turns critical."""
        thresholds = self.target.thresholds
        warning = -(-amount * thresholds.warning_share // 100)
        if amount >= thresholds.warning_left_minimum and thresholds.warning_left:
            warning = min(warning, amount - thresholds.warning_left)
        if self.target.soft_amount:
            warning = self.target.soft_amount
        return max(warning, 0), -(-amount * thresholds.critical_share // 100)
