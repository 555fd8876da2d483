"""Up-time of a calendar month: what each customer's services were down, and what was promised (POLICIES D19).

Made of the outages that are noted on the tickets in the cache. Two tickets of one customer about one outage
count it once; what a cause leaves out is told beside it and counts for nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct

from techdesk.model import RECORD_MARKER, Instant
from techdesk.query import Query, parse
from techdesk.rules import records
from techdesk.rules.wording import exactly, quantity
from techdesk.work.downtime import Outage, allowed, counted, outages, period_of, used

if TYPE_CHECKING:
    from techdesk.policies.book import PolicyBook
    from techdesk.sla.policy import Policy, ServiceClass
    from techdesk.store.reader import Reader

_BLOCK = 200
"""Tickets that are read at a time."""
_NOTES = 10_000
"""Messages of a ticket that are read."""
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~])")


class UpTime(Struct, frozen=True, kw_only=True):
    """One service of one customer in one period."""

    customer: str
    policy: str
    """Its title."""
    service: str
    availability: str
    """Promised, in per cent: ``99.99``."""
    begin: Instant
    end: Instant
    down: int
    """Seconds that count."""
    left_out: int
    """Seconds of outages that do not count, by their cause or because it was noted so."""
    allowed: int
    """Seconds that the promise leaves in the period."""
    outages: int
    lasting: int
    """How many of them are not over."""
    tickets: tuple[str, ...]

    @property
    def missed(self) -> bool:
        """Whether more was down than the promise leaves."""
        return self.down > self.allowed

    @property
    def share(self) -> str:
        """Up-time in per cent, rounded down, so that no miss is rounded away: ``99.907``."""
        length = self.end - self.begin
        thousandths = Fraction(100_000 * (length - self.down), length)
        return f"{int(thousandths) / 1000:.3f}"


def month_of(text: str) -> Instant | None:
    """The first instant of ``2026-11``, in UTC; None for what is no month."""
    found = _MONTH.fullmatch(text.strip())
    if found is None or int(found[1]) < 1970:
        return None
    return int(datetime(int(found[1]), int(found[2]), 1, tzinfo=UTC).timestamp())


def up_time(reader: Reader, book: PolicyBook, month: Instant, now: Instant) -> list[UpTime]:
    """Every service with an outage in that month, or in its year where a policy counts so (reading 27)."""
    found: dict[tuple[str, str, str], list[tuple[str, Outage]]] = {}
    policies: dict[str, Policy] = {}
    marker = RECORD_MARKER.strip("[]")
    query = parse(f'"{marker}" "{records.OUTAGE}"')
    assert isinstance(query, Query)
    keys = reader.keys(query, me="", now=now)
    for place in range(0, len(keys), _BLOCK):
        for row in reader.rows(keys[place : place + _BLOCK]):
            policy = book.get(row.clock.policy) if row.clock.policy else None
            if policy is None or not policy.services:
                continue
            policies[policy.name] = policy
            for outage in outages(policy, records.fold(reader.conversation(row.key, count=_NOTES))):
                at = (row.organisation_name, policy.name, outage.service)
                found.setdefault(at, []).append((row.number, outage))
    made = []
    for (customer, name, service_id), named in found.items():
        service = next((each for each in policies[name].services if each.id == service_id), None)
        if service is not None:
            made.append(_up_time(policies[name], service, customer, named, month, now))
    return sorted(
        (each for each in made if each is not None),
        key=lambda each: (not each.missed, each.customer.casefold(), each.service),
    )


def _up_time(
    policy: Policy,
    service: ServiceClass,
    customer: str,
    named: list[tuple[str, Outage]],
    month: Instant,
    now: Instant,
) -> UpTime | None:
    begin, end = period_of(month, policy.availability_period)
    inside = [
        (number, each)
        for number, each in named
        if each.began < end and (each.ended is None or each.ended > begin) and each.began <= now
    ]
    if not inside:
        return None
    all_of_them = [each for _, each in inside]
    whole = counted([_as_counting(each) for each in all_of_them], begin, end, now)
    down = counted(all_of_them, begin, end, now)
    return UpTime(
        customer=customer,
        policy=policy.title,
        service=service.title,
        availability=service.availability,
        begin=begin,
        end=end,
        down=down,
        left_out=whole - down,
        allowed=allowed(service.availability, begin, policy.availability_period),
        outages=len(inside),
        lasting=sum(each.ended is None for each in all_of_them),
        tickets=tuple(dict.fromkeys(number for number, _ in inside)),
    )


def _as_counting(outage: Outage) -> Outage:
    from msgspec.structs import replace

    return replace(outage, counts=True)


def markdown(found: list[UpTime], month: Instant) -> str:
    """The report for a mail. What customers are called cannot become a heading, a link or a table in it."""
    told = [f"# Up-time of {datetime.fromtimestamp(month, UTC):%B %Y} (UTC)", ""]
    missed = sum(each.missed for each in found)
    if not found:
        return "\n".join(
            [
                *told,
                "No outage of this time is noted on a ticket here: 'techdesk record ID outage' notes one.",
            ]
        )
    told.append(
        f"{quantity(len(found), 'service', 'services')} with outages, {missed} under what was promised."
    )
    for each in found:
        mark = "MISSED" if each.missed else "kept"
        about = (
            "" if each.end - each.begin < 32 * 86_400 else f" in {datetime.fromtimestamp(each.begin, UTC):%Y}"
        )
        told += [
            "",
            f"## {_plain(each.customer or 'no customer')}: {_plain(each.service)}{about}, {mark}",
            "",
            f"- up {each.share} % of {each.availability} % promised ({_plain(each.policy)} 5.1)",
            f"- down {used(each.down, each.allowed)}",
        ]
        if each.left_out:
            told.append(f"- {exactly(each.left_out)} more left out by cause (5.1, 5.2)")
        lasting = f", {each.lasting} still lasting" if each.lasting else ""
        numbers = ", ".join(_plain(number) for number in each.tickets)
        told.append(f"- {quantity(each.outages, 'outage', 'outages')}{lasting}: {numbers}")
    return "\n".join(told)


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text)
