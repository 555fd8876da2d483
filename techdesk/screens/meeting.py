"""Who else is on the ticket on show, where the desk says so: asked every so often, shown in its head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from techdesk.model import Colleague, Instant

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.screens.desk_app import DeskApp
    from techdesk.store.rows import TicketView
    from techdesk.widgets.ticket_header import TicketHeader

EVERY = 20
"""Seconds between two questions: a word of presence is good for a minute."""


class Meeting:
    """Mixed into the ticket's screen."""

    if TYPE_CHECKING:
        app: App[Any]
        _view: TicketView | None
        _header: TicketHeader

        @property
        def desk(self) -> DeskApp: ...

    _colleagues: tuple[Colleague, ...] = ()
    _met_at: Instant = 0
    _met: tuple[str, bool] = ("", False)

    @property
    def colleagues(self) -> tuple[Colleague, ...]:
        """Who else is on it, as the desk said last."""
        return self._colleagues

    def meet(self, now: Instant) -> None:
        """Ask again, if it is time, if it is another ticket, or if writing has begun or ended."""
        view = self._view
        ticket = view.base.id if view is not None and view.base is not None else ""
        here = (ticket, self._is_writing())
        if here[0] != self._met[0]:
            self._tell(())
        if not ticket or (here == self._met and 0 <= now - self._met_at < EVERY):
            return
        self._met, self._met_at = here, now
        self.desk.ask_presence(ticket, writing=here[1], done=lambda people: self._answered(ticket, people))

    def _is_writing(self) -> bool:
        return any(type(screen).__name__ == "Compose" for screen in self.app.screen_stack)

    def _answered(self, ticket: str, people: tuple[Colleague, ...]) -> None:
        if ticket == self._met[0]:
            self._tell(people)

    def _tell(self, people: tuple[Colleague, ...]) -> None:
        if people != self._colleagues:
            self._colleagues = people
            self._header.meet(people)


def words_of(people: tuple[Colleague, ...]) -> str:
    """``Ravi Kapoor is writing, Lena Brandt is here``; empty for nobody."""
    return ", ".join(f"{each.name} is {'writing' if each.writing else 'here'}" for each in people)
