"""Snoozing on the workbench: out of sight until an hour, and back by itself.

What colleagues have to know stands in a record and in the status. That the ticket is out of sight is this
profile's own, so it is remembered here; another techdesk of the same profile shares it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from techdesk.actions.outcomes import Confirm, Outcome, Queued
from techdesk.actions.snoozing import LONGEST, MEMORY, Snooze, read, written
from techdesk.model import Instant, Status
from techdesk.rules.verdicts import Refuse
from techdesk.sla.evaluation import Verdict as Running
from techdesk.store.rows import Row, TicketView

if TYPE_CHECKING:
    from techdesk.actions.operations import Decision
    from techdesk.clock import Clock
    from techdesk.desks.port import Capabilities
    from techdesk.model import Person
    from techdesk.store.reader import Reader
    from techdesk.store.writer import Writer


class PuttingOff:
    """Part of the workbench."""

    if TYPE_CHECKING:
        reader: Reader
        clock: Clock
        read_only: bool
        capabilities: Capabilities | None

        @property
        def writer(self) -> Writer: ...
        @property
        def me(self) -> Person: ...
        def perform(
            self, action_id: str, ticket: int | None, *, confirmed: bool = False, **values: Any
        ) -> Outcome: ...
        def decision(self, action_id: str, ticket: int, view: TicketView) -> Decision: ...
        def refuse(self, action_id: str, ticket: int | None, number: str, refusal: Refuse) -> Outcome: ...

    def snoozes(self) -> dict[int, Snooze]:
        """Tickets that this profile has put out of sight, by local key."""
        return read(self.reader.remembered(MEMORY))

    def hidden(self, now: Instant) -> frozenset[int]:
        """Those of them that are out of sight now: not yet due, and without a new message of the customer."""
        kept = {key: each for key, each in self.snoozes().items() if each.until > now}
        rows = self.reader.rows(list(kept)) if kept else []
        return frozenset(row.key for row in rows if not (row.unread and self._wrote(row, kept[row.key])))

    def _wrote(self, row: Row, snooze: Snooze) -> bool:
        """Whether the customer wrote after it was snoozed."""
        view = self.reader.ticket(row.key)
        last = view.last_customer_message if view is not None else None
        return last is not None and last > snooze.at

    def wake(self, now: Instant) -> list[str]:
        """Bring back what is due: words for each. What was put on hold for it is opened again."""
        snoozes = self.snoozes()
        due = {key: each for key, each in snoozes.items() if each.until <= now}
        if not due or self.read_only:
            return []
        left = {key: each for key, each in snoozes.items() if key not in due}
        self.writer.remember(MEMORY, written(left))
        words: list[str] = []
        for key, each in due.items():
            row = self.reader.row(key)
            if row is None:
                continue
            if each.holds and row.status is Status.HOLD:
                self.perform("ticket.status", key, status=Status.OPEN, confirmed=True)
            words.append(f"{row.number} is back: its snooze is over")
        return words

    def put_off(self, ticket: int, view: TicketView, values: Mapping[str, Any], confirmed: bool) -> Outcome:
        """A record for colleagues, on hold where it was open, and out of sight here until the hour."""
        from techdesk.actions.operations import new_id
        from techdesk.rules.records import SNOOZE, Record, encode

        row, now = view.row, self.clock.now()
        until = int(values.get("until") or 0)
        refusal = self._cannot_snooze(row, until, now)
        if refusal is not None:
            return self.refuse("ticket.snooze", ticket, row.number, refusal)
        due = self._due_before(ticket, until, now)
        if due and not confirmed:
            return Confirm(question=f"Snooze {row.number} {row.subject}?", detail=due, rule="generic.snooze")
        decision = self.decision("ticket.snooze", ticket, view)
        when = f"{datetime.fromtimestamp(until).astimezone():%Y-%m-%d %H:%M %Z}"
        record = Record(
            id=new_id(), kind=SNOOZE, at=now, by=self.me.id, fields={"until": str(until), "when": when}
        )
        operations = [decision.comment(encode(record, f"Snoozed until {when}"))]
        statuses = self.capabilities.statuses if self.capabilities is not None else ("hold",)
        holds = row.status is Status.OPEN and Status.HOLD.value in statuses
        if holds:
            operations.append(decision.update(view, {"status": Status.HOLD.value}))
        commit = self.writer.enqueue(operations)
        snooze = Snooze(at=now, until=until, batch=decision.batch, holds=holds)
        self.writer.remember(MEMORY, written(self.snoozes() | {ticket: snooze}))
        return Queued(batch=decision.batch, words=f"snoozed until {when}", commit=commit, ticket=ticket)

    def forget_snooze(self, batch: str) -> None:
        """An undone snooze brings its ticket back."""
        snoozes = self.snoozes()
        kept = {key: each for key, each in snoozes.items() if each.batch != batch}
        if len(kept) < len(snoozes):
            self.writer.remember(MEMORY, written(kept))

    def _cannot_snooze(self, row: Row, until: Instant, now: Instant) -> Refuse | None:
        if not row.status.is_active:
            return Refuse(
                reason=f"It is {row.status.value}.", remedy="Nothing is left to put off.", rule="generic.same"
            )
        if not now < until <= now + LONGEST:
            return Refuse(
                reason="That is no hour to come, or more than a year away.",
                remedy="Write 2h, 3d, 14:00, tomorrow, monday 14:00 or 2026-11-30.",
                rule="generic.value",
            )
        return None

    def _due_before(self, ticket: int, until: Instant, now: Instant) -> str:
        """The first deadline that falls into a snooze; empty where none does."""
        targets = self.reader.evaluation(ticket, now).targets
        running = [t for t in targets if t.verdict is Running.RUNNING and t.due is not None and t.due < until]
        if not running:
            return ""
        first = min(running, key=lambda target: target.due or 0)
        when = f"{datetime.fromtimestamp(first.due or 0).astimezone():%a %d %b %H:%M %Z}"
        return (
            f"Its {first.name or first.metric.value} is due {when}, before that. The countdown does not stop."
        )
