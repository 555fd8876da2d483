"""Sync in a thread of its own, with its own event loop, connections and view of the store.

A stalled terminal must not hold up sync, and a hanging request must not hold up a screen (DESIGN section 2).
The thread reaches the screens only through the database and ``on_change``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from random import Random, SystemRandom
from typing import TYPE_CHECKING

import msgspec

from techdesk.clock import SystemClock
from techdesk.config.notices import NoticeSettings
from techdesk.desks.port import Failure, FailureKind, HelpDesk, NotThere, ServerClock
from techdesk.model import Operation, Scope
from techdesk.store.driver import sqlite3
from techdesk.store.rows import OF_THE_FILE, SyncPhase, SyncState
from techdesk.store.trouble import StoreUnusable, unusable
from techdesk.sync.asking import Asked
from techdesk.sync.engine import SyncEngine
from techdesk.sync.leader import Leadership, Pokes
from techdesk.sync.push import quiet_seconds
from techdesk.sync.server_clock import ServerTime

if TYPE_CHECKING:
    from techdesk.store.database import Database
    from techdesk.store.feed import Feed

_TICK = 1.0
_JUMP = 1.0
"""Seconds by which a clock that somebody sets has to move before it is followed."""
_AFTER_A_BUG = 30.0
"""Seconds of rest after an error that is nobody's answer, before sync begins anew."""

log = logging.getLogger(__name__)


class SyncThread(Asked):
    """One a process and profile; ``on_change`` is called from the thread after each commit that changed rows.

    ``make_desk`` is called in the thread (so that HTTP and the adapter are loaded there); what it raises as
    ValueError or LookupError (an address not to be spoken to, an unknown kind) becomes the state's error, and
    ``NotThere`` is tried again each second.
    With ``offline`` no desk is made and no request sent; what is queued waits.
    """

    def __init__(
        self,
        database: Database,
        make_desk: Callable[[ServerClock], HelpDesk],
        clock: SystemClock,
        scope: Scope,
        *,
        offline: bool,
        on_change: Callable[[], None],
        random: Random | None = None,
        replay: Callable[[Operation], str] | None = None,
        notices: NoticeSettings | None = None,
        moved: Callable[[], bool] = lambda: False,
    ) -> None:
        """``replay``: asks the policy's gates once more before an operation goes out.

        ``notices``: how automatic notices are sent; None sends none. ``moved``: asked each second whether
        the desk has another address than that which ``make_desk`` took.
        """
        super().__init__(clock, on_change)
        self._notices = notices
        self._replay = replay
        self._moved = moved
        self._leave: asyncio.Event | None = None
        self._database = database
        self._make_desk = make_desk
        self._scope = scope
        self._offline = offline
        self._random = random or SystemRandom()
        self._leadership = Leadership(database.folder)
        self._pokes = Pokes(database.folder)
        self._thread = threading.Thread(target=self._body, name="techdesk-sync", daemon=True)
        self._stop: asyncio.Event | None = None
        self._watched = False
        self._following = False
        self._outdated: float | None = None
        """The offset in the store when the local clock was set: wrong until somebody measures again."""
        self._file_trouble: StoreUnusable | None = None

    @property
    def is_leader(self) -> bool:
        """Whether this process is the one that syncs."""
        return self._leadership.is_held

    @property
    def is_follower(self) -> bool:
        """Whether another process was seen to be the one that syncs."""
        return self._following

    @property
    def file_trouble(self) -> StoreUnusable | None:
        """What the file itself did that ended the last round: one that is full takes no word of it."""
        return self._file_trouble

    def start(self) -> None:
        """Begin; once."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> bool:
        """End within ``timeout`` seconds, also while a request hangs: it is cut, its outcome in doubt.

        True if the thread has ended.
        """
        with self._guard:
            self._stopping = True
            if self._thread.ident is None:
                self._let_go_of_early()
            if self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def poke(self) -> None:
        """Sync now: here if this process leads, else through the leader."""
        with self._guard:
            loop, engine = self._loop, self._engine
            if loop is not None and engine is not None and self._leadership.is_held:
                loop.call_soon_threadsafe(self._asked_for_a_round)
                return
        if not self._offline:
            self._pokes.send()

    def watch(self, *, watched: bool) -> None:
        """Say whether somebody looks at a screen: a desk that announces nothing is then polled more often."""
        self._watched = watched
        if self._engine is not None:
            self._engine.watched = watched

    # -- in the thread

    def _body(self) -> None:
        try:
            asyncio.run(self._main())
        except Exception:
            log.exception("sync ended")

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        self._ready = asyncio.Event()
        with self._guard:
            self._loop = asyncio.get_running_loop()
            if self._stopping:
                self._stop.set()
            for question, answer in self._early:
                self._begin(question, answer)
            self._early.clear()
        work = asyncio.ensure_future(self._work(self._stop))
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            with self._guard:
                self._stopping = True  # nobody may ask from here on
                self._loop = None
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._leave_no_round()
            self._leadership.release()
            if self._desk is not None:
                await self._desk.close()
            if self._feed is not None:
                self._feed.close()
        if work.done() and not work.cancelled() and (error := work.exception()) is not None:
            raise error

    def _leave_no_round(self) -> None:
        """A round that our end has cut off is under way no more: who reads the file would wait for it."""
        if self._feed is None or not self._leadership.is_held:
            return
        with contextlib.suppress(sqlite3.Error, OSError):  # a full disk: the next round says what it is
            state = self._feed.state()
            if state.phase is SyncPhase.PULLING:
                self._feed.set_state(msgspec.structs.replace(state, phase=SyncPhase.IDLE))

    async def _work(self, stop: asyncio.Event) -> None:
        feed = self._feed = self._database.feed()
        ready = self._ready
        assert ready is not None
        server_time = ServerTime(self._clock)
        if self._offline:
            self._trouble = Failure(kind=FailureKind.OFFLINE)
            self._say(SyncPhase.OFFLINE, self._trouble.words)
            ready.set()
            await stop.wait()
            return
        while (desk := await self._connected(server_time, stop)) is not None:
            await self._sync_with(desk, feed, server_time)
            ready.clear()
            self._engine = self._desk = None
            await desk.close()

    async def _connected(self, server_time: ServerTime, stop: asyncio.Event) -> HelpDesk | None:
        """The desk, as soon as it can be made; None where techdesk ends first.

        One that is only not there yet is looked for all the time. What else is missing (a token, a right
        address) nobody waits for: it is tried again when somebody asks for a round.
        """
        assert self._ready is not None
        while not stop.is_set():
            try:
                self._desk = self._make_desk(server_time)
            except Exception as error:
                expected = isinstance(error, ValueError | LookupError | OSError)
                if not expected:
                    log.exception("the adapter could not be made")
                words = (str(error) if expected else type(error).__name__).rstrip(".")
                later = isinstance(error, NotThere)
                kind = FailureKind.NOT_THERE if later else FailureKind.NOT_SET_UP
                self._trouble = Failure(kind=kind, detail=words)
                phase = SyncPhase.OFFLINE if later else SyncPhase.ERROR
                self._say(phase, self._trouble.words, kind.value)
                self._ready.set()
                while not self._pokes.arrived():
                    await self._clock.sleep(_TICK)
                    if later:
                        break
            else:
                self._trouble = None
                return self._desk
        return None

    async def _sync_with(self, desk: HelpDesk, feed: Feed, server_time: ServerTime) -> None:
        """Rounds with one desk, until it is to be made anew: it moved, or there may be another token."""
        assert self._ready is not None
        leave = self._leave = asyncio.Event()
        self._engine = SyncEngine(
            feed,
            desk,
            self._clock,
            self._random,
            self._scope,
            self._on_change,
            server_time=server_time,
            replay=self._replay,
            notices=self._notices,
        )
        self._engine.watched = self._watched
        self._ready.set()
        while not leave.is_set():
            self._following = not self._leadership.take()
            if self._following:
                self._clock_was_set(server_time)
                self._follow(feed)
                await asyncio.sleep(_TICK)
                continue
            feed.reschedule_interrupted(quiet=quiet_seconds(desk.capabilities))
            try:
                await self._engine.run(leave, lambda: self._nudged(server_time))
            except (sqlite3.Error, OSError) as error:  # a full disk, a file that somebody locked
                log.exception("a round of sync failed")
                self._file_trouble = unusable(error, self._database.path)
                self._rest_with(str(self._file_trouble), f"{OF_THE_FILE}{self._file_trouble.trouble}")
                self._on_change()
                await self._engine.pause(_AFTER_A_BUG, leave)
            except Exception as error:
                log.exception("a round of sync failed")
                self._rest_with(f"An error of techdesk itself stopped sync: {type(error).__name__}.")
                await self._engine.pause(_AFTER_A_BUG, leave)

    def _nudged(self, server_time: ServerTime) -> bool:
        """Asked while the engine rests after a round: whether it is to begin the next one."""
        if self._file_trouble is not None:  # that round came to its end
            self._file_trouble = None
            self._on_change()
        if self._moved():
            assert self._leave is not None
            self._leave.set()
        return self._clock_was_set(server_time) or self._poked_from_outside()

    def _poked_from_outside(self) -> bool:
        arrived = self._pokes.arrived()
        if arrived:
            self._asked_for_a_round()
        return arrived

    def _asked_for_a_round(self) -> None:
        """Where the desk refused the token, there may be another by now: it is read again."""
        if self._engine is None:
            return
        if self._engine.state.phase is SyncPhase.AUTH and self._leave is not None:
            self._leave.set()
        self._engine.poke()

    def _rest_with(self, words: str, trouble: str = "") -> None:
        """Show what ended a round, if the file takes even that."""
        with contextlib.suppress(sqlite3.Error):
            self._say(SyncPhase.ERROR, words, trouble)

    def _clock_was_set(self, server_time: ServerTime) -> bool:
        """Follow a local clock that somebody set: server time goes on, the offset is another one.

        True where it was: the new offset has to be told to the other processes, by a round at once.
        """
        if abs(self._clock.jump()) < _JUMP:
            return False
        jumped = self._clock.rebase()
        state = self._feed.state() if self._feed is not None else SyncState()
        if state.offset_error is not None:
            self._outdated = state.offset
            self._clock.set_offset(self._clock.offset - jumped)
            server_time.jumped(jumped)
        return True

    def _follow(self, feed: Feed) -> None:
        """Another process syncs: take the offset that it measured, unless that is of before a jump."""
        state = feed.state()
        if state.offset == self._outdated:
            return
        if state.offset_error is not None and abs(state.offset - self._clock.offset) > 0.05:
            self._clock.set_offset(state.offset)

    def _say(self, phase: SyncPhase, words: str, trouble: str = "") -> None:
        """Show a failure that no engine met, unless another process syncs well meanwhile."""
        if self._feed is None or not self._leadership.take():
            return
        state = self._feed.state()
        changed = msgspec.structs.replace(state, phase=phase, error=words, trouble=trouble, next_try=None)
        if changed != state:
            self._feed.set_state(changed)
            self._on_change()
        if self._engine is None:
            self._leadership.release()
