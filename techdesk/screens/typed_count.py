"""Asks for a number before something far-reaching: nobody types it by habit (UX 7.2, T3)."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from techdesk.screens.dialog import Dialog
from techdesk.text import safe_lines, safe_text


class TypedCount(Dialog[bool]):
    """True once the very number was typed and Enter pressed; everything else that leaves is no."""

    CSS_PATH = "typed_count.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", show=False)]

    def __init__(self, count: int, question: str, detail: str = "") -> None:
        super().__init__()
        self._count = count
        self._question = safe_text(question, 300)
        self._detail = safe_lines(detail, 1500)

    def compose(self) -> ComposeResult:
        with Vertical(id="typed-count"):
            yield Static(Content(self._question), id="typed-count-question")
            if self._detail:
                yield Static(Content(self._detail), id="typed-count-detail")
            field = Input(placeholder=f"type {self._count} and Enter", compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
            yield Static(Content("Esc goes back, and nothing is changed."), id="typed-count-foot")

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        typed = "".join(c for c in event.value if c.isdecimal())
        if typed and int(typed) == self._count:
            self.answer(True)
            return
        said = "Nothing was typed" if not event.value.strip() else f"That is not {self._count}"
        self.query_one("#typed-count-foot", Static).update(
            Content(f"{said}: type {self._count}, or Esc goes back.")
        )

    def action_leave(self) -> None:
        self.answer(False)
