"""The preview pane of the queue: the ticket under the cursor beside the list, for who wants it.

While it is closed it is not there at all: no widget, no query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events, on

from techdesk.actions.registry import action
from techdesk.screens.limiting import Limiting
from techdesk.widgets.list_header import Headings
from techdesk.widgets.ticket_table import TicketTable

if TYPE_CHECKING:
    from techdesk.store.reader import Reader
    from techdesk.store.rows import Entry, TicketView
    from techdesk.widgets.preview import Preview

WIDE = 120
"""Columns from which it stands at the right of the list, not below it."""
_OPEN = "preview"
"""Name under which it is remembered that it is open."""
_EDGES = 2
"""Lines above the headings, and lines below the list."""


class Previewing(Limiting, layer=True):
    """A list with a preview."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._preview: Preview | None = None

    async def complete(self) -> None:
        await super().complete()
        if self._preview is None and self.workbench.reader.remembered(_OPEN):
            self._open_preview()

    def on_resize(self, event: events.Resize) -> None:
        if self._preview is not None:
            self._arrange_preview()

    @on(TicketTable.CursorMoved)
    def _preview_follows(self) -> None:
        self.follow_cursor()

    def refresh_rows(self, keys: Sequence[int] | None) -> None:
        super().refresh_rows(keys)
        if self._preview is not None and (keys is None or self._preview.key in keys):
            self.follow_cursor()

    def do_list_preview(self) -> None:
        pane, self._preview = self._preview, None
        if pane is None:
            self._open_preview()
        else:
            pane.remove()
            self._arrange_preview()
        self.workbench.writer.remember(_OPEN, "open" if pane is None else "")

    def do_preview_down(self) -> None:
        self._scroll_preview(1)

    def do_preview_up(self) -> None:
        self._scroll_preview(-1)

    def _scroll_preview(self, direction: int) -> None:
        if self._preview is None:
            self.say(f"The preview is closed; {self.key_for(action('list.preview'))} opens it.")
        else:
            self._preview.scroll_lines(direction * max(1, self._preview.size.height // 2))

    def _open_preview(self) -> None:
        from techdesk.widgets.preview import Preview

        self._preview = Preview()
        self.mount(self._preview)
        self._arrange_preview()
        self.call_after_refresh(self.follow_cursor)

    def _arrange_preview(self) -> None:
        """Give it the right side of a wide screen, else the lower part; and the list the rest."""
        width, height = self.size
        pane, table, headings = self._preview, self.table, self.query_one(Headings)
        right = below = 0
        if pane is not None:
            beside = width >= WIDE
            pane.set_class(beside, "-right")
            pane.set_class(not beside, "-below")
            right, below = (width * 9 // 20, 0) if beside else (0, max(5, (height - 5) // 2))
            pane.styles.width = right if beside else "100%"
            pane.styles.height = height - 2 * _EDGES if beside else below
            pane.styles.margin = (_EDGES, 0, _EDGES, 0) if beside else (0, 0, _EDGES, 0)
        table.styles.margin = (0, right, below, 0)
        headings.styles.margin = (0, right, 0, 0)

    def follow_cursor(self) -> None:
        """Show the ticket under the cursor, read in the reading thread; the newest wish wins."""
        pane, key, now = self._preview, self.table.cursor_key, self.desk.now
        if pane is None or not pane.is_mounted:
            return
        from techdesk.widgets.preview import MESSAGES

        if key is None:
            pane.show(None, (), now)
            return

        def read(reader: Reader) -> tuple[TicketView | None, Sequence[Entry]]:
            return reader.ticket(key), reader.conversation(key, count=MESSAGES)

        def show(found: tuple[TicketView | None, Sequence[Entry]]) -> None:
            if self._preview is not None and self._preview.is_mounted and self.table.cursor_key == key:
                self._preview.show(*found, self.desk.now)

        self.desk.reading.submit("preview", read, show, self._no_preview, asked=True)

    def _no_preview(self, error: Exception) -> None:
        self.say(f"The preview could not be read: {error}.", severity="error")
