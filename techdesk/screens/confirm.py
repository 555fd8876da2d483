"""A question with yes and no, where no is the answer to everything but yes."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from techdesk.screens.dialog import Dialog
from techdesk.text import safe_lines, safe_text


class Answer(Static, can_focus=True):
    """One of the two answers: a key, words, and a mark on the one that Enter takes."""

    def __init__(self, key: str, words: str, widget_id: str) -> None:
        super().__init__(id=widget_id)
        self._key = key
        self._words = words

    def on_mount(self) -> None:
        self._draw(False)

    def on_focus(self) -> None:
        self._draw(True)

    def on_blur(self) -> None:
        self._draw(False)

    def _draw(self, focused: bool) -> None:
        self.update(Content(f"{'>' if focused else ' '} {self._key}  {self._words} "))


class Confirm(Dialog[bool]):
    """Asks; ``y`` is yes, anything that leaves is no, Enter takes the marked answer, which is no at first.

    ``question`` names the ticket (``Close TD-10431?``); ``detail`` says what will happen, in a few lines.
    ``opened_by`` is the key that opened it: that key, still held, never means yes (UX section 1, rule 1).
    """

    CSS_PATH = "confirm.tcss"
    AUTO_FOCUS = "#confirm-no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,escape,q", "reply(False)", show=False),
        Binding("y", "reply(True)", show=False),
        Binding("enter", "take", show=False),
        Binding("left,right,up,down,tab,shift+tab,h,l", "switch", show=False),
    ]

    def __init__(
        self,
        question: str,
        detail: str = "",
        yes_label: str = "Yes",
        *,
        no_label: str = "No",
        opened_by: str = "",
    ) -> None:
        super().__init__()
        self._question = safe_text(question, 300)
        self._detail = safe_lines(detail, 1500)
        self._yes_label = safe_text(yes_label, 60)
        self._no_label = safe_text(no_label, 60)
        self._opened_by = opened_by

    def compose(self) -> ComposeResult:
        with Vertical(id="confirm"):
            yield Static(Content(self._question), id="confirm-question")
            if self._detail:
                yield Static(Content(self._detail), id="confirm-detail")
            with Horizontal(id="confirm-answers"):
                yield Answer("n", self._no_label, "confirm-no")
                yield Answer("y", self._yes_label, "confirm-yes")

    def on_resize(self, event: events.Resize) -> None:
        # The answers are always on the screen, whatever the detail says.
        for detail in self.query("#confirm-detail"):
            detail.styles.max_height = max(1, event.size.height - 12)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action == "reply" and parameters == (True,) and self._opened_by == "y")

    def action_reply(self, yes: bool) -> None:
        self.answer(yes)

    def action_take(self) -> None:
        self.answer(self._on_yes and self._opened_by != "enter")

    def action_switch(self) -> None:
        self.query_one("#confirm-no" if self._on_yes else "#confirm-yes").focus()

    @property
    def _on_yes(self) -> bool:
        return self.focused is not None and self.focused.id == "confirm-yes"

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.answer(False)
        elif event.widget is not None and event.widget.id in ("confirm-yes", "confirm-no"):
            self.answer(event.widget.id == "confirm-yes")
