"""Snoozing on the workbench: out of sight until an hour, and back by itself.

What colleagues have to know stands in a record and in the status. That the ticket is out of sight is this
profile's own, so it is remembered here; another techdesk of the same profile shares it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from datetime import datetime
from typing import TYPE_CHECKING, Any

from techdesk.actions.outcomes import Confirm, Outcome, Queued
from techdesk.actions.snoozing import LONGEST, MEMORY, Snooze, read, written
from techdesk.actions.wording import asked
from techdesk.model import Instant, Operation, Status
from techdesk.rules.verdicts import Refuse
from techdesk.sla.evaluation import Verdict as Running
from techdesk.store.rows import Row, TicketView
from techdesk.text import zone_name

if TYPE_CHECKING:
    from techdesk.actions.operations import Decision
    from techdesk.clock import Clock
    from techdesk.desks.port import Capabilities
    from techdesk.model import Person
    from techdesk.policies.book import PolicyBook
    from techdesk.store.reader import Reader
    from techdesk.store.writer import Writer

AT_ONCE = 25
"""Tickets that are brought back in one go: the next a moment later, so that no key waits for hundreds."""


class PuttingOff:
    """Part of the workbench."""

    if TYPE_CHECKING:
        reader: Reader
        clock: Clock
        read_only: bool
        capabilities: Capabilities | None
        book: PolicyBook

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

    def wake(self, now: Instant) -> list[str]:
        """Bring back what is due: words for each. What was put on hold for it is opened again."""
        snoozes = self.snoozes()
        ready = sorted((each.until, key) for key, each in snoozes.items() if each.until <= now)[:AT_ONCE]
        due = {key: snoozes[key] for _, key in ready}
        if not due or self.read_only:
            return []
        self.forget_snoozes(due)
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
        """A record for colleagues, on hold where it was open, and out of sight here until the hour.

        No escalation is kept back by it: that is told, with the hour at which somebody is notified (D5).
        """
        from techdesk.actions.standing import policy_of
        from techdesk.rules.notices import all_the_same

        row, now = view.row, self.clock.now()
        until = int(values.get("until") or 0)
        refusal = cannot_snooze(row, until, now)
        if refusal is not None:
            return self.refuse("ticket.snooze", ticket, row.number, refusal)
        due = due_before(self.reader, ticket, until, now)
        policy = policy_of(self.book, row.clock.policy)
        notified = all_the_same(policy, self.reader.evaluation(ticket, now), until)
        if due and not confirmed:
            question = asked(f"Snooze {row.number} {row.subject}")
            return Confirm(question=question, detail=f"{due} {notified}".strip(), rule="generic.snooze")
        decision = self.decision("ticket.snooze", ticket, view)
        operations = snoozing(decision, view, until, self.capabilities, self.book)
        # Remembered first: a list that is read because of the change leaves the ticket out already.
        self.remember_snoozes(decision.batch, now, until, {ticket: len(operations) > 1})
        commit = self.writer.enqueue(operations)

        def in_sight_again(kept: Future[list[int]]) -> None:
            if kept.cancelled() or kept.exception() is not None:
                self.forget_snooze(decision.batch)  # a full disk took the first and not the second

        commit.add_done_callback(in_sight_again)
        return Queued(
            batch=decision.batch,
            words=f"snoozed until {hour(until)}",
            commit=commit,
            ticket=ticket,
            hints=(notified,) if notified and not confirmed else (),
        )

    def remember_snoozes(self, batch: str, now: Instant, until: Instant, tickets: Mapping[int, bool]) -> None:
        """Put tickets out of sight; of each, whether it was put on hold for that."""
        made = {key: Snooze(at=now, until=until, batch=batch, holds=holds) for key, holds in tickets.items()}
        self.writer.change_remembered(MEMORY, lambda was: written(read(was) | made))

    def forget_snoozes(self, tickets: Iterable[int]) -> None:
        """What a halted run gives back was not put off."""
        given = set(tickets)
        if given:
            self._keep_snoozes(lambda key, _: key not in given)

    def forget_snooze(self, batch: str) -> Future[bool]:
        """An undone snooze brings its ticket back; whether one was asleep."""
        return self._keep_snoozes(lambda _, each: each.batch != batch)

    def is_asleep(self, ticket: int, batch: str) -> bool:
        """Whether a ticket is out of sight because of that very change."""
        snooze = self.snoozes().get(ticket)
        return snooze is not None and snooze.batch == batch

    def bring_back(self, ticket: int, batch: str) -> Queued:
        """Back in sight before its hour, where only its note went to the desk: nothing is sent for that."""
        return Queued(
            batch=batch,
            words="taken back: snoozed. It is in sight again; its note stands at the desk",
            commit=self.forget_snooze(batch),
            ticket=ticket,
            can_undo=False,
        )

    def _keep_snoozes(self, stays: Callable[[int, Snooze], bool]) -> Future[bool]:
        def kept(was: str) -> str:
            return written({key: each for key, each in read(was).items() if stays(key, each)})

        return self.writer.change_remembered(MEMORY, kept)


def hour(until: Instant) -> str:
    """``2026-11-30 09:00 CET``, as colleagues read it in the record."""
    local = datetime.fromtimestamp(until).astimezone()
    return f"{local:%Y-%m-%d %H:%M} {zone_name(local)}"


def snoozing(
    decision: Decision, view: TicketView, until: Instant, desk: Capabilities | None, book: PolicyBook
) -> list[Operation]:
    """A record for colleagues; on hold where it is open, the desk knows that, and no clock stops for it.

    A new ticket stays new: nobody has answered it, and whoever counts what is unanswered goes on counting it.
    """
    import hashlib  # takes OpenSSL with it, which no first picture needs

    from techdesk.actions.standing import policy_of
    from techdesk.rules.records import SNOOZE, Record, encode

    when = hour(until)
    # One id for a ticket and an hour: who plans the same twice leaves one record.
    name = hashlib.sha256(f"{decision.batch}/{decision.ticket}/{until}".encode()).hexdigest()[:32]
    fields = {"until": str(until), "when": when}
    record = Record(id=name, kind=SNOOZE, at=decision.now, by=decision.actor, fields=fields)
    operations = [decision.comment(encode(record, f"Snoozed until {when}"))]
    statuses = desk.statuses if desk is not None else (Status.HOLD.value,)
    policy = policy_of(book, view.row.clock.policy)
    # Looking away is nothing that was agreed with the customer: it buys no time (UX 4).
    stops = policy is not None and any(Status.HOLD in target.pause_on for target in policy.targets)
    if view.row.status is Status.OPEN and Status.HOLD.value in statuses and not stops:
        operations.append(decision.update(view, {"status": Status.HOLD.value}))
    return operations


def cannot_snooze(row: Row, until: Instant, now: Instant) -> Refuse | None:
    """Why a ticket cannot be put off until then; None where it can."""
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


def due_before(reader: Reader, ticket: int, until: Instant, now: Instant) -> str:
    """The first deadline that falls into a snooze; empty where none does."""
    targets = reader.evaluation(ticket, now).targets
    running = [t for t in targets if t.verdict is Running.RUNNING and t.due is not None and t.due < until]
    if not running:
        return ""
    first = min(running, key=lambda target: target.due or 0)
    due = datetime.fromtimestamp(first.due or 0).astimezone()
    when = f"{due:%a %d %b %H:%M} {zone_name(due)}"
    return f"Its {first.name or first.metric.value} is due {when}, before that. The countdown does not stop."
