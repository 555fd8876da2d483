"""The native adapter: what it sends, and every answer sorted into what the port knows."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import msgspec
import pytest

from techdesk.desks import native
from techdesk.desks.native import NativeDesk
from techdesk.desks.port import (
    Accepted,
    Account,
    Ambiguous,
    AuthNeeded,
    Conflict,
    Connection,
    CursorGone,
    Failure,
    FailureKind,
    Gone,
    Page,
    Prepared,
    Rejected,
    Throttled,
    UnknownField,
    Unreachable,
)
from techdesk.model import Operation, OperationKind, Scope, Status, Ticket, TombstoneReason
from tests.desks.heard import Heard

TICKET = {
    "id": "7",
    "number": "TD-7",
    "version": "v4",
    "revision": 4,
    "subject": "S",
    "status": "open",
    "created": 1,
    "updated": 2,
}
SCOPE = Scope()


def operation(kind: OperationKind = OperationKind.UPDATE, **fields: object) -> Operation:
    known: dict[str, object] = {
        "id": "op-1",
        "batch": "b",
        "ticket": 1,
        "ticket_id": "" if kind is OperationKind.CREATE else "7",
        "kind": kind,
        "action": "t",
        "sets": {"priority": 1} if kind is OperationKind.UPDATE else {},
        "created": 0,
        "hold_until": 0,
    }
    return Operation(**{**known, **fields})  # type: ignore[arg-type]


class Server:
    """Answers from a table and keeps what was asked."""

    def __init__(
        self, answer: httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]
    ) -> None:
        self.asked: list[httpx.Request] = []
        self._answer = answer
        connection = Connection(url="https://desk.example", token="the-token-of-the-test")
        self.desk = NativeDesk(connection, Heard(), transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer(request) if callable(self._answer) else self._answer


async def pushed(answer: httpx.Response | Exception, operation: Operation) -> object:
    server = Server(answer)
    return await server.desk.push(operation, Prepared(body=b"{}", precondition="v4"))


# -- reading


async def test_who_am_i() -> None:
    me = {"id": "bea", "name": "Bea", "server": "uuid", "epoch": "2", "product": "demo", "role": "technician"}
    server = Server(httpx.Response(200, json=me))
    account = await server.desk.who_am_i()
    assert isinstance(account, Account)
    assert (account.server, account.epoch, account.person.name) == ("uuid", "2", "Bea")
    assert type(account.person).__name__ == "Person"
    assert server.asked[0].headers["authorization"] == "Bearer the-token-of-the-test"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(401), FailureKind.UNAUTHORISED),
        (httpx.Response(403), FailureKind.FORBIDDEN),
        (httpx.Response(404), FailureKind.NOT_A_DESK),
        (httpx.Response(200, html="<p>hello</p>"), FailureKind.NOT_A_DESK),
        (httpx.Response(200, json={"id": "x"}), FailureKind.NOT_A_DESK),
        (httpx.Response(503), FailureKind.SERVER_ERROR),
        (httpx.Response(302, headers={"Location": "/login"}), FailureKind.REDIRECTED),
        (httpx.ConnectError("no"), FailureKind.REFUSED),
    ],
)
async def test_who_am_i_fails_in_its_own_words(answer: httpx.Response | Exception, kind: FailureKind) -> None:
    failure = await Server(answer).desk.who_am_i()
    assert isinstance(failure, Failure)
    assert failure.kind is kind


async def test_a_pull_asks_for_the_scope_and_quarantines_what_it_cannot_read() -> None:
    hostile = [
        TICKET,
        {**TICKET, "id": "8", "status": "exploded"},
        {**TICKET, "id": "9", "created": 1 << 80},
        {**TICKET, "id": "10", "created": 1 << 60},
        {**TICKET, "id": ""},
        {**TICKET, "id": "12", "revision": -1},
        "no row at all",
        {**TICKET, "id": "11", "unknown": {"a": 1}},
    ]
    body = {"tickets": hostile, "cursor": "c2", "more": True, "total": 5, "messages": [{"id": "m"}]}
    server = Server(httpx.Response(200, json=body))
    page = await server.desk.pull("c1", Scope(closed_days=30))
    assert isinstance(page, Page)
    assert [ticket.id for ticket in page.tickets] == ["7", "11"]
    assert page.tickets[0].status is Status.OPEN
    assert {name for name, _ in page.unreadable} == {
        "Ticket 8",
        "Ticket 9",
        "Ticket 10",
        "Ticket 4",  # without an id: where it stood
        "Ticket 12",
        "Ticket 6",
        "Message m",
    }
    assert (page.cursor, page.more, page.total) == ("c2", True, 5)
    assert dict(server.asked[0].url.params) == {"cursor": "c1", "limit": "100", "closed_days": "30"}


async def test_bytes_that_are_no_text_spoil_only_their_row() -> None:
    good = json.dumps(TICKET).encode()
    for bad in (
        b'{"id":"9","subject":"\xed\xa0\x80"}',
        b'{"id":"9","subject":"\\ud800"}',
        b'{"id":' + b"[" * 50_000,
    ):
        body = b'{"tickets":[' + good + b"," + bad + b'],"cursor":"c","more":false}'
        page = await Server(httpx.Response(200, content=body)).desk.pull("", SCOPE)
        if bad.endswith(b"["):
            assert isinstance(page, Failure), "broken JSON is no page"
            continue
        assert isinstance(page, Page)
        assert [ticket.id for ticket in page.tickets] == ["7"]
        assert len(page.unreadable) == 1


async def test_an_expired_cursor_and_another_epoch_are_gone() -> None:
    gone = await Server(httpx.Response(410, json={"detail": "expired"})).desk.pull("c", SCOPE)
    assert gone == CursorGone(reason="expired")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/me"):
            return httpx.Response(200, json={"id": "b", "name": "B", "server": "u", "epoch": "1"})
        return httpx.Response(200, json={"cursor": "x", "more": False, "epoch": "2"})

    server = Server(answer)
    await server.desk.who_am_i()
    assert isinstance(await server.desk.pull("c", SCOPE), CursorGone)


async def test_a_feed_that_stands_still_is_a_failure_not_a_loop() -> None:
    page = httpx.Response(200, json={"cursor": "c", "more": True})
    assert isinstance(await Server(page).desk.pull("c", SCOPE), Failure)
    page = httpx.Response(200, json={"cursor": "7", "more": True})
    assert isinstance(await Server(page).desk.sweep('["7","f"]', SCOPE), Failure)


async def test_a_sweep_carries_the_position_from_before_it_to_its_last_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("after_id") == "7":
            assert request.url.params["feed_cursor"] == "f1"
            return httpx.Response(
                200, json={"tickets": [], "cursor": "f1", "more": False, "feed_cursor": "f1"}
            )
        return httpx.Response(
            200, json={"tickets": [TICKET], "cursor": "7", "more": True, "feed_cursor": "f1"}
        )

    desk = Server(answer).desk
    first = await desk.sweep("", SCOPE)
    assert isinstance(first, Page)
    assert first.more
    last = await desk.sweep(first.cursor, SCOPE)
    assert isinstance(last, Page)
    assert (last.cursor, last.more) == ("f1", False)


async def test_one_ticket_and_what_became_of_it() -> None:
    server = Server(httpx.Response(200, json={"tickets": [TICKET]}))
    assert isinstance(await server.desk.get("../7"), Page)
    assert server.asked[0].url.raw_path == b"/api/v1/tickets/..%2F7"
    merged = await Server(httpx.Response(410, json={"reason": "merged", "merged_into": "9"})).desk.get("7")
    assert isinstance(merged, Gone)
    assert (merged.tombstone.reason, merged.tombstone.merged_into) == (TombstoneReason.MERGED, "9")
    failure = await Server(httpx.Response(404)).desk.get("7")
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.NOT_FOUND


# -- writing


async def test_the_request_of_an_update() -> None:
    server = Server(httpx.Response(200, json={"tickets": [TICKET]}))
    held = msgspec.convert(TICKET, Ticket)
    prepared = server.desk.prepare(operation(), held)
    assert json.loads(prepared.body) == {"sets": {"priority": 1}, "operation": "op-1"}
    accepted = await server.desk.push(operation(), prepared)
    assert isinstance(accepted, Accepted)
    assert (accepted.ticket_id, accepted.replayed) == ("7", False)
    request = server.asked[0]
    assert (request.method, request.url.path) == ("PATCH", "/api/v1/tickets/7")
    assert request.headers["if-match"] == '"v4"'
    assert request.headers["idempotency-key"] == "op-1"
    assert request.content == prepared.body


async def test_the_request_of_a_message_and_of_a_new_ticket() -> None:
    server = Server(httpx.Response(201, json={"tickets": [TICKET], "message_id": "m1"}))
    held = msgspec.convert(TICKET, Ticket)
    for kind, visibility in ((OperationKind.REPLY, "public"), (OperationKind.COMMENT, "internal")):
        written = operation(kind, text="Hello")
        prepared = server.desk.prepare(written, held)
        assert prepared.precondition == ""
        assert json.loads(prepared.body)["visibility"] == visibility
        accepted = await server.desk.push(written, prepared)
        assert isinstance(accepted, Accepted)
        assert accepted.message_id == "m1"
        assert "if-match" not in server.asked[-1].headers
    guarded = operation(OperationKind.REPLY, text="Hello", base={"last_customer_message": 5})
    assert server.desk.prepare(guarded, held).precondition == "v4"
    created = operation(OperationKind.CREATE, sets={"subject": "N", "priority": 2}, text="It broke")
    accepted = await server.desk.push(created, server.desk.prepare(created, None))
    assert isinstance(accepted, Accepted)
    assert accepted.ticket_id == "7", "the new ticket's id comes from the answer"
    assert (server.asked[-1].method, server.asked[-1].url.path) == ("POST", "/api/v1/tickets")


def test_a_field_that_the_api_does_not_have_is_a_bug_of_the_caller() -> None:
    with pytest.raises(UnknownField):
        Server(httpx.Response(200)).desk.prepare(operation(sets={"colour": "red"}), None)


def test_preparing_twice_gives_the_same_bytes() -> None:
    desk = Server(httpx.Response(200)).desk
    changed = operation(sets={"tags": ["b", "a"], "status": "resolved", "owner": None})
    assert desk.prepare(changed, None) == desk.prepare(changed, None)


PROBLEM = {"title": "T", "detail": "D", "fields": ["priority"], "current": {"tickets": [TICKET]}}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (httpx.Response(400, json=PROBLEM), Rejected),
        (httpx.Response(401, json=PROBLEM), AuthNeeded),
        (httpx.Response(403, json=PROBLEM), Rejected),
        (httpx.Response(404, json=PROBLEM), Gone),
        (httpx.Response(404, html="<p>no such page</p>"), Rejected),
        (httpx.Response(408), Ambiguous),
        (httpx.Response(409, json=PROBLEM), Ambiguous),
        (httpx.Response(410, json={"merged_into": "9"}), Gone),
        (httpx.Response(412, json=PROBLEM), Conflict),
        (httpx.Response(413), Rejected),
        (httpx.Response(422, json=PROBLEM), Rejected),
        (httpx.Response(428, json=PROBLEM), Rejected),
        (httpx.Response(429, headers={"Retry-After": "3"}), Throttled),
        (httpx.Response(500), Ambiguous),
        (httpx.Response(502, html="<p>bad gateway</p>"), Ambiguous),
        (httpx.Response(503), Ambiguous),
        (httpx.Response(302, headers={"Location": "https://x.example"}), Ambiguous),
        (httpx.Response(200, content=b"{"), Ambiguous),
        (httpx.Response(200, html="<p>captive portal</p>"), Ambiguous),
        (httpx.ConnectError("refused"), Unreachable),
        (httpx.ConnectTimeout("slow"), Unreachable),
        (httpx.ReadTimeout("slow"), Ambiguous),
        (httpx.WriteError("cut"), Ambiguous),
        (httpx.RemoteProtocolError("cut"), Ambiguous),
    ],
)
async def test_every_answer_to_a_write(answer: httpx.Response | Exception, result: type) -> None:
    assert type(await pushed(answer, operation())) is result


async def test_details_of_refusals() -> None:
    conflict = await pushed(httpx.Response(412, json=PROBLEM), operation())
    assert isinstance(conflict, Conflict)
    assert conflict.page.tickets[0].version == "v4"
    rejected = await pushed(httpx.Response(422, json=PROBLEM), operation())
    assert isinstance(rejected, Rejected)
    assert rejected.fields == ("priority",)
    throttled = await pushed(httpx.Response(429, headers={"Retry-After": "3"}), operation())
    assert isinstance(throttled, Throttled)
    assert throttled.seconds == 3.0
    replayed = await pushed(
        httpx.Response(200, json={"tickets": [TICKET]}, headers={"Idempotent-Replay": "true"}), operation()
    )
    assert isinstance(replayed, Accepted)
    assert replayed.replayed


def test_the_token_is_in_no_repr() -> None:
    connection = Connection(url="https://desk.example", token="the-token-of-the-test")
    desk = NativeDesk(connection, Heard())
    assert "the-token" not in repr(connection) + repr(desk) + repr(vars(desk))


# -- answers that no desk of this kind gives


@pytest.mark.parametrize(
    "row",
    [
        {"id": "x" * 501},
        {"version": "v" * 501},
        {"version": 'v"\r\nX-Other: 1'},
        {"version": "v\x7f"},
    ],
)
async def test_what_cannot_be_told_apart_or_sent_back_is_not_taken(row: dict[str, str]) -> None:
    server = Server(httpx.Response(200, json={"tickets": [{**TICKET, **row}], "cursor": "c2"}))
    page = await server.desk.pull("c1", SCOPE)
    assert isinstance(page, Page)
    assert page.tickets == ()
    assert len(page.unreadable) == 1


async def test_a_version_may_have_letters_of_any_kind() -> None:
    server = Server(httpx.Response(200, json={"tickets": [TICKET]}))
    result = await server.desk.push(operation(), Prepared(body=b"{}", precondition="v\u00e9\U0001f600"))
    assert isinstance(result, Accepted)
    assert dict(server.asked[0].headers.raw)[b"If-Match"] == '"v\u00e9\U0001f600"'.encode()


@pytest.mark.parametrize("cursor", ["", '\\ud800"'])
async def test_a_page_without_a_cursor_is_no_empty_desk(cursor: str) -> None:
    said = b"{}" if not cursor else b'{"cursor": "' + cursor.encode() + b"}"
    for body in (said, b'{"more": true}'):
        desk = Server(httpx.Response(200, content=body, headers={"Content-Type": "application/json"})).desk
        for answer in (await desk.pull("c1", SCOPE), await desk.sweep("", SCOPE), await desk.get("7")):
            assert isinstance(answer, Failure)
            assert answer.kind is FailureKind.NOT_JSON


@pytest.mark.parametrize(
    "kind", [OperationKind.UPDATE, OperationKind.REPLY, OperationKind.COMMENT, OperationKind.CREATE]
)
async def test_an_answer_without_the_ticket_is_no_acceptance(kind: OperationKind) -> None:
    server = Server(httpx.Response(200, json={}))
    result = await server.desk.push(operation(kind), Prepared(body=b"{}", precondition="v4"))
    assert isinstance(result, Ambiguous)


async def test_a_page_that_is_too_large_is_asked_for_with_fewer_tickets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(native, "_PAGE_BYTES", 2_000)
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(int(request.url.params["limit"]))
        rows = [{**TICKET, "subject": "s" * 1_000}] * min(asked[-1], 6)
        return httpx.Response(200, json={"tickets": rows, "cursor": "c2"})

    server = Server(answer)
    assert isinstance(await server.desk.pull("c1", SCOPE), Page)
    assert isinstance(await server.desk.sweep("", SCOPE), Page)
    assert asked == [100, 12, 1, 2, 1], "and soon with more again"


async def test_a_ticket_that_is_too_large_alone_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "_PAGE_BYTES", 1_000)
    monkeypatch.setattr(native, "_TICKET_BYTES", 2_000)
    server = Server(httpx.Response(200, content=b" " * 3_000))
    failure = await server.desk.pull("c1", SCOPE)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.TOO_LARGE
    assert len(server.asked) == 3
