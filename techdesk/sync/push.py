"""Outbox to desk: the rules that keep an operation from being lost, doubled or laid over somebody's work.

Rule numbers are those of SYNC section 1. What a try came to is written to the store before the next await, so
that a kill at any point leaves either an operation that was never sent or one that is repeated byte for byte.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from techdesk.clock import Clock
from techdesk.desks.port import (
    Accepted,
    Ambiguous,
    AuthNeeded,
    BulkDesk,
    Capabilities,
    Conflict,
    Failure,
    FailureKind,
    Gone,
    Guarantee,
    HelpDesk,
    Page,
    Prepared,
    PushResult,
    Rejected,
    Throttled,
    UnknownField,
    Unreachable,
)
from techdesk.model import (
    Operation,
    OperationKind,
    OperationState,
    Ticket,
    Tombstone,
    TombstoneReason,
)
from techdesk.sync.afterwards import found_afterwards
from techdesk.sync.clearance import NOTHING, Clearance
from techdesk.sync.comparison import LAST_CUSTOMER_MESSAGE, Verdict, as_sent, compare
from techdesk.sync.notices import Notices
from techdesk.sync.pacing import wait_seconds
from techdesk.sync.turns import Turns

if TYPE_CHECKING:
    from techdesk.store.feed import Feed

KEY_WINDOW = 6 * 86_400
"""Seconds: past this a server may have forgotten a key (it keeps them for 7 days), rule 11."""
QUIET_SECONDS = 30
"""A desk without keys may be at work on a message for so long after its answer was lost: who looked for it
sooner would find nothing, and send it again. As long as a whole exchange may take."""
_ADAPTER_BUGS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError)
"""What an adapter may raise by mistake: the other operations must go on."""
_NETWORK_TROUBLE = 3
"""Answers lost in a row (a timeout counts double) after which the connection, not the ticket, is the trouble.

Each lost one has its own ``not_before``, so a ticket that always fails cannot keep the others waiting."""

log = logging.getLogger(__name__)


def quiet_seconds(capabilities: Capabilities, kind: OperationKind | None = None) -> int:
    """Seconds from a try in doubt until the desk may be asked about it; 0 where a repeat does no harm.

    Without ``kind``: for any operation that a repeat would double.
    """
    harmless = capabilities.keys or kind is OperationKind.UPDATE  # a value that is set twice is set once
    return 0 if harmless else QUIET_SECONDS


class Halted(Struct, frozen=True, kw_only=True):
    """Pushing stopped before the outbox was empty, for a reason that concerns the whole connection."""

    failure: Failure


class _Write(Struct, frozen=True, kw_only=True):
    """A write that is marked as sent, about to go out with others."""

    operation: Operation
    prepared: Prepared
    in_doubt: bool


class Pusher:
    """Sends what is due, in order within a ticket; a stuck ticket holds back only its own operations."""

    def __init__(
        self,
        feed: Feed,
        desk: HelpDesk,
        clock: Clock,
        random: Random,
        report: Callable[[], None],
        *,
        replay: Callable[[Operation], str] | None = None,
        notices: Notices | None = None,
    ) -> None:
        """``replay``: why the policy's gates no longer let an operation go out; empty where they do.

        ``notices``: knows why an automatic notice is not to be sent any more.
        """
        self._notices = notices
        self._replay = replay
        self._feed = feed
        self._desk = desk
        self._clock = clock
        self._random = random
        self._report = report
        self._clearance = Clearance(feed, clock)
        self._marked: set[int] = set()
        self._lost_in_a_row = 0
        self._turns = Turns(feed, desk.capabilities, clock)
        self._collected: list[tuple[Operation, Prepared]] | None = None
        """Where writes wait for the others of their batch; None while each goes alone."""

    async def push(self) -> Failure | None:
        """Send everything that is due; a failure says that the connection itself does not serve.

        A bulk run that takes longer than ``turns.SLICE`` goes on with the next call: in between the feed is
        read.
        """
        self._lost_in_a_row = 0
        if not self._turns.goes_on:
            self._clearance.forget()
        self._marked.clear()
        self._turns.begin()
        while groups := self._turns.next():
            for group in groups:
                self._turns.tried(group)
                alone = len(group) <= self._desk.capabilities.parallel
                halted = await (self._side_by_side(group) if alone else self._in_bulk(group))
                self._report()
                if halted is not None:
                    return halted.failure
        if not self._turns.goes_on:
            self._feed.end_batches(self._clock.now())
        return None

    def is_due(self) -> bool:
        """Whether anything may go out now."""
        return self._turns.is_due()

    async def _side_by_side(self, group: list[Operation]) -> Halted | None:
        """Operations of different tickets, each in a request of its own."""
        try:
            async with asyncio.TaskGroup() as together:
                tasks = [together.create_task(self._try(operation)) for operation in group]
        except BaseExceptionGroup as several:  # of a full disk each says the same: one is told
            raise several.exceptions[0] from several
        return next((halted for task in tasks if (halted := task.result()) is not None), None)

    async def _in_bulk(self, group: list[Operation]) -> Halted | None:
        """The same in one request: each compared, marked and settled as if it went alone."""
        assert isinstance(self._desk, BulkDesk)
        writes: list[_Write] = []
        halted: Halted | None = None
        collected: list[tuple[Operation, Prepared]] = []
        self._collected = collected
        try:
            for operation in group:
                halted = await self._try(operation)
                if halted is not None:
                    break
        finally:
            self._collected = None
        if not collected:
            return halted
        pairs = [(operation.key, prepared) for operation, prepared in collected]
        for (operation, _), marked in zip(
            collected, self._feed.mark_batch(pairs, self._clock.now()), strict=True
        ):
            if marked is not None:  # else undone at the last moment
                stored = Prepared(body=marked.request, precondition=marked.precondition)
                in_doubt = operation.state is OperationState.SENT
                writes.append(_Write(operation=marked, prepared=stored, in_doubt=in_doubt))
        if not writes:
            return halted
        try:
            results = await self._desk.push_many([(write.operation, write.prepared) for write in writes])
        except _ADAPTER_BUGS as error:
            log.exception("a batch of %d could not be sent", len(writes))
            failure = Failure(kind=FailureKind.BAD_REQUEST, detail=type(error).__name__, sent=True)
            results = [Ambiguous(failure=failure)] * len(writes)
        for write, result in zip(writes, results, strict=True):
            said = await self._settle(write.operation, result, in_doubt=write.in_doubt)
            halted = halted or said
        return halted

    async def _try(self, operation: Operation) -> Halted | None:
        """One operation, once. Never raises for what an adapter does wrong: the others must go on."""
        try:
            if operation.state is OperationState.SENT:
                return await self._repeat(operation)
            return await self._first(operation)
        except UnknownField as error:
            self._feed.reject(operation.key, f"{error}.", None, self._clock.now())
        except _ADAPTER_BUGS as error:
            log.exception("operation %s of kind %s could not be sent", operation.id, operation.kind)
            failure = Failure(kind=FailureKind.BAD_REQUEST, detail=type(error).__name__)
            in_doubt = operation.state is OperationState.SENT or operation.key in self._marked
            self._wait(operation, failure, sent=in_doubt)
        return None

    async def _first(self, operation: Operation) -> Halted | None:
        """A try whose result is not in doubt yet: compare before anything is sent (rule 4)."""
        if operation.is_notice:
            return await self._first_notice(operation)
        ticket: Ticket | None = None
        if operation.kind is not OperationKind.CREATE:
            found = await self._newest(operation)
            if isinstance(found, Halted):
                return found
            if found is None:
                return None
            ticket = found
            if not self._clearance.may_be_sent(operation, ticket):
                return None
            refused = self._replay(operation) if self._replay is not None else ""
            if refused:
                self._feed.reject(operation.key, refused, None, self._clock.now())
                return None
            if operation.kind.is_message and self._key_may_be_forgotten(operation):
                return await self._reconcile(operation, ticket)
        going = as_sent(operation, ticket)
        # In doubt and here all the same: a desk without keys or preconditions, where only values count.
        return await self._send(operation, self._desk.prepare(going, ticket), fresh=True)

    async def _first_notice(self, operation: Operation) -> Halted | None:
        """An automatic notice: the desk is asked first whether somebody else's techdesk was quicker."""
        read = await self._desk.get(operation.ticket_id)
        now = self._clock.now()
        if isinstance(read, Gone):
            self._feed.gone(operation.key, read.tombstone, now)
            return None
        if isinstance(read, Failure):
            return self._not_read(operation, read)
        self._feed.absorb(read, now, insert=True)
        why_not = (
            self._notices.why_not(operation) if self._notices is not None else "Notices are switched off."
        )
        if why_not:
            self._feed.notices.retract(operation, why_not, now)
            return None
        return await self._send(operation, self._desk.prepare(operation, self._feed.base(operation.ticket)))

    async def _newest(self, operation: Operation) -> Ticket | Halted | None:
        """The newest row: held, or read now where it is missing or a write cannot be made conditional."""
        held = self._feed.base(operation.ticket)
        depends = operation.kind is OperationKind.UPDATE or LAST_CUSTOMER_MESSAGE in operation.base
        conditional = self._desk.capabilities.precondition
        if self._feed.change_behind(operation) is not None:
            # RT takes no condition with a message, and one that was decided without evidence has none.
            checked = self._desk.capabilities.guarantee is Guarantee.A
            depends, conditional = True, conditional and checked and LAST_CUSTOMER_MESSAGE in operation.base
        if held is not None and (conditional or not depends):
            return held
        read = await self._desk.get(operation.ticket_id)
        if isinstance(read, Gone):
            self._feed.gone(operation.key, read.tombstone, self._clock.now())
            return None
        if isinstance(read, Failure):
            return self._not_read(operation, read)
        self._feed.absorb(read, self._clock.now(), insert=True)
        # What was read, not what is held: a desk that went back to a backup has lower revisions.
        row = next((row for row in read.tickets if row.id == operation.ticket_id), None)
        if row is None:
            self._feed.reject(operation.key, "The desk does not show this ticket.", None, self._clock.now())
        return row

    def _not_read(self, operation: Operation, failure: Failure) -> Halted | None:
        """A ticket that could not be read: nothing was sent, whatever the reason."""
        if failure.kind is FailureKind.NOT_FOUND:
            purged = Tombstone(id=operation.ticket_id, reason=TombstoneReason.PURGED)
            self._feed.gone(operation.key, purged, self._clock.now())
            return None
        if failure.kind is FailureKind.FORBIDDEN:
            self._feed.reject(operation.key, failure.words, None, self._clock.now())
            return None
        self._wait(operation, failure, sent=operation.state is OperationState.SENT)
        return Halted(failure=failure)

    async def _repeat(self, operation: Operation) -> Halted | None:
        """A try after a lost answer: the same bytes, key and precondition until a definite one (rule 3)."""
        if self._key_may_be_forgotten(operation):
            return await self._reconcile(operation)
        if not self._desk.capabilities.keys:
            found = await self._desk.find_sent(operation)
            if isinstance(found, Accepted):
                self._accepted(operation, found)
                return None
            if isinstance(found, Failure):
                return self._not_read(operation, found)
            if operation.kind is OperationKind.UPDATE and not self._desk.capabilities.precondition:
                return await self._first(operation)  # what was written since must not go under
        return await self._send(
            operation, Prepared(body=operation.request, precondition=operation.precondition)
        )

    async def _send(self, operation: Operation, prepared: Prepared, *, fresh: bool = False) -> Halted | None:
        """Mark as sent, send, write down what came of it (rule 2). ``fresh``: in bytes made just now."""
        if self._collected is not None:
            self._collected.append((operation, prepared))
            return None
        in_doubt = operation.state is OperationState.SENT
        quiet = quiet_seconds(self._desk.capabilities, operation.kind)
        marked = self._feed.mark_sent(operation.key, prepared, self._clock.now(), quiet=quiet, fresh=fresh)
        if marked is None:  # undone at the last moment
            return None
        self._marked.add(operation.key)
        stored = Prepared(body=marked.request, precondition=marked.precondition)
        result = await self._desk.push(marked, stored)
        return await self._settle(marked, result, in_doubt=in_doubt)

    async def _settle(self, operation: Operation, result: PushResult, *, in_doubt: bool) -> Halted | None:
        """Write one result to the store. ``in_doubt``: an earlier try may have had its effect."""
        now = self._clock.now()
        if not isinstance(result, Ambiguous):
            self._lost_in_a_row = 0
        match result:
            case Accepted():
                self._accepted(operation, result)
            case Conflict(page=page):
                return await self._met(operation, page)
            case Rejected(reason=reason, fields=fields, page=page):
                named = f" ({', '.join(fields)})" if fields else ""
                self._feed.reject(operation.key, reason + named, page, now)
            case Gone(tombstone=tombstone):
                self._feed.gone(operation.key, tombstone, now)
            case Ambiguous(failure=failure):
                self._wait(operation, failure, sent=True)
                slow = failure.kind in (FailureKind.TIMEOUT, FailureKind.CUT)
                self._lost_in_a_row += 2 if slow else 1
                if self._lost_in_a_row >= _NETWORK_TROUBLE:
                    return Halted(failure=failure)
            case Throttled(seconds=seconds, failure=failure):
                self._feed.later(operation.key, now + int(seconds + 1), failure.words, sent=in_doubt, now=now)
                return Halted(failure=msgspec.structs.replace(failure, retry_after=seconds))
            case AuthNeeded(failure=failure) | Unreachable(failure=failure):
                # The connection's trouble, not the operation's: it goes again as soon as there is one.
                self._feed.later(operation.key, now, failure.words, sent=in_doubt, now=now)
                return Halted(failure=failure)
        return None

    def _accepted(self, operation: Operation, result: Accepted) -> None:
        if self._desk.capabilities.guarantee is not Guarantee.A:
            words = found_afterwards(operation, result.page, self._clearance.effects(operation))
            if words:
                self._feed.conflict(operation.key, result.page, words, self._clock.now())
                return
        self._feed.accept(operation.key, result, self._clock.now())
        self._clearance.remember(operation, result)

    async def _met(self, operation: Operation, page: Page) -> Halted | None:
        """A 412: nothing was written. Take the present row, compare field by field (rule 5)."""
        if not any(ticket.id == operation.ticket_id for ticket in page.tickets):
            read = await self._desk.get(operation.ticket_id)
            if isinstance(read, Gone):
                self._feed.gone(operation.key, read.tombstone, self._clock.now())
                return None
            if isinstance(read, Failure):
                # Definite all the same: the old precondition can never hold again.
                self._feed.rebase(operation.key, operation.base, self._clock.now())
                return self._not_read(msgspec.structs.replace(operation, state=OperationState.READY), read)
            page = read
        self._feed.absorb(page, self._clock.now())
        ticket = self._feed.base(operation.ticket)
        if ticket is None or not self._clearance.may_be_sent(operation, ticket, page):
            return None
        now = self._clock.now()
        self._feed.rebase(operation.key, operation.base, now)
        if self._turns.is_last(operation):
            seconds = max(5, int(wait_seconds(operation.attempts, self._random)))
            self._feed.later(operation.key, now + seconds, "The ticket keeps changing.", sent=False, now=now)
        return None

    def _key_may_be_forgotten(self, operation: Operation) -> bool:
        """Whether a server that saw the key when it first went out may know it no more (rule 11).

        What waited here for a week, offline, and goes out now has a key as fresh as any.
        """
        return bool(operation.first_sent) and operation.first_sent + KEY_WINDOW < self._clock.now()

    async def _reconcile(self, operation: Operation, unsent: Ticket | None = None) -> Halted | None:
        """Past the key's life it is never resent: look what became of it, and else ask (rule 11).

        ``unsent``: the ticket of an old message that is not known to have been sent. A person may have taken
        it up again after a refusal, so it is looked for all the same, and sent where it is not there.
        """
        unknown = "The answer was lost days ago and the desk no longer tells; look before sending again"
        now = self._clock.now()
        if operation.kind is OperationKind.CREATE:
            self._feed.conflict(operation.key, NOTHING, f"{unknown}.", now)
            return None
        read = await self._desk.get(operation.ticket_id)
        if isinstance(read, Gone):
            self._feed.gone(operation.key, read.tombstone, now)
            return None
        if isinstance(read, Failure):
            return self._not_read(operation, read)
        ticket = next((row for row in read.tickets if row.id == operation.ticket_id), None)
        written = next((row.id for row in read.messages if row.operation == operation.id), "")
        done = bool(written)
        if operation.kind is OperationKind.UPDATE and ticket is not None:
            fields = {name: value for name, value in operation.base.items() if name != LAST_CUSTOMER_MESSAGE}
            plain = msgspec.structs.replace(operation, base=fields)
            done = compare(plain, ticket, None).verdict is Verdict.DONE
        if done:
            accepted = Accepted(page=read, ticket_id=operation.ticket_id, message_id=written)
            self._feed.accept(operation.key, accepted, now)
        elif unsent is not None:
            return await self._send(operation, self._desk.prepare(operation, unsent))
        else:
            self._feed.conflict(operation.key, read, f"{unknown}.", now)
        return None

    def _wait(self, operation: Operation, failure: Failure, *, sent: bool) -> None:
        now = self._clock.now()
        seconds = wait_seconds(operation.attempts, self._random, failure.retry_after)
        if sent:
            seconds = max(seconds, quiet_seconds(self._desk.capabilities, operation.kind))
        self._feed.later(operation.key, now + max(1, int(seconds + 0.5)), failure.words, sent=sent, now=now)
