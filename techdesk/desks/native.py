"""techdesk's own HTTP API: the demo desk, and any server that a site writes to the same OpenAPI file.

Guarantee class A (SYNC section 1): idempotency keys, preconditions, a cursor feed with tombstones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from techdesk.desks.http import CONNECTIONS, MAX_BYTES, Http, Response, quoted
from techdesk.desks.native_writing import (
    NativeWriter,
    page_of,
    prepared,
    tombstone_in,
)
from techdesk.desks.port import (
    Accepted,
    Account,
    Capabilities,
    Connection,
    CursorGone,
    Digest,
    Failure,
    FailureKind,
    Gone,
    Guarantee,
    Page,
    Prepared,
    PushResult,
    ServerClock,
)
from techdesk.desks.wire import (
    API,
    CREATE_FIELDS,
    PAGE_LIMIT,
    PREFIX,
    SETTABLE,
    RawPage,
    WireAbout,
    WireDigest,
    WireHere,
    WireMe,
    WirePresence,
)
from techdesk.model import (
    Colleague,
    Operation,
    Scope,
    Ticket,
)

if TYPE_CHECKING:
    import httpx

BULK = 50
"""Writes of one batch: their answer, at up to a hundred messages each, stays far below the cap of bytes."""
UPLOAD_BYTES = 10_000_000
"""Bytes of all files of one message (docs/api.md)."""
TEXT_LIMIT = 500_000
"""Characters of a message."""
_PAGE_BYTES, _TICKET_BYTES = MAX_BYTES, 8 * MAX_BYTES
"""An answer at most: of a page, and of one ticket alone, whose conversation cannot be asked for in parts."""


class NativeDesk:
    """One desk that speaks the native API, as one person."""

    kind = "native"
    title = "techdesk HTTP API"

    def __init__(
        self,
        connection: Connection,
        clock: ServerClock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises ``UnusableAddress`` for an address that must not be spoken to."""
        self.capabilities = Capabilities(
            guarantee=Guarantee.A,
            keys=True,
            precondition=True,
            tombstones=True,
            push_events=True,
            digest=True,
            bulk=BULK,
            create_fields=CREATE_FIELDS,
            settable=SETTABLE,
            time=True,
            upload_bytes=UPLOAD_BYTES,
            reads_files=True,
            presence=True,
            text_limit=TEXT_LIMIT,
            parallel=CONNECTIONS,
            poll_seconds=_seconds(connection.options.get("poll_seconds"), default=15),
        )
        self._http = Http(
            connection.url,
            {"Authorization": f"Bearer {connection.token}", "Accept": "application/json"},
            clock,
            allow_http=connection.options.get("allow_http") is True,
            transport=transport,
        )
        self._writer = NativeWriter(self._http)
        self._epoch = ""
        self._limit = PAGE_LIMIT

    async def who_am_i(self) -> Account | Failure:
        """``GET /me``. Anything that answers otherwise than the API would is ``NOT_A_DESK``."""
        response = await self._http.request("GET", f"{PREFIX}/me")
        if isinstance(response, Failure):
            return response
        if response.status == 404:
            return Failure(kind=FailureKind.NOT_A_DESK, detail="it has no techdesk API")
        if response.status != 200:
            return self._http.failure_of(response)
        me = self._http.decoded(response, WireMe)
        if isinstance(me, Failure):
            return msgspec.structs.replace(me, kind=FailureKind.NOT_A_DESK)
        self._epoch = me.epoch
        return Account(server=me.server, epoch=me.epoch, person=me.person, product=me.product)

    async def pull(self, cursor: str, scope: Scope) -> Page | CursorGone | Failure:
        """``GET /changes``."""
        response = await self._rows("changes", {"cursor": cursor, "closed_days": scope.closed_days})
        if isinstance(response, Failure):
            return response
        if response.status == 410:
            return CursorGone(reason=self._http.failure_of(response).detail)
        raw = self._raw_page(response)
        if isinstance(raw, Failure):
            return raw
        if raw.epoch and self._epoch and raw.epoch != self._epoch:
            return CursorGone(reason="the desk's history began anew")
        if not raw.cursor:  # ``{}`` of a gateway in between is no desk without tickets
            return Failure(kind=FailureKind.NOT_JSON, detail="a page of the feed has no cursor")
        if raw.more and raw.cursor == cursor:
            return Failure(kind=FailureKind.NOT_JSON, detail="the feed does not move on")
        return raw.page()

    async def sweep(self, after: str, scope: Scope) -> Page | Failure:
        """``GET /tickets``. ``after`` carries the next id and the feed position from before the sweep."""
        after_id, feed_cursor = msgspec.json.decode(after, type=tuple[str, str]) if after else ("", "")
        params: dict[str, str | int] = {"closed_days": scope.closed_days}
        if after_id:
            params["after_id"] = after_id
        if feed_cursor:
            params["feed_cursor"] = feed_cursor
        response = await self._rows("tickets", params)
        raw = self._raw_page(response)
        if isinstance(raw, Failure):
            return raw
        feed_cursor = feed_cursor or raw.feed_cursor or ("" if raw.more else raw.cursor)
        if not feed_cursor or not raw.cursor:  # else ``{}`` of a gateway in between would empty the cache
            return Failure(kind=FailureKind.NOT_JSON, detail="a page of the list of tickets has no cursor")
        if not raw.more:
            return raw.page(cursor=feed_cursor)
        if raw.cursor == after_id:
            return Failure(kind=FailureKind.NOT_JSON, detail="the list of tickets does not move on")
        return raw.page(cursor=msgspec.json.encode((raw.cursor, feed_cursor)).decode())

    async def get(self, ticket_id: str) -> Page | Gone | Failure:
        """``GET /tickets/{id}``."""
        path = f"{PREFIX}/tickets/{quoted(ticket_id)}"
        response = await self._http.request("GET", path, max_bytes=_TICKET_BYTES)
        if isinstance(response, Response) and response.status == 410:
            return Gone(tombstone=tombstone_in(self._http, ticket_id, response))
        raw = self._raw_page(response)
        if isinstance(raw, Failure):
            return raw
        if not raw.tickets and not raw.tombstones:
            return Failure(kind=FailureKind.NOT_JSON, detail="the answer shows no ticket")
        return raw.page()

    async def search(self, text: str) -> Page | Failure:
        """``GET /search``."""
        raw = self._raw_page(await self._http.request("GET", f"{PREFIX}/search", params={"q": text}))
        return raw if isinstance(raw, Failure) else raw.page()

    def prepare(self, operation: Operation, ticket: Ticket | None) -> Prepared:
        """The body and, for what depends on the ticket's state, its version as precondition.

        Raises ``UnknownField`` for a field that the API does not have.
        """
        return prepared(operation, ticket)

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        """Send it with the operation's id as key."""
        return await self._writer.push(operation, prepared)

    async def push_many(self, writes: Sequence[tuple[Operation, Prepared]]) -> list[PushResult]:
        """``POST /batch``."""
        return await self._writer.push_many(writes)

    async def announcements(self) -> AsyncIterator[None]:
        """``GET /events``: only that something changed; what, the feed tells."""
        async for line in self._http.lines(f"{PREFIX}/events"):
            if line.startswith("data:"):
                yield None

    async def digest(self, scope: Scope) -> Digest | Failure | None:
        """``GET /digest``; None from a server that has none."""
        response = await self._http.request(
            "GET", f"{PREFIX}/digest", params={"closed_days": scope.closed_days}
        )
        if isinstance(response, Failure):
            return response
        if response.status == 404:
            return None
        if response.status != 200:
            return self._http.failure_of(response)
        told = self._http.decoded(response, WireDigest)
        if isinstance(told, Failure):
            return told
        try:
            value = int(told.value, 16)
        except ValueError:
            return Failure(kind=FailureKind.NOT_JSON, detail="the digest is no number")
        return Digest(count=told.count, value=value, since=told.since, cursor=told.cursor)

    async def find_sent(self, operation: Operation) -> Accepted | Failure | None:
        """Never needed: a repeated key has its effect once."""
        return None

    async def file(self, attachment: str, max_bytes: int) -> bytes | Failure:
        """``GET /attachments/{id}``."""
        path = f"{PREFIX}/attachments/{quoted(attachment)}"
        headers = {"Accept": "*/*"}
        response = await self._http.request("GET", path, headers=headers, max_bytes=max_bytes)
        if isinstance(response, Failure):
            return response
        return response.body if response.status == 200 else self._http.failure_of(response)

    async def presence(self, ticket_id: str, *, writing: bool) -> tuple[Colleague, ...] | Failure:
        """``PUT /tickets/{id}/presence``; nobody, from a server that has none."""
        body = msgspec.json.encode(WireHere(doing="writing" if writing else "viewing"))
        path = f"{PREFIX}/tickets/{quoted(ticket_id)}/presence"
        headers = {"Content-Type": "application/json"}
        response = await self._http.request("PUT", path, headers=headers, body=body, deadline=10.0)
        if isinstance(response, Failure):
            return response
        if response.status in (404, 405, 410):
            return ()
        if response.status != 200:
            return self._http.failure_of(response)
        told = self._http.decoded(response, WirePresence)
        return told if isinstance(told, Failure) else tuple(told.people)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()

    # -- within

    async def _rows(self, path: str, params: Mapping[str, str | int]) -> Response | Failure:
        """A page, with fewer tickets where their conversations make it larger than any answer should be."""
        while True:
            most = _PAGE_BYTES if self._limit > 1 else _TICKET_BYTES
            asked = {**params, "limit": self._limit}
            response = await self._http.request("GET", f"{PREFIX}/{path}", params=asked, max_bytes=most)
            if isinstance(response, Response):
                self._limit = min(PAGE_LIMIT, self._limit * 2)
                return response
            if response.kind is not FailureKind.TOO_LARGE or self._limit == 1:
                return response
            self._limit = max(1, self._limit // 8)

    def _raw_page(self, response: Response | Failure) -> RawPage | Failure:
        if isinstance(response, Failure):
            return response
        if not response.ok:
            return self._http.failure_of(response)
        return page_of(self._http, response)


async def recognise(http: Http) -> str | Failure | None:
    """The product's name if the native API answers here, None if something else does."""
    response = await http.request("GET", f"{PREFIX}/about", deadline=10.0)
    if isinstance(response, Failure):
        return None if response.kind in (FailureKind.REDIRECTED, FailureKind.TOO_LARGE) else response
    if response.is_trouble:
        return http.failure_of(response)
    about = http.decoded(response, WireAbout)
    if response.status != 200 or isinstance(about, Failure) or about.api.partition("/")[0] != "techdesk":
        return None
    if about.api != API:
        return Failure(kind=FailureKind.NOT_A_DESK, detail=f"it speaks {http.redacted(about.api)}, not {API}")
    return http.redacted(about.product)


def _seconds(value: object, *, default: int) -> int:
    """A poll interval from the settings: whole seconds, at least 1."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else default
