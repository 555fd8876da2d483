"""What may follow a key that starts a sequence, shown when the second key does not come at once."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.strip import Strip
from textual.timer import Timer
from textual.widget import Widget

DELAY = 0.4
"""Seconds before the choices are shown: who knows the sequence never sees them."""
_WIDEST = 38
"""Cells that one choice may take, so that two stand side by side in 80 columns."""


class KeyStrip(Widget):
    """Every choice, in columns over the lowest lines; hidden until a first key has waited for ``DELAY``."""

    COMPONENT_CLASSES = {"key-strip--key", "key-strip--word"}
    DEFAULT_CSS = """
    KeyStrip { layer: notice; dock: bottom; display: none; height: 1; width: 1fr; text-style: reverse; }
    KeyStrip > .key-strip--key { text-style: bold reverse; }
    KeyStrip > .key-strip--word { text-style: reverse; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer: Timer | None = None
        self._first = ""
        self._choices: list[tuple[str, str]] = []
        self._rows: list[tuple[tuple[str, str], ...]] = []

    def offer(self, first: str, choices: Sequence[tuple[str, str]]) -> None:
        """Start waiting for one of ``choices`` (key, words) after ``first``."""
        self.withdraw()
        self._first, self._choices = first, list(choices)
        self._timer = self.set_timer(DELAY, self._appear, name="key strip")

    def withdraw(self) -> None:
        """Forget the first key."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.display = False

    @property
    def text(self) -> str:
        """What it says, choice by choice."""
        return " ".join([f" {self._first} … ", *(f"{key} {words}" for key, words in self._choices)])

    def on_resize(self, event: events.Resize) -> None:
        if self.display:
            self._lay_out()

    def _appear(self) -> None:
        self._lay_out()
        self.display = True
        self.refresh()

    @property
    def _column(self) -> int:
        widest = max((cell_len(f" {key} {words}") for key, words in self._choices), default=1)
        return min(widest, _WIDEST) + 1

    def _lay_out(self) -> None:
        """Down the columns as a reader goes, in as few lines as the width allows."""
        room = self.app.size.width - self._indent
        count = -(-len(self._choices) // max(1, room // self._column)) or 1
        columns = [self._choices[begin : begin + count] for begin in range(0, len(self._choices), count)]
        self._rows = [tuple(column[y] for column in columns if y < len(column)) for y in range(count)]
        self.styles.height = count

    @property
    def _indent(self) -> int:
        return cell_len(f" {self._first} … ")

    def render_line(self, y: int) -> Strip:
        plain, key_style = self.rich_style, self.get_component_rich_style("key-strip--key")
        word_style = self.get_component_rich_style("key-strip--word")
        lead = f" {self._first} … " if y == 0 else ""
        segments = [Segment(set_cell_size(lead, self._indent), key_style)]
        for key, words in self._rows[y] if y < len(self._rows) else ():
            segments.append(Segment(f" {key} ", key_style))
            segments.append(Segment(set_cell_size(words, self._column - cell_len(f" {key} ")), word_style))
        return Strip(segments).adjust_cell_length(self.size.width, plain)
