"""The native HTTP API's bodies: what the demo desk (or another server of it) writes and ``native`` reads.

Tickets, messages, events, people, organisations, queues and tombstones travel as the structs of
``techdesk.model``, field for field. Everything is JSON in UTF-8; unknown fields are ignored on both sides.
No HTTP library is imported here: the demo desk uses this module too.
"""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

from techdesk.desks.port import Page
from techdesk.model import (
    Colleague,
    Event,
    FieldValue,
    Instant,
    Message,
    Organisation,
    Person,
    Queue,
    Ticket,
    Tombstone,
    TombstoneReason,
)

API = "techdesk/1"
PREFIX = "/api/v1"
PAGE_LIMIT = 100
SETTABLE = (
    "status",
    "priority",
    "owner",
    "queue",
    "subject",
    "tags",
    "severity",
    "close_reason",
    "requester",
    "watchers",
    "links",
    "merge_into",
)
"""What ``PATCH`` of a ticket may set, by neutral name."""
CREATE_FIELDS = (
    "subject",
    "queue",
    "requester",
    "requester_name",
    "organisation",
    "priority",
    "severity",
    "owner",
    "channel",
    "tags",
    "kind",
)
"""What a new ticket may begin with, by neutral name."""
_LISTS = ("tickets", "messages", "events", "people", "organisations", "queues", "tombstones")
LAST_INSTANT = 1 << 37
"""Instants at or past this (the year 6325) are no instants: a row that has one is quarantined."""
_REVISION_LIMIT = 1 << 62
LONGEST_NAME = 500
"""Characters of an id or a version: two longer ones would look the same once the store has cut them."""
_NO_VERSION = re.compile('["\\x00-\\x1f\\x7f]')
"""What cannot stand in ``If-Match`` (RFC 9110 8.8.3)."""


class WireAbout(Struct, frozen=True, kw_only=True):
    """``GET /about``: what answers here; needs no token."""

    product: str
    server: str
    """UUID of the desk's data."""
    epoch: str
    api: str = API


class WireMe(Person, frozen=True, kw_only=True):
    """``GET /me``: the token's person, flat, with the desk's identity."""

    server: str
    epoch: str = ""
    product: str = ""

    @property
    def person(self) -> Person:
        """The person alone."""
        return Person(**{name: getattr(self, name) for name in Person.__struct_fields__})


class WirePage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every read and every accepted write answers.

    ``cursor`` of ``/changes``: where the next pull goes on. Of ``/tickets`` (sweep): the next ``after_id``
    while ``more`` is true; on the last page the feed position from before the sweep. ``feed_cursor`` (sweep
    only) is that position on every page; the client echoes it as a parameter.
    """

    tickets: list[Ticket] = []
    messages: list[Message] = []
    events: list[Event] = []
    people: list[Person] = []
    organisations: list[Organisation] = []
    queues: list[Queue] = []
    tombstones: list[Tombstone] = []
    cursor: str = ""
    more: bool = False
    epoch: str = ""
    total: int | None = None
    """Tickets that this pull brings in all, on the first page at least."""
    feed_cursor: str = ""
    message_id: str = ""
    """The message that a POST of a message made."""


class RawPage(Struct, frozen=True, kw_only=True):
    """A ``WirePage`` whose rows are not decoded yet, so that one bad row cannot spoil the others."""

    tickets: list[Raw] = []
    messages: list[Raw] = []
    events: list[Raw] = []
    people: list[Raw] = []
    organisations: list[Raw] = []
    queues: list[Raw] = []
    tombstones: list[Raw] = []
    cursor: str = ""
    more: bool = False
    epoch: str = ""
    total: int | None = None
    feed_cursor: str = ""
    message_id: str = ""

    def page(self, *, cursor: str | None = None) -> Page:
        """Decode the rows; those that cannot be read go to ``Page.unreadable``."""
        unreadable: list[tuple[str, str]] = []
        return Page(
            tickets=tuple(row for row in _rows(self.tickets, Ticket, unreadable) if _sound(row, unreadable)),
            messages=tuple(
                row for row in _rows(self.messages, Message, unreadable) if _timed(row, unreadable)
            ),
            events=tuple(row for row in _rows(self.events, Event, unreadable) if _timed(row, unreadable)),
            people=tuple(_rows(self.people, Person, unreadable)),
            organisations=tuple(_rows(self.organisations, Organisation, unreadable)),
            queues=tuple(_rows(self.queues, Queue, unreadable)),
            tombstones=tuple(_rows(self.tombstones, Tombstone, unreadable)),
            unreadable=tuple(unreadable),
            cursor=self.cursor if cursor is None else cursor,
            more=self.more,
            total=self.total,
        )


def read_page(body: bytes) -> RawPage:
    """An answer's page, rows unread. Raises ``msgspec.DecodeError`` if it is none.

    A string that is no text (a lone surrogate) makes msgspec refuse the whole page although one row holds it;
    then the standard library, which lets it through, cuts the page into rows.
    """
    try:
        return msgspec.json.decode(body, type=RawPage)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as refused:
        try:
            loose = json.loads(body)
            lists = {name: loose.pop(name, []) for name in _LISTS}
            rows = {name: [Raw(json.dumps(row).encode()) for row in found] for name, found in lists.items()}
            # What is left is read strictly: a cursor that is no text can neither be stored nor sent back.
            return msgspec.structs.replace(msgspec.json.decode(json.dumps(loose), type=RawPage), **rows)
        except (msgspec.MsgspecError, ValueError, TypeError, AttributeError, RecursionError):
            raise msgspec.DecodeError(str(refused)) from None


class WireProblem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``application/problem+json`` (RFC 9457) with the API's own members."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    fields: list[str] = []
    """Of a 422: neutral names of the fields refused."""
    current: WirePage | None = None
    """Of a 412: the ticket as it is now, with its messages and events."""
    reason: TombstoneReason | None = None
    """Of a 410 for a ticket."""
    merged_into: str = ""


class RawProblem(Struct, frozen=True, kw_only=True):
    """A ``WireProblem`` whose ``current`` is read row by row."""

    title: str = ""
    detail: str = ""
    fields: list[str] = []
    current: RawPage | None = None
    reason: TombstoneReason | None = None
    merged_into: str = ""


class WireDigest(Struct, frozen=True, kw_only=True):
    """``GET /digest``: what a scope holds, in one number."""

    count: int
    value: str
    """Sixteen hexadecimal digits: exclusive or of the first 8 bytes of BLAKE2b over ``id:version``."""
    since: Instant
    """Counted: every active ticket, and those closed at or after this instant."""
    cursor: str
    """The feed's newest position."""


class WireUpdate(Struct, frozen=True, kw_only=True):
    """Body of ``PATCH /tickets/{id}``."""

    sets: dict[str, FieldValue]
    operation: str = ""


class WireCreate(Struct, frozen=True, kw_only=True):
    """Body of ``POST /tickets``."""

    fields: dict[str, FieldValue]
    text: str = ""
    operation: str = ""


class WireFile(Struct, frozen=True, kw_only=True):
    """A file of a new message; ``content`` is base64."""

    name: str
    content: bytes
    media_type: str = "application/octet-stream"


class WireHere(Struct, frozen=True, kw_only=True):
    """Body of ``PUT /tickets/{id}/presence``: good for a minute."""

    doing: str
    """``viewing``, ``writing`` or ``gone``."""


class WirePresence(Struct, frozen=True, kw_only=True):
    """Its answer: who else is on the ticket."""

    people: list[Colleague] = []


class WireMessage(Struct, frozen=True, kw_only=True):
    """Body of ``POST /tickets/{id}/messages``."""

    text: str
    visibility: str
    operation: str = ""
    channel: str = ""
    minutes: int = 0
    """Time worked, added to the ticket's."""
    files: list[WireFile] = []


class WireBatchItem(Struct, frozen=True, kw_only=True):
    """One write within ``POST /batch``."""

    method: str
    path: str
    key: str
    if_match: str = ""
    body: Raw = Raw(b"{}")


class WireBatch(Struct, frozen=True, kw_only=True):
    """Body of ``POST /batch``: at most 100, order kept per ticket, no all-or-nothing."""

    operations: list[WireBatchItem]


class WireBatchResult(Struct, frozen=True, kw_only=True):
    """What one write of a batch would have answered alone."""

    status: int
    body: Raw = Raw(b"null")


class WireBatchAnswer(Struct, frozen=True, kw_only=True):
    """Answer of ``POST /batch``, in the order asked."""

    results: list[WireBatchResult]


Row = TypeVar("Row", Ticket, Message, Event, Person, Organisation, Queue, Tombstone)


class _Named(Struct, frozen=True):
    id: Any = ""


def _rows(raws: list[Raw], kind: type[Row], unreadable: list[tuple[str, str]]) -> list[Row]:
    """The readable rows; an empty id counts as unreadable."""
    rows: list[Row] = []
    decoder = msgspec.json.Decoder(kind)
    for position, raw in enumerate(raws):
        try:
            row = decoder.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            unreadable.append((_name(raw, kind.__name__, position), str(error)))
            continue
        if not row.id:
            unreadable.append((f"{kind.__name__} {position}", "it has no id"))
        elif len(row.id) > LONGEST_NAME:
            unreadable.append((f"{kind.__name__} {row.id[:80]}", f"its id has {len(row.id)} characters"))
        else:
            rows.append(row)
    return rows


def _name(raw: Raw, kind: str, position: int) -> str:
    """What a row that cannot be read calls itself, or where it stood."""
    try:
        named = msgspec.json.decode(raw, type=_Named)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return f"{kind} {position}"
    return f"{kind} {str(named.id)[:80]}" if named.id != "" else f"{kind} {position}"


def _sound(ticket: Ticket, unreadable: list[tuple[str, str]]) -> bool:
    """Whether a ticket's numbers are such that a database and a calendar can hold them."""
    instants = (ticket.created, ticket.updated, ticket.closed or 0, ticket.server_due or 0)
    numbers = (ticket.priority or 0, ticket.severity or 0, ticket.escalation_level, ticket.time_worked)
    if not all(0 <= instant < LAST_INSTANT for instant in instants):
        unreadable.append((f"Ticket {ticket.id[:80]}", "an instant is out of range"))
    elif not 0 <= ticket.revision < _REVISION_LIMIT or not all(0 <= number < 1 << 31 for number in numbers):
        unreadable.append((f"Ticket {ticket.id[:80]}", "a number is out of range"))
    elif len(ticket.version) > LONGEST_NAME or _NO_VERSION.search(ticket.version):
        unreadable.append((f"Ticket {ticket.id[:80]}", "its version cannot be a precondition"))
    else:
        return True
    return False


def _timed(row: Message | Event, unreadable: list[tuple[str, str]]) -> bool:
    if 0 <= row.at < LAST_INSTANT:
        return True
    unreadable.append((f"{type(row).__name__} {row.id[:80]}", "its instant is out of range"))
    return False
