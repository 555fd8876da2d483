"""A field of a form whose value is picked from a list."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static


class Chooser(Static, can_focus=True):
    """A field whose value is picked from a list: Enter, space or a first letter opens the list."""

    DEFAULT_CSS = """
    Chooser { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    Chooser:focus {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    """

    class Open(Message):
        """The list is wanted; ``typed`` is what was typed to open it."""

        def __init__(self, field: str, typed: str) -> None:
            super().__init__()
            self.field = field
            self.typed = typed

    def __init__(self, field: str, empty: str) -> None:
        super().__init__(id=f"new-{field}", classes="-empty")
        self.field = field
        self._empty = empty
        self.value = ""
        """Id of what was chosen."""

    def on_mount(self) -> None:
        self.choose(self.value, "")

    def choose(self, value: str, words: str) -> None:
        """Take a value, shown as these words."""
        self.value = value
        self.set_class(not words, "-empty")
        self.update(Content(words or self._empty))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("enter", "space"):
            typed = ""
        elif event.is_printable and event.character is not None and not event.key.startswith("alt+"):
            typed = event.character
        else:
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Open(self.field, typed))

    def on_click(self) -> None:
        self.post_message(self.Open(self.field, ""))
