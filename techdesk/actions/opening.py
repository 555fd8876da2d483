"""What a new ticket has to say before it is queued."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from techdesk.model import Channel, FieldValue, Queue
from techdesk.rules.facts import Facts
from techdesk.rules.verdicts import Refuse
from techdesk.sla.policy import Policy
from techdesk.store.rows import TicketView

_ALWAYS = ("subject", "queue", "requester")
_KNOWN = (*_ALWAYS, "requester_name", "organisation", "priority", "severity", "owner", "channel", "kind")
_WORDS = {"kind": "type"}
"""What people call a field."""
TYPES = ("problem", "question", "request", "feature", "change", "purchase")
"""Types of tickets that rules tell apart: DD1 (problem, question, feature, request), Z4 and Z9 (request), D6
(change, purchase). A desk may have others of its own."""


def types_of(seen: Iterable[str]) -> tuple[str, ...]:
    """Types that a new ticket may have: those that rules know, then the desk's own, as it writes them."""
    words = {each.casefold(): each for each in seen}
    own = tuple(each for folded, each in words.items() if folded not in TYPES)
    return (*(words.get(each, each) for each in TYPES), *own)


class NewTicket(Struct, frozen=True, kw_only=True):
    """Fields that may be sent."""

    subject: str
    sets: dict[str, FieldValue]


def checked(
    fields: Mapping[str, Any],
    queues: Sequence[Queue],
    known: Sequence[str] | None,
    types: Sequence[str] = TYPES,
) -> NewTicket | Refuse:
    """The fields of a new ticket, or what is missing in them.

    ``queues``: those seen so far; one may be named by id or name, and need not be where there is only one.
    ``known``: what the desk takes in a new ticket; None while that is not known. ``types``: those that there
    are. Empty values are left out.
    """
    given = {name: value for name, value in fields.items() if value not in (None, "")}
    strange = [name for name in given if name not in _KNOWN]
    if strange:
        raise ValueError(f"a new ticket has no field {strange[0]!r}")
    subject = " ".join(str(given.get("subject", "")).split())
    if not subject:
        return Refuse(
            reason="It has no subject.", remedy="Say in a line what it is about.", rule="generic.empty"
        )
    if not given.get("requester"):
        return Refuse(
            reason="It has no requester.",
            remedy="Choose the customer's contact, or give an e-mail address.",
            rule="generic.empty",
        )
    queue = _queue(str(given.get("queue", "")), queues)
    if isinstance(queue, Refuse):
        return queue
    sets: dict[str, FieldValue] = {**given, "subject": subject}
    if queue:
        sets["queue"] = queue
    if kind := str(given.get("kind", "")).strip():
        named = next((each for each in types if each.casefold() == kind.casefold()), "")
        if not named:
            return Refuse(
                reason=f"There is no type '{kind}' here.",
                remedy=f"Choose one of: {', '.join(types)}.",
                rule="generic.value",
            )
        sets["kind"] = named
    unknown = [name for name in sets if known is not None and name not in known and name not in _ALWAYS]
    for name in unknown:
        if name in ("requester_name", "organisation", "channel"):
            del sets[name]  # the desk finds these out by itself
            continue
        return Refuse(
            reason=f"This help desk takes no {_WORDS.get(name, name)} with a new ticket.",
            remedy="Leave it out, and set it when the ticket is there.",
            rule="generic.field_unknown",
        )
    return NewTicket(subject=subject, sets=sets)


def tagged(
    sets: Mapping[str, FieldValue], facts: Facts, known: Sequence[str] | None
) -> dict[str, FieldValue]:
    """With the tag of a grade that only the channel gave (POLICIES PH3), where the desk takes tags.

    The grade itself is left to the policy: whoever sets one later sets it for the first time.
    """
    rule = facts.policy.channel(facts.channel) if facts.policy is not None else None
    graded = facts.severity is not None or rule is None or rule.default_severity is None
    if rule is None or graded or not rule.default_tag or "tags" not in (known or ()):
        return dict(sets)
    return {**sets, "tags": [rule.default_tag]}


_COPIED = ("requester", "organisation", "type")
"""What a follow-up takes over where no policy says it."""


def follow_up_of(
    view: TicketView, policy: Policy | None, product: str = "", known: Sequence[str] | None = None
) -> tuple[dict[str, str], str]:
    """Fields and first words of the ticket that follows one which does not reopen (POLICIES W7).

    ``product``: the customer's, as the site's files have it; no desk has a field for it, so it is told.
    ``known``: what the desk takes in a new ticket; None while that is not known.
    """
    takes_type = known is None or "kind" in known
    form = policy.rulebook.follow_up if policy is not None else None
    copies = form.copies if form is not None else _COPIED
    reference = (form.reference if form is not None else "Ref {number}").format(number=view.row.number)
    fields = {
        "subject": f"{view.row.subject} ({reference})",
        "requester": view.requester.id if view.requester is not None and "requester" in copies else "",
        "organisation": (
            view.organisation.id if view.organisation is not None and "organisation" in copies else ""
        ),
        "queue": view.queue,
        "kind": view.kind if "type" in copies and takes_type else "",
        "channel": (form.channels[-1] if form is not None and form.channels else Channel.PHONE).value,
    }
    told = f"{reference}, {product}: " if product and "product" in copies else f"{reference}: "
    return {name: value for name, value in fields.items() if value}, told


def _queue(wanted: str, queues: Sequence[Queue]) -> str | Refuse:
    """Id of the queue meant."""
    if not wanted:
        if len(queues) <= 1:
            return queues[0].id if queues else ""
        names = ", ".join(queue.name for queue in queues)
        return Refuse(reason="It has no queue.", remedy=f"Choose one of: {names}.", rule="generic.empty")
    for queue in queues:
        if wanted in (queue.id, queue.name) or wanted.casefold() == queue.name.casefold():
            return queue.id
    if not queues:
        return wanted
    names = ", ".join(queue.name for queue in queues)
    return Refuse(
        reason=f"There is no queue '{wanted}'.", remedy=f"Choose one of: {names}.", rule="generic.value"
    )
