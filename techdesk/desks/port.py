"""The port: what techdesk asks of a help desk, and every answer it may get.

An adapter translates; it keeps no state that must survive, knows no store and never decides a conflict.
What goes wrong in the field comes back as a value (``Failure``, ``Conflict`` ...), never as an exception.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from techdesk.model import (
    Colleague,
    Event,
    FieldValue,
    Instant,
    Message,
    NewFile,
    Operation,
    Organisation,
    Person,
    Queue,
    Scope,
    Ticket,
    Tombstone,
)


class FailureKind(StrEnum):
    """Why a request did not give what was asked for; each has its own words for people."""

    OFFLINE = "offline"  # told to be, by --offline
    NOT_SET_UP = "not_set_up"  # no token, an unusable address or an unknown kind of desk
    NOT_THERE = "not_there"  # nobody has started it yet (``NotThere``)
    NO_NETWORK = "no_network"
    DNS = "dns"
    REFUSED = "refused"  # nobody listens
    TLS = "tls"
    TIMEOUT = "timeout"
    CUT = "cut"  # the connection broke in mid-answer
    UNAUTHORISED = "unauthorised"  # 401
    FORBIDDEN = "forbidden"  # 403
    NOT_FOUND = "not_found"  # 404
    THROTTLED = "throttled"  # 429
    BAD_REQUEST = "bad_request"  # 400, 422: our fault or the input's
    SERVER_ERROR = "server_error"  # 5xx
    REDIRECTED = "redirected"  # another origin wanted our token
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_A_DESK = "not_a_desk"  # answers, but is no help desk of this kind
    OTHER_DESK = "other_desk"  # another desk than this cache belongs to
    OTHER_ACCOUNT = "other_account"  # that desk, but the token is another person's


class Failure(Struct, frozen=True, kw_only=True):
    """A request that gave no answer to use."""

    kind: FailureKind
    detail: str = ""
    """What the server or the network said; safe to show, without secrets."""
    retry_after: float | None = None
    """Seconds that the server asked us to wait."""
    sent: bool = False
    """Whether the request may have reached the server, so a write may have had its effect."""

    @property
    def words(self) -> str:
        """One sentence for people: what happened. What was kept and what to do is the screen's to add."""
        said = f" ({self.detail})" if self.detail else ""
        return f"{_WORDS[self.kind]}{said}."


_WORDS = {
    FailureKind.OFFLINE: "Working offline, as told",
    FailureKind.NOT_SET_UP: "The connection is not set up",
    FailureKind.NOT_THERE: "The help desk is not there yet",
    FailureKind.NO_NETWORK: "No network",
    FailureKind.DNS: "The help desk's name cannot be found",
    FailureKind.REFUSED: "The help desk does not answer at this address",
    FailureKind.TLS: "No secure connection to the help desk",
    FailureKind.TIMEOUT: "The help desk took too long to answer",
    FailureKind.CUT: "The connection broke off in mid-answer",
    FailureKind.UNAUTHORISED: "The help desk does not accept the token",
    FailureKind.FORBIDDEN: "The help desk does not allow this",
    FailureKind.NOT_FOUND: "The help desk does not know it",
    FailureKind.THROTTLED: "The help desk asks to slow down",
    FailureKind.BAD_REQUEST: "The help desk could not read the request",
    FailureKind.SERVER_ERROR: "The help desk has an internal error",
    FailureKind.REDIRECTED: "The help desk sent the request to another address, where the token must not go",
    FailureKind.TOO_LARGE: "The answer is larger than any answer should be",
    FailureKind.NOT_JSON: "The answer is not JSON",
    FailureKind.NOT_A_DESK: "There is a server, but no help desk of this kind",
    FailureKind.OTHER_DESK: "This is another help desk than last time",
    FailureKind.OTHER_ACCOUNT: "This is another person's account than last time",
}


class NotThere(LookupError):
    """The desk cannot be made yet, because nobody knows where it is; it costs nothing to look again."""


class Guarantee(StrEnum):
    """What the protocol lets techdesk promise (SYNC section 1); shown on the screen."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a desk can do, so that sync and screens ask for no more."""

    guarantee: Guarantee
    keys: bool
    """A repeated request with the same key has its effect once."""
    precondition: bool
    """A write can be made to fail if the ticket changed."""
    tombstones: bool
    push_events: bool = False
    """Tells of changes by server-sent events: the desk is an ``AnnouncingDesk``."""
    digest: bool = False
    """Can say what a profile must hold in one number: the desk is a ``DigestDesk``."""
    bulk: int = 0
    """Writes that one request can carry (the desk is a ``BulkDesk``); 0 where each goes alone."""
    bulk_per_minute: int = 0
    """Writes of bulk runs in a minute that it is asked for at most; 0: as fast as it answers."""
    create: bool = True
    create_fields: tuple[str, ...] = ("subject", "queue", "requester", "priority", "owner")
    settable: tuple[str, ...] = ("status", "priority", "owner", "queue", "subject", "tags")
    upload_bytes: int = 0
    """Bytes of all files that one message may carry; 0 where it takes none."""
    reads_files: bool = False
    """Gives the bytes of attachments: the desk is a ``FilesDesk``."""
    text_limit: int = 1_000_000
    """Characters that a message may have."""
    presence: bool = False
    """Tells who else is on a ticket: the desk is a ``PresenceDesk``."""
    time: bool = False
    """Takes minutes of work with an internal note."""
    statuses: tuple[str, ...] = ("new", "open", "waiting", "hold", "vendor", "resolved", "closed")
    """Neutral statuses that the desk can hold; for RT resolve and close are one."""
    priorities: dict[str, tuple[str, ...]] = {}
    """The desk's own words for priorities by a queue's name, the most urgent first; ``*`` is every other
    queue. Empty where it has none of its own."""
    always_graded: bool = False
    """Each ticket has a priority, also one that nobody has looked at (RT: its queue's own)."""
    page_size: int = 100
    poll_seconds: int = 30
    parallel: int = 1


class Account(Struct, frozen=True, kw_only=True):
    """Who we are at the desk, and which desk it is: stamped into the cache."""

    server: str
    """The desk's identity: the same after a restart, another after a restore elsewhere."""
    epoch: str = ""
    """Changes when the feed's history was lost; forces a sweep."""
    person: Person
    product: str
    """``Request Tracker 5.0.3``, ``techdesk demo desk``."""


class Page(Struct, frozen=True, kw_only=True):
    """Part of what changed: all of it is stored in one transaction with ``cursor``."""

    tickets: tuple[Ticket, ...] = ()
    messages: tuple[Message, ...] = ()
    events: tuple[Event, ...] = ()
    people: tuple[Person, ...] = ()
    organisations: tuple[Organisation, ...] = ()
    queues: tuple[Queue, ...] = ()
    tombstones: tuple[Tombstone, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    """Rows that could not be decoded: (id or position, why). Quarantined and shown, never fatal."""
    cursor: str
    """Where the next pull goes on; opaque to everyone but the adapter."""
    more: bool
    total: int | None = None
    """Tickets that this pull will bring in all, where the desk says so (for the progress bar)."""


class CursorGone(Struct, frozen=True, kw_only=True):
    """The feed cannot go on from there: sweep."""

    reason: str = ""


class Digest(Struct, frozen=True, kw_only=True):
    """What the desk has in scope, in one number, to compare with what is held (SYNC rule 14)."""

    count: int
    value: int
    """Exclusive or of ``digest_of(id, version)`` over every ticket counted."""
    since: Instant
    """Counted: every active ticket, and those closed at or after this instant."""
    cursor: str
    """Where the feed stood: only who has pulled up to here can compare."""


def digest_of(ticket_id: str, version: str) -> int:
    """One ticket's part of a digest: the first 8 bytes of BLAKE2b over ``id:version``, big-endian.

    >>> f"{digest_of('10431', '7'):016x}"
    '0d461794111e30ca'
    """
    from hashlib import blake2b  # not for who only looks at capabilities

    return int.from_bytes(blake2b(f"{ticket_id}:{version}".encode(), digest_size=8).digest())


class Prepared(Struct, frozen=True, kw_only=True):
    """A write in its exact bytes. Stored before the first try; every retry sends the same."""

    body: bytes
    precondition: str = ""


class Accepted(Struct, frozen=True, kw_only=True):
    """Done. ``page`` is the desk's present state of the ticket (and of a new message)."""

    page: Page
    ticket_id: str
    replayed: bool = False
    message_id: str = ""
    """Id of the message that a reply or comment became, where the desk says so."""


class Conflict(Struct, frozen=True, kw_only=True):
    """The desk held another version; ``page`` has the ticket as it is now. Definite: nothing was written."""

    page: Page


class Rejected(Struct, frozen=True, kw_only=True):
    """The desk said no, definitely. ``page`` has the ticket as it is, where it could be read back."""

    reason: str
    fields: tuple[str, ...] = ()
    """Neutral names of the fields refused, where only some were."""
    page: Page | None = None


class Gone(Struct, frozen=True, kw_only=True):
    """The ticket is no more (or was merged)."""

    tombstone: Tombstone


class Ambiguous(Struct, frozen=True, kw_only=True):
    """It may or may not have happened: repeat the same bytes until a definite answer."""

    failure: Failure


class Throttled(Struct, frozen=True, kw_only=True):
    """Nothing was done; not before so many seconds."""

    seconds: float
    failure: Failure


class AuthNeeded(Struct, frozen=True, kw_only=True):
    """The token is not accepted: nothing was done, pushing pauses until there is another."""

    failure: Failure


class Unreachable(Struct, frozen=True, kw_only=True):
    """The request never reached the desk: nothing was done, try again when there is a connection."""

    failure: Failure


PushResult: TypeAlias = (
    Accepted | Conflict | Rejected | Gone | Ambiguous | Throttled | AuthNeeded | Unreachable
)


class Connection(Struct, frozen=True, kw_only=True):
    """Everything that an adapter needs to speak to one desk as one person."""

    url: str
    token: str
    options: dict[str, object] = {}
    """The profile's own section for this kind of desk, already validated by the adapter."""

    def __repr__(self) -> str:
        """Never shows the token."""
        return f"Connection(url={self.url!r})"


class ServerClock(Protocol):
    """Hears what each answer says of the server's time."""

    def local(self) -> float:
        """The local clock, uncorrected: the seconds that ``observe`` wants."""
        ...

    def observe(self, sent: float, received: float, date: float, resolution: float = 1.0) -> None:
        """One answer: local seconds of sending and receiving; the server's time, cut to ``resolution`` s."""
        ...


class HelpDesk(Protocol):
    """One help desk, spoken to as one person. Made by an adapter class from a ``Connection``."""

    kind: str
    capabilities: Capabilities

    async def who_am_i(self) -> Account | Failure:
        """Who this token is, and which desk this is. The first call of every session."""
        ...

    async def pull(self, cursor: str, scope: Scope) -> Page | CursorGone | Failure:
        """Changes since ``cursor``; an empty cursor begins the first pull of the whole scope."""
        ...

    async def sweep(self, after: str, scope: Scope) -> Page | Failure:
        """Every ticket in scope by pages in a stable order, from an empty ``after``.

        ``Page.cursor`` of the last page (``more`` false) is the feed position from before the sweep began;
        until then it is the next ``after``. Messages may come along or not; a desk that has epochs brings
        whole conversations and logs, because after a restore what it does not show is no more.
        """
        ...

    async def get(self, ticket_id: str) -> Page | Gone | Failure:
        """One ticket with its whole conversation and log, also outside the scope."""
        ...

    async def search(self, text: str) -> Page | Failure:
        """Tickets that match, also outside the scope (at most one page; no conversations)."""
        ...

    def prepare(self, operation: Operation, ticket: Ticket | None) -> Prepared:
        """The exact bytes of a write, from the newest version held. Pure."""
        ...

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        """Send a write that was prepared and stored."""
        ...

    async def find_sent(self, operation: Operation) -> Accepted | Failure | None:
        """Look for the effect of a write whose answer was lost; None says that there is none.

        Asked before a retry only where ``capabilities.keys`` is false.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


@runtime_checkable
class AnnouncingDesk(Protocol):
    """What a desk with ``push_events`` can do besides."""

    def announcements(self) -> AsyncIterator[None]:
        """Yields when something changed, at once after connecting and then for each change.

        Ends, without an exception, when the connection does; whoever wants more asks anew.
        """
        ...


@runtime_checkable
class DigestDesk(Protocol):
    """What a desk with ``digest`` can do besides."""

    async def digest(self, scope: Scope) -> Digest | Failure | None:
        """What the scope holds now; None where this server cannot say."""
        ...


@runtime_checkable
class BulkDesk(Protocol):
    """What a desk with ``bulk`` can do besides."""

    async def push_many(self, writes: Sequence[tuple[Operation, Prepared]]) -> list[PushResult]:
        """Send up to ``capabilities.bulk`` writes in one request; a result for each, in their order.

        Each is what ``push`` would have said. Without a readable answer all of them are in doubt.
        """
        ...


@runtime_checkable
class FilesDesk(Protocol):
    """What a desk with ``reads_files`` can do besides."""

    async def file(self, attachment: str, max_bytes: int) -> bytes | Failure:
        """The bytes of an attachment, by the desk's id; ``TOO_LARGE`` where there are more."""
        ...


@runtime_checkable
class PresenceDesk(Protocol):
    """What a desk with ``presence`` can do besides."""

    async def presence(self, ticket_id: str, *, writing: bool) -> tuple[Colleague, ...] | Failure:
        """Say that we are on a ticket, for a minute from now; who else is."""
        ...


class DeskKind(Protocol):
    """What the entry-point group ``techdesk.desks`` names: the adapter class itself."""

    kind: str
    title: str
    """For people: ``Request Tracker 5``."""

    def __call__(self, connection: Connection, clock: ServerClock) -> HelpDesk:
        """Connect (lazily: no request is made yet)."""
        ...


def sent_files(operation: Operation) -> tuple[NewFile, ...]:
    """The files of a message. Raises ``UnknownField`` where one of them is no longer here: a message that
    speaks of a file must not go without it."""
    named = operation.sets.get("files")
    if isinstance(named, list) and len(named) != len(operation.files):
        raise UnknownField("files", f"{len(named) - len(operation.files)} no longer kept here")
    return operation.files


class UnknownField(ValueError):
    """An operation sets a field that this desk does not have: a bug of the caller."""

    def __init__(self, field: str, value: FieldValue) -> None:
        super().__init__(f"no such field at this desk: {field}={value!r}")
