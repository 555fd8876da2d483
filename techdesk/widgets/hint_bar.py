"""The line of keys at the bottom: the registry's hints, as many as the width holds."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from techdesk.widgets.one_line import OneLine, Piece

Hint = tuple[str, str]
"""A key's name, and what it does in a word."""


def fit_hints(hints: Sequence[Hint], width: int, tail: int = 2) -> list[Hint]:
    """The first hints that fit; the last ``tail`` (help and the way out) stay in any case."""

    def cells(hint: Hint) -> int:
        return cell_len(hint[0]) + cell_len(hint[1]) + 3

    tail = min(tail, len(hints))
    most, last = list(hints[: len(hints) - tail]), list(hints[len(hints) - tail :])
    left = width - sum(cells(hint) for hint in last)
    kept: list[Hint] = []
    for hint in most:
        left -= cells(hint)
        if left < 0:
            break
        kept.append(hint)
    return [*kept, *last]


class HintBar(OneLine):
    """Keys of the screen, made from the registry."""

    COMPONENT_CLASSES = {"hint-bar--key", "hint-bar--word"}
    DEFAULT_CSS = """
    HintBar { color: $foreground; }
    HintBar > .hint-bar--key { text-style: bold; color: $accent; }
    HintBar > .hint-bar--word { text-style: dim; }
    """

    def __init__(self, hints: Sequence[Hint] = ()) -> None:
        super().__init__()
        self.hints = list(hints)

    def show_hints(self, hints: Sequence[Hint]) -> None:
        """Show other keys, for instance while the limit is being typed."""
        self.hints = list(hints)
        self.show([])

    def laid_out(self, width: int) -> list[Piece]:
        self._pieces = [(" ", "")]
        for key, word in fit_hints(self.hints, width - 1):
            self._pieces += [(key, "hint-bar--key"), (f" {word}  ", "hint-bar--word")]
        return super().laid_out(width)
