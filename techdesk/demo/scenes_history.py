"""Sixty tickets that are done: for search, hand-over and figures."""

from __future__ import annotations

from techdesk.demo.case import DAY, HOUR, MINUTE, Case
from techdesk.demo.cast import BEA, CUSTOMERS, HARROW, LENA, OMAR, RAVI
from techdesk.demo.incidents import chapter
from techdesk.model import Channel

_WHOSE = tuple(customer for customer in CUSTOMERS if customer is not HARROW)
"""Customers with a history here: all but the one that is new."""
_REASONS = ("confirmed", "confirmed", "no-answer", "confirmed", "answered")
_CHANNELS = (Channel.PORTAL, Channel.EMAIL, Channel.PHONE, Channel.CHAT)


def closed() -> list[Case]:
    """Closed in the last eighty days by all technicians, for all customers that had any."""
    cases = []
    for number in range(60):
        customer = _WHOSE[number % len(_WHOSE)]
        policy = customer.organisation.policy
        graded_by_severity = policy in ("phonism", "wildix")
        created = -(2 * DAY + number * 31 * HOUR + number % 7 * 13 * MINUTE)
        owner = (BEA, RAVI, LENA, OMAR)[number % 4]
        case = Case(
            "closed",
            customer,
            created,
            story=chapter("closed") + number // len(_WHOSE),
            who=number,
            priority=None if graded_by_severity else 2 + number % 2,
            severity=2 + (number % 3 if policy == "phonism" else 0)
            if graded_by_severity
            else (3 if policy == "data-dynamics" else None),
            channel=_CHANNELS[number % len(_CHANNELS)],
        )
        case.take(created + (5 + number % 20) * MINUTE, owner).reply(
            created + (25 + number % 30) * MINUTE, owner
        )
        case.customer_says(created + 80 * MINUTE)
        if number % 3 == 0:
            case.note(created + 90 * MINUTE, owner)
        case.resolve(created + (2 + number % 2) * HOUR, owner)
        reason = _REASONS[number % len(_REASONS)]
        if reason == "confirmed":
            case.customer_says(case.latest + (1 + number % 5) * HOUR, case.story.thanks)
        cases.append(case.close(case.latest + 3 * HOUR, owner, reason))
    return cases
