"""A list of entries of two lines each, drawn from whatever holds them: groups of a plan, tickets of a run,
operations of the outbox.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from techdesk.widgets.cells import Line, paint

LINES = 2
"""Lines of one entry."""
Draw = Callable[[int], tuple[Line, Line]]
"""The two lines of the entry at an index, each without the cursor's own mark."""


class EntryList(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows so many entries; only those in view are asked for, so ten thousand cost what ten do."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "entry-list--cursor",
        "entry-list--what",
        "entry-list--number",
        "entry-list--quiet",
        "entry-list--good",
        "entry-list--busy",
        "entry-list--bad",
    }
    DEFAULT_CSS = """
    EntryList {
        height: 1fr; width: 1fr; scrollbar-size: 0 1; overflow-x: hidden;
        color: $foreground; background: $background;
    }
    EntryList > .entry-list--cursor { text-style: reverse; }
    EntryList > .entry-list--what { text-style: bold; }
    EntryList > .entry-list--quiet { text-style: dim; }
    EntryList > .entry-list--good { color: $success; }
    EntryList > .entry-list--busy { color: $warning; }
    EntryList > .entry-list--bad { color: $error; text-style: bold; }
    """

    class Moved(Message):
        """The cursor stands on another entry."""

    class Opened(Message):
        """The entry under the cursor was clicked once more."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.cursor = 0
        self._draw: Draw = lambda index: ((), ())
        self._empty = ""

    @property
    def per_page(self) -> int:
        """Entries on one screen."""
        return max(1, self.size.height // LINES)

    def show(self, count: int, draw: Draw, *, cursor: int | None = None, empty: str = "") -> None:
        """Show so many entries; ``cursor`` stays where it is if None. ``empty``: said where there is none."""
        self.count, self._draw, self._empty = count, draw, empty
        self.cursor = max(0, min(self.cursor if cursor is None else cursor, count - 1))
        self.virtual_size = Size(self.size.width, count * LINES)
        if cursor is not None:
            self.scroll_to(y=max(0, cursor * LINES - self.size.height + LINES), animate=False, force=True)
        self.refresh()

    def move(self, entries: int) -> None:
        """Move the cursor; the ends stop it."""
        if not self.count:
            return
        old, self.cursor = self.cursor, max(0, min(self.count - 1, self.cursor + entries))
        top, height, first = self.scroll_offset.y, self.size.height, self.cursor * LINES
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif first + LINES > top + height:
            self.scroll_to(y=first + LINES - height, animate=False, force=True)
        for index in {old, self.cursor}:
            self.refresh_entry(index)
        self.post_message(self.Moved())

    def refresh_entry(self, index: int) -> None:
        """Draw one entry anew."""
        self.refresh(Region(0, index * LINES - self.scroll_offset.y, self.size.width, LINES))

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(self.size.width, self.count * LINES)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width  # the scroll bar would hide the ellipsis of a cut line
        index, part = divmod(self.scroll_offset.y + y, LINES)
        if not self.count:
            return paint(self, (self.empty_line(y),), width)
        if index >= self.count:
            return Strip.blank(width, self.rich_style)
        here = index == self.cursor
        line = self._draw(index)[part]
        content: Line = (("▌" if here else " ", ""), *line)
        return paint(self, content, width, "entry-list--cursor" if here and part == 0 else "")

    def empty_line(self, y: int) -> tuple[str, str]:
        """A line of the list where there is nothing, with its style."""
        return f"  {self._empty}" if y == 1 else "", "entry-list--quiet"

    def on_click(self, event: events.Click) -> None:
        index = (self.scroll_offset.y + event.y) // LINES
        if index >= self.count:
            return
        if index == self.cursor:
            self.post_message(self.Opened())
        else:
            self.move(index - self.cursor)
