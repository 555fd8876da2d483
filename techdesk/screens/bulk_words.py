"""The words that many customers get, written once."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from techdesk.screens.dialog import Dialog
from techdesk.work.plans import PLACEHOLDERS


class BulkWords(Dialog[str]):
    """Gives the text; None where it was left. Sending is another step: here nothing goes out."""

    CSS_PATH = "bulk_words.tcss"
    AUTO_FOCUS = "TextArea"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "take", show=False, priority=True),
        Binding("escape", "leave", show=False, priority=True),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        with Vertical(id="bulk-words-dialog"):
            yield Static(Content("What each customer is told"), id="bulk-words-title")
            area = TextArea(self._text, soft_wrap=True)
            area.cursor_blink = False
            yield area
            yield Static(
                Content(
                    f"{' '.join(PLACEHOLDERS)} are filled in for each.\n^S takes it   Esc leaves it as it was"
                ),
                id="bulk-words-foot",
            )

    def action_take(self) -> None:
        text = self.query_one(TextArea).text.strip()
        if text:
            self.answer(text)
        else:
            self.query_one("#bulk-words-foot", Static).update(
                Content("There are no words: write some, or Esc leaves it as it was.")
            )

    def action_leave(self) -> None:
        self.answer(None)
