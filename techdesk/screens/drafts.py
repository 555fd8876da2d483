"""Keeping what is being written: one place for every screen that writes (DESIGN section 4, guarantee 1)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import Any

from textual.app import App
from textual.timer import Timer

from techdesk.model import Draft, FieldValue
from techdesk.screens.dialog import Dialog

SAVE_AFTER = 0.5
"""Seconds after the last key until a draft is saved (DESIGN section 4, guarantee 1)."""
RETRY_AFTER = 5.0
"""Seconds after which one that the store did not take is tried again: room may have been made."""


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
        *,
        name: Callable[[], str],
    ) -> None:
        """``paused`` is called in place of ``keep`` when the writer stops for a moment; it calls that.

        ``name``: what is written, for people: ``reply TD-10162``.
        """
        self._screen = screen
        self._made = made
        self._is_empty = is_empty
        self._told = told
        self._paused = paused
        self._name = name
        self._saved: tuple[str, dict[str, FieldValue]] | None = None
        self._timer: Timer | None = None
        self._commit: Future[None] | None = None

    def is_saved(self, draft: Draft) -> bool:
        """Whether that is what was kept last, as far as the store has answered."""
        return (draft.body, draft.fields) == self._saved and not self._was_refused()

    def _was_refused(self) -> bool:
        commit = self._commit
        return commit is not None and commit.done() and (commit.cancelled() or commit.exception() is not None)

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

    def wait(self) -> BaseException | None:
        """Save, and wait for the commit, a second at most: whoever opens the screen next reads the draft.

        What kept it from being saved; None where it is kept, or there is nothing to keep.
        """
        self.keep()
        if self._commit is None or self.is_empty:
            return None
        try:
            return self._commit.exception(timeout=1)
        except (TimeoutError, CancelledError) as error:
            return error

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands there that would be kept."""
        return self._is_empty(self._made())

    def save_or_put_down(self) -> str:
        """Save because techdesk ends; what the store does not take goes into a file, told in a sentence."""
        if self.wait() is None:
            return ""
        from techdesk.actions.put_down import put_down

        name = self._name()
        path = put_down(self._screen.workbench.database.folder, name, self._made())
        if path is None:
            return f"The {name} could not be saved anywhere."
        return f"The {name} could not be kept as a draft: what you wrote is in {path}."

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
            if not self._screen.is_mounted or self._screen.is_answered or getattr(app, "ending", False):
                return
            if self._told is not None:
                self._told(draft, error)
            if error is not None and self._timer is None:
                self._timer = self._screen.set_timer(
                    RETRY_AFTER, lambda: (self.keep(), None)[1], name="save again"
                )

        loop = getattr(app, "_loop", None)
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._screen.call_later, tell)  # a timer is set on the screen's own
