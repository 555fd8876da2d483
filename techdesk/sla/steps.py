"""When the next person up an escalation path may be asked (Zynstra: POLICIES Z5 to Z7, reading 11).

A path's steps are data of the policy (``Rulebook.escalation``); what a technician has done is a list of
attempts. Working days are those of the step's calendar, with the same wall time on the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from techdesk.model import Instant
from techdesk.sla.calendar import Calendar
from techdesk.sla.levels import EscalationStep, Window


class Attempt(Struct, frozen=True, kw_only=True):
    """One try to reach the contact of a step."""

    step: str
    """The step whose contact was tried."""
    at: Instant
    reached: bool
    """Whether that contact answered and took the concern on."""


class StepState(Struct, frozen=True, kw_only=True):
    """Where one step stands."""

    step: str
    open_since: Instant | None = None
    """Since when it may be taken; None while it may not."""
    opens_at: Instant | None = None
    """When it opens if nothing more happens; None while something has to be done first."""
    attempts: int = 0
    """Failed attempts that count towards it."""
    needed: int = 0
    """Failed attempts that it asks for."""
    first: Instant | None = None
    """The first attempt that counts."""
    day_ends: Instant | None = None
    """When the working day since the first attempt is over, where that has to pass (POLICIES Z7)."""
    recorded: bool = True
    """Whether the step before is on record at all."""
    reached: bool = False
    """Whether the contact of the step before took it on: then only the time for progress counts."""


def step_state(
    step: EscalationStep, attempts: Sequence[Attempt], calendar: Calendar | None, now: Instant
) -> StepState:
    """Whether a step is open at ``now``; ``calendar`` is the step's own, None where it names none."""
    if not step.after:
        return StepState(step=step.id, open_since=min((each.at for each in attempts), default=now))
    before = sorted((each for each in attempts if each.step == step.after and each.at <= now), key=_at)
    if not before:
        return StepState(step=step.id, needed=step.attempts, recorded=False)
    reached = next((each for each in before if each.reached), None)
    failed = [each.at for each in before if not each.reached]
    if not step.attempts and not step.progress_days:
        return StepState(step=step.id, open_since=before[0].at, reached=reached is not None)
    opened = _unreachable(step, failed, calendar)
    if opened is not None and (reached is None or opened <= reached.at):
        return _opened(step, opened, failed, calendar, now)
    if reached is not None:
        if not step.progress_days or calendar is None:
            return StepState(step=step.id, needed=step.attempts, first=reached.at, reached=True)
        due = calendar.business_day(reached.at, step.progress_days)
        state = _opened(step, due, failed, calendar, now)
        return StepState(
            step=step.id,
            open_since=state.open_since,
            opens_at=state.opens_at,
            attempts=len(failed),
            needed=step.attempts,
            first=reached.at,
            reached=True,
        )
    counted = _counted(step, failed, calendar, now)
    return StepState(
        step=step.id,
        attempts=len(counted),
        needed=step.attempts,
        first=counted[0] if counted else None,
        day_ends=_day_ends(step, failed, calendar),
    )


def _opened(
    step: EscalationStep, opens: Instant, failed: Sequence[Instant], calendar: Calendar | None, now: Instant
) -> StepState:
    return StepState(
        step=step.id,
        open_since=opens if opens <= now else None,
        opens_at=opens,
        attempts=len(failed),
        needed=step.attempts,
        first=failed[0] if failed else None,
        day_ends=_day_ends(step, failed, calendar),
    )


def _day_ends(step: EscalationStep, failed: Sequence[Instant], calendar: Calendar | None) -> Instant | None:
    if step.window is not Window.OVER or calendar is None or not failed:
        return None
    return calendar.business_day(failed[0], 1)


def _unreachable(
    step: EscalationStep, failed: Sequence[Instant], calendar: Calendar | None
) -> Instant | None:
    """When the attempts that were made suffice; None while they do not."""
    needed = step.attempts
    if not needed or len(failed) < needed:
        return None
    if calendar is None or step.window is Window.NONE:
        return failed[needed - 1]
    if step.window is Window.OVER:
        return max(failed[needed - 1], calendar.business_day(failed[0], 1))
    for first, last in zip(failed, failed[needed - 1 :], strict=False):
        if _together(step.window, calendar, first, last):
            return last
    return None


def _counted(
    step: EscalationStep, failed: Sequence[Instant], calendar: Calendar | None, now: Instant
) -> list[Instant]:
    """The attempts that still count at ``now``: those whose window is not over."""
    if calendar is None or step.window in (Window.NONE, Window.OVER):
        return list(failed)
    return [at for at in failed if _together(step.window, calendar, at, now)]


def _together(window: Window, calendar: Calendar, first: Instant, last: Instant) -> bool:
    if window is Window.ROLLING:
        return last <= calendar.business_day(first, 1)
    zone = ZoneInfo(calendar.spec.zone)
    return datetime.fromtimestamp(first, zone).date() == datetime.fromtimestamp(last, zone).date()


def _at(attempt: Attempt) -> Instant:
    return attempt.at
