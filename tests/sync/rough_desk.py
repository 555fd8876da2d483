"""A help desk of class A, C or D behind a bad network, which notes what must never be done to it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import msgspec

from techdesk.desks.port import (
    Accepted,
    Ambiguous,
    AuthNeeded,
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
)
from techdesk.model import (
    SET_FIELDS,
    FieldValue,
    Instant,
    Operation,
    OperationKind,
    Scope,
    Tombstone,
    TombstoneReason,
    Visibility,
    merged_set,
)
from techdesk.sync.comparison import LAST_CUSTOMER_MESSAGE, value_of
from tests.sync.desk_model import CUSTOMER, ModelDesk, sets_in
from tests.sync.life import Killed, Life

KEYS_KEPT = 8 * 86_400
"""Seconds; the contract of class A says at least seven days."""
SLOWEST = 25
"""Seconds that a desk without keys may still work on a request of which the client has heard no more.

What takes longer, or is delivered twice, nobody can tell from a new one there (SYNC section 3)."""
SENT = Failure(kind=FailureKind.CUT, sent=True)

_KEPT_IN_A_BACKUP = (
    "tickets", "messages", "events", "gone", "changed", "seq", "oldest", "keys", "applied", "born", "order",
)  # fmt: skip


class RoughDesk(ModelDesk):
    """What happens to a request is drawn from ``random``; with ``rough`` off everything works at once."""

    def __init__(self, random: Random, life: Life, guarantee: Guarantee) -> None:
        self.born: dict[str, int] = {}
        self.applied: Counter[str] = Counter()
        """How often each operation had its effect, in the history that is valid now."""
        self.order: list[str] = []
        """The same operations as they came, each where its effect was first."""
        super().__init__(tickets=5, page_size=3)
        self.capabilities = msgspec.structs.replace(
            self.capabilities,
            guarantee=guarantee,
            keys=guarantee is Guarantee.A,
            precondition=guarantee is not Guarantee.D,
            tombstones=guarantee is Guarantee.A,
            # Without it in half of them: it would set right what the other rules let go wrong.
            digest=guarantee is Guarantee.A and random.random() < 0.5,
            parallel=random.choice([1, 4]),
            bulk=random.choice([0, 7]) if guarantee is Guarantee.A else 0,
        )
        self.random = random
        self.life = life
        self.rough = True
        self.clobbered: dict[str, str] = {}
        """By operation: what of a colleague's or the customer's it went over unseen."""
        self.meant: dict[str, Operation] = {}
        """Operations as they were decided, by id."""
        self.lost_by_restore: set[str] = set()
        self.colleague: Callable[[], None] = lambda: None
        """Does something at the desk; called in the middle of requests."""
        self.change_behind: Callable[[Operation], Operation | None] = lambda _: None
        """What the technician's techdesk is to send after a message, of the same key press."""
        self._key_times: dict[str, Instant] = {}
        self._late: list[tuple[Operation, Prepared]] = []
        self._slow: list[tuple[Instant, Operation, Prepared]] = []
        self._backup: dict[str, Any] = {}

    # -- what happens at the desk

    def wrote(
        self,
        ticket_id: str,
        text: str,
        author: str = CUSTOMER.id,
        visibility: Visibility = Visibility.PUBLIC,
        operation: str = "",
    ) -> str:
        message = super().wrote(ticket_id, text, author, visibility, operation)
        self.born[message] = self.seq
        return message

    def changes(self, ticket_id: str, actor: str = "colleague", **fields: FieldValue) -> None:
        fields = {
            name: value
            for name, value in fields.items()
            if (value_of(self.tickets[ticket_id], name) or None) != (value or None)
        }
        if not fields:
            return  # setting a field to what it is changes nothing
        known = len(self.events[ticket_id])
        super().changes(ticket_id, actor, **fields)
        for event in self.events[ticket_id][known:]:
            self.born[event.id] = self.seq

    def merge(self, ticket_id: str, into: str) -> None:
        """The messages move over; the ticket itself is a tombstone from now on."""
        for message in self.messages.pop(ticket_id):
            self.messages[into].append(msgspec.structs.replace(message, ticket=into))
            self.born[message.id] = self.seq + 1
        self._moved(into)
        self.delete(ticket_id)
        self.gone[ticket_id] = Tombstone(id=ticket_id, reason=TombstoneReason.MERGED, merged_into=into)

    def compacts(self) -> None:
        """Old tombstones are forgotten, and with them every cursor of before."""
        for ticket_id in self.gone:
            self.changed.pop(ticket_id, None)
        self.gone.clear()
        self.forgets()

    def backs_up(self) -> None:
        """What a later ``restores`` goes back to."""
        self._backup = {name: _copied(getattr(self, name)) for name in _KEPT_IN_A_BACKUP}

    def restores(self) -> None:
        """A crash of the server's disk: yesterday's state, in a new epoch. No id or version is used again."""
        if not self._backup:
            return
        before = self.applied
        for name in _KEPT_IN_A_BACKUP:
            setattr(self, name, _copied(self._backup[name]))
        self.lost_by_restore |= {each for each in before if before[each] > self.applied[each]}
        self.epoch += "+"

    def expires(self) -> None:
        """Keys that were kept for long enough are forgotten."""
        for key, at in list(self._key_times.items()):
            if at + KEYS_KEPT < self.now:
                self.keys.pop(key, None)
                del self._key_times[key]

    def delivers_late(self) -> None:
        """Whatever still wandered about in the network arrives."""
        while self._late:
            self._perform(*self._late.pop(0))
        self._works_on(everything=True)

    def _works_on(self, *, everything: bool = False) -> None:
        """What it took long over is done by now."""
        done = [each for each in self._slow if everything or each[0] <= self.now]
        self._slow = [each for each in self._slow if each not in done]
        for _, operation, prepared in done:
            self._perform(operation, prepared)

    def _is_slow_over(self, operation: Operation, prepared: Prepared) -> None:
        """The client hears no more, and the desk has not even begun."""
        if self.capabilities.keys:
            self._late.append((operation, prepared))
        else:
            self._slow.append((self.now + self.random.randint(1, SLOWEST), operation, prepared))

    def _moved(self, ticket_id: str) -> None:
        super()._moved(ticket_id)
        ticket = self.tickets[ticket_id]
        version = f"{ticket.revision}{self.epoch}"
        self.tickets[ticket_id] = msgspec.structs.replace(ticket, version=version)

    # -- the port

    async def pull(self, cursor: str, scope: Scope) -> Page | CursorGone | Failure:
        failure = await self._network()
        if failure is not None:
            return failure
        epoch, _, place = cursor.partition(":")
        floor, _, at = place.partition(":")
        since, known = int(at or 0), int(floor or 0)
        if cursor and (epoch != self.epoch or since < self.oldest):
            return CursorGone(reason="expired")
        tells_all = self.capabilities.tombstones
        ids = [each for each, seq in self.changed.items() if seq > since]
        ids = [each for each in ids if tells_all or each in self.tickets]
        ids.sort(key=self.changed.__getitem__)
        shown, more = ids[: self._page_size], len(ids) > self._page_size
        after = f"{known}:{self.changed[shown[-1]]}" if more else f"{self.seq}:{self.seq}"
        page = self._page(shown, cursor=f"{self.epoch}:{after}", more=more)
        return self._since(page, known)

    async def sweep(self, after: str, scope: Scope) -> Page | Failure:
        failure = await self._network()
        if failure is not None:
            return failure
        position, _, last = after.partition("|") if after else (self._position(), "", "")
        ids = sorted((each for each in self.tickets if not last or int(each) > int(last)), key=int)
        shown, more = ids[: self._page_size], len(ids) > self._page_size
        return self._page(shown, cursor=f"{position}|{shown[-1]}" if more else position, more=more)

    async def get(self, ticket_id: str) -> Page | Gone | Failure:
        failure = await self._network()
        return failure if failure is not None else await super().get(ticket_id)

    async def digest(self, scope: Scope) -> Digest | Failure | None:
        failure = await self._network()
        return failure if failure is not None else await self.tells_digest(scope)

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        try:
            self.life.point()
        except Killed:
            if self.rough and _may_come_late(operation) and self.random.random() < 0.5:
                self._is_slow_over(operation, prepared)  # killed with the request on its way
            raise
        await asyncio.sleep(0)
        self._works_on()
        if not self.rough:
            return self._perform(operation, prepared)
        if self._late and self.random.random() < 0.3:
            self._perform(*self._late.pop(0))  # what was thought lost arrives after all
        if self.random.random() < 0.1:
            self.colleague()
        result = self._on_its_way(operation, prepared)
        self.life.point()
        await asyncio.sleep(0)
        return result

    def _knows(self, operation: Operation) -> bool:
        """Whether a request of this operation was here, or may yet come: then it is answered, not refused."""
        under_way = any(each.id == operation.id for each, _ in self._late)
        return under_way or self.applied[operation.id] > 0 or operation.kind is OperationKind.CREATE

    async def push_many(self, writes: Sequence[tuple[Operation, Prepared]]) -> list[PushResult]:
        """One request: lost, cut or doubled as a whole, and done write by write."""
        self.life.point()
        await asyncio.sleep(0)
        fate = int(self.random.random() * 12) if self.rough else 11
        results: list[PushResult] = [Ambiguous(failure=SENT)] * len(writes)
        if fate == 0:
            return results
        done = self.random.randrange(len(writes)) if fate == 1 else len(writes)  # it broke off in the middle
        for number, (operation, prepared) in enumerate(writes[:done]):
            if fate == 2:
                self._perform(operation, prepared)
            if self.rough and self.random.random() < 0.05:
                self.colleague()
            result = self._perform(operation, prepared)
            results[number] = Ambiguous(failure=SENT) if fate in (1, 3) else result
        self.life.point()
        return results

    def _on_its_way(self, operation: Operation, prepared: Prepared) -> PushResult:
        tells_late_ones = self.capabilities.keys  # without keys nobody can tell them from new ones
        match int(self.random.random() * 40):
            case 0 if tells_late_ones:
                self._late.append((operation, prepared))
                return Ambiguous(failure=Failure(kind=FailureKind.TIMEOUT, sent=True))
            case 1 if tells_late_ones:
                self._perform(operation, prepared)  # a proxy that sends it twice
            case 2 if tells_late_ones:  # the first is still being worked on when the second comes
                self._late.append((operation, prepared))
                return Ambiguous(failure=Failure(kind=FailureKind.BAD_REQUEST, detail="in flight", sent=True))
            case 0 | 2 if _may_come_late(operation):
                self._is_slow_over(operation, prepared)
                return Ambiguous(failure=Failure(kind=FailureKind.TIMEOUT, sent=True))
            case 3 | 4:
                return Ambiguous(failure=SENT)  # the request was lost, or cut
            case 5 | 6:
                self._perform(operation, prepared)
                return Ambiguous(failure=SENT)  # the answer was lost, or cut
            case 7:
                self._perform(operation, prepared)  # it had its effect, and a proxy says 502
                return Ambiguous(failure=Failure(kind=FailureKind.SERVER_ERROR, sent=True))
            case 8:
                return Ambiguous(failure=Failure(kind=FailureKind.SERVER_ERROR, sent=True, retry_after=30.0))
            case 9:
                return Throttled(seconds=20.0, failure=Failure(kind=FailureKind.THROTTLED, retry_after=20.0))
            case 10:
                return Unreachable(failure=Failure(kind=FailureKind.REFUSED))
            case 11 if self.random.random() < 0.3:
                return AuthNeeded(failure=Failure(kind=FailureKind.UNAUTHORISED))
            case 12 if self.random.random() < 0.3 and not self._knows(operation):
                return Rejected(reason="Not yours")
        return self._perform(operation, prepared)

    async def find_sent(self, operation: Operation) -> Accepted | Failure | None:
        failure = await self._network()
        if failure is not None:
            return failure
        for ticket_id, messages in self.messages.items():
            for message in messages:
                if message.operation == operation.id:
                    page = self._page([ticket_id])
                    return Accepted(page=page, ticket_id=ticket_id, message_id=message.id, replayed=True)
        ticket = self.tickets.get(operation.ticket_id)
        if ticket is None or operation.kind is not OperationKind.UPDATE:
            return None
        sets = sets_in(operation.request)
        wanted = {name for name, value in sets.items() if (value_of(ticket, name) or None) != (value or None)}
        return None if wanted else Accepted(page=self._page([ticket.id]), ticket_id=ticket.id, replayed=True)

    # -- within

    def _position(self) -> str:
        return f"{self.epoch}:{self.seq}:{self.seq}"

    async def _network(self) -> Failure | None:
        self.life.point()
        await asyncio.sleep(0)
        self._works_on()
        if not self.rough:
            return None
        chance = self.random.random()
        if chance < 0.03:
            self.colleague()
        if chance > 0.94:
            kinds = (FailureKind.TIMEOUT, FailureKind.SERVER_ERROR, FailureKind.CUT, FailureKind.THROTTLED)
            kind = self.random.choice(kinds)
            return Failure(kind=kind, retry_after=20.0 if kind is FailureKind.THROTTLED else None)
        return None

    def _heard(self, what: str) -> Failure | None:
        if what == "who_am_i":
            self.life.point()
        return super()._heard(what)

    def _since(self, page: Page, known: int) -> Page:
        """A page with only the messages and events that came after ``known``."""
        return msgspec.structs.replace(
            page,
            messages=tuple(row for row in page.messages if self.born[row.id] > known),
            events=tuple(row for row in page.events if self.born[row.id] > known),
        )

    def _perform(self, operation: Operation, prepared: Prepared) -> PushResult:
        ticket = self.tickets.get(operation.ticket_id)
        known, before = operation.id in self.keys, self.seq
        over = "" if ticket is None else self._would_go_over(operation, prepared, ticket.id)
        early = "" if ticket is None else self._says_too_much(operation, ticket.id)
        result = super()._perform(operation, prepared)
        over = over or early
        if isinstance(result, Accepted) and not (known and self.capabilities.keys):
            self.applied[operation.id] += 1
            if operation.id not in self.order:
                self.order.append(operation.id)
            self._key_times[operation.id] = self.now
            if over:
                self.clobbered[operation.id] = over
            if self.capabilities.keys:
                if prepared.precondition:  # who knew the version before knows what came before
                    result = msgspec.structs.replace(result, page=self._since(result.page, before))
                self.keys[operation.id] = (prepared.body, result)
            else:
                del self.keys[operation.id]
        if isinstance(result, Rejected) and operation.ticket_id not in self.tickets and operation.ticket_id:
            purged = Tombstone(id=operation.ticket_id, reason=TombstoneReason.PURGED)
            return Gone(tombstone=purged)  # as an adapter reads a 404
        if isinstance(result, Conflict) and self.random.random() < 0.2:
            return Conflict(page=Page(cursor="", more=False))  # a desk that does not say what it holds
        return result

    def _would_go_over(self, operation: Operation, prepared: Prepared, ticket_id: str) -> str:
        """What somebody else did that whoever decided this has not seen; empty if nothing."""
        ticket = self.tickets[ticket_id]
        unconditional = not self.capabilities.precondition
        for field, base in operation.base.items():
            if field == LAST_CUSTOMER_MESSAGE and unconditional and operation.kind is OperationKind.REPLY:
                continue  # within the window it is sent; the customer's message shows as unread
            if field == LAST_CUSTOMER_MESSAGE:
                seen = base if isinstance(base, int) else 0
                if any(row.author == CUSTOMER.id and row.at > seen for row in self.messages[ticket_id]):
                    return f"{operation.id} closed over a customer's message"
                continue
            theirs = value_of(ticket, field)
            if field in SET_FIELDS:
                meant = self.meant[operation.id]
                due = merged_set(meant.base[field], meant.sets[field], theirs)
                written = sets_in(prepared.body)[field]
                if isinstance(written, list) and set(written) != set(due):
                    return f"{operation.id} made {field} {written} of {theirs}; {due} was meant"
                continue
            last = next((row for row in reversed(self.events[ticket_id]) if row.field == field), None)
            if last is not None and last.actor == self.me.id:
                continue  # the technician's own, earlier decision
            known = (base or None, operation.sets.get(field) or None)
            if field in operation.sets and (theirs or None) not in known:
                return f"{operation.id} set {field} over {theirs}; {base} was seen"
        return ""

    def _says_too_much(self, operation: Operation, ticket_id: str) -> str:
        """What somebody else set, which holds up the change that this reply tells the customer of.

        Where the desk checks neither versions nor evidence there is a window, and nobody could have known.
        """
        checked = self.capabilities.precondition and LAST_CUSTOMER_MESSAGE in operation.base
        change = self.change_behind(operation) if checked else None
        if change is None:
            return ""
        for field, base in change.base.items():
            last = next((row for row in reversed(self.events[ticket_id]) if row.field == field), None)
            if field not in change.sets or field in SET_FIELDS or (last and last.actor == self.me.id):
                continue
            theirs = value_of(self.tickets[ticket_id], field)
            if (theirs or None) not in (base or None, change.sets[field] or None):
                return f"{operation.id} told the customer of {field} {change.sets[field]}, which is {theirs}"
        return ""


def _may_come_late(operation: Operation) -> bool:
    """A field of class D that is set late goes over what was set since, which its window allows anyway."""
    return operation.kind is not OperationKind.UPDATE


def _copied(value: Any) -> Any:
    """Deep enough: rows are immutable."""
    if isinstance(value, Counter):
        return Counter(value)
    if isinstance(value, list):
        return list(value)
    if isinstance(value, dict):
        return {key: list(row) if isinstance(row, list) else row for key, row in value.items()}
    return value
