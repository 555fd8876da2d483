"""Keeps what is pasted apart from what is typed (bracketed paste, ``CSI 200~`` to ``CSI 201~``).

Pasted bytes are data and never a key, whatever is in them: a customer's mail with an escape sequence in it,
copied into a reply, must not close a ticket.
"""

from __future__ import annotations

import re
from typing import NamedTuple

START = "\x1b[200~"
END = "\x1b[201~"
PATIENCE = 3.0
"""Seconds of silence after which a paste whose end has not come is taken as it is."""
_TYPED_AT_ONCE = 64
"""Characters in one read; nobody types more, so after a lost end they are the rest of the paste."""

_SEQUENCES = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"  # a control sequence, as of coloured program output
    "|\x1b[\\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\\\)"  # a string for the terminal
    "|\x1b[ -/]*[0-~]?"
)
_BREAKS = re.compile("\r\n?")
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def pasted_text(raw: str) -> str:
    """A paste as text: lines end in a newline, escape sequences and control characters are left out.

    >>> pasted_text("\\x1b[31mError\\x1b[0m: disk\\r\\x07full")
    'Error: disk\\nfull'
    """
    return _CONTROLS.sub("", _BREAKS.sub("\n", _SEQUENCES.sub("", raw)))


class Piece(NamedTuple):
    """Some input, in order."""

    pasted: bool
    text: str
    """Raw: of a paste, what came between its marks."""


class PasteReader:
    """Cuts input into what was typed and what was pasted."""

    def __init__(self) -> None:
        self._pasting = False
        self._lost_end = False
        self._parts: list[str] = []
        self._tail = ""

    @property
    def pasting(self) -> bool:
        """Whether a paste has begun whose end has not come."""
        return self._pasting

    def feed(self, text: str) -> list[Piece]:
        """Take what was read. The mark at the start of a paste may come in two reads: its first half is given
        out as typed, with ``pasted`` pieces after it; whoever parses keys drops what it had begun."""
        pieces: list[Piece] = []
        while text:
            text = self._in_paste(text, pieces) if self._pasting else self._in_keys(text, pieces)
        return pieces

    def _in_keys(self, text: str, pieces: list[Piece]) -> str:
        joined = self._tail + text
        start = joined.find(START)
        # An end without a start: what stands before it was pasted too. Either the paste itself held the mark
        # for its end, or its true end comes later than our patience.
        end = joined.rfind(END, 0, start if start >= 0 else len(joined))
        if end >= 0:
            self._add(pieces, pasted=True, text=joined[len(self._tail) : max(end, len(self._tail))])
            self._tail, self._lost_end = "", False
            return joined[end + len(END) :]
        if self._lost_end:
            self._lost_end = len(text) > _TYPED_AT_ONCE
            if self._lost_end and start < 0:
                self._add(pieces, pasted=True, text=text)
                return ""
        if start < 0:
            self._add(pieces, pasted=False, text=text)
            self._tail = joined[-len(START) + 1 :]
            return ""
        self._add(pieces, pasted=False, text=joined[len(self._tail) : max(start, len(self._tail))])
        self._pasting, self._tail = True, ""
        return joined[start + len(START) :]

    def _in_paste(self, text: str, pieces: list[Piece]) -> str:
        joined = self._tail + text
        end = joined.find(END)
        if end < 0:
            keep = len(END) - 1
            self._parts.append(joined[:-keep])
            self._tail = joined[-keep:]
            return ""
        # More than one end before the next start: the first ones were in what was pasted.
        following = joined.find(START, end)
        end = joined.rfind(END, end, following if following >= 0 else len(joined))
        self._parts.append(joined[:end])
        self._finish(pieces)
        return joined[end + len(END) :]

    def silence(self) -> list[Piece]:
        """Nothing has come for ``PATIENCE``: a paste without an end is given out as it is."""
        pieces: list[Piece] = []
        if self._pasting:
            self._parts.append(self._tail)
            self._finish(pieces)
            self._lost_end = True
        return pieces

    def _finish(self, pieces: list[Piece]) -> None:
        self._add(pieces, pasted=True, text="".join(self._parts).replace(END, ""))
        self._parts.clear()
        self._pasting, self._tail = False, ""

    @staticmethod
    def _add(pieces: list[Piece], *, pasted: bool, text: str) -> None:
        if text:
            pieces.append(Piece(pasted, text))
