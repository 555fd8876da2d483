"""REST2's requests, one method each, with what every caller has to know of paging taken care of."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import Struct

from techdesk.desks.address import quoted
from techdesk.desks.port import Failure, FailureKind
from techdesk.desks.rt import ticket_sql
from techdesk.desks.rt.answers import (
    Listing,
    PartAnswer,
    QueueAnswer,
    Release,
    TicketAnswer,
    TransactionAnswer,
    UserRecord,
    whole,
)

if TYPE_CHECKING:
    from techdesk.desks.http import Http, Response

ROOT = "/REST/2.0"
QUEUE_PAGES = 20
AT_ONCE = 2
"""Requests of one pull side by side: RT takes a worker for each, and a small site has few of those."""

T = TypeVar("T")


class Rows(Struct, Generic[T], frozen=True, kw_only=True):
    """What a page of a collection held, and what of it could not be read."""

    items: tuple[T, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    total: int | None = None


class Single(Struct, frozen=True, kw_only=True):
    """One ticket read by its id. ``row.id`` differs from the id asked for when it was merged (RT quirk 7)."""

    row: TicketAnswer
    revision: int
    """From the ETag: the last transaction that this user may see, of the ticket and all merged into it."""


class Rest:
    """One Request Tracker over HTTP."""

    def __init__(self, http: Http) -> None:
        self.http = http

    # -- one record

    async def release(self) -> str | Failure:
        """RT's version; ``NOT_A_DESK`` where something else answers."""
        response = await self.http.request("GET", f"{ROOT}/rt")
        if isinstance(response, Failure):
            return response
        if response.status == 404:
            return Failure(kind=FailureKind.NOT_A_DESK, detail="no REST2 at this address")
        answer = self._read(response, Release)
        if isinstance(answer, Failure):
            kind = FailureKind.NOT_A_DESK if answer.kind is FailureKind.NOT_JSON else answer.kind
            return msgspec.structs.replace(answer, kind=kind)
        return answer.version

    async def user(self, name: str) -> UserRecord | Failure | None:
        """A user by number or login; None for one that is not, or may not be seen."""
        response = await self.http.request("GET", f"{ROOT}/user/{quoted(name)}")
        if isinstance(response, Failure):
            return response
        if response.status in (403, 404):
            return None
        return self._read(response, UserRecord)

    async def ticket(self, number: int) -> Single | Failure | None:
        """A ticket by its id, also one that no search shows; None when there never was one."""
        response = await self.http.request("GET", f"{ROOT}/ticket/{number}")
        if isinstance(response, Failure):
            return response
        if response.status == 404:
            return None
        row = self._read(response, TicketAnswer)
        if isinstance(row, Failure):
            return row
        return Single(row=row, revision=revision_of(response))

    async def queues(self) -> dict[str, str] | Failure:
        """Queues that the user may see: id to name. Rights are applied after paging (RT quirk 3)."""
        names: dict[str, str] = {}
        for page in range(1, QUEUE_PAGES + 1):
            params: dict[str, str | int] = {"fields": "Name", "per_page": ticket_sql.PAGE, "page": page}
            rows = await self._rows("GET", "queues/all", QueueAnswer, params)
            if isinstance(rows, Failure):
                return rows
            if not rows.items:
                break
            names |= {str(whole(queue.id)): queue.name or str(queue.id) for queue in rows.items}
            if rows.total is not None and len(names) >= rows.total:
                break
        return names

    async def is_hidden(self, transaction: int) -> bool | Failure:
        """Whether a transaction exists but may not be seen. One that there never was is an error 500."""
        response = await self.http.request("GET", f"{ROOT}/transaction/{transaction}")
        if isinstance(response, Failure):
            return response
        if response.status == 401:
            return self.http.failure_of(response)
        return response.status == 403

    async def file(self, number: int, max_bytes: int) -> bytes | Failure:
        """The bytes of an attachment."""
        path = f"{ROOT}/attachment/{number}"
        response = await self.http.request("GET", path, max_bytes=max_bytes * 4 // 3 + 100_000)
        if isinstance(response, Failure):
            return response
        if response.status != 200:
            return self.http.failure_of(response)
        answer = self.http.decoded(response, _File)
        if isinstance(answer, Failure):
            return answer
        try:
            content = base64.b64decode(answer.content or "")
        except ValueError:
            return Failure(kind=FailureKind.NOT_JSON, detail="the file is not base64")
        return content if len(content) <= max_bytes else Failure(kind=FailureKind.TOO_LARGE)

    # -- collections

    async def tickets(
        self,
        query: str,
        *,
        rows: int = ticket_sql.PAGE,
        newest_first: bool = False,
        wide: bool = True,
        links: bool = False,
    ) -> Rows[TicketAnswer] | Failure:
        """The first page of a search, by id. Pages are walked by ``id > n``, never by number: rows that
        change their place between two requests can then neither be skipped nor repeated."""
        params: dict[str, str | int] = {"query": query, "orderby": "id", "per_page": rows}
        if newest_first:
            params["order"] = "DESC"
        if wide:
            params |= ticket_sql.TICKET_FIELDS
            if links:
                params["fields"] = f"{params['fields']},{ticket_sql.LINKS}"
        else:
            params["fields"] = "Status,EffectiveId"
        return await self._rows("GET", "tickets", TicketAnswer, params)

    async def merged_into(self, numbers: Sequence[int]) -> dict[int, int] | Failure:
        """Tickets that were merged into these: their id to the one that they became (RT quirk 7)."""
        if not numbers:
            return {}
        after, found = 0, dict[int, int]()
        while True:
            query = f"EffectiveId != id AND id > {after} AND {ticket_sql.any_of('EffectiveId', numbers)}"
            params: dict[str, str | int] = {
                "query": query,
                "orderby": "id",
                "per_page": ticket_sql.PAGE,
                "fields": "EffectiveId",
            }
            rows = await self._rows("GET", "tickets", _Merged, params)
            if isinstance(rows, Failure):
                return rows
            found |= {whole(row.id): whole(row.effective_id) for row in rows.items}
            if not rows.items:
                return found
            after = max(whole(row.id) for row in rows.items)
            if rows.total is not None and rows.total <= len(rows.items):
                return found

    async def transactions(
        self, query: str, *, newest_first: bool = False, page: int = 1
    ) -> Rows[TransactionAnswer] | Failure:
        """A page of the feed. Rights are applied after paging: a short page is no end (RT quirk 2)."""
        params: dict[str, str | int] = {
            "query": f"{ticket_sql.ON_TICKETS} AND {query}",
            "orderby": "id",
            "order": "DESC" if newest_first else "ASC",
            "per_page": ticket_sql.PAGE,
            "page": page,
            **ticket_sql.TRANSACTION_FIELDS,
        }
        return await self._rows("GET", "transactions", TransactionAnswer, params)

    async def parts(self, transactions: Sequence[int]) -> Rows[PartAnswer] | Failure:
        """Parts of messages, without their content: it may be a film."""
        found: Rows[PartAnswer] = Rows()
        for rows in await asyncio.gather(
            *(
                self._parts("TransactionId", share, ticket_sql.PART_FIELDS)
                for share in shares(sorted(set(transactions)))
            )
        ):
            if isinstance(rows, Failure):
                return rows
            found = Rows(items=found.items + rows.items, unreadable=found.unreadable + rows.unreadable)
        return found

    async def contents(self, parts: Sequence[int]) -> Rows[PartAnswer] | Failure:
        """Content of parts, by their ids."""
        return await self._parts("id", parts, ticket_sql.CONTENT_FIELDS)

    # -- within

    async def _parts(
        self, field: str, numbers: Sequence[int], fields: Mapping[str, str]
    ) -> Rows[PartAnswer] | Failure:
        """All attachments of so many transactions (or with these ids).

        Only what the user was shown is asked for, by the same right, so here a page is short at the end only.
        """
        items: list[PartAnswer] = []
        unreadable: list[tuple[str, str]] = []
        body = ticket_sql.json_any_of(field, numbers)
        page = 1
        while numbers:
            params: dict[str, str | int] = {"orderby": "id", "per_page": ticket_sql.PAGE, "page": page}
            params |= fields
            rows = await self._rows("POST", "attachments", PartAnswer, params, body)
            if isinstance(rows, Failure):
                return rows
            items += rows.items
            unreadable += rows.unreadable
            if len(rows.items) + len(rows.unreadable) < ticket_sql.PAGE:
                break
            page += 1
        return Rows(items=tuple(items), unreadable=tuple(unreadable))

    async def _rows(
        self,
        method: str,
        collection: str,
        kind: type[T],
        params: Mapping[str, str | int],
        body: bytes | None = None,
    ) -> Rows[T] | Failure:
        headers = {"Content-Type": "application/json"} if body is not None else None
        path = f"{ROOT}/{collection}"
        response = await self.http.request(method, path, params=params, headers=headers, body=body)
        if isinstance(response, Failure):
            return response
        listing = self._read(response, Listing)
        if isinstance(listing, Failure):
            return listing
        items: list[T] = []
        unreadable: list[tuple[str, str]] = []
        for place, raw in enumerate(listing.items):
            try:
                items.append(msgspec.json.decode(raw, type=kind))
            except (msgspec.DecodeError, RecursionError) as error:
                unreadable.append((f"{collection} {_id_of(raw, place)}", str(error)))
        return Rows(items=tuple(items), unreadable=tuple(unreadable), total=listing.total)

    def _read(self, response: Response, kind: type[T]) -> T | Failure:
        if not response.ok:
            return self.http.failure_of(response)
        return self.http.decoded(response, kind)


class _File(Struct, rename="pascal"):
    content: str | None = None


class _Merged(Struct, rename="pascal"):
    id: str | int = msgspec.field(name="id")
    effective_id: str | int = 0


def shares(numbers: Sequence[int]) -> list[Sequence[int]]:
    """Numbers in ``AT_ONCE`` parts of the same size, each to be paged through by itself; a page's worth stays
    whole, since another request costs RT more than it saves.

    >>> [len(share) for share in shares(range(101))], [len(share) for share in shares(range(100))]
    ([51, 50], [100])
    """
    if len(numbers) <= ticket_sql.PAGE:
        return [numbers] if numbers else []
    size = -(-len(numbers) // AT_ONCE)
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]


def revision_of(response: Response) -> int:
    """The ETag, which is the id of a transaction (RT quirk 17); 0 for another kind of tag."""
    return whole(response.header("etag").strip().removeprefix("W/").strip('"'))


def _id_of(raw: msgspec.Raw, place: int) -> str:
    try:
        return str(msgspec.json.decode(raw, type=dict[str, object]).get("id", f"row {place}"))
    except (msgspec.DecodeError, RecursionError):
        return f"row {place}"
