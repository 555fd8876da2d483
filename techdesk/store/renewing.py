"""A desk that went back: in a new epoch, or to an earlier state of the same, as after a backup was put back.

What it says from then on counts, however low its revisions are. What this techdesk sent, and is not there any
more, waits for its person again: in the conflicts, to be sent once more or left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from techdesk.model import (
    Event,
    FieldValue,
    Instant,
    Operation,
    OperationKind,
    OperationState,
    Ticket,
    Tombstone,
    TombstoneReason,
)
from techdesk.store import changes, effective, journal, meta, outbox, overlay, search, tickets
from techdesk.store.connection import scalar, transaction
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines

LOST = "Sent, and not at the desk any more: it went back to an earlier state."
_CHECKED = ("status", "priority", "owner", "queue", "subject")
"""Fields whose changes the log of a desk tells; of others nobody can say whether they are missing."""
_SLACK = 120
"""Seconds by which the desk's log may be behind our clock."""
_ROWS = 20
_HELD = "SELECT coalesce(sum(revision), 0) FROM ticket WHERE gone = '' AND id IS NOT NULL"
"""All changes that the desk had counted."""
_SEEN = "went back "
"""Before the instant in a mark that is no epoch."""


def _is_same(held: Ticket, shown: Ticket, events: Sequence[Event]) -> bool:
    """Whether an id still means the ticket that it did: a desk may move times, as the demo's does."""
    if held.created == shown.created:
        return True
    renamed = any(event.field == "subject" and event.old == held.subject for event in events)
    return held.requester == shown.requester and (held.subject == shown.subject or renamed)


class RenewalFeed:
    """What sync does to the file when the desk went back."""

    def __init__(self, connection: sqlite3.Connection, lines: Lines) -> None:
        self._connection = connection
        self._lines = lines

    def begin(self, mark: str) -> None:
        """What the desk says from now on counts, however low its revisions are.

        Once for each ``mark`` (the epoch), so that the sweep which follows can be cut off and go on. A sweep
        of before is given up.
        """
        with transaction(self._connection) as connection:
            if (meta.get(connection, meta.RENEWING) or "").partition("\n")[0] == mark:
                return
            held = int(scalar(connection, _HELD))
            connection.execute("UPDATE ticket SET revision = -1 WHERE revision <> -1")
            connection.execute("UPDATE tombstone SET revision = -1 WHERE revision <> -1")
            meta.put(connection, meta.RENEWING, f"{mark}\n{held}")
            meta.put(connection, meta.SWEEPING, None)
            meta.put(connection, meta.SWEEP_AFTER, None)

    def begin_at(self, now: Instant) -> None:
        """The same where the desk was seen to show tickets in earlier revisions than they are held in."""
        self.begin(f"{_SEEN}{now}")

    @property
    def was_seen(self) -> bool:
        """Whether it is known that the desk went back; a new epoch alone may be another history as well."""
        mark, _, before = str(meta.get(self._connection, meta.RENEWING) or "").partition("\n")
        return mark.startswith(_SEEN) or int(scalar(self._connection, _HELD)) < int(before or 0)

    @property
    def is_under_way(self) -> bool:
        """Whether the sweep that follows has not come to its end yet."""
        return meta.get(self._connection, meta.RENEWING) is not None

    def end(self) -> None:
        """It has."""
        with transaction(self._connection) as connection:
            meta.put(connection, meta.RENEWING, None)

    def ahead_of(self, shown: Iterable[Ticket]) -> list[str]:
        """Desk ids of the tickets that are held in a later revision than the desk shows them in."""
        return [
            ticket.id
            for ticket in shown
            if int(scalar(self._connection, "SELECT max(revision) FROM ticket WHERE id = ?", ticket.id) or -1)
            > ticket.revision
        ]

    def part_ways(self, ticket: Ticket | None, events: Sequence[Event], now: Instant) -> None:
        """An id that the desk gives to another ticket than before: inside the caller's transaction.

        Ids are given out again after a backup was put back. What was written for the one must not go to the
        other customer. The time alone does not tell: the demo moves that of its tickets to the present.
        """
        key = None if ticket is None else tickets.key_of_id(self._connection, ticket.id)
        if ticket is None or key is None:
            return
        held = effective.ticket_base(self._connection, key)
        if held is None or _is_same(held, ticket, events):
            return
        if self._own_create(key) is not None:
            self._unmake(key)
        else:
            other = f"{ticket.id} until {now}"
            self._connection.execute("UPDATE ticket SET id = ? WHERE key = ?", (other, key))
            tickets.bury(self._connection, Tombstone(id=other, reason=TombstoneReason.DELETED), now)
        self._lines.rebuild((key,), now)
        changes.note(self._connection, (key,))

    def made_here(self, generation: int) -> list[tuple[int, str]]:
        """(key, desk id) of the tickets that were opened here and that a sweep did not see."""
        return [
            (key, ticket_id)
            for key, ticket_id in self._connection.execute(
                "SELECT DISTINCT t.key, t.id FROM operation o JOIN ticket t ON t.key = o.ticket"
                " WHERE o.kind = 'create' AND o.state = 'done' AND t.generation < ? AND t.id IS NOT NULL"
                " AND t.gone IN ('', 'purged')",  # purged: it was looked for before it was known why
                (generation,),
            )
        ]

    def unmake(self, key: int, now: Instant) -> None:
        """The desk knows no ticket that was opened here: it is as before it was sent."""
        with transaction(self._connection):
            self._unmake(key)
            self._lines.rebuild((key,), now)

    def lost(self, generation: int) -> list[tuple[int, Instant]]:
        """(key, when it went out) of the operations that are done and left no trace at the desk.

        Only where that can be known: their tickets are among those that this sweep saw, and a message's or a
        field's trace is in what the desk shows of them.
        """
        rows = self._connection.execute(
            f"{outbox.SELECT} WHERE o.state = 'done'"
            " AND t.key IS NOT NULL AND (t.id IS NULL OR (t.generation >= ? AND t.gone = '')) ORDER BY o.key",
            (generation,),
        ).fetchall()
        found = (outbox.from_row(row) for row in rows)
        return [
            (each.key, each.first_sent or each.created)
            for each in found
            if not each.is_notice and self._is_lost(each)
        ]

    def ask_again(self, keys: Sequence[int], now: Instant) -> None:
        """Their people decide: send it once more, or leave it. In short transactions, told in the journal."""
        with transaction(self._connection) as connection:
            journal.write(
                connection, at=now, actor="", action="sync", ticket=None, number="", outcome="went back",
                detail=f"the desk went back to an earlier state: {len(keys)} changes of ours are missing",
            )  # fmt: skip
        for begin in range(0, len(keys), _ROWS):
            with transaction(self._connection) as connection:
                touched: list[int] = []
                for key in keys[begin : begin + _ROWS]:
                    operation = outbox.load(connection, key)
                    if operation is None or operation.state is not OperationState.DONE:
                        continue
                    outbox.settle(connection, (key,), OperationState.CONFLICT, LOST)
                    journal.write_of(connection, operation, OperationState.CONFLICT.value, LOST, now)
                    touched.append(operation.ticket)
                self._lines.rebuild(touched, now)
                changes.note(connection, touched)

    # -- within

    def _own_create(self, key: int) -> int | None:
        found = scalar(
            self._connection,
            "SELECT key FROM operation WHERE ticket = ? AND kind = 'create' AND state = 'done'",
            key,
        )
        return None if found is None else int(found)

    def _unmake(self, key: int) -> None:
        search.drop_bodies(self._connection, search.Marks(self._connection), key)
        self._connection.execute("DELETE FROM message WHERE ticket = ?", (key,))
        self._connection.execute("DELETE FROM event WHERE ticket = ?", (key,))
        self._connection.execute(
            "UPDATE ticket SET id = NULL, number = '', revision = -1, base = NULL, unread = 0, gone = '',"
            " merged_into = '' WHERE key = ?",
            (key,),
        )

    def _is_lost(self, operation: Operation) -> bool:
        if not operation.ticket_id:
            return True
        if operation.kind is OperationKind.CREATE:
            return False
        if operation.kind.is_message:
            if self._has_message(operation):
                return False
            # Of a long conversation the desk may show the newest part only.
            oldest = scalar(
                self._connection, "SELECT min(at) FROM message WHERE ticket = ?", operation.ticket
            )
            return oldest is None or (operation.first_sent or operation.created) >= int(oldest)
        ticket = effective.ticket_base(self._connection, operation.ticket)
        if ticket is None:
            return False
        return any(
            name in _CHECKED and not self._was_set(operation, ticket, name, value)
            for name, value in operation.sets.items()
        )

    def _has_message(self, operation: Operation) -> bool:
        return (
            scalar(
                self._connection,
                "SELECT 1 FROM message WHERE ticket = ? AND operation = ?",
                operation.ticket,
                operation.id,
            )
            is not None
        )

    def _was_set(self, operation: Operation, ticket: Ticket, name: str, value: FieldValue) -> bool:
        """Whether a field has the value, or the log shows that it had."""
        if (overlay.value_in(ticket, name) or None) == (value or None):
            return True
        wanted = None if value in (None, "") else str(value)
        logged = self._connection.execute(
            "SELECT 1 FROM event WHERE ticket = ? AND field = ? AND at >= ? AND (new IS ? OR old IS ?)",
            (operation.ticket, name, operation.created - _SLACK, wanted, wanted),
        ).fetchone()
        return logged is not None
