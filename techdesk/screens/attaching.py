"""Files that go with what is being written: mixed into the composer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widgets import Static

from techdesk.actions.attaching import size_words
from techdesk.model import Attachment
from techdesk.rules.verdicts import Refuse

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.actions.workbench import Workbench
    from techdesk.screens.drafts import DraftKeeper

_NEW = "new"


class Attaching:
    """Keeps the files of a text in the store as soon as they are named: their originals may go then."""

    if TYPE_CHECKING:
        app: App[Any]
        _drafts: DraftKeeper
        query_one: Any

        @property
        def workbench(self) -> Workbench: ...
        def say(self, words: str, *, passing: bool = False) -> None: ...
        def edit(self) -> None: ...

    _files: tuple[Attachment, ...] = ()

    @property
    def file_ids(self) -> list[str]:
        """Ids of the files, as a draft or an operation names them."""
        return [file.id for file in self._files]

    def restore_files(self, ids: object) -> None:
        """The files of a draft."""
        named = [each for each in ids if isinstance(each, str)] if isinstance(ids, list) else []
        self._files = self.workbench.reader.files(named)
        self._show_files()

    def attach(self) -> None:
        """Ask which file; where there are some, also which to take off."""
        from techdesk.screens.pick import Choice, Pick

        if not self._files:
            self._ask_path()
            return
        choices = [Choice(id=_NEW, label="attach another file")]
        choices += [
            Choice(id=file.id, label=f"take off {file.name}", detail=size_words(file.size))
            for file in self._files
        ]

        def chosen(answer: str | None) -> None:
            if answer == _NEW:
                self._ask_path()
            elif answer is not None:
                self._files = tuple(file for file in self._files if file.id != answer)
                self._changed_files()
                self.edit()
            else:
                self.edit()

        self.app.push_screen(Pick("Files", choices, typed=False), chosen)

    def _ask_path(self) -> None:
        from techdesk.screens.path_prompt import PathPrompt

        desk = self.workbench.capabilities
        note = f"at most {size_words(desk.upload_bytes)} with a message" if desk and desk.upload_bytes else ""
        self.app.push_screen(PathPrompt("Attach a file", note=note), self._named)

    def _named(self, typed: str | None) -> None:
        if typed is None:
            self.edit()
            return
        kept = self.workbench.attach(Path(typed), self.file_ids)
        if isinstance(kept, Refuse):
            self.edit()
            self.say(f"{kept.reason} {kept.remedy}")
            return
        try:
            kept.commit.result(timeout=10)  # named in the draft only once it is there
        except Exception as error:  # noqa: BLE001 - a full disk, whatever else; said, and nothing is named
            self.edit()
            self.say(f"{kept.file.name} is NOT attached: it could not be kept ({error}).")
            return
        self._files = (*self._files, kept.file)
        self._changed_files()
        self.edit()
        self.say(f"{kept.file.name} ({size_words(kept.file.size)}) goes with it: kept here until it is sent.")

    def _changed_files(self) -> None:
        self._show_files()
        self._drafts.keep()

    def _show_files(self) -> None:
        named = ", ".join(f"{file.name} ({size_words(file.size)})" for file in self._files)
        line = self.query_one("#compose-files", Static)
        line.update(Content(f"with {named}" if named else ""))
        line.display = bool(named)
