"""Text cut, padded and wrapped by terminal cells, and lines of styled words made into strips.

A cell is what a terminal counts in: 電 takes two, a combining mark none. Everything here takes text that the
store has already made safe (``techdesk.text``); a line becomes a ``Strip`` from plain text and names of
component classes only, so nothing that a stranger wrote is ever read as markup or as a colour.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size, split_graphemes
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

Words: TypeAlias = tuple[str, str]
"""Plain text, and the component class that paints it; an empty name is the widget's own style."""
Line: TypeAlias = tuple[Words, ...]

ELLIPSIS = "…"


def fit(text: str, width: int) -> str:
    """Exactly ``width`` cells: padded with spaces, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if text.isascii() and text.isprintable():  # one cell each, and most of what is ever shown
        return text.ljust(width) if len(text) <= width else text[: width - 1] + ELLIPSIS
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    if width == 1:
        return ELLIPSIS
    return set_cell_size(text, width - 1) + ELLIPSIS


def cut(text: str, width: int) -> str:
    """At most ``width`` cells, an ellipsis where something is missing; never padded."""
    return text if cell_len(text) <= width else fit(text, width).rstrip(" ") if width > 0 else ""


def length(line: Line) -> int:
    """Cells that a line takes."""
    return sum(cell_len(text) for text, _ in line)


def wrap(text: str, width: int) -> list[str]:
    """One paragraph as lines of at most ``width`` cells, broken at spaces; a longer word is broken anywhere.

    Leading spaces are kept (quoted code, tables); the spaces at a break are not. Takes time in proportion to
    the text, whatever stands in it.
    """
    width = max(2, width)
    cells = cell_len(text)
    if cells <= width:
        return [text.rstrip(" ")]
    if cells == len(text) and text.isprintable() and not _NOT_ONE_CELL.search(text):
        edges: Sequence[int] = range(len(text) + 1)
        sizes = None
    else:
        spans, _ = split_graphemes(text)
        edges = [start for start, _, _ in spans] + [len(text)]
        # Joiners with nothing before them are counted differently alone and within a text: the larger counts.
        sizes = [max(size, cell_len(text[start:end])) for start, end, size in spans]
    return list(_wrapped(text, width, edges, sizes))


_NOT_ONE_CELL = re.compile("[^ -\u02ff\u0370-\u0482\u048a-\u052f]")
"""Outside Latin, Greek and Cyrillic a character may have two cells, or none: a text of as many cells as
characters may still have both."""


def _wrapped(text: str, width: int, edges: Sequence[int], sizes: Sequence[int] | None) -> Iterator[str]:
    """``edges``: where each grapheme begins, and the end; ``sizes``: their cells, None where all have one."""
    count = len(edges) - 1
    first = 0
    while first < count:
        last = min(first + width, count) if sizes is None else _fitting(sizes, first, width)
        if last == count:
            yield text[edges[first] :].rstrip(" ")
            return
        begin, end = edges[first], edges[last]
        if text[end] != " ":
            space = text.rfind(" ", begin, end)
            index = bisect_left(edges, space) if space > begin else first
            # A break at the indent would only make an empty line; a space inside a grapheme is none.
            if edges[index] == space and text[begin:space].strip(" "):
                end, last = space, index
        yield text[begin:end].rstrip(" ")
        first = last
        # A space that carries a mark is a character of its own.
        while first < count and text[edges[first] : edges[first + 1]] == " ":
            first += 1


def _fitting(sizes: Sequence[int], first: int, width: int) -> int:
    """The grapheme after the last one that fits on a line; at least one is taken."""
    used = 0
    for index in range(first, len(sizes)):
        used += sizes[index]
        if used > width:
            return max(index, first + 1)
    return len(sizes)


def wrap_all(text: str, width: int) -> list[str]:
    """The same for a body of several paragraphs."""
    return [line for paragraph in text.split("\n") for line in wrap(paragraph, width)]


def wrap_items(items: Sequence[Line], width: int, gap: int = 3) -> list[Line]:
    """Items laid one after another, ``gap`` spaces between them, on as many lines as they need.

    An item is never broken; one that is wider than a whole line is cut when it is painted.
    """
    lines: list[Line] = []
    current: list[Words] = []
    used = 0
    for item in items:
        size = length(item)
        if not size:
            continue
        if current and used + gap + size > width:
            lines.append(tuple(current))
            current, used = [], 0
        elif current:
            current.append((" " * gap, ""))
            used += gap
        current.extend(item)
        used += size
    if current:
        lines.append(tuple(current))
    return lines


def paint(widget: Widget, line: Line, width: int, base: str = "") -> Strip:
    """A line as a strip of exactly ``width`` cells in the widget's component styles.

    ``base`` names the component class under the whole line: its background, and the colour of the words
    that have no style of their own.
    """
    # visual_style is kept by Textual, rich_style is worked out each time.
    ground = widget.get_component_rich_style(base) if base else widget.visual_style.rich_style
    segments: list[Segment] = []
    room = width
    for text, name in line:
        if room <= 0:
            break
        size = cell_len(text)
        if size > room:
            text, size = fit(text, room), room
        style = ground + widget.get_component_rich_style(name, partial=True) if name else ground
        segments.append(Segment(text, style))
        room -= size
    if room > 0:
        segments.append(Segment(" " * room, ground))
    return Strip(segments, width)


def both_ends(left: Line, right: Line, width: int, keep: int = 8) -> Line:
    """``left`` and ``right`` at the two ends of a line; where they do not fit, the left one is cut, and the
    right one goes when fewer than ``keep`` cells would be left for the left one."""
    wanted = length(right)
    if width - wanted - 1 < keep:
        right, wanted = (), 0
    room = width - wanted - (1 if right else 0)
    cropped: list[Words] = []
    for text, name in left:
        if room <= 0:
            break
        text = cut(text, room)
        cropped.append((text, name))
        room -= cell_len(text)
    gap = width - length(tuple(cropped)) - wanted
    return (*cropped, (" " * max(0, gap), ""), *right)
