"""What the demo desk's requests hold and its answers are made of."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from techdesk.demo.problems import MEDIA_TYPE, Problem, invalid
from techdesk.desks.wire import WireAbout, WireDigest, WireMe, WirePage, WirePresence

MESSAGE_LIMIT = 16_000_000
"""Bytes of a message with files."""
BODY_LIMIT = 2_000_000
"""Bytes of a request."""


async def body_of(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The bytes of a request. Raises 413 when there are more than ``limit``."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Problem(413, "too-large", f"A request has at most {limit} bytes.")
    return bytes(body)


def number_in(request: Request, name: str, default: int, *, lowest: int, highest: int) -> int:
    """A number of the address. Raises 422 for what is none, or none of these."""
    text = request.query_params.get(name)
    if text is None or text == "":
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 16 or not lowest <= int(text) <= highest:
        raise invalid((name,), f"{name} must be a number from {lowest} to {highest}.")
    return int(text)


def as_json(
    content: WirePage | WireAbout | WireMe | WireDigest | WirePresence, headers: dict[str, str] | None = None
) -> Response:
    """An answer of JSON."""
    return Response(msgspec.json.encode(content), headers=headers, media_type="application/json")


def refusal_of(problem: Problem) -> Response:
    """The answer that tells a problem."""
    headers: dict[str, str] = {}
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(problem.encode(), problem.status, headers, MEDIA_TYPE)
