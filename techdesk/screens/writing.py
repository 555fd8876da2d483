"""What the screens for writing share: the text field, the bar at the end, and the user's own editor."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from msgspec import Struct
from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from techdesk.text import REPLACEMENT, safe_lines

SAVE_AFTER = 0.5
"""Seconds after the last key until a draft is saved (DESIGN section 4, guarantee 1)."""


def typed_text(text: str) -> str:
    """Pasted or edited text without control, direction and invisible characters: nobody means those."""
    cleaned = safe_lines(text)
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
        """One of the keys was pressed; escape is ``e``, back to the text."""

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
        if key in ("escape", "ctrl+s"):
            key = "e"
        if self.offers(key):
            event.stop()
            event.prevent_default()
            self.post_message(self.Chosen(key))


class Edited(Struct, frozen=True):
    """What came back from the user's editor: a text, or why there is none."""

    text: str = ""
    problem: str = ""


def editor_command() -> list[str]:
    """The user's editor with its arguments: VISUAL, EDITOR, else vi."""
    for name in ("VISUAL", "EDITOR"):
        if command := os.environ.get(name, "").strip():
            return shlex.split(command)
    return ["vi"]


def edit_outside(text: str, folder: Path) -> Edited:
    """Let the user's editor change a text, in a file that only the user can read and that is gone afterwards.

    Blocks until the editor ends; the terminal must be the editor's meanwhile (``App.suspend``).
    """
    path = folder / f"message-{secrets.token_hex(6)}.txt"
    try:
        command = editor_command()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        ended = subprocess.run([*command, str(path)], check=False)
        if ended.returncode != 0:
            return Edited(problem=f"The editor ended with error {ended.returncode}; the text is as it was.")
        return Edited(text=typed_text(path.read_text(encoding="utf-8", errors="replace")).rstrip("\n"))
    except ValueError as error:
        return Edited(problem=f"VISUAL or EDITOR cannot be read ({error}); the text is as it was.")
    except OSError as error:
        why = error.strerror or str(error)
        return Edited(problem=f"The editor could not be used ({why}); the text is as it was. Set EDITOR.")
    finally:
        for left in (path, path.with_name(path.name + "~"), path.with_name(f".{path.name}.swp")):
            left.unlink(missing_ok=True)
