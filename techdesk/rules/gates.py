"""May this be done to this ticket now? One pure function for keys, palette, command line and sync replay.

Gates are rows of a table: which actions they look at, and what they ask. A gate of a policy applies only to
tickets of that policy. Whatever they refuse says why and what to do (POLICIES section 2).
"""

from __future__ import annotations

from techdesk.model import Instant, Status
from techdesk.rules.closure import may_close, reason_of
from techdesk.rules.copies import COPY_GATES
from techdesk.rules.ending import ENDING_GATES, FINAL_GATES, answers_late_mail
from techdesk.rules.entitlement import ENTITLEMENT_GATES
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case, Gate, only, say
from techdesk.rules.grades import GRADE_GATES, GRADING
from techdesk.rules.intake import INTAKE_GATES
from techdesk.rules.passing import PASSING_GATES
from techdesk.rules.record_fields import RECORD_GATES
from techdesk.rules.verdicts import OK, Refuse, Verdict, Warn, worst
from techdesk.rules.versions import VERSION_GATES
from techdesk.rules.wording import STATUS_WORDS
from techdesk.sla.policy import Need, Policy, Reopen

READ_ONLY = Refuse(
    reason="This session is read-only.",
    remedy="Start techdesk without --read-only, and see read_only in the profile's settings.",
    rule="generic.read_only",
)
NO_TICKET = Refuse(
    reason="No ticket is selected.",
    remedy="Move to a line with j and k, then again.",
    rule="generic.no_ticket",
)


def can(
    action: str, ticket: Facts | None, actor: str, now: Instant, evidence: Evidence, wish: Wish | None = None
) -> Verdict:
    """Whether ``actor`` may do ``action`` to ``ticket`` at ``now``, on the evidence there is.

    A refusal ends the search, but for one that a reason lets pass: what cannot be done at all is said before
    anybody is asked for words. Warnings are collected, so that one confirmation answers all of them.
    """
    if ticket is None:
        return NO_TICKET
    case = Case(action=action, ticket=ticket, actor=actor, now=now, evidence=evidence, wish=wish or Wish())
    verdicts: list[Verdict] = []
    for gate in _guarding(action, ticket.policy):
        verdict = gate.ask(case)
        if isinstance(verdict, Refuse) and not verdict.wants_reason:
            return verdict
        verdicts.append(verdict)
    return worst(verdicts)


def _guarding(action: str, policy: Policy | None) -> tuple[Gate, ...]:
    """The gates that are asked for an action under a policy: found once, asked for ten thousand tickets."""
    known = _GUARDING.get((action, id(policy)))
    if known is not None and known[0] is policy:
        return known[1]
    if len(_GUARDING) >= _REMEMBERED:
        _GUARDING.clear()
    found = tuple(gate for gate in GATES if gate.guards(action, policy))
    _GUARDING[action, id(policy)] = (policy, found)
    return found


_REMEMBERED = 500
_GUARDING: dict[tuple[str, int], tuple[Policy | None, tuple[Gate, ...]]] = {}


def _closed_is_final(case: Case) -> Verdict:
    if case.ticket.status is not Status.CLOSED or answers_late_mail(case):
        return OK
    return Refuse(
        reason=f"{case.ticket.number} is closed.",
        remedy="<ticket.reopen> opens it again, where the policy allows it.",
        rule="generic.closed",
    )


def _take(case: Case) -> Verdict:
    if not case.actor:
        return Refuse(
            reason="The help desk has not said yet who you are.",
            remedy="<app.sync> connects; take the ticket afterwards.",
            rule="generic.no_account",
        )
    if case.ticket.owner == case.actor:
        return Refuse(reason="It is yours already.", remedy="<ticket.reply> answers it.", rule="generic.mine")
    if case.ticket.owner:
        owner = case.ticket.owner_name or case.ticket.owner
        return Refuse(
            reason=f"It belongs to {owner}.",
            remedy="<ticket.assign> takes it over, and asks first.",
            rule="generic.owned",
        )
    return OK


def _assign(case: Case) -> Verdict:
    wanted, owner = case.wish.owner, case.ticket.owner
    if wanted is None:
        return Refuse(
            reason="No person was chosen.", remedy="Choose one from the list.", rule="generic.value"
        )
    if wanted == owner:
        who = (case.ticket.owner_name or owner) if owner else "Nobody"
        return Refuse(reason=f"{who} has it already.", remedy="Choose somebody else.", rule="generic.same")
    if owner and case.actor and owner != case.actor:
        name = case.ticket.owner_name or owner
        return Warn(reason=f"It is taken away from {name}, who may be working on it.", rule="generic.steal")
    return OK


def _grade(case: Case) -> Verdict:
    """A level of the axis that is set; with both axes set, the severity is looked at first."""
    wish, ticket = case.wish, case.ticket
    axis = "priority" if wish.severity is None else "severity"
    wanted, present = (
        (wish.priority, ticket.priority) if wish.severity is None else (wish.severity, ticket.severity)
    )
    levels = wish.levels
    if wanted is None or (levels and wanted not in levels):
        said = f"There is no {axis} {wanted}." if wanted is not None else f"No {axis} was chosen."
        known = (
            f"{levels[0]} to {levels[-1]}, 1 is the most urgent" if levels else "a number, 1 the most urgent"
        )
        return Refuse(reason=said, remedy=f"Choose {known}.", rule="generic.value")
    both = wish.severity is not None and wish.priority is not None and wish.priority != ticket.priority
    if wanted == present and not both:
        return Refuse(
            reason=f"Its {axis} is {wanted} already.", remedy="Choose another one.", rule="generic.same"
        )
    return OK


def _step(case: Case) -> Verdict:
    """``raise`` and ``lower`` come with the level that they lead to, or none at the end of the scale."""
    if case.wish.priority is None and case.wish.severity is None:
        end = "most" if case.action == "ticket.raise" else "least"
        return Refuse(
            reason=f"It has the {end} urgent grade already.",
            remedy="<ticket.priority> chooses another one.",
            rule="generic.same",
        )
    return OK


def _status(case: Case) -> Verdict:
    wanted = case.wish.status
    if wanted is None:
        return Refuse(reason="No status was chosen.", remedy="Choose one.", rule="generic.value")
    if wanted is case.ticket.status:
        return Refuse(
            reason=f"It is {wanted.value} already.", remedy="Choose another status.", rule="generic.same"
        )
    if wanted is Status.CLOSED:
        return Refuse(
            reason="Closing asks for a reason.", remedy="<ticket.close> asks for it.", rule="generic.reason"
        )
    if wanted is Status.RESOLVED:
        return Warn(
            reason="The customer is not told of it this way; resolving with a notice does both.",
            rule="generic.silent",
        )
    return OK


def _text(case: Case) -> Verdict:
    if case.wish.text is None or not case.wish.text.strip():
        what = "notice" if case.action == "ticket.resolve" else "message"
        return Refuse(reason=f"The {what} is empty.", remedy="Write something first.", rule="generic.empty")
    return OK


def _resolve(case: Case) -> Verdict:
    if case.ticket.status is Status.RESOLVED:
        return Refuse(
            reason="It is resolved already.",
            remedy="<ticket.reply> writes again, <ticket.close> closes it.",
            rule="generic.same",
        )
    return OK


def _reply_then(case: Case) -> Verdict:
    """A reply that also resolves asks what resolving asks."""
    return _resolve(case) if case.wish.status is Status.RESOLVED else OK


def _plain(case: Case) -> Verdict:
    """Tags and the like: something has to change."""
    if case.wish.plain:
        return OK
    if case.action == "ticket.time":
        return Refuse(
            reason="That is no time, or more than a day.",
            remedy="Write minutes, or 1h30: 25, 25 called Kim, 1:30.",
            rule="generic.value",
        )
    return Refuse(
        reason="Nothing would change: it is like that already.",
        remedy="Choose something else.",
        rule="generic.same",
    )


def _close(case: Case) -> Verdict:
    if case.ticket.status is Status.CLOSED:
        return Refuse(
            reason=f"{case.ticket.number} is closed already.",
            remedy="<ticket.reopen> opens it again, where the policy allows it.",
            rule="generic.same",
        )
    statuses = case.ticket.statuses
    if statuses is not None and Status.CLOSED.value not in statuses and case.ticket.status is Status.RESOLVED:
        return Refuse(
            reason="This help desk knows nothing beyond resolved: for it the ticket is closed.",
            remedy="Nothing is left to do; <ticket.reopen> opens it again.",
            rule="generic.status_unknown",
        )
    return may_close(case.ticket, case.wish.reason, case.now, case.evidence)


def _close_not_owner(case: Case) -> Verdict:
    """D8: the dedicated technician closes a ticket."""
    owner = case.ticket.owner
    if case.actor and owner and owner != case.actor:
        return say(case, "D8", "not-owner", owner=case.ticket.owner_name or owner)
    return OK


_PUT_OFF = (Status.WAITING, Status.HOLD, Status.VENDOR)


def _reopen(case: Case) -> Verdict:
    if case.ticket.status.is_active:
        return Refuse(
            reason=f"It is {STATUS_WORDS[case.ticket.status]}, neither resolved nor closed.",
            remedy=(
                "<ticket.status> sets it to open."
                if case.ticket.status in _PUT_OFF
                else "Nothing is left to do."
            ),
            rule="generic.same",
        )
    policy = case.ticket.policy
    if policy is not None and policy.reopen is Reopen.FORBIDDEN and case.ticket.status is Status.CLOSED:
        return Refuse(
            reason=f"Closed tickets of {policy.title} do not open again.",
            remedy=f"<ticket.new> opens another one; name {case.ticket.number} in it.",
            rule="generic.final",
        )
    return OK


def _reopen_cause(case: Case) -> Verdict:
    """D13: a closure whose cause stands stays closed; a cause that is not known is a person's to judge."""
    reason = reason_of(case.ticket, case.ticket.close_reason)
    if reason is None or not reason.blocks_reopening or case.ticket.status is not Status.CLOSED:
        return OK
    evidence = case.evidence
    if Need.ON_HOLD in reason.needs:
        stands, cause = evidence.on_hold, f"the account of {case.who} is on hold"
    else:
        ends = evidence.contract_ends
        stands, cause = None if ends is None else ends < case.now, f"the contract of {case.who} has expired"
    if stands is None:
        return Warn(
            reason=f"It was closed because {cause}; whether that still holds is not known here"
            f" ({case.policy.title} 4.2).",
            rule="D13",
        )
    return say(case, "D13", "cause-stands", reason=cause) if stands else OK


def _needs_owner(case: Case) -> Verdict:
    """D4: a ticket of any priority needs a dedicated technician to leave new."""
    leaves = case.action == "ticket.resolve" or case.wish.status not in (None, Status.NEW)
    if case.ticket.status is Status.NEW and leaves and not case.ticket.owner:
        return say(case, "D4", "no-owner")
    return OK


def _keeps_owner(case: Case) -> Verdict:
    """The other side of D4: nobody is left without a technician once work has begun."""
    if case.wish.owner == "" and case.ticket.status is not Status.NEW:
        return say(case, "D4", "left-alone")
    return OK


_SETS = {
    "ticket.take": "owner",
    "ticket.assign": "owner",
    "ticket.priority": "priority",
    "ticket.raise": "priority",
    "ticket.lower": "priority",
    "ticket.status": "status",
    "ticket.resolve": "status",
    "ticket.close": "status",
    "ticket.reopen": "status",
}
"""The field that an action has to set at the desk."""


_CANNOT = {
    "merge_into": "This help desk cannot merge tickets through its interface.",
    "links": "This help desk keeps no links between tickets.",
    "watchers": "This help desk keeps no watchers.",
}


def _desk_holds(case: Case) -> Verdict:
    settable, statuses = case.ticket.settable, case.ticket.statuses
    field = _SETS.get(case.action, "status" if case.wish.status is not None else "")
    if field == "priority" and case.wish.severity is not None:
        field = "severity"
    fields = (field, *(name for name in case.wish.plain if name != "minutes")) if settable is not None else ()
    if "minutes" in case.wish.plain and case.ticket.takes_time is False:
        return Refuse(
            reason="This help desk keeps no working time.",
            remedy="<ticket.comment> leaves a note instead.",
            rule="generic.field_unknown",
        )
    unheld = [name for name in fields if name and name not in (settable or ())]
    if unheld:
        return Refuse(
            reason=_CANNOT.get(unheld[0], f"This help desk does not let anybody set the {unheld[0]}."),
            remedy="<ticket.comment> leaves a note instead.",
            rule="generic.field_unknown",
        )
    wanted = Status.RESOLVED if case.action == "ticket.resolve" else case.wish.status
    if wanted is not None and statuses is not None and wanted.value not in statuses:
        return Refuse(
            reason=f"This help desk has no status {wanted.value}.",
            remedy=f"It has: {', '.join(statuses)}.",
            rule="generic.status_unknown",
        )
    return OK


PLAIN = only(
    "ticket.tag",
    "ticket.watch",
    "ticket.link",
    "ticket.unlink",
    "ticket.merge",
    "ticket.time",
    "ticket.queue",
)
"""Actions on fields that no policy has a rule for."""

_CLOSED_KEEPS = ("ticket.take", "ticket.assign", "ticket.hand_off", "ticket.escalate", "ticket.status")

GATES: tuple[Gate, ...] = (
    *FINAL_GATES,
    Gate(
        actions=GRADING | only(*_CLOSED_KEEPS, "ticket.reply", "ticket.resolve"),
        ask=_closed_is_final,
    ),
    Gate(actions=only("ticket.take"), ask=_take),
    Gate(actions=only("ticket.assign"), ask=_assign),
    Gate(actions=only("ticket.raise", "ticket.lower"), ask=_step),
    Gate(actions=GRADING, ask=_grade),
    Gate(actions=only("ticket.status"), ask=_status),
    Gate(actions=only("ticket.reply", "ticket.comment", "ticket.resolve"), ask=_text),
    Gate(actions=only("ticket.resolve"), ask=_resolve),
    Gate(actions=only("ticket.reply"), ask=_reply_then),
    Gate(actions=only("ticket.close"), ask=_close),
    Gate(actions=only("ticket.reopen"), ask=_reopen),
    Gate(actions=frozenset(_SETS) | PLAIN | only("ticket.reply"), ask=_desk_holds),
    Gate(actions=PLAIN, ask=_plain),
    Gate(rule="D4", actions=only("ticket.status", "ticket.reply", "ticket.resolve"), ask=_needs_owner),
    Gate(rule="D4", actions=only("ticket.assign"), ask=_keeps_owner),
    Gate(rule="D8", actions=only("ticket.close"), ask=_close_not_owner),
    Gate(rule="D13", actions=only("ticket.reopen"), ask=_reopen_cause),
    *RECORD_GATES,
    *GRADE_GATES,
    *INTAKE_GATES,
    *ENTITLEMENT_GATES,
    *VERSION_GATES,
    *PASSING_GATES,
    *ENDING_GATES,
    *COPY_GATES,
)
"""In the order in which they are asked: what is plainly impossible first, a policy's own rules last."""
