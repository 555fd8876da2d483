"""The part of the app that waits for what was changed to be kept, one ticket or ten thousand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Any

from techdesk.actions.registry import Where, action
from techdesk.screens.app_places import GoingApp
from techdesk.store.marks import MarkSet
from techdesk.store.rows import BatchTicket, BatchView

if TYPE_CHECKING:
    from techdesk.actions.applying import Ready


class CommittingApp(GoingApp, layer=True):
    """Shows what is kept, and says what is not."""

    def after(
        self,
        commit: Future[Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        commit.add_done_callback(
            lambda future: self._from_thread(partial(self._committed, future, done, failed))
        )

    def _committed(
        self,
        future: Future[Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        if self.ending:
            return
        error = None if future.cancelled() else future.exception()
        screen = self.desk_screen()
        if future.cancelled() or error is not None:
            why = str(error) if error is not None else "techdesk is ending"
            words = f"Not kept: {why.rstrip('.')}. Nothing was changed; try again."
            if screen is not None:
                screen.quiet()
                screen.say(words, severity="error")
                self._not_kept = words
            if failed is not None:
                failed(words)
            return
        self.nudge()
        if done is not None:
            done(future.result())

    def kept(self, commit: Future[Any]) -> None:
        commit.add_done_callback(lambda future: self._from_thread(partial(self._unless_kept, future)))

    def _unless_kept(self, future: Future[Any]) -> None:
        error = None if future.cancelled() else future.exception()
        screen = self.desk_screen()
        if error is not None and screen is not None and not screen.is_saying(self._not_kept):
            screen.say(f"The marks hold until techdesk ends, but are not stored: {error}", severity="error")

    def set_marks(self, keys: Sequence[int]) -> None:
        self._queue.set_marks(keys)

    def open_bulk(self, action_id: str, keys: Sequence[int], values: Mapping[str, Any]) -> None:
        from techdesk.screens.bulk import Bulk

        self.push_screen(Bulk(action_id, keys, values))

    def close_bulk(self, words: str) -> None:
        self.pop_screen()
        screen = self.desk_screen()
        if screen is not None:
            screen.say(words)

    def run_bulk(self, ready: Ready, commit: Future[str]) -> None:
        marked = list(self.marks.present.keys())
        if marked:
            self.set_marks([item.ticket for item in ready.plan.left_out()])

        def not_kept(words: str) -> None:
            if marked:
                self.set_marks(
                    marked
                )  # what was chosen is chosen still: room is made, and the key pressed again

        self.after(commit, lambda _: self.bulk_watch.follow(), not_kept)
        self.pop_screen()
        self.go("run")
        self.bulk_watch.follow()

    def _bulk_ended(self, view: BatchView, tickets: list[BatchTicket]) -> None:
        """A bulk run has come to its end: what it left is marked, so that the next key goes to that."""
        left = [each.ticket for each in tickets if each.state in ("conflict", "rejected", "dropped")]
        if left:
            self.set_marks(list((self.marks.present | MarkSet.of(left)).keys()))
        self.show_status()
        screen = self.desk_screen()
        if screen is None:
            return
        if screen.where is Where.RUN:
            if screen.is_mounted:
                screen.tick(self.now)
            return
        from techdesk.actions.applying import standing

        good = not view.refused and not view.conflicts and not view.dropped
        key = screen.key_for(action("go.bulk"))
        words = f"{view.title}: {standing(view, tickets)}. {key} shows it."
        screen.say(words, severity="done" if good else "warning")
