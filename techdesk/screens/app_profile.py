"""The part of the app that holds an opened profile: what everything else of it asks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual.driver import Driver

from techdesk.actions.marks import Marks
from techdesk.model import Instant
from techdesk.screens.base import DeskScreen
from techdesk.screens.reading import ReadingThread
from techdesk.screens.terminal_app import TerminalApp

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.screens.playing import Play
    from techdesk.store.reader import Reader
    from techdesk.sync.thread import SyncThread


class ProfileApp(TerminalApp[None], layer=True):
    """One profile, its sync, and the thread that reads for it."""

    def __init__(
        self,
        workbench: Workbench,
        sync: SyncThread | None,
        *,
        title: str,
        driver_class: type[Driver] | None = None,
        driver: str = "",
    ) -> None:
        super().__init__(driver_class=driver_class, driver=driver)
        self.workbench = workbench
        self.reading = ReadingThread(self._open_reader, self._deliver)
        self.play: Play | None = None
        self.painted = False
        """Whether the first screen has been painted."""
        self.marks = Marks(workbench.database, workbench.reader.marks())
        """Which tickets are marked."""
        self._sync = sync
        self._sync_started = False
        self.told_offline = False
        """Whether it was started to work without the desk (``--offline``)."""
        self._profile_title = title
        self._ticked: Instant = workbench.clock.now()

    @property
    def ending(self) -> bool:
        """Whether the screens are being taken down, or will be at once: nothing may be shown any more."""
        return self._exit or not self.is_running

    @property
    def now(self) -> Instant:
        # A desk's first answer may move the clock by days, and the next second may be late on a busy machine:
        # what is asked meanwhile ("left lying", "overdue") must not go by the instant before.
        now = self.workbench.clock.now()
        return now if abs(now - self._ticked) > 1 else self._ticked

    @property
    def connected(self) -> bool:
        return self._sync is not None

    @property
    def stands_still(self) -> str:
        """Why nothing is sent or fetched from here, in a word; empty where it is."""
        if self.workbench.database.read_only:
            return "READ-ONLY"
        return "OFFLINE" if self.told_offline else ""

    @property
    def profile_title(self) -> str:
        return self._profile_title

    def desk_screen(self) -> DeskScreen | None:
        """The main screen on show, also below a dialog."""
        return next((s for s in reversed(self.screen_stack) if isinstance(s, DeskScreen)), None)

    # From other threads

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
