"""A scroll bar that is drawn again only when it looks different.

Textual draws one again for every line that is scrolled, which is a tenth of what turning a page costs. In a
list of a hundred thousand the thumb moves by an eighth of a cell once in some three hundred lines.
"""

from __future__ import annotations

from math import ceil

from textual.reactive import Reactive
from textual.scrollbar import ScrollBar

_EIGHTHS = 8
"""Steps of a cell that the thumb's ends are drawn in."""


def thumb(position: float, height: int, lines: int, shown: int) -> tuple[int, int]:
    """Where the thumb begins and ends, in eighths of a cell from the top.

    ``height``: cells of the bar; ``lines``: of the whole list; ``shown``: of them on the screen.
    """
    if not height or not 0 < shown < lines:
        return 0, 0
    size = max(1.0, shown * height / lines)
    start = int((height - size) * position / (lines - shown) * _EIGHTHS)
    return start, start + ceil(size * _EIGHTHS)


class SteadyScrollBar(ScrollBar):
    """Textual's own, upright, but for when it is drawn."""

    position: Reactive[float] = Reactive(0.0, repaint=False)

    def watch_position(self, old: float, new: float) -> None:
        """Another line is the first: draw the bar where its thumb stands elsewhere now."""
        height, lines, shown = self.size.height, ceil(self.window_virtual_size), ceil(self.window_size)
        if thumb(old, height, lines, shown) != thumb(new, height, lines, shown):
            self.refresh()
