"""What a failed request means for a write: was anything done?"""

from __future__ import annotations

import re
from collections.abc import Iterable

from techdesk.desks.port import (
    Ambiguous,
    AuthNeeded,
    Failure,
    FailureKind,
    Gone,
    PushResult,
    Rejected,
    Throttled,
    Unreachable,
)
from techdesk.model import Tombstone

THROTTLE = 60.0
"""Seconds to wait where a proxy before RT asks to, and does not say how long."""


def failed_write(failure: Failure) -> PushResult:
    """A write that got no good answer."""
    match failure.kind:
        case FailureKind.UNAUTHORISED | FailureKind.REDIRECTED:
            # RT redirects to its log-in page where others say 401 (RT quirk 13); so does a proxy's sign-on.
            return AuthNeeded(failure=failure)
        case FailureKind.THROTTLED:
            return Throttled(seconds=failure.retry_after or THROTTLE, failure=failure)
        case FailureKind.FORBIDDEN | FailureKind.BAD_REQUEST | FailureKind.NOT_FOUND if not failure.sent:
            return Rejected(reason=failure.detail or failure.words)
        case _ if failure.sent or failure.kind in (FailureKind.SERVER_ERROR, FailureKind.NOT_JSON):
            return Ambiguous(failure=failure)
    return Unreachable(failure=failure)


def not_begun(failure: Failure) -> PushResult:
    """A look before the write that failed: nothing was written, whatever became of the look."""
    match failure.kind:
        case FailureKind.UNAUTHORISED | FailureKind.REDIRECTED:
            return AuthNeeded(failure=failure)
        case FailureKind.THROTTLED:
            return Throttled(seconds=failure.retry_after or THROTTLE, failure=failure)
        case FailureKind.FORBIDDEN:
            return Rejected(reason=failure.detail or failure.words)
    return Unreachable(failure=failure)


def unread(found: Tombstone | Failure, *, nothing_written: bool = False) -> PushResult:
    """The ticket could not be read back: it is gone, or the write is in doubt until it can be looked for."""
    if isinstance(found, Tombstone):
        return Gone(tombstone=found)
    return not_begun(found) if nothing_written else Ambiguous(failure=found)


def reason_of(said: Iterable[object], number: int) -> str:
    """RT's own messages as one reason, without the ticket's number before each."""
    prefix = re.compile(rf"^\S+ {number}: ")
    parts = [prefix.sub("", each).strip() for each in said if isinstance(each, str)]
    return "; ".join(dict.fromkeys(part for part in parts if part)) or "The help desk did not take the change"
