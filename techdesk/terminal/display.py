"""What a terminal is to show and what it shows; gives out the least that it has to be sent.

Also what is sent besides pictures (bells, titles, modes), kept in order for a terminal that does not read,
and what is done with a sequence that nobody here knows: it is passed on, and nothing counts as shown then.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from techdesk.terminal.grid import UNKNOWN, Grid, pen_parts, sure_of_widths
from techdesk.terminal.paint import Painter, move

WHOLE = 512
"""Bytes of a difference from which it is marked as one picture (mode 2026); less arrives whole anyway."""
HELD = 512 * 1024
"""Characters kept for a terminal that does not read, besides the newest picture: bells, titles, clipboard."""

_HARMLESS = re.compile("\x07|\x1b[]P]|\x1b\\[[?<>=][0-9;]*\\$?[A-Za-z]")
"""What changes no cell: bell, strings for the terminal (title, clipboard), modes and questions."""
_ALTERNATE, _CLEAR, _BELL = "\x1b[?1049h", "\x1b[2J", "\x07"
_SHOW, _HIDE = "\x1b[?25h", "\x1b[?25l"
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"

_Place = tuple[int, int]
"""Line and column."""


class Display:
    """One terminal's picture."""

    def __init__(self, draw_again: Callable[[], None]) -> None:
        """``draw_again`` asks whoever draws for the whole picture: a part of it was thrown away."""
        self.marks = False
        """Whether the terminal knows marks around a picture."""
        self._draw_again = draw_again
        self._wanted = Grid(0, 0, text=UNKNOWN)
        self._painter = Painter(0, 0)
        self._painting = False
        self._cleared = False
        """Whether the terminal is to be cleared and painted anew with the next difference."""
        self._first = ""
        """The first frame of all: it goes out as it is, and is read into cells afterwards, so that the first
        picture is not kept waiting for that."""
        self._first_sent = self._begun = False
        self._controls: list[str] = []
        self._held = 0
        self._left_at: _Place = (0, 0)
        """Where the last frame left the cursor: where somebody writes, if anybody does."""
        self._cursor: _Place | None = None
        """Where the terminal's own cursor is on show."""

    def enter(self) -> None:
        """The terminal is ours, and its cursor hidden; whatever it shows is painted over."""
        self._painting = self._cleared = True
        self._cursor = None

    def leave(self) -> None:
        """Paint no more; only controls go out, the first of them a pen as others expect it."""
        if self._painting:
            self._hold("\x1b[m")
        self._painting = False

    def lost(self) -> None:
        """The terminal may show something else than it was told; safe to call in a signal handler."""
        self._cleared = True

    def frame(self, data: str, columns: int, lines: int) -> None:
        """Take a frame for a screen of that size."""
        if (columns, lines) != (self._wanted.columns, self._wanted.lines):
            self._wanted = Grid(columns, lines, text=UNKNOWN)
            self._painter = Painter(columns, lines)
            self._cleared = True
            self._first = ""
        if self._painting and not self._begun:
            self._begun = True
            if sure_of_widths(data):
                self._first = data
                return
        self._read_first()
        left_at = self._wanted.apply(data)
        if left_at is None:
            self._pass_on(data)
        else:
            self._left_at = left_at

    def _read_first(self) -> None:
        """Know the cells of the frame that went out, or is to go out, as Textual wrote it."""
        data, self._first = self._first, ""
        if data and self._wanted.apply(data) is None:
            self._forget() if self._first_sent else self._pass_on(data)
        elif data and self._first_sent:
            self._painter.adopt(self._wanted)

    def control(self, data: str) -> None:
        """Take anything else."""
        if data in (_ALTERNATE, _CLEAR):
            self._cleared = True
        if data == _CLEAR or (data == _BELL and data in self._controls):
            return  # cleared with the next difference; and one bell is as good as two
        if _HARMLESS.match(data):
            self._hold(data)
        else:
            self._pass_on(data)

    def _pass_on(self, data: str) -> None:
        """Send it as it is: nobody knows what it does, so nothing is known of the screen."""
        self._read_first()
        self._forget()
        if not self._hold(data):
            self._draw_again()

    def _forget(self) -> None:
        self._wanted = Grid(self._wanted.columns, self._wanted.lines, text=UNKNOWN)
        self._painter.forget()

    def _hold(self, data: str) -> bool:
        """Keep it until the terminal takes it; False when too much is kept already. Modes are always kept:
        they are few and short, and the shell needs them set back."""
        if self._held + len(data) > HELD and not data.startswith("\x1b[?"):
            return False
        self._controls.append(data)
        self._held += len(data)
        return True

    def more(self, *, writing: bool) -> str:
        """What the terminal is to be sent now; empty when there is nothing. ``writing``: whether a place for
        text has the focus."""
        out = "".join(self._controls)
        self._controls.clear()
        self._held = 0
        return out + self._difference(writing=writing) if self._painting else out

    def _difference(self, *, writing: bool) -> str:
        clear = ""
        if self._cleared and self._wanted.lines:
            self._cleared = False
            clear = "\x1b[m\x1b[2J"
            if self._first and not self._first_sent:
                self._painter = Painter(self._wanted.columns, self._wanted.lines)
                self._first_sent = True
                return f"{_BEGIN}{clear}{self._first}{_END}" if self.marks else clear + self._first
            self._read_first()
            self._painter = Painter(self._wanted.columns, self._wanted.lines)
            self._wanted.touch_all()
        cursor, before = self._drawn_cursor() if writing else None, self._cursor
        if cursor != before:
            lines = (place[0] for place in (cursor, before) if place is not None)
            self._wanted.touched.update(line for line in lines if line < self._wanted.lines)
        if not self._wanted.touched:
            return clear
        picture = clear + self._painted(cursor)
        self._cursor = cursor
        shown = before is not None
        if shown and (cursor is None or len(picture) > WHOLE):
            picture, shown = _HIDE + picture, False  # else it would be seen running about
        if cursor is not None and (picture or cursor != before):
            picture += move(-1, -1, *cursor) + ("" if shown else _SHOW)
        return f"{_BEGIN}{picture}{_END}" if self.marks and len(picture) > WHOLE else picture

    def _painted(self, cursor: _Place | None) -> str:
        """The difference; a cursor that is drawn gives way to the terminal's own, which screen readers,
        braille lines and input methods follow."""
        if cursor is None:
            return self._painter.difference(self._wanted)
        line, column = cursor
        text, styles = self._wanted.text[line], self._wanted.style[line]
        kept = styles[:]
        for x in (column, column + 1):
            if x == column or text[x : x + 1] == [""]:
                styles[x] = ""  # in colours of its own, the terminal's cursor might not be seen on it
        try:
            return self._painter.difference(self._wanted)
        finally:
            styles[:] = kept

    def _drawn_cursor(self) -> _Place | None:
        """Where a cursor is drawn, as a reversed cell; None where there is none, as when it blinks."""
        line, column = self._left_at
        if line >= self._wanted.lines:
            return None
        # At the end of its text Textual's Input says one column too many.
        for x in (column, column - 1):
            if 0 <= x < self._wanted.columns and "7" in pen_parts(self._wanted.style[line][x])[0]:
                return line, x
        return None
