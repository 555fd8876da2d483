"""Down time of one ticket, from the outages that are recorded on it (POLICIES D15, D19).

It runs from the customer's notice to restoration. A cause that the text leaves out does not count, also past
the window of a maintenance. What a service is allowed is told for the calendar month, or year, in UTC
(reading 27).
"""

from __future__ import annotations

from calendar import isleap, monthrange
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


def downtime_lines(policy: Policy, noted: records.Records, now: Instant) -> list[Line]:
    """What is to be told of a ticket's outages; empty where none is recorded."""
    services = {service.id: service for service in policy.services}
    lines: list[Line] = []
    for outage in outages(policy, noted):
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
    return [Line(Kind.HEADING, f"Down time ({policy.title} 5.1, 5.2)"), *lines] if lines else []


def _instant(text: str) -> Instant | None:
    return int(text) if text.isascii() and text.isdigit() else None
