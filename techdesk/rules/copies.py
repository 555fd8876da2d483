"""Gates of who else gets to see a ticket: the people who get copies of it."""

from __future__ import annotations

from techdesk.model import Person, Role
from techdesk.rules.customer import listed
from techdesk.rules.gate import Case, Gate, only, say
from techdesk.rules.verdicts import OK, Verdict, Warn, worst

COPIES = only("ticket.watch")


def _account(case: Case) -> Verdict:
    """D7: contacts of the account only, and of them those who may see more than their own requests."""
    return worst([_contact(case, person) for person in _strangers(case)])


def _contact(case: Case, person: Person) -> Verdict:
    if _outside(case, person):
        return say(case, "D7", "outside", person=_name(person), customer=case.who)
    wide = case.ticket.customer.account_wide if case.ticket.customer is not None else None
    if wide is None:
        return Warn(
            reason=f"Whether {_name(person)} may see requests of others is not known here"
            f" ({case.policy.title} 1.4).",
            rule="D7",
        )
    return OK if listed(wide, person) else say(case, "D7", "own-only", person=_name(person))


def _confidential(case: Case) -> Verdict:
    """DD13: what customers provide stays between the two."""
    verdicts = [
        say(case, "DD13", "outside", person=_name(person))
        for person in _strangers(case)
        if _outside(case, person)
    ]
    return worst(verdicts)


def _strangers(case: Case) -> list[Person]:
    """Who is put on copy and is neither of ours nor the contact of the ticket."""
    requester = case.ticket.requester
    return [
        person
        for person in case.wish.copies
        if person.role is not Role.TECHNICIAN and not (requester is not None and person.id == requester.id)
    ]


def _outside(case: Case, person: Person) -> bool:
    return not person.organisation or person.organisation != case.ticket.organisation


def _name(person: Person) -> str:
    return person.name or person.email or person.id


COPY_GATES: tuple[Gate, ...] = (
    Gate(rule="D7", actions=COPIES, ask=_account),
    Gate(rule="DD13", actions=COPIES, ask=_confidential),
)
