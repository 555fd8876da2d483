"""Writing in the user's own editor, and coming back safely whatever the editor does."""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from textual.app import SuspendNotSupported

from techdesk.screens.writing import Writing, typed_text

if TYPE_CHECKING:
    from concurrent.futures import Future

    from textual.app import App

    from techdesk.actions.workbench import Workbench


class Edited(Struct, frozen=True):
    """What came back from the user's editor: a text, or why there is none."""

    text: str = ""
    problem: str = ""
    keeps: bool = False
    """Whether the file is still there: it holds what was not taken back."""


AS_IT_WAS = "the text is as it was."
LONGEST = 1_000_000
"""Characters of a message."""
LARGEST_BYTES = 4 * LONGEST
"""Of a file: beyond that it is not even read."""


def editor_command() -> list[str]:
    """The user's editor with its arguments: VISUAL, EDITOR, else vi."""
    for name in ("VISUAL", "EDITOR"):
        if command := os.environ.get(name, "").strip():
            return shlex.split(command)
    return ["vi"]


def edit_outside(text: str, folder: Path) -> Edited:
    """Let the user's editor change a text, in a file that only the user can read and that is gone afterwards.

    Blocks until the editor ends; the terminal must be the editor's meanwhile (``App.suspend``). Whatever the
    editor does, nothing is lost: what cannot be taken back is left in the file, which is then named.
    """
    path = folder / f"message-{secrets.token_hex(6)}.txt"
    keeps = False
    try:
        command = editor_command()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        ended = subprocess.run([*command, str(path)], check=False)
        edited = _taken(text, path, ended.returncode)
        keeps = edited.keeps
        return edited
    except ValueError as error:
        return Edited(problem=f"VISUAL or EDITOR cannot be read ({error}); {AS_IT_WAS}")
    except OSError as error:
        why = error.strerror or str(error)
        return Edited(problem=f"The editor could not be used ({why}); {AS_IT_WAS} Set EDITOR.")
    finally:
        left = [path.with_name(path.name + "~"), path.with_name(f".{path.name}.swp")]
        for each in left if keeps else [path, *left]:
            with contextlib.suppress(OSError):
                each.unlink(missing_ok=True)


def _taken(text: str, path: Path, ended: int) -> Edited:
    """What the editor left, judged."""
    if not path.is_file():  # taken away, or something else in its place
        how = f"ended with error {ended}, and " if ended > 0 else ""
        return Edited(problem=f"The editor {how}left no file; {AS_IT_WAS}")
    size = path.stat().st_size
    content = b""
    if size <= LARGEST_BYTES:
        content = path.read_bytes()
    same = size <= LARGEST_BYTES and content == text.encode(errors="replace")
    where = f"what it left is kept in {path}."
    if ended > 0:  # as with vim's :cq: the writer takes it back
        return Edited(problem=f"The editor ended with error {ended}; {AS_IT_WAS}")
    if ended < 0:
        words = f"The editor was ended by signal {-ended}; {AS_IT_WAS}"
        return Edited(problem=words if same else f"{words} {_said(where)}", keeps=not same)
    if size > LARGEST_BYTES:
        return Edited(
            problem=f"{size:,} bytes are too much for a message; {AS_IT_WAS} {_said(where)}", keeps=True
        )
    if same:
        return Edited(text=text, problem="Nothing was changed in the editor.")
    try:
        decoded = content.decode()
    except UnicodeDecodeError:
        decoded = "\0"
    if "\0" in decoded:
        return Edited(
            problem=f"What the editor left is no text in UTF-8; {AS_IT_WAS} {_said(where)}", keeps=True
        )
    written = typed_text(decoded).rstrip("\n")
    if not written.strip() and text.strip():
        return Edited(problem=f"The editor left nothing; {AS_IT_WAS} Esc and x discard it.")
    if len(written) > LONGEST:
        words = f"{len(written):,} characters are too much for a message; {AS_IT_WAS}"
        return Edited(problem=f"{words} {_said(where)}", keeps=True)
    return Edited(text=written)


def _said(words: str) -> str:
    return words[:1].upper() + words[1:]


class OutsideEditor:
    """Mixed into a screen with one text: a key opens the editor on it."""

    if TYPE_CHECKING:
        app: App[Any]
        _writing: Writing
        refresh: Any

        @property
        def workbench(self) -> Workbench: ...
        def keep_draft(self) -> Future[None] | None: ...
        def say(self, words: str, *, passing: bool = False) -> None: ...
        def edit(self) -> None: ...

    def action_editor(self) -> None:
        writing = self._writing
        commit = self.keep_draft()
        folder = self.workbench.database.folder
        try:
            if commit is not None:
                commit.result(timeout=5)
            with self.app.suspend():
                edited = edit_outside(writing.text, folder)
        except SuspendNotSupported:
            self.say("No editor can be started from here. Write in this field.")
            return
        except Exception as error:  # noqa: BLE001 - whatever kept the draft from the disk; the text stays here
            self.say(f"The editor was not started: the draft could not be saved ({error}).")
            return
        self._take_back(writing, edited.text, edited.problem)

    def _take_back(self, writing: Writing, text: str, problem: str) -> None:
        if problem:
            self.say(problem)
        else:
            self.say("")  # what was said of the try before is not so any more
            if text != writing.text:
                # An edit, not a new document: undo goes back to the text before the editor.
                writing.replace(text, (0, 0), writing.document.end)
                writing.move_cursor(writing.document.end)
                self.keep_draft()
        self.edit()
        self.refresh(layout=True)
