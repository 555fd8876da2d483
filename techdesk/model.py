"""The field's nouns as typed, immutable structs.

Two rules hold for everything here. An instant is an integer: seconds since the epoch, UTC. An identifier
called ``id`` is the help desk's own, as text; an identifier called ``key`` is the local integer that a row
keeps for life, also before the desk has given it an id.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from msgspec import Struct

Instant: TypeAlias = int
"""Seconds since the epoch, UTC."""

FieldValue: TypeAlias = str | int | bool | list[str] | None
"""What a ticket's field can hold on the wire and in an operation."""


class Status(StrEnum):
    """Where a ticket stands, in words that every desk's own states map to (DESKS: neutral model)."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"  # for the customer
    HOLD = "hold"  # by us, until a date or a decision
    VENDOR = "vendor"  # for a third party
    RESOLVED = "resolved"
    CLOSED = "closed"

    @property
    def is_active(self) -> bool:
        """Whether somebody of the desk still has to do something."""
        return self not in (Status.RESOLVED, Status.CLOSED)


class Role(StrEnum):
    """What a person is to the desk."""

    REQUESTER = "requester"
    TECHNICIAN = "technician"
    SYSTEM = "system"


class Channel(StrEnum):
    """How a ticket or a message came in."""

    EMAIL = "email"
    PHONE = "phone"
    PORTAL = "portal"
    CHAT = "chat"
    MONITORING = "monitoring"
    SOCIAL = "social"
    UNKNOWN = ""


class Direction(StrEnum):
    """Who wrote a message: the customer's side, or the desk's."""

    INBOUND = "in"
    OUTBOUND = "out"


class Visibility(StrEnum):
    """Who may read a message."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Relation(StrEnum):
    """How a ticket is linked to another; each has its other side."""

    REFERS_TO = "refers_to"
    REFERRED_BY = "referred_by"
    DEPENDS_ON = "depends_on"
    NEEDED_BY = "needed_by"
    PART_OF = "part_of"
    HAS_PART = "has_part"

    @property
    def inverse(self) -> Relation:
        """The same link, seen from the other ticket."""
        return _OTHER_SIDE[self]

    @property
    def words(self) -> str:
        """As in a sentence: ``depends on``."""
        return {"referred_by": "referred to by", "has_part": "has as a part"}.get(
            self.value, self.value.replace("_", " ")
        )


_OTHER_SIDE = {
    Relation.REFERS_TO: Relation.REFERRED_BY,
    Relation.REFERRED_BY: Relation.REFERS_TO,
    Relation.DEPENDS_ON: Relation.NEEDED_BY,
    Relation.NEEDED_BY: Relation.DEPENDS_ON,
    Relation.PART_OF: Relation.HAS_PART,
    Relation.HAS_PART: Relation.PART_OF,
}


def link_of(text: str) -> tuple[Relation, str] | None:
    """Relation and ticket id of one of ``Ticket.links``; None for a relation that this version has not."""
    name, colon, other = text.partition(":")
    return (Relation(name), other) if colon and other and name in set(Relation) else None


class Person(Struct, frozen=True, kw_only=True):
    """A technician, a requester or a machine that writes on tickets."""

    id: str
    name: str
    email: str = ""
    role: Role = Role.REQUESTER
    organisation: str = ""
    """Id of the organisation, or empty."""
    vip: bool = False


class Organisation(Struct, frozen=True, kw_only=True):
    """A customer: whose contract a ticket counts against."""

    id: str
    name: str
    policy: str = ""
    """Name of the support policy, where the desk knows it; otherwise the settings choose."""
    region: str = ""


class Queue(Struct, frozen=True, kw_only=True):
    """Where tickets of one kind wait for one team."""

    id: str
    name: str


class Ticket(Struct, frozen=True, kw_only=True):
    """A ticket as the help desk told it: never with local, unsent changes laid over it."""

    id: str
    number: str
    """What people say on the phone (``TD-10431``, ``5``)."""
    version: str
    """Opaque; sent back as the precondition of a write (ETag, stamp)."""
    revision: int
    """Orders versions of one ticket: a row is never replaced by one of a lower revision."""
    subject: str
    status: Status
    priority: int | None = None
    """1 is the most urgent; None means that nobody has set one."""
    priority_label: str = ""
    severity: int | None = None
    kind: str = ""
    """Problem, question, request ... in the desk's own word."""
    queue: str = ""
    owner: str = ""
    """Id of the technician, or empty."""
    requester: str = ""
    organisation: str = ""
    channel: Channel = Channel.UNKNOWN
    tags: tuple[str, ...] = ()
    created: Instant
    updated: Instant
    closed: Instant | None = None
    close_reason: str = ""
    server_due: Instant | None = None
    """The desk's own deadline, shown as such and never used for ours."""
    escalation_level: int = 0
    watchers: tuple[str, ...] = ()
    """Who else gets what is written to the customer (Cc): ids of people, or addresses."""
    links: tuple[str, ...] = ()
    """``relation:id`` of other tickets (``Relation``), as the desk knows them."""
    time_worked: int = 0
    """Minutes logged on it in all."""
    raw: dict[str, str] = {}
    """The desk's own values of mapped fields, for base comparison and write-back."""


class Attachment(Struct, frozen=True, kw_only=True):
    """A file beside a message; its bytes are fetched on request only."""

    id: str
    name: str
    size: int
    """Bytes."""
    media_type: str = "application/octet-stream"


class NewFile(Struct, frozen=True, kw_only=True):
    """A file that goes with a message: kept here whole, so that it can be sent when the original is gone."""

    id: str
    """Local; the desk gives its own."""
    name: str
    media_type: str = "application/octet-stream"
    content: bytes


class Message(Struct, frozen=True, kw_only=True):
    """One entry of a conversation: a mail, a logged call, an internal note."""

    id: str
    ticket: str
    at: Instant
    author: str
    """Id of the person."""
    direction: Direction
    visibility: Visibility
    channel: Channel = Channel.UNKNOWN
    automatic: bool = False
    """Written by a machine (auto-acknowledgement, notice): never counts as a response."""
    body: str
    operation: str = ""
    """Id of the operation that made it, where the desk kept it."""
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_customers_word(self) -> bool:
        """Whether a customer wrote it by hand, for us to read: what a decision may not have seen yet. An
        out-of-office answer asks for nothing."""
        return (
            self.direction is Direction.INBOUND
            and self.visibility is Visibility.PUBLIC
            and not self.automatic
        )


class Event(Struct, frozen=True, kw_only=True):
    """One change of one field of a ticket, as the desk logged it."""

    id: str
    ticket: str
    at: Instant
    actor: str
    field: str
    """``status``, ``priority``, ``owner``, ``queue``, ``severity``, ``subject`` ..., in neutral names."""
    old: str | None = None
    """Neutral value as text (``open``, ``2``, a person's id); None is unset."""
    new: str | None = None


class TombstoneReason(StrEnum):
    """Why a ticket is gone from this cache."""

    DELETED = "deleted"
    MERGED = "merged"
    OUT_OF_SCOPE = "out_of_scope"
    PURGED = "purged"


class Tombstone(Struct, frozen=True, kw_only=True):
    """Says that a ticket is no longer here, and where it went."""

    id: str
    reason: TombstoneReason
    merged_into: str = ""


class OperationKind(StrEnum):
    """What an operation does at the desk."""

    CREATE = "create"
    UPDATE = "update"
    REPLY = "reply"
    COMMENT = "comment"

    @property
    def is_message(self) -> bool:
        """Whether it adds a message (and so could double one if it were sent twice)."""
        return self in (OperationKind.REPLY, OperationKind.COMMENT)


class OperationState(StrEnum):
    """Where an operation is on its way to the desk (SYNC section 1)."""

    HELD = "held"  # undo leaves no trace until hold_until
    READY = "ready"  # waits for the network, or for an earlier one of its ticket
    SENT = "sent"  # on its way, or its answer was lost: repeat byte for byte
    DONE = "done"
    CONFLICT = "conflict"  # somebody changed the same: a person decides
    REJECTED = "rejected"  # the desk said no: a person decides
    DROPPED = "dropped"  # undone, or given up by a person

    @property
    def is_pending(self) -> bool:
        """Whether its change is still laid over the ticket on the screen."""
        return self in (OperationState.HELD, OperationState.READY, OperationState.SENT)

    @property
    def needs_decision(self) -> bool:
        """Whether it waits for a person, and holds back later ones of its ticket."""
        return self in (OperationState.CONFLICT, OperationState.REJECTED)


SET_FIELDS = ("tags", "watchers", "links")
"""Fields that are sets: what two people put on and take off goes together, so they are never in conflict."""


def merged_set(base: FieldValue, mine: FieldValue, theirs: FieldValue) -> list[str]:
    """What a set becomes: ``theirs``, with what we put on and without what we took off of ``base``.

    >>> merged_set(["a", "b"], ["a", "c"], ["a", "b", "d"])
    ['a', 'd', 'c']
    """
    was, wanted, held = (list(each) if isinstance(each, list) else [] for each in (base, mine, theirs))
    kept = [each for each in held if each in wanted or each not in was]
    return kept + [each for each in dict.fromkeys(wanted) if each not in was and each not in kept]


RECORD_MARKER = "[techdesk-record]"
"""In an internal note that carries a fact for other techdesks (``rules.records``)."""
NOTICE = "notice.send"
"""Action of the operations that carry automatic notices: no key was pressed for them."""


class Operation(Struct, frozen=True, kw_only=True, gc=False):  # no cycles: a bulk run has 20,000 of them
    """One change on its way to the desk. Its row is the retry state; no memory of it is kept elsewhere."""

    key: int = 0
    """Local order; 0 before it is stored."""
    id: str
    """Idempotency key: made once, kept over every retry."""
    batch: str
    """Operations of one key press or one bulk run share it; undo takes a whole batch back."""
    ticket: int
    """Local key of the ticket."""
    ticket_id: str = ""
    """The desk's id, once it has one."""
    kind: OperationKind
    action: str
    """Id of the action that made it (``ticket.take``)."""
    sets: dict[str, FieldValue] = {}
    """Fields to set, by neutral name, to neutral values."""
    base: dict[str, FieldValue] = {}
    """What those fields held when the technician decided; plus ``last_customer_message`` for a close."""
    text: str = ""
    """Body of a reply, comment or first message."""
    channel: Channel = Channel.UNKNOWN
    files: tuple[NewFile, ...] = ()
    """Loaded only for sending; ``sets["files"]`` has their ids."""
    state: OperationState = OperationState.HELD
    created: Instant
    hold_until: Instant
    attempts: int = 0
    not_before: Instant = 0
    request: bytes = b""
    """Exact body of the first try; repeated as it is until a definite answer."""
    precondition: str = ""
    error: str = ""
    actor: str = ""
    first_sent: Instant = 0
    """When it went out for the first time, by which a server counts the life of its key; 0: never."""
    bulk: bool = False
    """Whether it is part of a bulk run, which single changes overtake."""

    @property
    def is_notice(self) -> bool:
        """Whether techdesk itself wrote it: with a ticket that is gone it goes, and nobody is asked."""
        return self.action == NOTICE


class Colleague(Struct, frozen=True, kw_only=True):
    """Somebody else who has a ticket open now."""

    id: str
    name: str
    writing: bool = False
    since: Instant = 0


class Draft(Struct, frozen=True, kw_only=True):
    """Unsent writing, saved on each pause of typing."""

    key: int = 0
    ticket: int | None
    """Local key of the ticket; None for a new ticket's first message."""
    kind: OperationKind
    body: str
    fields: dict[str, FieldValue] = {}
    base_revision: int = 0
    """Revision that the writer had seen: a newer customer message holds the reply."""
    updated: Instant


class Scope(Struct, frozen=True, kw_only=True):
    """Which tickets a profile keeps: every active one, and those closed lately."""

    closed_days: int = 90
