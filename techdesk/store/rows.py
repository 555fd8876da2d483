"""What the store hands to screens, verbs and sync: frozen rows, with every text already made safe.

``safe`` here means what ``techdesk.text.safe_text`` promises: printable cells only, no control, escape or
direction characters. The database itself keeps the desk's own values.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from techdesk.model import (
    Attachment,
    Channel,
    Direction,
    FieldValue,
    Instant,
    OperationKind,
    OperationState,
    Organisation,
    Person,
    Status,
    Ticket,
    Visibility,
)
from techdesk.query.views import View as View
from techdesk.sla.evaluation import RowClock

_SHORT_LABEL = 4
"""Cells that the desk's word for a priority may take behind a severity in a narrow column."""


class Row(Struct, frozen=True, kw_only=True):
    """One line of a list: the ticket as it will be once what is unsent has arrived."""

    key: int
    number: str
    """The desk's number, or ``NEW-<key>`` before the desk has given one."""
    subject: str
    status: Status
    priority: int | None
    priority_label: str
    severity: int | None
    owner: str
    owner_name: str
    requester_name: str
    organisation_name: str
    queue_name: str
    channel: Channel
    tags: tuple[str, ...]
    created: Instant
    updated: Instant
    unread: bool
    vip: bool
    escalation_level: int
    pending: int
    """Operations that have not reached the desk."""
    attention: str
    """``conflict`` or ``rejected`` where an operation waits for a person; else empty."""
    draft: bool = False
    """Whether something is written for it that was neither sent nor given up."""
    last_public_reply: Instant | None = None
    """When a person of ours last wrote to the customer (POLICIES DD11); None: not yet."""
    clock: RowClock

    @property
    def grade(self) -> str:
        """``P2``, ``Critical``; ``S2·High`` where it has both a severity and a priority (POLICIES DD2).

        The desk's own word where it has one; empty where nobody has graded it.
        """
        if self.severity is None or self.priority is None:
            bare = "" if self.severity is None else f"S{self.severity}"
            return self.priority_label or (bare if self.priority is None else f"P{self.priority}")
        return f"S{self.severity}·{self.priority_label or f'P{self.priority}'}"

    @property
    def short_grade(self) -> str:
        """The same in few cells: ``S3·Med`` for ``S3·Medium``."""
        grade = self.grade
        severity, dot, label = grade.partition("·")
        if self.severity is None or self.priority is None or len(label) <= _SHORT_LABEL:
            return grade
        return f"{severity}{dot}{label[: _SHORT_LABEL - 1]}"


class Linked(Struct, frozen=True, kw_only=True):
    """A link to another ticket."""

    text: str
    """As the desk has it: ``depends_on:10431``."""
    words: str
    """``depends on``."""
    number: str
    """The other ticket's, or its id where it is not in the cache."""
    subject: str = ""
    key: int | None = None
    status: Status | None = None


class TicketView(Struct, frozen=True, kw_only=True):
    """Everything about one ticket but its conversation."""

    row: Row
    base: Ticket | None
    """As the desk told it last (raw, not made safe: for comparison and write-back only, never for a screen);
    None before the desk knows it."""
    requester: Person | None
    owner: Person | None
    organisation: Organisation | None
    queue: str
    """Id of the queue."""
    close_reason: str
    closed: Instant | None
    server_due: Instant | None
    kind: str
    last_customer_message: Instant | None
    last_public_reply: Instant | None
    message_count: int
    watchers: tuple[str, ...] = ()
    """Names of those who get copies, or their addresses; in the order of ``watcher_ids``."""
    watcher_ids: tuple[str, ...] = ()
    links: tuple[Linked, ...] = ()
    time_worked: int = 0
    """Minutes, unsent ones among them."""
    merging_into: str = ""
    """Number of the ticket that it will be merged into, once that is sent."""


class EntryState(StrEnum):
    """Whether a line of the conversation is at the desk yet."""

    SENT = "sent"
    PENDING = "pending"
    FAILED = "failed"


class Entry(Struct, frozen=True, kw_only=True):
    """One message of a conversation, as shown."""

    key: int
    """Local key of the message; negative for one that is still in the outbox (minus the operation's key)."""
    at: Instant
    author_name: str
    direction: Direction
    visibility: Visibility
    channel: Channel
    automatic: bool
    body: str
    """Safe text with its line breaks."""
    state: EntryState = EntryState.SENT
    attachments: tuple[Attachment, ...] = ()


class Note(Struct, frozen=True):
    """An internal note of the desk's side that may carry a record."""

    at: Instant
    body: str
    direction: Direction = Direction.OUTBOUND
    visibility: Visibility = Visibility.INTERNAL


class LogLine(Struct, frozen=True, kw_only=True):
    """One change of a field, as shown in the timeline."""

    at: Instant
    actor_name: str
    field: str
    old: str
    new: str


class Pending(Struct, frozen=True, kw_only=True):
    """One operation, as shown in the outbox and in the ticket."""

    key: int
    id: str
    batch: str
    ticket: int
    number: str
    subject: str
    what: str
    """For people: ``priority P3 -> P1``, ``reply (214 characters)``."""
    state: OperationState
    created: Instant
    hold_until: Instant
    not_before: Instant
    attempts: int
    error: str
    base: dict[str, FieldValue]
    sets: dict[str, FieldValue]
    text: str
    kind: OperationKind = OperationKind.UPDATE
    action: str = ""
    """Id of the action that made it."""
    bulk: bool = False
    """Whether it is part of a bulk run."""
    held_back_by: str = ""
    """What an earlier change of the same ticket does that waits for a person; this one waits behind it."""


class BatchState(StrEnum):
    """Where a bulk run stands."""

    QUEUEING = "queueing"
    """It is being written; nothing of it goes out before it is whole."""
    RUNNING = "running"
    DONE = "done"
    """Every ticket has the desk's answer; some may wait for a decision."""
    HALTED = "halted"
    UNDONE = "undone"
    CUT = "cut"
    """Its writer ended before it was whole: none of it was sent."""


class BatchView(Struct, frozen=True, kw_only=True):
    """A bulk run; the counts are of tickets."""

    id: str
    plan: str
    action: str
    title: str
    state: BatchState
    created: Instant
    hold_until: Instant
    ended: Instant | None
    tickets: int
    messages: int
    canary: int
    gated: bool
    """Whether the rest waits until somebody has seen the first few."""
    asks: bool
    """Whether the first few have their answers now."""
    done: int
    dropped: int
    """Given back: never sent."""
    waiting: int
    in_flight: int
    refused: int
    """Refused by the desk."""
    conflicts: int

    @property
    def settled(self) -> int:
        """Tickets that have the desk's answer."""
        return self.done + self.refused + self.conflicts


class BatchTicket(Struct, frozen=True, kw_only=True):
    """What has become of one ticket of a bulk run."""

    ticket: int
    number: str
    state: str
    """``done``, ``conflict``, ``rejected``, ``dropped``, ``waiting``, ``sent`` (its answer is waited for)."""
    error: str
    told: bool = False
    """Whether the desk has the run's message to its customer, whatever became of the change."""

    @property
    def by_rule(self) -> bool:
        """Whether a rule held it back here as it was about to go out; the desk was never asked."""
        return self.state in ("conflict", "rejected") and self.error.startswith("[")


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One thing that was done, sent, refused or undone."""

    key: int
    at: Instant
    actor: str
    action: str
    number: str
    outcome: str
    """``queued``, ``undone``, ``sent``, ``refused``, ``conflict``, ``rejected``, ``dropped``."""
    detail: str


class SyncPhase(StrEnum):
    """What sync is doing, for the status bar."""

    NEVER = "never"
    FIRST_PULL = "first_pull"
    PULLING = "pulling"
    IDLE = "idle"
    OFFLINE = "offline"
    ERROR = "error"
    AUTH = "auth"


OF_THE_FILE = "file:"
"""Begins ``SyncState.trouble`` where the cache's own file gave it."""


class SyncState(Struct, frozen=True, kw_only=True):
    """What is known of the connection; kept in the database, so every process shows the same."""

    phase: SyncPhase = SyncPhase.NEVER
    last_sync: Instant | None = None
    """When everything the desk had was here last (server time)."""
    rounds: int = 0
    """Rounds that came to their end: tells one from the next where both fall into one second."""
    error: str = ""
    """One sentence for people; empty when the last round went well."""
    trouble: str = ""
    """What kind of failure that was, as the desks' port names it (``other_desk``); of the file itself
    ``file:full`` and so on (``store.trouble.Trouble``)."""
    next_try: Instant | None = None
    done: int = 0
    total: int | None = None
    """Progress of a pull of several pages, in tickets: of the first, or of what came together meanwhile."""
    rate: float = 0.0
    """Tickets a second that it brings lately; 0 where that is not known."""
    offset: float = 0.0
    """Server clock minus local clock, seconds."""
    offset_error: float | None = None
    """Half width of the interval that the offset is known to lie in; None before the first answer."""
    server: str = ""
    epoch: str = ""
    account_id: str = ""
    account_name: str = ""
    product: str = ""
    guarantee: str = ""
    poll_seconds: int = 30


class Counters(Struct, frozen=True, kw_only=True):
    """Counts for the SLA screen and the status bar."""

    active: int
    breached: int
    under_15_minutes: int
    under_1_hour: int
    unassigned: int
    mine: int
    unread: int
    outbox: int
    attention: int
