"""A list of tickets of any length: a vector of keys, the rows around the viewport, and a countdown each.

It draws line by line from what it holds and asks for rows only where it draws. The cursor belongs to a
ticket, not to a line: whatever arrives or goes, it stays where it was until a person moves it. A ticket that
leaves the list under the cursor, or would go far away in it, stays in its place, dim, until the cursor leaves
it: the next key is meant for it, and what stood around it is what the eyes are on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message

from techdesk.model import Instant
from techdesk.store.following import Patch
from techdesk.store.marks import MarkSet
from techdesk.store.rows import Row
from techdesk.widgets.list_places import Keys, index_of, place_of, top_for, with_held
from techdesk.widgets.ticket_columns import Column, Kind
from techdesk.widgets.ticket_lines import LEFT, Fetch, TicketLines

__all__ = ["LEFT", "Fetch", "Keys", "TicketTable"]


class TicketTable(TicketLines, inherit_bindings=False):
    """The list of the queue and of the SLA screen. Keys are the screen's business; it calls the methods."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ticket-table--cursor",
        "ticket-table--number",
        "ticket-table--quiet",
        "ticket-table--subject",
        "ticket-table--unread",
        "ticket-table--marks",
        "ticket-table--marked",
        "ticket-table--urgent",
        "ticket-table--breached",
        "ticket-table--critical",
        "ticket-table--warning",
        "ticket-table--ok",
        "ticket-table--message",
    }
    DEFAULT_CSS = """
    TicketTable {
        height: 1fr; width: 1fr; scrollbar-size: 0 1; overflow-x: hidden;
        scrollbar-color: $foreground 40%; scrollbar-background: $background;
        color: $foreground; background: $background;
    }
    TicketTable > .ticket-table--cursor { text-style: reverse; }
    TicketTable > .ticket-table--quiet { text-style: dim; }
    TicketTable > .ticket-table--unread { text-style: bold; }
    TicketTable > .ticket-table--marks { color: $accent; text-style: bold; }
    TicketTable > .ticket-table--marked { color: $accent; text-style: bold; }
    TicketTable > .ticket-table--urgent { text-style: bold; }
    TicketTable > .ticket-table--breached { color: $error; text-style: bold; }
    TicketTable > .ticket-table--critical { color: $warning; text-style: bold; }
    TicketTable > .ticket-table--warning { color: $warning; }
    TicketTable > .ticket-table--message { text-style: bold; }
    """

    class Opened(Message):
        """Somebody clicked twice on a ticket."""

        def __init__(self, key: int) -> None:
            super().__init__()
            self.key = key

    class CursorMoved(Message):
        """The cursor stands on another ticket now."""

        def __init__(self, key: int | None) -> None:
            super().__init__()
            self.key = key

    def __init__(self, kind: Kind, *, id: str | None = None) -> None:
        super().__init__(kind, id=id)
        self._proper: Keys = self._keys
        self.touched = False
        """Whether a person has moved the cursor since this list was first shown."""
        self.moved = False
        """Whether a person has moved the cursor since the keys were last shown."""

    # What it shows

    def connect(self, fetch: Fetch, me: str, now: Instant) -> None:
        """Where rows come from, whose tickets are ``you``, and the present."""
        if me != self._me:
            self._bodies.clear()
            self.refresh()
        self._fetch, self._me, self._now = fetch, me, now

    @property
    def keys(self) -> Keys:
        """Keys of the whole list, in order; with the one that has left and is still under the cursor."""
        return self._keys

    @property
    def left(self) -> int | None:
        """The ticket under the cursor, where it is no longer one of this list."""
        return self._held if len(self._proper) < len(self._keys) else None

    @property
    def held(self) -> int | None:
        """The ticket under the cursor, where its place in the list is another by now, or none."""
        return self._held

    @property
    def count(self) -> int:
        """How many tickets the list has."""
        return len(self._proper)

    @property
    def cursor(self) -> int:
        """Index of the cursor in ``keys``."""
        return self._cursor

    @property
    def cursor_key(self) -> int | None:
        """The ticket that the cursor stands on; None in an empty list."""
        return self._keys[self._cursor] if self._keys else None

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns at the present width, for the headings."""
        return self._columns

    def known(self, key: int) -> Row | None:
        """A row as it was fetched last; None where it was not, or is no longer held."""
        return self._rows.get(key)

    def row(self, key: int) -> Row | None:
        """A row that it holds or fetches."""
        if key not in self._rows:
            self._take([key])
        return self._rows[key]

    def show_keys(self, keys: Keys, *, keep: bool = True, hold: bool = False) -> None:
        """Show another order or another set. The cursor stays on its ticket; where that has gone, it goes to
        the next one that is still there, or, with ``hold``, keeps the one that has gone in its place.
        ``keep=False`` starts at the top (another view)."""
        self._proper = keys
        held: int | None = None
        if keep and hold and self._keys:
            keys, held = with_held(keys, self._keys, self._cursor, self.size.height)
        if held != self._held:
            self._held = held
            self._bodies.clear()
            self._shown.clear()
            self.refresh()
        if keys == self._keys and keep:
            return
        old, old_cursor, old_top = self._keys, self._cursor, self.scroll_offset.y
        self._keys = keys
        self._cursor = place_of(keys, old, old_cursor) if keep else 0
        self.touched = self.touched and keep
        self.moved = False
        # The line under the eyes stays where it is; but at the top what is more urgent is not hidden.
        top = max(0, self._cursor - (old_cursor - old_top))
        if not keep or (old_top == 0 and self._cursor < self.size.height):
            top = 0
        self.virtual_size = Size(self.size.width, len(keys))
        self._shown.clear()
        top = top_for(self._cursor, top, self.size.height, len(keys))
        self.scroll_to(y=top, animate=False, force=True)
        self.refresh()
        if keep is False or not old or old[old_cursor] != self.cursor_key:
            self.post_message(self.CursorMoved(self.cursor_key))

    def show_patch(self, patch: Patch) -> None:
        """Show the list after some of its tickets came, went or moved, as ``show_keys`` with ``hold`` would.

        Where the cursor's own ticket stays about where it was, nothing is searched for in the list.
        """
        keys = patch.listing.keys
        place = patch.place_of(self._cursor) if self._keys is patch.before and self._keys else None
        moved = None if place is None else abs(place - self._cursor)
        if place is None or moved is None or (patch.moves(self._cursor) and moved >= self.size.height):
            self.show_keys(keys, keep=True, hold=True)
            return
        old_cursor, old_top = self._cursor, self.scroll_offset.y
        self._proper = self._keys = keys
        self._cursor = place
        self.moved = False
        at_top = old_top == 0 and place < self.size.height
        top = 0 if at_top else max(0, place - (old_cursor - old_top))
        self.virtual_size = Size(self.size.width, len(keys))
        self._shown.clear()
        self.scroll_to(y=top_for(place, top, self.size.height, len(keys)), animate=False, force=True)
        self.refresh()

    def say_empty(self, *lines: str) -> None:
        """What stands in place of rows when there are none: why, and what to do."""
        if lines != self._empty:
            self._empty = lines
            if not self._keys:
                self.refresh()

    def changed(self, keys: Sequence[int] | None) -> None:
        """The store has other values for these tickets (None: for any). Repaints the lines that differ."""
        visible = self._visible()
        if keys is None:
            stale = set(self._rows)
        else:
            stale = {key for key in keys if key in self._rows}
        if not stale:
            return
        before = {self._keys[i]: self._rows.get(self._keys[i]) for i in visible if self._keys[i] in stale}
        for key in stale:
            self._rows.pop(key, None)
        if before:
            self._take(list(before))
        top = self.scroll_offset.y
        for index in visible:
            key = self._keys[index]
            if key not in before:
                continue
            old, new = before[key], self._rows.get(key)
            if old == new:
                self._rows[key] = old
            else:
                self.refresh(Region(0, index - top, self.size.width, 1))

    def show_marks(self, marks: MarkSet) -> None:
        """These tickets are marked now: repaints the lines on show that differ."""
        old, self._marks = self._marks, marks
        top = self.scroll_offset.y
        regions = [
            Region(0, index - top, LEFT, 1)
            for index in self._visible()
            if (self._keys[index] in old) != (self._keys[index] in marks)
        ]
        if regions:
            self.refresh(*regions)

    def tick(self, now: Instant) -> int:
        """A second has passed: repaint the countdowns that read differently now. Returns how many."""
        self._now = now
        self._clocks.clear()
        top, count = self.scroll_offset.y, 0
        regions: list[Region] = []
        for index in self._visible():
            row = self._rows.get(self._keys[index])
            if row is None:
                continue
            y = index - top
            fresh, shown = self._clock(row), self._shown.get(y)
            if shown is None or fresh == shown:
                continue
            # Another level also changes the word in a wide list, and an age its column.
            whole = fresh[2:] != shown[2:]
            self._shown[y] = fresh
            count += 1
            region = Region(0, y, self.size.width if whole else LEFT, 1)
            # Lines that tick together are one region: each costs Textual a dozen steps.
            above = regions[-1] if regions else None
            if above is not None and above.bottom == y and above.width == region.width:
                regions[-1] = above.union(region)
            else:
                regions.append(region)
        if regions:
            self.refresh(*regions)
        return count

    # Moving

    def move_to(self, index: int) -> None:
        """Put the cursor on a line, and scroll there by half a page where it is out of sight."""
        if not self._keys:
            return
        self.touched = self.moved = True
        index = max(0, min(len(self._keys) - 1, index))
        leaves = index != self._cursor
        shorter = self._held is not None and leaves
        if shorter:
            index = self._let_go(index)
        old, top = self._cursor, self.scroll_offset.y
        self._cursor = index
        wanted = top_for(index, top, self.size.height, len(self._keys))
        if wanted != top or shorter:
            self.scroll_to(y=wanted, animate=False, force=True)
            self._shown.clear()
            self.refresh()
        elif index != old:
            width = self.size.width
            self.refresh(Region(0, old - top, width, 1), Region(0, index - top, width, 1))
        if leaves:
            self.post_message(self.CursorMoved(self.cursor_key))

    def _let_go(self, index: int) -> int:
        """The cursor goes to ``index``: the ticket that was held goes to its own place. The new index."""
        wanted = self._keys[index]
        self._held, self._keys = None, self._proper
        self.virtual_size = Size(self.size.width, len(self._keys))
        return self._keys.index(wanted)

    def move(self, lines: int) -> None:
        """Move by lines; the ends stop it."""
        self.move_to(self._cursor + lines)

    def page(self, pages: int) -> None:
        """Move by pages, one line kept in sight."""
        self.move(pages * max(1, self.size.height - 1))

    def move_to_key(self, key: int) -> bool:
        """Put the cursor on a ticket; False when it is not in this list."""
        index = self.index_of(key)
        if index is None:
            return False
        self.move_to(index)
        return True

    def return_to(self, key: int) -> None:
        """Put the cursor back on a ticket after its list was read; nobody has moved it."""
        if self.move_to_key(key):
            self.moved = False

    def index_of(self, key: int) -> int | None:
        """Where a ticket stands in the list."""
        return index_of(self._keys, key)

    def _visible(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(len(self._keys), top + self.size.height))

    # Mouse

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y
        if index < len(self._keys):
            self.move_to(index)
            if event.chain == 2:
                self.post_message(self.Opened(self._keys[index]))
