"""What is known of the customer: a list beside the conversation, a line where something stands against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from techdesk.text import safe_text
from techdesk.widgets.cells import Line, paint, wrap
from techdesk.work.customer_facts import GLYPHS, FactLine, State


class CustomerPanel(Widget):
    """Every fact that the ticket's policy asks about, with file and date at the end."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "customer--title",
        "customer--fine",
        "customer--against",
        "customer--unknown",
        "customer--source",
    }
    DEFAULT_CSS = """
    CustomerPanel { height: auto; width: 1fr; padding: 0 1; margin: 1 0 0 0; }
    CustomerPanel > .customer--title { text-style: bold; }
    CustomerPanel > .customer--against { color: $error; text-style: bold; }
    CustomerPanel > .customer--unknown { color: $warning; }
    CustomerPanel > .customer--source { text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._facts: Sequence[FactLine] = ()
        self._source = ""
        self._laid_out: tuple[int, list[Line]] = (0, [])

    def show(self, facts: Sequence[FactLine], source: str) -> None:
        """Show these facts; nothing where there are none."""
        if (tuple(facts), source) == (tuple(self._facts), self._source):
            return
        self._facts, self._source = facts, source
        self._laid_out = (0, [])
        self.display = bool(facts)
        self.refresh(layout=True)

    @property
    def text(self) -> str:
        """What it says, line by line."""
        return "\n".join(
            "".join(words for words, _ in line).rstrip() for line in self._lines(self.size.width)
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._lines(width)))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._lines(width)
        return paint(self, lines[y] if y < len(lines) else (), width)

    def _lines(self, width: int) -> list[Line]:
        if self._laid_out[0] != width:
            self._laid_out = (width, self._made(max(12, width)))
        return self._laid_out[1]

    def _made(self, width: int) -> list[Line]:
        lines: list[Line] = [(("CUSTOMER", "customer--title"),)]
        for fact in self._facts:
            style = {State.STANDS_AGAINST: "against", State.UNKNOWN: "unknown"}.get(fact.state, "fine")
            said = safe_text(f"{fact.label} {fact.words}", 300)
            for number, words in enumerate(wrap(said, width - 2)):
                glyph = GLYPHS[fact.state] if number == 0 else " "
                lines.append(((f"{glyph} {words}", f"customer--{style}"),))
        lines += [
            ((words, "customer--source"),) for words in wrap(safe_text(self._source, 200), width) if words
        ]
        return lines


class CustomerBanner(Widget):
    """One line while something stands against the customer: a hold, a licence that ended."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"customer--against"}
    DEFAULT_CSS = """
    CustomerBanner { display: none; height: 1; width: 1fr; padding: 0 1; }
    CustomerBanner > .customer--against { color: $error; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        """What it says; empty while it is not on show."""

    def show(self, words: str) -> None:
        """Show a line, or nothing for an empty one."""
        words = safe_text(words, 300)
        if words != self.text:
            self.text = words
            self.display = bool(words)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        return paint(self, ((self.text, "customer--against"),) if y == 0 else (), self.size.width)
