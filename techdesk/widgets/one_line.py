"""A line of styled pieces that repaints no more than what changed in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

Piece = tuple[str, str]
"""Text, and the component class that it is drawn in (empty for the line's own style)."""


def fitted(pieces: Sequence[Piece], width: int) -> list[Piece]:
    """The pieces cut to exactly ``width`` cells, or filled up to it with blanks."""
    left = width
    out: list[Piece] = []
    for text, style in pieces:
        if left <= 0:
            break
        cells = cell_len(text)
        if cells > left:
            text, cells = set_cell_size(text, left), left
        out.append((text, style))
        left -= cells
    if left > 0:
        out.append((" " * left, ""))
    return out


def spread(left: Sequence[Piece], right: Sequence[Piece], width: int) -> list[Piece]:
    """``left`` from the left edge and ``right`` at the right edge; the left one gives way."""
    right_cells = sum(cell_len(text) for text, _ in right)
    if right_cells >= width:
        return fitted(left, width)
    return [*fitted(left, width - right_cells), *right]


def changed_to(old: Sequence[Piece], new: Sequence[Piece]) -> int:
    """Cells from the left edge up to the last difference; 0 when the two look the same.

    Textual sends a region again from the widget's left edge, so only the right end can be spared.
    """
    if list(old) == list(new):
        return 0
    old_cells = [(c, s) for text, s in old for c in text]
    new_cells = [(c, s) for text, s in new for c in text]
    last = 0
    for index, (before, after) in enumerate(zip_longest(old_cells, new_cells)):
        if before != after:
            last = index + 1
    return max(
        cell_len("".join(c for c, _ in old_cells[:last])), cell_len("".join(c for c, _ in new_cells[:last]))
    )


class OneLine(Widget):
    """Base of the bars. A subclass says ``pieces``; ``show`` repaints the changed part only."""

    DEFAULT_CSS = """
    OneLine { height: 1; width: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[Piece] = []
        self._shown: list[Piece] = []

    def show(self, pieces: Sequence[Piece]) -> None:
        """Show these pieces; nothing is repainted when they are what is shown already."""
        self._pieces = list(pieces)
        if not self.size.width:
            if self._shown:  # hidden since it was painted: what it was must not come back with it
                self._shown = []
                self.refresh()
            return
        fresh = self.laid_out(self.size.width)
        cells = changed_to(self._shown, fresh)
        if cells:
            self._shown = fresh
            self.refresh(Region(0, 0, min(cells, self.size.width), 1))

    @property
    def text(self) -> str:
        """What the line says, without its padding."""
        return "".join(text for text, _ in self._pieces)

    def laid_out(self, width: int) -> list[Piece]:
        """The pieces for a line of this width; a subclass may drop or spread some."""
        return fitted(self._pieces, width)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y:
            return Strip.blank(width, self.rich_style)
        self._shown = self.laid_out(width)
        plain = self.rich_style
        return Strip(
            [
                Segment(text, self.get_component_rich_style(style) if style else plain)
                for text, style in self._shown
            ],
            width,
        )
