"""Choose one of several things from the keyboard: an owner, a priority, a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from techdesk.screens.dialog import Dialog
from techdesk.text import safe_text
from techdesk.widgets.cells import wrap
from techdesk.widgets.choice_list import NOTHING, SHOWN, Choice, ChoiceList

__all__ = ["Choice", "Pick"]

_EDGES = 6
"""Lines that the frame, the field and the foot take."""
_WHOLE = 7
"""Lines at most for the whole of a choice whose line is cut."""


class Pick(Dialog[str]):
    """Shows choices, narrows them as one types, and gives the id of the one chosen; None when left.

    With ``typed=False`` there is no text field: a choice's ``hint_key`` takes it at once.
    """

    CSS_PATH = "pick.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("enter", "take", show=False),
        Binding("up,shift+tab", "move(-1)", show=False),
        Binding("down,tab,ctrl+n", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    def __init__(
        self,
        title: str,
        choices: Sequence[Choice],
        *,
        typed: bool = True,
        initial: str = "",
        current: str = "",
        offer: Callable[[str], Choice | None] | None = None,
        placeholder: str = "type to find",
        nothing: str = NOTHING,
    ) -> None:
        """``title``: plain words. ``current``: id under the cursor at first. ``offer``: makes one more choice
        from what is typed (a new e-mail address), or none. ``nothing``: said where what is typed makes none
        and fits none, with what would."""
        super().__init__()
        self._title = safe_text(title)
        self._choices = tuple(choices)
        self._typed = typed
        self._initial = initial
        self._current = current
        self._offer = offer
        self._placeholder = placeholder
        self._nothing = nothing

    def compose(self) -> ComposeResult:
        with Vertical(id="pick") as dialog:
            dialog.border_title = Content(self._title)
            if self._typed:
                field = Input(
                    self._initial, placeholder=self._placeholder, compact=True, select_on_focus=False
                )
                field.cursor_blink = False
                yield field
            yield ChoiceList(self._choices, rows=14, nothing=self._nothing)
            yield Static(id="pick-whole")
            yield Static(id="pick-foot")

    def on_mount(self) -> None:
        choices = self.query_one(ChoiceList)
        if self._initial:
            choices.limit(self._initial, self._offered(self._initial))
        elif self._current:
            choices.go(self._current)
        self.call_after_refresh(self._fit)  # how wide the list is, is known then
        self._say_foot()

    def on_resize(self, event: events.Resize) -> None:
        self._fit()

    def _fit(self) -> None:
        """Share the height out: the list, and beneath it what the line under the cursor has no room for."""
        choices = self.query_one(ChoiceList)
        width = choices.size.width
        cut = [each for each in self._choices if choices.is_cut(each, width)] if width else []
        lines = min(_WHOLE, max((len(wrap(_whole(each), width)) for each in cut[:SHOWN]), default=0))
        whole = self.query_one("#pick-whole", Static)
        whole.display = lines > 0
        whole.styles.height = lines
        room = self.size.height - _EDGES - (lines + 1 if lines else 0)
        choices.styles.max_height = max(3, room if self._typed else room + 1)
        self._say_whole()

    def _say_whole(self) -> None:
        choices = self.query_one(ChoiceList)
        choice = choices.current
        shown = choice is not None and choices.is_cut(choice, choices.size.width)
        words = _whole(choice) if choice is not None and shown else ""
        self.query_one("#pick-whole", Static).update(Content(words))

    def _offered(self, typed: str) -> Choice | None:
        return self._offer(typed.strip()) if self._offer is not None and typed.strip() else None

    def _say_foot(self, words: str = "") -> None:
        choices = self.query_one(ChoiceList)
        self._say_whole()
        foot = self.query_one("#pick-foot", Static)
        foot.set_class(bool(words), "-refusal")
        if words:
            foot.update(Content(words))
            return
        counted = f"{choices.count} of {len(self._choices)}" if self._typed and self._choices else ""
        keys = "enter choose   esc leave"
        foot.update(Content(f"{counted}   {keys}" if counted else keys))

    @on(Input.Changed)
    def _limit(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one(ChoiceList).limit(event.value, self._offered(event.value))
        self._say_foot()

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_take()

    @on(ChoiceList.Chosen)
    def _chosen(self, event: ChoiceList.Chosen) -> None:
        event.stop()
        self._take(event.choice)

    def on_key(self, event: events.Key) -> None:
        if self._typed:
            return
        key = event.character if event.character and event.is_printable else event.key
        for choice in self._choices:
            if choice.hint_key and choice.hint_key == key:
                event.stop()
                self.query_one(ChoiceList).go(choice.id)
                self._take(choice)
                return
        if key in ("j", "k"):
            event.stop()
            self.action_move(1 if key == "j" else -1)
        elif key == "q":
            event.stop()
            self.action_leave()

    def action_move(self, lines: int) -> None:
        self.query_one(ChoiceList).move(lines, wrap=True)
        self._say_foot()

    def action_page(self, direction: int) -> None:
        self.query_one(ChoiceList).page(direction)
        self._say_foot()

    def action_take(self) -> None:
        choice = self.query_one(ChoiceList).current
        if choice is not None:
            self._take(choice)

    def _take(self, choice: Choice) -> None:
        if choice.disabled_reason:
            # Where the line is cut, the reason stands in whole between the list and this foot.
            cut = self.query_one(ChoiceList).is_cut(choice, self.query_one(ChoiceList).size.width)
            why = "the reason stands above." if cut else choice.disabled_reason
            self._say_foot(f"'{choice.label}' cannot be chosen: {why}")
            return
        self.answer(choice.id)

    def action_leave(self) -> None:
        self.answer(None)

    def on_click(self, event: events.Click) -> None:
        # A click beside the dialog leaves it, as everywhere.
        if event.widget is self:
            self.answer(None)


def _whole(choice: Choice) -> str:
    """A choice in words, as long as it is."""
    about = choice.disabled_reason or choice.detail
    return f"{choice.label}: {about}" if about else choice.label
