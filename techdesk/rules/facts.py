"""What the gates look at: a ticket as it stands, what is wished of it, and the evidence in its log."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from techdesk.model import Channel, Direction, Instant, Status, Visibility
from techdesk.sla.history import History, MessageFact
from techdesk.sla.policy import Policy

NOTICE_LEAD = 900
"""Seconds before the status change in which a public reply counts as the notice that came with it."""


class Facts(Struct, frozen=True, kw_only=True):
    """One ticket, with unsent changes laid over it; and what its desk can hold."""

    number: str
    subject: str
    status: Status
    priority: int | None = None
    owner: str = ""
    """Id of the technician, or empty."""
    owner_name: str = ""
    organisation_name: str = ""
    channel: Channel = Channel.UNKNOWN
    close_reason: str = ""
    policy: Policy | None = None
    settable: tuple[str, ...] | None = None
    """Fields that the desk lets anybody set; None while that is not known."""
    statuses: tuple[str, ...] | None = None
    """Statuses that the desk can hold; None while that is not known."""


class Wish(Struct, frozen=True, kw_only=True):
    """What the technician wants; only the values that the action needs."""

    priority: int | None = None
    levels: tuple[int, ...] = ()
    """Priorities that there are, most urgent first."""
    owner: str | None = None
    status: Status | None = None
    text: str | None = None
    reason: str = ""
    """Id of a closure reason."""


class Evidence(Struct, frozen=True, kw_only=True):
    """What a ticket's log proves.

    Instants are of messages that the desk has, unless ``unsent`` is in the name.
    """

    last_customer_message: Instant | None = None
    resolved_at: Instant | None = None
    """When it was resolved last; None if it never was."""
    notice_at: Instant | None = None
    """The public message that told the customer of it; an unsent one counts, since it is sent first."""
    confirmed_at: Instant | None = None
    """A customer's message or a logged call after the notice."""
    confirmed_by_call: bool = False
    inquiries: tuple[Instant, ...] = ()
    """Unanswered ones in order of time, the notice among them: a policy may leave it out (reading 23)."""
    inquiries_unsent: tuple[Instant, ...] = ()
    contract_ends: Instant | None = None
    """None: not known (no desk of this version tells)."""
    on_hold: bool | None = None
    """Whether the customer's account is on hold; None: not known."""


def gather(history: History, unsent: Sequence[Instant] = ()) -> Evidence:
    """Read the evidence out of a ticket's history.

    ``unsent``: instants of public replies that still wait in the outbox. A history that contains them gives
    the same answer as one that does not: an inquiry counts when the desk has it (POLICIES D10).
    """
    waiting = list(unsent)
    sent: list[MessageFact] = []
    for message in history.messages:
        if message.at in waiting and _is_inquiry(message):
            waiting.remove(message.at)
        else:
            sent.append(message)
    customer = [m.at for m in sent if m.direction is Direction.INBOUND and not m.automatic]
    last_customer = max(customer, default=None)
    resolved_at = _resolved_at(history)
    if resolved_at is None:
        return Evidence(last_customer_message=last_customer)

    inquiries = [m.at for m in sent if _is_inquiry(m)]
    from_notice = resolved_at - NOTICE_LEAD
    before_it = [at for at in [*inquiries, *unsent] if from_notice <= at <= resolved_at]
    after_it = [at for at in [*inquiries, *unsent] if at > resolved_at]
    notice_at = max(before_it) if before_it else min(after_it, default=None)
    if notice_at is None:
        return Evidence(last_customer_message=last_customer, resolved_at=resolved_at)

    answers = [at for at in customer if at > notice_at]
    calls = [m.at for m in history.messages if m.channel is Channel.PHONE and m.at > notice_at]
    since = notice_at if last_customer is None else max(notice_at, last_customer + 1)
    return Evidence(
        last_customer_message=last_customer,
        resolved_at=resolved_at,
        notice_at=notice_at,
        confirmed_at=max([*answers, *calls], default=None),
        confirmed_by_call=not answers and bool(calls),
        inquiries=tuple(sorted(at for at in inquiries if at >= since)),
        inquiries_unsent=tuple(sorted(at for at in unsent if at >= since)),
    )


def _is_inquiry(message: MessageFact) -> bool:
    """Public, human and ours: what may ask the customer whether the problem is solved."""
    return (
        message.direction is Direction.OUTBOUND
        and message.visibility is Visibility.PUBLIC
        and not message.automatic
    )


def _resolved_at(history: History) -> Instant | None:
    changes = [c.at for c in history.changes if c.field == "status" and c.new == Status.RESOLVED.value]
    if changes:
        return max(changes)
    # A log that starts late: it stands resolved, and nothing says since when.
    return history.created if history.status is Status.RESOLVED else None
