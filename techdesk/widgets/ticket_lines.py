"""The lines of a list of tickets: the rows that are held around the viewport, and how each is drawn."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Callable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from techdesk.model import Instant
from techdesk.sla.evaluation import Level
from techdesk.store.marks import MarkSet
from techdesk.store.rows import Row
from techdesk.widgets import sla_clock
from techdesk.widgets.cells import fit, wrap
from techdesk.widgets.list_places import Keys, top_for
from techdesk.widgets.scroll_bar import SteadyScrollBar
from techdesk.widgets.ticket_columns import MARKED, Column, Kind, Widths, cell, plan

Fetch = Callable[[Sequence[int]], Sequence[Row]]
"""Rows of these keys, in any order; a ticket that has gone is left out."""

LEFT = 4 + sla_clock.WIDTH + 1
"""Cells of the left edge: cursor, glyph, mark, countdown. All that a tick repaints."""
_BEFORE, _AFTER = 40, 80
"""Rows fetched around a row that is missing: one query for the next screens."""
_MOST_ROWS = 1500
_BAR_ENDS = "number"
"""The column behind which the cursor's bar ends."""

_LEVEL_STYLES = {
    Level.BREACHED: "ticket-table--breached",
    Level.CRITICAL: "ticket-table--critical",
    Level.WARNING: "ticket-table--warning",
    Level.OK: "ticket-table--ok",
    Level.NONE: "ticket-table--quiet",
}

Shown = tuple[str, str, str, str]
"""Glyph, text and style of a countdown as it is on the screen; and what else of the line the time changes."""
_AGED = "answered"
"""The column that grows old by itself; only a wide list has it."""


class TicketLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws what ``TicketTable`` shows, and fetches rows only where it draws."""

    def __init__(self, kind: Kind, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._kind: Kind = kind
        self._fetch: Fetch = lambda keys: ()
        self._me = ""
        self._keys: Keys = array("q")
        self._rows: dict[int, Row | None] = {}
        self._bodies: dict[int, tuple[Row, bool, tuple[str, str], Strip]] = {}
        self._shown: dict[int, Shown] = {}
        self._clocks: dict[int, tuple[Row, Instant, Shown]] = {}
        """Countdowns as they read now: a tick works them out, and the picture after it draws them."""
        self._columns: tuple[Column, ...] = ()
        self._ages = False
        """Whether a column is shown that time alone changes."""
        self._widths = Widths()
        self._arranged_for = 0
        self._cursor = 0
        self._held: int | None = None
        self._now: Instant = 0
        self._empty: tuple[str, ...] = ()
        self._marks = MarkSet()
        self._plain: Style | None = None
        self._drawn_width: int | None = None
        """Cells of a line while one picture is drawn: asked for once, it is the same for all its lines."""
        self._drawn_top: int | None = None
        """First line of the list on show, likewise."""
        self._partials: dict[str, Style] = {}
        """Styles of the component classes, asked of Textual once each."""

    @property
    @abstractmethod
    def left(self) -> int | None:
        """The ticket under the cursor, where it is no longer one of this list."""

    def _take(self, keys: Sequence[int]) -> None:
        if len(self._rows) > _MOST_ROWS:
            self._rows.clear()
            self._bodies.clear()
            self._clocks.clear()
        found = {row.key: row for row in self._fetch(keys)}
        for key in keys:
            self._rows[key] = found.get(key)
        number = max((cell_len(row.number) for row in found.values()), default=0)
        priority = max((cell_len(row.grade) for row in found.values()), default=0)
        short = max((cell_len(row.short_grade) for row in found.values()), default=0)
        word = max((len(cell("word", row, self._now, self._me)) for row in found.values()), default=0)
        widths = Widths(
            max(self._widths.number, min(number, 14)),
            max(self._widths.priority, min(priority, 12)),
            max(self._widths.priority_short, min(short, 8)),
            max(self._widths.word, word),
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

    @property
    def _width(self) -> int:
        """Cells of a line: without the scroll bar, where there is one."""
        drawn = self._drawn_width
        return self.scrollable_content_region.width if drawn is None else drawn

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """As Textual's, which asks for it when it is first needed, but one that is drawn less often."""
        if self._vertical_scrollbar is None:
            bar = SteadyScrollBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)  # noqa: SLF001 - the only way a bar gets its parent
        return self._vertical_scrollbar

    def on_mount(self) -> None:
        self._arrange()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()
        self.virtual_size = Size(self.size.width, len(self._keys))
        self.scroll_to(
            y=top_for(self._cursor, self.scroll_offset.y, self.size.height, len(self._keys)),
            animate=False,
            force=True,
        )

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._plain = None
        self._partials.clear()
        self._bodies.clear()

    def _arrange(self) -> None:
        if self._width != self._arranged_for:
            self._arranged_for = self._width
            self._bodies.clear()  # they reach to the right edge
        columns = plan(max(1, self._width - LEFT), self._kind, self._widths)
        if columns != self._columns:
            self._columns = columns
            self._clocks.clear()
            self._ages = any(column.id == _AGED for column in columns)
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
        known = self._clocks.get(row.key)
        if known is not None and known[0] is row and known[1] == now and row.key != self._held:
            return known[2]
        if row.key == self._held:
            words = "left" if self.left is not None else sla_clock.clock_text(clock, row.created, status, now)
            return "->", words, "ticket-table--quiet", self._aged(row)
        level = sla_clock.clock_level(clock, status, now)
        shown = (
            sla_clock.clock_glyph(clock, status, now),
            sla_clock.clock_text(clock, row.created, status, now),
            _LEVEL_STYLES[level],
            self._aged(row),
        )
        self._clocks[row.key] = (row, now, shown)
        return shown

    def _aged(self, row: Row) -> str:
        return cell(_AGED, row, self._now, self._me) if self._ages else ""

    def render_lines(self, crop: Region) -> list[Strip]:
        self._drawn_width, self._drawn_top = self._width, self.scroll_offset.y
        try:
            return super().render_lines(crop) if self._is_dressed else self._bare_lines(crop)
        finally:
            self._drawn_width = self._drawn_top = None

    @property
    def _is_dressed(self) -> bool:
        """Whether styles ask for what only Textual's way of drawing has."""
        styles = self.styles
        faded = self.opacity != 1.0 or styles.text_opacity != 1.0 or bool(styles.tint.a)
        framed = any(styles.gutter) or bool(styles.outline)
        return faded or framed or styles.has_rule("hatch")

    def _bare_lines(self, crop: Region) -> list[Strip]:
        """The lines alone. Textual's way asks for border, padding, outline, opacity and tint once a line,
        which took three times as long as the line."""
        width, (_, background) = self.region.width, self.background_colors
        filters = self.get_line_filters()
        whole = crop.column_span == (0, width)
        lines = []
        for y in crop.line_range:
            strip = self.render_line(y)
            if strip.cell_length != width:
                strip = strip.adjust_cell_length(width, self._plain)
            for line_filter in filters:
                strip = strip.apply_filter(line_filter, background)
            lines.append(strip if whole else strip.crop(*crop.column_span))
        return lines

    def render_line(self, y: int) -> Strip:
        width = self._width
        if width != self._arranged_for:
            self._arrange()
        index = y + (self.scroll_offset.y if self._drawn_top is None else self._drawn_top)
        if index >= len(self._keys):
            self._shown.pop(y, None)
            return self._empty_line(y, width) if not self._keys else Strip.blank(width, self.rich_style)
        row = self._row_at(index)
        here = index == self._cursor
        if self._plain is None:
            self._plain = self.rich_style  # asked of all ancestors, which is a third of a line's cost
        base = bar = self._plain
        if here:
            bar += self._partial("ticket-table--cursor")
        if row is None:
            gone = fit("▌   gone from this list" if here else "    gone from this list", width)
            return Strip([Segment(gone, bar + self._partial("ticket-table--quiet"))], width)
        shown = self._shown[y] = self._clock(row)
        glyph, text, level, _ = shown
        clock = bar + self._partial(level)
        left = f"{'▌' if here else ' '}{glyph}"
        right = f"{text:>{sla_clock.WIDTH}} "
        if len(right) != sla_clock.WIDTH + 1 or not right.isascii():
            right = set_cell_size(right, sla_clock.WIDTH + 1)
        if row.key in self._marks:
            mark = Segment(MARKED, bar + self._partial("ticket-table--marked"))
            edge = [Segment(left, clock), mark, Segment(right, clock)]
        else:
            edge = [Segment(f"{left} {right}", clock)]
        body = self._body(row, here, shown[2:], base, bar)
        strip = Strip([*edge, *body], LEFT + body.cell_length)
        return strip if width >= LEFT else strip.adjust_cell_length(width, base)

    def _partial(self, name: str) -> Style:
        style = self._partials.get(name)
        if style is None:
            style = self._partials[name] = self.get_component_rich_style(name, partial=True)
        return style

    def _body(self, row: Row, here: bool, kind: tuple[str, str], base: Style, bar: Style) -> Strip:
        """Everything right of the countdown, up to the right edge. The cursor's bar ends behind the ticket's
        number: a line that is reversed from edge to edge has to be sent whole, twice for each press of a key
        that is held."""
        known = self._bodies.get(row.key)
        if known is not None and known[0] is row and known[1] == here and known[2] == kind:
            return known[3]
        whole, level = here, kind[0]
        segments: list[Segment] = []
        cells = 0
        for column in self._columns:
            name = "" if here else self._style_of(column, row, level)
            if row.key == self._held:
                name = "ticket-table--quiet"
            words = fit(cell(column.id, row, self._now, self._me), column.width) + " "
            style = bar if here else base
            segments.append(Segment(words, style + self._partial(name) if name else style))
            cells += column.width + 1
            here = here and column.id != _BAR_ENDS
        # Neighbours of one style are one segment: each costs a colour sequence on the wire.
        strip = Strip(segments, cells).simplify().adjust_cell_length(max(0, self._width - LEFT), base)
        self._bodies[row.key] = (row, whole, kind, strip)
        return strip

    def _style_of(self, column: Column, row: Row, level: str) -> str:
        if column.id == "word":
            return level
        if column.id in ("subject", "number") and row.unread:
            return "ticket-table--unread"
        if column.id in ("priority", "priority_short"):
            return "ticket-table--urgent" if row.priority == 1 else ""
        if column.id == "owner" and not row.owner:
            return "ticket-table--quiet"
        if not row.status.is_active:
            return "ticket-table--quiet"
        return column.style

    def _empty_line(self, y: int, width: int) -> Strip:
        lines = [
            (line, "ticket-table--quiet" if place else "ticket-table--message")
            for place, words in enumerate(self._empty)
            for line in wrap(words, width - 4)
        ]
        first = max(0, (self.size.height - len(lines)) // 2 - 1)
        if not first <= y < first + len(lines):
            return Strip.blank(width, self.rich_style)
        words, name = lines[y - first]
        indent = max(2, (width - cell_len(words)) // 2)
        style = self.rich_style + self._partial(name)
        return Strip([Segment(fit(" " * indent + words, width), style)], width)
