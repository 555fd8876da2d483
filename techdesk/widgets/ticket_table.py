"""A list of tickets of any length: a vector of keys, the rows around the viewport, and a countdown each.

It draws line by line from what it holds and asks for rows only where it draws. The cursor belongs to a
ticket, not to a line: whatever arrives or goes, it stays where it was until a person moves it. A ticket that
leaves the list under the cursor, or would go far away in it, stays in its place, dim, until the cursor leaves
it: the next key is meant for it, and what stood around it is what the eyes are on.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar, TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from techdesk.model import Instant
from techdesk.sla.evaluation import Level
from techdesk.store.rows import Row
from techdesk.widgets import sla_clock
from techdesk.widgets.cells import fit
from techdesk.widgets.ticket_columns import Column, Kind, Widths, cell, plan, priority_text

Keys: TypeAlias = "array[int]"
Fetch = Callable[[Sequence[int]], Sequence[Row]]
"""Rows of these keys, in any order; a ticket that has gone is left out."""

LEFT = 4 + sla_clock.WIDTH + 1
"""Cells of the left edge: cursor, glyph, countdown. All that a tick repaints."""
_BEFORE, _AFTER = 40, 80
"""Rows fetched around a row that is missing: one query for the next screens."""
_MOST_ROWS = 1500

_LEVEL_STYLES = {
    Level.BREACHED: "ticket-table--breached",
    Level.CRITICAL: "ticket-table--critical",
    Level.WARNING: "ticket-table--warning",
    Level.OK: "ticket-table--ok",
    Level.NONE: "ticket-table--quiet",
}

Shown = tuple[str, str, str]
"""Glyph, text and style of a countdown as it is on the screen."""


class TicketTable(ScrollView, can_focus=True, inherit_bindings=False):
    """The list of the queue and of the SLA screen. Keys are the screen's business; it calls the methods."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "ticket-table--cursor",
        "ticket-table--number",
        "ticket-table--quiet",
        "ticket-table--subject",
        "ticket-table--unread",
        "ticket-table--marks",
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

    def __init__(self, kind: Kind, *, id: str | None = None) -> None:  # noqa: A002 - as in Textual
        super().__init__(id=id)
        self._kind: Kind = kind
        self._fetch: Fetch = lambda keys: ()
        self._me = ""
        self._keys: Keys = array("q")
        self._rows: dict[int, Row | None] = {}
        self._bodies: dict[int, tuple[Row, bool, str, Strip]] = {}
        self._shown: dict[int, Shown] = {}
        self._columns: tuple[Column, ...] = ()
        self._widths = Widths()
        self._arranged_for = 0
        self._cursor = 0
        self._held: int | None = None
        self._proper: Keys = self._keys
        self._now: Instant = 0
        self._empty: tuple[str, ...] = ()
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
        held = self.cursor_key if keep and hold else None
        if held is not None:
            keys, held = self._with(keys, held)
        if held != self._held:
            self._held = held
            self._bodies.clear()
            self._shown.clear()
            self.refresh()
        if keys == self._keys and keep:
            return
        old, old_cursor, old_top = self._keys, self._cursor, self.scroll_offset.y
        self._keys = keys
        self._cursor = self._place_of_cursor(old, old_cursor) if keep else 0
        self.touched = self.touched and keep
        self.moved = False
        # The line under the eyes stays where it is; but at the top what is more urgent is not hidden.
        top = max(0, self._cursor - (old_cursor - old_top))
        if not keep or (old_top == 0 and self._cursor < self.size.height):
            top = 0
        self.virtual_size = Size(self.size.width, len(keys))
        self._shown.clear()
        self.scroll_to(y=self._top_for(self._cursor, top), animate=False, force=True)
        self.refresh()
        if keep is False or not old or old[old_cursor] != self.cursor_key:
            self.post_message(self.CursorMoved(self.cursor_key))

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

    def tick(self, now: Instant) -> int:
        """A second has passed: repaint the countdowns that read differently now. Returns how many."""
        self._now = now
        top = self.scroll_offset.y
        regions: list[Region] = []
        for index in self._visible():
            row = self._rows.get(self._keys[index])
            if row is None:
                continue
            y = index - top
            fresh, shown = self._clock(row), self._shown.get(y)
            if shown is None or fresh == shown:
                continue
            # Another level also changes the word in a wide list.
            whole = fresh[2] != shown[2]
            self._shown[y] = fresh
            regions.append(Region(0, y, self.size.width if whole else LEFT, 1))
        if regions:
            self.refresh(*regions)
        return len(regions)

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
        wanted = self._top_for(index, top)
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
        try:
            return self._keys.index(key)
        except ValueError:
            return None

    def _with(self, keys: Keys, held: int) -> tuple[Keys, int | None]:
        """``keys`` with the ticket under the cursor among those that it stood among, where its own place is
        none or out of sight; and that ticket. As they are, and None, where it may follow its place."""
        try:
            proper = keys.index(held)
        except ValueError:
            proper = -1
        rest = keys if proper < 0 else keys[:proper] + keys[proper + 1 :]
        place = self._among(rest)
        if proper >= 0 and abs(proper - place) < max(1, self.size.height):
            return keys, None
        return rest[:place] + array("q", (held,)) + rest[place:], held

    def _among(self, keys: Keys) -> int:
        """Where the line under the cursor stood: behind its neighbour above, else before the one below."""
        for index in range(self._cursor - 1, max(-1, self._cursor - 20), -1):
            with suppress(ValueError):
                return keys.index(self._keys[index]) + 1
        for index in range(self._cursor + 1, min(len(self._keys), self._cursor + 20)):
            with suppress(ValueError):
                return keys.index(self._keys[index])
        return min(self._cursor, len(keys))

    def _place_of_cursor(self, old: Keys, cursor: int) -> int:
        if not old or not self._keys:
            return 0
        here = self.index_of(old[cursor])
        if here is not None:
            return here
        for index in range(cursor + 1, min(len(old), cursor + 50)):
            there = self.index_of(old[index])
            if there is not None:
                return there
        return min(cursor, len(self._keys) - 1)

    def _top_for(self, index: int, top: int) -> int:
        height = max(1, self.size.height)
        if index < top:
            top = index - height // 2
        elif index >= top + height:
            top = index - (height - 1) // 2
        return max(0, min(top, len(self._keys) - height))

    def _visible(self) -> range:
        top = self.scroll_offset.y
        return range(top, min(len(self._keys), top + self.size.height))

    # Rows

    def _take(self, keys: Sequence[int]) -> None:
        if len(self._rows) > _MOST_ROWS:
            self._rows.clear()
            self._bodies.clear()
        found = {row.key: row for row in self._fetch(keys)}
        for key in keys:
            self._rows[key] = found.get(key)
        number = max((cell_len(row.number) for row in found.values()), default=0)
        priority = max((cell_len(priority_text(row)) for row in found.values()), default=0)
        widths = Widths(
            max(self._widths.number, min(number, 14)), max(self._widths.priority, min(priority, 8))
        )
        if widths != self._widths:
            self._widths = widths
            self._arrange()

    def _row_at(self, index: int) -> Row | None:
        key = self._keys[index]
        if key not in self._rows:
            near = self._keys[max(0, index - _BEFORE) : index + _AFTER]
            self._take([k for k in near if k not in self._rows])
        return self._rows[key]

    # Drawing

    @property
    def _width(self) -> int:
        """Cells of a line: without the scroll bar, where there is one."""
        return self.scrollable_content_region.width

    def on_mount(self) -> None:
        self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()
        self.virtual_size = Size(self.size.width, len(self._keys))
        self.scroll_to(y=self._top_for(self._cursor, self.scroll_offset.y), animate=False, force=True)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._bodies.clear()

    def _arrange(self) -> None:
        self._arranged_for = self._width
        columns = plan(max(1, self._width - LEFT), self._kind, self._widths)
        if columns != self._columns:
            self._columns = columns
            self._bodies.clear()
            self.refresh()
            self.post_message(self.Arranged(columns))

    class Arranged(Message):
        """The columns have other widths: the headings follow."""

        def __init__(self, columns: tuple[Column, ...]) -> None:
            super().__init__()
            self.columns = columns

    def _clock(self, row: Row) -> Shown:
        clock, status, now = row.clock, row.status, self._now
        if row.key == self._held:
            words = "left" if self.left is not None else sla_clock.clock_text(clock, row.created, status, now)
            return "->", words, "ticket-table--quiet"
        level = sla_clock.clock_level(clock, status, now)
        return (
            sla_clock.clock_glyph(clock, status, now),
            sla_clock.clock_text(clock, row.created, status, now),
            _LEVEL_STYLES[level],
        )

    def render_line(self, y: int) -> Strip:
        width = self._width
        if width != self._arranged_for:
            self._arrange()
        index = self.scroll_offset.y + y
        if index >= len(self._keys):
            self._shown.pop(y, None)
            return self._empty_line(y, width) if not self._keys else Strip.blank(width, self.rich_style)
        row = self._row_at(index)
        here = index == self._cursor
        base = self.rich_style
        if here:
            base += self.get_component_rich_style("ticket-table--cursor", partial=True)
        if row is None:
            gone = fit("▌   gone from this list" if here else "    gone from this list", width)
            return Strip([Segment(gone, base + self._partial("ticket-table--quiet"))], width)
        shown = self._shown[y] = self._clock(row)
        glyph, text, level = shown
        left = f"{'▌' if here else ' '}{glyph} {text:>{sla_clock.WIDTH}} "
        edge = Segment(set_cell_size(left, LEFT), base + self._partial(level))
        body = self._body(row, here, level, base)
        return Strip([edge, *body], LEFT + body.cell_length).adjust_cell_length(width, base)

    def _partial(self, name: str) -> Style:
        return self.get_component_rich_style(name, partial=True)

    def _body(self, row: Row, here: bool, level: str, base: Style) -> Strip:
        known = self._bodies.get(row.key)
        if known is not None and known[0] is row and known[1] == here and known[2] == level:
            return known[3]
        segments: list[Segment] = []
        cells = 0
        for column in self._columns:
            name = "" if here else self._style_of(column, row, level)
            if row.key == self._held:
                name = "ticket-table--quiet"
            words = fit(cell(column.id, row, self._now, self._me), column.width) + " "
            segments.append(Segment(words, base + self._partial(name) if name else base))
            cells += column.width + 1
        # Neighbours of one style are one segment: each costs a colour sequence on the wire.
        strip = Strip(segments, cells).simplify()
        self._bodies[row.key] = (row, here, level, strip)
        return strip

    def _style_of(self, column: Column, row: Row, level: str) -> str:
        if column.id == "word":
            return level
        if column.id in ("subject", "number") and row.unread:
            return "ticket-table--unread"
        if column.id == "priority":
            return "ticket-table--urgent" if row.priority == 1 else ""
        if column.id == "owner" and not row.owner:
            return "ticket-table--quiet"
        if not row.status.is_active:
            return "ticket-table--quiet"
        return column.style

    def _empty_line(self, y: int, width: int) -> Strip:
        first = max(0, (self.size.height - len(self._empty)) // 2 - 1)
        if not first <= y < first + len(self._empty):
            return Strip.blank(width, self.rich_style)
        words = self._empty[y - first]
        words = fit(words, width - 4).rstrip() if cell_len(words) > width - 4 else words
        indent = max(2, (width - cell_len(words)) // 2)
        style = self.rich_style + self._partial(
            "ticket-table--message" if y == first else "ticket-table--quiet"
        )
        return Strip([Segment(fit(" " * indent + words, width), style)], width)

    # Mouse

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y
        if index < len(self._keys):
            self.move_to(index)
            if event.chain == 2:
                self.post_message(self.Opened(self._keys[index]))
