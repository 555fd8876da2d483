"""What can be done to the demo desk's tickets. Every call is part of a transaction that the caller began."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from techdesk.demo.feed import Feed, gone, row_id
from techdesk.demo.field_values import CHANNELS, FieldValues
from techdesk.demo.files import Files, check_files
from techdesk.demo.links import Links
from techdesk.demo.merging import Merging
from techdesk.demo.pages import tombstone_of
from techdesk.demo.problems import Problem, invalid, unknown_ticket
from techdesk.demo.storage import Storage
from techdesk.desks.wire import CREATE_FIELDS, SETTABLE, WireFile, WirePage
from techdesk.model import (
    Direction,
    Status,
    Tombstone,
    TombstoneReason,
    Visibility,
)

MINUTES_LIMIT = 100_000
"""Of one entry of time."""
TEXT_LIMIT = 500_000
"""Characters."""
_SET = (
    "UPDATE tickets SET status = :status, priority = :priority, owner = :owner, queue = :queue,"
    " subject = :subject, tags = :tags, severity = :severity, close_reason = :close_reason,"
    " requester = :requester, closed = :closed, watchers = :watchers, links = :links WHERE id = :id"
)


class Desk:
    """Changes tickets as one of the cast, and keeps the feed in order."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.feed = Feed(storage)
        self.links = Links(storage, self._advance)
        self.values = FieldValues(storage, self.links)
        self.files = Files(storage)
        self.merging = Merging(storage, self.links, self._advance, self.remove)

    def update(self, actor: str, ticket_id: str, version: str, sets: Mapping[str, object]) -> WirePage:
        """Set fields; an empty ``version`` is no precondition. Raises ``Problem`` 404, 410, 412 or 422."""
        row = self._row(ticket_id, version)
        values = self.values.checked(sets, SETTABLE)
        if values.get("subject") == "":
            raise invalid(("subject",), "A subject cannot be empty.")
        before = self.storage.sequence()
        into = values.pop("merge_into", "")
        if into:
            self.merging.check(row["id"], into)
        self.set(actor, row["id"], values)
        if not into:
            return self.feed.since(ticket_id, before)
        self.merging.merge(actor, row["id"], int(into))
        gone_to = Tombstone(id=ticket_id, reason=TombstoneReason.MERGED, merged_into=into)
        return msgspec.structs.replace(self.feed.since(into, before), tombstones=[gone_to])

    def set(self, actor: str, ticket: int, values: Mapping[str, Any]) -> None:
        """Set fields that were checked, with an event for each that differs; what equals changes nothing."""
        row = self._row(str(ticket), "")
        changed = {name: value for name, value in values.items() if row[name] != value}
        if "status" in changed:
            done = changed["status"] in (Status.RESOLVED, Status.CLOSED)
            if done:
                changed["closed"] = self.storage.now()
            elif row["closed"] is not None:
                changed["closed"] = None
                changed.setdefault("close_reason", "")
        if not changed:
            return
        seq = self._advance(ticket)
        now = self.storage.now()
        self.storage.sql.execute(_SET, row | changed)
        if "links" in changed:
            self.links.mirror(actor, ticket, row["links"], changed["links"])
        for name, value in changed.items():
            if name != "closed" and row[name] != value:
                self.storage.sql.execute(
                    "INSERT INTO events(ticket, seq, at, actor, field, old, new) VALUES(?, ?, ?, ?, ?, ?, ?)",
                    (ticket, seq, now, actor, name, _as_text(name, row[name]), _as_text(name, value)),
                )

    def message(
        self,
        author: str,
        ticket_id: str,
        text: str,
        *,
        version: str = "",
        visibility: str = Visibility.PUBLIC,
        direction: Direction = Direction.OUTBOUND,
        channel: str = "",
        operation: str = "",
        minutes: int = 0,
        files: Sequence[WireFile] = (),
        automatic: bool = False,
    ) -> WirePage:
        """Add a message, and the minutes worked. Raises ``Problem`` 404, 410, 412 or 422."""
        row = self._row(ticket_id, version)
        if not text.strip() or len(text) > TEXT_LIMIT:
            raise invalid(("text",), f"A message has between 1 and {TEXT_LIMIT} characters.")
        if visibility not in (Visibility.PUBLIC, Visibility.INTERNAL):
            raise invalid(("visibility",), "A message is public or internal.")
        if channel not in CHANNELS:
            raise invalid(("channel",), f"There is no channel {channel!r}.")
        if not 0 <= minutes <= MINUTES_LIMIT:
            raise invalid(("minutes",), f"Minutes are between 0 and {MINUTES_LIMIT}.")
        check_files(files)
        if minutes:
            self.storage.sql.execute(
                "UPDATE tickets SET minutes = minutes + ? WHERE id = ?", (minutes, row["id"])
            )
        before = self.storage.sequence()
        message_id = self.add_message(
            author,
            row["id"],
            text,
            visibility=visibility,
            direction=direction,
            channel=channel,
            operation=operation,
            automatic=automatic,
        )
        if files:
            self.files.keep(message_id, files)
        if version:
            return self.feed.since(ticket_id, before, str(message_id))
        # Whoever did not say which version they know may not know what came before: with the ticket's new
        # version alone, their next If-Match would hold over a message that they have not seen.
        return self.feed.one(ticket_id, recent=True, message_id=str(message_id))

    def add_message(
        self,
        author: str,
        ticket: int,
        text: str,
        *,
        visibility: str = Visibility.PUBLIC,
        direction: Direction = Direction.OUTBOUND,
        channel: str = "",
        operation: str = "",
        automatic: bool = False,
    ) -> int:
        """Add a message that was checked; returns its id."""
        seq = self._advance(ticket)
        cursor = self.storage.sql.execute(
            "INSERT INTO messages(ticket, seq, at, author, direction, visibility, channel, automatic, body,"
            " operation, attachments) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]')",
            (
                ticket,
                seq,
                self.storage.now(),
                author,
                direction,
                visibility,
                channel,
                automatic,
                text,
                operation,
            ),
        )
        return int(cursor.lastrowid or 0)

    def create(self, actor: str, fields: Mapping[str, object], text: str, operation: str) -> WirePage:
        """Open a ticket. Raises ``Problem`` 422.

        ``text`` is what the customer said, so it is a message of theirs, taken down by the technician.
        """
        values = self.values.checked(
            {name: value for name, value in fields.items() if name not in ("requester", "requester_name")},
            CREATE_FIELDS,
        )
        if not values.get("subject"):
            raise invalid(("subject",), "A ticket needs a subject.")
        if len(text) > TEXT_LIMIT:
            raise invalid(("text",), f"A message has at most {TEXT_LIMIT} characters.")
        before = self.storage.sequence()
        organisation = str(values.get("organisation") or "")
        requester = self.values.requester(fields, organisation, before + 1)
        if requester and not organisation:
            organisation = self.values.organisation_of(requester)
        ticket = self.open_ticket(
            actor,
            requester=requester,
            organisation=organisation,
            text=text,
            operation=operation,
            values=values,
        )
        return self.feed.since(str(ticket), before)

    def open_ticket(
        self,
        actor: str,
        *,
        requester: str,
        organisation: str,
        text: str,
        values: Mapping[str, Any],
        operation: str = "",
        scene: str = "",
    ) -> int:
        """Open a ticket from checked values; returns its id."""
        now = self.storage.now()
        channel = str(values.get("channel") or "")
        cursor = self.storage.sql.execute(
            "INSERT INTO tickets(seq, revision, subject, status, priority, severity, kind, queue, owner,"
            " requester,"
            " organisation, channel, tags, created, updated, closed, close_reason, escalation, scene)"
            " VALUES(?, 1, ?, 'new', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '', 0, ?)",
            (
                self.storage.sequence() + 1,
                values["subject"],
                values.get("priority"),
                values.get("severity"),
                values.get("kind") or "problem",
                values.get("queue") or "service-desk",
                values.get("owner") or "",
                requester,
                organisation,
                channel,
                values.get("tags") or "[]",
                now,
                now,
                scene,
            ),
        )
        ticket = int(cursor.lastrowid or 0)
        seq = self.storage.sequence()
        self.storage.sql.execute(
            "INSERT INTO events(ticket, seq, at, actor, field, old, new) VALUES(?, ?, ?, ?, 'status', NULL,"
            " 'new')",
            (ticket, seq, now, actor),
        )
        if text.strip():
            self.storage.sql.execute(
                "INSERT INTO messages(ticket, seq, at, author, direction, visibility, channel, automatic,"
                " body,"
                " operation, attachments) VALUES(?, ?, ?, ?, 'in', 'public', ?, 0, ?, ?, '[]')",
                (ticket, seq, now, requester or actor, channel, text, operation),
            )
        return ticket

    def remove(self, ticket_id: str, reason: TombstoneReason, merged_into: str = "") -> None:
        """Merge or delete a ticket: from now on it answers 410 and the feed has its tombstone."""
        row = self._row(ticket_id, "")
        if merged_into:
            self._row(merged_into, "")
        self._advance(row["id"])
        self.storage.sql.execute(
            "UPDATE tickets SET gone = ?, merged_into = ? WHERE id = ?", (reason, merged_into, row["id"])
        )

    def _advance(self, ticket: int) -> int:
        """Give the ticket its next version and the next place in the feed."""
        seq = self.storage.sequence() + 1
        self.storage.sql.execute(
            "UPDATE tickets SET seq = ?, revision = revision + 1, updated = ? WHERE id = ?",
            (seq, self.storage.now(), ticket),
        )
        return seq

    def _row(self, ticket_id: str, version: str) -> dict[str, Any]:
        found = self.storage.sql.execute(
            "SELECT * FROM tickets WHERE id = ?", (row_id(ticket_id),)
        ).fetchone()
        if found is None:
            raise unknown_ticket(ticket_id)
        if found["gone"]:
            raise gone(tombstone_of(found))
        row = dict(found)
        if version and version != "*" and version != str(row["revision"] + self.storage.shifts):
            raise Problem(
                412,
                "version-mismatch",
                f"TD-{ticket_id} is at version {row['revision'] + self.storage.shifts}, not {version}.",
                current=self.feed.one(ticket_id, recent=True),
            )
        return row


def _as_text(name: str, value: Any) -> str | None:
    """A value as an event tells it."""
    if value is None or value == "":
        return None
    if name in ("tags", "watchers", "links"):
        return ", ".join(msgspec.json.decode(value, type=list[str])) or None
    return str(value)
