"""One line to type a limit or a word to find, and one that says what it means while it is typed."""

from __future__ import annotations

from typing import ClassVar, Literal

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input, Static

from techdesk.widgets.one_line import OneLine, Piece

Purpose = Literal["limit", "find", "mark", "unmark"]
_PROMPTS: dict[Purpose, str] = {
    "limit": " limit ",
    "find": " find  ",
    "mark": " mark  ",
    "unmark": " unmark",
}


class _Meaning(OneLine):
    """What is typed, in words, or where it is wrong."""

    COMPONENT_CLASSES = {"limit-bar--wrong", "limit-bar--words", "limit-bar--keys"}
    DEFAULT_CSS = """
    _Meaning { height: 1; }
    _Meaning > .limit-bar--wrong { color: $error; text-style: bold; }
    _Meaning > .limit-bar--keys { text-style: dim; }
    """


class LimitBar(Vertical):
    """Lies over the status and hint lines while it is open, so that the list does not move.

    It knows neither the limit language nor the store: it posts what is typed, and is told what to say.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down,up,tab,shift+tab", "keep", show=False),
    ]
    DEFAULT_CSS = """
    LimitBar { layer: notice; dock: bottom; height: 2; display: none; background: $background; }
    LimitBar > Horizontal { height: 1; }
    LimitBar Static { width: auto; text-style: bold reverse; }
    LimitBar Input { width: 1fr; padding: 0 1; background: $background; color: $foreground; }
    """

    class Typed(Message):
        """The text is another one now."""

        def __init__(self, purpose: Purpose, text: str) -> None:
            super().__init__()
            self.purpose: Purpose = purpose
            self.text = text

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

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(_PROMPTS["limit"], markup=False)
            field = Input(compact=True, select_on_focus=False)
            field.cursor_blink = False
            yield field
        yield _Meaning()

    @property
    def is_open(self) -> bool:
        """Whether somebody is typing."""
        return bool(self.display)

    @property
    def purpose(self) -> Purpose:
        """What is being typed."""
        return self._purpose

    def open(self, purpose: Purpose, text: str, placeholder: str) -> None:
        """Start typing; ``text`` is there already."""
        self._purpose, self._before = purpose, text
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

    def explain(self, words: str) -> None:
        """Say what the text means."""
        self.query_one(_Meaning).show([(" " * 8, ""), (words, "limit-bar--words")])

    def wrong(self, position: int, words: str) -> None:
        """Say what is wrong, under the character where it is."""
        field = self.query_one(Input)
        column = 8 + cell_len(field.value[:position]) - field.scroll_offset.x
        width = self.size.width
        message = f"^ {words}"
        # Where the words would be cut at the right edge, they stand to the left of the mark.
        if column + cell_len(message) > width and column - cell_len(words) - 1 >= 0:
            start = column - cell_len(words) - 1
            message = f"{words} ^"
        else:
            start = max(0, min(column, width - cell_len(message)))
        pieces: list[Piece] = [(" " * start, ""), (message, "limit-bar--wrong")]
        self.query_one(_Meaning).show(pieces)

    @property
    def meaning(self) -> str:
        """What the second line says."""
        return self.query_one(_Meaning).text.strip()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(self._purpose, event.value))

    @on(Input.Submitted)
    def _kept(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Kept(self._purpose, event.value))

    def action_keep(self) -> None:
        self.post_message(self.Kept(self._purpose, self.query_one(Input).value))

    def action_leave(self) -> None:
        self.post_message(self.Left(self._purpose, self._before))
