"""Keeping what is being written: one place for every screen that writes (DESIGN section 4, guarantee 1)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from textual.app import App
from textual.timer import Timer

from techdesk.model import Draft, FieldValue
from techdesk.screens.dialog import Dialog

SAVE_AFTER = 0.5
"""Seconds after the last key until a draft is saved (DESIGN section 4, guarantee 1)."""


class DraftKeeper:
    """Saves a draft half a second after the last key, and whenever it is asked to.

    ``made`` gives the draft as it stands now; ``is_empty`` says whether one is worth keeping: an empty one is
    dropped. ``told`` gets words for people and whether it is kept, once the store has answered.
    """

    def __init__(
        self,
        screen: Dialog[Any],
        made: Callable[[], Draft],
        is_empty: Callable[[Draft], bool],
        told: Callable[[Draft, BaseException | None], None] | None = None,
        paused: Callable[[], None] | None = None,
    ) -> None:
        """``paused`` is called in place of ``keep`` when the writer stops for a moment; it calls that."""
        self._screen = screen
        self._made = made
        self._is_empty = is_empty
        self._told = told
        self._paused = paused
        self._saved: tuple[str, dict[str, FieldValue]] | None = None
        self._timer: Timer | None = None
        self._commit: Future[None] | None = None

    def is_saved(self, draft: Draft) -> bool:
        """Whether that is what was kept last."""
        return (draft.body, draft.fields) == self._saved

    def is_as_saved(self) -> None:
        """What stands there now need not be saved: it was just restored, or nothing was written yet."""
        draft = self._made()
        self._saved = (draft.body, draft.fields)

    def touched(self) -> None:
        """Something was typed: save when the writer pauses."""
        self._stop()
        act = self._paused if self._paused is not None else self.keep
        self._timer = self._screen.set_timer(SAVE_AFTER, lambda: (act(), None)[1], name="save draft")

    def keep(self) -> Future[None] | None:
        """Save now; None when it is saved already."""
        self._stop()
        draft = self._made()
        if self.is_saved(draft):
            return None
        self._saved = (draft.body, draft.fields)
        writer = self._screen.workbench.writer
        if self._is_empty(draft):
            self._commit = writer.drop_draft(draft.ticket, draft.kind)
            return self._commit
        commit = self._commit = writer.save_draft(draft)
        app = (
            self._screen.app
        )  # from here: the writer answers in its own thread, maybe when this screen is gone
        commit.add_done_callback(lambda done: self._answered(app, draft, done))
        return commit

    def wait(self) -> None:
        """Save, and wait for the commit, a second at most: whoever opens the screen next reads the draft."""
        self.keep()
        if self._commit is not None:
            with contextlib.suppress(Exception):  # the screen is going; what went wrong is in the log
                self._commit.result(timeout=1)

    def drop(self) -> None:
        """Forget the draft: it was given up."""
        self._stop()
        draft = self._made()
        self._saved = (draft.body, draft.fields)
        self._screen.workbench.writer.drop_draft(draft.ticket, draft.kind)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _answered(self, app: App[Any], draft: Draft, commit: Future[None]) -> None:
        """Runs in the writer's thread: what came of it is told on the screen's own."""
        error = commit.exception()

        def tell() -> None:
            if self._told is not None and self._screen.is_mounted and not self._screen.is_answered:
                self._told(draft, error)

        loop = getattr(app, "_loop", None)
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(tell)
