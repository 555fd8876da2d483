"""Writing in the user's own editor, and coming back safely whatever the editor does."""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from pathlib import Path

from msgspec import Struct

from techdesk.screens.writing import typed_text


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
