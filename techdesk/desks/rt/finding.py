"""Looking for the effect of a write whose answer was lost: RT keeps no keys, so nobody sends again unseen."""

from __future__ import annotations

import msgspec

from techdesk.desks.port import Accepted, Failure, Page
from techdesk.desks.rt.answers import PartAnswer, TransactionAnswer, whole
from techdesk.desks.rt.mapping import marks_of
from techdesk.desks.rt.ticket_sql import quote
from techdesk.desks.rt.tickets import Present, TicketReader, buried
from techdesk.desks.rt.writing import changed_field
from techdesk.model import Operation, OperationKind

PAGES = 3
"""Pages of the user's own transactions that are looked through, newest first."""


class Finder:
    """Asks the log and the present values what became of an operation."""

    def __init__(self, reader: TicketReader) -> None:
        self._reader = reader
        self._rest = reader.rest

    async def find(self, operation: Operation, login: str) -> Accepted | Failure | None:
        """A message by the id that it carries, fields by their values; None when there is no trace."""
        if operation.kind is OperationKind.CREATE:
            return await self._find_created(operation, login)
        number, since = whole(operation.ticket_id), whole(operation.precondition)
        if not operation.kind.is_message:
            return await self._find_values(operation, number, since, login)
        kind = "Correspond" if operation.kind is OperationKind.REPLY else "Comment"
        query = f"ObjectId = {number} AND Type = '{kind}' AND Creator = {quote(login)} AND id > {since}"
        found = await self._find_marked(operation.id, query)
        if not isinstance(found, TransactionAnswer):
            return found
        present = await self._reader.present(number, since or found.number - 1)
        if isinstance(present, Failure):
            return present
        page = (
            present.page
            if isinstance(present, Present)
            else Page(tombstones=(present,), cursor="", more=False)
        )
        return Accepted(page=page, ticket_id=str(number), message_id=str(found.number), replayed=True)

    async def _find_created(self, operation: Operation, login: str) -> Accepted | Failure | None:
        found = await self._find_marked(operation.id, f"Type = 'Create' AND Creator = {quote(login)}")
        if not isinstance(found, TransactionAnswer):
            return found
        page = await self._reader.complete(found.ticket)
        if isinstance(page, Failure):
            return page
        if not isinstance(page, Page):
            page = buried(page)
        ticket = str(found.ticket)
        return Accepted(page=page, ticket_id=ticket, message_id=str(found.number), replayed=True)

    async def _find_marked(self, operation: str, query: str) -> TransactionAnswer | Failure | None:
        """The transaction whose message carries the operation's id."""
        for page in range(1, PAGES + 1):
            rows = await self._rest.transactions(query, newest_first=True, page=page)
            if isinstance(rows, Failure):
                return rows
            parts = await self._rest.parts([row.number for row in rows.items])
            if isinstance(parts, Failure):
                return parts
            marked = {whole(part.transaction_id) for part in parts.items if _carries(part, operation)}
            for row in rows.items:
                if row.number in marked:
                    return row
            if len(rows.items) + len(rows.unreadable) < 50:
                return None
        return None

    async def _find_values(
        self, operation: Operation, number: int, since: int, login: str
    ) -> Accepted | Failure | None:
        """Whether the ticket holds the values, or held them until somebody else changed them again."""
        present = await self._reader.present(number, since)
        if isinstance(present, Failure):
            return present
        body = msgspec.json.decode(operation.request or b"{}", type=dict[str, object])
        if not isinstance(present, Present):
            if body.get("MergeInto") and present.merged_into == body["MergeInto"]:
                return Accepted(page=buried(present), ticket_id=str(number), replayed=True)
            return None  # gone: the next try is told so
        missing = set(self._reader.translator.refused(body, present.row))
        mine = {changed_field(row) for row in present.since if row.login == login}
        if not body or not missing <= mine:
            return None
        return Accepted(page=present.page, ticket_id=str(number), replayed=True)


def _carries(part: PartAnswer, operation: str) -> bool:
    marked, _ = marks_of(part.headers or "")
    return bool(marked) and marked == operation
