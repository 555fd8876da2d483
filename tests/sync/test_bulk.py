"""Many writes in one request: the same results as one by one; a batch whose answer is lost is repeated."""

from __future__ import annotations

import json
from collections.abc import Sequence

import httpx
import msgspec
import pytest

from techdesk.desks.native import BULK, NativeDesk
from techdesk.desks.port import (
    Accepted,
    Ambiguous,
    AuthNeeded,
    Conflict,
    Connection,
    Failure,
    FailureKind,
    Gone,
    Prepared,
    PushResult,
    Rejected,
    Throttled,
    Unreachable,
)
from techdesk.model import FieldValue, Operation, OperationKind, OperationState
from techdesk.store.batches import Head
from tests.desks.heard import Heard
from tests.sync.conftest import Bench
from tests.sync.desk_model import ModelDesk
from tests.sync.test_demo_desk import Client, client, demo

__all__ = ["client", "demo"]


class BulkModel(ModelDesk):
    """Takes batches of seven; ``fate`` of the next: lost on the way, or its answer on the way back."""

    def __init__(self) -> None:
        super().__init__(20, page_size=50)
        self.capabilities = msgspec.structs.replace(self.capabilities, bulk=7, parallel=2)
        self.batches: list[list[tuple[str, Prepared]]] = []
        self.fate = ""

    async def push_many(self, writes: Sequence[tuple[Operation, Prepared]]) -> list[PushResult]:
        self.batches.append([(operation.id, prepared) for operation, prepared in writes])
        fate, self.fate = self.fate, ""
        lost: list[PushResult] = [Ambiguous(failure=Failure(kind=FailureKind.CUT, sent=True))] * len(writes)
        if fate == "raises":
            raise ValueError(fate)
        if fate == "lost request":
            return lost
        results = [self._perform(operation, prepared) for operation, prepared in writes]
        return lost if fate else results


@pytest.fixture
def desk() -> BulkModel:
    return BulkModel()


async def test_first_tries_go_in_batches_each_with_its_own_result(bench: Bench, desk: BulkModel) -> None:
    await bench.engine.round()
    keys = {str(number): bench.queue(str(number), {"priority": 1}) for number in range(1, 21)}
    desk.changes("3", priority=5)
    desk.changes("4", subject="Other words")
    desk.delete("5")
    assert await bench.engine.round() is None
    states = {ticket: bench.state(key) for ticket, key in keys.items()}
    assert {ticket for ticket, state in states.items() if state is not OperationState.DONE} == {"3", "5"}
    assert states["3"] is states["5"] is OperationState.CONFLICT
    assert [len(batch) for batch in desk.batches] == [7, 7, 6]
    assert [operation for operation, _ in desk.pushed] == [bench.operation(keys["4"]).id], "rebased: alone"
    assert desk.tickets["4"].priority == 1
    for key in (keys["3"], keys["5"]):
        assert bench.writer.drop(key, bench.clock.now()).result()
    assert await bench.engine.round() is None
    assert bench.agrees()


@pytest.mark.parametrize("fate", ["lost request", "lost answer", "raises"])
async def test_a_batch_in_doubt_is_repeated_byte_for_byte_and_one_by_one(
    bench: Bench, desk: BulkModel, fate: str
) -> None:
    await bench.engine.round()
    desk.keeps_operation = False
    keys = [bench.queue(str(n), kind=OperationKind.COMMENT, text=f"Note {n}") for n in range(1, 8)]
    desk.fate = fate
    await bench.engine.round()
    assert {bench.state(key) for key in keys} == {OperationState.SENT}
    for _ in range(4):
        bench.advance(400)
        await bench.restarted().round()
    assert {bench.state(key) for key in keys} == {OperationState.DONE}
    assert len(desk.batches) == 1
    assert sorted(map(repr, desk.pushed)) == sorted(map(repr, desk.batches[0]))
    assert bench.agrees()
    bodies = [message.body for found in desk.messages.values() for message in found]
    assert sorted(body for body in bodies if body.startswith("Note")) == [f"Note {n}" for n in range(1, 8)]


async def test_order_within_a_ticket_is_kept(bench: Bench, desk: BulkModel) -> None:
    await bench.engine.round()
    for number in range(1, 8):
        for turn in range(3):
            bench.queue(str(number), kind=OperationKind.COMMENT, text=f"{turn}")
    assert await bench.engine.round() is None
    for number in range(1, 8):
        assert [message.body for message in desk.messages[str(number)]][1:] == ["0", "1", "2"]


def operation(number: int = 0) -> Operation:
    return Operation(
        id=f"op-{number}", batch="b", ticket=number + 1, ticket_id=str(number + 1),
        kind=OperationKind.COMMENT, action="test", text="x", created=0, hold_until=0,
    )  # fmt: skip


TICKET = {"id": "1", "number": "TD-1", "version": "2", "revision": 2, "subject": "S", "status": "open"}
PAGE = {"tickets": [{**TICKET, "created": 1, "updated": 2}], "message_id": "1"}


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (httpx.Response(401, json={}), AuthNeeded),
        (httpx.Response(429, headers={"Retry-After": "3"}), Throttled),
        (httpx.Response(503), Ambiguous),
        (httpx.Response(200, content=b"{"), Ambiguous),
        (httpx.Response(200, json={"results": [{"status": 201, "body": PAGE}]}), Ambiguous),
        (httpx.ReadTimeout("slow"), Ambiguous),
        (httpx.ConnectError("refused"), Unreachable),
    ],
)
async def test_what_holds_for_a_batch_holds_for_each(
    answer: httpx.Response | Exception, result: type
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    found = await _sent(handle, 2)
    assert [type(each) for each in found] == [result, result]


async def test_every_result_of_a_batch_is_sorted_by_itself() -> None:
    statuses = [201, 403, 409, 410, 412, 422, 500]

    def handle(request: httpx.Request) -> httpx.Response:
        items = json.loads(request.content)["operations"]
        assert [item["key"] for item in items] == [f"op-{number}" for number in range(len(statuses))]
        assert items[0]["path"] == "/api/v1/tickets/1/messages"
        return httpx.Response(200, json={"results": [{"status": each, "body": PAGE} for each in statuses]})

    found = await _sent(handle, len(statuses))
    wanted = [Accepted, Rejected, Ambiguous, Gone, Conflict, Rejected, Ambiguous]
    assert [type(each) for each in found] == wanted


async def test_a_server_that_refuses_the_batch_gets_them_one_by_one() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/batch"):
            return httpx.Response(422, json={"title": "one of them is wrong"})
        ours = "/2/" not in request.url.path
        return httpx.Response(201 if ours else 422, json=PAGE)

    assert [type(each) for each in await _sent(handle, 3)] == [Accepted, Rejected, Accepted]


async def _sent(handle: object, count: int) -> list[PushResult]:
    desk = NativeDesk(
        Connection(url="http://127.0.0.1:1", token="t" * 10),
        Heard(),
        transport=httpx.MockTransport(handle),  # type: ignore[arg-type]
    )
    try:
        writes = [(each, desk.prepare(each, None)) for each in map(operation, range(count))]
        return await desk.push_many(writes)
    finally:
        await desk.close()


async def test_the_demo_desk_takes_them(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    await client.engine.round()
    sizes: list[int] = []
    many = client.desk.push_many

    async def counted(writes: Sequence[tuple[Operation, Prepared]]) -> list[PushResult]:
        sizes.append(len(writes))
        return await many(writes)

    monkeypatch.setattr(client.desk, "push_many", counted)
    queued = []
    for key in client.tickets()[:120]:
        base = client.feed.base(key)
        assert base is not None
        sets: dict[str, FieldValue] = {"priority": 3 if base.priority != 3 else 4}
        queued.append(client.queue(base.id, OperationKind.UPDATE, sets, priority=base.priority))
    client.demo.control(drop_answers=1)  # the first batch breaks off in mid-answer
    for _ in range(6):
        await client.engine.round()
        client.feed.reschedule_interrupted()
    assert {client.state(key) for key in queued} <= {OperationState.DONE, OperationState.REJECTED}
    assert sum(client.state(key) is OperationState.DONE for key in queued) >= 119, "one may be forbidden"
    assert sizes[:2] == [BULK, BULK]
    for key in client.reader.operations():
        client.writer.drop(key.key, client.clock.now()).result()


# -- bulk runs


def run_over(bench: Bench, tickets: Sequence[str], value: int) -> list[int]:
    """Queue a bulk run that sets a priority, due at once; keys of its operations."""
    now = bench.clock.now()
    made = []
    for ticket in tickets:
        key = bench.key(ticket)
        held = bench.feed.base(key)
        assert held is not None
        one = bench.made_up(key, OperationKind.UPDATE, {"priority": value}, {"priority": held.priority}, "")
        made.append([msgspec.structs.replace(one, batch="run", bulk=True)])
    head = Head(
        id="run", plan="plan", action="test", title="all", actor="bea", created=now, hold_seconds=0,
        tickets=len(made), messages=0,
    )  # fmt: skip
    assert bench.writer.enqueue_batch(head, made, bench.clock.now).result() == "run"
    bench.feed.rebuild_stale(now)
    return [row.key for ticket in tickets for row in bench.reader.operations(ticket=bench.key(ticket))]


async def test_what_is_decided_after_a_run_has_ended_is_sent(bench: Bench, desk: ModelDesk) -> None:
    """The run's report is closed with its conflicts open; keeping mine must send it all the same."""
    await bench.engine.round()
    met, other = run_over(bench, ["1", "2"], 1)
    desk.changes("1", priority=5)
    await bench.engine.round()
    assert (bench.state(met), bench.state(other)) == (OperationState.CONFLICT, OperationState.DONE)
    assert bench.writer.retry(met, bench.clock.now()).result()
    await bench.engine.round()
    assert bench.state(met) is OperationState.DONE
    assert desk.tickets["1"].priority == 1


async def test_what_waits_for_a_decision_about_an_earlier_one_goes_on_with_it(
    bench: Bench, desk: ModelDesk
) -> None:
    """A run ends while one of its tickets stands behind a conflict of before; that one is not forgotten."""
    await bench.engine.round()
    before = bench.queue("1", {"owner": "bea"})
    desk.changes("1", owner="ravi")
    (behind, other) = run_over(bench, ["1", "2"], 1)[-2:]
    await bench.engine.round()
    assert (bench.state(before), bench.state(other)) == (OperationState.CONFLICT, OperationState.DONE)
    assert bench.writer.drop(before, bench.clock.now()).result()
    await bench.engine.round()
    assert bench.state(behind) is OperationState.DONE
    assert desk.tickets["1"].priority == 1
