"""The counts at the top of the SLA screen: big digits where there is height for them, else one line."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from techdesk.widgets.cells import fit

Count = tuple[str, int, str]
"""Heading, number, and the component class that it is drawn in when it is not zero."""

_DIGITS = {
    "0": ("┏━┓", "┃ ┃", "┗━┛"),
    "1": ("╺┓ ", " ┃ ", "╺┻╸"),
    "2": ("┏━┓", "┏━┛", "┗━╸"),
    "3": ("┏━┓", " ━┫", "┗━┛"),
    "4": ("╻ ╻", "┗━┫", "  ╹"),
    "5": ("┏━╸", "┗━┓", "┗━┛"),
    "6": ("┏━╸", "┣━┓", "┗━┛"),
    "7": ("┏━┓", "  ┃", "  ╹"),
    "8": ("┏━┓", "┣━┫", "┗━┛"),
    "9": ("┏━┓", "┗━┫", "╺━┛"),
}
BIG = 4
"""Lines of the big form: the headings and three lines of digits."""


def big_number(number: int) -> tuple[str, str, str]:
    """A number in digits of three lines and three cells.

    >>> print("\\n".join(big_number(47)))
    ╻ ╻┏━┓
    ┗━┫  ┃
      ╹  ╹
    """
    glyphs = [_DIGITS[digit] for digit in str(max(0, number))]
    return (
        "".join(glyph[0] for glyph in glyphs),
        "".join(glyph[1] for glyph in glyphs),
        "".join(glyph[2] for glyph in glyphs),
    )


def fitting(counts: Sequence[Count], room: int) -> tuple[list[Count], str]:
    """The counts that fit on one line whole, the most urgent first, and what stands behind each.

    The gaps shrink before a count is left out; none is ever cut.
    """
    widths = [len(f" {number} {heading}") for heading, number, _ in counts]
    gap = "  " if sum(widths) + 2 * len(widths) <= room else " "
    fit = list(counts)
    while fit and sum(widths[: len(fit)]) + len(gap) * (len(fit) - 1) > room:
        fit.pop()
    return fit, gap


class CounterRow(Widget):
    """Counts side by side. What is above zero and matters is coloured; the number itself says the rest."""

    COMPONENT_CLASSES = {
        "counter-row--heading",
        "counter-row--zero",
        "counter-row--breached",
        "counter-row--critical",
        "counter-row--warning",
        "counter-row--plain",
    }
    DEFAULT_CSS = """
    CounterRow { height: 1; width: 1fr; color: $foreground; }
    CounterRow.-big { height: 4; }
    CounterRow > .counter-row--heading { text-style: dim; }
    CounterRow > .counter-row--zero { text-style: dim; }
    CounterRow > .counter-row--breached { color: $error; text-style: bold; }
    CounterRow > .counter-row--critical { color: $warning; text-style: bold; }
    CounterRow > .counter-row--warning { color: $warning; }
    CounterRow > .counter-row--plain { text-style: bold; }
    """

    def __init__(self, counts: Sequence[Count]) -> None:
        super().__init__()
        self._counts = tuple(counts)

    def show(self, counts: Sequence[Count]) -> None:
        """Show these counts; only the lines up to the last that differs are repainted."""
        fresh = tuple(counts)
        if fresh == self._counts:
            return
        changed = [i for i, pair in enumerate(zip(self._counts, fresh, strict=False)) if pair[0] != pair[1]]
        self._counts = fresh
        right = (changed[-1] + 1) * self._column if changed else self.size.width
        self.refresh(Region(0, 0, min(right, self.size.width), self.size.height))

    @property
    def _column(self) -> int:
        """Cells of one count; not wider than its eye can take in."""
        return max(8, min(18, (self.size.width - 2) // max(1, len(self._counts))))

    def on_resize(self, event: Resize) -> None:
        self.refresh()

    def _style(self, count: Count) -> str:
        return count[2] if count[1] else "counter-row--zero"

    def render_line(self, y: int) -> Strip:
        if self.size.height < BIG:
            return self._small_line()
        segments = [Segment("  ", self.rich_style)]
        for count in self._counts:
            if y == 0:
                words, style = count[0], "counter-row--heading"
            else:
                words, style = big_number(count[1])[y - 1], self._style(count)
            segments.append(Segment(fit(words, self._column), self.get_component_rich_style(style)))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)

    def _small_line(self) -> Strip:
        segments = [Segment(" ", self.rich_style)]
        counts, gap = fitting(self._counts, self.size.width - 1)
        for heading, number, style in counts:
            name = self._style((heading, number, style))
            segments.append(Segment(f" {number}", self.get_component_rich_style(name)))
            words = f" {heading.lower()}{gap}"
            segments.append(Segment(words, self.get_component_rich_style("counter-row--heading")))
        return Strip(segments).adjust_cell_length(self.size.width, self.rich_style)
