"""How a ticket stands, as the gates look at it: its facts, what its log and notes prove, its customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from techdesk.model import Channel, Direction, Instant, Person, Relation, Status, Visibility
from techdesk.rules import records
from techdesk.rules.customer import Customer, CustomerBook, listed
from techdesk.rules.facts import Evidence, Facts, gather
from techdesk.sla.history import History
from techdesk.sla.policy import Policy
from techdesk.sla.policy_error import PolicyError
from techdesk.sla.steps import StepState, step_state

if TYPE_CHECKING:
    from techdesk.desks.port import Capabilities
    from techdesk.policies.book import PolicyBook
    from techdesk.store.reader import Reader
    from techdesk.store.rows import Entry, TicketView

_WAITS_FOR = (f"{Relation.DEPENDS_ON.value}:", f"{Relation.PART_OF.value}:")
"""Links to what has to be done first."""
NOTES_READ = 500
"""Newest entries of a conversation that are searched for records and unsent replies."""


def policy_of(book: PolicyBook, name: str) -> Policy | None:
    """The ticket's policy. A file with a fault counts as none; doctor and the ticket tell of it."""
    try:
        return book.get(name) if name else None
    except PolicyError:
        return None


def support_hours(
    book: PolicyBook, policy: Policy | None, region: str, now: Instant
) -> tuple[bool | None, Instant | None]:
    """Whether support hours for a region are open, and when they open next; None where there are none."""
    name = policy.hours(region) if policy is not None else ""
    if policy is None or not name:
        return None, None
    calendar = book.calendar(policy, name)
    opened = calendar.is_open(now)
    return opened, now if opened else calendar.next_open(now)


def facts_of(
    view: TicketView,
    book: PolicyBook,
    now: Instant,
    desk: Capabilities | None,
    customers: CustomerBook,
) -> Facts:
    """A ticket with unsent changes laid over it, and its customer."""
    row, policy = view.row, policy_of(book, view.row.clock.policy)
    customer = customers.find(row.organisation_name)
    region = view.organisation.region if view.organisation is not None else ""
    region = region or (customer.region if customer is not None else "")
    opened, opens = support_hours(book, policy, region, now)
    return Facts(
        number=row.number,
        subject=row.subject,
        status=row.status,
        priority=row.priority,
        severity=row.severity,
        kind=view.kind,
        owner=row.owner,
        owner_name=row.owner_name,
        organisation_name=row.organisation_name,
        organisation=view.organisation.id if view.organisation is not None else "",
        region=region,
        vip=row.vip,
        requester=view.requester,
        customer=customer,
        channel=row.channel,
        close_reason=view.close_reason,
        problems=tuple(
            link.number
            for link in view.links
            if link.status is not None and link.status.is_active and link.text.startswith(_WAITS_FOR)
        ),
        policy=policy,
        settable=desk.settable if desk is not None else None,
        graded_by_desk=desk is not None and desk.always_graded,
        statuses=desk.statuses if desk is not None else None,
        takes_time=desk.time if desk is not None else None,
        support_open=opened,
        support_opens=opens,
    )


def evidence_of(reader: Reader, book: PolicyBook, ticket: int, facts: Facts, now: Instant) -> Evidence:
    """What the conversation, the log and the site's files prove."""
    notes = reader.conversation(ticket, count=NOTES_READ)
    # A record names the point that it is about: that says nothing of whether the ticket answers it.
    said = (entry.body for entry in notes if records.MARKER not in entry.body)
    told = "\n".join([facts.subject, *said])
    return evidence_from(reader.history(ticket), notes, _unsent(notes), told, book, facts, now)


def evidence_from(
    history: History,
    notes: Iterable[records.Note],
    unsent: Sequence[Instant],
    told: str,
    book: PolicyBook,
    facts: Facts,
    now: Instant,
) -> Evidence:
    """The same from parts at hand, as a bulk plan reads them for many tickets together."""
    notes = tuple(notes)
    noted = records.fold(notes)
    made = gather(history, unsent)
    return replace(
        made,
        records=noted,
        confirmation=_confirmation(notes, made),
        told=told,
        steps=steps_of(book, facts.policy, noted, now),
        contract_ends=facts.customer.contract_ends if facts.customer is not None else None,
        on_hold=facts.customer.on_hold if facts.customer is not None else None,
    )


def _confirmation(notes: Iterable[records.Note], made: Evidence) -> str:
    """The customer's message that is taken for the confirmation; empty where there is none at hand."""
    if made.confirmed_at is None or made.confirmed_by_call:
        return ""
    told = (each for each in notes if each.direction is Direction.INBOUND and each.at == made.confirmed_at)
    return next((each.body for each in told), "")


def steps_of(
    book: PolicyBook, policy: Policy | None, noted: records.Records, now: Instant
) -> tuple[StepState, ...]:
    """Where each step of the policy's escalation path stands."""
    if policy is None:
        return ()
    tries = noted.attempts()
    return tuple(
        step_state(step, tries, book.calendar(policy, step.calendar) if step.calendar else None, now)
        for step in policy.rulebook.escalation
    )


def new_facts(
    sets: Mapping[str, Any],
    reader: Reader,
    book: PolicyBook,
    now: Instant,
    customers: CustomerBook,
) -> Facts:
    """A ticket that is about to be opened: the customer and the policy that it would get."""
    person = person_of(reader, str(sets.get("requester") or ""), str(sets.get("requester_name") or ""))
    wanted = str(sets.get("organisation") or (person.organisation if person is not None else ""))
    organisation = next((each for each in reader.organisations() if each.id == wanted), None)
    queue = next((each.name for each in reader.queues() if each.id == sets.get("queue")), "")
    name = organisation.name if organisation is not None else ""
    policy = policy_of(book, book.choose(name, queue, (), organisation.policy if organisation else ""))
    customer: Customer | None = customers.find(name)
    region = (organisation.region if organisation is not None else "") or (
        customer.region if customer is not None else ""
    )
    opened, opens = support_hours(book, policy, region, now)
    return Facts(
        number="",
        subject=str(sets.get("subject") or ""),
        status=Status.NEW,
        priority=sets.get("priority"),
        severity=sets.get("severity"),
        kind=str(sets.get("kind") or ""),
        organisation_name=name,
        organisation=wanted,
        region=region,
        vip=person is not None and (person.vip or (customer is not None and listed(customer.vip, person))),
        requester=person,
        customer=customer,
        channel=Channel(sets.get("channel") or ""),
        policy=policy,
        support_open=opened,
        support_opens=opens,
    )


def person_of(reader: Reader, named: str, name: str = "") -> Person | None:
    """A person by id or e-mail address; somebody unknown where it is an address that nobody here has."""
    if not named:
        return None
    found = reader.person(named)
    if found is not None:
        return found
    wanted = named.casefold()
    for person in reader.people():
        if wanted in (person.email.casefold(), person.name.casefold()):
            return person
    return Person(id="", name=name, email=named)


def _unsent(notes: Sequence[Entry]) -> list[Instant]:
    """When the public replies were written that still wait in the outbox."""
    return [
        entry.at
        for entry in notes
        if entry.key < 0 and entry.direction is Direction.OUTBOUND and entry.visibility is Visibility.PUBLIC
    ]
