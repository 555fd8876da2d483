"""What may stand at the cursor of a line that is typed, in one line under it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len

from techdesk.widgets.cells import cut
from techdesk.widgets.one_line import OneLine, Piece, fitted

_LONGEST = 24
"""Cells of one candidate; a name that is longer is cut."""


class Offer(Struct, frozen=True):
    """One candidate, and the line as it would be with it. Every text is plain and already safe."""

    shown: str
    words: str
    """What it stands for; shown for the one that would be taken."""
    text: str
    cursor: int


class Candidates(OneLine):
    """The candidates side by side, the one that Tab takes first and marked; not there without any."""

    COMPONENT_CLASSES = {"candidates--key", "candidates--current", "candidates--words", "candidates--quiet"}
    DEFAULT_CSS = """
    Candidates { height: 1; display: none; color: $foreground; }
    Candidates > .candidates--key { text-style: dim; }
    Candidates > .candidates--current { text-style: bold reverse; }
    Candidates > .candidates--words { color: $accent; }
    Candidates > .candidates--quiet { text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._offers: tuple[Offer, ...] = ()
        self._first = 0

    @property
    def current(self) -> Offer | None:
        """The one that would be taken."""
        return self._offers[self._first] if self._offers else None

    def show_offers(self, offers: Sequence[Offer]) -> None:
        """Show these, from the first."""
        self._offers, self._first = tuple(offers), 0
        self.display = bool(self._offers)
        self.show([])

    def go_on(self) -> None:
        """The next one is the one that would be taken; after the last, the first again."""
        if self._offers:
            self._first = (self._first + 1) % len(self._offers)
            self.show([])

    def laid_out(self, width: int) -> list[Piece]:
        offers = self._offers
        if not offers:
            return fitted([], width)
        first = offers[self._first]
        pieces: list[Piece] = [("    Tab ", "candidates--key")]
        pieces.append((f" {cut(first.shown, _LONGEST)} ", "candidates--current"))
        if first.words:
            pieces.append((f" {cut(first.words, _LONGEST)}", "candidates--words"))
        room = width - sum(cell_len(text) for text, _ in pieces)
        others = [*offers[self._first + 1 :], *offers[: self._first]]
        for place, offer in enumerate(others):
            text = f"  {cut(offer.shown, _LONGEST)}"
            left = f"  +{len(others) - place}"
            after = 0 if place == len(others) - 1 else cell_len(left)
            if cell_len(text) + after > room:
                pieces.append((left, "candidates--quiet"))
                break
            pieces.append((text, ""))
            room -= cell_len(text)
        self._pieces = pieces
        return fitted(pieces, width)
