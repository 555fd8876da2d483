"""What a broken exchange was: the exceptions of sockets, TLS and httpx, sorted into ``FailureKind``."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

from techdesk.desks.port import Failure, FailureKind

_NO_ROUTE = frozenset(
    {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL}
)


def failure_of_exception(error: BaseException, *, connecting: bool) -> Failure:
    """Sort an exception of the network by its root cause.

    ``connecting`` says that the connection was never made. ``sent`` is left false: only the caller knows.
    """
    causes = tuple(_chain(error))
    if connecting:
        for cause in causes:
            if (failure := _of_connecting(cause)) is not None:
                return failure
    if any(isinstance(cause, TimeoutError) or type(cause).__name__.endswith("Timeout") for cause in causes):
        return Failure(kind=FailureKind.TIMEOUT)
    if connecting:
        return Failure(kind=FailureKind.REFUSED, detail=_words(error))
    return Failure(kind=FailureKind.CUT, detail=_words(error))


_NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST")
"""What OpenSSL calls the first bytes of a server that speaks plain HTTP."""


def _of_connecting(cause: BaseException) -> Failure | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Failure(kind=FailureKind.TLS, detail=getattr(cause, "verify_message", "") or "not trusted")
    if isinstance(cause, ssl.SSLError) and cause.reason in _NO_TLS:
        return Failure(kind=FailureKind.TLS, detail="it speaks no TLS; is it http:// and not https://?")
    if isinstance(cause, ssl.SSLError):
        return Failure(kind=FailureKind.TLS, detail=(cause.reason or str(cause)).replace("_", " ").lower())
    if isinstance(cause, socket.gaierror):
        if cause.errno == socket.EAI_AGAIN:  # the resolver itself cannot be reached
            return Failure(kind=FailureKind.NO_NETWORK, detail="names cannot be looked up")
        return Failure(kind=FailureKind.DNS)
    if isinstance(cause, ConnectionRefusedError):
        return Failure(kind=FailureKind.REFUSED)
    if isinstance(cause, OSError) and cause.errno in _NO_ROUTE:
        return Failure(kind=FailureKind.NO_NETWORK)
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, its causes and the members of groups (anyio tries several addresses), each once."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        if isinstance(current, BaseExceptionGroup):
            waiting.extend(current.exceptions)
        waiting.extend(link for link in (current.__cause__, current.__context__) if link is not None)


def _words(error: BaseException) -> str:
    """The exception's own sentence, without its final stop."""
    return str(error).rstrip(".").strip()
