"""Automatic notices (POLICIES D5): an escalation ran out, and whom the policy names is told through the desk.

The one techdesk of a profile that syncs looks after each whole pull, so that it judges by what the desk has.
A notice is queued like a note of a technician. Before it goes out the ticket is read again: it is not sent
twice, nor of what was solved meanwhile. Of several techdesks the owner's comes first, the others wait
some seconds, so that they find it there; where two send all the same, readers see one.
"""

from __future__ import annotations

from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING

from techdesk.clock import Clock
from techdesk.config.notices import NoticeSettings
from techdesk.model import NOTICE, Instant, Operation, OperationKind
from techdesk.rules import notices
from techdesk.rules.records import MARKER, Records, decode, fold

if TYPE_CHECKING:
    from techdesk.store.feed import Feed
    from techdesk.store.notices import Passed

SPREAD = (4, 20)
"""Seconds past the threshold at which a techdesk looks whose technician does not own the ticket."""
AT_ONCE = 20
"""Tickets that one round deals with, oldest first: after a night the notices go out round by round."""


class Notices:
    """Finds what has run out, and queues what is to be said of it."""

    def __init__(self, feed: Feed, clock: Clock, random: Random, settings: NoticeSettings) -> None:
        self._feed = feed
        self._clock = clock
        self._random = random
        self._settings = settings
        self._began: Instant | None = None

    def is_due(self, me: str) -> bool:
        """Whether a ticket's threshold has passed and this techdesk's turn has come."""
        return self._began is not None and bool(self._turn(me))

    def queue(self, me: str) -> bool:
        """Queue the notices that are due; whether there are any. Call it after a whole pull only."""
        if not self._settings.send:
            return False
        now = self._clock.now()
        if self._began is None:
            self._began = self._feed.notices.began(now)
        queued = False
        for key in self._turn(me):
            passed = self._feed.notices.passed(key, MARKER, now)
            if passed is None:
                continue  # its row is about to go
            operations = self._operations(key, passed, me, now)
            self._feed.notices.settle(key, passed, operations, now)
            queued = queued or bool(operations)
        return queued

    def why_not(self, operation: Operation) -> str:
        """Why a queued notice is not to be sent after all, on what is known now; empty where it is."""
        passed = self._feed.notices.passed(operation.ticket, MARKER, self._clock.now())
        if passed is None:
            return "The ticket is no longer here."
        record = decode(operation.text)
        wanted = record.id if record is not None else ""
        if fold(passed.notes).has(wanted):
            return "A colleague's techdesk was quicker: the notice stands at the desk."
        policy, targets = passed.evaluation.policy, passed.evaluation.targets
        ids = [notices.notice_id(passed.ticket_id, policy, each) for each in targets if each.tells]
        return "" if wanted in ids else "The ticket was solved, or graded otherwise, before it could be sent."

    def _turn(self, me: str) -> list[int]:
        """The tickets that this techdesk looks at now."""
        now = self._clock.now()
        horizon = max(self._began or 0, now - self._settings.late_hours * 3600)
        found = self._feed.notices.due(now, horizon, AT_ONCE)
        return [key for key, at in found if now >= at + self._wait(key, me)]

    def _wait(self, key: int, me: str) -> int:
        base = self._feed.base(key)
        if base is None or base.owner == me:
            return 0
        least, most = SPREAD
        drawn = blake2b(f"{base.id}:{me}".encode(), digest_size=4).digest()
        return least + int.from_bytes(drawn) % (most - least)

    def _operations(self, key: int, passed: Passed, me: str, now: Instant) -> list[Operation]:
        noted = Records(all=fold(passed.notes).all + fold(passed.unsent).all)
        made = []
        for target in notices.due(passed.ticket_id, passed.evaluation, noted, now):
            people = self._settings.named(target.notify)
            record = notices.record_of(passed.ticket_id, passed.evaluation.policy, target, people, now)
            made.append(
                Operation(
                    id=f"{self._random.getrandbits(128):032x}",
                    batch=record.id,
                    ticket=key,
                    ticket_id=passed.ticket_id,
                    kind=OperationKind.COMMENT,
                    action=NOTICE,
                    text=notices.note_of(record),
                    created=now,
                    hold_until=now,
                    actor=me,
                )
            )
        return made
