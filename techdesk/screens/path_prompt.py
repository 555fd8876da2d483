"""A file or folder, typed with completion as in a shell: tab completes, and lists what there is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.widgets import Input, Static

from techdesk.screens.dialog import Dialog
from techdesk.text import safe_text

_SHOWN = 6
"""Names that are listed under the field."""
_READ = 5_000
"""Names of a folder that are looked at."""


class PathPrompt(Dialog[str]):
    """Gives the path as it was typed; None when left."""

    CSS_PATH = "path_prompt.tcss"
    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("tab", "complete", show=False, priority=True),
    ]

    def __init__(self, title: str, *, initial: str = "", note: str = "") -> None:
        """``note``: one line that stands under the field until something is typed."""
        super().__init__()
        self._title = safe_text(title, 100)
        self._initial = initial
        self._note = safe_text(note, 200)

    def compose(self) -> ComposeResult:
        with Vertical(id="path-prompt") as dialog:
            dialog.border_title = Content(self._title)
            field = Input(self._initial, placeholder="a path: tab completes", compact=True)
            field.cursor_blink = False
            yield field
            yield Static(Content(self._note), id="path-names")
            yield Static(Content("enter take   tab complete   esc leave"), id="path-foot")

    def on_mount(self) -> None:
        field = self.query_one(Input)
        field.select_on_focus = False
        field.cursor_position = len(field.value)

    def action_complete(self) -> None:
        field = self.query_one(Input)
        completed, names = completion(field.value)
        if completed != field.value:
            field.value = completed
            field.cursor_position = len(completed)
        there = bool(names) or (bool(completed) and Path(completed).expanduser().exists())
        self._list(names, there=there)

    def _list(self, names: list[str], *, there: bool) -> None:
        more = f"\n  and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        told = "\n".join(f"  {safe_text(name, 200)}" for name in names[:_SHOWN])
        words = f"{told}{more}" if there else "  nothing there begins like that"
        self.query_one("#path-names", Static).update(Content(words))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.answer(event.value.strip())

    def action_leave(self) -> None:
        self.answer(None)

    def on_click(self, event: Click) -> None:
        if event.widget is self:
            self.answer(None)


def completion(typed: str) -> tuple[str, list[str]]:
    """What is typed, completed as far as it is clear, and every name that it may become.

    A folder gets its slash. Hidden names are offered only after a dot. Whatever cannot be read has no names.
    """
    head, slash, tail = typed.rpartition("/")
    folder = Path(f"{head}{slash}" or ".").expanduser() if not typed.startswith("~") or slash else None
    if folder is None:
        return ("~/", []) if typed == "~" else (typed, [])
    names: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries):
                if count >= _READ:
                    break
                if entry.name.startswith(tail) and (tail.startswith(".") or not entry.name.startswith(".")):
                    names.append(f"{entry.name}/" if entry.is_dir() else entry.name)
    except (OSError, ValueError):
        return typed, []
    names.sort()
    if not names:
        return typed, []
    common, last = names[0], names[-1]  # in order: what these two share, all share
    while not last.startswith(common):
        common = common[:-1]
    return f"{head}{slash}{common}", names if len(names) > 1 else []
