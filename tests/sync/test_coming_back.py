"""The desk was down for a day, and a thousand changes were made: coming back leaves only true conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from techdesk.desks.port import Failure, FailureKind
from techdesk.model import FieldValue, OperationKind, OperationState
from techdesk.store.rows import SyncPhase
from tests.sync.conftest import Bench
from tests.sync.desk_model import ModelDesk

DAY = 86_400
TICKETS, MINE = 600, 500


@pytest.fixture
def desk() -> ModelDesk:
    return ModelDesk(TICKETS, page_size=100)


@pytest.fixture
def bench(tmp_path: Path, desk: ModelDesk) -> Iterator[Bench]:
    bench = Bench(tmp_path / "profile", desk)
    yield bench
    bench.database.close()


def work_here(bench: Bench, number: int) -> int:
    """The technician's five hundred: a fifth each of five kinds."""
    ticket = str(number)
    held = bench.feed.base(bench.key(ticket))
    assert held is not None
    match number % 5:
        case 0:
            return bench.queue(ticket, {"priority": 1})
        case 1:
            return bench.queue(ticket, kind=OperationKind.REPLY, text=f"Answer {number}")
        case 2:
            return bench.queue(ticket, {"owner": "bea"})
        case 3:
            evidence = bench.feed.last_customer_message(bench.key(ticket))
            base: dict[str, FieldValue] = {"status": held.status, "last_customer_message": evidence}
            return bench.queue(ticket, {"status": "resolved"}, base=base)
        case _:
            return bench.queue(ticket, kind=OperationKind.COMMENT, text=f"Note {number}")


def work_there(desk: ModelDesk, number: int) -> bool:
    """Colleagues' and customers' five hundred; whether it is in the way of what was done here."""
    ticket, turn = str(number), number // 5 % 5
    if number > TICKETS - 20:
        desk.delete(ticket)
        return number <= MINE
    match turn:
        case 0:
            desk.changes(ticket, priority=4)
            return number <= MINE and number % 5 == 0
        case 1:
            desk.changes(ticket, owner="bea" if number % 2 else "ravi")
            return number <= MINE and number % 5 == 2 and number % 2 == 0
        case 2:
            desk.wrote(ticket, "It is worse now.")
            return number <= MINE and number % 5 == 3
        case 3:
            desk.wrote(ticket, "I am on it.", "ravi")
            return False
        case _:
            desk.changes(ticket, subject="Other words")
            return False


async def test_a_day_without_the_desk(bench: Bench, desk: ModelDesk) -> None:
    assert await bench.engine.round() is None
    desk.down = Failure(kind=FailureKind.REFUSED)
    keys: dict[int, int] = {}
    in_the_way: set[int] = set()
    for hour in range(24):
        bench.advance(DAY / 24)
        for number in range(1 + hour * MINE // 24, 1 + (hour + 1) * MINE // 24):
            keys[number] = work_here(bench, number)
        for number in range(101 + hour * 500 // 24, 101 + (hour + 1) * 500 // 24):
            if work_there(desk, number):
                in_the_way.add(number)
        failure = await bench.engine.round()
        assert failure is not None
        assert bench.engine.state.phase is SyncPhase.OFFLINE
    assert len(keys) == MINE
    assert len(bench.waiting()) == MINE, "all of it waits, none of it is lost"
    assert 30 < len(in_the_way) < 100

    shown: list[SyncPhase] = []
    pulled: list[int] = []
    tell = bench.feed.set_state

    def told(state: object) -> None:
        shown.append(state.phase)
        if state.done:
            pulled.append(state.done)
        tell(state)

    bench.feed.set_state = told
    desk.down = None
    bench.advance(60)
    assert await bench.engine.round() is None, "the same engine, in one round"
    assert SyncPhase.PULLING in shown
    assert shown[-1] is SyncPhase.IDLE
    assert len(pulled) > 3, "five hundred changes come by pages, and each says how far it is"
    assert pulled == sorted(pulled)
    assert bench.engine.state.done == 0, "told while it lasts only"

    open_ones = {row.key: row.state for row in bench.waiting()}
    assert set(open_ones) == {keys[number] for number in in_the_way}, "only true conflicts remain"
    assert set(open_ones.values()) == {OperationState.CONFLICT}
    written = [row.operation for found in desk.messages.values() for row in found if row.operation]
    messages = [key for number, key in keys.items() if number % 5 in (1, 4) and number not in in_the_way]
    assert sorted(written) == sorted(bench.operation(key).id for key in messages)
    for key in open_ones:
        assert bench.operation(key).error.endswith((".", "decided.")), "a sentence for whoever decides"
        assert bench.writer.drop(key, bench.clock.now()).result()
    bench.advance(60)
    assert await bench.engine.round() is None
    assert bench.agrees()


class Backup:
    """A copy of a model desk's data, to put back later."""

    _KEPT = ("tickets", "messages", "events", "gone", "changed", "seq", "keys")

    def __init__(self, desk: ModelDesk) -> None:
        self._desk = desk
        self._held = {name: self._copy(getattr(desk, name)) for name in self._KEPT}

    def put_back(self, *, new_epoch: bool) -> None:
        for name, value in self._held.items():
            setattr(self._desk, name, self._copy(value))
        if new_epoch:
            self._desk.epoch += "+"

    def _copy(self, value: object) -> object:
        if isinstance(value, dict):
            return {key: list(row) if isinstance(row, list) else row for key, row in value.items()}
        return value


@pytest.mark.parametrize("new_epoch", [True, False])
async def test_a_backup_that_was_put_back(bench: Bench, desk: ModelDesk, *, new_epoch: bool) -> None:
    """What was sent before it stays done; what came after it waits for its person, and is sent once more."""
    assert await bench.engine.round() is None
    kept = [bench.queue("1", {"priority": 1}), bench.queue("2", kind=OperationKind.REPLY, text="Before")]
    bench.advance(60)
    assert await bench.engine.round() is None
    backup = Backup(desk)
    bench.advance(3600)
    desk.wrote("9", "This goes with the disk.")
    lost = [
        bench.queue("1", {"priority": 4}),
        bench.queue("2", kind=OperationKind.REPLY, text="After"),
        bench.queue("3", {"status": "resolved"}),
    ]
    sent = bench.clock.now()
    local = bench.create({"subject": "By phone", "queue": "q1", "requester": "carl"}, "It rang.")
    bench.advance(60)
    assert await bench.engine.round() is None
    made = next(row.key for row in bench.reader.operations(ticket=local, open_only=False))
    lost.append(made)
    assert {bench.state(key) for key in (*kept, *lost)} == {OperationState.DONE}

    backup.put_back(new_epoch=new_epoch)
    bench.advance(60)
    assert await bench.engine.round() is None
    assert {bench.state(key) for key in kept} == {OperationState.DONE}
    assert {bench.state(key) for key in lost} == {OperationState.CONFLICT}
    state = bench.engine.state
    assert (state.lost, state.lost_since, state.went_back) == (4, sent + 60, bench.clock.now())
    assert all("went back" in bench.operation(key).error for key in lost)
    assert bench.reader.ticket(local) is not None, "what was opened here is here"
    told = [entry.outcome for entry in bench.reader.journal(count=5)]
    assert sorted(told) == ["conflict"] * 4 + ["went back"]

    for key in lost:
        assert bench.writer.keep_mine(key, bench.clock.now()).result()
    bench.advance(60)
    assert await bench.engine.round() is None
    assert bench.waiting() == []
    assert desk.tickets["1"].priority == 4
    assert desk.tickets["3"].status == "resolved"
    assert [row.body for row in desk.messages["2"]].count("After") == 1
    assert [row.subject for row in desk.tickets.values()].count("By phone") == 1
    assert bench.agrees()


async def test_a_number_that_is_given_out_again(bench: Bench, desk: ModelDesk) -> None:
    """After a backup an id may be another ticket's: what waits for the one never goes to the other."""
    assert await bench.engine.round() is None
    backup = Backup(desk)
    first = desk.opened(subject="Theirs, gone with the disk")
    assert await bench.engine.round() is None
    waiting = bench.queue(first, kind=OperationKind.REPLY, text="For the first", hold=10_000)
    backup.put_back(new_epoch=True)
    bench.advance(600)
    again = desk.opened(subject="Another customer's", requester="dora")
    desk.tickets[first] = msgspec.structs.replace(desk.tickets.pop(again), id=first)
    desk.messages[first] = [msgspec.structs.replace(row, ticket=first) for row in desk.messages.pop(again)]
    desk.events[first] = desk.events.pop(again)
    desk.changed[first] = desk.changed.pop(again)
    assert await bench.engine.round() is None
    assert bench.state(waiting) is OperationState.CONFLICT
    assert "deleted" in bench.operation(waiting).error
    assert "For the first" not in [row.body for row in desk.messages[first]]
    row = bench.reader.row(bench.key(first))
    assert row is not None
    assert row.subject == "Another customer's"


async def test_a_history_that_begins_anew_loses_nothing(bench: Bench, desk: ModelDesk) -> None:
    assert await bench.engine.round() is None
    bench.queue("1", {"priority": 1})
    bench.advance(60)
    assert await bench.engine.round() is None
    desk.forgets(new_epoch=True)
    bench.advance(60)
    assert await bench.engine.round() is None
    assert bench.waiting() == []
    assert (bench.engine.state.lost, bench.engine.state.went_back) == (0, None), "another history, no backup"


async def test_times_that_are_moved_leave_each_ticket_the_one_that_it_was(
    bench: Bench, desk: ModelDesk
) -> None:
    """As the demo desk moves old data to the present: drafts, marks and what waits stay where they are."""
    assert await bench.engine.round() is None
    key = bench.key("1")
    waiting = bench.queue("1", kind=OperationKind.REPLY, text="For this one", hold=10_000)
    for id, ticket in list(desk.tickets.items()):
        desk.tickets[id] = msgspec.structs.replace(ticket, created=ticket.created + 7200)
    desk.changes("1", subject="Other words")
    desk.forgets(new_epoch=True)
    bench.advance(60)
    assert await bench.engine.round() is None
    assert bench.key("1") == key
    assert bench.state(waiting) is OperationState.HELD


async def test_a_desk_whose_times_moved_has_the_same_tickets(bench: Bench, desk: ModelDesk) -> None:
    """The demo moves its data to the present after a night: what waits goes to the tickets it is for."""
    assert await bench.engine.round() is None
    waiting = bench.queue("1", kind=OperationKind.REPLY, text="For the morning", hold=3600)
    sent = bench.queue("2", {"priority": 1})
    bench.advance(60)
    assert await bench.engine.round() is None
    bench.advance(80_000)
    for ticket_id, ticket in list(desk.tickets.items()):
        moved = msgspec.structs.replace(ticket, created=ticket.created + 80_000)
        desk.tickets[ticket_id] = msgspec.structs.replace(moved, revision=ticket.revision + 1)
    desk.forgets(new_epoch=True)
    assert await bench.engine.round() is None
    assert bench.state(waiting) is OperationState.DONE
    assert bench.state(sent) is OperationState.DONE
    assert "For the morning" in [row.body for row in desk.messages["1"]]
    assert bench.engine.state.went_back is None


async def test_what_others_lost_is_told_too(bench: Bench, desk: ModelDesk) -> None:
    backup = Backup(desk)
    desk.wrote("1", "This goes with the disk.")
    assert await bench.engine.round() is None
    backup.put_back(new_epoch=True)
    bench.advance(60)
    assert await bench.engine.round() is None
    assert (bench.engine.state.lost, bench.engine.state.went_back) == (0, bench.clock.now())
