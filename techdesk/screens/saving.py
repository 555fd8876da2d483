"""Saving an attachment of the ticket on show: fetched when asked for, and never opened or run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from techdesk.actions.attaching import FETCHED_BYTES, safe_name, save, size_words
from techdesk.model import Attachment
from techdesk.rules.verdicts import Refuse
from techdesk.text import safe_text

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.screens.desk_app import DeskApp
    from techdesk.store.rows import Entry


class Saving:
    """Mixed into the ticket's screen."""

    if TYPE_CHECKING:
        app: App[Any]

        @property
        def desk(self) -> DeskApp: ...
        @property
        def entries(self) -> Sequence[Entry]: ...
        def say(self, words: Any, *, severity: Any = "info") -> None: ...

    def do_ticket_attachments(self) -> None:
        from techdesk.screens.pick import Choice, Pick

        found = {
            f"{number}": (entry, file)
            for number, (entry, file) in enumerate(
                (entry, file)
                for entry in reversed(self.entries)
                if entry.key > 0
                for file in entry.attachments
            )
        }
        if not found:
            self.say("No message that is loaded has a file; g g loads the whole conversation.")
            return
        choices = [
            Choice(
                id=number,
                label=safe_text(file.name, 60) or "(no name)",
                detail=f"{size_words(file.size)}, {entry.author_name}",
                disabled_reason=_refusal(file),
            )
            for number, (entry, file) in found.items()
        ]

        def chosen(number: str | None) -> None:
            if number is not None:
                self._ask_where(found[number][1])

        self.app.push_screen(Pick("Save which file?", choices), chosen)

    def _ask_where(self, file: Attachment) -> None:
        from techdesk.screens.path_prompt import PathPrompt

        name = safe_name(file.name)

        def named(path: str | None) -> None:
            if path is not None:
                self._fetch(file, Path(path))

        note = "a folder, or a name; nothing is overwritten"
        self.app.push_screen(PathPrompt(f"Save {name}", initial=f"{usual_folder()}/{name}", note=note), named)

    def _fetch(self, file: Attachment, target: Path) -> None:
        def done(found: bytes | str) -> None:
            if isinstance(found, str):
                self.say(f"Not saved: {found}. v tries again.", severity="error")
                return
            path = save(found, target, file.name)
            if isinstance(path, Refuse):
                self.say(f"Not saved: {path.reason} {path.remedy}", severity="error")
            else:
                words = f"Saved {safe_text(str(path), 300)} ({size_words(len(found))}). It was not opened."
                self.say(words, severity="done")

        self.say(f"Fetching {safe_text(file.name, 60)} from the desk ...")
        if not self.desk.fetch_file(file.id, done):
            words = "Not saved: a file is fetched from the desk, and there is no connection."
            self.say(words, severity="error")


def usual_folder() -> Path:
    """Where a person looks for what was saved: the folder for downloads, else the home folder."""
    downloads = Path.home() / "Downloads"
    return downloads if downloads.is_dir() else Path.home()


def _refusal(file: Attachment) -> str:
    if file.size <= FETCHED_BYTES:
        return ""
    return (
        f"it has {size_words(file.size)}, more than {size_words(FETCHED_BYTES)}: fetch it on the desk's page"
    )
