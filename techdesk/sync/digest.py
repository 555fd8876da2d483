"""The check at the end of a sync: is what is held what the desk has? SYNC rule 14.

Every rule before it should make the answer yes. Where it is no, one sweep sets it right; where it does not (a
row that cannot be read is counted by the desk and not here), it is said in the log and left alone.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from techdesk.clock import Clock
from techdesk.desks.port import Digest, DigestDesk, Failure, HelpDesk, digest_of
from techdesk.model import Scope

if TYPE_CHECKING:
    from techdesk.store.feed import Feed

CHECK_SECONDS = 900.0
"""Between two checks: each reads every ticket held (a quarter of a second at 100,000)."""
_ROWS = 2_000
_PAUSE = 0.001
"""Seconds between two parts of the count, so that a screen in the same process does not wait for it."""

log = logging.getLogger(__name__)


class DigestCheck:
    """Compares at most every ``CHECK_SECONDS``, and never asks for a second sweep in a row."""

    def __init__(self, feed: Feed, desk: HelpDesk, clock: Clock, scope: Scope) -> None:
        self._feed = feed
        self._desk = desk
        self._clock = clock
        self._scope = scope
        self._next = 0.0
        self._swept_in_vain = False

    async def wants_sweep(self) -> bool | Failure:
        """Whether a sweep is due, because what is held is not what the desk has.

        False also where it is not time to look, or where the feed moved on since the last pull.
        """
        desk = self._desk
        if not desk.capabilities.digest or not isinstance(desk, DigestDesk):
            return False
        if self._clock.monotonic() < self._next:
            return False
        theirs = await desk.digest(self._scope)
        if isinstance(theirs, Failure):
            return theirs
        if theirs is None:  # a server of this kind that does not know the question
            self._next = self._clock.monotonic() + CHECK_SECONDS
            return False
        if theirs.cursor != self._feed.cursor():
            return False
        count, value = await self._ours(theirs)
        self._next = self._clock.monotonic() + CHECK_SECONDS
        if (count, value) == (theirs.count, theirs.value):
            self._swept_in_vain = False
            return False
        if self._swept_in_vain:
            return False
        log.warning("the desk has %d tickets, %d are held, or they differ: sweeping", theirs.count, count)
        self._swept_in_vain = True
        self._next = 0.0  # look at what the sweep did
        return True

    async def _ours(self, theirs: Digest) -> tuple[int, int]:
        count = value = after = 0
        while rows := self._feed.held(after, _ROWS):
            for _, ticket_id, version, closed in rows:
                if closed is None or closed >= theirs.since:
                    count += 1
                    value ^= digest_of(ticket_id, version)
            after = rows[-1][0]
            if len(rows) == _ROWS:
                await self._clock.sleep(_PAUSE)
        return count, value
