"""Gates of a change of the grade: who asked and how, who is entitled, in hours or out of them."""

from __future__ import annotations

from techdesk.model import Channel, Person
from techdesk.rules import records
from techdesk.rules.checklists import detected
from techdesk.rules.customer import listed
from techdesk.rules.facts import CUSTOMER
from techdesk.rules.gate import Case, Gate, only, reasoned, say
from techdesk.rules.verdicts import OK, Verdict, Warn
from techdesk.rules.wording import moment

GRADING = only("ticket.priority", "ticket.raise", "ticket.lower")
BEGINS = only("ticket.take", "ticket.assign")
"""Where work on a ticket begins that has its grade already."""


def _asked_by_channel(case: Case) -> Verdict:
    """D3: a customer who wants another priority calls; a correction of the desk's own has a reason."""
    wish = case.wish
    if wish.asked_by == CUSTOMER:
        rule = case.policy.channel(wish.channel)
        if rule is not None and rule.changes_priority:
            return OK
        return say(case, "D3", "channel", channel=channel_words(wish.channel))
    # Whoever asks in no customer's name corrects it themselves: a bulk, a macro, a plain verb as well.
    if case.ticket.priority is not None and not wish.reason_for("D3"):
        return reasoned(say(case, "D3", "no-reason"))
    return OK


def _caller(case: Case) -> Verdict:
    """D21: only the contact of the ticket, or somebody with access to the whole account."""
    caller, requester = case.wish.caller, case.ticket.requester
    if caller is None:
        phoned = case.action == "ticket.call" or case.wish.asked_by == CUSTOMER
        return say(case, "D21", "unnamed", number=case.ticket.number) if phoned else OK
    if requester is not None and caller.id == requester.id:
        return OK
    wide = case.ticket.customer.account_wide if case.ticket.customer is not None else None
    if wide is None:
        return Warn(
            reason=f"{_name(caller)} is not the contact of {case.ticket.number}; whether they have access to"
            f" the whole account is not known here ({case.policy.title} 4.1).",
            rule="D21",
        )
    if listed(wide, caller):
        return OK
    return say(case, "D21", "caller", caller=_name(caller), number=case.ticket.number)


def _vip(case: Case) -> Verdict:
    """D6: lowering the priority of a VIP's ticket has a reason."""
    wanted, present = case.wish.priority, case.ticket.priority
    lowers = wanted is not None and present is not None and wanted > present
    if not lowers or case.wish.reason_for("D6") or not (case.ticket.vip or _named_vip(case)):
        return OK
    return reasoned(say(case, "D6", "vip-lowered", person=_requester(case)))


def _affected(case: Case) -> Verdict:
    """D18: priority 1 and 2 speak of many users, so how many are affected should be known."""
    wanted, present = case.wish.priority, case.ticket.priority
    if case.action == "ticket.new":
        wanted, present = case.ticket.priority, None
    raised = wanted in (1, 2) and (present is None or wanted < present)
    if not raised or detected(case.policy, "intake", "affected", case.evidence.told):
        return OK
    if "affected" in case.evidence.records.ticked("intake"):
        return OK
    return say(case, "D18", "affected")


def _emergency(case: Case) -> Verdict:
    """PH2: outside standard hours, and only for customers who have arranged it."""
    if not _wanted_in(case, "PH2", "emergency-on-call"):
        return OK
    if case.ticket.support_open:
        return say(case, "PH2", "in-hours")
    arranged = case.ticket.customer.emergency_on_call if case.ticket.customer is not None else None
    if arranged is None:
        return say(case, "PH2", "unknown", customer=case.who)
    if arranged:
        return OK
    return say(case, "PH2", "not-entitled", customer=case.who, opens=moment(case.ticket.support_opens))


def _wanted_in(case: Case, _: str, entitlement_id: str) -> bool:
    """Whether the new severity is one that an entitlement is asked for."""
    entitlement = next((e for e in case.policy.rulebook.entitlements if e.id == entitlement_id), None)
    return entitlement is not None and new_severity(case) in entitlement.severity


def _agent(case: Case) -> Verdict:
    """PH10: the customer's authorised agents choose a severity, by what the table describes."""
    wish = case.wish
    grade = case.policy.severity(new_severity(case))
    if wish.criteria == () and grade is not None and grade.criteria:
        return say(case, "PH10", "no-criterion", severity=grade.label)
    if wish.asked_by == CUSTOMER and wish.caller is not None:
        agents = case.ticket.customer.agents if case.ticket.customer is not None else None
        if not listed(agents, wish.caller):
            return say(case, "PH10", "not-agent", person=_name(wish.caller), customer=case.who)
    return OK


def _please_phone(case: Case) -> Verdict:
    """W3: outside support hours Critical comes by phone, but for what monitoring finds (W13)."""
    if new_severity(case) != 1 or case.ticket.support_open is not False:
        return OK
    by_phone = (Channel.PHONE, Channel.MONITORING)
    if case.ticket.channel in by_phone or case.wish.channel in by_phone:
        return OK
    return OK if _called(case) else say(case, "W3", "please-phone")


def _excluded(case: Case) -> Verdict:
    """W4: outside support hours five kinds of issue do not count as Critical: neither a ticket that is graded
    or opened so, nor one that is Critical already and that somebody begins to work on."""
    begins = case.action in BEGINS
    severity = case.ticket.severity if begins else new_severity(case)
    if severity != 1 or case.ticket.support_open is not False or (begins and case.wish.owner == ""):
        return OK
    exclusion = case.wish.exclusion
    if not exclusion:
        last = case.evidence.records.last(records.QUALIFICATION)
        left_out = last is not None and last.field("qualifies") == "no"
        exclusion = (
            (last.field("exclusion") or "it does not qualify") if last is not None and left_out else ""
        )
    new = case.action == "ticket.new"
    if exclusion:
        label = next((e.label for e in case.policy.rulebook.exclusions if e.id == exclusion), exclusion)
        stays = not begins and case.ticket.severity not in (None, 1)
        return say(case, "W4", "new-excluded" if new else "stays" if stays else "excluded", reason=label)
    # What a customer reports is judged as it is opened; monitoring has judged what it found (W13).
    return say(case, "W4", "qualifies") if new and case.ticket.channel is not Channel.MONITORING else OK


def _never_by(case: Case) -> Verdict:
    """W12: some channels are never for what is critical; a call about it is another channel."""
    rule = case.policy.channel(case.ticket.channel)
    if rule is None or new_severity(case) not in rule.never_severity:
        return OK
    if case.action == "ticket.new":
        return say(case, "W12", "new-critical")
    return OK if case.wish.channel is Channel.PHONE or _called(case) else say(case, "W12", "critical")


def _called(case: Case) -> bool:
    """Whether a telephone call is on record; a chat that was logged is none."""
    calls = case.evidence.records.of(records.CALL)
    return any(call.field("by") in ("", Channel.PHONE.value) for call in calls)


def new_severity(case: Case) -> int | None:
    """The severity that a new or regraded ticket is to have."""
    return case.ticket.severity if case.action == "ticket.new" else case.wish.severity


def channel_words(channel: Channel) -> str:
    """A channel in a sentence."""
    return {Channel.EMAIL: "e-mail", Channel.UNKNOWN: "a channel that was not named"}.get(
        channel, channel.value
    )


def _named_vip(case: Case) -> bool:
    customer, person = case.ticket.customer, case.ticket.requester
    return customer is not None and person is not None and listed(customer.vip, person)


def _requester(case: Case) -> str:
    return _name(case.ticket.requester) if case.ticket.requester is not None else "The requester"


def _name(person: Person) -> str:
    return person.name or person.email or person.id


GRADE_GATES: tuple[Gate, ...] = (
    Gate(rule="D3", actions=GRADING, ask=_asked_by_channel),
    Gate(rule="D21", actions=GRADING | only("ticket.call"), ask=_caller),
    Gate(rule="PH2", actions=GRADING | only("ticket.new"), ask=_emergency),
    Gate(rule="W4", actions=GRADING | BEGINS | only("ticket.new"), ask=_excluded),
    Gate(rule="W12", actions=GRADING | only("ticket.new"), ask=_never_by),
    Gate(rule="W3", actions=GRADING | only("ticket.new"), ask=_please_phone),
    Gate(rule="D6", actions=GRADING, ask=_vip),
    Gate(rule="D18", actions=GRADING | only("ticket.new"), ask=_affected),
    Gate(rule="PH10", actions=GRADING, ask=_agent),
)
