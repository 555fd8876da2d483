"""The terminal program: puts the screens, the workbench and sync together, and keeps time. Nothing else."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.css.query import NoMatches
from textual.driver import Driver
from textual.screen import Screen

from techdesk.actions.keymap import Keymap, use
from techdesk.actions.marks import Marks
from techdesk.actions.registry import Where, action
from techdesk.clock import Sleeps
from techdesk.model import Instant, OperationState
from techdesk.query import VIEWS, View, parse
from techdesk.screens.base import DeskScreen
from techdesk.screens.bulk_watch import BulkWatch
from techdesk.screens.queue import QueueScreen
from techdesk.screens.reading import ReadingThread
from techdesk.screens.terminal_app import TerminalApp
from techdesk.store.driver import sqlite3
from techdesk.store.marks import MarkSet
from techdesk.store.rows import BatchTicket, BatchView, Counters, SyncState
from techdesk.store.trouble import StoreUnusable, Trouble, unusable
from techdesk.terminal.signals import Hangup, exit_code, install
from techdesk.widgets.status_bar import Facts, StatusBar, age_words
from techdesk.work.sync_trouble import sync_trouble

if TYPE_CHECKING:
    from techdesk.actions.applying import Ready
    from techdesk.actions.workbench import Workbench
    from techdesk.screens.playing import Play
    from techdesk.store.reader import Reader
    from techdesk.sync.thread import SyncThread

POLL = 0.25
"""Seconds between two looks at whether another connection has committed: one pragma, microseconds."""
MANY = 400
"""Changed tickets from which a screen is told that any may have changed."""
SLEPT = 20.0
"""Seconds of a suspension from which it is worth a word."""
_STOP_SYNC = 2.0
_IDLE = 0.4
"""Seconds after the first paint until what the next keys will need is loaded."""


WAKE_EVERY = 5
"""Seconds between two looks at what is snoozed."""


class TechdeskApp(TerminalApp[None]):
    """One profile on one terminal."""

    # The queue is never pushed, so its styles come with the app's.
    CSS_PATH = "screens/queue.tcss"

    def __init__(
        self,
        workbench: Workbench,
        sync: SyncThread | None,
        *,
        title: str,
        keymap: Keymap | None = None,
        views: Sequence[View] = VIEWS,
        driver_class: type[Driver] | None = None,
        driver: str = "",
    ) -> None:
        """``sync`` is started after the first screen is painted, and stopped at the end. ``title``: the
        profile's name for the header. ``keymap``: the user's own keys. ``views``: the saved queues, in their
        places. ``driver``: see docs/terminals.md."""
        super().__init__(driver_class=driver_class, driver=driver)
        self.title = "techdesk"
        self.sub_title = title
        self.workbench = workbench
        self.reading = ReadingThread(self._open_reader, self._deliver)
        use(Keymap() if keymap is None else keymap)
        self.play: Play | None = None
        self._sync = sync
        self._sync_started = False
        self.painted = False
        """Whether the first screen has been painted."""
        self._profile_title = title
        self._now: Instant = workbench.clock.now()
        self._state = workbench.reader.sync_state()
        self._version = workbench.reader.data_version()
        self._seq = workbench.reader.last_change()
        self._counters: Counters | None = None
        self._conflicts = self._refused = 0
        self._sleeps = Sleeps()
        self._told = ""
        """What stops sync, as it was said last."""
        self._trail: list[tuple[str, int | None, tuple[int, ...] | None]] = []
        self._here: tuple[str, int | None] = ("queue", None)
        self._siblings: Sequence[int] = ()
        self._hangup = Hangup()
        self._remove_signals: Callable[[], None] | None = None
        self.marks = Marks(workbench.database, workbench.reader.marks())
        self.bulk_watch = BulkWatch(self, self._bulk_ended)
        self._queue = QueueScreen(views)
        self.install_screen(self._queue, "queue")

    # What Textual asks

    def get_default_screen(self) -> Screen[Any]:
        """The queue itself is the bottom of the stack: no empty screen is painted before it."""
        return self._queue

    async def run_async(self, *args: Any, **kwargs: Any) -> Any:
        """As Textual's; afterwards, with the terminal already given back, sync is stopped."""
        try:
            return await super().run_async(*args, **kwargs)
        finally:
            if self._remove_signals is not None:
                self._remove_signals()
            if self._sync is not None and self._sync_started:
                await asyncio.to_thread(self._sync.stop, _STOP_SYNC)

    # Beginning and end

    def on_mount(self) -> None:
        self._remove_signals = install(asyncio.get_running_loop(), self.end_by_signal)
        self._poll()
        self._arm()

    def on_ready(self) -> None:
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        """The first screen is up: from here on things may take time."""
        self.painted = True
        self.call_next(self._queue.complete)
        self.count_again()
        self.show_status()
        if self._sync is not None and not self._sync_started:
            self._sync_started = True
            self._sync.start()
            self._watch(watched=True)
        self._say_trouble()
        self.workbench.follow_policies()
        self.bulk_watch.follow()
        self.set_timer(_IDLE, self._prepare, name="prepare")

    def _say_trouble(self) -> None:
        """The file is only looked at: say why, until a key is pressed; the status bar goes on saying so."""
        trouble, screen = self.workbench.database.trouble, self.desk_screen()
        if trouble is not None and screen is not None:
            words = (
                f"{trouble.words} {trouble.remedy} Until then you can look, but nothing is changed or sent."
            )
            screen.say(words, severity="error")

    def _prepare(self) -> None:
        """In an idle moment: load what the first key will ask for, and put up the ticket screen unseen."""
        if self.ending:
            return
        from techdesk.model import OperationKind
        from techdesk.screens.compose import Compose
        from techdesk.screens.pick import Pick

        ticket = self._screen_named("ticket")
        for screen in (ticket, Compose(None, OperationKind.REPLY), Pick("", ())):
            self._load_screen_css(screen)
        self._get_screen("ticket")
        # What lives now lives to the end; the collector need not look at it again (TEXTUAL A3).
        gc.collect()
        gc.freeze()
        gc.enable()

    @property
    def ending(self) -> bool:
        """Whether the screens are being taken down, or will be at once: nothing may be shown any more."""
        return self._exit or not self.is_running

    def on_unmount(self) -> None:
        self.reading.close()

    def _handle_exception(self, error: Exception) -> None:
        """A file that fails under our hands ends techdesk with words, not with a traceback."""
        if self._exit and isinstance(error, NoMatches):
            return  # a screen that was just being put up: Textual gives it no widgets any more
        trouble = error if isinstance(error, StoreUnusable) else None
        if isinstance(error, sqlite3.DatabaseError):
            trouble = unusable(error, self.workbench.database.path)
        if trouble is None or trouble.trouble is Trouble.OTHER:
            super()._handle_exception(error)
            return
        kept = "What was stored before is kept in the file; what you were writing is saved if it could be."
        with suppress(Exception):
            self.save_work()
        self.exit(return_code=1, message=f"techdesk: {trouble.words} {kept} {trouble.remedy}")

    def end_by_signal(self, number: int) -> None:
        """SIGHUP, SIGTERM, or the terminal has gone: save, and end with the code that says so."""
        self.save_work()
        self.exit(return_code=exit_code(number))

    def terminal_gone(self) -> None:
        if not self.ending:
            self.end_by_signal(signal.SIGHUP)

    def save_work(self) -> None:
        """Every screen that holds unsent writing stores it now."""
        for screen in self.screen_stack:
            save = getattr(screen, "save_work", None) or getattr(screen, "save_draft", None)
            if save is not None:
                save()

    def leave(self) -> None:
        left = self.workbench.operations_left()
        if not left:
            self.end()
            return
        from techdesk.screens.confirm import Confirm

        what = "1 change has" if left == 1 else f"{left} changes have"
        question = f"Quit? {what} not reached the desk yet."
        detail = "Nothing is lost: it stays in the outbox and is sent the next time techdesk runs."
        self.push_screen(Confirm(question, detail, "Quit", opened_by="q"), self._quit_if)

    def _quit_if(self, answer: bool | None) -> None:
        if answer:
            self.end()

    def end(self) -> None:
        """End at once; drafts are saved, unsent changes stay in the outbox."""
        self.save_work()
        self.exit()

    async def action_quit(self) -> None:
        self.end()

    def action_help_quit(self) -> None:
        """Control-C, which people press out of habit: no toast, a word on the status line."""
        screen = self.desk_screen()
        if screen is not None:
            screen.say("ctrl+q ends techdesk; q goes back one step.")

    # Time and changes

    @property
    def now(self) -> Instant:
        return self._now

    @property
    def sync_state(self) -> SyncState:
        return self._state

    @property
    def connected(self) -> bool:
        return self._sync is not None

    @property
    def profile_title(self) -> str:
        return self._profile_title

    def _arm(self) -> None:
        """Wake up just after the next full second."""
        rest = 1.0 - self.workbench.clock.precise() % 1.0
        self.set_timer(rest + 0.002, self._tick, name="second")

    def _tick(self) -> None:
        if self.ending:
            return
        self._arm()
        if self._hangup.happened():
            self.end_by_signal(1)
            return
        now = self.workbench.clock.now()
        if now == self._now:
            return
        self._now = now
        self.bulk_watch.tick()
        screen = self.desk_screen()
        if screen is not None:
            screen.tick(now)
        self.show_status()
        if now % WAKE_EVERY == 0:
            self._wake_snoozed(now)
        if (slept := self._sleeps.lately()) > SLEPT:
            self._woke(slept)

    def _wake_snoozed(self, now: Instant) -> None:
        """Bring back the tickets whose hour has come."""
        words = self.workbench.wake(now)
        screen = self.desk_screen()
        if words and screen is not None:
            more = f", and {len(words) - 1} more" if len(words) > 1 else ""
            screen.say(f"{words[0]}{more}.")
            screen.store_changed(None)

    def _woke(self, seconds: float) -> None:
        """The machine was suspended: the countdowns are right again at once, the data only after a round."""
        screen = self.desk_screen()
        if screen is not None:
            then = (
                "a round of sync was asked for" if self._sync is not None else "the data are as old as that"
            )
            screen.say(f"This machine slept for {age_words(int(seconds))}: {then}.", severity="warning")
        if self._sync is not None:
            self._sync.poke()

    def on_app_focus(self) -> None:
        """Somebody looks: a desk that announces nothing is asked more often."""
        self._watch(watched=True)

    def on_app_blur(self) -> None:
        """Nobody looks, where the terminal tells."""
        self._watch(watched=False)

    def _watch(self, *, watched: bool) -> None:
        if self._sync is not None:
            self._sync.watch(watched=watched)

    def desk_screen(self) -> DeskScreen | None:
        """The main screen on show, also below a dialog."""
        return next((s for s in reversed(self.screen_stack) if isinstance(s, DeskScreen)), None)

    def _poll(self) -> None:
        """Look whether somebody committed. On the loop itself: Textual's timers cost ten times that."""
        if self.ending:
            return
        asyncio.get_running_loop().call_later(POLL, self._poll)
        version = self.workbench.reader.data_version()
        if version != self._version:
            self._version = version
            self.call_next(self.nudge)

    def nudge(self) -> None:
        if self.ending:
            return
        reader = self.workbench.reader
        state = reader.sync_state()
        before, self._state = self._state, state
        self._seq, keys = reader.changes_since(self._seq)
        self.count_again()
        self.show_status()
        screen = self.screen
        if state != before:
            self._say_what_stops_sync(state)
        # Below a dialog nothing moves: its answer is about what was on show when it opened (UX 1, rule 2).
        if isinstance(screen, DeskScreen):
            screen.seen = self._seq
            screen.store_changed(keys if len(keys) < MANY else None)

    def _say_what_stops_sync(self, state: SyncState) -> None:
        """Once, until it is mended: what no waiting mends, what is kept and what to do."""
        if state.error == self._told:
            return
        self._told = state.error
        screen = self.desk_screen()
        words = sync_trouble(state, self.workbench.operations_left()) if state.error else ""
        if words and screen is not None:
            screen.say(words, severity="error")

    @property
    def newest_change(self) -> int:
        """Place in the change log up to which this process has looked."""
        return self._seq

    def count_again(self) -> None:
        me, now = self.workbench.me.id, self._now

        def count(reader: Reader) -> tuple[Counters, int, int]:
            counters = reader.counters(me=me, now=now)
            states = [line.state for line in reader.operations()] if counters.attention else []
            conflicts, refused = OperationState.CONFLICT, OperationState.REJECTED
            return counters, states.count(conflicts), states.count(refused)

        self.reading.submit("counters", count, self._take_counters, lambda error: None)

    def _take_counters(self, counted: tuple[Counters, int, int]) -> None:
        counters, self._conflicts, self._refused = counted
        self._counters = counters
        self.show_status()
        screen = self.desk_screen()
        if screen is not None:
            screen.show_counters(counters)

    @property
    def counters(self) -> Counters | None:
        """The counts as they were read last; None before the first time."""
        return self._counters

    def show_status(self) -> None:
        screen = self.desk_screen()
        if screen is None or not screen.is_mounted or self.ending:
            return
        counters = self._counters
        scope = self.workbench.settings.scope
        facts = Facts(
            state=self._state,
            now=self._now,
            outbox=counters.outbox if counters else 0,
            conflicts=self._conflicts,
            refused=self._refused,
            key="" if screen.where is Where.CONFLICTS else screen.key_for(action("go.conflicts")),
            scope=f"active + {scope.closed_days} d closed",
            connected=self.connected,
            read_only=self.workbench.read_only,
            bulk=self.bulk_watch.words(self._now),
            followed=self._sync is not None and self._sync_started and self._sync.is_follower,
        )
        for bar in screen.query(StatusBar):
            bar.show_facts(facts)

    def after(
        self,
        commit: Future[Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        commit.add_done_callback(
            lambda future: self._from_thread(partial(self._committed, future, done, failed))
        )

    def _committed(
        self,
        future: Future[Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        if self.ending:
            return
        error = None if future.cancelled() else future.exception()
        screen = self.desk_screen()
        if future.cancelled() or error is not None:
            why = str(error) if error is not None else "techdesk is ending"
            words = f"Not kept: {why.rstrip('.')}. Nothing was changed; try again."
            if screen is not None:
                screen.quiet()
                screen.say(words, severity="error")
            if failed is not None:
                failed(words)
            return
        self.nudge()
        if done is not None:
            done(future.result())

    def kept(self, commit: Future[Any]) -> None:
        commit.add_done_callback(lambda future: self._from_thread(partial(self._unless_kept, future)))

    def _unless_kept(self, future: Future[Any]) -> None:
        error = None if future.cancelled() else future.exception()
        screen = self.desk_screen()
        if error is not None and screen is not None:
            screen.say(f"The marks hold until techdesk ends, but are not stored: {error}", severity="error")

    def set_marks(self, keys: Sequence[int]) -> None:
        self._queue.set_marks(keys)

    def open_bulk(self, action_id: str, keys: Sequence[int], values: Mapping[str, Any]) -> None:
        from techdesk.screens.bulk import Bulk

        self.push_screen(Bulk(action_id, keys, values))

    def close_bulk(self, words: str) -> None:
        self.pop_screen()
        screen = self.desk_screen()
        if screen is not None:
            screen.say(words)

    def run_bulk(self, ready: Ready, commit: Future[str]) -> None:
        if self.marks.present:
            self.set_marks([item.ticket for item in ready.plan.left_out()])
        self.after(commit, lambda _: self.bulk_watch.follow())
        self.pop_screen()
        self.go("run")
        self.bulk_watch.follow()

    def _bulk_ended(self, view: BatchView, tickets: list[BatchTicket]) -> None:
        """A bulk run has come to its end: what it left is marked, so that the next key goes to that."""
        left = [each.ticket for each in tickets if each.state in ("conflict", "rejected", "dropped")]
        if left:
            self.set_marks(list((self.marks.present | MarkSet.of(left)).keys()))
        self.show_status()
        screen = self.desk_screen()
        if screen is None:
            return
        if screen.where is Where.RUN:
            screen.tick(self._now)
            return
        from techdesk.actions.applying import standing

        good = not view.refused and not view.conflicts and not view.dropped
        key = screen.key_for(action("go.bulk"))
        words = f"{view.title}: {standing(view)}. {key} shows it."
        screen.say(words, severity="done" if good else "warning")

    def _open_reader(self) -> Reader:
        return self.workbench.database.reader()

    def _deliver(self, call: Callable[[], None]) -> None:
        """Run on the UI thread; raises RuntimeError when there is none any more."""
        loop = self._loop
        if loop is None:
            raise RuntimeError("the app has ended")
        loop.call_soon_threadsafe(partial(self._in_app, call))

    def _in_app(self, call: Callable[[], None]) -> None:
        if not self.ending:
            self.call_next(partial(self._unless_ending, call))

    def _unless_ending(self, call: Callable[[], None]) -> None:
        if not self.ending:
            call()

    def _from_thread(self, call: Callable[[], None]) -> None:
        """Run on the UI thread, or not at all when the app has ended: then nobody is there to be told."""
        with suppress(RuntimeError):
            self._deliver(call)

    # Going somewhere

    def go(self, name: str) -> None:
        if self._here[0] == name:
            return
        if name == "queue":
            self._trail.clear()
        else:
            self._remember()
        self._show(name, None)

    def open_ticket(self, key: int, siblings: Sequence[int]) -> None:
        if self._here == ("ticket", key):
            return
        # Play goes from ticket to ticket; the way back leads to where it was started.
        if self.play is None or self._here[0] != "ticket":
            self._remember()
        self._siblings = siblings
        self._show("ticket", key)

    def open_conflict(self, operation: int) -> None:
        self._screen_named("conflicts").aim(operation)
        self.go("conflicts")

    def go_back(self) -> bool:
        if not self._trail:
            return False
        name, key, _ = self._trail.pop()
        self._show(name, key)
        return True

    def _remember(self) -> None:
        self._trail = [place for place in self._trail if place[:2] != self._here]
        self._trail.append((*self._here, None))

    def _show(self, name: str, key: int | None) -> None:
        screen = self._screen_named(name)
        if name == "ticket" and key is not None:
            screen.show(key, self._siblings)
        self._here = (name, key)
        # The queue is the bottom of the stack and stays there; one other main screen at most lies on it.
        if screen is self._queue:
            while self.screen is not self._queue:
                self.pop_screen()
        elif self.screen is self._queue:
            self.push_screen(screen)
        elif self.screen is not screen:
            self.switch_screen(screen)
        self.show_status()

    def _screen_named(self, name: str) -> Any:
        """The installed screen; made when it is first gone to, so that none delays the first paint."""
        if not self.is_screen_installed(name):
            self.install_screen(_make_screen(name), name)
        return self.get_screen(name)

    def go_most_urgent(self) -> None:
        first = self.workbench.reader.keys(
            _active(), "urgency", me=self.workbench.me.id, now=self._now, first=1
        )
        screen = self.desk_screen()
        if first:
            self.open_ticket(first[0], first)
        elif screen is not None:
            screen.say("No ticket is open.")

    def redraw(self) -> None:
        """Forget what the terminal shows, and paint all of it."""
        self.clear_terminal()
        self.screen.refresh(layout=True)

    def clear_terminal(self) -> None:
        """Wipe the alternate screen, for when another program wrote on it."""
        if self._driver is not None:
            self._driver.write("\x1b[2J")

    # The desk

    def sync_now(self) -> str:
        if self._sync is None:
            return "techdesk works offline here, as told: nothing is sent or fetched."
        self._sync.poke()
        return "Asked for a round of sync."

    def ask_presence(self, ticket_id: str, *, writing: bool, done: Callable[[Any], None]) -> None:
        desk = self.workbench.capabilities
        if not self.connected or self._sync is None or desk is None or not desk.presence:
            return

        def answered(future: Future[Any]) -> None:
            if future.cancelled() or future.exception() is not None:
                return
            people = future.result()
            if isinstance(people, tuple):  # else the network's trouble, which the status bar tells
                self._from_thread(lambda: done(people))

        self._sync.presence(ticket_id, writing=writing).add_done_callback(answered)

    def fetch_file(self, attachment: str, done: Callable[[bytes | str], None]) -> bool:
        if not self.connected or self._sync is None:
            return False
        from techdesk.actions.attaching import FETCHED_BYTES

        future = self._sync.file(attachment, FETCHED_BYTES)
        future.add_done_callback(lambda found: self._from_thread(lambda: done(_fetched(found))))
        return True

    def ask_desk(self, number: str, done: Callable[[int | None, str], None]) -> bool:
        if self._sync is None:
            return False
        future = self._sync.search(number)
        future.add_done_callback(lambda f: self._from_thread(partial(self._answered, f, number, done)))
        return True

    def _answered(self, future: Future[Any], number: str, done: Callable[[int | None, str], None]) -> None:
        if self.ending:
            return
        if future.cancelled() or future.exception() is not None:
            done(None, f"{number}: the desk could not be asked now; the list is as it was.")
            return
        answer = future.result()
        if not isinstance(answer, tuple):
            done(None, f"{number}: {answer.words} The list is as it was; try again with a connection.")
            return
        self.nudge()
        reader = self.workbench.reader
        key = reader.key_of(number) or next(
            (k for k in map(reader.key_of, answer[:1]) if k is not None), None
        )
        done(key, "" if key is not None else f"The desk knows no ticket {number} that you may see.")


def _fetched(future: Future[Any]) -> bytes | str:
    """The bytes of a file, or why there are none."""
    if future.cancelled():
        return "sync has ended"
    if (error := future.exception()) is not None:
        return type(error).__name__
    found = future.result()
    return found if isinstance(found, bytes) else str(found.words).rstrip(".")


def _active() -> Any:
    return parse("status:active")


def _make_screen(name: str) -> Screen[Any]:
    if name == "sla":
        from techdesk.screens.sla import SlaScreen

        return SlaScreen()
    if name == "run":
        from techdesk.screens.bulk_run import BulkRun

        return BulkRun()
    if name == "outbox":
        from techdesk.screens.outbox import OutboxScreen

        return OutboxScreen()
    if name == "conflicts":
        from techdesk.screens.conflicts import ConflictsScreen

        return ConflictsScreen()
    if name == "ticket":
        from techdesk.screens.ticket import TicketScreen

        return TicketScreen()
    raise LookupError(name)
