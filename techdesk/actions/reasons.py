"""Which of its policy's reasons closes a ticket, where a bulk plan has to find that out by itself.

A single close is somebody's choice among reasons; a bulk close without one takes the reason that the log
proves, and none that asks a person to read something first: whether the customer's last message confirms the
solution, whether it is a duplicate, whether an account whose standing is not known here is on hold.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from techdesk.model import Instant
from techdesk.rules.closure import may_close, reasons
from techdesk.rules.facts import Evidence, Facts
from techdesk.rules.verdicts import Ok, Refuse, Verdict, Warn
from techdesk.rules.wording import moment, quantity
from techdesk.sla.policy import ClosureReason, Need

_SPACING = "spacing"
"""The one warning about a closure's own proof that needs nobody to look: the policy names no spacing."""
_DAY = 86_400


class Chosen(Struct, frozen=True, kw_only=True):
    """A reason with the gates' answer; without one, the refusal that says most."""

    reason: ClosureReason | None
    verdict: Verdict


def choose(facts: Facts, evidence: Evidence, now: Instant, ask: Callable[[ClosureReason], Verdict]) -> Chosen:
    """The reason that holds, in the policy's order. ``ask``: all gates, for one reason."""
    found: list[Chosen] = []
    refusals: list[tuple[int, Refuse]] = []
    for reason in reasons(facts):
        proof = may_close(facts, reason.id, now, evidence)
        if isinstance(proof, Refuse):
            # What is nearest to a close without an answer says most: it is what such a run is about.
            waits = Need.INQUIRIES in reason.needs or Need.WAITED in reason.needs
            refusals.append((2 if waits else 4, proof))
            continue
        verdict = ask(reason)
        unread = _unread_answer(reason, evidence)
        if isinstance(verdict, Refuse):
            refusals.append((0, verdict))
        elif unread is not None:
            refusals.append((1, unread))
        elif reason.needs and (isinstance(proof, Ok) or proof.case == _SPACING):
            found.append(Chosen(reason=reason, verdict=verdict))
        else:
            refusals.append((3, _TO_BE_CHOSEN))
    if found:
        return min(found, key=lambda chosen: isinstance(chosen.verdict, Warn))
    if not refusals:
        return Chosen(reason=None, verdict=_TO_BE_CHOSEN)
    return Chosen(reason=None, verdict=min(refusals, key=lambda each: each[0])[1])


_TO_BE_CHOSEN = Refuse(
    reason="No reason is proven by its log.",
    remedy="Choose a reason for all of them, or close it by itself with <ticket.close>.",
    rule="bulk.reason",
    case="to-be-chosen",
)


def _unread_answer(reason: ClosureReason, evidence: Evidence) -> Refuse | None:
    """The customer's last word may confirm the solution or say that it fails: a person reads it."""
    if Need.CONFIRMED not in reason.needs or evidence.answered_at is None or evidence.confirmed_by_call:
        return None
    if evidence.confirmed_at is None or evidence.answered_at < evidence.confirmed_at:
        return None
    return Refuse(
        reason=f"The customer wrote last, on {moment(evidence.answered_at)}: whether that confirms it, only"
        " a reader can tell.",
        remedy="Open it: <ticket.reply> answers, <ticket.close> closes it by itself.",
        rule="bulk.unread",
        case="answered",
    )


def why(reason: ClosureReason, evidence: Evidence, now: Instant) -> str:
    """What proves a reason, in a few words: ``stale 31 d, last reply ours``."""
    parts: list[str] = []
    if Need.WAITED in reason.needs and evidence.waiting_since is not None:
        parts.append(f"stale {_days(now - evidence.waiting_since)}, last reply ours")
    if Need.INQUIRIES in reason.needs and evidence.inquiries:
        asked = quantity(len(evidence.inquiries), "inquiry", "inquiries")
        last = _days(now - evidence.inquiries[-1])
        parts.append(f"{asked} without an answer, the last {last} ago")
    if Need.CONFIRMED in reason.needs and evidence.confirmed_at is not None:
        how = "by phone" if evidence.confirmed_by_call else "by message"
        parts.append(f"confirmed {how} {_days(now - evidence.confirmed_at)} ago")
    if Need.CONTRACT_EXPIRED in reason.needs and evidence.contract_ends is not None:
        parts.append(f"contract ended {_days(now - evidence.contract_ends)} ago")
    if Need.ON_HOLD in reason.needs and evidence.on_hold:
        parts.append("account on hold")
    if not parts and evidence.waiting_since is not None:
        parts.append(f"waiting {_days(now - evidence.waiting_since)}")
    elif not parts and evidence.resolved_at is not None:
        parts.append(f"resolved {_days(now - evidence.resolved_at)} ago")
    return ", ".join(parts)


def _days(seconds: int) -> str:
    """A length of time in one unit."""
    if seconds >= _DAY:
        return f"{seconds // _DAY} d"
    return f"{max(seconds, 0) // 3600} h" if seconds >= 3600 else f"{max(seconds, 0) // 60} min"
