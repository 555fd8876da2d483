"""The cells of a screen, and how a frame that Textual writes becomes cells.

A frame is cursor moves (``CSI row;column H``), pens (``CSI ... m``), hyperlinks (OSC 8), newlines and text,
nothing else. Whoever writes something else is not guessed at: ``Grid.apply`` says that it does not know.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import split_graphemes

UNKNOWN = "\0"
"""Text of a cell of which nobody knows what it shows. Never written to a terminal."""

_MOVE = re.compile("\x1b\\[([0-9]+);([0-9]+)H|\n")
_PEN = re.compile("\x1b\\[([0-9;]*)m|\x1b\\](8;[^\x07\x1b]*)(?:\x1b\\\\|\x07)")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LINK = "\x1b"
"""Between the SGR parameters and the hyperlink in a style; no parameter has it."""
_SEEN_ON_BLANKS = {"4", "7", "9", "21", "51", "52", "53"}
"""Underlined, reversed, struck through, doubly underlined, framed, encircled, overlined."""


_SURE = (
    (0x00, 0x2FF),  # Latin
    (0x370, 0x482),  # Greek, Cyrillic
    (0x48A, 0x52F),
    (0x2010, 0x2027),  # dashes, bullet, dots
    (0x2190, 0x21FF),  # arrows
    (0x2500, 0x25FF),  # lines, blocks
    (0x2605, 0x2605),  # star
    (0x3041, 0x3096),  # kana
    (0x30A1, 0x30FA),
    (0x4E00, 0x9FFF),  # Chinese characters
    (0xAC00, 0xD7A3),  # Korean syllables
)


def sure_of_widths(frame: str) -> bool:
    """Whether every character of a frame is one on whose width all terminals agree, one code point a cell."""
    return frame.isascii() or all(
        any(first <= ord(character) <= last for first, last in _SURE) for character in set(frame)
    )


@lru_cache(4096)
def pen_parts(style: str) -> tuple[frozenset[str], str, str, str]:
    """Attributes, colour, background and hyperlink of a style; ``39`` and ``49`` are the terminal's own."""
    parameters, _, link = style.partition(_LINK)
    attributes: set[str] = set()
    colour, background = "39", "49"
    parts = parameters.split(";") if parameters else []
    place = 0
    while place < len(parts):
        code = parts[place]
        length = 1
        if code in ("38", "48"):
            length = 5 if parts[place + 1 : place + 2] == ["2"] else 3
            chosen = ";".join(parts[place : place + length])
            colour, background = (chosen, background) if code == "38" else (colour, chosen)
        elif code in ("", "0"):
            attributes.clear()
            colour, background = "39", "49"
        elif code == "39" or (len(code) == 2 and code[0] in "39" and code[1] < "8"):
            colour = code
        elif code == "49" or (code[:-1] in ("4", "10") and code[-1] < "8"):
            background = code
        else:
            attributes.add(code)
        place += length
    return frozenset(attributes), colour, background, link


@lru_cache(4096)
def blank_style(style: str) -> str:
    """What of a style can be seen on a space: the background, unless there is a line through it."""
    if not style:
        return ""
    attributes, _, background, link = pen_parts(style)
    if link or attributes & _SEEN_ON_BLANKS:
        return style
    return "" if background == "49" else background


Cells = tuple[tuple[str, ...], tuple[str, ...]]
"""Texts and styles, one a column. The right half of a wide character has the text ``""``."""


@lru_cache(1024)
def cells(raw: str) -> Cells | None:
    """The cells of a piece of one line that begins and ends with the default pen; None at anything else.

    Cached: most lines of a frame are lines of the frame before, perhaps elsewhere.
    """
    text: list[str] = []
    style: list[str] = []
    parameters = link = ""
    parts = _PEN.split(raw)
    for place in range(0, len(parts), 3):
        words = parts[place]
        if words:
            pen = f"{parameters}{_LINK}{link}" if link else parameters
            if words.isascii() and words.isprintable():
                text.extend(words)
            elif _CONTROL.search(words):
                return None
            else:
                _place_clusters(words, text)
            if pen and (bare := blank_style(pen)) != pen:
                style.extend([bare if cell == " " else pen for cell in text[len(style) :]])
            else:
                style.extend([pen] * (len(text) - len(style)))
        if place + 1 < len(parts):
            changed, target = parts[place + 1], parts[place + 2]
            if target is not None:
                link = "" if target.endswith(";") else target
            elif changed in ("", "0"):
                parameters = ""
            else:
                parameters = f"{parameters};{changed}" if parameters else changed
    if parameters or link:
        return None
    return tuple(text), tuple(style)


def _place_clusters(words: str, text: list[str]) -> None:
    """Append what a reader takes for one character each; the same measure as Textual's, which is rich's."""
    for start, end, width in split_graphemes(words)[0]:
        cluster = words[start:end]
        if width <= 0:
            # A mark without a base: it belongs to what stands before it, and to nothing at the very left.
            base = next((i for i in range(len(text) - 1, -1, -1) if text[i]), None)
            if base is not None:
                text[base] += cluster
            continue
        text.append(cluster)
        text.extend([""] * (width - 1))


class Grid:
    """Lines of cells."""

    __slots__ = ("columns", "lines", "style", "text", "touched")

    def __init__(self, columns: int, lines: int, *, text: str) -> None:
        """All cells with the default style and this text: a space, or ``UNKNOWN``."""
        self.columns, self.lines = columns, lines
        self.text = [[text] * columns for _ in range(lines)]
        self.style = [[""] * columns for _ in range(lines)]
        self.touched: set[int] = set()
        """Lines that were written since somebody emptied this."""

    def touch_all(self) -> None:
        """Count every line as written."""
        self.touched = set(range(self.lines))

    def apply(self, frame: str) -> tuple[int, int] | None:
        """Write a frame into the cells. Gives line and column where its cursor is left; None where the frame
        holds what this does not know, and then the cells are worth nothing."""
        line = column = done = 0
        for match in _MOVE.finditer(frame):
            start = match.start()
            if start > done:
                found = cells(frame[done:start])
                if found is None:
                    return None
                self._place(line, column, *found)
                column += len(found[0])
            done = match.end()
            row = match[1]
            if row is None:
                line, column = line + 1, 0
            else:
                line, column = int(row) - 1, int(match[2]) - 1
        if done < len(frame):
            found = cells(frame[done:])
            if found is None:
                return None
            self._place(line, column, *found)
            column += len(found[0])
        return line, column

    def _place(self, line: int, column: int, text: tuple[str, ...], style: tuple[str, ...]) -> None:
        room = self.columns - column
        if not 0 <= line < self.lines or room <= 0 or not text:
            return
        row, styles = self.text[line], self.style[line]
        end = column + min(len(text), room)
        # What a terminal does with half a wide character that is left over: it shows a blank.
        if column and row[column] == "":
            row[column - 1], styles[column - 1] = " ", blank_style(styles[column - 1])
        if end < self.columns and row[end] == "":
            row[end], styles[end] = " ", blank_style(styles[end])
        row[column:end] = text[:room]
        styles[column:end] = style[:room]
        if len(text) > room and text[room] == "":
            row[end - 1] = " "
        self.touched.add(line)
