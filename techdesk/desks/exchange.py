"""One HTTP exchange while it runs, its answer, and the bounded gzip that reads it. Knows no HTTP library."""

from __future__ import annotations

import email.utils
import zlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from techdesk.desks.port import Failure, FailureKind, ServerClock

_GZIP = 16 + 15
"""zlib's ``wbits`` for a gzip header."""
_INFLATE_STEP = 256 * 1024


class Response(Struct, frozen=True, kw_only=True):
    """An answer, whole and within the cap."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""

    def header(self, name: str) -> str:
        """A header's value, or empty."""
        return self.headers.get(name.lower(), "")

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def is_trouble(self) -> bool:
        """Whether the server cannot answer now (429, 5xx): it says nothing of what kind of server it is."""
        return self.status == 429 or self.status >= 500

    @property
    def is_json(self) -> bool:
        """Whether the server says that the body is JSON (``application/problem+json`` and such count)."""
        media_type = self.header("content-type").partition(";")[0].strip().lower()
        return media_type.endswith(("/json", "+json"))


def retry_after(response: Response) -> float | None:
    """Seconds that the server asks to wait; an HTTP date is measured against the answer's own Date."""
    value = response.header("retry-after").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 86_400))
    until, date = http_date(value), http_date(response.header("date"))
    if until is None or date is None:
        return None
    return float(min(max(until - date, 0), 86_400))


def http_date(value: str) -> int | None:
    """An HTTP date (RFC 9110 5.6.7) as an instant."""
    try:
        return int(email.utils.parsedate_to_datetime(value).timestamp())
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


class Inflate:
    """Gzip in bounded steps: never makes more than ``limit`` bytes out of whatever comes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._machine = zlib.decompressobj(_GZIP)
        self._fed = False

    @property
    def finished(self) -> bool:
        """Whether the last member ended; an empty body (204, HEAD) counts."""
        return self._machine.eof or not self._fed

    def feed(self, piece: bytes, into: bytearray) -> bool:
        """Add what a piece inflates to; False past the limit. Raises OSError for what is no gzip."""
        self._fed = self._fed or bool(piece)
        while True:
            if self._machine.eof:  # another member follows
                self._machine = zlib.decompressobj(_GZIP)
            try:
                inflated = self._machine.decompress(piece, _INFLATE_STEP)
            except zlib.error as error:
                raise OSError(f"the compressed answer is damaged: {error}") from None
            into += inflated
            if len(into) > self._limit:
                return False
            piece = self._machine.unused_data if self._machine.eof else self._machine.unconsumed_tail
            # A full step may leave more within zlib than in the tail.
            if not piece and (self._machine.eof or len(inflated) < _INFLATE_STEP):
                break
        return True


class Exchange:
    """What is known of one exchange while it runs: whether it may have reached the server, and when.

    ``traced`` says that httpcore tells the moments; without (a test's transport) the safe side is taken.
    """

    def __init__(self, clock: ServerClock, *, traced: bool) -> None:
        self._clock = clock
        self._traced = traced
        self._begun: float | None = None
        self._sent: float | None = None
        self._received: float | None = None
        self._has_answer = False

    def begin(self) -> None:
        """The request is handed to the pool."""
        self._begun = self._clock.local()

    async def trace(self, name: str, info: dict[str, Any]) -> None:
        """httpcore's moments; names like ``http11.send_request_headers.started``."""
        if name.endswith("send_request_headers.started"):
            self._sent = self._clock.local()
        elif name.endswith("receive_response_headers.complete"):
            self._received = self._clock.local()

    @property
    def may_have_sent(self) -> bool:
        """Whether any byte of the request may have left."""
        return self._sent is not None if self._traced else self._begun is not None

    def lost_before_answer(self, failure: Failure) -> bool:
        """Whether the connection went away after sending and before the first byte of an answer."""
        return failure.kind is FailureKind.CUT and failure.sent and not self._has_answer

    def answered(self, headers: Mapping[str, str]) -> None:
        """The head of an answer: tell the clock, unless a cache in between gave it (``Age``)."""
        self._has_answer = True
        sent = self._sent if self._sent is not None else self._begun
        received = self._received if self._received is not None else self._clock.local()
        if sent is None or "age" in headers:
            return
        milliseconds = headers.get("x-server-time-ms", "")
        if milliseconds.isascii() and milliseconds.isdigit() and len(milliseconds) < 16:
            self._clock.observe(sent, received, int(milliseconds) / 1000, 0.001)
            return
        date = http_date(headers.get("date", ""))
        if date is not None:
            self._clock.observe(sent, received, date)
