"""The least a terminal has to be sent to show one grid of cells instead of another.

Cells that differ are written with short moves and changes of the pen; lines that only moved up or down are
moved by the terminal itself (a scroll region); a blank end of a line is erased. Everything is what a VT100
knows, in the default pen where it matters, so that no terminal's idea of background colour erase can differ.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from itertools import compress
from operator import ne, or_

from rich.cells import get_character_cell_size

from techdesk.terminal.grid import UNKNOWN, Grid, blank_style, pen_parts

_NOWHERE = (-1, -1)
_GAP = 4
"""Unchanged cells between two changed ones that are cheaper written again than jumped over."""
_TAIL = 6
"""Blank cells at the end of a line from which erasing is worth its bytes."""
_BLANKS = 16
"""Changed cells of a line that become blank, from which erasing all of it first may be shorter."""
_MOVED = 3
"""Lines that must have moved alike before the terminal is asked to move them."""


@lru_cache(8192)
def pen_change(before: str, after: str) -> str:
    """The sequence that turns one pen into another."""
    old, old_colour, old_background, old_link = pen_parts(before)
    new, colour, background, link = pen_parts(after)
    if old - new:  # an attribute goes: there is no short way to take off one of them
        codes = ["0", *sorted(new)]
        codes += [code for code in (colour, background) if code not in ("39", "49")]
        if codes == ["0"]:
            codes = [""]
    else:
        codes = sorted(new - old)
        codes += [colour] if colour != old_colour else []
        codes += [background] if background != old_background else []
    sgr = f"\x1b[{';'.join(codes)}m" if codes else ""
    return sgr if link == old_link else f"{sgr}\x1b]{link or '8;;'}\x1b\\"


@lru_cache(8192)
def move(line: int, column: int, to_line: int, to_column: int) -> str:
    """The shortest way for the cursor; ``line`` is -1 where nobody knows it."""
    if to_column == 0:
        absolute = f"\x1b[{to_line + 1}H" if to_line else "\x1b[H"
    else:
        absolute = f"\x1b[{to_line + 1};{to_column + 1}H"
    if line < 0:
        return absolute
    down = to_line - line
    if down == 0:
        vertical = ""
    else:
        vertical = f"\x1b[{abs(down) if abs(down) > 1 else ''}{'B' if down > 0 else 'A'}"
    right = to_column - column
    if right == 0:
        ways = [vertical]
    elif right > 0:
        ways = [f"{vertical}\x1b[{right if right > 1 else ''}C"]
    else:
        ways = [vertical + "\b" * -right, f"{vertical}\x1b[{-right if right < -1 else ''}D"]
    if to_column == 0:
        ways.append("\r" + vertical)
    return min([*ways, absolute], key=len)


@lru_cache(2048)
def doubtful(cell: str) -> bool:
    """Whether terminals disagree on how wide this is: emoji, and characters of several code points."""
    if len(cell) > 1 or cell >= "\U0001f000":
        return True
    return "\u2300" <= cell < "\u2c00" and get_character_cell_size(cell) != 1


class Painter:
    """Knows what the terminal shows, and its pen. Position is never trusted from one frame to the next."""

    def __init__(self, columns: int, lines: int) -> None:
        """For a terminal that was just cleared with the default pen."""
        self.shown = Grid(columns, lines, text=" ")
        self._pen: str | None = ""
        self._at = _NOWHERE
        self._out: list[str] = []

    def forget(self) -> None:
        """Somebody else wrote on the terminal: every cell has to be written again."""
        self.shown = Grid(self.shown.columns, self.shown.lines, text=UNKNOWN)
        self._pen = None

    def adopt(self, wanted: Grid) -> None:
        """The touched lines of ``wanted`` are what a terminal that was cleared shows by now."""
        for y in wanted.touched:
            self.shown.text[y] = [" " if cell == UNKNOWN else cell for cell in wanted.text[y]]
            self.shown.style[y] = wanted.style[y][:]
        wanted.touched.clear()

    def difference(self, wanted: Grid) -> str:
        """What makes the terminal show the touched lines of ``wanted``; from now on they count as shown."""
        self._out = []
        self._at = _NOWHERE
        lines = sorted(y for y in wanted.touched if not self._same(wanted, y))
        wanted.touched.clear()
        if len(lines) > _MOVED:
            lines = self._scroll(wanted, lines)
        for line in lines:
            self._line(wanted, line)
        return "".join(self._out)

    def _same(self, wanted: Grid, line: int) -> bool:
        return self.shown.text[line] == wanted.text[line] and self.shown.style[line] == wanted.style[line]

    # Lines that moved

    def _scroll(self, wanted: Grid, lines: list[int]) -> list[int]:
        """Let the terminal move what only moved. Gives the lines that have to be looked at."""
        places: dict[str, int] = {}
        for y, row in enumerate(self.shown.text):
            key = "".join(row[:-2])  # without the scroll bar
            places[key] = -1 if key in places else y
        moves: list[tuple[int, int]] = []
        for y in lines:
            old = places.get("".join(wanted.text[y][:-2]), -1)
            if old >= 0 and old != y:
                moves.append((y, old - y))
        if not moves:
            return lines
        (by, count), *_ = Counter(step for _, step in moves).most_common(1)
        moved = [y for y, step in moves if step == by]
        top, bottom = min(*moved, *(y + by for y in moved)), max(*moved, *(y + by for y in moved))
        region = range(top, bottom + 1)
        disturbed = sum(1 for y in region if y not in lines)
        if count < _MOVED or count <= disturbed + abs(by) // 4 or not self._known(wanted, region):
            return lines
        self._move_lines(top, bottom, by)
        return sorted(y for y in {*lines, *region} if not self._same(wanted, y))

    def _known(self, wanted: Grid, region: range) -> bool:
        return all(UNKNOWN not in grid.text[y] for grid in (wanted, self.shown) for y in region)

    def _move_lines(self, top: int, bottom: int, by: int) -> None:
        self._set_pen("")
        count = abs(by)
        start = f"\x1b[{bottom + 1}H" + "\n" * count if by > 0 else f"\x1b[{top + 1}H" + "\x1bM" * count
        self._out.append(f"\x1b[{top + 1};{bottom + 1}r{start}\x1b[r")
        self._at = _NOWHERE
        columns = self.shown.columns
        for rows, blank in ((self.shown.text, " "), (self.shown.style, "")):
            fresh = [[blank] * columns for _ in range(count)]
            kept = rows[top : bottom + 1]
            rows[top : bottom + 1] = [*kept[count:], *fresh] if by > 0 else [*fresh, *kept[:-count]]

    # One line

    def _line(self, wanted: Grid, y: int) -> None:
        text, style = wanted.text[y], wanted.style[y]
        old_text, old_style = self.shown.text[y], self.shown.style[y]
        changed = _changed(text, style, old_text, old_style)
        if _distrust(text, old_text, changed):
            changed = _changed(text, style, old_text, old_style)
        blanks = sum(1 for x in changed if text[x] == " " and not style[x])
        before = (len(self._out), self._at, self._pen)
        self._cells(text, style, y, changed)
        if blanks >= _BLANKS and UNKNOWN not in text:
            plain = self._out[before[0] :]
            after = (self._at, self._pen)
            del self._out[before[0] :]
            _, self._at, self._pen = before
            self._erased(wanted, y, changed[0] if changed else 0)
            if sum(map(len, self._out[before[0] :])) >= sum(map(len, plain)):
                self._out[before[0] :] = plain
                self._at, self._pen = after
        # What Textual has not said yet stays as it is on the terminal.
        if UNKNOWN in text:
            pairs = list(zip(text, style, old_text, old_style, strict=True))
            self.shown.text[y] = [old if new == UNKNOWN else new for new, _, old, _ in pairs]
            self.shown.style[y] = [old if new == UNKNOWN else pen for new, pen, _, old in pairs]
        else:
            self.shown.text[y], self.shown.style[y] = text[:], style[:]

    def _cells(self, text: list[str], style: list[str], y: int, changed: list[int]) -> None:
        """Write those cells; takes the ones that are better erased out of ``changed``."""
        erase = self._blank_end(text, style, changed)
        place = 0
        while place < len(changed):
            first = last = changed[place]
            place += 1
            # The neighbour first: of a page that turns nearly every cell is one.
            while place < len(changed) and (
                changed[place] == last + 1 or self._joined(text, style, last, changed[place])
            ):
                last = changed[place]
                place += 1
            while first and text[first] == "":
                first -= 1
            while last + 1 < len(text) and text[last + 1] == "":
                last += 1
            self._write(text, style, y, first, last)
        if erase is not None:
            self._go(y, erase)
            self._set_pen("")
            self._out.append("\x1b[K")

    def _erased(self, wanted: Grid, y: int, first: int) -> None:
        """Erase the line from there, and write what is not blank."""
        text, style, old = wanted.text[y], wanted.style[y], self.shown.text[y]
        while first and (text[first] == "" or old[first] == ""):
            first -= 1
        self._go(y, first)
        self._set_pen("")
        self._out.append("\x1b[K")
        rest = range(first, len(text))
        self._cells(text, style, y, [x for x in rest if text[x] != " " or style[x]])

    @staticmethod
    def _blank_end(text: list[str], style: list[str], changed: list[int]) -> int | None:
        """Column from which to erase, taken out of ``changed``; None where that is not worth it."""
        if len(changed) <= _TAIL or text[-1] != " " or style[-1]:
            return None
        end = len(text)
        while end and text[end - 1] == " " and not style[end - 1]:
            end -= 1
        count = len(changed)
        while count and changed[count - 1] >= end:
            count -= 1
        if len(changed) - count <= _TAIL:
            return None
        erase = changed[count]
        del changed[count:]
        return erase

    @staticmethod
    def _joined(text: list[str], style: list[str], last: int, following: int) -> bool:
        """Whether the cells between two changed ones are written with them: few, and in the same pen."""
        if following - last - 1 > _GAP:
            return False
        between = "".join(text[last + 1 : following])
        if len(between) != following - last - 1 or not (between.isascii() and between.isprintable()):
            return False
        pen = style[last]
        for x in range(last + 1, following):
            if style[x] != pen and not _fits(text[x], style[x], pen):
                return False
        return True

    def _write(self, text: list[str], style: list[str], y: int, first: int, last: int) -> None:
        x = first
        plain = "".join(text[first : last + 1]).isascii()
        while x <= last:
            self._go(y, x)
            pen = self._pen
            if pen is None or not _fits(text[x], style[x], pen):
                pen = style[x]
                self._set_pen(pen)
            end = x + 1
            sure = True
            while end <= last and (style[end] == pen or _fits(text[end], style[end], pen)):
                if not plain and doubtful(text[end - 1]):
                    break
                end += 1
            before = end - 1
            while before > x and text[before] == "":
                before -= 1
            if not plain and doubtful(text[before]):
                while end <= last and text[end] == "":
                    end += 1
                sure = False
            self._out.append("".join(text[x:end]))
            # In the last column a terminal may or may not have gone on, and of an emoji nobody knows.
            self._at = (y, end) if sure and end < len(text) else _NOWHERE
            x = end

    def _go(self, y: int, x: int) -> None:
        if self._at != (y, x):
            self._out.append(move(*self._at, y, x))
            self._at = (y, x)

    def _set_pen(self, style: str) -> None:
        if self._pen is None:
            self._out.append("\x1b]8;;\x1b\\\x1b[m" if "\x1b" in style else "\x1b[m")
            self._pen = ""
        if self._pen != style:
            self._out.append(pen_change(self._pen, style))
            self._pen = style


def _fits(text: str, style: str, pen: str) -> bool:
    """Whether a cell looks right when it is written in that pen."""
    return style == pen or (text == " " and style == blank_style(pen))


def _changed(text: list[str], style: list[str], old_text: list[str], old_style: list[str]) -> list[int]:
    """Columns of the cells that have to be written."""
    differs = map(or_, map(ne, text, old_text), map(ne, style, old_style))
    changed = list(compress(range(len(text)), differs))
    return [x for x in changed if text[x] != UNKNOWN] if UNKNOWN in text else changed


def _distrust(new: list[str], old: list[str], changed: list[int]) -> bool:
    """Around a character of doubtful width that comes or goes nobody knows what the terminal shows: it may
    have spilt over its neighbours, or blanked them. Whether there is one; then ``old`` says so."""
    found = False
    for x in changed:
        for cell in (new[x], old[x]):
            if not cell.isascii() and doubtful(cell):
                start, end = max(0, x - 1), min(len(old), x + 2 + 2 * len(cell))
                old[start:end] = [UNKNOWN] * (end - start)
                found = True
    return found
