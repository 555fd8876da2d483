"""What is known of a customer, of what the ticket's policy asks: how each fact stands, and its source.

What the policy asks about and no file tells is a line as well, ``not known``: a gate warns of it, so a
technician should see it before the gate does.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from techdesk.model import Instant
from techdesk.rules.customer import Customer, holds, listed
from techdesk.rules.entitlement import last_day
from techdesk.rules.facts import Facts
from techdesk.rules.grades import channel_words
from techdesk.rules.hints import should_be_phone
from techdesk.rules.versions import support_ends
from techdesk.sla.policy import Need, Policy
from techdesk.sla.rulebook import CustomerFact
from techdesk.work.readings import BLANK, Kind, Line


class State(StrEnum):
    """How a fact stands."""

    FINE = "fine"
    STANDS_AGAINST = "against"
    """Something that a rule asks for is not there: a hold, a licence that ended, a tier without support."""
    UNKNOWN = "unknown"


class FactLine(Struct, frozen=True, kw_only=True):
    """One fact."""

    label: str
    words: str
    state: State = State.FINE


GLYPHS = {State.FINE: " ", State.STANDS_AGAINST: "!", State.UNKNOWN: "?"}
"""Before each line, so that no colour is needed to tell them apart."""
_NOT_KNOWN = "not known"
_Show = Callable[[Facts, Customer, Instant], FactLine]


def fact_lines(facts: Facts, now: Instant) -> list[FactLine]:
    """The facts that the ticket's policy asks about, in its order; none without a policy."""
    policy = facts.policy
    if policy is None:
        return []
    customer = facts.customer if facts.customer is not None else Customer(name=facts.organisation_name)
    asked = dict.fromkeys(entitlement.fact for entitlement in policy.rulebook.entitlements)
    needs = {need for reason in policy.closures for need in reason.needs}
    made = [_vip(facts, customer)] if facts.vip or customer.vip is not None else []
    made += [_SHOWN[fact](facts, customer, now) for fact in asked if fact in _SHOWN]
    if Need.ON_HOLD in needs:
        made.append(_hold(facts, customer, now))
    rule = policy.channel(facts.channel)
    grade = policy.severity(rule.default_severity) if rule is not None and facts.severity is None else None
    if rule is not None and rule.default_tag and grade is not None:
        words = f"{grade.label}, {rule.default_tag}: it came by {channel_words(facts.channel)}"
        made.append(FactLine(label="severity", words=words))
    if policy.rulebook.versions:
        made.append(_version(policy, customer, now))
    if customer.region or facts.region:
        made.append(FactLine(label="region", words=facts.region or customer.region))
    return made


def banner(facts: Facts, now: Instant) -> str:
    """What stands against the customer, and D22's mark of what should be a call; empty where nothing does."""
    against = [line for line in fact_lines(facts, now) if line.state is State.STANDS_AGAINST]
    misplaced = should_be_phone(facts)
    if not against:
        return f"! {misplaced}" if misplaced else ""
    told = "; ".join(f"{line.label} {line.words}" for line in against)
    source = facts.customer.source if facts.customer is not None else ""
    said = f"! {facts.organisation_name}: {told}" + (f" ({source})" if source else "")
    return f"{said}  ! {misplaced}" if misplaced else said


def customer_lines(facts: Facts, now: Instant) -> list[Line]:
    """The facts as a page of words: what is not known is said, and what a gate makes of it."""
    lines = [Line(Kind.HEADING, facts.organisation_name or "No customer is named"), BLANK]
    told = fact_lines(facts, now)
    lines += [Line(Kind.TEXT, f"{GLYPHS[line.state]} {line.label}: {line.words}") for line in told]
    if not told:
        lines.append(Line(Kind.TEXT, "The policy asks about no fact of the customer."))
    if any(line.state is State.UNKNOWN for line in told):
        lines += [
            BLANK,
            Line(Kind.TEXT, "? What is not known warns where a rule asks for it; it never allows."),
        ]
    return [*lines, BLANK, Line(Kind.TEXT, f"Facts: {source_words(facts) or 'of the desk'}.")]


def source_words(facts: Facts) -> str:
    """Where the facts come from: file and date; or that no file names the customer."""
    if facts.customer is not None:
        return f"from {facts.customer.source}" if facts.customer.source else ""
    return "no customer file names them"


def _vip(facts: Facts, customer: Customer) -> FactLine:
    person = facts.requester
    named = facts.vip or (person is not None and listed(customer.vip, person))
    return FactLine(label="VIP", words="yes" if named else "no")


def _ends(label: str, name: str) -> _Show:
    def show(_: Facts, customer: Customer, now: Instant) -> FactLine:
        ends: Instant | None = getattr(customer, name)
        if ends is None:
            return FactLine(label=label, words=_NOT_KNOWN, state=State.UNKNOWN)
        if ends <= now:
            return FactLine(label=label, words=f"ENDED {last_day(ends)}", state=State.STANDS_AGAINST)
        return FactLine(label=label, words=f"to {last_day(ends)}")

    return show


def _yes_no(label: str, name: str, *, against: bool | None) -> _Show:
    """``against``: the answer that a rule refuses something for; None where neither does."""

    def show(facts: Facts, customer: Customer, now: Instant) -> FactLine:
        fact: bool | tuple[str, ...] | None = getattr(customer, name)
        value = holds(fact, facts.requester)
        if isinstance(fact, tuple) and value is not None and facts.requester is not None:
            who = facts.requester.name or facts.requester.email
            state = State.STANDS_AGAINST if value is against else State.FINE
            return FactLine(label=label, words=f"{'yes' if value else 'no'}, of {who}", state=state)
        if value is None:
            return FactLine(label=label, words=_NOT_KNOWN, state=State.UNKNOWN)
        state = State.STANDS_AGAINST if value is against else State.FINE
        return FactLine(label=label, words="yes" if value else "no", state=state)

    return show


def _people(label: str, name: str, everybody: str) -> _Show:
    """``everybody``: what no list means; empty where it means that nobody knows."""

    def show(_: Facts, customer: Customer, now: Instant) -> FactLine:
        names: tuple[str, ...] | None = getattr(customer, name)
        if names is None:
            state = State.FINE if everybody else State.UNKNOWN
            return FactLine(label=label, words=everybody or _NOT_KNOWN, state=state)
        return FactLine(label=label, words=", ".join(names) or "nobody")

    return show


def _tier(facts: Facts, customer: Customer, _: Instant) -> FactLine:
    if not customer.tier:
        return FactLine(label="tier", words=_NOT_KNOWN, state=State.UNKNOWN)
    policy = facts.policy
    rules = policy.rulebook.entitlements if policy is not None else ()
    refused = {each.casefold() for rule in rules if rule.fact is CustomerFact.TIER for each in rule.refused}
    if customer.tier.casefold() not in refused:
        return FactLine(label="tier", words=customer.tier)
    partner = f", support runs through {customer.partner}" if customer.partner else ""
    return FactLine(label="tier", words=f"{customer.tier}{partner}", state=State.STANDS_AGAINST)


def _hold(_: Facts, customer: Customer, now: Instant) -> FactLine:
    if customer.on_hold is None:
        return FactLine(label="hold", words=_NOT_KNOWN, state=State.UNKNOWN)
    if customer.on_hold:
        return FactLine(label="account", words="ON HOLD", state=State.STANDS_AGAINST)
    return FactLine(label="hold", words="no")


def _version(policy: Policy, customer: Customer, now: Instant) -> FactLine:
    if not customer.version:
        return FactLine(label="version", words=_NOT_KNOWN, state=State.UNKNOWN)
    words = f"{customer.product} {customer.version}".strip()
    for version in policy.rulebook.versions:
        same = not customer.product or version.product.casefold() == customer.product.casefold()
        if not same or version.version != customer.version:
            continue
        ends = support_ends(version, policy.last_month)
        if ends is not None and ends <= now:
            told = f"{words}, GENERAL SUPPORT ENDED {last_day(ends)}"
            return FactLine(label="version", words=told, state=State.STANDS_AGAINST)
        return FactLine(label="version", words=f"{words}, supported")
    return FactLine(label="version", words=f"{words}, not in the policy's list", state=State.UNKNOWN)


_SHOWN: dict[CustomerFact, _Show] = {
    CustomerFact.TIER: _tier,
    CustomerFact.CONTRACT_ENDS: _ends("contract", "contract_ends"),
    CustomerFact.LICENCE_ENDS: _ends("licence", "licence_ends"),
    CustomerFact.MAINTENANCE_ENDS: _ends("maintenance plan", "maintenance_ends"),
    CustomerFact.EMERGENCY_ON_CALL: _yes_no("emergency on-call", "emergency_on_call", against=None),
    CustomerFact.END_USER: _yes_no("end users of a reseller", "end_users", against=True),
    CustomerFact.SERVICE_PROVIDER: _yes_no("service provider", "service_provider", against=None),
    CustomerFact.OPENER: _people("may open", "openers", "anybody of the account"),
    CustomerFact.AUTHORISED_AGENT: _people("authorised agents", "agents", ""),
    CustomerFact.ACCOUNT_WIDE: _people("see every request", "account_wide", ""),
    CustomerFact.KEY_CONTACT: _people("key contacts", "key_contacts", ""),
}
"""How each fact is shown. ``account_contact`` is the desk's own: the header names the requester's account."""
