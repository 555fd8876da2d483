"""techdesk's own HTTP API: the demo desk, and any server that a site writes to the same OpenAPI file.

Guarantee class A (SYNC section 1): idempotency keys, preconditions, a cursor feed with tombstones.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from techdesk.desks.http import CONNECTIONS, MAX_BYTES, Http, Response, quoted
from techdesk.desks.port import (
    Accepted,
    Account,
    Ambiguous,
    AuthNeeded,
    Capabilities,
    Conflict,
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
    Rejected,
    ServerClock,
    Throttled,
    UnknownField,
    Unreachable,
    sent_files,
)
from techdesk.desks.wire import (
    API,
    PAGE_LIMIT,
    PREFIX,
    RawPage,
    RawProblem,
    WireAbout,
    WireBatch,
    WireBatchAnswer,
    WireBatchItem,
    WireBatchResult,
    WireCreate,
    WireDigest,
    WireFile,
    WireHere,
    WireMe,
    WireMessage,
    WirePresence,
    WireUpdate,
    read_page,
)
from techdesk.model import (
    Colleague,
    Operation,
    OperationKind,
    Scope,
    Ticket,
    Tombstone,
    TombstoneReason,
    Visibility,
)

if TYPE_CHECKING:
    import httpx

SETTABLE = (
    "status",
    "priority",
    "owner",
    "queue",
    "subject",
    "tags",
    "severity",
    "close_reason",
    "requester",
    "watchers",
    "links",
    "merge_into",
)
_CREATE_FIELDS = (
    "subject",
    "queue",
    "requester",
    "requester_name",
    "organisation",
    "priority",
    "severity",
    "owner",
    "channel",
    "tags",
)
BULK = 50
"""Writes of one batch: their answer, at up to a hundred messages each, stays far below the cap of bytes."""
UPLOAD_BYTES = 10_000_000
"""Bytes of all files of one message (docs/api.md)."""
TEXT_LIMIT = 500_000
"""Characters of a message."""
_PAGE_BYTES, _TICKET_BYTES = MAX_BYTES, 8 * MAX_BYTES
"""An answer at most: of a page, and of one ticket alone, whose conversation cannot be asked for in parts."""
_HEAVY = 100_000
"""Bytes of a body that is better sent alone than in a batch."""
_THROTTLE_SECONDS = 60.0
"""Waited after a 429 that does not say how long."""


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
            create_fields=_CREATE_FIELDS,
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
            return Gone(tombstone=self._tombstone(ticket_id, response))
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
        body: WireUpdate | WireCreate | WireMessage
        precondition = ""
        match operation.kind:
            case OperationKind.UPDATE:
                _only(operation, SETTABLE)
                body = WireUpdate(sets=operation.sets, operation=operation.id)
                precondition = ticket.version if ticket else ""
            case OperationKind.CREATE:
                _only(operation, _CREATE_FIELDS)
                body = WireCreate(fields=operation.sets, text=operation.text, operation=operation.id)
            case OperationKind.REPLY | OperationKind.COMMENT:
                reply = operation.kind is OperationKind.REPLY
                minutes = operation.sets.get("minutes")
                body = WireMessage(
                    text=operation.text,
                    minutes=minutes if isinstance(minutes, int) else 0,
                    visibility=Visibility.PUBLIC if reply else Visibility.INTERNAL,
                    operation=operation.id,
                    channel=operation.channel,
                    files=[
                        WireFile(name=file.name, content=file.content, media_type=file.media_type)
                        for file in sent_files(operation)
                    ],
                )
                if "last_customer_message" in operation.base and ticket:
                    precondition = ticket.version
        return Prepared(body=msgspec.json.encode(body), precondition=precondition)

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        """Send it with the operation's id as key; every status is sorted into a definite answer or not."""
        headers = {"Idempotency-Key": operation.id, "Content-Type": "application/json"}
        if prepared.precondition:
            headers["If-Match"] = f'"{prepared.precondition}"'
        method, path = _address(operation)
        response = await self._http.request(method, path, headers=headers, body=prepared.body)
        if isinstance(response, Failure):
            return _not_answered(response)
        return self._result(operation, response)

    async def push_many(self, writes: Sequence[tuple[Operation, Prepared]]) -> list[PushResult]:
        """``POST /batch``: each write with the key, precondition and bytes that it would have alone.

        So it makes no difference whether a repeat comes in a batch, in another one or by itself.
        """
        heavy = any(len(prepared.body) > _HEAVY for _, prepared in writes)
        if heavy:
            return [await self.push(operation, prepared) for operation, prepared in writes]
        items = []
        for operation, prepared in writes:
            method, path = _address(operation)
            items.append(
                WireBatchItem(
                    method=method,
                    path=path,
                    key=operation.id,
                    if_match=f'"{prepared.precondition}"' if prepared.precondition else "",
                    body=msgspec.Raw(prepared.body),
                )
            )
        body = msgspec.json.encode(WireBatch(operations=items))
        headers = {"Content-Type": "application/json"}
        response = await self._http.request("POST", f"{PREFIX}/batch", headers=headers, body=body)
        if isinstance(response, Failure):
            return [_not_answered(response)] * len(items)
        if 400 <= response.status < 500 and response.status not in (401, 408, 425, 429):
            # It takes no batches, or not this one: whichever write is at fault, the others are not.
            return [await self.push(operation, prepared) for operation, prepared in writes]
        if not response.ok:
            return [self._refused(operation, response) for operation, _ in writes]
        answer = self._http.decoded(response, WireBatchAnswer)
        if isinstance(answer, WireBatchAnswer) and len(answer.results) == len(items):
            return [
                self._result(operation, _alone(response, told))
                for (operation, _), told in zip(writes, answer.results, strict=True)
            ]
        detail = answer.detail if isinstance(answer, Failure) else "a batch has another number of answers"
        failure = Failure(kind=FailureKind.NOT_JSON, detail=detail, sent=True)
        return [Ambiguous(failure=failure)] * len(items)

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
        return self._page_of(response)

    def _page_of(self, response: Response) -> RawPage | Failure:
        try:
            return read_page(response.body)
        except msgspec.DecodeError:
            failure = self._http.decoded(response, RawPage)  # the same refusal, in words for people
            return failure if isinstance(failure, Failure) else Failure(kind=FailureKind.NOT_JSON)

    def _result(self, operation: Operation, response: Response) -> PushResult:
        if response.ok:
            return self._accepted(operation, response)
        return self._refused(operation, response)

    def _accepted(self, operation: Operation, response: Response) -> Accepted | Ambiguous:
        raw = self._page_of(response)
        if isinstance(raw, Failure):  # done, most likely, but the answer is lost
            return Ambiguous(failure=msgspec.structs.replace(raw, sent=True))
        if not raw.tickets and not raw.tombstones:  # so says no desk of this kind, but many a gateway
            failure = Failure(kind=FailureKind.NOT_JSON, detail="the answer shows no ticket", sent=True)
            return Ambiguous(failure=failure)
        page = raw.page()
        ticket_id = operation.ticket_id or (page.tickets[0].id if page.tickets else "")
        if not ticket_id:
            failure = Failure(kind=FailureKind.NOT_JSON, detail="the new ticket is missing", sent=True)
            return Ambiguous(failure=failure)
        return Accepted(
            page=page,
            ticket_id=ticket_id,
            replayed=response.header("idempotent-replay").lower() == "true",
            message_id=raw.message_id,
        )

    def _refused(self, operation: Operation, response: Response) -> PushResult:
        failure = self._http.failure_of(response)
        match response.status:
            case 401:
                return AuthNeeded(failure=failure)
            case 409 | 408 | 425:  # 409: the same key is being worked on at this moment
                return Ambiguous(failure=failure)
            case 410:
                return Gone(tombstone=self._tombstone(operation.ticket_id, response))
            case 404 if operation.ticket_id and response.is_json:
                return Gone(tombstone=Tombstone(id=operation.ticket_id, reason=TombstoneReason.PURGED))
            case 412:
                current = self._problem(response).current
                return Conflict(page=current.page() if current else Page(cursor="", more=False))
            case 429:
                seconds = _THROTTLE_SECONDS if failure.retry_after is None else failure.retry_after
                return Throttled(seconds=seconds, failure=failure)
            case status if status >= 500:
                return Ambiguous(failure=failure)
            case _:
                return Rejected(reason=failure.words, fields=tuple(self._problem(response).fields))

    def _problem(self, response: Response) -> RawProblem:
        problem = self._http.decoded(response, RawProblem)
        return RawProblem() if isinstance(problem, Failure) else problem

    def _tombstone(self, ticket_id: str, response: Response) -> Tombstone:
        problem = self._problem(response)
        reason = TombstoneReason.MERGED if problem.merged_into else TombstoneReason.DELETED
        return Tombstone(id=ticket_id, reason=problem.reason or reason, merged_into=problem.merged_into)


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


def _address(operation: Operation) -> tuple[str, str]:
    """Method and path of a write."""
    ticket = f"{PREFIX}/tickets/{quoted(operation.ticket_id)}"
    match operation.kind:
        case OperationKind.UPDATE:
            return "PATCH", ticket
        case OperationKind.CREATE:
            return "POST", f"{PREFIX}/tickets"
        case OperationKind.REPLY | OperationKind.COMMENT:
            return "POST", f"{ticket}/messages"


def _not_answered(failure: Failure) -> Ambiguous | Unreachable:
    return Ambiguous(failure=failure) if failure.sent else Unreachable(failure=failure)


def _alone(batch: Response, told: WireBatchResult) -> Response:
    """One result of a batch as the answer that the write would have got by itself."""
    headers = {**batch.headers, "content-type": "application/json"}
    return Response(status=told.status, headers=headers, body=bytes(told.body))


def _only(operation: Operation, fields: tuple[str, ...]) -> None:
    for field, value in operation.sets.items():
        if field not in fields:
            raise UnknownField(field, value)


def _seconds(value: object, *, default: int) -> int:
    """A poll interval from the settings: whole seconds, at least 1."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 1 else default
