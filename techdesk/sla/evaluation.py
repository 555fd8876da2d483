"""What evaluating a policy over a ticket's history gives: one state for each target, and the row's clock."""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum, StrEnum

from msgspec import Struct

from techdesk.model import Instant


class Metric(StrEnum):
    """What a target measures (POLICIES section 1, point 8)."""

    REVIEW = "review"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    ESCALATION = "escalation"
    RESOLUTION = "resolution"
    STEP = "step"

    @property
    def label(self) -> str:
        """Three letters for a narrow column."""
        return _LABELS[self]


_LABELS = {
    Metric.REVIEW: "REV",
    Metric.FIRST_RESPONSE: "RSP",
    Metric.NEXT_RESPONSE: "NXT",
    Metric.ESCALATION: "ESC",
    Metric.RESOLUTION: "RES",
    Metric.STEP: "STP",
}


class Verdict(StrEnum):
    """Where a target stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    REPLACED = "replaced"  # a regrade gave another target; kept to be shown
    NONE = "none"  # age only


class Level(IntEnum):
    """How near a running target is to its end; ordered, so that ``max`` is the worst."""

    NONE = 0
    OK = 1
    WARNING = 2
    CRITICAL = 3
    BREACHED = 4


class Urgency(IntEnum):
    """First key of the order of urgency (POLICIES section 1, point 11); the second is an instant or seconds.

    Immediate, breached and running share one class: an immediate target sorts by its start, which is past,
    and a breached one by its due time, which is past too, so both stand before everything that still runs,
    and a row never changes its place because time passes.
    """

    CLOCK = 0
    PAUSED = 1
    INFORMATIONAL = 2
    NONE = 3


class TargetState(Struct, frozen=True, kw_only=True, gc=False):
    """One target of one ticket, as it stands at the instant of the evaluation."""

    metric: Metric
    name: str
    """For people: ``P1 response within 1 h``."""
    source: str
    """Policy and section that set it: ``Dynamix 6.1``."""
    calendar: str
    """Name of the policy's calendar that counts it."""
    verdict: Verdict
    started: Instant
    amount: int = 0
    """Business seconds allowed; 0 for targets without a number."""
    elapsed: int = 0
    """Business seconds used so far, or when it stopped."""
    due: Instant | None = None
    """Earliest instant at which the target is used up (left limit); None while paused or without a number."""
    breach_at: Instant | None = None
    """First instant at which it counts as breached (after ``due`` where that is a closing time)."""
    warning_at: Instant | None = None
    critical_at: Instant | None = None
    stopped: Instant | None = None
    immediate: bool = False
    informational: bool = False
    notify: tuple[str, ...] = ()
    """Roles that are told when it runs out."""

    @property
    def tells(self) -> bool:
        """Whether somebody is to be told when it runs out: it is an escalation that names roles, and runs.

        A role at a response target (``notify`` of Wildix and Phonism) says who is alarmed by the ticket.
        """
        return bool(self.notify) and self.metric is Metric.ESCALATION and self.verdict is Verdict.RUNNING

    @property
    def clock(self) -> str:
        """What tells this clock from every other of its ticket: a regrade or a new start makes another."""
        return f"{self.metric.value}:{self.amount}:{self.started}"

    @property
    def reminder(self) -> bool:
        """Whether it reminds of something and promises nothing: it cannot be missed (POLICIES reading 19)."""
        return is_reminder(self.due, self.breach_at) and not self.informational

    @property
    def left(self) -> int:
        """Business seconds left; negative when over."""
        return self.amount - self.elapsed

    def level(self, now: Instant) -> Level:
        """How near it is to its end at ``now``."""
        if self.verdict is not Verdict.RUNNING or self.informational:
            return Level.NONE
        level = level_at(now, self.warning_at, self.critical_at, self.breach_at)
        return max(level, Level.CRITICAL) if self.immediate else level


def is_reminder(due: Instant | None, breach_at: Instant | None) -> bool:
    """Whether a running clock has an hour and cannot be missed: it is no objective (POLICIES reading 19)."""
    return due is not None and breach_at is None


def level_at(
    now: Instant, warning_at: Instant | None, critical_at: Instant | None, breach_at: Instant | None
) -> Level:
    """Level of a running target from its stored instants: subtraction-free, for every tick of the screen.

    What cannot be breached is never nearly breached either: it warns, and no more.
    """
    if breach_at is not None and now >= breach_at:
        return Level.BREACHED
    if critical_at is not None and now >= critical_at and breach_at is not None:
        return Level.CRITICAL
    if warning_at is not None and now >= warning_at:
        return Level.WARNING
    if breach_at is None and critical_at is None and warning_at is None:
        return Level.NONE
    return Level.OK


class RowClock(Struct, frozen=True, kw_only=True, gc=False):
    """What the store keeps in a list row, so that a screen draws and sorts without calendar work."""

    policy: str
    """Name of the policy, or empty where none applies."""
    urgency: Urgency
    order: int
    """Second sort key: due instant, or business seconds left when paused, or creation for age."""
    metric: str = ""
    """``RSP``, ``ESC`` ...; empty for age."""
    calendar: str = ""
    due: Instant | None = None
    breach_at: Instant | None = None
    warning_at: Instant | None = None
    critical_at: Instant | None = None
    left: int | None = None
    """Business seconds left, for a paused target only."""
    immediate: bool = False


class Evaluation(Struct, frozen=True, kw_only=True, gc=False):
    """Every target of a ticket, in order of start, and the clock of its list row."""

    policy: str
    version: str
    targets: tuple[TargetState, ...]
    row: RowClock
    after_hours: bool = False
    """Whether it was received outside the hours of the office in charge, where the policy asks (D17)."""
    note: str = ""
    """Why there is no countdown, in words for the ticket screen; empty when there is one."""
    grade: str = ""
    """The policy's word for the grade that was set; empty where none was, or the policy has none for it."""

    def next_notice(self, told: Collection[str] = ()) -> Instant | None:
        """The first instant at which somebody is to be told that a target ran out.

        ``told``: clocks (``TargetState.clock``) that are dealt with. It may be past; None: there is none.
        """
        instants = [
            target.breach_at
            for target in self.targets
            if target.tells and target.breach_at is not None and target.clock not in told
        ]
        return min(instants, default=None)
