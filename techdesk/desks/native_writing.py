"""Writes of the native API: their bytes, and every answer sorted into a definite one or not."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from techdesk.desks.http import Http, Response, quoted
from techdesk.desks.port import (
    Accepted,
    Ambiguous,
    AuthNeeded,
    Conflict,
    Failure,
    FailureKind,
    Gone,
    Page,
    Prepared,
    PushResult,
    Rejected,
    Throttled,
    UnknownField,
    Unreachable,
    sent_files,
)
from techdesk.desks.wire import (
    CREATE_FIELDS,
    PREFIX,
    SETTABLE,
    RawPage,
    RawProblem,
    WireBatch,
    WireBatchAnswer,
    WireBatchItem,
    WireBatchResult,
    WireCreate,
    WireFile,
    WireMessage,
    WireUpdate,
    read_page,
)
from techdesk.model import Operation, OperationKind, Ticket, Tombstone, TombstoneReason, Visibility

_HEAVY = 100_000
"""Bytes of a body that is better sent alone than in a batch."""
_THROTTLE_SECONDS = 60.0
"""Waited after a 429 that does not say how long."""


def prepared(operation: Operation, ticket: Ticket | None) -> Prepared:
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
            _only(operation, CREATE_FIELDS)
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


class NativeWriter:
    """Sends writes over one connection."""

    def __init__(self, http: Http) -> None:
        self._http = http

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

    def _result(self, operation: Operation, response: Response) -> PushResult:
        if response.ok:
            return self._accepted(operation, response)
        return self._refused(operation, response)

    def _accepted(self, operation: Operation, response: Response) -> Accepted | Ambiguous:
        raw = page_of(self._http, response)
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
                return Gone(tombstone=tombstone_in(self._http, operation.ticket_id, response))
            case 404 if operation.ticket_id and response.is_json:
                return Gone(tombstone=Tombstone(id=operation.ticket_id, reason=TombstoneReason.PURGED))
            case 412:
                current = _problem(self._http, response).current
                return Conflict(page=current.page() if current else Page(cursor="", more=False))
            case 429:
                seconds = _THROTTLE_SECONDS if failure.retry_after is None else failure.retry_after
                return Throttled(seconds=seconds, failure=failure)
            case status if status >= 500:
                return Ambiguous(failure=failure)
            case _:
                return Rejected(reason=failure.words, fields=tuple(_problem(self._http, response).fields))


def _problem(http: Http, response: Response) -> RawProblem:
    problem = http.decoded(response, RawProblem)
    return RawProblem() if isinstance(problem, Failure) else problem


def tombstone_in(http: Http, ticket_id: str, response: Response) -> Tombstone:
    """What a 410 tells of the ticket."""
    problem = _problem(http, response)
    reason = TombstoneReason.MERGED if problem.merged_into else TombstoneReason.DELETED
    return Tombstone(id=ticket_id, reason=problem.reason or reason, merged_into=problem.merged_into)


def page_of(http: Http, response: Response) -> RawPage | Failure:
    """The page in an answer; a failure in words for people where it cannot be read."""
    try:
        return read_page(response.body)
    except msgspec.DecodeError:
        failure = http.decoded(response, RawPage)  # the same refusal, in words for people
        return failure if isinstance(failure, Failure) else Failure(kind=FailureKind.NOT_JSON)


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
