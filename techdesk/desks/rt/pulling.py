"""Bringing tickets in: first a walk over all in scope, then the feed of transactions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec
from msgspec import Struct

from techdesk.desks.port import CursorGone, Failure, Page
from techdesk.desks.rt.answers import TicketAnswer, TransactionAnswer, whole
from techdesk.desks.rt.conversation import learn_statuses, statuses_in
from techdesk.desks.rt.mapping import queues
from techdesk.desks.rt.position import Position, read_position
from techdesk.desks.rt.ticket_sql import ACTIVE, PAGE, any_of, closed_lately, in_scope
from techdesk.desks.rt.tickets import TicketReader, Transactions
from techdesk.model import Scope, Tombstone, TombstoneReason

OVERLAP = 30
"""Ids below the feed's place that are looked at again: RT takes an id when a transaction begins, so a long
one may be seen only after a later one."""
WINDOW = 100
"""Ids in one window of the feed. No more than a page holds rows, so that one page is always all of it."""
WINDOWS = 10
"""Windows in one pull, so that a long absence is made up for in pieces that can be stored."""
DEEP = 20
"""Pages looked through for the newest transaction that the user may see."""


class News(Struct, frozen=True, kw_only=True):
    """What the feed has since a place in it."""

    rows: tuple[TransactionAnswer, ...] = ()
    vanished: frozenset[int] = frozenset()
    """Tickets whose transactions were shown before and are not now."""
    place: Position
    more: bool = False
    unreadable: tuple[tuple[str, str], ...] = ()


class Puller:
    """The two phases of a pull. Keeps nothing between two calls but what it has learned of names."""

    def __init__(self, reader: TicketReader) -> None:
        self._reader = reader
        self._rest = reader.rest

    async def pull(self, cursor: str, scope: Scope) -> Page | CursorGone | Failure:
        """One page, from the walk or the feed."""
        if not cursor:
            return await self._first(scope)
        place = read_position(cursor)
        if place is None:
            return CursorGone(reason="the place kept is not one of this version")
        return await (self._walk(place, scope) if place.phase == "tickets" else self._follow(place, scope))

    async def sweep(self, after: str, scope: Scope) -> Page | Failure:
        """One page of the walk. The last one's cursor is the feed's place from before the walk."""
        place = read_position(after) if after else None
        if place is None or place.phase != "tickets":
            return await self._first(scope)
        return await self._walk(place, scope)

    # -- the walk

    async def _first(self, scope: Scope) -> Page | Failure:
        place = await self._beginning(scope)
        if isinstance(place, Failure):
            return place
        known = await self._rest.queues()
        if isinstance(known, Failure):
            return known
        self._reader.queue_names |= known
        page = await self._walk(place, scope)
        if isinstance(page, Failure):
            return page
        return msgspec.structs.replace(page, queues=queues(self._reader.queue_names))

    async def _beginning(self, scope: Scope) -> Position | Failure:
        """Where a walk begins: the feed's place first, then its bounds, so that nothing falls between."""
        feed = await self._newest("id > 0")
        if isinstance(feed, Failure):
            return feed
        newest = await self._rest.tickets("id > 0", rows=1, newest_first=True, wide=False)
        if isinstance(newest, Failure):
            return newest
        until = await self._newest("id > 0")
        if isinstance(until, Failure):
            return until
        total: int | None = 0
        for query in (ACTIVE, closed_lately(scope)):
            counted = await self._rest.tickets(query, rows=1, wide=False)
            if isinstance(counted, Failure):
                return counted
            total = None if total is None or counted.total is None else total + counted.total
        at = max((row.number for row in feed), default=0)
        return Position(
            phase="tickets",
            at=at,
            recent=recent_of(feed, at),
            last=max((whole(row.id) for row in newest.items), default=0),
            until=max((row.number for row in until), default=0),
            total=total,
        )

    async def _walk(self, place: Position, scope: Scope) -> Page | Failure:
        unreadable: list[tuple[str, str]] = []
        while True:
            wanted = ACTIVE if place.part == "active" else closed_lately(scope)
            rows = await self._rest.tickets(f"{wanted} AND id > {place.after} AND id <= {place.last}")
            if isinstance(rows, Failure):
                return rows
            unreadable += rows.unreadable
            numbers = [whole(row.id) for row in rows.items]
            ended = not numbers or (rows.total is not None and rows.total <= len(numbers))
            if ended and place.part == "closed":
                following, more = Position(at=place.at, recent=place.recent), False
            elif ended:
                following, more = msgspec.structs.replace(place, part="closed", after=0), True
            else:
                following, more = msgspec.structs.replace(place, after=max(numbers)), True
            if numbers or not more:
                return await self._walked(rows.items, unreadable, place, following, more)
            place = following

    async def _walked(
        self,
        rows: Sequence[TicketAnswer],
        unreadable: Sequence[tuple[str, str]],
        place: Position,
        following: Position,
        more: bool,
    ) -> Page | Failure:
        log: Transactions | Failure = Transactions()
        if rows:
            log = await self._reader.all_transactions([whole(row.id) for row in rows], place.until)
        if isinstance(log, Failure):
            return log
        return await self._reader.describe(
            rows, log, cursor=following.cursor, more=more, total=place.total, unreadable=unreadable
        )

    async def _newest(self, query: str) -> tuple[TransactionAnswer, ...] | Failure:
        """The newest transactions that the user may see, newest first; none where none is in sight."""
        for page in range(1, DEEP + 1):
            rows = await self._rest.transactions(query, newest_first=True, page=page)
            if isinstance(rows, Failure):
                return rows
            if rows.items:
                return rows.items
        return ()

    # -- the feed

    async def _follow(self, place: Position, scope: Scope) -> Page | CursorGone | Failure:
        news = await self._news(place)
        if not isinstance(news, News):
            return news
        if not news.rows and not news.vanished:
            return Page(cursor=news.place.cursor, more=news.more, unreadable=news.unreadable)
        return await self._changed(news, place, scope)

    async def _news(self, place: Position) -> News | CursorGone | Failure:
        """What is new since a place. Nothing new costs one request, without a word of any ticket.

        The rows just below the place are asked for again: they show that the feed is still the same one, and
        where a page reaches down to the lowest of them it has missed nothing above.
        """
        known = dict(place.recent)
        below = place.at - OVERLAP
        floor = max(0, min((below, *(number - 1 for number in known))))
        newest = await self._newest(f"id > {floor}")
        if isinstance(newest, Failure):
            return newest
        seen = {row.number: row for row in newest}
        top = max(seen, default=0)
        gone = await self._is_another(known, seen, top)
        if gone is not None:
            return gone
        covered, end, unreadable = min(seen, default=top), max(top, place.at), list[tuple[str, str]]()
        if not known or min(known) not in seen:
            covered = max(0, below)
            end = max(min(top, covered + WINDOW * WINDOWS), place.at)
            seen = {}
            for start in range(covered, end, WINDOW):
                window = await self._rest.transactions(f"id > {start} AND id <= {min(start + WINDOW, end)}")
                if isinstance(window, Failure):
                    return window
                seen |= {row.number: row for row in window.items}
                unreadable += window.unreadable
        fresh = [row for number, row in seen.items() if number not in known and number > below]
        vanished = {ticket for number, ticket in known.items() if number > covered and number not in seen}
        return News(
            rows=tuple(sorted(fresh, key=lambda row: row.number)),
            vanished=frozenset(vanished),
            place=Position(at=end, recent=recent_of((*seen.values(), *newest), end)),
            more=end < top,
            unreadable=tuple(unreadable),
        )

    async def _is_another(
        self, known: Mapping[int, int], seen: Mapping[int, TransactionAnswer], top: int
    ) -> CursorGone | Failure | None:
        """Whether this is no longer the log that was read: a backup was restored, or tickets were purged."""
        if any(known.get(number, row.ticket) != row.ticket for number, row in seen.items()):
            return CursorGone(reason="the log at the desk is another than the one that was read")
        if not known or top >= max(known):
            return None
        hidden = await self._rest.is_hidden(max(known))
        if isinstance(hidden, Failure):
            return hidden
        # Hidden is all right: its ticket has been moved to where this user may not look.
        return None if hidden else CursorGone(reason="the log at the desk ends before what was read of it")

    async def _changed(self, news: News, before: Position, scope: Scope) -> Page | Failure:
        """The tickets that news are about: rows as they are now, and what is new of their logs."""
        failure = await learn_statuses(self._rest, self._reader.translator, statuses_in(news.rows))
        if failure is not None:
            return failure
        numbers = news.vanished | {row.ticket for row in news.rows}
        entering = {row.ticket for row in news.rows if self._enters(row)}
        for row in news.rows:
            target = merge_target(row)
            if target:
                numbers |= {target}
                entering.add(target)
        rows: list[TicketAnswer] = []
        unreadable = list(news.unreadable)
        log = Transactions(rows=news.rows)
        whole_logs = await self._whole_logs(sorted(entering))
        if isinstance(whole_logs, Failure):
            return whole_logs
        log = Transactions(
            rows=tuple({row.number: row for row in (*log.rows, *whole_logs.rows)}.values()),
            merged=whole_logs.merged,
            unreadable=whole_logs.unreadable,
        )
        for batch in _batches(sorted(numbers)):
            found = await self._rest.tickets(f"{any_of('id', batch)} AND {in_scope(scope)}", links=True)
            if isinstance(found, Failure):
                return found
            rows += found.items
            unreadable += found.unreadable
        tombstones = await self._tombstones(sorted(numbers - {whole(row.id) for row in rows}))
        if isinstance(tombstones, Failure):
            return tombstones
        revisions = await self._late_revisions(news.rows, before, {whole(row.id) for row in rows})
        if isinstance(revisions, Failure):
            return revisions
        return await self._reader.describe(
            rows,
            log,
            revisions,
            cursor=news.place.cursor,
            more=news.more,
            tombstones=tombstones,
            unreadable=unreadable,
        )

    def _enters(self, row: TransactionAnswer) -> bool:
        """Whether a change may have brought in a ticket that was not kept, so that its old log is missing."""
        if row.type == "Set" and row.field == "Queue":
            return True
        if row.type != "Status":
            return False
        status = self._reader.translator.status
        return not status(row.old_value or "").is_active and status(row.new_value or "").is_active

    async def _whole_logs(self, numbers: Sequence[int]) -> Transactions | Failure:
        found = Transactions()
        for batch in _batches(numbers):
            log = await self._reader.all_transactions(batch)
            if isinstance(log, Failure):
                return log
            found = Transactions(
                rows=found.rows + log.rows,
                merged=found.merged | log.merged,
                unreadable=found.unreadable + log.unreadable,
            )
        return found

    async def _tombstones(self, missing: Sequence[int]) -> tuple[Tombstone, ...] | Failure:
        """Why changed tickets are not in scope: no search shows deleted and merged ones (RT quirks 6, 7)."""
        found: list[Tombstone] = []
        for batch in _batches(missing):
            visible = await self._rest.tickets(any_of("id", batch), wide=False)
            if isinstance(visible, Failure):
                return visible
            old = {whole(row.id) for row in visible.items}
            found += [Tombstone(id=str(each), reason=TombstoneReason.OUT_OF_SCOPE) for each in sorted(old)]
            for number in batch:
                if number not in old:
                    tombstone = await self._reader.whereabouts(number)
                    if isinstance(tombstone, Failure):
                        return tombstone
                    found.append(tombstone)
        return tuple(found)

    async def _late_revisions(
        self, rows: Sequence[TransactionAnswer], before: Position, held: set[int]
    ) -> Mapping[int, int] | Failure:
        """Revisions of tickets of which only a late id is new: a later one was known before."""
        newest = dict[int, int]()
        for row in rows:
            newest[row.ticket] = max(newest.get(row.ticket, 0), row.number)
        revisions = dict[int, int]()
        for number, last in newest.items():
            if last <= before.at and number in held:
                single = await self._rest.ticket(number)
                if isinstance(single, Failure):
                    return single
                if single is not None:
                    revisions[number] = single.revision
        return revisions


def merge_target(row: TransactionAnswer) -> int:
    """The ticket that another one became, where a transaction is a merge; else 0."""
    if row.type != "AddLink" or row.field != "MergedInto":
        return 0
    found = re.search(r"/ticket/(\d+)$", row.new_value or "")
    return int(found[1]) if found else 0


def recent_of(rows: Iterable[TransactionAnswer], at: int) -> tuple[tuple[int, int], ...]:
    """Transactions to know again just below a place; the nearest one where there is none so near."""
    below = sorted({(row.number, row.ticket) for row in rows if row.number <= at})
    return tuple(each for each in below if each[0] > at - OVERLAP) or tuple(below[-1:])


def _batches(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[start : start + PAGE] for start in range(0, len(numbers), PAGE)]
