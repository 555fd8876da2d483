"""Canned replies, those of the settings and the policy's: the picker, and how one gets into a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from techdesk.actions.filling import values_of
from techdesk.model import OperationKind
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
    """Gives the name of one of the texts, in their order; each with its first words, and found by them."""
    choices = [
        Choice(
            id=each.id, label=safe_text(each.title, 80), detail=safe_text(" ".join(each.text.split()), 200)
        )
        for each in texts.values()
    ]
    return Pick("Canned reply", choices, placeholder="type to find a text")


class CannedReplies:
    """Mixed into the composer."""

    if TYPE_CHECKING:
        app: App[Any]
        query_one: Any
        _writing: Writing
        _kind: OperationKind
        _ticket: int | None
        _view: TicketView | None

        @property
        def workbench(self) -> Workbench: ...
        def say(self, words: str, *, passing: bool = False) -> None: ...
        def edit(self) -> None: ...

    def action_canned(self) -> None:
        """Put a canned reply in at the cursor; the policy's words are for customers, not for notes."""
        from techdesk.actions.policy_words import filled_words, offered

        customer = self._kind is not OperationKind.COMMENT and self._ticket is not None
        standing = self.workbench.standing(self._ticket) if customer else None
        texts = offered(self.workbench.replies, standing[0].policy if standing is not None else None)
        if self.query_one(FinishBar).is_open:
            self.edit()
        if not texts:
            self.say("There are no canned replies yet: add [replies.NAME] to the settings file.")
            return

        def chosen(name: str | None) -> None:
            if name is not None and name in texts:
                values = values_of(self._view, self.workbench.me)
                filled = filled_words(texts[name], values, standing, self.workbench.clock.now())
                self._put_in(filled.text)
                if filled.unknown:
                    gaps = ", ".join(f"{{{each}?}}" for each in filled.unknown)
                    self.say(f"Nothing is known for {gaps}: it stands marked in the text.")
            self._writing.focus()

        self.app.push_screen(canned_picker(texts), chosen)

    def _put_in(self, text: str) -> None:
        """At the cursor; a text of several lines never runs on in a line that is written already."""
        writing = self._writing
        row, column = writing.cursor_location
        line = writing.document.get_line(row)
        if "\n" in text:
            text = ("\n\n" if line[:column].strip() else "") + text
            text += "\n\n" if line[column:].strip() else ""
        writing.insert(text)
