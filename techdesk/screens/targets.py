"""Which tickets a key acts on."""

from __future__ import annotations

from msgspec import Struct


class Targets(Struct, frozen=True, kw_only=True):
    """The tickets that an action goes to: those marked, else the one under the cursor."""

    keys: tuple[int, ...] = ()
    marked: bool = False
    """Whether they are the marks."""
    hidden: int = 0
    """How many of them the list does not show."""
