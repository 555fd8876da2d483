"""Words looked for in a conversation: which lines have them, which is next, how they are marked."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from rich.cells import cell_len

from techdesk.widgets.cells import Words
from techdesk.widgets.choice_list import folded


class Found(Enum):
    """What came of going to a match."""

    NOTHING = "nothing"
    HERE = "here"
    WRAPPED = "wrapped"


class FoundWords:
    """The words (no case, no accents), and the match that was gone to last."""

    def __init__(self) -> None:
        self._words = ""
        self._last: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self._words)

    def seek(self, words: str) -> None:
        """Look for other words; none ends it."""
        self._words = folded(words.strip())
        self._last = None

    def stand_in(self, text: str) -> bool:
        """Whether a text has them."""
        return bool(self._words) and self._words in folded(text)

    def go(self, matches: Sequence[tuple[tuple[int, int], int]], direction: int) -> tuple[Found, int]:
        """The next (1: newer) or previous (-1) match, and its line; the newest at first.

        ``matches``: the oldest first. A match is its message and line there, and its line in the whole.
        """
        if not matches:
            return Found.NOTHING, 0
        places = [place for place, _ in matches]
        wrapped = False
        if self._last in places:
            index = places.index(self._last) + direction
            wrapped = not 0 <= index < len(places)
        else:
            index = len(places) - 1
        self._last, y = matches[index % len(matches)]
        return Found.WRAPPED if wrapped else Found.HERE, y

    def marked(self, piece: Words, style: str) -> list[Words]:
        """A piece of a line, with the words in ``style`` where it has them."""
        text, plain_style = piece
        plain = folded(text)
        if len(plain) != len(text) or self._words not in plain:
            return [piece]
        pieces: list[Words] = []
        start = 0
        while (at := plain.find(self._words, start)) >= 0:
            if at > start:
                pieces.append((text[start:at], plain_style))
            end = at + len(self._words)
            pieces.append((text[at:end], style))
            start = end
        if start < len(text) and cell_len(text[start:]):
            pieces.append((text[start:], plain_style))
        return pieces
