"""Whether an operation may still go out as it was meant, by what the desk holds now (SYNC rules 4, 5 and 10).

What an own, earlier operation brought about is no colleague's change, so that is kept in mind here as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from techdesk.clock import Clock
from techdesk.desks.port import Accepted, Page
from techdesk.model import FieldValue, Instant, Operation, Role, Ticket
from techdesk.sync.comparison import Verdict, compare

if TYPE_CHECKING:
    from techdesk.store.feed import Feed

NOTHING = Page(cursor="", more=False)
"""An answer that shows no rows."""


class Clearance:
    """Compares operations with the newest rows, for one ``Pusher``."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self._own_effects: dict[int, dict[str, FieldValue]] = {}

    def forget(self) -> None:
        """Another call of ``Pusher.push`` begins: what was brought about stands in the desk's log by now."""
        self._own_effects.clear()

    def may_be_sent(self, operation: Operation, ticket: Ticket, page: Page | None = None) -> bool:
        """Compare; settle the operation here if it is done already or is a conflict.

        A reply goes out only where the change behind it could: nobody is told that a ticket is closed while a
        person has still to decide whether it is.
        """
        written = self._feed.last_customer_message(operation.ticket)
        for message in page.messages if page else ():
            if message.is_customers_word and message.ticket == ticket.id:
                written = max(written or message.at, message.at)
        effects = self.effects(operation)
        comparison = compare(operation, ticket, written, effects, self._feed.told)
        behind = self._feed.change_behind(operation)
        if comparison.verdict is Verdict.SEND and behind is not None:
            next_one = compare(behind, ticket, written, effects, self._feed.told)
            comparison = next_one if next_one.verdict is Verdict.CONFLICT else comparison
        now = self._clock.now()
        match comparison.verdict:
            case Verdict.SEND:
                return True
            case Verdict.DONE:
                self._feed.accept(operation.key, Accepted(page=page or NOTHING, ticket_id=ticket.id), now)
            case Verdict.CONFLICT:
                self._feed.conflict(operation.key, page or NOTHING, f"{comparison.words}.", now)
        return False

    def effects(self, operation: Operation) -> dict[str, FieldValue]:
        """What earlier operations of the same decision brought about, also before a restart."""
        known = self._own_effects.get(operation.ticket)
        return known if known is not None else self._feed.own_effects(operation)

    def remember(self, operation: Operation, result: Accepted) -> None:
        """Keep in mind what the desk's answer says of our own doing."""
        effects = self._own_effects.setdefault(operation.ticket, self.effects(operation))
        newest: dict[str, Instant] = {}
        # What the desk itself did upon our write (RT opens a new ticket that is answered) is ours as well.
        ours = {operation.actor} | {p.id for p in result.page.people if p.role is Role.SYSTEM}
        for event in result.page.events:
            if event.ticket == result.ticket_id and event.at >= newest.get(event.field, 0):
                newest[event.field] = event.at
                if event.actor in ours:
                    effects[event.field] = event.new
                else:
                    effects.pop(event.field, None)
