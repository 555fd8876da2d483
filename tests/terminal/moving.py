"""A program whose every cell moves. `python -m tests.terminal.moving thrifty|stock [FILE]`.

With a file it changes the whole screen twenty times a second and writes how often it did.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.geometry import Region, Size
from textual.screen import ModalScreen
from textual.scroll_view import ScrollView
from textual.strip import Segment, Strip
from textual.widgets import Static, TextArea

from techdesk.screens.terminal_app import TerminalApp

WORDS = ["ticket", "naïve", "漢字", "가격", "│ box", "printer", "…", "Ω", "queue 7", "x" * 9, "😀 ok"]
PENS = [Style.null(), Style(bold=True), Style(color="red"), Style(bgcolor="blue"), Style(reverse=True)]


class Rows(ScrollView, can_focus=True):
    """Three hundred lines of words in many pens, with a cursor."""

    cursor = 0
    turn = 0

    def on_mount(self) -> None:
        self.virtual_size = Size(self.app.size.width, 300)

    def render_line(self, y: int) -> Strip:
        row = y + int(self.scroll_offset.y)
        chance = random.Random(row * 1000 + self.turn)
        mark = Segment("> " if row == self.cursor else "  ", Style(bold=True))
        parts = [mark, Segment(f"{row:>4} ")]
        for _ in range(chance.randrange(2, 12)):
            parts.append(Segment(chance.choice(WORDS), chance.choice(PENS)))
            parts.append(Segment(" "))
        return Strip(parts).adjust_cell_length(self.size.width)

    def move(self, by: int) -> None:
        """Move the cursor, scrolling when it leaves the view."""
        before, self.cursor = self.cursor, max(0, min(299, self.cursor + by))
        top, height = int(self.scroll_offset.y), self.size.height
        if top <= self.cursor < top + height:
            for row in (before, self.cursor):
                self.refresh(Region(0, row - top, self.size.width, 1))
        else:
            self.scroll_to(y=max(0, self.cursor - height // 2 if abs(by) > 1 else top + by), animate=False)
            self.refresh()


class Box(ModalScreen[None]):
    """A dialog over part of the screen."""

    CSS = "Box { align: center middle; } Box Static { width: 30; height: 5; border: round red; }"
    BINDINGS = [Binding("x", "dismiss")]

    def compose(self) -> ComposeResult:
        yield Static("a dialog\nover 漢字 and more")


class Moving(TerminalApp[None]):
    """A list, a line beside it, a place to write."""

    CSS = "Rows { width: 1fr; } #side { width: 12; background: blue; } TextArea { height: 4; }"
    BINDINGS = [
        *(Binding(key, f"move({by})") for key, by in {"j": 1, "k": -1, "n": 10, "p": -10, "G": 300}.items()),
        Binding("t", "turn"),
        Binding("o", "box"),
        Binding("w", "write"),
        Binding("ctrl+l", "redraw"),
        Binding("ctrl+q", "quit", priority=True),
    ]

    def __init__(self, driver: str, told: Path | None) -> None:
        super().__init__(driver=driver)
        self.told = told
        self.turns = 0

    def compose(self) -> ComposeResult:
        yield Static("top line [bold]with[/bold] a word")
        with Horizontal():
            yield Rows()
            yield Static("side", id="side")
        yield TextArea()

    def on_mount(self) -> None:
        self.query_one(Rows).focus()
        if self.told is not None:
            self.set_interval(0.05, self.action_turn)

    def action_move(self, by: int) -> None:
        """Move the list's cursor."""
        self.query_one(Rows).move(by)

    def action_turn(self) -> None:
        """Change every line."""
        rows = self.query_one(Rows)
        rows.turn += 1
        rows.refresh()
        self.query_one("#side", Static).update(f"turn {rows.turn}")
        if self.told is not None:
            self.told.write_text(str(rows.turn))

    def action_box(self) -> None:
        """Open a dialog."""
        self.push_screen(Box())

    def action_write(self) -> None:
        """Go to the place to write."""
        self.query_one(TextArea).focus()

    def action_redraw(self) -> None:
        """Paint everything anew."""
        assert self._driver is not None
        self._driver.write("\x1b[2J")
        self.screen.refresh(layout=True)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            self.query_one(Rows).focus()


if __name__ == "__main__":
    Moving(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else None).run(mouse=False)
