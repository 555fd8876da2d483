"""The desk was down for a day, and a thousand changes were made: coming back leaves only true conflicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
