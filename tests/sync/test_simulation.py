"""Random schedules, real engine, real store: 0 lost, 0 doubled, 0 clobbered, 0 diverged, 0 stuck.

Everything that chance decides comes from the seed in the test's name: technicians' changes, colleagues',
customers' mails, deletions, a network that loses requests and answers or delivers late and twice, feeds that
forget, and kills at every kind of await. ``make soak`` runs thousands.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import msgspec
import pytest

from techdesk.desks.port import Accepted, Ambiguous, Failure, FailureKind, Prepared, PushResult
from techdesk.model import FieldValue, Operation, OperationKind, OperationState
from techdesk.sync.comparison import value_of
from tests.sync.conftest import Bench
from tests.sync.desk_model import LOST_ANSWER, LOST_REQUEST, ModelDesk

STEPS = 60
_SETTLED = (OperationState.DONE, OperationState.DROPPED, OperationState.CONFLICT, OperationState.REJECTED)


class Killed(RuntimeError):
    """The process is gone at this point."""


class RoughDesk(ModelDesk):
    """A desk behind a bad network, which notes what a client must never do to it."""

    def __init__(self, random: Random) -> None:
        super().__init__(tickets=5, page_size=3)
        self.random = random
        self.capabilities = msgspec.structs.replace(self.capabilities, parallel=random.choice([1, 4]))
        self.rough = True
        self.clobbered: list[str] = []
        self._late: list[tuple[Operation, Prepared]] = []

    def _heard(self, what: str) -> Failure | None:
        super()._heard(what)
        if not self.rough:
            return None
        self._maybe_killed()
        if self.random.random() < 0.12:
            return Failure(kind=self.random.choice([FailureKind.TIMEOUT, FailureKind.SERVER_ERROR]))
        return None

    def _maybe_killed(self) -> None:
        if self.rough and self.random.random() < 0.03:
            raise Killed

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        if self.rough:
            self._maybe_killed()
            while self._late and self.random.random() < 0.5:
                super()._perform(*self._late.pop(0))  # what was thought lost arrives after all
            chance = self.random.random()
            if chance < 0.06:
                self._late.append((operation, prepared))
                return Ambiguous(failure=Failure(kind=FailureKind.TIMEOUT, sent=True))
            if chance < 0.25:
                fault = [LOST_REQUEST, LOST_ANSWER, "throttled", "broken", "twice"][int(chance * 100) % 5]
                if fault == "twice":
                    await super().push(operation, prepared)
                else:
                    self.faults.append(fault)
        result = await super().push(operation, prepared)
        self._maybe_killed()
        return result

    def _perform(self, operation: Operation, prepared: Prepared) -> PushResult:
        ticket = self.tickets.get(operation.ticket_id)
        before = len(self.keys)
        result = super()._perform(operation, prepared)
        if isinstance(result, Accepted) and len(self.keys) > before and ticket is not None:
            for field, base in operation.base.items():
                if field == "last_customer_message":
                    if any(
                        message.author == "carl" and message.at > int(base or 0)  # type: ignore[call-overload]
                        for message in self.messages[ticket.id]
                    ):
                        self.clobbered.append(f"{operation.id} closed over a customer's message")
                    continue
                theirs = value_of(ticket, field)
                if (theirs or None) not in (base or None, operation.sets.get(field) or None):
                    self.clobbered.append(f"{operation.id} {field}: {theirs} was not {base}")
        return result


def act(bench: Bench, desk: RoughDesk, random: Random, made: list[int]) -> None:
    """One thing that somebody does, here or at the desk."""
    held = list(bench.reader.keys(None, me="", now=bench.clock.now()))
    key = random.choice(held) if held else 0
    ticket = random.choice(sorted(desk.tickets)) if desk.tickets else ""
    base = bench.feed.base(key) if key else None
    pending = bool(key) and bool(bench.reader.operations(ticket=key))
    what = random.choices(
        ["update", "reply", "comment", "close", "create", "colleague", "customer", "delete", "new", "forget"],
        [6, 3, 2, 2, 1, 6, 3, 0.4, 0.6, 0.3],
    )[0]
    match what:
        case "update" if base is not None:
            field = random.choice(["priority", "owner", "subject"])
            value: FieldValue = random.randint(1, 5) if field == "priority" else f"v{random.randint(1, 3)}"
            row = bench.reader.row(key)
            assert row is not None
            shown: FieldValue = {"priority": row.priority, "owner": row.owner, "subject": row.subject}[field]
            made.append(bench.queue("", {field: value}, base={field: shown}, key=key))
        case "reply" | "comment" if key:
            kind = OperationKind.REPLY if what == "reply" else OperationKind.COMMENT
            made.append(bench.queue("", kind=kind, text=f"{what} {len(made)}", key=key))
        case "close" if base is not None and not pending:
            evidence: dict[str, FieldValue] = {
                "status": base.status,
                "last_customer_message": bench.feed.last_customer_message(key),
            }
            made.append(bench.queue("", {"status": "resolved"}, base=evidence, key=key))
        case "create":
            local = bench.create({"subject": "Made here", "queue": "q1", "requester": "carl"}, "It rang.")
            made.extend(operation.key for operation in bench.reader.operations(ticket=local))
        case "colleague" if ticket:
            changes: dict[str, FieldValue] = random.choice(
                [{"priority": random.randint(1, 5)}, {"owner": "colleague"}, {"status": "waiting"}]
            )
            desk.changes(ticket, **changes)
        case "customer" if ticket:
            desk.wrote(ticket, "Any news?")
        case "delete" if len(desk.tickets) > 2:
            desk.delete(ticket)
        case "new":
            desk.opened()
        case "forget":
            desk.forgets(new_epoch=random.random() < 0.5)


async def one_round(bench: Bench) -> None:
    """A round, and the restart that a kill makes necessary."""
    try:
        await bench.engine.round()
    except (Killed, ExceptionGroup) as error:
        rest = error.split(Killed)[1] if isinstance(error, ExceptionGroup) else None
        if rest is not None:
            raise
        bench.restarted()


async def simulate(folder: Path, seed: int) -> None:
    """One schedule; raises AssertionError with the seed."""
    random = Random(seed)
    desk = RoughDesk(random)
    bench = Bench(folder, desk)
    made: list[int] = []
    try:
        for _ in range(STEPS):
            if random.random() < 0.6:
                act(bench, desk, random, made)
            else:
                await one_round(bench)
            bench.advance(random.choice([0, 1, 5, 30, 300]))
        desk.rough = False
        desk.faults.clear()
        for _ in range(12):  # healed: conflicts are given up by a person, everything else has to arrive
            bench.advance(400)
            await one_round(bench)
            for pending in bench.reader.operations():
                if pending.state in (OperationState.CONFLICT, OperationState.REJECTED):
                    bench.writer.drop(pending.key, bench.clock.now()).result()
        check(bench, desk, made, seed)
    finally:
        bench.database.close()


def check(bench: Bench, desk: RoughDesk, made: list[int], seed: int) -> None:
    """The five zeros."""
    assert desk.clobbered == [], f"seed {seed}: clobbered"
    written = [
        message.operation for found in desk.messages.values() for message in found if message.operation
    ]
    assert len(written) == len(set(written)), f"seed {seed}: doubled"
    for key in made:
        operation = bench.feed.operation(key)
        if operation is None:  # settled, and forgotten with its ticket
            continue
        assert operation.state in _SETTLED, f"seed {seed}: stuck {operation}"
        if operation.state is OperationState.DONE and operation.kind is not OperationKind.UPDATE:
            assert operation.id in written, f"seed {seed}: lost {operation}"
        if operation.state is OperationState.DONE and operation.kind is OperationKind.UPDATE:
            if operation.id in desk.keys or operation.ticket_id not in desk.tickets:
                continue
            events = desk.events[operation.ticket_id]
            for field, value in operation.sets.items():
                same = value == operation.base.get(field) or any(
                    event.field == field and event.new == str(value) for event in events
                )
                assert same, f"seed {seed}: lost {operation}"
    assert bench.reader.operations() == [], f"seed {seed}: stuck"
    assert bench.agrees(), f"seed {seed}: diverged"


@pytest.mark.parametrize("seed", range(25))
async def test_schedule(tmp_path: Path, seed: int) -> None:
    await simulate(tmp_path / "profile", seed)


@pytest.mark.soak
async def test_two_thousand_schedules(tmp_path: Path) -> None:
    for seed in range(1_000, 3_000):
        await simulate(tmp_path / str(seed), seed)
