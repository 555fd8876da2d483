"""What the screens for writing share: the text field and the bar at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from techdesk.text import REPLACEMENT, safe_lines


def typed_text(text: str) -> str:
    """Pasted or edited text without control, direction and invisible characters: nobody means those."""
    cleaned = safe_lines(text, len(text) + 1)  # nothing is cut in silence: what is too long is told of
    return cleaned if REPLACEMENT in text else cleaned.replace(REPLACEMENT, "")


class Writing(TextArea):
    """A text field that wraps, takes no control characters, and leaves keys with alt to the screen.

    A terminal without the kitty protocol sends ``esc`` and ``y``, typed fast, as ``alt+y``: that is the
    answer to the bar, not a letter of the text.
    """

    DEFAULT_CSS = """
    Writing { border: none; padding: 0 1; background: $background; }
    Writing:focus { border: none; }
    Writing .text-area--placeholder { color: $foreground; text-style: dim; }
    Writing:ansi { background: ansi_default; color: ansi_default; }
    """

    class AltKey(Message):
        """A letter typed with alt, or right after escape."""

        def __init__(self, letter: str) -> None:
            super().__init__()
            self.letter = letter

    def __init__(self, text: str = "", *, placeholder: str = "") -> None:
        super().__init__(
            text, soft_wrap=True, compact=True, highlight_cursor_line=False, placeholder=Content(placeholder)
        )
        self.cursor_blink = False

    def on_key(self, event: events.Key) -> None:
        if event.key.startswith("alt+"):
            event.prevent_default()
            letter = event.key.rpartition("+")[2]
            if len(letter) == 1:
                event.stop()
                self.post_message(self.AltKey(letter))

    def on_paste(self, event: events.Paste) -> None:
        event.text = typed_text(event.text)


class Ending(Struct, frozen=True):
    """One thing that can be done with a finished text."""

    key: str
    words: str


class FinishBar(Static):
    """The choices at the end of writing: one key each. It has the focus while it is shown."""

    can_focus = True
    DEFAULT_CSS = """
    FinishBar { height: auto; max-height: 6; padding: 0 1; display: none; text-style: none; }
    FinishBar.-open { display: block; }
    """

    class Chosen(Message):
        """One of the keys was pressed; escape and ``n`` are ``e``, back to the text."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    BINDINGS: ClassVar = []

    def __init__(self, endings: Sequence[Ending]) -> None:
        super().__init__()
        self._endings = tuple(endings)
        self._warning = ""

    def open(self, warning: str = "") -> None:
        """Show the choices; ``warning`` stands above them."""
        self._warning = warning
        self._draw(self.screen.size.width - 2)
        self.add_class("-open")
        self.focus()

    def on_resize(self) -> None:
        self._draw(self.size.width)

    def _draw(self, width: int) -> None:
        """The choices on as many lines as they need; none is broken."""
        parts: list[Content] = [Content.styled(f"{self._warning}\n", "bold")] if self._warning else []
        used = 0
        for ending in self._endings:
            size = len(ending.key) + len(ending.words) + 1
            if used and used + 2 + size > width:
                parts.append(Content("\n"))
                used = 0
            elif used:
                parts.append(Content("  "))
                used += 2
            parts += [Content.styled(ending.key, "bold reverse"), Content(f" {ending.words}")]
            used += size
        self.update(Content("").join(parts))

    def close(self) -> None:
        """Hide the choices."""
        self._warning = ""
        self.remove_class("-open")

    @property
    def is_open(self) -> bool:
        """Whether the choices are shown."""
        return self.has_class("-open")

    @property
    def warning(self) -> str:
        """What stands above the choices."""
        return self._warning

    def offers(self, key: str) -> bool:
        """Whether that key is one of the choices."""
        return any(ending.key == key for ending in self._endings)

    def on_key(self, event: events.Key) -> None:
        key = event.key.rpartition("+")[2] if event.key.startswith("alt+") else event.key
        if key in ("escape", "ctrl+s") or (key == "n" and not self.offers("n")):
            key = "e"
        # Any other key does nothing: Tab would leave the question standing without its keys.
        event.stop()
        event.prevent_default()
        if self.offers(key):
            self.post_message(self.Chosen(key))
