"""The part of the app that asks the help desk for what is not in the cache, through the sync thread."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from techdesk.screens.app_commits import CommittingApp


class AskingApp(CommittingApp, layer=True):
    """Asks without waiting: what is answered comes back to the UI thread."""

    def sync_now(self) -> str:
        if self._sync is None:
            return "techdesk works offline here, as told: nothing is sent or fetched."
        self._sync.poke()
        return "Asked for a round of sync."

    def ask_presence(self, ticket_id: str, *, writing: bool, done: Callable[[Any], None]) -> None:
        desk = self.workbench.capabilities
        if not self.connected or self._sync is None or desk is None or not desk.presence:
            return

        def answered(future: Future[Any]) -> None:
            if future.cancelled() or future.exception() is not None:
                return
            people = future.result()
            if isinstance(people, tuple):  # else the network's trouble, which the status bar tells
                self._from_thread(lambda: done(people))

        self._sync.presence(ticket_id, writing=writing).add_done_callback(answered)

    def fetch_file(self, attachment: str, done: Callable[[bytes | str], None]) -> bool:
        if not self.connected or self._sync is None:
            return False
        from techdesk.actions.attaching import FETCHED_BYTES

        future = self._sync.file(attachment, FETCHED_BYTES)
        future.add_done_callback(lambda found: self._from_thread(lambda: done(_fetched(found))))
        return True

    def ask_desk(self, number: str, done: Callable[[int | None, str], None]) -> bool:
        if self._sync is None:
            return False
        future = self._sync.search(number)
        future.add_done_callback(lambda f: self._from_thread(partial(self._answered, f, number, done)))
        return True

    def _answered(self, future: Future[Any], number: str, done: Callable[[int | None, str], None]) -> None:
        if self.ending:
            return
        if future.cancelled() or future.exception() is not None:
            done(None, f"{number}: the desk could not be asked now; the list is as it was.")
            return
        answer = future.result()
        if not isinstance(answer, tuple):
            done(None, f"{number}: {answer.words} The list is as it was; try again with a connection.")
            return
        self.nudge()
        reader = self.workbench.reader
        key = reader.key_of(number) or next(
            (k for k in map(reader.key_of, answer[:1]) if k is not None), None
        )
        done(key, "" if key is not None else f"The desk knows no ticket {number} that you may see.")

    def on_app_focus(self) -> None:
        """Somebody looks: a desk that announces nothing is asked more often."""
        self._watch(watched=True)

    def on_app_blur(self) -> None:
        """Nobody looks, where the terminal tells."""
        self._watch(watched=False)

    def _watch(self, *, watched: bool) -> None:
        if self._sync is not None:
            self._sync.watch(watched=watched)


def _fetched(future: Future[Any]) -> bytes | str:
    """The bytes of a file, or why there are none."""
    if future.cancelled():
        return "sync has ended"
    if (error := future.exception()) is not None:
        return type(error).__name__
    found = future.result()
    return found if isinstance(found, bytes) else str(found.words).rstrip(".")
