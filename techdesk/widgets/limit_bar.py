"""One line to type a limit or a word to find, and one that says what it means while it is typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from techdesk.widgets.candidates import Candidates, Offer
from techdesk.widgets.cells import cut
from techdesk.widgets.one_line import OneLine, Piece, fitted

Purpose = Literal["limit", "find", "mark", "unmark"]
_PROMPTS: dict[Purpose, str] = {
    "limit": " limit  ",
    "find": " find   ",
    "mark": " mark   ",
    "unmark": " unmark ",
}
_PROMPT = 8
"""Cells of the prompt, and of the line under it up to its words."""


class _Meaning(OneLine):
    """What is typed, in words, or where it is wrong."""

    COMPONENT_CLASSES = {"limit-bar--wrong", "limit-bar--words", "limit-bar--keys"}
    DEFAULT_CSS = """
    _Meaning { height: 1; }
    _Meaning > .limit-bar--wrong { color: $error; text-style: bold; }
    _Meaning > .limit-bar--keys { text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._explained: tuple[str, str] | None = None
        """Words, and the keys that are told behind them where there is room."""

    def explain(self, words: str, keys: str) -> None:
        self._explained = (words, keys)
        self.show([(f"{words}   {keys}".rstrip(), "limit-bar--words")])

    def wrong(self, pieces: Sequence[Piece]) -> None:
        self._explained = None
        self.show(pieces)

    def laid_out(self, width: int) -> list[Piece]:
        # How much there is room for is known only now: it is told before it is put up, too.
        if self._explained is None:
            return super().laid_out(width)
        words, keys = self._explained
        room = max(1, width - _PROMPT)
        whole = f"{words}   {keys}" if keys else words
        said = whole if cell_len(whole) <= room else cut(words, room)
        return fitted([(" " * _PROMPT, ""), (said, "limit-bar--words")], width)


class _Field(Input):
    """The text; at its end the right arrow takes what is offered, as people know it from their shell."""

    class RightOfAll(Message):
        """The right arrow was pressed where there is nothing more to the right."""

    def action_cursor_right(self, select: bool = False) -> None:
        if self.cursor_position >= len(self.value) and not select:
            self.post_message(self.RightOfAll())
        else:
            super().action_cursor_right(select)


class LimitBar(Vertical):
    """Lies over the status and hint lines while it is open, so that the list does not move.

    It knows neither the limit language nor the store: it posts what is typed, and is told what to say.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
        Binding("tab", "accept", show=False),
        Binding("shift+tab", "next_offer", show=False),
    ]
    DEFAULT_CSS = """
    LimitBar { layer: notice; dock: bottom; height: auto; display: none; background: $background; }
    LimitBar > Horizontal { height: 1; }
    LimitBar Static { width: auto; text-style: bold reverse; }
    LimitBar Input { width: 1fr; background: $background; color: $foreground; }
    """

    class Typed(Message):
        """The text is another one now. ``cursor`` is an index into it."""

        def __init__(self, purpose: Purpose, text: str, cursor: int) -> None:
            super().__init__()
            self.purpose: Purpose = purpose
            self.text = text
            self.cursor = cursor

    class Kept(Message):
        """Enter: this text it is."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose: Purpose = purpose
            self.text = text

    class Left(Message):
        """Escape: as it was before. ``text`` is what the field held when it was opened."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose: Purpose = purpose
            self.text = text

    def __init__(self) -> None:
        super().__init__()
        self._purpose: Purpose = "limit"
        self._before = ""
        self._history: tuple[str, ...] = ()
        self._place = 0
        """Where in the history one is; its length is the line that is being typed."""
        self._typing = ""
        """That line, while an older one is shown."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(_PROMPTS["limit"], markup=False)
            field = _Field(compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
        yield _Meaning()
        yield Candidates()

    @property
    def is_open(self) -> bool:
        """Whether somebody is typing."""
        return bool(self.display)

    @property
    def purpose(self) -> Purpose:
        """What is being typed."""
        return self._purpose

    def open(self, purpose: Purpose, text: str, placeholder: str, history: Sequence[str] = ()) -> None:
        """Start typing; ``text`` is there already. ``history``: what the up key gives back, newest last."""
        self._purpose, self._before = purpose, text
        self._history, self._place, self._typing = tuple(history), len(history), text
        self.offer(())
        self.query_one(Static).update(_PROMPTS[purpose])
        field = self.query_one(Input)
        field.placeholder = placeholder
        with self.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        self.display = True
        field.focus()

    def close(self) -> None:
        """Hide it; the screen decides who has the focus then."""
        self.display = False

    def explain(self, words: str, keys: str = "") -> None:
        """Say what the text means, and which keys go on from here, where there is room for both."""
        self.query_one(_Meaning).explain(words, keys)

    def wrong(self, position: int, words: str) -> None:
        """Say what is wrong, under the character where it is."""
        field = self.query_one(Input)
        width = self.size.width
        column = min(_PROMPT + cell_len(field.value[:position]) - field.scroll_offset.x, width - 1)
        # The mark stays where the mistake is; its words stand on the side where more of them can be read.
        right, left = width - column - 2, column - 1
        if cell_len(words) > right and left > right:
            said = cut(words, left)
            start, message = left - cell_len(said), f"{said} ^"
        else:
            start, message = column, f"^ {cut(words, right)}"
        pieces: list[Piece] = [(" " * start, ""), (message, "limit-bar--wrong")]
        self.query_one(_Meaning).wrong(pieces)

    def offer(self, offers: Sequence[Offer]) -> None:
        """Show what may stand at the cursor; the first is taken by Tab."""
        self.query_one(Candidates).show_offers(offers)

    @property
    def text(self) -> str:
        """What the field holds."""
        return self.query_one(Input).value

    @property
    def cursor(self) -> int:
        """Where in the text the cursor stands."""
        return self.query_one(Input).cursor_position

    @property
    def meaning(self) -> str:
        """What the second line says."""
        return self.query_one(_Meaning).text.strip()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(self._purpose, event.value, event.input.cursor_position))

    @on(_Field.RightOfAll)
    def _right_of_all(self, event: _Field.RightOfAll) -> None:
        event.stop()
        self.action_accept()

    @on(Input.Submitted)
    def _kept(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept(self._purpose, event.value))

    def action_accept(self) -> None:
        offer = self.query_one(Candidates).current
        if offer is not None:
            self._put(offer.text, offer.cursor)

    def action_next_offer(self) -> None:
        self.query_one(Candidates).go_on()

    def action_recall(self, direction: int) -> None:
        field = self.query_one(Input)
        place = self._place + direction
        if not 0 <= place <= len(self._history):
            return
        if self._place == len(self._history):
            self._typing = field.value
        self._place = place
        text = self._history[place] if place < len(self._history) else self._typing
        self._put(text, len(text))

    def _put(self, text: str, cursor: int) -> None:
        field = self.query_one(Input)
        # The cursor is where it belongs before anybody is told of the text.
        with self.prevent(Input.Changed):
            field.value = text
        field.cursor_position = cursor
        self.post_message(self.Typed(self._purpose, text, cursor))

    def action_leave(self) -> None:
        self.post_message(self.Left(self._purpose, self._before))
