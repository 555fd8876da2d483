"""A picture put together from the lines that changed, not from every line of every widget.

Where two lines of a list differ, Textual asks all widgets of the screen for all their lines and then takes
the two: at a key that moves a cursor that is a third of the work.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class LinesCompositor(Compositor):
    """Textual's, but it asks for no line above or below the regions that are painted again."""

    def _get_renders(self, crop: Region | None = None) -> Iterable[tuple[Region, Region, list[Strip]]]:
        """Region, clip and lines of each widget that has some within ``crop``; None is the whole screen."""
        rows = self.size.region if crop is None else Region(0, crop.y, self.size.width, crop.height)
        for widget, (region, clip) in self.visible_widgets.items():
            seen = clip.intersection(rows)
            shown = region.intersection(seen)
            if shown:
                yield region, seen, widget.render_lines(shown.translate(-region.offset))
