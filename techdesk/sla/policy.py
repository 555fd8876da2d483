"""A support policy as data: calendars, grades, targets, closure reasons, readings of unclear sentences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct

from techdesk.model import Channel, Instant, Status
from techdesk.sla.calendar import CalendarSpec, DayMode
from techdesk.sla.evaluation import Metric
from techdesk.sla.local_days import DAY
from techdesk.sla.rulebook import Rulebook


class TargetKind(StrEnum):
    """How a target says when it ends (POLICIES section 1, point 7)."""

    DURATION = "duration"  # so many business seconds
    BUSINESS_DAYS = "business_days"  # the n-th business day, at the same time or at its end
    END_OF_DAY = "end_of_day"  # closing of the working day in progress, else of the next one to open
    IMMEDIATE = "immediate"  # no number: counts up and stands first
    NONE = "none"  # age only

    @property
    def names_instant(self) -> bool:
        """Whether it is judged by ``answer > due`` and not by seconds used (POLICIES section 1, point 3)."""
        return self in (TargetKind.BUSINESS_DAYS, TargetKind.END_OF_DAY)


class StartEvent(StrEnum):
    """What starts a metric's clock."""

    RECEIPT = "receipt"  # the ticket was created
    CUSTOMER_MESSAGE = "customer_message"  # the oldest one that nobody answered, after the first response


class StopEvent(StrEnum):
    """What stops a metric's clock, besides the end of the ticket."""

    GRADED = "graded"  # somebody set the priority (or severity), or recorded a review
    PUBLIC_REPLY = "public_reply"  # a public message by a person of the desk, or a logged call
    RESOLVED = "resolved"  # resolved or closed


DEFAULT_EVENTS: Mapping[Metric, tuple[StartEvent, StopEvent]] = {
    Metric.REVIEW: (StartEvent.RECEIPT, StopEvent.GRADED),
    Metric.FIRST_RESPONSE: (StartEvent.RECEIPT, StopEvent.PUBLIC_REPLY),
    Metric.NEXT_RESPONSE: (StartEvent.CUSTOMER_MESSAGE, StopEvent.PUBLIC_REPLY),
    Metric.ESCALATION: (StartEvent.RECEIPT, StopEvent.RESOLVED),
    Metric.RESOLUTION: (StartEvent.RECEIPT, StopEvent.RESOLVED),
    Metric.STEP: (StartEvent.RECEIPT, StopEvent.RESOLVED),
}


class OpenedWhen(StrEnum):
    """Whether a ticket came in while a calendar was open."""

    IN_HOURS = "in_hours"
    OUT_OF_HOURS = "out_of_hours"


class GradedBy(StrEnum):
    """Which field of a ticket a policy's targets hang on."""

    PRIORITY = "priority"
    SEVERITY = "severity"


class Reopen(StrEnum):
    """What a reopened ticket's clocks do (POLICIES section 1, point 6)."""

    CONTINUE = "continue"  # they go on; the time while it was resolved or closed does not count
    NEW_TARGETS = "new_targets"  # they start again; the old ones keep their verdict
    FORBIDDEN = "forbidden"  # a closed ticket stays closed; a new one takes its place


class Need(StrEnum):
    """A fact that a closure reason asks for."""

    RESOLVED = "resolved"
    NOTIFIED = "notified"
    CONFIRMED = "confirmed"
    INQUIRIES = "inquiries"
    CONTRACT_EXPIRED = "contract_expired"
    ON_HOLD = "on_hold"
    WAITED = "waited"


class Period(StrEnum):
    """A time over which something is counted; it begins at midnight, UTC."""

    MONTH = "month"
    YEAR = "year"


class LastMonth(StrEnum):
    """How long a version is supported whose end is given as a month (Data Dynamics 4.6)."""

    MONTH_END = "month-end"  # through its last day
    MONTH_BEGIN = "month-begin"  # until it begins


class Match(Struct, frozen=True, kw_only=True):
    """Which tickets a target is for. An empty condition holds for all; text is compared without case."""

    priority: tuple[int, ...] = ()
    severity: tuple[int, ...] = ()
    kind: tuple[str, ...] = ()
    channel: tuple[Channel, ...] = ()
    region: tuple[str, ...] = ()
    organisation: tuple[str, ...] = ()
    vip: bool | None = None
    graded: bool | None = None
    """Whether the field that the policy grades by is set."""
    opened: OpenedWhen | None = None
    opened_calendar: str = ""
    """Calendar that ``opened`` asks; empty is the target's own."""


class Thresholds(Struct, frozen=True, kw_only=True):
    """When a running target changes its level (POLICIES section 1, point 10)."""

    warning_share: int = 75
    """Percent used."""
    critical_share: int = 90
    warning_left: int = 900
    """Seconds left at which it warns at the latest; 0 switches this off."""
    warning_left_minimum: int = 1800
    """Only targets of at least this many seconds warn by ``warning_left``."""


class Target(Struct, frozen=True, kw_only=True):
    """One promise: the first of its metric that matches a ticket is the one that counts."""

    metric: Metric
    name: str
    source: str
    """Section of the policy's text, or the reading, that says so."""
    kind: TargetKind
    calendar: str = ""
    """Name among the policy's calendars; empty for kinds without a number."""
    match: Match = Match()
    amount: int = 0
    """Business seconds, for ``duration``."""
    soft_amount: int = 0
    """Business seconds after which it warns, instead of the warning share; 0 for none."""
    days: int = 0
    """Business days, for ``business_days``."""
    soft_days: int | None = None
    mode: DayMode = DayMode.SAME_TIME
    strict: bool = False
    """Breached when used up, not only when over ("less than 30 minutes")."""
    roll_to_open: str = ""
    """Calendar to whose next opening a due time out of hours moves; then judged by the instant."""
    immediate: bool = False
    """Stands first and keeps its numbers (``immediate`` as a kind has none)."""
    informational: bool = False
    """Shown without colour or breach, and sorted after all running ones."""
    objective: bool = True
    """False for a clock of the house (a review): it warns, but is never breached or missed."""
    start: StartEvent
    stop: StopEvent
    pause_on: tuple[Status, ...] = ()
    """Statuses in which the clock does not count; empty for all five policies' response clocks."""
    thresholds: Thresholds = Thresholds()
    notify: tuple[str, ...] = ()
    """Roles that are told when it runs out, such as ``management``."""
    readings: tuple[str, ...] = ()
    """Keys of the readings that decided it or its calendar."""


class Grade(Struct, frozen=True, kw_only=True):
    """A level of priority or severity, as the picker shows it."""

    level: int
    """1 is the most urgent."""
    label: str
    """``P1``."""
    title: str
    criteria: tuple[str, ...] = ()
    effort: str = ""
    """Who works how hard until it is solved (Phonism's table)."""
    fix: str = ""
    """What may be said about a correction of the product (Data Dynamics 4.2.2)."""
    source: str = ""


class ChannelRule(Struct, frozen=True, kw_only=True):
    """What a policy says about one way to get in touch."""

    channel: Channel
    opens: bool = True
    """Whether a new ticket may come this way."""
    reviewed_first: bool = False
    """Whether somebody reviews the ticket before it gets a priority (D2)."""
    changes_priority: bool = False
    """Whether the customer may ask for another priority this way (D3)."""
    time_critical: bool = False
    """Whether urgent requests belong here (D22)."""
    needs_ticket: bool = False
    """Whether it may be used only about a ticket that exists (W8)."""
    in_hours_only: bool = False
    """Whether it is open in support hours only (W8)."""
    out_of_hours_severity: tuple[int, ...] = ()
    """Outside support hours it is for these severities only (W14); empty is no limit."""
    never_severity: tuple[int, ...] = ()
    """Severities that it is never for (W12)."""
    default_priority: int | None = None
    default_severity: int | None = None
    """The grade of a ticket that came this way and that nobody has graded (PH3)."""
    default_tag: str = ""
    """Marks a ticket that has its grade from here."""
    source: str = ""


class ClosureReason(Struct, frozen=True, kw_only=True):
    """A way to close a ticket, and every fact that it asks for."""

    id: str
    label: str
    source: str
    standard: bool = False
    needs: tuple[Need, ...] = ()
    inquiries: int = 0
    """Unanswered confirmation inquiries, for ``Need.INQUIRIES``."""
    notice_counts: bool = False
    """Whether the resolution notice is the first inquiry (reading 23)."""
    spacing_warning: int = 0
    """Seconds: inquiries nearer together are warned about."""
    waiting: int = 0
    """Real seconds since the oldest unanswered request, for ``Need.WAITED``."""
    away_suspends: bool = False
    """Whether an absence that the customer announced keeps it from being used (DD7)."""
    denied_by: tuple[str, ...] = ()
    """Patterns of a customer's message that cannot be the confirmation, for ``Need.CONFIRMED``."""
    blocks_reopening: bool = False
    """Whether the ticket stays closed while the reason still holds (D13)."""


class ServiceClass(Struct, frozen=True, kw_only=True):
    """A service with a promised availability, per calendar month."""

    id: str
    title: str
    availability: str
    """Percent, as decimal text: ``99.99``."""
    source: str = ""


class AfterHours(Struct, frozen=True, kw_only=True):
    """The office hours whose outside counts as after hours for one office."""

    office: str
    calendar: str
    region: tuple[str, ...] = ()
    """Of the customers whose local office it is, compared without case; empty is everywhere. The first that
    fits counts."""


class SupportHours(Struct, frozen=True, kw_only=True):
    """When the desk answers new tickets, for customers of some regions. The first that fits counts."""

    calendar: str
    region: tuple[str, ...] = ()
    """Compared without case; empty is everywhere."""


class LevelPair(Struct, frozen=True, kw_only=True):
    """A grade that turns into another one while a calendar is open, and back when it closes (reading 4)."""

    level: int
    becomes: int
    while_open: str
    """Name of the calendar."""
    source: str = ""
    readings: tuple[str, ...] = ()


class HolidaySource(Struct, frozen=True, kw_only=True):
    """Whose public holidays a calendar closes on."""

    country: str
    """ISO 3166-1, ``GB``."""
    subdivision: str = ""
    observed: bool = True
    """Whether the working day that stands in for a holiday on a weekend is closed too."""

    @property
    def name(self) -> str:
        """``GB-ENG``, ``US``; with ``-actual`` where substitutes are left out. Name of its data file."""
        place = f"{self.country}-{self.subdivision}" if self.subdivision else self.country
        return place if self.observed else f"{place}-actual"


class Choice(Struct, frozen=True, kw_only=True):
    """One way to read an unclear sentence."""

    value: str
    meaning: str


class Reading(Struct, frozen=True, kw_only=True):
    """How an unclear sentence is read, as data that a site can change."""

    key: str
    number: int
    question: str
    choice: str
    choices: tuple[Choice, ...]
    source: str = ""

    @property
    def meaning(self) -> str:
        """The chosen reading in words."""
        return next(choice.meaning for choice in self.choices if choice.value == self.choice)


class Policy(Struct, frozen=True, kw_only=True):
    """A support policy, valid as a whole: each name that a part refers to exists."""

    name: str
    title: str
    version: str
    valid_from: date = date(1970, 1, 1)
    """First day (UTC) of tickets that this version is for; older ones keep the version before."""
    source: str
    """The text that it was written from."""
    graded_by: GradedBy
    calendars: Mapping[str, CalendarSpec]
    targets: tuple[Target, ...]
    """In order: of each metric the first that matches counts."""
    priorities: tuple[Grade, ...] = ()
    severities: tuple[Grade, ...] = ()
    channels: tuple[ChannelRule, ...] = ()
    closures: tuple[ClosureReason, ...] = ()
    reopen: Reopen = Reopen.CONTINUE
    readings: tuple[Reading, ...] = ()
    services: tuple[ServiceClass, ...] = ()
    support_hours: tuple[SupportHours, ...] = ()
    after_hours: tuple[AfterHours, ...] = ()
    pairs: tuple[LevelPair, ...] = ()
    ungraded: int | None = None
    """The grade that a ticket counts by until somebody grades it; None leaves it without targets."""
    holiday_sources: Mapping[str, HolidaySource] = {}
    """Calendar -> whose holidays it closes on."""
    holiday_names: Mapping[str, Mapping[date, str]] = {}
    """Calendar -> closed date -> its name."""
    rulebook: Rulebook = Rulebook()
    automatic_replies_count: bool = False
    """Whether an automatic acknowledgement stops a response clock (reading 26)."""
    availability_period: Period = Period.MONTH
    """Over which time a promised availability is counted (reading 27)."""
    last_month: LastMonth = LastMonth.MONTH_END
    """What the month means that ends the support of a product version."""
    vip_bump: int = 0
    """Seconds by which a VIP's ticket sorts earlier (reading 20)."""
    origin: str = ""
    """File it was read from."""

    @property
    def valid_since(self) -> Instant:
        """The first instant of ``valid_from``."""
        return (self.valid_from.toordinal() - date(1970, 1, 1).toordinal()) * DAY

    def grade(self, level: int | None) -> Grade | None:
        """The grade of a level on the axis that the targets hang on."""
        return self.priority(level) if self.graded_by is GradedBy.PRIORITY else self.severity(level)

    def hours(self, region: str) -> str:
        """Name of the calendar of support hours for a region; empty where the policy has none."""
        for hours in self.support_hours:
            if not hours.region or region.casefold() in (name.casefold() for name in hours.region):
                return hours.calendar
        return ""

    def office(self, region: str) -> AfterHours | None:
        """The office in charge of a region's customers; None where the policy knows no after hours."""
        folded = region.casefold()
        for office in self.after_hours:
            if not office.region or folded in (name.casefold() for name in office.region):
                return office
        return None

    def priority(self, level: int | None) -> Grade | None:
        """The priority of a level, or None where the policy has none such."""
        return next((grade for grade in self.priorities if grade.level == level), None)

    def severity(self, level: int | None) -> Grade | None:
        """The severity of a level, or None."""
        return next((grade for grade in self.severities if grade.level == level), None)

    def channel(self, channel: Channel) -> ChannelRule | None:
        """What the policy says about a channel, or None where it is silent."""
        return next((rule for rule in self.channels if rule.channel == channel), None)

    def closure(self, reason: str) -> ClosureReason | None:
        """The closure reason of an id, or None."""
        return next((closure for closure in self.closures if closure.id == reason), None)

    def reading(self, key: str) -> Reading | None:
        """The reading of a key, or None."""
        return next((reading for reading in self.readings if reading.key == key), None)
