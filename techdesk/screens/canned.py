"""The picker of canned replies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from techdesk.screens.pick import Choice, Pick
from techdesk.text import safe_text

if TYPE_CHECKING:
    from techdesk.config.macros import Canned


def canned_picker(texts: Mapping[str, Canned]) -> Pick:
    """Gives the name of a canned reply; each is shown with its first words, and found by them."""
    choices = [
        Choice(
            id=each.id, label=safe_text(each.title, 80), detail=safe_text(" ".join(each.text.split()), 200)
        )
        for each in sorted(texts.values(), key=lambda each: each.title.casefold())
    ]
    return Pick("Canned reply", choices, placeholder="type to find a text")
