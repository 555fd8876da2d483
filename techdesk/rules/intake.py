"""Gates of a new ticket and of a contact: which channel it may come by, and what it has to say."""

from __future__ import annotations

from techdesk.model import Channel
from techdesk.rules.checklists import found, labels, missing
from techdesk.rules.facts import Evidence, Facts
from techdesk.rules.gate import Case, Gate, only, say
from techdesk.rules.verdicts import OK, Verdict
from techdesk.rules.wording import moment
from techdesk.sla.rulebook import Checklist, Item, Weight

NEW = only("ticket.new")
_MONITORING = "monitoring"
"""The checklist whose items a ticket answers by naming them (W13)."""


def _opens(case: Case) -> Verdict:
    """W5: some channels open no ticket."""
    rule = case.policy.channel(case.ticket.channel)
    return say(case, "W5", "opens") if rule is not None and not rule.opens else OK


def _chat(case: Case) -> Verdict:
    """W8: chat is about a ticket that exists, in support hours."""
    new = case.action == "ticket.new"
    rule = case.policy.channel(case.ticket.channel if new else case.wish.channel)
    if rule is None or not rule.in_hours_only:
        return OK
    if case.ticket.support_open and not (new and rule.needs_ticket):
        return OK
    opens = f"next opening {moment(case.ticket.support_opens)}"
    return say(
        case,
        "W8",
        "chat",
        opens="the hours are open, and there is no ticket" if new and case.ticket.support_open else opens,
    )


def _phone_out_of_hours(case: Case) -> Verdict:
    """W14: outside support hours the phone is for Critical; any other call is logged as what it is."""
    rule = case.policy.channel(case.ticket.channel)
    if rule is None or not rule.out_of_hours_severity or case.ticket.support_open is not False:
        return OK
    return say(case, "W14", "phone") if case.ticket.severity is None else OK


def _wildix_intake(case: Case) -> Verdict:
    """W6: the mandatory holds a ticket up; the essential is asked for, and never holds up Critical."""
    left = lacking(case, "intake")
    mandatory = tuple(item for item in left if item.weight is Weight.MANDATORY)
    if mandatory:
        return say(case, "W6", "mandatory", items=labels(mandatory))
    checklist = case.policy.rulebook.checklist("intake")
    if not left or (checklist is not None and case.ticket.severity in checklist.never_holds_up):
        return OK
    return say(case, "W6", "essential", items=labels(left))


def _monitoring(case: Case) -> Verdict:
    """W13: what monitoring finds has a class of service, serial number, country, partner and the issue."""
    if case.ticket.channel is not Channel.MONITORING:
        return OK
    left = tuple(item for item in lacking(case, _MONITORING) if item.id not in case.evidence.told.casefold())
    return say(case, "W13", "lacks", items=labels(left)) if left else OK


def _information(case: Case) -> Verdict:
    """DD14: what support may ask for is asked for at once."""
    left = lacking(case, "information")
    return say(case, "DD14", "missing", items=labels(left)) if left else OK


def lacking(case: Case, checklist_id: str) -> tuple[Item, ...]:
    """What a checklist still wants to know of a ticket, optional items left out."""
    checklist = case.policy.rulebook.checklist(checklist_id)
    if checklist is None:
        return ()
    ticked = case.evidence.records.ticked(checklist_id)
    return missing(checklist, _fields(case.ticket, case.wish.text or ""), case.evidence.told, ticked)


def answered(ticket: Facts, evidence: Evidence, checklist: Checklist) -> frozenset[str]:
    """Ids of the items that a ticket answers by itself, without a tick: so the gates here take them."""
    message = evidence.told.strip().removeprefix(ticket.subject.strip())
    fields, told = _fields(ticket, message), evidence.told
    named = told.casefold() if checklist.id == _MONITORING else ""
    return frozenset(
        item.id
        for item in checklist.items
        if (item.field and fields.get(item.field)) or found(item, told) or (named and item.id in named)
    )


def _fields(ticket: Facts, message: str) -> dict[str, object]:
    """Values by the name that an item's ``field`` has."""
    return {
        "subject": ticket.subject.strip(),
        "message": message.strip(),
        "severity": ticket.severity,
        "region": ticket.region,
        "organisation": ticket.organisation,
        "product": ticket.customer.product if ticket.customer is not None else "",
        "number": ticket.number,
        "requester": ticket.requester,
    }


INTAKE_GATES: tuple[Gate, ...] = (
    Gate(rule="W5", actions=NEW, ask=_opens),
    Gate(rule="W8", actions=NEW | only("ticket.comment", "ticket.call"), ask=_chat),
    Gate(rule="W14", actions=NEW, ask=_phone_out_of_hours),
    Gate(rule="W6", actions=NEW, ask=_wildix_intake),
    Gate(rule="W13", actions=NEW, ask=_monitoring),
    Gate(rule="DD14", actions=NEW, ask=_information),
)
