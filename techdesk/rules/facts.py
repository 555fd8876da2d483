"""What the gates look at: a ticket as it stands, what is wished of it, and the evidence in its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import Channel, Direction, FieldValue, Instant, Person, Status, Visibility
from techdesk.rules.customer import Customer
from techdesk.rules.records import Records
from techdesk.sla.history import History, MessageFact
from techdesk.sla.policy import Policy
from techdesk.sla.steps import StepState

NOTICE_LEAD = 900
"""Seconds before the status change in which a public reply counts as the notice that came with it."""
CUSTOMER, DESK = "customer", "desk"
"""Who wanted a change of the grade (``Wish.asked_by``)."""


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
    organisation: str = ""
    """Id of the customer, or empty."""
    channel: Channel = Channel.UNKNOWN
    close_reason: str = ""
    graded_by_desk: bool = False
    """Whether the desk gives every ticket a priority, so that one says nothing of a review (POLICIES D2)."""
    severity: int | None = None
    kind: str = ""
    region: str = ""
    vip: bool = False
    requester: Person | None = None
    customer: Customer | None = None
    """What the site's files say of the customer; None where they say nothing."""
    support_open: bool | None = None
    """Whether the policy's support hours for this customer are open now; None where it has none."""
    support_opens: Instant | None = None
    """When they open next; now, while they are open."""
    problems: tuple[str, ...] = ()
    """Numbers of tickets that this one waits for or is a part of, and that are not done."""
    policy: Policy | None = None
    settable: tuple[str, ...] | None = None
    """Fields that the desk lets anybody set; None while that is not known."""
    takes_time: bool | None = None
    """Whether the desk keeps working time; None while that is not known."""
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
    severity: int | None = None
    because: str = ""
    """Why, in words: recorded, and lets pass what the policy lets a reason pass."""
    reasons: Mapping[str, str] | None = None
    """The same by the id of the rule that it answers; None: the reason stands for whatever wants one."""
    asked_by: str = ""
    """``customer`` or ``desk``; empty where nobody was asked."""
    channel: Channel = Channel.UNKNOWN
    """How the customer asked, or how a contact was logged."""
    caller: Person | None = None
    """Who called, where that was noted."""
    approver: Person | None = None
    """Of the record of an approval: who gave it, where that was noted."""
    same_problem: bool | None = None
    """Of a reopening: whether it is the reported problem that persists."""
    criteria: tuple[str, ...] | None = None
    """Criteria of the new grade that were ticked; None where nobody was asked."""
    exclusion: str = ""
    """Id of what the service leaves out, and this falls under."""
    resolution: str = ""
    """Id of how the work ended."""
    step: str = ""
    """Step of the escalation path."""
    master_list: str = ""
    """Date of the master contact list that was read for this step."""
    hand_off: str = ""
    """Id of a way to another support level."""
    team: str = ""
    """Id of a team that is asked to take over."""
    in_team: bool | None = None
    """Whether the new owner is in the team that should own such tickets; None: not known."""
    copies: tuple[Person, ...] = ()
    """Who is to get copies of the ticket from now on."""
    kind: str = ""
    """Kind of a record that is to be written."""
    fields: Mapping[str, str] = {}
    """What the record is to say."""
    missing: tuple[str, ...] = ()
    """Parts of an escalation by the customer that were not given."""
    person: Person | None = None
    """The new owner, where known."""
    plain: dict[str, FieldValue] = {}
    """Fields that no policy has a rule for (tags ...), by neutral name, to their new values."""

    def reason_for(self, rule: str) -> str:
        """Why a rule is passed over, in words; empty where nobody has said so of that rule."""
        return self.because if self.reasons is None else self.reasons.get(rule, "")


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
    confirmation: str = ""
    """The customer's message that came last after the notice, where it is at hand."""
    inquiries: tuple[Instant, ...] = ()
    """Unanswered ones in order of time, the notice among them: a policy may leave it out (reading 23)."""
    inquiries_unsent: tuple[Instant, ...] = ()
    contract_ends: Instant | None = None
    """None: not known (no desk of this version tells)."""
    on_hold: bool | None = None
    """Whether the customer's account is on hold; None: not known."""
    waiting_since: Instant | None = None
    """The oldest request to the customer that has no answer (POLICIES DD7); None: nothing was asked."""
    answered_at: Instant | None = None
    """The customer's last message, where nothing public of ours came after it."""
    mailed_since_closed: Instant | None = None
    """The customer's e-mail since the ticket was closed, while nothing public answers it (POLICIES W5)."""
    responded_at: Instant | None = None
    """The first public message of a person of ours, or the first logged call (POLICIES PH4)."""
    noted: bool = False
    """Whether there is an internal note."""
    regraded: bool = False
    """Whether the log has a change of the priority: somebody has chosen it."""
    records: Records = Records()
    """What technicians wrote down."""
    steps: tuple[StepState, ...] = ()
    """Where each step of the escalation path stands."""
    told: str = ""
    """Subject and messages, for the patterns of checklists."""


def gather(history: History, unsent: Sequence[Instant] = ()) -> Evidence:
    """Read the evidence out of a ticket's history.

    ``unsent``: instants of public replies that still wait in the outbox. A history that contains them gives
    the same answer as one that does not: an inquiry counts when the desk has it (POLICIES D10).
    """
    return replace(_closing(history, unsent), **_contact(history, unsent))


def _closing(history: History, unsent: Sequence[Instant]) -> Evidence:
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
    # Decided offline, notice and call arrive at the desk within one second: then their order says which call
    # came after the notice.
    notices = [n for n, m in enumerate(history.messages) if m.at == notice_at and _is_inquiry(m)]
    later = history.messages[max(notices, default=-1) + 1 :]
    calls = [m.at for m in later if m.channel is Channel.PHONE and m.at >= notice_at]
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


def _contact(history: History, unsent: Sequence[Instant]) -> dict[str, Any]:
    """Who spoke last, and since when the customer owes an answer."""
    sent = [m for m in history.messages if m.at not in unsent]
    customer = [m.at for m in sent if m.direction is Direction.INBOUND and not m.automatic]
    public = [m.at for m in sent if _is_inquiry(m)]
    ours = [m for m in history.messages if m.direction is Direction.OUTBOUND]
    responses = [m.at for m in ours if _is_inquiry(m) or m.channel is Channel.PHONE]
    last = max(customer, default=None)
    since = history.created if last is None else last
    after = [at for at in public if at > since or (last is None and at >= since)]
    return {
        "answered_at": last if last is not None and not after else None,
        "mailed_since_closed": _mailed_since_closed(history, sent, public),
        "responded_at": min(responses, default=None),
        "noted": any(m.visibility is Visibility.INTERNAL and not m.automatic for m in ours),
        "waiting_since": _asked(history, after, since),
        "regraded": any(change.field == "priority" for change in history.changes),
    }


def _mailed_since_closed(
    history: History, sent: Sequence[MessageFact], public: Sequence[Instant]
) -> Instant | None:
    if history.status is not Status.CLOSED:
        return None
    closed = [c.at for c in history.changes if c.field == "status" and c.new == Status.CLOSED.value]
    if not closed:
        return None
    since = max([*closed, *public])
    customer = [m for m in sent if m.direction is Direction.INBOUND and not m.automatic]
    return max((m.at for m in customer if m.channel is Channel.EMAIL and m.at > since), default=None)


def _asked(history: History, after: Sequence[Instant], since: Instant) -> Instant | None:
    """The oldest request among our messages since the customer's last one.

    A message asks for something if the ticket was set to waiting with it; a reminder and an update do not
    start the wait anew (reading 18).
    """
    if not after:
        return None
    waits = [
        c.at
        for c in history.changes
        if c.field == "status" and c.new == Status.WAITING.value and c.at >= since
    ]
    if not waits:
        return min(after) if history.status is Status.WAITING and not _was_logged(history) else None
    before = [at for at in after if at <= min(waits)]
    return max(before) if before else min(after)


def _was_logged(history: History) -> bool:
    """Whether the log tells when the ticket was set to waiting."""
    return any(c.field == "status" and c.new == Status.WAITING.value for c in history.changes)


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
