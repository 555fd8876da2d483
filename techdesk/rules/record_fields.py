"""What a record may say: the names of its fields, those that it needs, and values that make sense.

A slip (``untill=``, an outage that ends before it begins) would be kept at the desk for good, and no gate
would ever see what was meant: so it is not written.
"""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.rules import records
from techdesk.rules.gate import Case, Gate, only
from techdesk.rules.verdicts import OK, Refuse, Verdict
from techdesk.rules.wording import moment
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import RecordKind

FIELDS: Mapping[str, tuple[str, ...]] = {
    records.ATTEMPT: ("step", "reached", "how", "when"),
    records.AWAY: ("until", "who"),
    records.CONFIRMED: ("how",),
    records.REVIEW: ("who", "when"),
    records.APPROVAL: ("approver", "what", "how"),
    records.TICK: ("checklist", "item", "done"),
    records.LOCATED: ("located",),
    records.CONSOLE: ("component", "located"),
    records.MASTER_LIST: ("step", "version"),
    records.QUALIFICATION: ("qualifies", "exclusion"),
    records.PARTNER_CONTACTED: ("how", "when"),
    records.USER_TOLD: ("when",),
    records.DIAGNOSTIC_DROP: ("what", "purpose", "removed"),
    records.AVAILABILITY: ("when", "how"),
    records.OUTAGE: ("service", "cause", "from", "until", "counts"),
    records.COMMITMENT: ("what", "until"),
    records.PREFERRED_CHANNEL: ("channel",),
}
"""Of the kinds that techdesk itself reads; a policy's own fields stand beside them."""

_NEEDED: Mapping[str, tuple[str, ...]] = {
    records.ATTEMPT: ("step",),
    records.AWAY: ("until",),
    records.LOCATED: ("located",),
    records.CONSOLE: ("component",),
    records.COMMITMENT: ("what",),
    records.DIAGNOSTIC_DROP: ("what",),
    records.PREFERRED_CHANNEL: ("channel",),
}
"""Without these nothing is said."""
EMAIL, TELEPHONE = "e-mail", "telephone"
"""How a customer may ask to be told (DD18)."""


def fields_of(kind: str, policy: Policy | None) -> tuple[str, ...]:
    """Names that a record of a kind may have; empty where any may."""
    own = next((each.fields for each in _own(policy) if each.id == kind), ())
    return tuple(dict.fromkeys((*FIELDS.get(kind, ()), *own)))


def _known_fields(case: Case) -> Verdict:
    kind, given = case.wish.kind, case.wish.fields
    known = fields_of(kind, case.ticket.policy)
    strange = [name for name in given if known and name not in known]
    if strange:
        return _wrong(f"A record '{kind}' has no field '{strange[0]}'.", f"It has: {', '.join(known)}.")
    for name in _NEEDED.get(kind, ()):
        if not given.get(name, "").strip():
            return _wrong(f"The record '{kind}' does not say {name}.", f"Fill in {name}.")
    own = next((each for each in _own(case.ticket.policy) if each.id == kind), None)
    bare = not any(value.strip() for value in given.values()) and not (case.wish.text or "").strip()
    if bare and own is not None and own.fields and kind not in FIELDS:
        return _wrong("Nothing is filled in.", f"Fill in one of: {', '.join(own.fields)}; or write words.")
    if kind == records.PREFERRED_CHANNEL and given["channel"] not in (EMAIL, TELEPHONE):
        return _one_of("channel", given["channel"], (EMAIL, TELEPHONE))
    return OK


def _outage(case: Case) -> Verdict:
    """D15, D19: of a service that the text names, for a cause of its list; it is over, or lasts."""
    if case.wish.kind != records.OUTAGE:
        return OK
    given, policy = case.wish.fields, case.ticket.policy
    services = [each.id for each in policy.services] if policy is not None else []
    causes = [each.id for each in policy.rulebook.causes] if policy is not None else []
    if services and given.get("service", "") not in services:
        return _one_of("service", given.get("service", ""), services)
    if causes and given.get("cause", "") not in causes:
        return _one_of("cause", given.get("cause", ""), causes)
    if given.get("counts", "yes") not in ("yes", "no"):
        return _one_of("counts", given["counts"], ("yes", "no"))
    began, ended = _instant(given.get("from", "")), _instant(given.get("until", ""))
    if began is None or (given.get("until") and ended is None):
        return _wrong("It is not said from when to when it lasted.", "Write 2026-11-30 09:10.")
    if began > case.now:
        return _wrong(
            f"It would begin at {moment(began)}, which is still to come.", "Note it when it is there."
        )
    if ended is not None and ended <= began:
        told = f"It would end at {moment(ended)}, not after its beginning at {moment(began)}."
        return _wrong(told, "Correct one of the two; where it still lasts, leave the end out.")
    if ended is not None and ended > case.now:
        told = f"It would end at {moment(ended)}, which is still to come: nobody knows that it will."
        return _wrong(told, "Leave the end out while it lasts, and note it again when it is over.")
    return OK


def _own(policy: Policy | None) -> tuple[RecordKind, ...]:
    return policy.rulebook.records if policy is not None else ()


def _one_of(name: str, value: str, known: list[str] | tuple[str, ...]) -> Refuse:
    said = f"There is no {name} '{value}'." if value else f"It does not say which {name}."
    return _wrong(said, f"Name one of: {', '.join(known)}.")


def _wrong(reason: str, remedy: str) -> Refuse:
    return Refuse(reason=reason, remedy=remedy, rule="generic.value")


def _instant(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


RECORD_GATES: tuple[Gate, ...] = (
    Gate(actions=only("ticket.record"), ask=_known_fields),
    Gate(actions=only("ticket.record"), ask=_outage),
)
