"""The part of the app that goes from screen to screen, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from textual.screen import Screen

from techdesk.screens.app_news import FollowingApp

if TYPE_CHECKING:
    from techdesk.screens.queue import QueueScreen

Place: TypeAlias = tuple[str, int | None]
"""A screen's name, and of the ticket screen the ticket's local key."""
_OPENED = 20
"""Tickets looked at that are remembered."""


class GoingApp(FollowingApp, layer=True):
    """Knows where one is, and the way that led there."""

    _queue: QueueScreen
    """The bottom of the stack."""
    _here: Place = ("queue", None)
    _trail: tuple[Place, ...] = ()
    _siblings: Sequence[int] = ()
    opened: tuple[int, ...] = ()
    """Keys of the tickets that were looked at in this session, the newest first; a few."""

    def go(self, name: str) -> None:
        if self._here[0] == name:
            return
        if name == "queue":
            self._trail = ()
        else:
            self._remember()
        self._show(name, None)

    def open_ticket(self, key: int, siblings: Sequence[int]) -> None:
        if self._here == ("ticket", key):
            return
        # Play goes from ticket to ticket; the way back leads to where it was started.
        if self.play is None or self._here[0] != "ticket":
            self._remember()
        self._siblings = siblings
        self._show("ticket", key)

    def open_conflict(self, operation: int) -> None:
        self.screen_named("conflicts").aim(operation)
        self.go("conflicts")

    def go_back(self) -> bool:
        if not self._trail:
            return False
        *before, (name, key) = self._trail
        self._trail = tuple(before)
        self._show(name, key)
        return True

    def note_opened(self, key: int) -> None:
        self.opened = (key, *(each for each in self.opened if each != key))[:_OPENED]

    def _remember(self) -> None:
        self._trail = (*(place for place in self._trail if place != self._here), self._here)

    def _show(self, name: str, key: int | None) -> None:
        screen = self.screen_named(name)
        if name == "ticket" and key is not None:
            screen.show(key, self._siblings)
            self.note_opened(key)
        self._here = (name, key)
        # The queue is the bottom of the stack and stays there; one other main screen at most lies on it.
        if screen is self._queue:
            while self.screen is not self._queue:
                self.pop_screen()
        elif self.screen is self._queue:
            self.push_screen(screen)
        elif self.screen is not screen:
            self.switch_screen(screen)
        self.show_status()

    def screen_named(self, name: str) -> Any:
        """The installed screen; made when it is first gone to, so that none delays the first paint."""
        if not self.is_screen_installed(name):
            self.install_screen(_make_screen(name), name)
        return self.get_screen(name)

    def put_up(self, name: str) -> None:
        """Have a screen laid out before anybody goes to it."""
        self._get_screen(name)

    def go_most_urgent(self) -> None:
        from techdesk.query import Query, parse

        active = parse("status:active")
        assert isinstance(active, Query)
        first = self.workbench.reader.keys(active, "urgency", me=self.workbench.me.id, now=self.now, first=1)
        screen = self.desk_screen()
        if first:
            self.open_ticket(first[0], first)
        elif screen is not None:
            screen.say("No ticket is open.")


def _make_screen(name: str) -> Screen[Any]:
    if name == "sla":
        from techdesk.screens.sla import SlaScreen

        return SlaScreen()
    if name == "run":
        from techdesk.screens.bulk_run import BulkRun

        return BulkRun()
    if name == "outbox":
        from techdesk.screens.outbox import OutboxScreen

        return OutboxScreen()
    if name == "conflicts":
        from techdesk.screens.conflicts import ConflictsScreen

        return ConflictsScreen()
    if name == "ticket":
        from techdesk.screens.ticket import TicketScreen

        return TicketScreen()
    raise LookupError(name)
