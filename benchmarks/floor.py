"""The floors: the least that any Textual program does. `python -m benchmarks.floor empty|list`."""

from __future__ import annotations

import sys

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static


class EmptyApp(App[None]):
    """One line of text."""

    BINDINGS = [Binding("ctrl+q", "quit", priority=True)]

    def compose(self) -> ComposeResult:
        yield Static("READY")


class Lines(ScrollView, can_focus=True):
    """A hundred constant rows with a cursor, by the line API."""

    def on_mount(self) -> None:
        self.cursor = 0
        self.virtual_size = Size(self.app.size.width, 100)
        self.focus()

    def render_line(self, y: int) -> Strip:
        row = y + int(self.scroll_offset.y)
        mark = ">" if row == self.cursor else " "
        text = f"{mark} READY {row:>6} a constant row of this list, with some text to fill the line"
        return Strip([Segment(text.ljust(self.size.width)[: self.size.width])])

    def move(self, lines: int) -> None:
        """Move the cursor, and scroll when it leaves the view."""
        before, self.cursor = self.cursor, max(0, min(99, self.cursor + lines))
        top, height = int(self.scroll_offset.y), self.size.height
        if not top <= self.cursor < top + height:
            target = self.cursor if self.cursor < top else self.cursor - height + 1
            self.scroll_to(y=target, animate=False)
        else:
            for row in (before, self.cursor):
                self.refresh(Region(0, row - top, self.size.width, 1))


class ListApp(App[None]):
    """The list above."""

    BINDINGS = [
        Binding("ctrl+q", "quit", priority=True),
        Binding("down,j", "move(1)", priority=True),
        Binding("up,k", "move(-1)", priority=True),
        Binding("pagedown", "page(1)", priority=True),
        Binding("pageup", "page(-1)", priority=True),
    ]

    def compose(self) -> ComposeResult:
        yield Lines()

    def action_move(self, lines: int) -> None:
        """Move the list's cursor."""
        self.query_one(Lines).move(lines)

    def action_page(self, direction: int) -> None:
        """Move it by as many rows as are on show: the list scrolls, as techdesk's does."""
        rows = self.query_one(Lines)
        rows.move(direction * rows.size.height)


if __name__ == "__main__":
    (EmptyApp if sys.argv[1] == "empty" else ListApp)().run()
