"""The way of a ticket to its end, as its policy sees it: created, resolved, notified (POLICIES D8, D10)."""

from __future__ import annotations

from msgspec import Struct

from techdesk.model import Status
from techdesk.rules.closure import reasons
from techdesk.rules.facts import Evidence, Facts
from techdesk.sla.policy import Need


class Rail(Struct, frozen=True, kw_only=True):
    """What is done of a ticket whose policy wants the customer to be told."""

    resolved: bool = False
    notified: bool = False
    inquiries: int = 0
    """Unanswered ones that count, as far as the desk has them."""
    needed: int = 0
    """How many a closure without confirmation asks for; 0 where nothing waits for a confirmation."""

    @property
    def words(self) -> str:
        """``Created ● Resolved ● Notified ○``: a full circle is done."""
        done = (("Created", True), ("Resolved", self.resolved), ("Notified", self.notified))
        return " ".join(f"{word} {'●' if is_done else '○'}" for word, is_done in done)

    @property
    def counter(self) -> str:
        """``2 of 3 inquiries``; empty where none is counted."""
        return f"{self.inquiries} of {self.needed} inquiries" if self.needed else ""


def has_rail(facts: Facts) -> bool:
    """Whether the policy closes a ticket, as a rule, only once the customer was told."""
    policy = facts.policy
    return policy is not None and any(
        reason.standard and Need.NOTIFIED in reason.needs for reason in policy.closures
    )


def rail(facts: Facts, evidence: Evidence) -> Rail:
    """Where a ticket stands; one that was reopened is not resolved, whatever was before."""
    if facts.status not in (Status.RESOLVED, Status.CLOSED):
        return Rail()
    asking = next((reason for reason in reasons(facts) if Need.INQUIRIES in reason.needs), None)
    made = Rail(resolved=True, notified=evidence.notice_at is not None)
    if asking is None or facts.status is Status.CLOSED or evidence.confirmed_at is not None:
        return made
    sent = [at for at in evidence.inquiries if asking.notice_counts or at != evidence.notice_at]
    return Rail(resolved=True, notified=made.notified, inquiries=len(sent), needed=asking.inquiries)
