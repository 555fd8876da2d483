"""Which ticket is worked on next, the same for play mode and for ``techdesk next`` (UX 3)."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from techdesk.model import Instant
from techdesk.query import Query
from techdesk.rules.records import ACKNOWLEDGED, fold
from techdesk.store.play import ESCALATED, SKIPPED, Best

if TYPE_CHECKING:
    from techdesk.store.reader import Reader
    from techdesk.store.writer import Writer

REASONS = (
    ("information", "Something is missing that I cannot get now"),
    ("skill", "Somebody else knows this better"),
    ("time", "It needs more time than I have now"),
    ("access", "I have no access to what it needs"),
)
"""Why a ticket is passed over: id, and what is written into the journal."""
NOTES_READ = 500
"""Messages of an escalated ticket that are looked through for an acknowledgement."""


def next_best(
    reader: Reader, scope: Query, *, me: str, now: Instant, passed: Iterable[int] = ()
) -> Best | None:
    """The best ticket of a scope: mine or nobody's, neither passed over nor waiting for somebody else.

    An escalation that nobody has acknowledged comes first, then what is late, then the least time left,
    then a VIP's, then the oldest. None where none is left.
    """
    for best in reader.play(scope, me=me, now=now, passed=passed):
        if best.why == ESCALATED and fold(reader.conversation(best.key, count=NOTES_READ)).of(ACKNOWLEDGED):
            continue
        return best
    return None


def skip(writer: Writer, ticket: int, reason: str, *, me: str, now: Instant) -> Future[None]:
    """Pass a ticket over, with the reason in the journal: for this shift, or until its customer writes."""
    return writer.note(actor=me, action=SKIPPED, ticket=ticket, outcome="skipped", detail=reason, now=now)
