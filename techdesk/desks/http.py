"""HTTP as techdesk speaks it: the one module that knows httpx.

For adapters::

    http = Http(connection.url, {"Authorization": f"Bearer {token}"}, clock)
    response = await http.request("GET", "/api/v1/me")
    if isinstance(response, Failure):
        return response                      # the network's or the transport's fault, classified
    if response.status != 200:
        return http.failure_of(response)     # 401, 403, 404, 409, 429, 5xx ... in words for people
    answer = http.decoded(response, WirePerson)   # the struct, or Failure(NOT_JSON)

``request`` never raises for what happens in the field and returns a ``Response`` for every status but a
redirect, which is a ``Failure(REDIRECTED)``: nothing is ever followed. Paths are appended to the base
address; a full URL (a "next" link of an answer) is taken only for the very same origin. Put ids into a path
through ``quoted``. Bodies are sent as they are given, so that a retry can repeat them byte for byte.

Measured reasons (SYNC section 5): httpx strips only ``Authorization`` on a redirect, its timeouts are per
read (a dripping server holds it for ever), and it inflates a small answer to any size in one piece. So here
are: no redirects, a pinned origin, a deadline for the whole exchange, a byte cap, a bounded gzip of our own.
No cookie is ever kept or sent (RT answers 302 to anything with a cookie: DESKS, RT quirk 13).
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from techdesk.desks.address import (
    UnusableAddress,
    checked_address,
    is_loopback,
    origin_of,
    quoted,
    shown_origin,
)
from techdesk.desks.exchange import Exchange, Inflate, Response, retry_after
from techdesk.desks.network_errors import failure_of_exception
from techdesk.desks.port import Failure, FailureKind, ServerClock
from techdesk.text import safe_text

if TYPE_CHECKING:
    import httpx
else:
    try:  # the maintained fork, same API: installed by the extra ``techdesk[httpx2]``
        import httpx2 as httpx
    except ImportError:
        import httpx

MAX_BYTES = 8 * 1024 * 1024
"""An answer of a page or a ticket; an attachment may have more (``max_bytes``)."""
DEADLINE = 30.0
"""Seconds for one whole exchange, from the name look-up to the last byte."""
CONNECT_SECONDS = 10.0
CONNECTIONS = 4
"""At once; an event stream has one of its own besides."""
IDLE_SECONDS = 45.0
"""Without a byte on an event stream; a desk sends a sign of life more often."""
MAX_LINE = 65_536
"""Bytes of a line of an event stream."""
USER_AGENT = "techdesk"
DETAIL_LENGTH = 200

_REDIRECTS = (301, 302, 303, 307, 308)

T = TypeVar("T")

__all__ = ["CONNECTIONS", "Http", "Response", "UnusableAddress", "quoted"]


class Http:
    """One origin, spoken to with one secret. Connections are opened lazily, at most ``CONNECTIONS`` of them.

    ``headers`` go with every request and may hold the secret: they are never shown, logged or sent elsewhere.
    ``transport`` replaces the network in tests (``httpx.MockTransport``).
    Raises ``UnusableAddress`` for a base address that must not be spoken to.
    """

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        clock: ServerClock,
        *,
        user_agent: str = USER_AGENT,
        allow_http: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._base = checked_address(base_url, allow_http=allow_http)
        self._origin = origin_of(self._base)
        self._headers = {"User-Agent": user_agent, "Accept-Encoding": "gzip", **headers}
        self._secrets = tuple(
            part for value in headers.values() for part in (value, value.rpartition(" ")[2]) if len(part) >= 8
        )
        self._clock = clock
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    def __repr__(self) -> str:
        """Without the headers: they hold the token."""
        return f"Http({self._base!r})"

    @property
    def base_url(self) -> str:
        """The base address, without a trailing slash."""
        return self._base

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_bytes: int = MAX_BYTES,
        deadline: float = DEADLINE,
    ) -> Response | Failure:
        """One exchange, as the module says. ``deadline`` is in seconds, ``max_bytes`` counts inflated bytes.

        A GET whose kept-alive connection broke before any answer is repeated once (RFC 9110 9.2.2).
        """
        url = self._url(path)
        if url is None:
            return Failure(kind=FailureKind.REDIRECTED, detail=shown_origin(path))
        exchange = Exchange(self._clock, traced=self._transport is None)
        try:
            async with asyncio.timeout(deadline):
                outcome = await self._once(exchange, method, url, params, headers, body, max_bytes)
                if method == "GET" and isinstance(outcome, Failure) and exchange.lost_before_answer(outcome):
                    exchange = Exchange(self._clock, traced=self._transport is None)
                    outcome = await self._once(exchange, method, url, params, headers, body, max_bytes)
                return outcome
        except TimeoutError:
            detail = f"no whole answer in {deadline:g} s"
            return Failure(kind=FailureKind.TIMEOUT, detail=detail, sent=exchange.may_have_sent)

    async def lines(self, path: str, *, idle: float = IDLE_SECONDS) -> AsyncIterator[str]:
        """Lines of an event stream (``text/event-stream``), which has no end and so no deadline.

        Ends, and raises nothing, when the connection does, when nothing came for ``idle`` seconds, when a
        line is longer than ``MAX_LINE``, or when the answer is none of this kind.
        """
        url = self._url(path)
        if url is None:
            return
        client = self._opened()
        headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity"}
        try:
            async with asyncio.timeout(idle) as patience:
                answer = await client.send(client.build_request("GET", url, headers=headers), stream=True)
                try:
                    kind = answer.headers.get("content-type", "")
                    if answer.status_code != 200 or not kind.startswith("text/event-stream"):
                        return
                    rest = b""
                    async for piece in answer.aiter_raw():
                        patience.reschedule(asyncio.get_running_loop().time() + idle)
                        *whole, rest = (rest + piece).split(b"\n")
                        if len(rest) > MAX_LINE:
                            return
                        for line in whole:
                            yield line.rstrip(b"\r").decode("utf-8", "replace")
                finally:
                    await answer.aclose()
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError):
            return  # TimeoutError is an OSError

    def decoded(self, response: Response, wanted: type[T]) -> T | Failure:
        """The body as ``wanted``, or ``NOT_JSON``; refuses NaN, lone surrogates and deep nesting."""
        try:
            return msgspec.json.decode(response.body, type=wanted)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            if response.is_json:
                return Failure(kind=FailureKind.NOT_JSON, detail=self.redacted(str(error)))
            said = self._said(response)
            return Failure(kind=FailureKind.NOT_JSON, detail=said or f"status {response.status}")

    def failure_of(self, response: Response) -> Failure:
        """What a status that is no success means, with what the server said about it.

        ``sent`` is true where the write may yet have had its effect (5xx, 408, 425: SYNC section 5).
        """
        status = response.status
        kind = _KINDS.get(status)
        if kind is None:
            kind = FailureKind.SERVER_ERROR if status >= 500 else FailureKind.BAD_REQUEST
        said = self._said(response)
        return Failure(
            kind=kind,
            detail=said or f"status {status}",
            retry_after=retry_after(response),
            sent=status >= 500 or status in (408, 425),
        )

    def redacted(self, text: str) -> str:
        """Words of a server made safe to show: printable, short, and without a secret that it echoes."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = safe_text(" ".join(text[: 4 * DETAIL_LENGTH].split()))
        return text if len(text) <= DETAIL_LENGTH else text[: DETAIL_LENGTH - 1] + "…"

    async def close(self) -> None:
        """Let go of the connections; a later request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # -- within

    def _url(self, path: str) -> str | None:
        """Where a path leads; None for another origin."""
        if "://" in path.partition("?")[0]:
            return path if origin_of(path) == self._origin else None
        return f"{self._base}/{path.lstrip('/')}"

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            for name in (httpx.__name__, "httpcore", "httpcore2"):  # their INFO lines print whole URLs
                logging.getLogger(name).setLevel(logging.WARNING)
            scheme, host, _ = self._origin or ("", "", 0)
            limits = httpx.Limits(
                max_connections=CONNECTIONS + 1, max_keepalive_connections=CONNECTIONS, keepalive_expiry=20.0
            )
            self._client = httpx.AsyncClient(
                headers=self._headers,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),  # else the whole deadline holds
                limits=limits,
                verify=_trust() if scheme == "https" else False,
                trust_env=not is_loopback(host),  # a company's proxy, but never for this machine
                transport=self._transport,
            )
        return self._client

    async def _once(
        self,
        exchange: Exchange,
        method: str,
        url: str,
        params: Mapping[str, str | int] | None,
        headers: Mapping[str, str] | None,
        body: bytes | None,
        max_bytes: int,
    ) -> Response | Failure:
        client = self._opened()
        try:
            request = client.build_request(
                method,
                url,
                params=dict(params) if params else None,
                # As bytes: httpx takes ASCII only, and a version of the desk's may have any letter in it.
                headers=[(name.encode(), value.encode()) for name, value in headers.items()]
                if headers
                else None,
                content=body,
                extensions={"trace": exchange.trace},
            )
            exchange.begin()
            answer = await client.send(request, stream=True)
            try:
                return await self._whole(exchange, answer, max_bytes)
            finally:
                await answer.aclose()
        except httpx.InvalidURL as error:
            return Failure(kind=FailureKind.BAD_REQUEST, detail=self.redacted(str(error)))
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            never_connected = isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout))
            failure = failure_of_exception(error, connecting=never_connected)
            return msgspec.structs.replace(
                failure,
                detail=self.redacted(failure.detail),
                sent=exchange.may_have_sent and not never_connected,
            )

    async def _whole(self, exchange: Exchange, answer: httpx.Response, max_bytes: int) -> Response | Failure:
        exchange.answered(answer.headers)
        if answer.status_code in _REDIRECTS:
            target = str(answer.headers.get("location", ""))
            shown = shown_origin(target) or f"status {answer.status_code}, to the same address"
            return Failure(kind=FailureKind.REDIRECTED, detail=self.redacted(shown), sent=True)
        too_large = Failure(kind=FailureKind.TOO_LARGE, detail=f"more than {max_bytes} bytes", sent=True)
        announced = answer.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:19]) > max_bytes:
            return too_large
        body = bytearray()
        if answer.is_stream_consumed:  # only a test's ready-made answer
            body += answer.content
        else:
            encoding = answer.headers.get("content-encoding", "").strip().lower()
            if encoding not in ("", "identity", "gzip", "x-gzip"):
                shown = self.redacted(f"unknown encoding {encoding[:40]}")
                return Failure(kind=FailureKind.NOT_JSON, detail=shown, sent=True)
            inflate = Inflate(max_bytes) if encoding.endswith("gzip") else None
            raw = 0
            async for piece in answer.aiter_raw():
                raw += len(piece)
                if raw > max_bytes:
                    return too_large
                if inflate is None:
                    body += piece
                elif not inflate.feed(piece, body):
                    return too_large
            if inflate is not None and not inflate.finished:
                return Failure(kind=FailureKind.CUT, detail="the compressed answer ends too early", sent=True)
        if len(body) > max_bytes:
            return too_large
        named = {name.lower(): value for name, value in answer.headers.items()}
        return Response(status=answer.status_code, headers=named, body=bytes(body))

    def _said(self, response: Response) -> str:
        """What an error answer says, by problem+json (RFC 9457), RT's ``message``, or short plain text."""
        if response.is_json:
            try:
                said = msgspec.json.decode(response.body, type=dict[str, Any])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return ""
            for name in ("detail", "message", "title", "error"):
                if isinstance(said.get(name), str) and said[name]:
                    return self.redacted(said[name])
            return ""
        if response.header("content-type").startswith("text/html"):
            return f"a web page, status {response.status}"
        return self.redacted(response.body[: 4 * DETAIL_LENGTH].decode("utf-8", "replace"))


_KINDS = {
    401: FailureKind.UNAUTHORISED,
    403: FailureKind.FORBIDDEN,
    404: FailureKind.NOT_FOUND,
    408: FailureKind.TIMEOUT,
    429: FailureKind.THROTTLED,
}


def _trust() -> ssl.SSLContext:
    """The system's certificate authorities, with those that a company added."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
