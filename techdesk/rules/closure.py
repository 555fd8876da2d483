"""Closure reasons: which there are, and whether the facts that one asks for are there.

The reasons themselves are data of the policy (``Policy.closures``). A policy that says nothing about closing
gets the reasons of the house below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from msgspec.structs import replace

from techdesk.model import Instant, Status
from techdesk.rules.facts import Evidence, Facts
from techdesk.rules.gate import said
from techdesk.rules.verdicts import OK, Refuse, Verdict, Warn, worst
from techdesk.rules.wording import exactly, moment, quantity, span
from techdesk.sla.policy import ClosureReason, Need
from techdesk.text import safe_text

HOUSE_REASONS: tuple[ClosureReason, ...] = (
    ClosureReason(id="solved", label="Solved", source="", standard=True, needs=(Need.RESOLVED,)),
    ClosureReason(id="no_response", label="The customer does not answer", source=""),
    ClosureReason(id="duplicate", label="Duplicate of another ticket", source=""),
    ClosureReason(id="not_reproducible", label="Cannot be reproduced", source=""),
    ClosureReason(id="out_of_scope", label="Not ours to solve", source=""),
    ClosureReason(id="withdrawn", label="Withdrawn by the customer", source=""),
)
"""For policies that name no reasons of their own."""

BY_CALL = "+call"
"""Appended to a reason's id: the customer has confirmed on the phone; the call is logged with the close."""

_RULES: Mapping[str, Mapping[Need, str]] = {
    "dynamix": {
        Need.NOTIFIED: "D8",
        Need.CONFIRMED: "D9",
        Need.INQUIRIES: "D10",
        Need.CONTRACT_EXPIRED: "D11",
        Need.ON_HOLD: "D12",
    },
    "data-dynamics": {Need.WAITED: "DD7"},
}
"""Ids of POLICIES section 2, by policy; a site's own policy is named instead."""

_Check: TypeAlias = Callable[[ClosureReason, Facts, Instant, Evidence], Verdict]


def reasons(facts: Facts) -> tuple[ClosureReason, ...]:
    """The reasons that a ticket's policy knows, else those of the house."""
    if facts.policy is not None and facts.policy.closures:
        return facts.policy.closures
    return HOUSE_REASONS


def reason_of(facts: Facts, reason_id: str) -> ClosureReason | None:
    """The reason of an id, with or without ``BY_CALL``."""
    wanted = reason_id.removesuffix(BY_CALL)
    return next((reason for reason in reasons(facts) if reason.id == wanted), None)


def may_close(facts: Facts, reason_id: str, now: Instant, evidence: Evidence) -> Verdict:
    """Whether a ticket may be closed for a reason, on the evidence there is now."""
    reason = reason_of(facts, reason_id)
    if reason is None:
        known = ", ".join(each.id for each in reasons(facts))
        why = f"The policy knows no reason '{reason_id}'." if reason_id else "No reason was given."
        return Refuse(reason=why, remedy=f"Choose one of: {known}.", rule="generic.reason")
    by_call = reason_id.endswith(BY_CALL)
    if by_call and Need.CONFIRMED not in reason.needs:
        return Refuse(
            reason=f"'{reason.label}' asks for no confirmation.",
            remedy=f"Close with {reason.id}.",
            rule="generic.reason",
        )
    return worst(
        [
            _CHECKS[need](reason, facts, now, evidence)
            for need in reason.needs
            if not (by_call and need is Need.CONFIRMED)
        ]
    )


def _rule(need: Need, facts: Facts) -> str:
    """Id of the rule behind a need: of the policy that states it, or of the house."""
    if facts.policy is None or not facts.policy.closures:
        return f"house.{need.value}"
    name = facts.policy.name
    return _RULES.get(name, {}).get(need, f"{name}.{need.value}")


def _said(name: str, need: Need, facts: Facts, otherwise: Verdict, **values: object) -> Verdict:
    """The policy's own words for one case, else ``otherwise``: a site's policy need not bring any."""
    policy, rule = facts.policy, _rule(need, facts)
    told = policy.rulebook.rule(rule) if policy is not None else None
    if policy is None or told is None or told.message(name) is None:
        return otherwise
    return said(policy, rule, name, **values)


def _section(reason: ClosureReason, facts: Facts) -> str:
    """``Dynamix §4.2.1``, or the policy's title where the reason names no section."""
    title = facts.policy.title if facts.policy is not None else "house rule"
    source = reason.source.removeprefix(title).strip()
    return f"{title} {source}".strip()


def _resolved(reason: ClosureReason, facts: Facts, _: Instant, evidence: Evidence) -> Verdict:
    where = _section(reason, facts)
    rule = _rule(Need.CONFIRMED if reason.standard else Need.INQUIRIES, facts)
    if facts.status in (Status.RESOLVED, Status.CLOSED):
        return OK
    answered = evidence.confirmed_at is not None and not evidence.confirmed_by_call
    if answered and evidence.resolved_at is not None:
        return Warn(
            reason=f"The customer wrote after the notice ({moment(evidence.confirmed_at)}) and the ticket is"
            f" open again. Only a message that confirms the solution counts ({where}): read it first.",
            rule=rule,
        )
    return Refuse(
        reason=f"It is not resolved ({where}).",
        remedy="<ticket.resolve> resolves it and tells the customer.",
        rule=rule,
        case="not-resolved",
    )


def _notified(_: ClosureReason, facts: Facts, __: Instant, evidence: Evidence) -> Verdict:
    if evidence.notice_at is not None:
        return OK
    title = facts.policy.title if facts.policy is not None else "house rule"
    otherwise = Refuse(
        reason=f"The customer has not been told that it is resolved ({title}).",
        remedy="<ticket.resolve> sends the notice, <ticket.close> again afterwards.",
        rule=_rule(Need.NOTIFIED, facts),
    )
    return _said("not-told", Need.NOTIFIED, facts, otherwise)


def _confirmed(reason: ClosureReason, facts: Facts, _: Instant, evidence: Evidence) -> Verdict:
    if denied(reason, evidence):
        date, quote = moment(evidence.confirmed_at), quoted(evidence.confirmation)
        otherwise = Refuse(
            reason=f"The customer's message of {date} does not confirm it: '{quote}'"
            f" ({_section(reason, facts)}).",
            remedy="Answer with <ticket.reply>, or log the call in which the customer confirms.",
            rule=_rule(Need.CONFIRMED, facts),
            case="denied",
        )
        return _said("denied", Need.CONFIRMED, facts, otherwise, date=date, quote=quote)
    if evidence.confirmed_at is not None:
        return OK
    asked = len(evidence.inquiries)
    needed = max((each.inquiries for each in reasons(facts)), default=0)
    otherwise = Refuse(
        reason=f"Not a standard closure: no confirmation yet, {quantity(asked, 'inquiry', 'inquiries')} sent"
        f" ({_section(reason, facts)}).",
        remedy="Ask with <ticket.reply>, log the call in which the customer confirms, or pick another"
        " reason.",
        rule=_rule(Need.CONFIRMED, facts),
    )
    verdict = _said("not-confirmed", Need.CONFIRMED, facts, otherwise, count=asked, needed=needed)
    waiting = _not_sent(evidence.inquiries_unsent)
    if not waiting or not isinstance(verdict, Refuse | Warn):
        return verdict
    return replace(verdict, reason=verdict.reason + waiting)


def _not_sent(unsent: Sequence[Instant]) -> str:
    """How many inquiries wait in the outbox: nobody has got them, so they count for nothing yet."""
    return f" {quantity(len(unsent), 'inquiry', 'inquiries')} not yet sent." if unsent else ""


def denied(reason: ClosureReason, evidence: Evidence) -> bool:
    """Whether what the customer wrote last after the notice says that it is not solved (POLICIES D9)."""
    return any(_pattern(each).search(evidence.confirmation) is not None for each in reason.denied_by)


@lru_cache(maxsize=64)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def quoted(text: str, length: int = 80) -> str:
    """The first words of a message, on one line."""
    words = " ".join(safe_text(text[:1000]).split())
    return words if len(words) <= length else f"{words[: length - 1]}…"


def proof(reason: ClosureReason, evidence: Evidence, facts: Facts | None = None) -> str:
    """What the log has for a reason, to be looked at before it is closed (POLICIES D9, D10); and what the
    site's file says of the customer (D11, D12), with the file's name and date."""
    told: list[str] = []
    if Need.CONFIRMED in reason.needs and evidence.resolved_at is not None:
        told.append(f"Resolved {moment(evidence.resolved_at)}.")
        if evidence.notice_at is not None:
            told.append(f"Told {moment(evidence.notice_at)}.")
        if evidence.confirmed_at is not None:
            how = "Confirmed on the phone" if evidence.confirmed_by_call else "The customer wrote"
            quote = f": '{quoted(evidence.confirmation)}'" if evidence.confirmation else "."
            told.append(f"{how} {moment(evidence.confirmed_at)}{quote}")
    if Need.INQUIRIES in reason.needs and evidence.inquiries:
        dates = ", ".join(moment(at) for at in evidence.inquiries)
        told.append(
            f"{quantity(len(evidence.inquiries), 'inquiry', 'inquiries')} without an answer: {dates}."
        )
    if facts is not None:
        told += _standing(reason, evidence, facts)
    return " ".join(told)


def _standing(reason: ClosureReason, evidence: Evidence, facts: Facts) -> list[str]:
    """What makes a closure for the customer's account allowed."""
    who, where = facts.organisation_name or "the customer", _section(reason, facts)
    source = facts.customer.source if facts.customer is not None else ""
    said = f"{where}; {source}" if source else where
    told = []
    if Need.CONTRACT_EXPIRED in reason.needs and evidence.contract_ends is not None:
        told.append(
            f"The contract of {who} ended {moment(evidence.contract_ends - 1).split(' ')[0]} ({said})."
        )
    if Need.ON_HOLD in reason.needs and evidence.on_hold:
        told.append(f"The account of {who} is on hold ({said}).")
    return told


def _inquiries(reason: ClosureReason, facts: Facts, _: Instant, evidence: Evidence) -> Verdict:
    where = _section(reason, facts)
    rule = _rule(Need.INQUIRIES, facts)
    if evidence.resolved_at is None:
        return Refuse(
            reason=f"Inquiries count from the notice that it is resolved, and there is none ({where}).",
            remedy="<ticket.resolve> resolves it and sends the notice.",
            rule=rule,
            case="not-resolved",
        )
    sent = [at for at in evidence.inquiries if reason.notice_counts or at != evidence.notice_at]
    unsent = [at for at in evidence.inquiries_unsent if reason.notice_counts or at != evidence.notice_at]
    if len(sent) < reason.inquiries:
        return _too_few(reason, facts, sent, unsent)
    # The text gives no spacing, so this warns and never refuses (POLICIES 2.7).
    nearest = min((late - early for early, late in pairwise(sent)), default=None)
    if nearest is not None and reason.spacing_warning and nearest < reason.spacing_warning:
        wanted = span(reason.spacing_warning)
        otherwise = Warn(
            reason=f"Two inquiries are only {span(nearest)} apart, less than {wanted} ({where}).", rule=rule
        )
        return _said("spacing", Need.INQUIRIES, facts, otherwise)
    return OK


def _too_few(
    reason: ClosureReason, facts: Facts, sent: Sequence[Instant], unsent: Sequence[Instant]
) -> Verdict:
    """How many inquiries there are, since when, and which comes next."""
    first = f" since {moment(sent[0])}" if sent else ""
    last = f" Last: {moment(sent[-1])}." if sent else ""
    following = len(sent) + len(unsent) + 1
    remedy = (
        f"<ticket.reply> sends inquiry {following}."
        if following <= reason.inquiries
        else "<app.sync> sends what waits; close it afterwards."
    )
    verdict: Verdict = Refuse(
        reason=f"{len(sent)} of {reason.inquiries} unanswered inquiries{first}"
        f" ({_section(reason, facts)}).{last}",
        remedy=remedy,
        rule=_rule(Need.INQUIRIES, facts),
    )
    if sent:
        values: dict[str, object] = {"count": len(sent), "needed": reason.inquiries}
        values |= {"since": moment(sent[0]), "last": moment(sent[-1])}
        verdict = _said("inquiries", Need.INQUIRIES, facts, verdict, **values)
    assert isinstance(verdict, Refuse)
    return Refuse(
        reason=verdict.reason + _not_sent(unsent), remedy=remedy, rule=verdict.rule, case="inquiries"
    )


def _contract(reason: ClosureReason, facts: Facts, now: Instant, evidence: Evidence) -> Verdict:
    who = facts.organisation_name or "the customer"
    need, ends, where = Need.CONTRACT_EXPIRED, evidence.contract_ends, _section(reason, facts)
    rule = _rule(need, facts)
    if ends is None:
        words = f"When the contract of {who} ends is not known here ({where}): make sure that it has expired."
        return _said("unknown", need, facts, Warn(reason=words, rule=rule), customer=who)
    if ends < now:
        return OK
    day = moment(ends - 1).split(" ")[0]
    words = f"The contract of {who} runs to {day} ({where})."
    otherwise = Refuse(reason=words, remedy="Pick another reason with <ticket.close>.", rule=rule)
    return _said("runs", need, facts, otherwise, customer=who, date=day)


def _on_hold(reason: ClosureReason, facts: Facts, _: Instant, evidence: Evidence) -> Verdict:
    who = facts.organisation_name or "the customer"
    need, where = Need.ON_HOLD, _section(reason, facts)
    rule = _rule(need, facts)
    if evidence.on_hold is None:
        words = f"Whether the account of {who} is on hold is not known here ({where}): make sure that it is."
        return _said("unknown", need, facts, Warn(reason=words, rule=rule), customer=who)
    if evidence.on_hold:
        return OK
    words = f"The account of {who} is not on hold ({where})."
    otherwise = Refuse(reason=words, remedy="Pick another reason with <ticket.close>.", rule=rule)
    return _said("not-held", need, facts, otherwise, customer=who)


def _waited(reason: ClosureReason, facts: Facts, now: Instant, evidence: Evidence) -> Verdict:
    """DD7: so long since the oldest request without an answer, in real seconds; an absence suspends it."""
    need, where = Need.WAITED, _section(reason, facts)
    rule = _rule(need, facts)

    def refuse(name: str, words: str, remedy: str, **values: object) -> Verdict:
        otherwise = Refuse(reason=f"{words} ({where}).", remedy=remedy, rule=rule, case=name)
        return _said(name, need, facts, otherwise, **values)

    if evidence.answered_at is not None:
        date = moment(evidence.answered_at)
        words = f"The customer answered on {date}; it is not waiting"
        return refuse("answered", words, "<ticket.reply> answers it.", date=date)
    since = evidence.waiting_since
    if since is None:
        return refuse("nothing-asked", "Nothing was asked of the customer", "<ticket.reply> asks.")
    away = evidence.records.away_until
    if reason.away_suspends and away is not None and away > now:
        date = moment(away - 1)
        return refuse("away", f"The customer noted absence until {date}", "Wait until then.", date=date)
    end = since + reason.waiting
    if now > end:
        return OK
    left = f"{exactly(max(end - now, 1))}, after {moment(end)}"
    return refuse("too-early", f"Closable in {left}", "Wait, or choose another reason.", left=left)


_CHECKS: Mapping[Need, _Check] = {
    Need.RESOLVED: _resolved,
    Need.NOTIFIED: _notified,
    Need.CONFIRMED: _confirmed,
    Need.INQUIRIES: _inquiries,
    Need.CONTRACT_EXPIRED: _contract,
    Need.ON_HOLD: _on_hold,
    Need.WAITED: _waited,
}
