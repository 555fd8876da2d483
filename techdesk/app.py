"""The terminal program: puts the screens, the workbench and sync together, and keeps time. Nothing else.

Its parts, each built on the one before, are in ``screens``: ``app_profile`` (what is opened), ``app_news``
(what changed in the store), ``app_places`` (from screen to screen), ``app_commits`` (what is kept),
``app_desk`` (what only the help desk knows).
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.css.query import NoMatches
from textual.driver import Driver
from textual.screen import Screen

from techdesk.actions.keymap import Keymap, in_force, use
from techdesk.actions.registry import action
from techdesk.clock import Sleeps
from techdesk.model import Instant
from techdesk.query import VIEWS, View
from techdesk.screens.app_desk import AskingApp
from techdesk.screens.bulk_watch import BulkWatch
from techdesk.screens.queue import QueueScreen
from techdesk.store.driver import sqlite3
from techdesk.store.trouble import StoreUnusable, Trouble, unusable
from techdesk.terminal.signals import Hangup, exit_code, install
from techdesk.widgets.status_bar import age_words

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.sync.thread import SyncThread

SLEPT = 20.0
"""Seconds of a suspension from which it is worth a word."""
WAKE_EVERY = 5
"""Seconds between two looks at what is snoozed."""
_STOP_SYNC = 2.0


class TechdeskApp(AskingApp):
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
        super().__init__(workbench, sync, title=title, driver_class=driver_class, driver=driver)
        self.title = "techdesk"
        self.sub_title = title
        use(Keymap() if keymap is None else keymap)
        self._sleeps = Sleeps()
        self._hangup = Hangup()
        self._remove_signals: Callable[[], None] | None = None
        self.look_first()
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
        self.call_next(self._say_trouble)  # once there is a panel that holds the whole sentence
        self.workbench.follow_policies()
        self.bulk_watch.follow()
        from techdesk.screens.warming import Warming

        Warming(self).begin()

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
        kept = "What was stored before is kept in the file."
        with suppress(Exception):
            kept = f"{kept} {self.save_work()}".rstrip()
        self.exit(return_code=1, message=f"techdesk: {trouble.words} {kept} {trouble.remedy}")

    def end_by_signal(self, number: int) -> None:
        """SIGHUP, SIGTERM, or the terminal has gone: save, and end with the code that says so."""
        self.exit(return_code=exit_code(number), message=_told(self.save_work()))

    def terminal_gone(self) -> None:
        if not self.ending:
            self.end_by_signal(signal.SIGHUP)

    def save_work(self) -> str:
        """Every screen with unsent writing stores it now; what the store did not take, and where it is."""
        saves = [
            save for screen in self.screen_stack if (save := getattr(screen, "save_work", None)) is not None
        ]
        return " ".join(words for save in saves if (words := save()))

    def leave(self) -> None:
        left, review = self.workbench.operations_left(), self.workbench.leaving()
        if not left and not review:
            self.end()
            return
        from techdesk.screens.confirm import Confirm
        from techdesk.screens.keys import key_name

        what = "1 change has" if left == 1 else f"{left} changes have"
        question = f"Quit? {what} not reached the desk yet." if left else "Quit?"
        undecided = min(left, self.counters.attention if self.counters is not None else 0)
        sent = "it stays in the outbox and is sent the next time techdesk runs."
        if undecided:
            key = in_force().first(action("go.conflicts"))
            first = "It" if undecided == left else f"{undecided} of them"
            sent = f"it stays in the outbox. {first} is sent only once you have decided ({key_name(key)})."
        kept = f"Nothing is lost: {sent}" if left else ""
        detail = "\n\n".join(part for part in (kept, review) if part)
        self.push_screen(Confirm(question, detail, "Quit", opened_by="q"), self._quit_if)

    def _quit_if(self, answer: bool | None) -> None:
        if answer:
            self.end()

    def end(self) -> None:
        """End at once; drafts are saved, unsent changes stay in the outbox."""
        self.exit(message=_told(self.save_work()))

    async def action_quit(self) -> None:
        self.end()

    def action_help_quit(self) -> None:
        """Control-C, which people press out of habit: no toast, a word on the status line."""
        screen = self.desk_screen()
        if screen is not None:
            screen.say("ctrl+q ends techdesk; q goes back one step.")

    # Time

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
        if now == self._ticked:
            return
        self._ticked = now
        self.bulk_watch.tick()
        screen = self.desk_screen()
        if screen is not None and screen.is_mounted:  # one that is being put up has no lines yet
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

    # The terminal

    def redraw(self) -> None:
        """Forget what the terminal shows, and paint all of it."""
        self.clear_terminal()
        self.screen.refresh(layout=True)

    def clear_terminal(self) -> None:
        """Wipe the alternate screen, for when another program wrote on it."""
        if self._driver is not None:
            self._driver.write("\x1b[2J")


def _told(words: str) -> str | None:
    """A sentence for the terminal that techdesk gives back."""
    return f"techdesk: {words}" if words else None
