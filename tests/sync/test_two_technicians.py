"""Two technicians' techdesks, a command line beside one of them, and one desk: any order of whatever they do.

Hypothesis looks for the order (a ``RuleBasedStateMachine`` over the port); what a network and chance do comes
from a seed that it draws, too. In the end everything works again, and the oracles of the simulator are asked
for each of the two: nothing lost, doubled, clobbered, diverged or stuck.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from techdesk.desks.port import Failure, Guarantee, Prepared, PushResult
from techdesk.model import FieldValue, Operation, OperationKind, OperationState, Person, Role
from techdesk.store.database import Database
from tests.sync.conftest import Bench
from tests.sync.desk_model import ME, toggled
from tests.sync.life import Killed, Life
from tests.sync.no_policies import NoPolicies
from tests.sync.oracles import clobbered, complaints, doubled
from tests.sync.rough_desk import RoughDesk
from tests.sync.test_planted_faults import (
    conflict_decided_by_the_machine,
    new_key_for_each_retry,
    rebased_blindly,
)

RAVI = Person(id="ravi", name="Ravi Example", role=Role.TECHNICIAN)
PEOPLE = {ME.id: ME, RAVI.id: RAVI}
_MEMORY = Path("/dev/shm")
_WHO: ContextVar[Person] = ContextVar("_WHO", default=ME)
_LIFE: ContextVar[Life] = ContextVar("_LIFE")


class WhoeverRuns(Life):
    """The life of the process in whose task this is asked."""

    def point(self) -> None:
        _LIFE.get(self._nobody).point()

    _nobody = Life(Random(0))


class SharedDesk(RoughDesk):
    """The same desk to both: whose token a request has is the task's affair, and the operation's."""

    @property
    def me(self) -> Person:
        return _WHO.get()

    @me.setter
    def me(self, _: Person) -> None:
        """Nobody is the one."""

    def _perform(self, operation: Operation, prepared: Prepared) -> PushResult:
        before = _WHO.set(PEOPLE[operation.actor])
        try:
            return super()._perform(operation, prepared)
        finally:
            _WHO.reset(before)


class Technician:
    """One person's profile, with a techdesk that syncs and a command line that only queues."""

    def __init__(self, folder: Path, person: Person, desk: SharedDesk, random: Random) -> None:
        self.person, self.desk, self.random = person, desk, random
        self.bench = Bench(folder, desk, random, actor=person.id)
        self.command_line = Database.open(folder, NoPolicies())
        self._cli = self.command_line.writer()
        self.life = Life(random)
        self.made: dict[int, Operation] = {}
        self.decided: set[str] = set()
        self.undone: set[str] = set()
        self.told: set[str] = set()
        self.last_failure: Failure | None = None

    def close(self) -> None:
        self.command_line.close()
        self.bench.database.close()

    def queue(self, place: int, what: str, value: int, hold: int, by_command: bool) -> None:
        bench = self.bench
        held = list(bench.reader.keys(None, me="", now=bench.clock.now()))
        if not held:
            return
        key = held[place % len(held)]
        view = bench.reader.ticket(key)
        assert view is not None
        sets: dict[str, FieldValue] = {}
        base: dict[str, FieldValue] = {}
        kind, text = OperationKind.UPDATE, ""
        match what:
            case "priority":
                sets, base = {"priority": value}, {"priority": view.row.priority}
            case "owner":
                sets, base = {"owner": ["bea", "ravi", ""][value % 3]}, {"owner": view.row.owner}
            case "tags":
                sets = {"tags": toggled(list(view.row.tags), Random(value))}
                base = {"tags": list(view.row.tags)}
            case "close":
                base = {"status": str(view.row.status), "last_customer_message": view.last_customer_message}
                sets = {"status": "resolved"}
            case "reply" | "comment":
                kind = OperationKind.REPLY if what == "reply" else OperationKind.COMMENT
                text = f"{what} {value} of {self.person.id}"
        writer, bench.writer = bench.writer, self._cli if by_command else bench.writer
        made = bench.queue("", sets, kind=kind, base=base, text=text, key=key, hold=hold)
        bench.writer = writer
        operation = bench.feed.operation(made)
        assert operation is not None
        self.made[made] = operation
        self.desk.meant[operation.id] = operation

    async def round(self) -> None:
        """One round; another process takes over where this one was killed in it."""
        _WHO.set(self.person)
        _LIFE.set(self.life)
        try:
            self.last_failure = await self.bench.engine.round()
        except Killed:
            self._take_over()
        except ExceptionGroup as error:
            if error.split(Killed)[1] is not None:
                raise
            self._take_over()

    def _take_over(self) -> None:
        self.life.reborn()
        self.life.die_at = None
        sealed, self.life.sealed = self.life.sealed, True
        self.bench.restarted()
        self.life.sealed = sealed

    def look(self) -> None:
        for row in self.bench.reader.operations():
            if row.state in (OperationState.CONFLICT, OperationState.REJECTED):
                self.told.add(row.id)

    def decide(self, mine: bool) -> None:
        now = self.bench.clock.now()
        for row in self.bench.reader.operations():
            if row.state not in (OperationState.CONFLICT, OperationState.REJECTED):
                continue
            if mine and "lost days ago" not in row.error:
                self.bench.writer.retry(row.key, now).result()
            elif self.bench.writer.drop(row.key, now).result():
                self.decided.add(row.id)

    def undo(self) -> None:
        last = self.bench.reader.undoable()
        if last is None:
            return
        if self.bench.writer.undo(last.batch, self.bench.clock.now()).result():
            ids = {row.id for row in self.made.values() if row.batch == last.batch}
            self.decided |= ids
            self.undone |= ids


_WEATHER = st.integers(0, 2**32)
"""Seed of what the network does in a round, and of when colleagues write in the middle of it."""
_PRESSES = st.tuples(
    st.integers(0, 1),
    st.integers(0, 4),
    st.sampled_from(["priority", "priority", "owner", "tags", "close", "reply", "comment"]),
    st.integers(1, 5),
    st.sampled_from([0, 0, 0, 5]),
    st.booleans(),
)
"""(who, which ticket, what, a value, seconds of hold, whether by the command line)."""


class TwoTechnicians(RuleBasedStateMachine):
    """What can happen, one thing after another or two rounds at once."""

    guarantee = Guarantee.A

    @initialize(seed=st.integers(0, 2**32))
    def opened(self, seed: int) -> None:
        within = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
        self.folder = Path(tempfile.mkdtemp(prefix="techdesk-two-", dir=within))
        self.random = Random(seed)
        self.desk = SharedDesk(self.random, WhoeverRuns(self.random), self.guarantee)
        self.desk.colleague = self.somebody_writes
        self.both = [
            Technician(self.folder / person.id, person, self.desk, self.random) for person in PEOPLE.values()
        ]
        self.loop = asyncio.new_event_loop()
        self.patched = self.desk.life.in_the_store()
        self.patched.__enter__()
        self.desk.rough = False
        self.sync_at_once(seed)
        self.desk.rough = True

    def somebody_writes(self) -> None:
        if self.desk.tickets:
            self.desk.wrote(self.random.choice(sorted(self.desk.tickets)), "Any news?")

    # -- what they do

    @rule(presses=st.lists(_PRESSES, min_size=1, max_size=8))
    def work(self, presses: list[tuple[int, int, str, int, int, bool]]) -> None:
        for who, place, what, value, hold, by_command in presses:
            self.both[who].queue(place, what, value, hold, by_command)

    @rule(presses=st.lists(_PRESSES, min_size=2, max_size=8), weather=_WEATHER, news=st.integers(0, 5))
    def work_while_the_desk_moves_on(
        self, presses: list[tuple[int, int, str, int, int, bool]], weather: int, news: int
    ) -> None:
        """What they decide is old when it goes out."""
        self.work(presses)
        tickets = sorted(self.desk.tickets)
        if tickets:
            self.desk.changes(tickets[news % len(tickets)], "lena", priority=news % 5 + 1, owner="lena")
            self.desk.wrote(tickets[(news + 1) % len(tickets)], f"Any news? {self.desk.seq}")
        self.sync_at_once(weather)

    @rule(who=st.integers(0, 1), weather=_WEATHER)
    def syncs(self, who: int, weather: int) -> None:
        self.random.seed(weather)
        self.loop.run_until_complete(self.both[who].round())
        self.look()

    @rule(who=st.integers(0, 1), weather=_WEATHER, point=st.integers(1, 60))
    def is_killed_in_a_round(self, who: int, weather: int, point: int) -> None:
        self.random.seed(weather)
        life = self.both[who].life
        life.die_at = life.count + point
        self.loop.run_until_complete(self.both[who].round())
        life.die_at = None
        self.look()

    @rule(weather=_WEATHER)
    def sync_at_once(self, weather: int) -> None:
        self.random.seed(weather)

        async def together() -> None:
            await asyncio.gather(*(each.round() for each in self.both))

        self.loop.run_until_complete(together())
        self.look()

    @rule(who=st.integers(0, 1), mine=st.booleans())
    def decides(self, who: int, mine: bool) -> None:
        self.both[who].decide(mine)

    @rule(who=st.integers(0, 1))
    def takes_back(self, who: int) -> None:
        self.both[who].undo()

    # -- what else happens

    @rule(seconds=st.sampled_from([1, 30, 300, 4_000]))
    def time_passes(self, seconds: int) -> None:
        for each in self.both:
            each.bench.advance(seconds)

    @rule(place=st.integers(0, 5))
    def the_customer_writes(self, place: int) -> None:
        tickets = sorted(self.desk.tickets)
        if tickets:
            self.desk.wrote(tickets[place % len(tickets)], f"Any news? {self.desk.seq}")

    @rule()
    def a_ticket_is_opened(self) -> None:
        self.desk.opened()

    @precondition(lambda self: len(self.desk.tickets) > 3)
    @rule(place=st.integers(0, 5))
    def one_is_deleted(self, place: int) -> None:
        tickets = sorted(self.desk.tickets)
        self.desk.delete(tickets[place % len(tickets)])

    @precondition(lambda self: len(self.desk.tickets) > 3)
    @rule(place=st.integers(0, 5))
    def two_are_merged(self, place: int) -> None:
        tickets = sorted(self.desk.tickets)
        self.desk.merge(tickets[place % len(tickets)], tickets[(place + 1) % len(tickets)])

    @rule()
    def the_feed_forgets(self) -> None:
        self.desk.forgets()

    @rule()
    def old_tombstones_are_compacted(self) -> None:
        self.desk.compacts()

    @rule()
    def a_backup_is_made(self) -> None:
        self.desk.backs_up()

    @rule()
    def it_is_put_back(self) -> None:
        self.desk.delivers_late()
        self.desk.restores()

    # -- what has to be so

    @invariant()
    def nothing_is_doubled_or_clobbered(self) -> None:
        for each in self.both:
            assert doubled(each) == []
            assert clobbered(each) == []

    def look(self) -> None:
        for each in self.both:
            each.look()

    def teardown(self) -> None:
        if not hasattr(self, "patched"):
            return
        try:
            self.desk.rough = False
            self.desk.delivers_late()
            for number in range(12):
                self.time_passes(400)
                self.random.seed(number)
                for each in self.both:
                    self.loop.run_until_complete(each.round())
                self.look()
                for each in self.both:
                    each.decide(mine=number < 3)
            for each in self.both:
                each.life.sealed = True
                found = complaints(each)
                assert found == [], f"{each.person.id}: {found}"
        finally:
            self.patched.__exit__(None, None, None)
            self.loop.close()
            for each in self.both:
                each.close()
            shutil.rmtree(self.folder, ignore_errors=True)


class WithoutKeys(TwoTechnicians):
    """Class C: writes are conditional, but nobody remembers what was sent."""

    guarantee = Guarantee.C


def search(machine: type[TwoTechnicians], examples: int, steps: int, **more: Any) -> None:
    """Raises what was found, with the shortest order of steps that shows it."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            **more,
        ),
    )


@pytest.mark.parametrize("machine", [TwoTechnicians, WithoutKeys])
def test_two_technicians_and_a_command_line(machine: type[TwoTechnicians]) -> None:
    search(machine, 30, 25, derandomize=True)


@pytest.mark.parametrize("plant", [rebased_blindly, new_key_for_each_retry, conflict_decided_by_the_machine])
def test_a_planted_fault_is_found(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        search(TwoTechnicians, 200, 25, derandomize=True, phases=[Phase.generate])


@pytest.mark.soak
@pytest.mark.parametrize("machine", [TwoTechnicians, WithoutKeys])
def test_two_technicians_for_long(machine: type[TwoTechnicians]) -> None:
    search(machine, 1_500, 60, derandomize=False)
