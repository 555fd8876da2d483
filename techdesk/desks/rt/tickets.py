"""Rows of tickets made into pages: with their whole log, or with what is new of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from techdesk.desks.port import Failure, FailureKind, Page
from techdesk.desks.rt.answers import TicketAnswer, TransactionAnswer, whole
from techdesk.desks.rt.conversation import Log, LogReader, learn_statuses
from techdesk.desks.rt.directory import Directory
from techdesk.desks.rt.links import links_logged, links_of
from techdesk.desks.rt.mapping import DELETED, Translator, organisations, queues
from techdesk.desks.rt.rest import AT_ONCE, Rest
from techdesk.desks.rt.ticket_sql import PAGE, any_of
from techdesk.model import Person, Queue, Ticket, Tombstone, TombstoneReason

EMPTY_PAGES = 5
"""So many pages in a row without a row that the user may see end a log whose beginning never comes."""


class Transactions(Struct, frozen=True, kw_only=True):
    """Transactions of some tickets, and which ticket each other one among them was merged into."""

    rows: tuple[TransactionAnswer, ...] = ()
    merged: dict[int, int] = {}
    unreadable: tuple[tuple[str, str], ...] = ()


class Present(Struct, frozen=True, kw_only=True):
    """A ticket as it is now, and what happened to it since a revision."""

    row: TicketAnswer
    since: tuple[TransactionAnswer, ...]
    page: Page


class TicketReader:
    """Reads tickets with what belongs to them."""

    def __init__(self, rest: Rest, translator: Translator) -> None:
        self.rest = rest
        self.translator = translator
        self.directory = Directory(rest)
        self.logs = LogReader(rest, translator, self.directory)
        self.queue_names: dict[str, str] = {}

    async def all_transactions(self, numbers: Sequence[int], until: int = 0) -> Transactions | Failure:
        """Every transaction of these tickets, up to one id where ``until`` is given.

        Read from the newest down until each ticket's Create was seen: that is the one sure end, because
        rights are applied after paging and an empty page may be followed by others (RT quirk 2).
        """
        merged = await self.rest.merged_into(numbers)
        if isinstance(merged, Failure):
            return merged
        wanted = sorted(set(numbers) | set(merged))
        # Every other ticket, not the lower half: old tickets have the longer logs.
        shares = [wanted[start::AT_ONCE] for start in range(min(AT_ONCE, len(wanted)))]
        found = Transactions(merged=merged)
        for log in await asyncio.gather(*(self._logs_of(share, until) for share in shares)):
            if isinstance(log, Failure):
                return log
            found = Transactions(
                rows=found.rows + log.rows, merged=merged, unreadable=found.unreadable + log.unreadable
            )
        return found

    async def _logs_of(self, numbers: Sequence[int], until: int) -> Transactions | Failure:
        unborn = set(numbers)
        query = any_of("ObjectId", numbers) + (f" AND id <= {until}" if until else "")
        found: dict[int, TransactionAnswer] = {}
        unreadable: list[tuple[str, str]] = []
        page, empty = 1, 0
        while unborn and empty < EMPTY_PAGES:
            rows = await self.rest.transactions(query, newest_first=True, page=page)
            if isinstance(rows, Failure):
                return rows
            found |= {row.number: row for row in rows.items}
            unreadable += rows.unreadable
            unborn -= {row.ticket for row in rows.items if row.type == "Create"}
            page, empty = page + 1, 0 if rows.items else empty + 1
        return Transactions(rows=tuple(found.values()), unreadable=tuple(unreadable))

    async def newer_transactions(self, numbers: Sequence[int], since: int) -> Transactions | Failure:
        """Transactions of some tickets after one id; for what has changed since they were read."""
        merged = await self.rest.merged_into(numbers)
        if isinstance(merged, Failure):
            return merged
        query = f"{any_of('ObjectId', set(numbers) | set(merged))} AND id > {since}"
        found: dict[int, TransactionAnswer] = {}
        unreadable: list[tuple[str, str]] = []
        page = 1
        while True:
            rows = await self.rest.transactions(query, newest_first=True, page=page)
            if isinstance(rows, Failure):
                return rows
            found |= {row.number: row for row in rows.items}
            unreadable += rows.unreadable
            # Comments and sent mail can hide some rows of a page, but not half of those of a few tickets.
            if len(rows.items) + len(rows.unreadable) < PAGE // 2:
                return Transactions(rows=tuple(found.values()), merged=merged, unreadable=tuple(unreadable))
            page += 1

    async def describe(
        self,
        rows: Sequence[TicketAnswer],
        transactions: Transactions,
        revisions: Mapping[int, int] | None = None,
        *,
        cursor: str = "",
        more: bool = False,
        total: int | None = None,
        tombstones: Sequence[Tombstone] = (),
        unreadable: Sequence[tuple[str, str]] = (),
    ) -> Page | Failure:
        """A page of these tickets and of what the transactions say of them.

        A ticket's revision is the last of its transactions at hand, or what ``revisions`` says. The rows must
        have been read after the transactions: a row may be newer than its revision, never older.
        """
        failure = await learn_statuses(self.rest, self.translator, (row.status for row in rows))
        if failure is not None:
            return failure
        for row in rows:
            if row.queue is not None and row.queue.name:
                self.queue_names[str(whole(row.queue.id))] = row.queue.name
        tickets = {whole(row.id): row for row in rows}
        log = await self.logs.read(transactions.rows, tickets, transactions.merged, self.queue_names)
        if isinstance(log, Failure):
            return log
        newest = dict[int, int]()
        for each in transactions.rows:
            number = transactions.merged.get(each.ticket, each.ticket)
            newest[number] = max(newest.get(number, 0), each.number)
        newest |= revisions or {}
        logged = links_logged(transactions.rows, transactions.merged)
        made: list[Ticket] = []
        bad = [*unreadable, *transactions.unreadable, *log.unreadable]
        for number, row in tickets.items():
            try:
                links = links_of(row) if row.hyperlinks is not None else logged.get(number, ())
                made.append(self.translator.ticket(row, newest.get(number, 0), links))
            except ValueError as error:
                bad.append((f"ticket {number}", str(error)))
        people = self._people(rows, log)
        return Page(
            tickets=tuple(made),
            messages=log.messages,
            events=log.events,
            people=people,
            organisations=organisations(people),
            queues=self.queues_of(made),
            tombstones=tuple(tombstones),
            unreadable=tuple(bad),
            cursor=cursor,
            more=more,
            total=total,
        )

    def queues_of(self, tickets: Iterable[Ticket]) -> tuple[Queue, ...]:
        """The queues that tickets are in."""
        wanted = dict.fromkeys(ticket.queue for ticket in tickets)
        return queues({each: self.queue_names[each] for each in wanted if each in self.queue_names})

    async def present(self, number: int, since: int) -> Present | Tombstone | Failure:
        """A ticket as it is now with what is new of its log, or what became of it."""
        log = await self.newer_transactions([number], since)
        if isinstance(log, Failure):
            return log
        row = await self._row(number)
        if not isinstance(row, TicketAnswer):
            return row
        newest = max((each.number for each in log.rows), default=since)
        page = await self.describe([row], log, {number: newest})
        return page if isinstance(page, Failure) else Present(row=row, since=log.rows, page=page)

    async def complete(self, number: int) -> Page | Tombstone | Failure:
        """A ticket as it is now with its whole log."""
        log = await self.all_transactions([number])
        if isinstance(log, Failure):
            return log
        row = await self._row(number)
        return await self.describe([row], log) if isinstance(row, TicketAnswer) else row

    async def _row(self, number: int) -> TicketAnswer | Tombstone | Failure:
        rows = await self.rest.tickets(any_of("id", [number]), links=True)
        if isinstance(rows, Failure):
            return rows
        if rows.items:
            return rows.items[0]
        return await self.whereabouts(number)

    async def whereabouts(self, number: int) -> Tombstone | Failure:
        """What became of a ticket that no search of the scope shows."""
        single = await self.rest.ticket(number)
        if isinstance(single, Failure):
            if single.kind is FailureKind.FORBIDDEN:
                return Tombstone(id=str(number), reason=TombstoneReason.OUT_OF_SCOPE)
            return single
        if single is None:
            return Tombstone(id=str(number), reason=TombstoneReason.PURGED)
        outside = Tombstone(id=str(number), reason=TombstoneReason.OUT_OF_SCOPE)
        return tombstone_of(number, single.row) or outside

    def _people(self, rows: Sequence[TicketAnswer], log: Log) -> tuple[Person, ...]:
        named = [user.id for row in rows for user in row.requestor]
        named += [row.owner.id for row in rows if row.owner is not None]
        named += [user.id for row in rows for user in row.cc]
        found = {each.id: each for each in log.people}
        for login in dict.fromkeys(named):
            person = self.directory.person(login)
            if person is not None:
                found[login] = person
        return tuple(found.values())


def buried(tombstone: Tombstone) -> Page:
    """A page that says no more than that a ticket is gone."""
    return Page(tombstones=(tombstone,), cursor="", more=False)


def tombstone_of(asked: int, row: TicketAnswer) -> Tombstone | None:
    """What a single answer says of the ticket asked for, where it is no more (RT quirks 6 and 7)."""
    answered = whole(row.id)
    if answered != asked:
        return Tombstone(id=str(asked), reason=TombstoneReason.MERGED, merged_into=str(answered))
    if row.status == DELETED:
        return Tombstone(id=str(asked), reason=TombstoneReason.DELETED)
    return None
