"""One round of sync after another: who am I, push what is due, pull what changed, push again.

The engine owns no state that must survive: cursor, sweep, outbox and account are the store's. Clock, random
and desk are given, so that a test can run it through any schedule.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

import msgspec

from techdesk.clock import Clock
from techdesk.desks.port import Account, CursorGone, Failure, FailureKind, HelpDesk, Page
from techdesk.model import Scope
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.sync.pacing import CAP_SECONDS, BackOff
from techdesk.sync.push import Pusher
from techdesk.sync.server_clock import ServerTime

if TYPE_CHECKING:
    from techdesk.store.feed import Feed

SWEEP_SECONDS = 3600.0
"""How often a desk that tells nothing of deletions is swept."""
_TICK = 1.0
"""Seconds between looks for something due or asked for; what is queued goes out within it."""

_PHASES = {
    FailureKind.UNAUTHORISED: SyncPhase.AUTH,
    FailureKind.OFFLINE: SyncPhase.OFFLINE,
    FailureKind.NO_NETWORK: SyncPhase.OFFLINE,
    FailureKind.DNS: SyncPhase.OFFLINE,
    FailureKind.REFUSED: SyncPhase.OFFLINE,
    FailureKind.TIMEOUT: SyncPhase.OFFLINE,
    FailureKind.CUT: SyncPhase.OFFLINE,
}
"""Every other failure is ``SyncPhase.ERROR``."""
_FOR_PEOPLE = (
    FailureKind.UNAUTHORISED,
    FailureKind.OTHER_DESK,
    FailureKind.NOT_A_DESK,
    FailureKind.REDIRECTED,
    FailureKind.TLS,
)
"""What no waiting mends: tried again at the longest interval, or when somebody asks."""

log = logging.getLogger(__name__)


class SyncEngine:
    """Syncs one store with one desk. ``report`` is called after each commit that changed something.

    ``server_time`` is where the offset comes from that the state shows.
    """

    def __init__(
        self,
        feed: Feed,
        desk: HelpDesk,
        clock: Clock,
        random: Random,
        scope: Scope,
        report: Callable[[], None],
        *,
        server_time: ServerTime | None = None,
    ) -> None:
        self._feed = feed
        self._desk = desk
        self._clock = clock
        self._scope = scope
        self._report = report
        self._server_time = server_time
        self._pusher = Pusher(feed, desk, clock, random, report)
        self._back_off = BackOff(random)
        self._state = feed.state()
        self._account: Account | None = None
        self._must_sweep = False
        self._swept_at: float | None = None
        self._push_again_at = 0.0
        self._poked = asyncio.Event()

    @property
    def state(self) -> SyncState:
        """What the store was told last."""
        return self._state

    def poke(self) -> None:
        """Sync now. Call it from the engine's own loop only."""
        self._poked.set()

    async def run(self, stop: asyncio.Event, nudged: Callable[[], bool] = lambda: False) -> None:
        """Rounds until ``stop``: at each poll interval, when an operation falls due, when poked or nudged."""
        while not stop.is_set():
            failure = await self.round()
            wait = self._next_wait(failure)
            asked = await self._rest(wait, stop, nudged, watch_outbox=failure is None)
            if asked:
                self._back_off.succeeded()
                self._push_again_at = 0.0

    async def round(self) -> Failure | None:
        """One whole round; a failure (already in the state) says why it did not get to its end."""
        failure = await self._steps()
        if failure is None:
            self._back_off.succeeded()
            self._tell(
                phase=SyncPhase.IDLE,
                error="",
                last_sync=self._clock.now(),
                next_try=self._clock.now() + self._desk.capabilities.poll_seconds,
                done=0,
                total=None,
            )
        else:
            self._account = None  # the next round asks first: nothing is tried on a dead connection
            self._tell(phase=_PHASES.get(failure.kind, SyncPhase.ERROR), error=failure.words, next_try=None)
        return failure

    async def identify(self) -> Failure | None:
        """Make sure, once, that this desk and account are those that the store belongs to (rule 12)."""
        if self._account is not None:
            return None
        account = await self._desk.who_am_i()
        if isinstance(account, Failure):
            return account
        known = self._feed.account()
        if known is not None and (known[0], known[2]) != (account.server, account.person.id):
            detail = (
                f"this is {account.person.name or account.person.id} at {account.product or 'another desk'}"
            )
            return Failure(kind=FailureKind.OTHER_DESK, detail=detail)
        if known is not None and known[1] != account.epoch:
            self._must_sweep = True  # stamped once the sweep is through, so that a kill repeats it
        else:
            self._feed.stamp(account, self._desk.capabilities.guarantee)
        self._account = account
        self._tell(
            server=account.server,
            epoch=account.epoch,
            account_id=account.person.id,
            account_name=account.person.name,
            product=account.product,
            guarantee=str(self._desk.capabilities.guarantee),
            poll_seconds=self._desk.capabilities.poll_seconds,
        )
        return None

    # -- within a round

    async def _steps(self) -> Failure | None:
        failure = await self.identify()
        if failure is not None:
            return failure
        failure = await self._push()
        if failure is not None:
            return failure
        failure = await self._pull()
        if failure is not None:
            return failure
        return await self._push()

    async def _push(self) -> Failure | None:
        if self._clock.monotonic() < self._push_again_at:
            return None
        failure = await self._pusher.push()
        if failure is not None and failure.kind is FailureKind.THROTTLED:
            # Writes wait; reading has its own answer to that.
            self._push_again_at = self._clock.monotonic() + (failure.retry_after or CAP_SECONDS)
            return None
        return failure

    async def _pull(self) -> Failure | None:
        if self._must_sweep or self._sweep_is_due():
            failure = await self._sweep()
            if failure is not None:
                return failure
        cursor = self._feed.cursor()
        first = self._state.last_sync is None
        self._tell(
            phase=SyncPhase.FIRST_PULL if first else SyncPhase.PULLING,
            done=self._state.done if cursor else 0,
        )
        swept = False
        while True:
            page = await self._desk.pull(cursor, self._scope)
            if isinstance(page, Failure):
                return page
            if isinstance(page, CursorGone):
                if swept:
                    return Failure(
                        kind=FailureKind.SERVER_ERROR, detail="the feed is gone again after a sweep"
                    )
                swept = True
                failure = await self._renew()
                if failure is not None:
                    return failure
                cursor = self._feed.cursor()
                continue
            changed = self._feed.apply(page, now=self._clock.now())
            self._progress(page, changed, first=first)
            if not page.more:
                return None
            if page.cursor == cursor:
                return Failure(kind=FailureKind.SERVER_ERROR, detail="the feed does not move on")
            cursor = page.cursor

    async def _renew(self) -> Failure | None:
        """After a cursor that is no longer known: perhaps the desk itself is another; then sweep."""
        self._account = None
        return await self.identify() or await self._sweep()

    async def _sweep(self) -> Failure | None:
        """Read every ticket in scope, then drop what was not seen (rule 8). Goes on where it was cut."""
        self._tell(phase=SyncPhase.PULLING)
        generation = self._feed.begin_sweep()
        after = self._feed.sweep_after()
        while True:
            page = await self._desk.sweep(after, self._scope)
            if isinstance(page, Failure):
                return page
            if page.more and page.cursor == after:
                return Failure(kind=FailureKind.SERVER_ERROR, detail="the list of tickets does not move on")
            now = self._clock.now()
            changed = self._feed.apply(page, generation=generation, store_cursor=False, now=now)
            if not page.more:
                break
            after = page.cursor
            self._feed.save_sweep(after)
            self._progress(page, changed, first=False)
        changed = self._feed.end_sweep(generation, page.cursor, self._clock.now())
        if self._account is not None:
            self._feed.stamp(self._account, self._desk.capabilities.guarantee)
        self._must_sweep = False
        self._swept_at = self._clock.monotonic()
        self._report()
        return None

    def _sweep_is_due(self) -> bool:
        """For a desk without tombstones: deletions show only in what a sweep does not see."""
        if self._desk.capabilities.tombstones:
            return False
        now = self._clock.monotonic()
        if self._swept_at is None:  # the first pull, or the last run's rows, come first
            self._swept_at = now
        return now - self._swept_at >= SWEEP_SECONDS

    # -- state and waiting

    def _progress(self, page: Page, changed: list[int], *, first: bool) -> None:
        if first:
            total = self._state.total if page.total is None else page.total
            self._tell(done=self._state.done + len(page.tickets), total=total)
        elif changed:
            self._report()

    def _tell(self, **fields: object) -> None:
        """Put what changed into the stored state, with the clock's offset as it is known now."""
        if self._server_time is not None and self._server_time.error is not None:
            # Rounded, so that a trembling of milliseconds does not write a row each poll.
            fields["offset"] = round(self._server_time.offset, 1)
            fields["offset_error"] = round(self._server_time.error, 1)
        stored = self._feed.state()  # also the leader's, where this process only looks something up
        self._state = msgspec.structs.replace(stored, **fields)
        if self._state != stored:
            self._feed.set_state(self._state)
            self._report()

    def _next_wait(self, failure: Failure | None) -> float:
        """Seconds until the next round, told to the state."""
        if failure is None:
            return float(self._desk.capabilities.poll_seconds)
        wait = self._back_off.failed(failure.retry_after)
        if failure.kind in _FOR_PEOPLE:
            wait = max(wait, CAP_SECONDS)
        self._tell(next_try=self._clock.now() + int(wait + 1))
        return wait

    async def _rest(
        self, seconds: float, stop: asyncio.Event, nudged: Callable[[], bool], *, watch_outbox: bool
    ) -> bool:
        """Wait; True when somebody asked for a round."""
        until = self._clock.monotonic() + seconds
        while not stop.is_set():
            left = until - self._clock.monotonic()
            if left <= 0:
                return False
            if self._poked.is_set() or nudged():
                self._poked.clear()
                return True
            await self.pause(min(left, _TICK), stop)
            if watch_outbox and self._is_due():  # after the pause: never more than a round a second
                return False
        return False

    def _is_due(self) -> bool:
        return self._clock.monotonic() >= self._push_again_at and bool(self._feed.due(self._clock.now()))

    async def pause(self, seconds: float, stop: asyncio.Event) -> None:
        """Sleep on the given clock, cut short by ``stop`` or a poke."""
        waits = [
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(stop.wait()),
            asyncio.ensure_future(self._poked.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
