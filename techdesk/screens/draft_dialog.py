"""A dialog in which something is written: what the composer and the form of a new ticket share."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from techdesk.model import Draft
from techdesk.screens.confirm import Confirm
from techdesk.screens.dialog import Answered, Dialog
from techdesk.screens.drafts import DraftKeeper
from techdesk.screens.writing import FinishBar, Writing

if TYPE_CHECKING:
    from techdesk.screens.base import DeskScreen


class DraftDialog(Dialog[Answered]):
    """What is written stays as a draft until it is sent or discarded, and both are keys of the bar that
    escape shows. Gives None when it was left.

    A screen composes a ``Static`` called ``#state`` for one sentence, one called ``#keys`` for what the
    bar takes the place of, and the bar.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,ctrl+s", "finish", show=False)]

    _drafts: DraftKeeper
    _writing: Writing

    # What each of them gives

    def draft(self) -> Draft:
        """What is written, as it would be kept."""
        raise NotImplementedError

    def draft_told(self, draft: Draft, error: BaseException | None) -> None:
        """The store has taken the draft, or not."""
        raise NotImplementedError

    def end_by(self, key: str) -> None:
        """One of the screen's own keys of the bar was pressed."""
        raise NotImplementedError

    def discard(self) -> None:
        """Give up what is written: ask first where something is."""
        raise NotImplementedError

    def named(self) -> tuple[str, str]:
        """What is written, and the action that goes on with its draft: ``the reply to TD-10162``."""
        raise NotImplementedError

    left_with = ""
    """What became of the text where the dialog was left without sending, in a sentence."""

    # The sentence

    def say(self, words: str, *, passing: bool = False) -> None:
        """One sentence under the text. ``passing``: it tells nothing that anybody has to read."""
        self.query_one("#state", Static).update(Content(words))

    @property
    def said(self) -> str:
        """What stands under the text."""
        return str(self.query_one("#state", Static).content)

    # The draft

    def keep_draft(self) -> Future[None] | None:
        """Save what is written, now; None when it is saved already."""
        return self._drafts.keep()

    def save_work(self) -> str:
        """Techdesk ends, or the line is lost: save; where else it is, if the store does not take it."""
        return self._drafts.save_or_put_down()

    def on_unmount(self) -> None:
        if not self._answered:
            self.keep_draft()

    # The end

    def action_finish(self) -> None:
        if self.query_one(FinishBar).is_open:
            self.edit()
            return
        self.keep_draft()
        self.open_bar()

    def open_bar(self, warning: str = "") -> None:
        """Show how it can end; ``warning`` stands above that."""
        self.query_one("#keys").display = False
        self.query_one(FinishBar).open(warning)

    def edit(self) -> None:
        """Back to the text."""
        self.query_one(FinishBar).close()
        self.query_one("#keys").display = True
        self.focus_text()

    def focus_text(self) -> None:
        """Where writing goes on."""
        self._writing.focus()

    @on(FinishBar.Chosen)
    def _chosen(self, event: FinishBar.Chosen) -> None:
        event.stop()
        self._end(event.key)

    @on(Writing.AltKey)
    def _alt(self, event: Writing.AltKey) -> None:
        event.stop()
        if self.query_one(FinishBar).offers(event.letter):
            self._end(event.letter)

    def _end(self, key: str) -> None:
        match key:
            case "d":
                if (error := self._drafts.wait()) is not None:
                    self.edit()
                    self.draft_told(self.draft(), error)
                    return
                self._leave(self._kept_words())
            case "x":
                self.discard()
            case "e":
                self.edit()
            case _:
                self.end_by(key)

    def ask_to_discard(self, question: str, detail: str) -> None:
        """``detail`` says what would be gone."""

        def answered(yes: bool | None) -> None:
            if yes:
                self.drop()
            else:
                self.edit()

        kept = f"{detail} would be gone for good. The draft is kept otherwise."
        self.app.push_screen(Confirm(question, kept, "Discard it", no_label="Keep it"), answered)

    def drop(self) -> None:
        """Leave without what was written."""
        nothing = self._drafts.is_empty
        self._drafts.drop()
        what, _ = self.named()
        self._leave("" if nothing else f"{what[:1].upper()}{what[1:]} is discarded; nothing was sent.")

    def _kept_words(self) -> str:
        """Names the draft, and the key that goes on with it."""
        what, action_id = self.named()
        if self._drafts.is_empty:
            return "Nothing was written, so no draft is kept."
        below = self._below()
        key = below.key_of_action(action_id) if below is not None else ""
        again = f" {key} goes on with it." if key else ""
        return f"Not sent: {what} is kept as a draft.{again}"

    def _leave(self, words: str) -> None:
        """Go without sending, and say on the screen below what became of the text.

        Whoever opened the dialog may have more to say: that comes after this, and takes its place.
        """
        self.left_with = words
        below = self._below()
        self.answer(None)
        if below is not None and words:
            below.say(words)

    def _below(self) -> DeskScreen | None:
        """The main screen that this lies over."""
        found: DeskScreen | None = getattr(self.app, "desk_screen", lambda: None)()
        return found
