"""Down time of one ticket, from the outages that are recorded on it (POLICIES D15, D19).

It runs from the customer's notice to restoration. A cause that the text leaves out does not count, also past
the window of a maintenance; what counts does so in full, also where it overlaps such a window, and once where
two outages of one service overlap. What a service is allowed is told for the calendar month, or year, in UTC
(reading 27).
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction

from msgspec import Struct

from techdesk.model import Instant
from techdesk.rules import records
from techdesk.rules.wording import exactly, moment
from techdesk.sla.policy import Period, Policy
from techdesk.work.readings import Kind, Line


class Outage(Struct, frozen=True, kw_only=True):
    """One recorded outage."""

    service: str
    began: Instant
    ended: Instant | None
    """None while it lasts."""
    cause: str
    counts: bool


def outages(policy: Policy, noted: records.Records) -> list[Outage]:
    """The outages of a ticket; of two about one service that begin together, the later word counts."""
    causes = {cause.id: cause for cause in policy.rulebook.causes}
    found: dict[tuple[str, Instant], Outage] = {}
    for record in noted.of(records.OUTAGE):
        began, ended = _instant(record.field("from")), _instant(record.field("until"))
        if began is None:
            continue
        cause = causes.get(record.field("cause"))
        excluded = cause is not None and not cause.counts
        found[record.field("service"), began] = Outage(
            service=record.field("service"),
            began=began,
            ended=ended,
            cause=cause.label if cause is not None else "",
            counts=not excluded and record.field("counts") != "no",
        )
    return list(found.values())


def allowed(availability: str, at: Instant, period: Period = Period.MONTH) -> int:
    """Seconds of down time that a promise leaves in the calendar month, or year, of an instant.

    >>> allowed("99.99", 1_793_491_200), allowed("99", 1_793_491_200)
    (259, 25920)
    >>> allowed("99.99", 1_793_491_200, Period.YEAR)
    3153
    """
    day = datetime.fromtimestamp(at, UTC)
    year = 366 if isleap(day.year) else 365
    days = year if period is Period.YEAR else monthrange(day.year, day.month)[1]
    return int(days * 86_400 * (100 - Fraction(availability)) / 100)


def counted(found: Iterable[Outage], begin: Instant, end: Instant, now: Instant) -> int:
    """Seconds of ``[begin, end)`` in which one of these outages or more counted; one that lasts, to now."""
    spans = sorted(
        (max(each.began, begin), min(now if each.ended is None else each.ended, end))
        for each in found
        if each.counts
    )
    seconds, reached = 0, begin
    for began, ended in spans:
        seconds += max(0, ended - max(began, reached))
        reached = max(reached, ended)
    return seconds


def period_of(at: Instant, period: Period) -> tuple[Instant, Instant]:
    """The calendar month, or year, of an instant, in UTC: ``[begin, end)``."""
    day = datetime.fromtimestamp(at, UTC)
    first = 1 if period is Period.YEAR else day.month
    begin = datetime(day.year, first, 1, tzinfo=UTC)
    over = period is Period.YEAR or first == 12
    end = datetime(day.year + over, 1 if over else first + 1, 1, tzinfo=UTC)
    return int(begin.timestamp()), int(end.timestamp())


def period_words(begin: Instant, period: Period) -> str:
    """``November 2026``, or ``2026``."""
    return f"{datetime.fromtimestamp(begin, UTC):{'%Y' if period is Period.YEAR else '%B %Y'}}"


def used(seconds: int, left: int) -> str:
    """``40 min 00 s of 4 min 19 s, over by 35 min 41 s``."""
    if seconds > left:
        return f"{exactly(seconds)} of {exactly(left)} allowed, over by {exactly(seconds - left)}"
    return f"{exactly(seconds)} of {exactly(left)} allowed"


def _together(policy: Policy, found: Sequence[Outage], now: Instant) -> Iterator[Line]:
    """What several outages of one service come to in each period that they touch."""
    for service in policy.services:
        own = [each for each in found if each.service == service.id and each.counts]
        begins = set()
        for each in own:
            at, last = each.began, max(each.began, (now if each.ended is None else each.ended) - 1)
            while at <= last:
                begin, at = period_of(at, policy.availability_period)
                begins.add(begin)
        if len(own) < 2 and len(begins) < 2:
            continue
        for begin in sorted(begins):
            _, end = period_of(begin, policy.availability_period)
            left = allowed(service.availability, begin, policy.availability_period)
            sum_of = used(counted(own, begin, end, now), left)
            month = period_words(begin, policy.availability_period)
            yield Line(Kind.TEXT, f"{service.title} in {month}, overlaps once: {sum_of}.")


def downtime_lines(policy: Policy, noted: records.Records, now: Instant) -> list[Line]:
    """What is to be told of a ticket's outages; empty where none is recorded."""
    services = {service.id: service for service in policy.services}
    lines: list[Line] = []
    found = outages(policy, noted)
    for outage in found:
        service = services.get(outage.service)
        title = service.title if service is not None else outage.service
        lasted = max(0, (now if outage.ended is None else outage.ended) - outage.began)
        until = moment(outage.ended) if outage.ended is not None else "now"
        words = f"{title}: {moment(outage.began)} to {until}, {exactly(lasted)}"
        if not outage.counts:
            words += f". Not counted: {outage.cause or 'so it was noted'}."
        elif service is not None:
            period = policy.availability_period
            left = exactly(allowed(service.availability, outage.began, period))
            words += f" counted; {service.availability} % allow {left} in the {period.value} it began in."
        lines.append(Line(Kind.TEXT, words))
    lines += _together(policy, found, now)
    return [Line(Kind.HEADING, f"Down time ({policy.title} 5.1, 5.2)"), *lines] if lines else []


def _instant(text: str) -> Instant | None:
    return int(text) if text.isascii() and text.isdigit() else None
