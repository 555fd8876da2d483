"""A desk that went back to an earlier state: how that is noticed, and what of ours is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from techdesk.desks.port import Failure, FailureKind, Gone, HelpDesk, Page
from techdesk.model import Instant, TombstoneReason

if TYPE_CHECKING:
    from techdesk.store.feed import Feed


class Lost(Struct, frozen=True):
    """Changes of ours that were sent and are not at the desk any more."""

    count: int
    since: Instant | None
    """When the first of them was sent."""


async def has_gone_back(desk: HelpDesk, feed: Feed, page: Page) -> bool:
    """Whether a page of a sweep shows that the desk went back without a new epoch.

    A ticket that is held in a later revision is read once more: the page may be of before it changed. Only
    of a desk with a feed of its own: what others call a revision may be a lower bound.
    """
    if not desk.capabilities.tombstones:
        return False
    ahead = feed.renewal.ahead_of(page.tickets)
    if not ahead:
        return False
    again = await desk.get(ahead[0])
    return isinstance(again, Page) and ahead[0] in feed.renewal.ahead_of(again.tickets)


async def find_lost(desk: HelpDesk, feed: Feed, generation: int, now: Instant) -> Lost | Failure:
    """After a whole sweep: what we sent and the desk has no trace of waits for a person again."""
    for key, ticket_id in feed.renewal.made_here(generation):
        found = await desk.get(ticket_id)
        if isinstance(found, Failure) and found.kind is not FailureKind.NOT_FOUND:
            return found
        purged = isinstance(found, Gone) and found.tombstone.reason is TombstoneReason.PURGED
        if isinstance(found, Failure) or purged:
            feed.renewal.unmake(key, now)
    lost = feed.renewal.lost(generation)
    feed.renewal.ask_again([key for key, _ in lost], now)
    return Lost(len(lost), min((sent for _, sent in lost), default=None))
