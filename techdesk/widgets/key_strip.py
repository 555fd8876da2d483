"""What may follow a key that starts a sequence, shown when the second key does not come at once."""

from __future__ import annotations

from collections.abc import Sequence

from textual.timer import Timer

from techdesk.widgets.one_line import OneLine, Piece

DELAY = 0.4
"""Seconds before the choices are shown: who knows the sequence never sees them."""


class KeyStrip(OneLine):
    """One line over the hint bar; hidden until a first key has waited for ``DELAY``."""

    COMPONENT_CLASSES = {"key-strip--key", "key-strip--word"}
    DEFAULT_CSS = """
    KeyStrip { layer: notice; dock: bottom; display: none; text-style: reverse; }
    KeyStrip > .key-strip--key { text-style: bold reverse; }
    KeyStrip > .key-strip--word { text-style: reverse; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._timer: Timer | None = None

    def offer(self, first: str, choices: Sequence[tuple[str, str]]) -> None:
        """Start waiting for one of ``choices`` (key, words) after ``first``."""
        self.withdraw()
        pieces: list[Piece] = [(f" {first} … ", "key-strip--key")]
        for key, words in choices:
            pieces += [(f" {key} ", "key-strip--key"), (f"{words} ", "key-strip--word")]
        self._pieces = pieces
        self._timer = self.set_timer(DELAY, self._appear, name="key strip")

    def withdraw(self) -> None:
        """Forget the first key."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self.display = False

    def _appear(self) -> None:
        self.display = True
        self.refresh()
