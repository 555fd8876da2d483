"""``desks/http.py`` against a transport that is told what to answer, and against bytes on the loopback."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import ssl

import httpx
import pytest

from techdesk.desks.http import Http, Response, UnusableAddress, quoted
from techdesk.desks.network_errors import failure_of_exception
from techdesk.desks.port import Failure, FailureKind
from tests.desks.heard import Heard
from tests.desks.loopback import always, loopback, whole

SECRET = "s3cret-token-of-the-test"
JSON = "Content-Type: application/json"


def http_to(url: str, clock: Heard | None = None, **options: object) -> Http:
    return Http(url, {"Authorization": f"Bearer {SECRET}"}, clock or Heard(), **options)


def mocked(answer: httpx.Response, clock: Heard | None = None) -> Http:
    return http_to("https://desk.example", clock, transport=httpx.MockTransport(lambda _request: answer))


async def get(http: Http, path: str = "/x", **options: object) -> Response | Failure:
    try:
        return await http.request("GET", path, **options)
    finally:
        await http.close()


async def failure_of(http: Http, **options: object) -> Failure:
    outcome = await get(http, **options)
    assert isinstance(outcome, Failure)
    return outcome


# -- addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://desk.example",
        "ftp://desk.example",
        "https://user:password@desk.example",
        "https://desk.example/?token=1",
        "https://desk.example/#x",
        "desk.example",
        "https://desk.example:99999",
        "http://127.0.0.1.desk.example",
        "http://localhost.desk.example",
    ],
)
def test_unusable_addresses_are_refused(url: str) -> None:
    with pytest.raises(UnusableAddress):
        http_to(url)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://desk.example/rt/", "https://desk.example/rt"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_usable_addresses(url: str, base: str) -> None:
    assert http_to(url).base_url == base


def test_plain_http_elsewhere_needs_the_option() -> None:
    assert http_to("http://desk.example", allow_http=True).base_url == "http://desk.example"


def test_an_id_cannot_leave_its_segment() -> None:
    assert quoted("../../admin?x#y") == "..%2F..%2Fadmin%3Fx%23y"
    assert quoted("..") == "%2E%2E"


async def test_a_next_link_to_another_origin_is_never_asked() -> None:
    asked: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: asked.append(request) or httpx.Response(200))
    http = http_to("https://desk.example", transport=transport)
    for link in ("https://evil.example/next", "http://desk.example/next", "https://desk.example:444/next"):
        outcome = await http.request("GET", link)
        assert isinstance(outcome, Failure)
        assert outcome.kind is FailureKind.REDIRECTED
        assert not outcome.sent
    assert not asked
    assert isinstance(await http.request("GET", "https://DESK.example:443/next"), Response)
    await http.request("GET", "//evil.example/next")
    assert {request.url.host for request in asked} == {"desk.example"}
    await http.close()


# -- answers


async def test_a_plain_answer_and_what_was_sent() -> None:
    async with loopback(always(whole(b'{"a":1}', JSON, "Set-Cookie: session=1"))) as server:
        http = http_to(f"{server.url}/base")
        first = await http.request(
            "POST", "/x", params={"q": "a b&c"}, headers={"If-Match": '"7"'}, body=b"{}"
        )
        assert isinstance(first, Response)
        assert (first.status, first.body, first.is_json, first.ok) == (200, b'{"a":1}', True, True)
        assert http.decoded(first, dict[str, int]) == {"a": 1}
        await http.request("GET", "/y")
        await http.close()
    head = server.requests[0].decode()
    assert head.startswith("POST /base/x?q=a")
    assert 'if-match: "7"' in head.lower()
    assert head.endswith("\r\n\r\n{}")
    assert server.connections == 1, "the connection is kept"
    assert b"cookie" not in server.requests[1].lower(), "no cookie is ever sent back"
    assert b"mozilla" not in server.requests[1].lower()


async def test_redirects_are_not_followed_and_tell_no_query() -> None:
    answer = whole(b"", "Location: https://evil.example/steal?token=1", status="307 Temporary Redirect")
    async with loopback(always(answer)) as server:
        failure = await failure_of(http_to(server.url))
    assert failure.kind is FailureKind.REDIRECTED
    assert failure.detail == "to https://evil.example:443"
    assert len(server.requests) == 1


async def test_a_dripping_server_meets_the_deadline() -> None:
    async def drip(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with loopback(drip) as server:
        begun = asyncio.get_running_loop().time()
        failure = await failure_of(http_to(server.url), deadline=0.2)
        assert asyncio.get_running_loop().time() - begun < 2.0
    assert failure.kind is FailureKind.TIMEOUT
    assert failure.sent


async def test_a_gzip_bomb_is_refused_before_it_goes_off() -> None:
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    assert len(bomb) < 100_000
    async with loopback(always(whole(bomb, "Content-Encoding: gzip"))) as server:
        failure = await failure_of(http_to(server.url), max_bytes=1024 * 1024)
    assert failure.kind is FailureKind.TOO_LARGE


@pytest.mark.parametrize("size", [0, 1, 256 * 1024, 256 * 1024 + 1, 3_000_000])
async def test_gzip_of_any_size_comes_out_whole(size: int) -> None:
    plain = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    packed = gzip.compress(plain[: size // 2]) + gzip.compress(plain[size // 2 :])
    async with loopback(always(whole(packed, "Content-Encoding: gzip"))) as server:
        outcome = await get(http_to(server.url))
    assert isinstance(outcome, Response)
    assert outcome.body == plain


async def test_a_compressed_answer_that_ends_early_or_is_damaged_is_cut() -> None:
    packed = gzip.compress(b"x" * 1000)
    for damaged in (packed[:-9], b"no gzip at all"):
        async with loopback(always(whole(damaged, "Content-Encoding: gzip"))) as server:
            failure = await failure_of(http_to(server.url))
        assert failure.kind is FailureKind.CUT
        assert failure.sent


async def test_an_unasked_encoding_is_not_guessed_at() -> None:
    async with loopback(always(whole(b"\x0b\x02", "Content-Encoding: br"))) as server:
        failure = await failure_of(http_to(server.url))
    assert failure.kind is FailureKind.NOT_JSON


async def test_the_byte_cap_holds_with_and_without_an_announced_length() -> None:
    async def endless(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    for answer in (always(whole(b"x" * 2000)), endless):
        async with loopback(answer) as server:
            failure = await failure_of(http_to(server.url), max_bytes=1000)
        assert failure.kind is FailureKind.TOO_LARGE


async def test_an_answer_cut_in_the_middle_may_have_had_its_effect() -> None:
    async def cut(_head: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async with loopback(cut) as server:
        http = http_to(server.url)
        failure = await http.request("POST", "/x", body=b"{}")
        await http.close()
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.CUT
    assert failure.sent


async def test_a_get_whose_connection_died_unanswered_is_repeated_once_and_a_post_never() -> None:
    async def hang_up_first(head: bytes, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 1 or head.startswith(b"POST"):
            writer.close()
            return
        writer.write(whole(b"{}", JSON))

    async with loopback(hang_up_first) as server:
        http = http_to(server.url)
        assert isinstance(await http.request("GET", "/x"), Response)
        assert len(server.requests) == 2
        failure = await http.request("POST", "/x", body=b"{}")
        assert isinstance(failure, Failure)
        assert (failure.kind, failure.sent) == (FailureKind.CUT, True)
        assert len(server.requests) == 3
        await http.close()


async def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    failure = await failure_of(http_to(f"http://127.0.0.1:{port}"))
    assert (failure.kind, failure.sent) == (FailureKind.REFUSED, False)


async def test_plain_text_where_tls_is_meant_to_be() -> None:
    async def plain(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    failure = await failure_of(http_to(f"https://127.0.0.1:{port}"))
    server.close()
    assert (failure.kind, failure.sent) == (FailureKind.TLS, False)


def chained(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), FailureKind.DNS),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), FailureKind.NO_NETWORK),
        (ConnectionRefusedError(111, "refused"), FailureKind.REFUSED),
        (OSError(101, "Network is unreachable"), FailureKind.NO_NETWORK),
        (ssl.SSLCertVerificationError("self-signed certificate"), FailureKind.TLS),
        (ExceptionGroup("all failed", [ConnectionRefusedError(111, "refused")]), FailureKind.REFUSED),
        (TimeoutError(), FailureKind.TIMEOUT),
    ],
)
def test_causes_of_a_connection_that_was_never_made(cause: BaseException, kind: FailureKind) -> None:
    error = chained(httpx.ConnectError("All connection attempts failed"), cause)
    assert failure_of_exception(error, connecting=True).kind is kind


# -- statuses in words


@pytest.mark.parametrize(
    ("status", "kind", "sent"),
    [
        (400, FailureKind.BAD_REQUEST, False),
        (401, FailureKind.UNAUTHORISED, False),
        (403, FailureKind.FORBIDDEN, False),
        (404, FailureKind.NOT_FOUND, False),
        (408, FailureKind.TIMEOUT, True),
        (422, FailureKind.BAD_REQUEST, False),
        (429, FailureKind.THROTTLED, False),
        (500, FailureKind.SERVER_ERROR, True),
        (503, FailureKind.SERVER_ERROR, True),
    ],
)
async def test_statuses(status: int, kind: FailureKind, sent: bool) -> None:
    http = mocked(httpx.Response(status, json={"title": "T", "detail": "No\x1b[31m such\nthing"}))
    response = await get(http)
    assert isinstance(response, Response)
    failure = http.failure_of(response)
    assert (failure.kind, failure.sent) == (kind, sent)
    assert "such" in failure.detail
    assert failure.detail.isprintable()


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "12"}, 12.0),
        ({"Retry-After": "Sat, 21 Nov 2026 12:00:30 GMT", "Date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 30.0),
        ({"Retry-After": "Sat, 21 Nov 2026 11:00:00 GMT", "Date": "Sat, 21 Nov 2026 12:00:00 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "9" * 40}, 86_400.0),
        ({}, None),
    ],
)
async def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    http = mocked(httpx.Response(429, headers=headers))
    response = await get(http)
    assert isinstance(response, Response)
    assert http.failure_of(response).retry_after == seconds


async def test_a_web_page_is_said_to_be_one() -> None:
    http = mocked(httpx.Response(200, html="<h1>Log in</h1>"))
    response = await get(http)
    assert isinstance(response, Response)
    decoded = http.decoded(response, dict[str, int])
    assert isinstance(decoded, Failure)
    assert decoded.kind is FailureKind.NOT_JSON
    assert decoded.detail == "a web page, status 200"


@pytest.mark.parametrize("body", [b'{"a":NaN}', b"[" * 100_000, b'{"a":"\xed\xa0\x80"}', b"", b'{"a":'])
async def test_hostile_json_is_a_value_not_an_exception(body: bytes) -> None:
    http = mocked(httpx.Response(200, content=body, headers={"Content-Type": "application/json"}))
    response = await get(http)
    assert isinstance(response, Response)
    decoded = http.decoded(response, object)
    assert isinstance(decoded, Failure)
    assert decoded.kind is FailureKind.NOT_JSON


# -- the clock


async def test_the_clock_hears_date_and_milliseconds_but_no_cached_answer() -> None:
    date = "Sat, 21 Nov 2026 12:00:00 GMT"
    instant = 1_795_262_400
    for headers, expected in (
        ({"Date": date}, [(1000.0, 1000.0, instant, 1.0)]),
        ({"Date": date, "X-Server-Time-Ms": "1795262400250"}, [(1000.0, 1000.0, instant + 0.25, 0.001)]),
        ({"Date": date, "Age": "30"}, []),
        ({"Date": "yesterday"}, []),
        ({}, []),
    ):
        heard = Heard()
        await get(mocked(httpx.Response(200, headers=headers), heard))
        assert heard.observed == expected


# -- secrets


async def test_the_token_is_in_no_repr_log_or_echo(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = b'{"detail":"bad header Bearer ' + SECRET.encode() + b' given"}'
    async with loopback(always(whole(body, JSON, status="400 Bad Request"))) as server:
        http = http_to(server.url)
        response = await http.request("GET", "/x")
        assert isinstance(response, Response)
        failure = http.failure_of(response)
        await http.close()
    assert SECRET.encode() in server.requests[0], "it did go to the server"
    assert failure.detail == "bad header *** given"
    assert SECRET not in repr(http) + repr(response.headers) + failure.words + caplog.text
