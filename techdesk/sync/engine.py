"""One round of sync after another: who am I, push what is due, pull what changed, push again.

The engine owns no state that must survive: cursor, sweep, outbox and account are the store's. Clock, random
and desk are given, so that a test can run it through any schedule.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

import msgspec

from techdesk.clock import Clock
from techdesk.config.notices import NoticeSettings
from techdesk.desks.port import (
    Account,
    AnnouncingDesk,
    CursorGone,
    Failure,
    FailureKind,
    Gone,
    HelpDesk,
    Page,
)
from techdesk.model import Operation, Scope, Tombstone, TombstoneReason
from techdesk.progress import Rate
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.sync.announcements import Listener
from techdesk.sync.digest import DigestCheck
from techdesk.sync.notices import Notices
from techdesk.sync.pacing import CAP_SECONDS, BackOff
from techdesk.sync.push import Pusher
from techdesk.sync.server_clock import ServerTime

if TYPE_CHECKING:
    from techdesk.store.feed import Feed

SWEEP_SECONDS = 3600.0
"""How often a desk that tells nothing of deletions is swept."""
ANNOUNCED_GAP = 0.3
"""Seconds at least between a round and one that the desk's announcement brings about."""
_WATCHED_DIVISOR, _WATCHED_LEAST = 3, 5.0
"""Somebody looks and the desk announces nothing: poll so much more often, but not below so many seconds."""
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
    FailureKind.OTHER_ACCOUNT,
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
        replay: Callable[[Operation], str] | None = None,
        notices: NoticeSettings | None = None,
    ) -> None:
        """``notices``: how automatic notices are sent; None sends none."""
        self._feed = feed
        self._desk = desk
        self._clock = clock
        self._scope = scope
        self._report = report
        self._server_time = server_time
        self._notices = Notices(feed, clock, random, notices) if notices is not None else None
        self._pusher = Pusher(feed, desk, clock, random, report, replay=replay, notices=self._notices)
        self._digest = DigestCheck(feed, desk, clock, scope)
        self._back_off = BackOff(random)
        self._state = feed.state()
        self._account: Account | None = None
        self._must_sweep = False
        self._first_pull = self._state.last_sync is None
        """Whether everything that is here came in with this engine: a sweep would bring nothing else yet."""
        self._began = clock.now()
        self._pulled = Rate()
        self._push_again_at = 0.0
        self._poked = asyncio.Event()
        self._announced = asyncio.Event()
        self._listener: Listener | None = None
        if desk.capabilities.push_events and isinstance(desk, AnnouncingDesk):
            self._listener = Listener(desk, clock, BackOff(random), self._announced.set)
        self.watched = False
        """Whether somebody looks at a screen; may be set from any thread."""

    @property
    def state(self) -> SyncState:
        """What the store was told last."""
        return self._state

    def poke(self) -> None:
        """Sync now. Call it from the engine's own loop only."""
        self._poked.set()

    async def run(self, stop: asyncio.Event, nudged: Callable[[], bool] = lambda: False) -> None:
        """Rounds until ``stop``: at each poll interval, when an operation falls due, when poked or nudged."""
        try:
            while not stop.is_set():
                self._announced.clear()  # what is announced from here on may be too late for this round
                failure = await self.round()
                if failure is None and self._listener is not None:
                    self._listener.start()
                asked = await self._rest(self._next_wait(failure), stop, nudged, well=failure is None)
                if asked:
                    self._back_off.succeeded()
                    self._push_again_at = 0.0
        finally:
            if self._listener is not None:
                await self._listener.stop()

    async def round(self) -> Failure | None:
        """One whole round; a failure (already in the state) says why it did not get to its end."""
        failure = await self._steps()
        if failure is None:
            self._back_off.succeeded()
            self._tell(
                phase=SyncPhase.IDLE,
                error="",
                trouble="",
                last_sync=self._clock.now(),
                rounds=self._feed.state().rounds + 1,
                next_try=self._clock.now() + self._desk.capabilities.poll_seconds,
                done=0,
                total=None,
                rate=0.0,
            )
        else:
            self._account = None  # the next round asks first: nothing is tried on a dead connection
            self._tell(
                phase=_PHASES.get(failure.kind, SyncPhase.ERROR),
                error=failure.words,
                trouble=failure.kind.value,
                next_try=None,
            )
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
            same = known[0] == account.server
            detail = (
                f"this is {account.person.name or account.person.id} at {account.product or 'another desk'}"
            )
            return Failure(kind=FailureKind.OTHER_ACCOUNT if same else FailureKind.OTHER_DESK, detail=detail)
        if known is not None and known[1] != account.epoch:
            self._feed.renew(account.epoch)
            self._must_sweep = True  # stamped once the sweep is through, so that a kill repeats it
        else:
            self._feed.stamp(account, self._desk.capabilities.guarantee)
        self._account = account
        self._tell(
            # What the last round said is over: whoever waits for this one must not take it for its answer.
            phase=SyncPhase.PULLING,
            error="",
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
        if self._notices is not None and self._notices.queue(self._me):
            self._report()
        failure = await self._push()
        return failure if failure is not None else await self._compare()

    @property
    def _me(self) -> str:
        """The desk's id of whom this techdesk belongs to; empty before the desk has said it."""
        return self._account.person.id if self._account is not None else ""

    async def _compare(self) -> Failure | None:
        """Is what is here what the desk has (rule 14)? If not, sweep, once."""
        wanted = await self._digest.wants_sweep()
        if isinstance(wanted, Failure):
            return wanted
        return await self._renew() or await self._pull() if wanted else None

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
            failure = await self._renew()
            if failure is not None:
                return failure
        cursor = self._feed.cursor()
        first = self._state.last_sync is None
        self._pulled.forget()
        self._tell(
            phase=SyncPhase.FIRST_PULL if first else SyncPhase.PULLING,
            done=self._state.done if cursor and first else 0,
            total=self._state.total if cursor and first else None,
            rate=0.0,
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
        """Sweep, once it is sure which desk and epoch that is: a sweep leaves no old cursor to tell by."""
        self._account = None
        return await self.identify() or await self._sweep()

    async def _sweep(self) -> Failure | None:
        """Read every ticket in scope, then drop what was not seen (rule 8). Goes on where it was cut."""
        self._pulled.forget()
        self._tell(phase=SyncPhase.PULLING, done=0, total=None, rate=0.0)
        known = self._feed.account()
        renewed = known is not None and self._account is not None and known[1] != self._account.epoch
        generation = self._feed.begin_sweep()
        after = self._feed.sweep_after()
        while True:
            page = await self._desk.sweep(after, self._scope)
            if isinstance(page, Failure):
                return page
            if page.more and page.cursor == after:
                return Failure(kind=FailureKind.SERVER_ERROR, detail="the list of tickets does not move on")
            now = self._clock.now()
            changed = self._feed.apply(
                page, generation=generation, store_cursor=False, whole=renewed, now=now
            )
            if not page.more:
                break
            after = page.cursor
            self._feed.save_sweep(after)
            self._progress(page, changed, first=False)
        for ticket_id in self._feed.unseen(generation):
            failure = await self._look_for(ticket_id)
            if failure is not None:
                return failure
        changed = self._feed.end_sweep(generation, page.cursor, self._clock.now())
        if self._account is not None:
            self._feed.stamp(self._account, self._desk.capabilities.guarantee)
        self._must_sweep = False
        self._report()
        return None

    async def _look_for(self, ticket_id: str) -> Failure | None:
        """A ticket with unsent work that a sweep did not see: out of scope, or no more?"""
        found = await self._desk.get(ticket_id)
        if isinstance(found, Failure):
            if found.kind is not FailureKind.NOT_FOUND:
                return found
            found = Gone(tombstone=Tombstone(id=ticket_id, reason=TombstoneReason.PURGED))
        if isinstance(found, Gone):
            page = Page(tombstones=(found.tombstone,), cursor="", more=False)
            self._feed.apply(page, store_cursor=False, now=self._clock.now())
        else:
            self._feed.absorb(found, self._clock.now(), insert=True)
        return None

    def _sweep_is_due(self) -> bool:
        """For a desk without tombstones: deletions show only in what a sweep does not see."""
        if self._desk.capabilities.tombstones:
            return False
        swept_at = self._feed.swept_at()
        if swept_at is None:  # rows of an earlier run, of which nobody knows what was deleted since
            swept_at = self._began if self._first_pull else 0
        return self._clock.now() - swept_at >= SWEEP_SECONDS

    # -- state and waiting

    def _progress(self, page: Page, changed: list[int], *, first: bool) -> None:
        # What comes in one page is here before anybody could read how far it is.
        if first or page.more or self._state.done:
            total = self._state.total if page.total is None else page.total
            done = self._state.done + len(page.tickets) + len(page.tombstones)
            self._pulled.note(self._clock.monotonic(), done)
            self._tell(done=done, total=total, rate=round(self._pulled.per_second, 1))
        if changed and not first:
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
            seconds = float(self._desk.capabilities.poll_seconds)
            told = self._listener is not None and self._listener.is_connected
            if self.watched and not told:
                seconds = min(seconds, max(_WATCHED_LEAST, seconds / _WATCHED_DIVISOR))
            return seconds
        wait = self._back_off.failed(failure.retry_after)
        if failure.kind in _FOR_PEOPLE:
            wait = max(wait, CAP_SECONDS)
        self._tell(next_try=self._clock.now() + int(wait + 1))
        return wait

    async def _rest(
        self, seconds: float, stop: asyncio.Event, nudged: Callable[[], bool], *, well: bool
    ) -> bool:
        """Wait; True when somebody asked for a round.

        Announcements and what falls due end it too, but only where the last round went ``well``: after a
        failure the back-off decides.
        """
        began = self._clock.monotonic()
        while not stop.is_set():
            now = self._clock.monotonic()
            left = began + seconds - now
            if left <= 0:
                return False
            if self._poked.is_set() or nudged():
                self._poked.clear()
                return True
            gap = began + ANNOUNCED_GAP - now
            if well and self._announced.is_set() and gap <= 0:
                return False
            heed = well and not self._announced.is_set()
            await self.pause(min(left, _TICK, gap if well and not heed else _TICK), stop, heed=heed)
            if well and self._is_due():  # after the pause: never more than a round a second
                return False
        return False

    def _is_due(self) -> bool:
        if self._notices is not None and self._notices.is_due(self._me):
            return True
        return self._clock.monotonic() >= self._push_again_at and self._pusher.is_due()

    async def pause(self, seconds: float, stop: asyncio.Event, *, heed: bool = False) -> None:
        """Sleep on the given clock, cut short by ``stop`` or a poke, and by an announcement to ``heed``."""
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(stop.wait()),
            asyncio.ensure_future(self._poked.wait()),
        ]
        if heed and self._listener is not None:
            waits.append(asyncio.ensure_future(self._announced.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
