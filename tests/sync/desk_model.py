"""A help desk in memory: the native API's rules without HTTP, with colleagues and a bad network."""

from __future__ import annotations

from collections import deque
from itertools import count
from random import Random

import msgspec

from techdesk.desks.port import (
    Accepted,
    Account,
    Ambiguous,
    AuthNeeded,
    Capabilities,
    Conflict,
    CursorGone,
    Digest,
    Failure,
    FailureKind,
    Gone,
    Guarantee,
    Page,
    Prepared,
    PushResult,
    Rejected,
    Throttled,
    Unreachable,
    digest_of,
)
from techdesk.model import (
    Direction,
    Event,
    FieldValue,
    Instant,
    Message,
    Operation,
    OperationKind,
    Person,
    Queue,
    Role,
    Scope,
    Status,
    Ticket,
    Tombstone,
    TombstoneReason,
    Visibility,
)

START = 1_795_262_400
"""Saturday 2026-11-21 12:00 UTC."""
ME = Person(id="bea", name="Bea Example", role=Role.TECHNICIAN)
CUSTOMER = Person(id="carl", name="Carl Customer", role=Role.REQUESTER)

LOST_REQUEST = "lost request"
LOST_ANSWER = "lost answer"
THROTTLED = "throttled"
UNAUTHORISED = "unauthorised"
FORBIDDEN = "forbidden"
BROKEN = "broken"


class ModelDesk:
    """Faults for the next pushes are put into ``faults``; ``down`` fails every read and write."""

    kind = "model"

    def __init__(self, tickets: int = 3, *, page_size: int = 2) -> None:
        self.capabilities = Capabilities(
            guarantee=Guarantee.A, keys=True, precondition=True, tombstones=True, poll_seconds=30
        )
        self.server, self.epoch, self.me = "server-1", "e1", ME
        self.now: Instant = START
        self.tickets: dict[str, Ticket] = {}
        self.messages: dict[str, list[Message]] = {}
        self.events: dict[str, list[Event]] = {}
        self.gone: dict[str, Tombstone] = {}
        self.changed: dict[str, int] = {}
        self.seq = 0
        self.oldest = 0
        """Cursors before this are expired."""
        self.keys: dict[str, tuple[bytes, Accepted]] = {}
        self.faults: deque[str] = deque()
        self.stuck: set[str] = set()
        """Tickets whose writes always answer 500."""
        self.keeps_operation = True
        """Whether a message tells which operation made it."""
        self.down: Failure | None = None
        self.asked: list[str] = []
        self.pushed: list[tuple[str, Prepared]] = []
        self.closed = False
        self._page_size = page_size
        self._numbers, self._ids = count(1), count(1)
        for _ in range(tickets):
            self.opened()

    # -- colleagues and customers

    def opened(self, **fields: FieldValue) -> str:
        number = next(self._numbers)
        ticket = Ticket(
            id=str(number),
            number=f"TD-{number}",
            version="1",
            revision=1,
            subject=f"Subject {number}",
            status=Status.OPEN,
            priority=3,
            queue="q1",
            requester=CUSTOMER.id,
            created=self.now,
            updated=self.now,
        )
        self.tickets[ticket.id] = msgspec.convert({**msgspec.to_builtins(ticket), **fields}, Ticket)
        self.messages[ticket.id], self.events[ticket.id] = [], []
        self._moved(ticket.id)
        self.wrote(ticket.id, "It does not work.")
        return ticket.id

    def changes(self, ticket_id: str, actor: str = "colleague", **fields: FieldValue) -> None:
        ticket = self.tickets[ticket_id]
        for name, value in fields.items():
            event = Event(
                id=f"e{next(self._ids):06}",
                ticket=ticket_id,
                at=self.now,
                actor=actor,
                field=name,
                old=_text(getattr(ticket, name)),
                new=_text(value),
            )
            self.events[ticket_id].append(event)
        self.tickets[ticket_id] = msgspec.convert({**msgspec.to_builtins(ticket), **fields}, Ticket)
        self._moved(ticket_id)

    def wrote(
        self,
        ticket_id: str,
        text: str,
        author: str = CUSTOMER.id,
        visibility: Visibility = Visibility.PUBLIC,
        operation: str = "",
        *,
        automatic: bool = False,
    ) -> str:
        message = Message(
            id=f"m{next(self._ids):06}",
            ticket=ticket_id,
            at=self.now,
            author=author,
            direction=Direction.INBOUND if author == CUSTOMER.id else Direction.OUTBOUND,
            visibility=visibility,
            automatic=automatic,
            body=text,
            operation=operation if self.keeps_operation else "",
        )
        self.messages[ticket_id].append(message)
        self._moved(ticket_id)
        return message.id

    def delete(self, ticket_id: str) -> None:
        del self.tickets[ticket_id]
        self.gone[ticket_id] = Tombstone(id=ticket_id, reason=TombstoneReason.DELETED)
        self.seq += 1
        self.changed[ticket_id] = self.seq

    def forgets(self, *, new_epoch: bool = False) -> None:
        """No cursor of before is good any more."""
        self.seq += 1
        self.oldest = self.seq
        if new_epoch:
            self.epoch += "+"

    def _moved(self, ticket_id: str) -> None:
        self.seq += 1
        self.changed[ticket_id] = self.seq
        ticket = self.tickets[ticket_id]
        self.tickets[ticket_id] = msgspec.structs.replace(
            ticket, revision=ticket.revision + 1, version=str(ticket.revision + 1), updated=self.now
        )

    # -- the port

    async def who_am_i(self) -> Account | Failure:
        if (failure := self._heard("who_am_i")) is not None:
            return failure
        return Account(server=self.server, epoch=self.epoch, person=self.me, product="model desk")

    async def pull(self, cursor: str, scope: Scope) -> Page | CursorGone | Failure:
        if (failure := self._heard(f"pull {cursor}")) is not None:
            return failure
        epoch, _, at = cursor.partition(":")
        since = int(at or 0)
        if cursor and (epoch != self.epoch or since < self.oldest):
            return CursorGone(reason="expired")
        ids = sorted(
            (each for each, seq in self.changed.items() if seq > since), key=self.changed.__getitem__
        )
        shown, more = ids[: self._page_size], len(ids) > self._page_size
        position = self.changed[shown[-1]] if more else self.seq
        return self._page(
            shown, cursor=f"{self.epoch}:{position}", more=more, total=None if cursor else len(self.tickets)
        )

    async def sweep(self, after: str, scope: Scope) -> Page | Failure:
        if (failure := self._heard(f"sweep {after}")) is not None:
            return failure
        position, _, last = after.partition("|") if after else (f"{self.epoch}:{self.seq}", "", "")
        ids = sorted((each for each in self.tickets if not last or int(each) > int(last)), key=int)
        shown, more = ids[: self._page_size], len(ids) > self._page_size
        return self._page(shown, cursor=f"{position}|{shown[-1]}" if more else position, more=more)

    async def get(self, ticket_id: str) -> Page | Gone | Failure:
        if (failure := self._heard(f"get {ticket_id}")) is not None:
            return failure
        if ticket_id in self.gone:
            return Gone(tombstone=self.gone[ticket_id])
        if ticket_id not in self.tickets:
            return Failure(kind=FailureKind.NOT_FOUND)
        return self._page([ticket_id])

    async def search(self, text: str) -> Page | Failure:
        if (failure := self._heard(f"search {text}")) is not None:
            return failure
        found = tuple(ticket for ticket in self.tickets.values() if text in ticket.subject)
        return Page(tickets=found, cursor="", more=False)

    async def tells_digest(self, scope: Scope) -> Digest | Failure | None:
        if (failure := self._heard("digest")) is not None:
            return failure
        value = 0
        for ticket in self.tickets.values():
            value ^= digest_of(ticket.id, ticket.version)
        return Digest(count=len(self.tickets), value=value, since=0, cursor=self._position())

    def prepare(self, operation: Operation, ticket: Ticket | None) -> Prepared:
        body = msgspec.json.encode([operation.kind, operation.sets, operation.text])
        conditional = operation.kind is OperationKind.UPDATE or "last_customer_message" in operation.base
        wanted = conditional and self.capabilities.precondition and ticket is not None
        return Prepared(body=body, precondition=ticket.version if wanted and ticket else "")

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        self.pushed.append((operation.id, prepared))
        if self.down is not None:
            return Unreachable(failure=self.down)
        fault = self.faults.popleft() if self.faults else ""
        lost = Failure(kind=FailureKind.CUT, sent=True)
        match fault:
            case "lost request":
                return Ambiguous(failure=lost)
            case "throttled":
                return Throttled(seconds=20.0, failure=Failure(kind=FailureKind.THROTTLED, retry_after=20.0))
            case "unauthorised":
                return AuthNeeded(failure=Failure(kind=FailureKind.UNAUTHORISED))
            case "forbidden":
                return Rejected(reason="Not yours")
            case "broken":
                return Ambiguous(failure=Failure(kind=FailureKind.SERVER_ERROR, sent=True))
        if operation.ticket_id in self.stuck:
            return Ambiguous(failure=Failure(kind=FailureKind.SERVER_ERROR, sent=True))
        result = self._perform(operation, prepared)
        return Ambiguous(failure=lost) if fault == LOST_ANSWER else result

    async def find_sent(self, operation: Operation) -> Accepted | Failure | None:
        self.asked.append(f"find_sent {operation.id}")
        if operation.id in self.keys:
            return self.keys[operation.id][1]
        return None

    async def close(self) -> None:
        self.closed = True

    # -- within

    def _position(self) -> str:
        """Cursor of whoever has everything."""
        return f"{self.epoch}:{self.seq}"

    def _heard(self, what: str) -> Failure | None:
        self.asked.append(what)
        return self.down

    def _perform(self, operation: Operation, prepared: Prepared) -> PushResult:
        if self.capabilities.keys and operation.id in self.keys:
            body, answer = self.keys[operation.id]
            if body != prepared.body:
                return Rejected(reason="The key was used with another body")
            return msgspec.structs.replace(answer, replayed=True)
        if operation.ticket_id in self.gone:
            return Gone(tombstone=self.gone[operation.ticket_id])
        if operation.kind is not OperationKind.CREATE and operation.ticket_id not in self.tickets:
            return Rejected(reason="There is no such ticket")
        message_id = ""
        if operation.kind is OperationKind.CREATE:
            plain = {name: value for name, value in operation.sets.items() if name != "requester_name"}
            ticket_id = self.opened(**plain)
            self.messages[ticket_id] = []
            message_id = self.wrote(ticket_id, operation.text, operation=operation.id)
        else:
            ticket_id = operation.ticket_id
            ticket = self.tickets[ticket_id]
            if prepared.precondition and prepared.precondition != ticket.version:
                return Conflict(page=self._page([ticket_id]))
            if operation.kind is OperationKind.UPDATE:
                self.changes(ticket_id, self.me.id, **sets_in(prepared.body))
            else:
                reply = operation.kind is OperationKind.REPLY
                visibility = Visibility.PUBLIC if reply else Visibility.INTERNAL
                message_id = self.wrote(ticket_id, operation.text, self.me.id, visibility, operation.id)
                if reply and ticket.status is Status.NEW:
                    self.changes(ticket_id, self.me.id, status="open")
        answer = Accepted(page=self._page([ticket_id]), ticket_id=ticket_id, message_id=message_id)
        self.keys[operation.id] = (prepared.body, answer)
        return answer

    def _page(
        self, ids: list[str], *, cursor: str = "", more: bool = False, total: int | None = None
    ) -> Page:
        present = [each for each in ids if each in self.tickets]
        return Page(
            tickets=tuple(self.tickets[each] for each in present),
            messages=tuple(message for each in present for message in self.messages[each]),
            events=tuple(event for each in present for event in self.events[each]),
            people=(self.me, CUSTOMER),
            queues=(Queue(id="q1", name="Support"),),
            tombstones=tuple(self.gone[each] for each in ids if each in self.gone),
            cursor=cursor,
            more=more,
            total=total,
        )


def toggled(tags: list[str], random: Random) -> list[str]:
    """A set with one or two of its elements put on or taken off."""
    for tag in random.sample(["red", "blue", "green"], random.randint(1, 2)):
        tags = [each for each in tags if each != tag] if tag in tags else [*tags, tag]
    return tags


def sets_in(body: bytes) -> dict[str, FieldValue]:
    """The fields that a prepared write sets: the desk hears nothing but its bytes."""
    sets: dict[str, FieldValue] = msgspec.json.decode(body)[1]
    return sets


def _text(value: object) -> str | None:
    if isinstance(value, list | tuple):
        return ", ".join(value) or None
    return None if value in (None, "") else str(value)
