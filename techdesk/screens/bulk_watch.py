"""Keeps an eye on the bulk run that is under way, whatever screen is on show."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from techdesk.progress import Rate, seconds_left, time_left
from techdesk.store.rows import BatchState, BatchTicket, BatchView

if TYPE_CHECKING:
    from techdesk.model import Instant
    from techdesk.screens.desk_app import DeskApp
    from techdesk.store.reader import Reader

_EXPECTED = 10
"""Seconds for which a run is looked for that is just being written."""


class BulkWatch:
    """Reads the newest run once a second while it is under way. Belongs to the UI thread."""

    def __init__(self, desk: DeskApp, ended: Callable[[BatchView, list[BatchTicket]], None]) -> None:
        """``ended``: told once of each run that ends while it is watched, with its tickets."""
        self._desk = desk
        self._ended = ended
        self._settled = Rate()
        self._reading = False
        self._seen_running: set[str] = set()
        self._until: Instant = 0
        self.looked = False
        """Whether it has been read at all: nothing is said to be missing before."""
        self.view: BatchView | None = None
        """The newest run, as it was read last."""
        self.tickets: list[BatchTicket] = []
        """What became of its tickets; read when it has ended, and when it asks about the rest."""

    @property
    def running(self) -> BatchView | None:
        """The run that is under way."""
        return self.view if self.view is not None and self.view.ended is None else None

    def follow(self) -> None:
        """Look at once and for a while, for instance at the start and when a run is being queued."""
        self._until = self._desk.now + _EXPECTED
        self._read()

    def tick(self) -> None:
        """A second has passed."""
        if self._seen_running or self.running is not None or self._desk.now < self._until:
            self._read()

    def _read(self) -> None:
        if self._reading:
            return
        self._reading = True

        def work(reader: Reader) -> tuple[BatchView | None, list[BatchTicket]]:
            found = reader.batches(1)
            if not found:
                return None, []
            read = found[0].ended is not None or found[0].asks
            return found[0], reader.batch_tickets(found[0].id) if read else []

        self._desk.reading.submit("bulk run", work, self._take, self._failed)

    def _failed(self, error: Exception) -> None:
        self._reading = False

    def _take(self, found: tuple[BatchView | None, list[BatchTicket]]) -> None:
        self._reading = False
        self.looked = True
        view, tickets = found
        if view is None:
            return
        if self.view is None or view.id != self.view.id:
            self._settled.forget()
        self.view = view
        if tickets != self.tickets:
            self.tickets = tickets
        self._settled.note(self._desk.now, view.settled)
        if view.ended is None:
            self._seen_running.add(view.id)
        elif view.id in self._seen_running:
            self._seen_running.discard(view.id)
            self._ended(view, tickets)

    @property
    def rate(self) -> float:
        """Tickets settled in a second; 0 where that is not known yet."""
        return self._settled.per_second

    def seconds_left(self) -> int | None:
        """How long it takes at this rate; None where nobody can tell."""
        view = self.running
        return None if view is None else seconds_left(view.waiting + view.in_flight, self.rate)

    def words(self, now: Instant) -> str:
        """For the status bar: ``BULK 120/250, 40 s left``; empty where none is under way."""
        view = self.running
        if view is None:
            return ""
        if view.state is BatchState.QUEUEING:
            return "BULK queueing"
        if view.asks:
            return "BULK waits for you"
        if view.hold_until > now and not view.settled:
            return f"BULK held {view.hold_until - now} s"
        left = time_left(self.seconds_left())
        return f"BULK {view.settled:,}/{view.tickets:,}" + (f", {left}" if left else "")
