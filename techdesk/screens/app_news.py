"""The part of the app that follows the store: what others committed, the counts, the status bar."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec

from techdesk.actions.registry import Where, action
from techdesk.model import OperationState
from techdesk.progress import Countdown
from techdesk.screens.app_profile import ProfileApp
from techdesk.screens.base import DeskScreen
from techdesk.screens.resting import Rested
from techdesk.store.rows import OF_THE_FILE, Counters, SyncPhase, SyncState
from techdesk.widgets.status_bar import Facts
from techdesk.work.sync_trouble import sync_trouble

if TYPE_CHECKING:
    from techdesk.rules.rota import Rota
    from techdesk.screens.bulk_watch import BulkWatch
    from techdesk.store.reader import Reader
    from techdesk.store.trouble import StoreUnusable

POLL = 0.25
"""Seconds between two looks at whether another connection has committed: one pragma, microseconds."""
MANY = 400
"""Changed tickets from which a screen is told that any may have changed."""
MUCH = 20
"""Unsent operations from which the status bar says how long it takes to send them."""


class FollowingApp(ProfileApp, layer=True):
    """Looks for commits, and tells the screen on show."""

    bulk_watch: BulkWatch
    """What is known of the newest bulk run."""
    _counters: Counters | None = None
    _conflicts = _refused = 0
    _sending: Countdown
    """Of the outbox."""
    _counting: Rested
    _told = ""
    """What stopped the last round."""
    _stopped = ""
    """The same as it was said, where no waiting mends it."""
    _not_kept = ""
    """Said of the last change that was not kept: what else the file does is no news beside it."""
    _state: SyncState
    _file_trouble: StoreUnusable | None = None
    """What the file did that ended this process's last round."""
    _version: int
    _seq: int

    def read_rota(self) -> None:
        """Read who is on call, beside the screen: a calendar file takes a while."""
        bench = self.workbench

        def told(rota: Rota) -> None:
            screen = self.desk_screen()
            if screen is not None and rota.mistakes:
                screen.say(" ".join(rota.mistakes), severity="warning")

        self.reading.submit("rota", lambda reader: bench.rota, told, lambda error: None)

    def look_first(self) -> None:
        """How the store stands as the app begins: what comes after it is a change."""
        reader = self.workbench.reader
        self._sending = Countdown()
        self._counting = Rested(self, self._count_now)
        self._state = reader.sync_state()
        self._version = reader.data_version()
        self._seq = reader.last_change()

    @property
    def sync_state(self) -> SyncState:
        return self._state

    def _poll(self) -> None:
        """Look whether somebody committed. On the loop itself: Textual's timers cost ten times that."""
        if self.ending:
            return
        asyncio.get_running_loop().call_later(POLL, self._poll)
        version = self.workbench.reader.data_version()
        trouble = self._sync.file_trouble if self._sync is not None else None
        if version != self._version or trouble is not self._file_trouble:
            self._version, self._file_trouble = version, trouble
            self.call_next(self.nudge)

    def nudge(self) -> None:
        if self.ending:
            return
        reader = self.workbench.reader
        state = self._with_file_trouble(reader.sync_state())
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
        elif (look := getattr(screen, "look_again", None)) is not None:
            look(keys)  # but who writes to a customer sees at once what that customer writes

    def _with_file_trouble(self, state: SyncState) -> SyncState:
        """With what the file did to this process's sync: a full one could not take the word of it."""
        trouble = self._file_trouble
        if trouble is None:
            return state
        kind = f"{OF_THE_FILE}{trouble.trouble}"
        return msgspec.structs.replace(
            state, phase=SyncPhase.ERROR, error=str(trouble), trouble=kind, next_try=None
        )

    def _say_what_stops_sync(self, state: SyncState) -> None:
        """Once, until it is mended: what no waiting mends, what is kept and what to do."""
        if state.error == self._told:
            return
        self._told = state.error
        screen = self.desk_screen()
        words = sync_trouble(state, self.workbench.operations_left()) if state.error else ""
        if screen is not None and words:
            if not screen.is_saying(self._not_kept):  # the status bar has the word for it
                screen.say(words, severity="error")
        elif screen is not None and self._stopped and screen.is_saying(self._stopped):
            screen.quiet()  # mended meanwhile: beside "SYNC ok" it would be read as news
        self._stopped = words

    @property
    def newest_change(self) -> int:
        """Place in the change log up to which this process has looked."""
        return self._seq

    def count_again(self) -> None:
        """Count what the status bar shows, now or when counting has rested."""
        self._counting.ask()

    def _count_now(self) -> None:
        me, now, clock = self.workbench.me.id, self.now, self.workbench.clock

        def count(reader: Reader) -> tuple[Counters, int, int, float]:
            begun = clock.monotonic()
            counters = reader.counters(me=me, now=now)
            states = [line.state for line in reader.operations()] if counters.attention else []
            conflicts, refused = OperationState.CONFLICT, OperationState.REJECTED
            return counters, states.count(conflicts), states.count(refused), clock.monotonic() - begun

        self.reading.submit("counters", count, self._take_counters, lambda error: None, patient=True)

    def _take_counters(self, counted: tuple[Counters, int, int, float]) -> None:
        counters, self._conflicts, self._refused, seconds = counted
        self._counting.took(seconds)
        before = self._counters.outbox if self._counters is not None else 0
        self._counters = counters
        if counters.outbox > before + 1:
            self.bulk_watch.follow()  # another techdesk of the profile, or a verb, may have begun a run
        self._sending.note(self.workbench.clock.monotonic(), counters.outbox)
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
        bar = None if screen is None else screen.status_bar
        if screen is None or bar is None or not screen.is_mounted or self.ending:
            return
        counters = self._counters
        outbox = counters.outbox if counters else 0
        scope = self.workbench.settings.scope
        shows = action("go.conflicts")
        leads = screen.where in shows.where and screen.where is not Where.CONFLICTS
        facts = Facts(
            state=self._state,
            now=self.now,
            outbox=outbox,
            outbox_left=self._sending.words if outbox >= MUCH else "",
            conflicts=self._conflicts,
            refused=self._refused,
            key=screen.key_for(shows) if leads else "",
            scope=f"active + {scope.closed_days} d closed",
            connected=self.connected,
            read_only=self.workbench.read_only,
            still=self.stands_still,
            bulk=self.bulk_watch.words(self.now),
            followed=self._sync is not None and self._sync_started and self._sync.is_follower,
        )
        bar.show_facts(facts)

    def _say_trouble(self) -> None:
        """The file is only looked at: say why, until a key is pressed; the status bar goes on saying so."""
        trouble, screen = self.workbench.database.trouble, self.desk_screen()
        if trouble is not None and screen is not None:
            words = (
                f"{trouble.words} {trouble.remedy} Until then you can look, but nothing is changed or sent."
            )
            screen.say(words, severity="error")
