"""Marks that leave a list by themselves between two keys, counted together: nobody has looked in between."""

from __future__ import annotations

from collections.abc import Sequence

NAMED = 3
"""Tickets that are named by their numbers when they are gone."""


class MarksLeft:
    """How many left since the last key: those whose tickets are gone, and those that stay out of sight."""

    def __init__(self) -> None:
        self._stay = 0
        self._gone: list[str] = []
        self.said = ""
        """The sentence that told of it last."""

    @property
    def count(self) -> int:
        """All of them."""
        return self._stay + len(self._gone)

    def stay(self, count: int) -> str:
        """So many more left the view; the sentence that tells of all."""
        self._stay += count
        marks = "1 mark" if self._stay == 1 else f"{self._stay:,} marks"
        self.said = f"{marks} left the view, and stay."
        return self.said

    def gone(self, count: int, numbers: Sequence[str]) -> str:
        """The tickets of so many more are gone, with numbers of the first of them; the sentence for all."""
        self._gone += [*numbers, *[""] * (count - len(numbers))]
        named = [number for number in self._gone[:NAMED] if number]
        names = f" ({', '.join(named)}{' …' if len(self._gone) > len(named) else ''})" if named else ""
        tickets = "1 marked ticket is" if len(self._gone) == 1 else f"{len(self._gone):,} marked tickets are"
        self.said = f"{tickets} gone{names}."
        return self.said
