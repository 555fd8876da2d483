"""Rows of the demo desk's file as the model's structs."""

from __future__ import annotations

import re
import sqlite3  # noqa: TID251 - for the type of a row only

import msgspec

from techdesk.model import (
    Attachment,
    Channel,
    Direction,
    Event,
    Instant,
    Message,
    Person,
    Role,
    Status,
    Ticket,
    Tombstone,
    TombstoneReason,
    Visibility,
)

PRODUCT = "techdesk demo desk"
MARKER = "[techdesk-record]"
"""Begins the line of a note that carries a technician's record (docs/api.md)."""
_AT = re.compile(r"\{at:(-?\d+)\}")

_LABELS = {
    "phonism": ("severity", ("Emergency", "Critical", "Major", "Moderate", "Minor")),
    "wildix": ("severity", ("Critical", "Standard")),
    "data-dynamics": ("priority", ("High", "Medium", "Low")),
}
"""What the policies call their grades, by the field that holds the grade."""


def number_of(ticket_id: int) -> str:
    """What people say on the phone: ``TD-10431``."""
    return f"TD-{ticket_id}"


def priority_label(policy: str, priority: int | None, severity: int | None) -> str:
    """The grade in the words of the customer's policy; empty when nobody has graded."""
    field, names = _LABELS.get(policy, ("priority", ()))
    grade = severity if field == "severity" else priority
    if grade is None:
        return ""
    return names[grade - 1] if grade <= len(names) else f"P{grade}"


def ticket_of(row: sqlite3.Row, origin: Instant, shifts: int) -> Ticket:
    """A row of the view ``shown``; its instants are seconds after ``origin``."""
    revision = row["revision"] + shifts
    return Ticket(
        id=str(row["id"]),
        number=number_of(row["id"]),
        version=str(revision),
        revision=revision,
        subject=row["subject"],
        status=Status(row["status"]),
        priority=row["priority"],
        priority_label=priority_label(row["policy"], row["priority"], row["severity"]),
        severity=row["severity"],
        kind=row["kind"],
        queue=row["queue"],
        owner=row["owner"],
        requester=row["requester"],
        organisation=row["organisation"],
        channel=Channel(row["channel"]),
        tags=msgspec.json.decode(row["tags"], type=tuple[str, ...]),
        watchers=msgspec.json.decode(row["watchers"], type=tuple[str, ...]),
        links=msgspec.json.decode(row["links"], type=tuple[str, ...]),
        time_worked=row["minutes"],
        created=row["created"] + origin,
        updated=row["updated"] + origin,
        closed=None if row["closed"] is None else row["closed"] + origin,
        close_reason=row["close_reason"],
        escalation_level=row["escalation"],
    )


def message_of(row: sqlite3.Row, origin: Instant) -> Message:
    """A row of ``messages``; ``at`` is seconds after ``origin``."""
    return Message(
        id=str(row["id"]),
        ticket=str(row["ticket"]),
        at=row["at"] + origin,
        author=row["author"],
        direction=Direction(row["direction"]),
        visibility=Visibility(row["visibility"]),
        channel=Channel(row["channel"]),
        automatic=bool(row["automatic"]),
        body=row["body"] if row["operation"] else dated(row["body"], origin),
        operation=row["operation"],
        attachments=msgspec.json.decode(row["attachments"], type=tuple[Attachment, ...]),
    )


def dated(body: str, origin: Instant) -> str:
    """A record of the made-up data, its instants (``{at:SECONDS}`` after ``origin``) in epoch seconds."""
    if MARKER not in body:
        return body
    return _AT.sub(lambda found: str(int(found[1]) + origin), body)


def event_of(row: sqlite3.Row, origin: Instant) -> Event:
    """A row of ``events``; ``at`` is seconds after ``origin``."""
    return Event(
        id=str(row["id"]),
        ticket=str(row["ticket"]),
        at=row["at"] + origin,
        actor=row["actor"],
        field=row["field"],
        old=row["old"],
        new=row["new"],
    )


def person_of(row: sqlite3.Row) -> Person:
    """A row of ``people``."""
    return Person(
        id=row["id"],
        name=row["name"],
        email=row["email"],
        role=Role(row["role"]),
        organisation=row["organisation"],
        vip=bool(row["vip"]),
    )


def tombstone_of(row: sqlite3.Row) -> Tombstone:
    """A row of ``tickets`` or ``shown`` whose ``gone`` is not empty."""
    return Tombstone(id=str(row["id"]), reason=TombstoneReason(row["gone"]), merged_into=row["merged_into"])
