"""Canned replies: the picker, and how one gets into a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from techdesk.actions.filling import fill, values_of
from techdesk.screens.pick import Choice, Pick
from techdesk.screens.writing import FinishBar
from techdesk.text import safe_text

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.actions.workbench import Workbench
    from techdesk.config.macros import Canned
    from techdesk.screens.writing import Writing
    from techdesk.store.rows import TicketView


def canned_picker(texts: Mapping[str, Canned]) -> Pick:
    """Gives the name of a canned reply; each is shown with its first words, and found by them."""
    choices = [
        Choice(
            id=each.id, label=safe_text(each.title, 80), detail=safe_text(" ".join(each.text.split()), 200)
        )
        for each in sorted(texts.values(), key=lambda each: each.title.casefold())
    ]
    return Pick("Canned reply", choices, placeholder="type to find a text")


class CannedReplies:
    """Mixed into the composer."""

    if TYPE_CHECKING:
        app: App[Any]
        query_one: Any
        _writing: Writing
        _view: TicketView | None

        @property
        def workbench(self) -> Workbench: ...
        def say(self, words: str, *, passing: bool = False) -> None: ...
        def edit(self) -> None: ...

    def action_canned(self) -> None:
        """Put a canned reply in at the cursor."""
        texts = self.workbench.replies
        if self.query_one(FinishBar).is_open:
            self.edit()
        if not texts:
            self.say("There are no canned replies yet: add [replies.NAME] to the settings file.")
            return

        def chosen(name: str | None) -> None:
            if name is not None and name in texts:
                filled = fill(texts[name].text, values_of(self._view, self.workbench.me))
                self._writing.insert(filled.text)
                if filled.unknown:
                    gaps = ", ".join(f"{{{each}?}}" for each in filled.unknown)
                    self.say(f"Nothing is known for {gaps}: it stands marked in the text.")
            self._writing.focus()

        self.app.push_screen(canned_picker(texts), chosen)
