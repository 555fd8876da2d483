"""What the queue and the SLA screen share: a table of tickets, its headings, and the keys that move in it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on

from techdesk.model import Instant
from techdesk.screens.base import DeskScreen
from techdesk.store.following import Patch
from techdesk.widgets.list_header import HeaderLine, Headings
from techdesk.widgets.moments import clock_time, zone_label
from techdesk.widgets.one_line import Piece
from techdesk.widgets.status_bar import is_stale
from techdesk.widgets.ticket_table import Keys, TicketTable


class TicketListScreen(DeskScreen, layer=True):
    """Subclasses compose a ``HeaderLine``, ``Headings`` and a ``TicketTable``."""

    @property
    def table(self) -> TicketTable:
        """The list."""
        return self.query_one(TicketTable)

    def on_mount(self) -> None:
        self.table.connect(self.workbench.reader.rows, self.workbench.me.id, self.desk.now)
        self.query_one(Headings).show_columns(self.table.columns)

    def refresh_rows(self, keys: Sequence[int] | None) -> None:
        # Who we are is known only after the first connection, and the list was there before.
        self.table.connect(self.workbench.reader.rows, self.workbench.me.id, self.desk.now)
        self.table.changed(keys)
        self.reload(keys)

    def reload(self, keys: Sequence[int] | None) -> None:
        """Read the keys of the list again: these tickets may have come, gone or moved."""

    def show_again(self, keys: Keys, *, keep: bool, hold: bool) -> None:
        """Show the keys as they were read; says so where the ticket under the cursor is no longer there."""
        before = self.table.left
        self.table.show_keys(keys, keep=keep, hold=hold)
        self._say_left(before)

    def show_patched(self, patch: Patch) -> None:
        """Show the list after what changed in it, and say as ``show_again`` does what left it."""
        before = self.table.left
        self.table.show_patch(patch)
        self._say_left(before)

    def _say_left(self, before: int | None) -> None:
        left, bar = self.table.left, self.status_bar
        if left is None or left == before or (bar is not None and bar.said):
            return  # what the technician's own key had to say stands there, and says it better
        row = self.table.row(left)
        number = row.number if row is not None else "This ticket"
        self.say(f"{number} is no longer in this list; it goes when you move on.", severity="warning")

    @on(TicketTable.Arranged)
    def _arranged(self, event: TicketTable.Arranged) -> None:
        event.stop()
        self.query_one(Headings).show_columns(event.columns)

    @on(TicketTable.Opened)
    def _opened(self, event: TicketTable.Opened) -> None:
        event.stop()
        self.do_list_open()

    def current_ticket(self) -> int | None:
        return self.table.cursor_key

    def tick(self, now: Instant) -> None:
        self.table.tick(now)

    def show_header(
        self,
        left: Sequence[Piece],
        news: Sequence[Piece],
        between: Sequence[str] = (),
        order: Sequence[str] = (),
    ) -> None:
        """Show the first line; where the data is too old for the countdowns, it says so first (UX 8.2)."""
        state, now = self.desk.sync_state, self.desk.now
        time = f"{clock_time(now, now)} {zone_label(now)} "
        if is_stale(state, now) and state.last_sync is not None:
            since = clock_time(state.last_sync, now)
            left = [(f" countdowns computed from data of {since} ", "header-line--stale"), *left]
        self.query_one(HeaderLine).show_both(left, [*news, (time, "header-line--quiet")], between, order)

    # Moving

    def do_list_down(self) -> None:
        self.table.move(1)

    def do_list_up(self) -> None:
        self.table.move(-1)

    def do_list_page_down(self) -> None:
        self.table.page(1)

    def do_list_page_up(self) -> None:
        self.table.page(-1)

    def do_list_top(self) -> None:
        self.table.move_to(0)

    def do_list_bottom(self) -> None:
        self.table.move_to(len(self.table.keys) - 1)

    def do_list_open(self) -> None:
        key = self.table.cursor_key
        if key is None:
            self.say("There is no ticket to open.")
        else:
            self.desk.open_ticket(key, self.table.keys)
