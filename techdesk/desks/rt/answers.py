"""What REST2 answers, as far as techdesk reads it. Numbers come as text, ids as either (RT quirk 5)."""

from __future__ import annotations

import datetime
from typing import TypeAlias

import msgspec
from msgspec import Raw, Struct

from techdesk.model import Instant

Number: TypeAlias = str | int | None

_ID = "id"


class Listing(Struct, kw_only=True):
    """A page of a collection. Rows are decoded one by one, so that a bad one does not stop the others.

    ``total`` is null wherever RT did not count (RT quirk 3).
    """

    items: list[Raw] = []
    total: int | None = None


class UserAnswer(Struct, kw_only=True, rename="pascal"):
    """A user inside another answer; its ``id`` is the login."""

    id: str = msgspec.field(name=_ID)
    real_name: str | None = None
    email_address: str | None = None
    organization: str | None = None


class Hyperlink(Struct, kw_only=True):
    """A link of a record."""

    ref: str = ""
    id: Number = None


class UserRecord(Struct, kw_only=True, rename="pascal"):
    """``/user/<id or login>``. ``Privileged`` is told to everybody, the number only in the ``self`` link."""

    name: str
    real_name: str | None = None
    email_address: str | None = None
    organization: str | None = None
    privileged: Number = None
    hyperlinks: list[Hyperlink] = msgspec.field(default_factory=list, name="_hyperlinks")

    @property
    def number(self) -> int:
        """The user's number, as transactions name new owners; 0 when it was not told."""
        return next((whole(link.id) for link in self.hyperlinks if link.ref == "self"), 0)


class QueueAnswer(Struct, kw_only=True, rename="pascal"):
    """A queue inside another answer or a list."""

    id: Number = msgspec.field(name=_ID)
    name: str | None = None


class FieldAnswer(Struct, kw_only=True):
    """A custom field of a ticket."""

    id: Number
    name: str = ""
    values: list[str | None] = []


class TicketAnswer(Struct, kw_only=True, rename="pascal"):
    """A row of ``/tickets`` with the wide list of fields, or ``/ticket/<id>`` (with fewer names in it)."""

    id: Number = msgspec.field(name=_ID)
    subject: str | None = ""
    status: str = ""
    queue: QueueAnswer | None = None
    owner: UserAnswer | None = None
    requestor: list[UserAnswer] = []
    cc: list[UserAnswer] = []
    time_worked: Number = None
    hyperlinks: list[Hyperlink] | None = msgspec.field(default=None, name="_hyperlinks")
    """None where they were not asked for."""
    priority: Number = None
    created: str | None = None
    last_updated: str | None = None
    due: str | None = None
    resolved: str | None = None
    custom_fields: list[FieldAnswer] | str = []
    sla: str | None = msgspec.field(default=None, name="SLA")

    def values_of(self, name: str) -> tuple[str, ...]:
        """Values of a custom field by its name; none where the ticket has no such field."""
        if not name or isinstance(self.custom_fields, str):
            return ()
        for each in self.custom_fields:
            if each.name == name:
                return tuple(value for value in each.values if value)
        return ()


class TransactionAnswer(Struct, kw_only=True, rename="pascal"):
    """A row of ``/transactions``: one thing that happened to a ticket."""

    id: Number = msgspec.field(name=_ID)
    type: str
    object_id: Number
    field: str | None = None
    old_value: str | None = None
    new_value: str | None = None
    created: str | None = None
    creator: UserAnswer | None = None

    @property
    def number(self) -> int:
        """The id, which orders the whole feed."""
        return whole(self.id)

    @property
    def ticket(self) -> int:
        """The ticket that it was written on, which may have been merged into another since."""
        return whole(self.object_id)

    @property
    def login(self) -> str:
        """Who did it."""
        return self.creator.id if self.creator else ""

    @property
    def carries_message(self) -> bool:
        """Whether it is part of the conversation (RT quirk 10)."""
        return self.type in ("Create", "Correspond", "Comment")


class PartAnswer(Struct, kw_only=True, rename="pascal"):
    """A row of ``/attachments``: a part of a message. Content is plain text in a list (RT quirk 9)."""

    id: Number = msgspec.field(name=_ID)
    transaction_id: Number = None
    content_type: str | None = None
    filename: str | None = None
    headers: str | None = None
    content: str | None = None

    @property
    def number(self) -> int:
        """The id; parts of a message come in its order."""
        return whole(self.id)


class Made(Struct, kw_only=True):
    """Answer to a POST of a ticket."""

    id: Number


class Release(Struct, kw_only=True, rename="pascal"):
    """``/rt``."""

    version: str


def whole(value: Number) -> int:
    """A number that comes as text; 0 for what is none."""
    try:
        return int(value or 0)
    except ValueError:
        return 0


def instant(value: str | None) -> Instant | None:
    """``2026-09-23T01:15:44Z`` as epoch seconds; None for unset, which RT writes as 1970 (RT quirk 5)."""
    if not value:
        return None
    try:
        at = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=datetime.UTC)
    seconds = int(at.timestamp())
    return seconds if seconds > 0 else None
