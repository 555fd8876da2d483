"""What sync does about automatic notices: which are due, queueing one, taking one back."""

from __future__ import annotations

from techdesk.model import Instant, Operation, OperationState
from techdesk.store import edits, journal, meta, notices, outbox, tickets
from techdesk.store.connection import transaction
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.store.notices import Passed


class NoticeFeed:
    """The part of ``Feed`` that is about notices, on its connection. Use it from the sync thread only."""

    def __init__(self, connection: sqlite3.Connection, lines: Lines) -> None:
        self._connection = connection
        self._lines = lines

    def began(self, now: Instant) -> Instant:
        """Since when notices are sent from this profile: stamped at the first call, once and for all.

        What ran out before somebody had techdesk at all is told to nobody.
        """
        with transaction(self._connection) as connection:
            at = meta.get(connection, meta.NOTICES)
            if at is None:
                at = str(now)
                meta.put(connection, meta.NOTICES, at)
            return int(at)

    def due(self, now: Instant, horizon: Instant, count: int) -> list[tuple[int, Instant]]:
        """(ticket, threshold) of at most ``count`` tickets whose threshold passed after ``horizon``."""
        return notices.due(self._connection, now, horizon, count)

    def next_at(self, after: Instant) -> Instant | None:
        """The first threshold past an instant."""
        return notices.next_at(self._connection, after)

    def passed(self, key: int, marker: str, now: Instant) -> Passed | None:
        """A ticket as it stands for its notices; None where it is no longer here."""
        return notices.passed(self._connection, self._lines.clocks, key, marker, now)

    def settle(self, key: int, passed: Passed, operations: list[Operation], now: Instant) -> None:
        """Queue what is to be said of a ticket, and remember that it is dealt with: both or neither."""
        with transaction(self._connection) as connection:
            edits.enqueue(self._lines, connection, operations)
            notices.told(connection, key, passed.evaluation, now)

    def retract(self, operation: Operation, why: str, now: Instant) -> None:
        """A notice that is not to be sent after all: nobody has to decide about it."""
        with transaction(self._connection) as connection:
            outbox.settle(connection, (operation.key,), OperationState.DROPPED, why)
            journal.write_of(connection, operation, "dropped", why, now)
            tickets.purge_if_settled(connection, operation.ticket)
            self._lines.rebuild((operation.ticket,), now)
