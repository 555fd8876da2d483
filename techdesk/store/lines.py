"""List rows built from a ticket with all it depends on, and written only where something differs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from techdesk.model import Instant
from techdesk.sla.evaluation import Evaluation
from techdesk.store import changes, effective, notices, reviews, search
from techdesk.store.clocks import Clocks
from techdesk.store.driver import sqlite3
from techdesk.store.row_reading import COLUMNS, ORDER_COLUMNS, ORDER_SET, row_of, tags_of, tags_text
from techdesk.store.rows import Row
from techdesk.text import storable

_ORDER_PLACES = tuple(COLUMNS.index(column) for column in ORDER_COLUMNS)

TAGS = COLUMNS.index("tags")
NUMBER = COLUMNS.index("number")
SUBJECT = COLUMNS.index("subject")

INSERT = f"INSERT INTO list_row (key, {', '.join(COLUMNS)}) VALUES (?{', ?' * len(COLUMNS)})"
_SELECT = f"SELECT {', '.join(COLUMNS)} FROM list_row WHERE key = ?"


def values(ticket: effective.Effective, clocks: Clocks, now: Instant) -> tuple[Any, ...]:
    """The list row of a ticket, in the order of ``COLUMNS``."""
    ticket = effective.known(ticket, clocks.complete)
    return columns(ticket, evaluated(ticket, clocks, now))


def evaluated(ticket: effective.Effective, clocks: Clocks, now: Instant) -> Evaluation:
    """Every target of a ticket, by the policy that it falls under."""
    policy = clocks.policy(
        ticket.organisation_name, ticket.queue_name, ticket.fields.tags, ticket.policy_hint
    )
    return clocks.evaluate(policy, ticket.history, now)


def columns(ticket: effective.Effective, evaluation: Evaluation) -> tuple[Any, ...]:
    """``values`` with the clock at hand."""
    fields, operations, clock = ticket.fields, ticket.operations, evaluation.row
    return (
        fields.number,
        storable(fields.subject, 2000),
        fields.status.value,
        int(fields.status.is_active),
        fields.priority,
        fields.priority_label or (evaluation.grade if ticket.regraded else ""),
        fields.severity,
        fields.kind,
        fields.owner,
        fields.requester,
        ticket.organisation_id,
        fields.queue,
        fields.channel.value,
        tags_text(fields.tags),
        fields.created,
        fields.updated,
        fields.closed,
        fields.close_reason,
        ticket.status_since,
        int(ticket.unread),
        int(ticket.history.vip),
        fields.escalation_level,
        sum(operation.state.is_pending for operation in operations),
        effective.attention(operations),
        ticket.last_customer_message,
        ticket.last_public_reply,
        ticket.message_count,
        clock.policy,
        int(clock.urgency),
        clock.order,
        str(clock.metric),
        clock.calendar,
        clock.due,
        clock.breach_at,
        clock.warning_at,
        clock.critical_at,
        clock.left,
        int(clock.immediate),
    )


class Lines:
    """Keeps list rows true, inside its caller's transactions."""

    def __init__(self, connection: sqlite3.Connection, clocks: Clocks) -> None:
        self._connection = connection
        self.clocks = clocks
        self._was: dict[int, str] = {}
        """What orders sort by, of the rows that are being rebuilt and stand elsewhere by now."""

    def rebuild(self, keys: Iterable[int], now: Instant) -> list[int]:
        """Build these rows anew, write what differs and log it as changed. The keys whose row changed."""
        marks = search.Marks(self._connection)
        self._was.clear()
        changed = [key for key in dict.fromkeys(keys) if self._rebuild(key, now, marks)]
        changes.note_what_was(self._connection, {key: self._was.get(key) for key in changed})
        return changed

    def rebuild_stale(self, now: Instant, count: int) -> list[int] | None:
        """Rebuild some of the rows that were put off; None where none are left."""
        keys = [row[0] for row in self._connection.execute("SELECT ticket FROM stale LIMIT ?", (count,))]
        if not keys:
            return None
        self._connection.executemany("DELETE FROM stale WHERE ticket = ?", ((key,) for key in keys))
        rebuilt = set(self.rebuild(keys, now))
        # A name that a row only refers to changed: the row is as it was and looks different all the same.
        changes.note(self._connection, (key for key in keys if key not in rebuilt))
        return keys

    def put_off(self, keys: Iterable[int]) -> None:
        """Have these rows built again soon, by whoever writes next."""
        self._connection.executemany(
            "INSERT INTO stale (ticket) VALUES (?) ON CONFLICT DO NOTHING", ((key,) for key in keys)
        )

    def _rebuild(self, key: int, now: Instant, marks: search.Marks) -> bool:
        ticket = effective.read(self._connection, key)
        if ticket is None or ticket.gone:
            return self._remove(key, marks)
        ticket = effective.known(ticket, self.clocks.complete)
        evaluation = evaluated(ticket, self.clocks, now)
        notices.put(self._connection, key, evaluation)
        reviews.put(self._connection, key, ticket, evaluation)
        new = columns(ticket, evaluation)
        old = self._connection.execute(_SELECT, (key,)).fetchone()
        retold = search.put_ticket(self._connection, marks, key, new[NUMBER], new[SUBJECT], names_of(ticket))
        if old == new:
            return retold
        if old is None:
            self._was[key] = changes.NEW
            self._connection.execute(INSERT, (key, *new))
        else:
            # Only the columns that differ: SQLite touches the indexes of every column that is named.
            differing = [
                (column, value) for column, was, value in zip(COLUMNS, old, new, strict=True) if was != value
            ]
            if not ORDER_SET.isdisjoint(column for column, _ in differing):
                self._was[key] = msgspec.json.encode([old[place] for place in _ORDER_PLACES]).decode()
            sets = ", ".join(f"{column} = ?" for column, _ in differing)
            self._connection.execute(
                f"UPDATE list_row SET {sets} WHERE key = ?",
                (*(value for _, value in differing), key),
            )
        was = "" if old is None else old[TAGS]
        if was != new[TAGS]:
            self._write_tags(key, tags_of(was), tags_of(new[TAGS]))
        return True

    def _write_tags(self, key: int, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        self._connection.executemany(
            "DELETE FROM ticket_tag WHERE tag = ? AND ticket = ?", ((tag, key) for tag in old)
        )
        self._connection.executemany(
            "INSERT INTO ticket_tag (tag, ticket) VALUES (?, ?) ON CONFLICT DO NOTHING",
            ((tag, key) for tag in new),
        )

    def _remove(self, key: int, marks: search.Marks) -> bool:
        notices.put(self._connection, key, None)
        reviews.put(self._connection, key, None, None)
        search.drop_ticket(self._connection, marks, key)
        old = self._connection.execute(_SELECT, (key,)).fetchone()
        if old is None:
            return False
        self._was[key] = msgspec.json.encode([old[place] for place in _ORDER_PLACES]).decode()
        self._write_tags(key, tags_of(old[TAGS]), ())
        self._connection.execute("DELETE FROM list_row WHERE key = ?", (key,))
        return True


def names_of(ticket: effective.Effective) -> str:
    """Names under which a ticket is found: its requester's and its organisation's."""
    requester = ticket.requester
    if requester is None:
        return f"{ticket.fields.requester} {ticket.organisation_name}".strip()
    return f"{requester.name} {requester.email} {ticket.organisation_name}".strip()


def row_of_ticket(
    key: int, ticket: effective.Effective, shown: tuple[Any, ...], owner_name: str, *, draft: bool
) -> Row:
    """The row of a ticket that no list has any more, from its ``values``."""
    column = dict(zip(COLUMNS, shown, strict=True))
    requester = ticket.requester
    names = (
        owner_name,
        requester.name if requester else ticket.fields.requester,
        ticket.organisation_name,
        ticket.queue_name,
    )
    before = ("number", "subject", "status", "priority", "priority_label", "severity", "owner")
    after = (
        "channel", "tags", "created", "updated", "unread", "vip", "escalation_level", "pending", "attention",
        "policy", "urgency", "clock_order", "metric", "calendar", "due", "breach_at", "warning_at",
        "critical_at", "business_left", "immediate", "last_public_reply",
    )  # fmt: skip
    grade = (column[name] for name in before)
    return row_of((key, *grade, *names, *(column[name] for name in after), draft))
