"""Gates that ask what is known of a customer: tier, licence, plan, version, contacts. Unknown warns."""

from __future__ import annotations

import re

from techdesk.model import Instant
from techdesk.rules.customer import holds, listed
from techdesk.rules.gate import Case, Gate, only, overridden, say
from techdesk.rules.verdicts import OK, Verdict
from techdesk.rules.wording import moment
from techdesk.sla.rulebook import Entitlement

_OFFER = re.compile(r"(?i)\b(patch(es)?|hot ?fix(es)?|service packs?)\b")
"""Words of what only a maintenance plan gives."""
WORK = only("ticket.new", "ticket.take", "ticket.assign")
"""Where work on a customer's ticket begins."""


def _tier(case: Case) -> Verdict:
    """W1: which partners have direct support."""
    rule = _entitlement(case, "partner-tier")
    customer = case.ticket.customer
    if rule is None:
        return OK
    if not case.ticket.organisation_name:
        return say(case, "W1", "unnamed")
    if customer is None or not customer.tier:
        return say(case, "W1", "unknown", customer=case.who)
    tier = customer.tier.casefold()
    partner = customer.partner or rule.refer_to
    values = {"customer": case.who, "tier": customer.tier, "partner": partner}
    if tier in _folded(rule.allowed):
        return _of_the_partner(case)
    if tier in _folded(rule.disputed):
        return say(case, "W1", "disputed", **values)
    if tier in _folded(rule.refused):
        return overridden(case, say(case, "W1", "refused", **values), override=rule.override)
    return say(case, "W1", "unknown", customer=case.who)


def _of_the_partner(case: Case) -> Verdict:
    """W1: of a partner with direct support its own people ask, not the end users whom it serves."""
    known, name = _end_user(case)
    if known is None:
        return say(case, "W1", "unknown-person", person=name)
    if not known:
        return OK
    customer, rule = case.ticket.customer, _entitlement(case, "no-end-user")
    partner = (customer.partner if customer is not None else "") or (
        rule.refer_to if rule is not None else ""
    )
    return overridden(case, say(case, "W1", "end-user", person=name, partner=partner), override=True)


def _direct(case: Case) -> Verdict:
    """PH5: a reseller gives first-level support to its own customers."""
    known, name = _end_user(case)
    if known is None:
        return say(case, "PH5", "unknown", person=name, customer=case.who)
    if not known:
        return OK
    customer = case.ticket.customer
    reseller = (customer.partner if customer is not None else "") or case.ticket.organisation_name
    verdict = say(case, "PH5", "end-user", person=name, reseller=reseller or "their reseller")
    return overridden(case, verdict, override=True)


def _end_user(case: Case) -> tuple[bool | None, str]:
    """Whether the requester is an end user of the customer (None: nothing tells), and their name."""
    person, customer = case.ticket.requester, case.ticket.customer
    name = (person.name or person.email) if person is not None else "the requester"
    known = holds(customer.end_users, person) if customer is not None else None
    if known is None and person is not None and person.organisation and case.ticket.organisation:
        known = person.organisation != case.ticket.organisation
    return known, name


def _licence(case: Case) -> Verdict:
    """DD9: a licence that has not expired; a recorded reason lets it pass."""
    ends = _of(case, "licence_ends")
    if ends is None:
        return say(case, "DD9", "unknown", customer=case.who)
    if ends > case.now:
        return OK
    verdict = say(case, "DD9", "expired", customer=case.who, date=last_day(ends))
    rule = _entitlement(case, "licence")
    return overridden(case, verdict, override=rule is not None and rule.override)


def _maintenance(case: Case) -> Verdict:
    """DD16: patches and service packs need a current maintenance plan.

    What ends with a fix is refused; a text that speaks of a patch may say anything about it, so it asks.
    """
    ends_so = case.wish.resolution == "fix"
    if not ends_so and _OFFER.search(case.wish.text or "") is None:
        return OK
    ends = _of(case, "maintenance_ends")
    if ends is None:
        return say(case, "DD16", "unknown", customer=case.who)
    if ends > case.now:
        return OK
    return say(case, "DD16", "ended" if ends_so else "offered", customer=case.who, date=last_day(ends))


def _opener(case: Case) -> Verdict:
    """D20: contacts of the account, and of them whom the account lets open requests (all, unless it says)."""
    person, customer = case.ticket.requester, case.ticket.customer
    if person is None:
        return OK
    name = person.name or person.email or person.id
    refused = say(case, "D20", "opener", person=name, customer=case.who)
    if case.ticket.organisation and person.organisation != case.ticket.organisation:
        return refused
    if customer is not None and customer.openers is not None and not listed(customer.openers, person):
        return refused
    return OK


def last_day(ends: Instant) -> str:
    """The day whose end an instant is: ``2026-09-30``."""
    return moment(ends - 1).split(" ")[0]


def _of(case: Case, name: str) -> Instant | None:
    customer = case.ticket.customer
    return None if customer is None else getattr(customer, name)


def _entitlement(case: Case, wanted: str) -> Entitlement | None:
    return next((each for each in case.policy.rulebook.entitlements if each.id == wanted), None)


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.casefold() for name in names)


ENTITLEMENT_GATES: tuple[Gate, ...] = (
    Gate(rule="W1", actions=WORK, ask=_tier),
    Gate(rule="PH5", actions=WORK, ask=_direct),
    Gate(rule="D20", actions=only("ticket.new"), ask=_opener),
    Gate(rule="DD9", actions=only("ticket.new", "ticket.escalate"), ask=_licence),
    Gate(rule="DD16", actions=only("ticket.resolve", "ticket.reply"), ask=_maintenance),
)
