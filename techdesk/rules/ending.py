"""Gates of answering, ending and bringing back a ticket that a policy's rules ask for, beside ``closure``."""

from __future__ import annotations

from techdesk.model import Channel, Person, Status
from techdesk.rules import records
from techdesk.rules.closure import reason_of
from techdesk.rules.customer import listed
from techdesk.rules.gate import Case, Gate, only, overridden, say
from techdesk.rules.passing import open_items
from techdesk.rules.verdicts import OK, Refuse, Verdict
from techdesk.sla.policy import Need
from techdesk.sla.rulebook import Rulebook

_NEEDS_NO_PRIORITY = (Need.CONTRACT_EXPIRED, Need.ON_HOLD)
_FIRST_LEVEL = "first-level"
"""The checklist that first level goes through."""
_BEFORE_WORK = ("change", "purchase")
"""Kinds of ticket that a key contact approves first (POLICIES D6)."""


def _unreviewed(case: Case) -> Verdict:
    """D2: a ticket that came by e-mail is reviewed before it is closed or passed on.

    Closures for the contract's end or a hold ask for neither resolution nor priority (POLICIES D8).
    """
    rule = case.policy.channel(case.ticket.channel)
    if rule is None or not rule.reviewed_first:
        return OK
    evidence = case.evidence
    if case.ticket.priority is not None:
        looked_at = (
            evidence.regraded or evidence.responded_at is not None or evidence.records.of(records.REVIEW)
        )
        by_desk = case.ticket.graded_by_desk and not looked_at
        return say(case, "D2", "desks-priority", number=case.ticket.number) if by_desk else OK
    reason = reason_of(case.ticket, case.wish.reason)
    if reason is not None and any(need in _NEEDS_NO_PRIORITY for need in reason.needs):
        return OK
    if case.evidence.records.of(records.REVIEW):
        return OK
    return say(case, "D2", "no-priority", number=case.ticket.number)


def _approval(case: Case) -> Verdict:
    """D6: a change or a purchase is approved before the work on it begins."""
    begins = (
        case.wish.status is Status.OPEN
        and case.ticket.status is not Status.OPEN
        and case.ticket.kind.casefold() in _BEFORE_WORK
    )
    if not begins:
        return OK
    approvals = case.evidence.records.of(records.APPROVAL)
    contacts = _key_contacts(case)
    if not approvals:
        return say(case, "D6", "approval", names=", ".join(contacts or ()) or "who that is is not known here")
    by = [record.field("approver") for record in approvals]
    if contacts is None or any(listed(contacts, Person(id=name, name=name, email=name)) for name in by):
        return OK
    return say(case, "D6", "approved-by-other", person=by[-1] or "Nobody named", names=_named(contacts))


def _approver(case: Case) -> Verdict:
    """D6: an approval that is recorded was given by one of the key contacts."""
    if case.wish.kind != records.APPROVAL:
        return OK
    person = case.wish.approver
    if person is None:
        return say(case, "D6", "approver", person="Who was not named", customer=case.who, names=_named(()))
    name, contacts = person.name or person.email or person.id, _key_contacts(case)
    if contacts is None:
        return say(case, "D6", "approver-unknown", person=name, customer=case.who)
    if listed(contacts, person):
        return OK
    return say(case, "D6", "approver", person=name, customer=case.who, names=_named(contacts))


def _key_contacts(case: Case) -> tuple[str, ...] | None:
    return case.ticket.customer.key_contacts if case.ticket.customer is not None else None


def _named(contacts: tuple[str, ...]) -> str:
    return ", ".join(contacts) or "none is named"


def _note_only(case: Case) -> Verdict:
    """PH4: an internal note is no response, so it does not hand the ticket back to the customer."""
    hands_back = case.wish.status in (Status.WAITING, Status.RESOLVED)
    if not hands_back or case.evidence.responded_at is not None or not case.evidence.noted:
        return OK
    return say(case, "PH4", "note-only")


def _ended_by(case: Case) -> Verdict:
    """PH9: an answer ends Minor only."""
    wanted = case.wish.resolution
    resolution = next((each for each in case.policy.rulebook.resolutions if each.id == wanted), None)
    if resolution is None or not resolution.severity or case.ticket.severity in resolution.severity:
        return OK
    grade = case.policy.severity(case.ticket.severity)
    return say(case, "PH9", "answer", severity=grade.label if grade is not None else "without a severity")


def _left_out(case: Case) -> Verdict:
    """D14: what ends as out of scope names the exclusion; one that the policy does not have is refused."""
    wanted, named = case.wish.resolution, case.wish.exclusion
    way = next((each for each in _book(case).resolutions if each.id == wanted), None)
    known = _book(case).left_out_of_support
    if way is None or not way.left_out or not known or any(each.id == named for each in known):
        return OK
    items = ", ".join(each.id for each in known)
    if named:
        return Refuse(
            reason=f"The policy leaves out nothing by the name of '{named}'.",
            remedy=f"Name one of: {items}.",
            rule="generic.value",
        )
    return say(case, "D14", "which", items=items) if len(known) > 1 else OK


def _book(case: Case) -> Rulebook:
    return case.ticket.policy.rulebook if case.ticket.policy is not None else Rulebook()


def _final(case: Case) -> Verdict:
    """W7: what support has closed takes no reply; a new case names it.

    Who mails to it all the same is answered once: with the words that ask for a new case (W5).
    """
    if case.ticket.status is not Status.CLOSED:
        return OK
    if answers_late_mail(case):
        return say(case, "W5", "closed", number=case.ticket.number)
    return say(case, "W7", "closed", number=case.ticket.number)


def answers_late_mail(case: Case) -> bool:
    """W5: a reply, and no more, to somebody who has mailed to a ticket that support has closed."""
    rule = case.ticket.policy.rulebook.rule("W5") if case.ticket.policy is not None else None
    late = case.action == "ticket.reply" and case.evidence.mailed_since_closed is not None
    return late and case.wish.status is None and rule is not None and rule.message("closed") is not None


def _irreversible(case: Case) -> Verdict:
    """W7: closing is final, and the question before it says so."""
    return say(case, "W7", "irreversible")


def _partner_told(case: Case) -> Verdict:
    """W9: the partner hears of what monitoring found, by ticket or phone, before it is closed."""
    if case.ticket.channel is not Channel.MONITORING or case.evidence.responded_at is not None:
        return OK
    told = case.evidence.records.of(records.PARTNER_CONTACTED)
    return OK if told else say(case, "W9", "not-contacted")


def _tasks_open(case: Case) -> Verdict:
    """Z1: what first level has begun to go through it finishes; a reason lets the rest pass."""
    checklist = case.policy.rulebook.checklist(_FIRST_LEVEL)
    if checklist is None or not case.evidence.records.ticked(checklist.id):
        return OK
    left = open_items(checklist, case.evidence.records)
    if not left:
        return OK
    verdict = say(case, "Z1", "open-tasks", count=len(left), items=", ".join(left))
    return overridden(case, verdict, override=True)


def _user_told(case: Case) -> Verdict:
    """Z9: a request is closed when first level has told the user."""
    if case.ticket.kind.casefold() != "request" or case.evidence.notice_at is not None:
        return OK
    return OK if case.evidence.records.of(records.USER_TOLD) else say(case, "Z9", "not-told")


def _drop_left(case: Case) -> Verdict:
    """DD15: software for diagnosis that is still at the customer's."""
    state: dict[str, str] = {}
    for record in case.evidence.records.of(records.DIAGNOSTIC_DROP):
        state[record.field("what")] = record.field("removed")
    return OK if all(removed == "yes" for removed in state.values()) else say(case, "DD15", "still-there")


def _problem_open(case: Case) -> Verdict:
    """W10: what is linked to a problem that concerns many stays open as long as the problem does."""
    problems = case.ticket.problems
    if not problems:
        return OK
    return say(case, "W10", "problem-open", number=case.ticket.number, problem=", ".join(problems))


def _excluded_cause(case: Case) -> Verdict:
    """D19: an outage by a cause that the text leaves out does not count as down time."""
    wish = case.wish
    if wish.kind != records.OUTAGE or wish.fields.get("counts") != "yes":
        return OK
    named = wish.fields.get("cause")
    cause = next((each for each in case.policy.rulebook.causes if each.id == named), None)
    if cause is None or cause.counts:
        return OK
    return say(case, "D19", "excluded", reason=cause.label)


def _other_problem(case: Case) -> Verdict:
    """D13: only the reported problem brings a ticket back."""
    if case.wish.same_problem is not False:
        return OK
    return say(case, "D13", "other-problem", number=case.ticket.number)


ENDING_GATES: tuple[Gate, ...] = (
    Gate(rule="D2", actions=only("ticket.close"), ask=_unreviewed),
    Gate(rule="D6", actions=only("ticket.status", "ticket.reply"), ask=_approval),
    Gate(rule="D6", actions=only("ticket.record"), ask=_approver),
    Gate(rule="PH4", actions=only("ticket.status"), ask=_note_only),
    Gate(rule="PH9", actions=only("ticket.resolve"), ask=_ended_by),
    Gate(actions=only("ticket.resolve"), ask=_left_out),
    Gate(rule="Z1", actions=only("ticket.close"), ask=_tasks_open),
    Gate(rule="W9", actions=only("ticket.close"), ask=_partner_told),
    Gate(rule="Z9", actions=only("ticket.close"), ask=_user_told),
    Gate(rule="W10", actions=only("ticket.close"), ask=_problem_open),
    Gate(rule="D19", actions=only("ticket.record"), ask=_excluded_cause),
    Gate(rule="DD15", actions=only("ticket.close"), ask=_drop_left),
    Gate(rule="W7", actions=only("ticket.close"), ask=_irreversible),
    Gate(rule="D13", actions=only("ticket.reopen"), ask=_other_problem),
)
FINAL_GATES: tuple[Gate, ...] = (
    Gate(rule="W7", actions=only("ticket.reply", "ticket.reopen"), ask=_final),
    Gate(rule="D2", actions=only("ticket.escalate", "ticket.hand_off"), ask=_unreviewed),
)
"""Asked before everything else: of a closed ticket nothing more matters than how it goes on, and of a mail
that nobody has reviewed nothing more than that."""
