"""Columns of text for a terminal or a pipe, with wide characters counted as two cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence


def cells(text: str) -> int:
    """Cells that a text takes: combining marks none, wide characters two."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def fitted(text: str, width: int) -> str:
    """A text in exactly ``width`` cells, cut with an ellipsis or filled with spaces."""
    taken = cells(text)
    if taken <= width:
        return text + " " * (width - taken)
    kept: list[str] = []
    room = width - 1
    for character in text:
        room -= _width(character)
        if room < 0:
            break
        kept.append(character)
    cut = "".join(kept) + "…"
    return cut + " " * (width - cells(cut))


def aligned(lines: Sequence[Sequence[str]], width: int, most: Sequence[int]) -> Iterator[str]:
    """Lines of columns, each as wide as it needs up to ``most``; the last one takes the rest of ``width``."""
    widths = [min(limit, max((cells(line[i]) for line in lines), default=0)) for i, limit in enumerate(most)]
    rest = max(20, width - sum(widths) - 2 * len(widths))
    for line in lines:
        columns = [fitted(text, size) for text, size in zip(line, widths, strict=False)]
        yield "  ".join([*columns, fitted(line[-1], rest)]).rstrip()
