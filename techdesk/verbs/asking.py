"""Asking the desk for a ticket that is not in the cache."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as TooLate
from typing import TypeVar

from techdesk.desks.port import Failure, FailureKind
from techdesk.verbs.session import Session
from techdesk.verbs.speech import Exit, Failed

Answer = TypeVar("Answer")

_BEGIN_SECONDS = 0.02

_UNREACHABLE = (
    FailureKind.NO_NETWORK,
    FailureKind.DNS,
    FailureKind.REFUSED,
    FailureKind.TLS,
    FailureKind.TIMEOUT,
    FailureKind.CUT,
    FailureKind.THROTTLED,
    FailureKind.SERVER_ERROR,
    FailureKind.OFFLINE,
)


def ask_desk(session: Session, ticket: str, seconds: float) -> Failed | None:
    """Fetch a ticket by id, else look for its number; None when the desk has answered."""
    session.need_token()
    thread = session.sync_thread()
    thread.start()
    until = session.clock.monotonic() + seconds
    try:
        failure = _answer(session, lambda: thread.look(ticket), until)
        if failure is not None and failure.kind in (FailureKind.NOT_FOUND, FailureKind.BAD_REQUEST):
            found = _answer(session, lambda: thread.search(ticket), until)
            failure = found if isinstance(found, Failure) else None
    finally:
        thread.stop()
    if failure is None or failure.kind is FailureKind.NOT_FOUND:
        return None
    return Failed(status_of(failure), f"Ticket {ticket} is not in the cache. {failure.words}")


def _answer(session: Session, ask: Callable[[], Future[Answer]], until: float) -> Answer | Failure:
    """The answer to a question of the sync thread, which cancels it while it has not begun."""
    pause = threading.Event()  # never set: it only waits
    while (left := until - session.clock.monotonic()) > 0:
        try:
            return ask().result(timeout=left)
        except CancelledError:
            pause.wait(_BEGIN_SECONDS)
        except TooLate:
            break
    return Failure(kind=FailureKind.TIMEOUT)


def status_of(failure: Failure) -> Exit:
    """The exit status for a desk that did not answer as it should."""
    if failure.kind is FailureKind.UNAUTHORISED:
        return Exit.TOKEN
    return Exit.UNREACHABLE if failure.kind in _UNREACHABLE else Exit.ERROR
