"""What the demo desk tells: the change feed, the sweep, one ticket, a search.

The feed's order is ``seq``: each transaction that changes a ticket gives it the next number. A cursor is
``epoch.floor.at.total``. ``floor`` is where the reader was when this chain of pages began: up to there it has
everything. ``at`` is how far the chain has come. A ticket is sent where its newest change stands in the
order, with every message and event after ``floor``: so a ticket that moves on while somebody reads page after
page is still complete when it comes.
"""

from __future__ import annotations

import sqlite3  # noqa: TID251 - for the type of a row only
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from techdesk.demo.pages import event_of, message_of, person_of, ticket_of, tombstone_of
from techdesk.demo.problems import Problem, unknown_ticket
from techdesk.demo.storage import Storage
from techdesk.desks.port import digest_of
from techdesk.desks.wire import WireDigest, WirePage
from techdesk.model import Organisation, Person, Queue, Tombstone, TombstoneReason

DAY = 86_400

_CHANGED_IN_SCOPE = (
    "SELECT * FROM shown WHERE seq > ? AND gone = '' AND (closed IS NULL OR closed >= ?) ORDER BY seq LIMIT ?"
)
_CHANGED = "SELECT * FROM shown WHERE seq > ? ORDER BY seq LIMIT ?"
_SWEPT = (
    "SELECT * FROM shown WHERE id > ? AND gone = '' AND (closed IS NULL OR closed >= ?) ORDER BY id LIMIT ?"
)
_COUNTED = "SELECT count(*) FROM tickets WHERE gone = '' AND (closed IS NULL OR closed >= ?)"
_STAMPS = "SELECT id, revision FROM tickets WHERE gone = '' AND (closed IS NULL OR closed >= ?)"
_FOUND = (
    "SELECT * FROM shown WHERE gone = '' AND (id = ? OR subject LIKE ? ESCAPE '\\'"
    " OR requester IN (SELECT id FROM people WHERE name LIKE ? ESCAPE '\\' OR email = ?))"
    " ORDER BY closed IS NOT NULL, updated DESC LIMIT 100"
)
_MESSAGES = "SELECT * FROM messages WHERE ticket = ? AND seq > ? ORDER BY id"
_EVENTS = "SELECT * FROM events WHERE ticket = ? AND seq > ? ORDER BY id"
_NEWEST_MESSAGES = "SELECT * FROM messages WHERE ticket = ? ORDER BY id DESC LIMIT 100"
_NEWEST_EVENTS = "SELECT * FROM events WHERE ticket = ? ORDER BY id DESC LIMIT 100"
_REOPENED = (
    "SELECT 1 FROM events WHERE ticket = ? AND seq > ? AND field = 'status' AND old IN ('closed', 'resolved')"
)


class Position(Struct, frozen=True):
    """A decoded cursor of the feed."""

    floor: int
    at: int
    total: int
    """Tickets that this chain brings; -1 where it is not a first pull."""

    def encode(self, epoch: str) -> str:
        """What the client keeps, and must not look into."""
        return f"{epoch}.{self.floor}.{self.at}.{self.total}"


class Feed:
    """Reads pages out of one storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def changes(self, cursor: str, limit: int, closed_days: int) -> WirePage:
        """One page of changes; raises ``Problem`` 400 or 410 for a cursor that cannot be continued."""
        storage = self._storage
        since = storage.now() - closed_days * DAY
        position = self._decode(cursor) if cursor else Position(0, 0, self._count(since))
        newest = storage.sequence()
        if position.floor:
            rows = storage.sql.execute(_CHANGED, (position.at, limit + 1)).fetchall()
        else:
            rows = storage.sql.execute(_CHANGED_IN_SCOPE, (position.at, since, limit + 1)).fetchall()
        more = len(rows) > limit
        rows = rows[:limit]
        present: list[sqlite3.Row] = []
        tombstones: list[Tombstone] = []
        for row in rows:
            if row["gone"]:
                tombstones.append(tombstone_of(row))
            elif row["closed"] is not None and row["closed"] < since:
                tombstones.append(Tombstone(id=str(row["id"]), reason=TombstoneReason.OUT_OF_SCOPE))
            else:
                present.append(row)
        after = (
            Position(position.floor, rows[-1]["seq"], position.total)
            if more
            else Position(newest, newest, -1)
        )
        return self._page(
            present,
            floor=position.floor,
            first=position.floor == position.at,
            cursor=after.encode(storage.epoch),
            more=more,
            total=position.total if position.total >= 0 else None,
            tombstones=tombstones,
        )

    def sweep(self, after_id: int, limit: int, closed_days: int, feed_cursor: str) -> WirePage:
        """One page of all tickets in scope in order of id; the last page's cursor is ``feed_cursor``."""
        storage = self._storage
        since = storage.now() - closed_days * DAY
        if not feed_cursor:
            at = storage.sequence()
            feed_cursor = Position(at, at, -1).encode(storage.epoch)
        rows = storage.sql.execute(_SWEPT, (after_id, since, limit + 1)).fetchall()
        more = len(rows) > limit
        rows = rows[:limit]
        return self._page(
            rows,
            first=after_id == 0,
            cursor=str(rows[-1]["id"]) if more else feed_cursor,
            more=more,
            total=self._count(since) if after_id == 0 else None,
            feed_cursor=feed_cursor,
        )

    def one(self, ticket_id: str, *, recent: bool = False, message_id: str = "") -> WirePage:
        """A ticket with its whole conversation and log, or only the newest hundred of each.

        ``message_id``: the message that a write made, which this answers.

        Raises ``Problem`` 404 for an unknown id, 410 for one that was merged or deleted.
        """
        row = self._row(ticket_id)
        if row is None:
            raise unknown_ticket(ticket_id)
        if row["gone"]:
            raise gone(tombstone_of(row))
        return self._page([row], recent=recent, message_id=message_id, answer=bool(message_id))

    def exists(self, ticket_id: str) -> None:
        """Raises ``Problem`` 404 for an unknown id, 410 for one that was merged or deleted."""
        row = self._row(ticket_id)
        if row is None:
            raise unknown_ticket(ticket_id)
        if row["gone"]:
            raise gone(tombstone_of(row))

    def since(self, ticket_id: str, seq: int, message_id: str = "") -> WirePage:
        """A ticket with what was added to it after ``seq``: the answer to a write."""
        row = self._row(ticket_id)
        return self._page([] if row is None else [row], floor=seq, message_id=message_id, answer=True)

    def digest(self, closed_days: int) -> WireDigest:
        """What the scope holds, in one number."""
        storage = self._storage
        since = storage.now() - closed_days * DAY
        count = value = 0
        for ticket, revision in storage.sql.execute(_STAMPS, (since,)):
            count += 1
            value ^= digest_of(str(ticket), str(revision + storage.shifts))
        at = storage.sequence()
        return WireDigest(
            count=count,
            value=f"{value:016x}",
            since=since + storage.origin,
            cursor=Position(at, at, -1).encode(storage.epoch),
        )

    def search(self, text: str) -> WirePage:
        """At most 100 tickets, also closed ones, whose number, subject or requester has the text."""
        words = text.strip()
        like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        number = row_id(words.upper().removeprefix("TD-"))
        rows = self._storage.sql.execute(_FOUND, (number, like, like, words)).fetchall()
        return self._page(rows, conversation=False)

    def _row(self, ticket_id: str) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._storage.sql.execute(
            "SELECT * FROM shown WHERE id = ?", (row_id(ticket_id),)
        ).fetchone()
        return row

    def _decode(self, cursor: str) -> Position:
        storage = self._storage
        epoch, *numbers = cursor.split(".")
        if epoch != storage.epoch:
            raise Problem(410, "epoch-changed", "The feed began anew since this cursor was given out: sweep.")
        try:
            floor, at, total = (int(number) for number in numbers)
        except ValueError:
            raise Problem(400, "bad-cursor", "The cursor is not one of this desk's.") from None
        if at < int(storage.get("expired_before", "0")):
            raise Problem(410, "cursor-expired", "The cursor is too old for the feed to go on from: sweep.")
        if 0 <= floor <= at > storage.sequence():  # given out before this desk went back to a backup
            raise Problem(410, "cursor-unknown", "The feed has not come so far: sweep.")
        if not 0 <= floor <= at or total < -1:
            raise Problem(400, "bad-cursor", "The cursor is not one of this desk's.")
        return Position(floor, at, total)

    def _count(self, since: int) -> int:
        return int(self._storage.sql.execute(_COUNTED, (since,)).fetchone()[0])

    def _page(
        self,
        rows: Sequence[sqlite3.Row],
        *,
        floor: int = 0,
        first: bool = False,
        cursor: str = "",
        more: bool = False,
        total: int | None = None,
        tombstones: Sequence[Tombstone] = (),
        message_id: str = "",
        conversation: bool = True,
        recent: bool = False,
        answer: bool = False,
        feed_cursor: str = "",
    ) -> WirePage:
        """The rows with what belongs to them.

        ``first``: the page that begins a chain also brings organisations, queues and technicians.
        ``recent``: only the newest part of the conversation. ``answer``: to a write, with everybody in it.
        """
        storage = self._storage
        sql = storage.sql
        messages: list[sqlite3.Row] = []
        events: list[sqlite3.Row] = []
        for row in rows if conversation else ():
            ticket = row["id"]
            if recent:
                messages += sql.execute(_NEWEST_MESSAGES, (ticket,)).fetchall()[::-1]
                events += sql.execute(_NEWEST_EVENTS, (ticket,)).fetchall()[::-1]
                continue
            # One that was reopened may have left the reader's scope before: it gets the whole of it again.
            back = floor and not answer and sql.execute(_REOPENED, (ticket, floor)).fetchone()
            lowest = 0 if back else floor
            messages += sql.execute(_MESSAGES, (ticket, lowest)).fetchall()
            events += sql.execute(_EVENTS, (ticket, lowest)).fetchall()
        named = {row["requester"] for row in rows} | {row["owner"] for row in rows}
        named |= {row["author"] for row in messages} | {row["actor"] for row in events}
        for row in rows:
            if row["watchers"] != "[]":
                named.update(msgspec.json.decode(row["watchers"], type=list[str]))
        people = {
            row["id"]: person_of(row)
            for name in named
            for row in sql.execute(
                "SELECT * FROM people WHERE id = ? AND seq > ?", (name, 0 if answer else floor)
            )
        }
        if first:
            people |= {person.id: person for person in self._people(floor)}
        return WirePage(
            tickets=[ticket_of(row, storage.origin, storage.shifts) for row in rows],
            messages=[message_of(row, storage.origin) for row in messages],
            events=[event_of(row, storage.origin) for row in events],
            people=[people[name] for name in sorted(people)],
            organisations=self._organisations(floor) if first else [],
            queues=self._queues(floor) if first else [],
            tombstones=list(tombstones),
            cursor=cursor,
            more=more,
            epoch=storage.epoch,
            total=total,
            message_id=message_id,
            feed_cursor=feed_cursor,
        )

    def _people(self, floor: int) -> list[Person]:
        # A first pull brings requesters with their tickets; technicians must be there for the owner picker.
        rows = self._storage.sql.execute(
            "SELECT * FROM people WHERE seq > ?1 AND (?1 > 0 OR role != 'requester')", (floor,)
        )
        return [person_of(row) for row in rows]

    def _organisations(self, floor: int) -> list[Organisation]:
        rows = self._storage.sql.execute("SELECT * FROM organisations WHERE seq > ? ORDER BY id", (floor,))
        return [
            Organisation(id=row["id"], name=row["name"], policy=row["policy"], region=row["region"])
            for row in rows
        ]

    def _queues(self, floor: int) -> list[Queue]:
        rows = self._storage.sql.execute("SELECT * FROM queues WHERE seq > ? ORDER BY id", (floor,))
        return [Queue(id=row["id"], name=row["name"]) for row in rows]


def row_id(ticket_id: str) -> int:
    """The number that an id stands for; -1, which no ticket has, for what is no id."""
    return int(ticket_id) if ticket_id.isascii() and ticket_id.isdigit() and len(ticket_id) < 16 else -1


def gone(tombstone: Tombstone) -> Problem:
    """410: says where the ticket went."""
    went = f"was merged into {tombstone.merged_into}" if tombstone.merged_into else f"was {tombstone.reason}"
    return Problem(410, "ticket-gone", f"Ticket {tombstone.id} {went}.", tombstone=tombstone)
