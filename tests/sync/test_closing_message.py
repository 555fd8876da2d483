"""A message and the change that it tells of go out together or not at all."""

from __future__ import annotations

import msgspec
import pytest

from techdesk.desks.port import Failure, FailureKind, Guarantee, Prepared
from techdesk.model import FieldValue, Operation, OperationKind, OperationState, Status, Ticket
from techdesk.store.batches import Head
from tests.sync.conftest import Bench
from tests.sync.desk_model import ModelDesk
from tests.sync.test_bulk import BulkModel

DONE, CONFLICT, HELD, READY = (
    OperationState.DONE,
    OperationState.CONFLICT,
    OperationState.HELD,
    OperationState.READY,
)
TEXT = "We have closed your ticket."


class LikeRT(ModelDesk):
    """Takes no condition with a message, as RT does."""

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = msgspec.structs.replace(
            self.capabilities, guarantee=Guarantee.C, keys=False, tombstones=False
        )

    def prepare(self, operation: Operation, ticket: Ticket | None) -> Prepared:
        prepared = super().prepare(operation, ticket)
        return msgspec.structs.replace(prepared, precondition="") if operation.kind.is_message else prepared


class LikeRedmine(LikeRT):
    """Takes no condition at all."""

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = msgspec.structs.replace(
            self.capabilities, guarantee=Guarantee.D, precondition=False
        )


@pytest.fixture(params=[ModelDesk, LikeRT, LikeRedmine])
def desk(request: pytest.FixtureRequest) -> ModelDesk:
    made = request.param()
    assert isinstance(made, ModelDesk)
    return made


@pytest.fixture(autouse=True)
async def pulled(bench: Bench) -> None:
    """Every test begins with everything here."""
    assert await bench.engine.round() is None


def both(bench: Bench, ticket: str = "1", *, status: str = "resolved", hold: int = 0) -> list[Operation]:
    """The message of a closure and the closure, of one key press."""
    key = bench.key(ticket)
    seen: dict[str, FieldValue] = {"last_customer_message": bench.feed.last_customer_message(key)}
    base: dict[str, FieldValue] = {"status": "open", **seen}
    message = bench.made_up(key, OperationKind.REPLY, {}, seen, TEXT, hold)
    message = msgspec.structs.replace(message, action="ticket.resolve")
    change = bench.made_up(key, OperationKind.UPDATE, {"status": status}, base, "", hold)
    return [message, msgspec.structs.replace(change, batch=message.batch, action="ticket.resolve")]


def told(desk: ModelDesk, ticket: str = "1") -> int:
    return [message.body for message in desk.messages[ticket]].count(TEXT)


async def rounds(bench: Bench, count: int = 3) -> None:
    for _ in range(count):
        bench.advance(60)
        assert await bench.engine.round() is None


async def test_nobody_is_told_of_a_closure_that_met_a_colleagues_change(
    bench: Bench, desk: ModelDesk
) -> None:
    """Not pulled yet: the desk refuses the version, or the ticket is read just before."""
    message, close = bench.writer.enqueue(both(bench)).result()
    desk.changes("1", status="hold")
    await rounds(bench)
    assert (told(desk), desk.tickets["1"].status) == (0, Status.HOLD)
    assert bench.state(message) is CONFLICT
    assert "status is now hold, was open" in bench.operation(message).error
    assert bench.state(close) in (HELD, READY), "one decision for both"
    row = bench.reader.row(bench.key("1"))
    assert row is not None
    assert (row.status, row.attention) == (Status.HOLD, "conflict"), "nor does it look closed here"
    dispute = bench.reader.dispute(message)
    assert dispute is not None
    assert (dispute.text, dispute.change, dispute.change_words) == (TEXT, close, "status open -> resolved")
    (field,) = dispute.fields
    assert (field.base, field.mine, field.theirs, field.clash) == ("open", "resolved", "hold", True)
    assert dispute.behind == 0, "what is shown with it is no later change"


async def test_nor_where_the_change_came_while_the_closure_was_held(bench: Bench, desk: ModelDesk) -> None:
    message, _ = bench.writer.enqueue(both(bench, hold=10)).result()
    desk.changes("1", status="hold")
    assert await bench.engine.round() is None
    await rounds(bench)
    assert (told(desk), bench.state(message)) == (0, CONFLICT)
    assert not any(bench.operation(message).id == sent for sent, _ in desk.pushed), "known beforehand"


async def test_mine_sends_both_once_and_in_order(bench: Bench, desk: ModelDesk) -> None:
    message, close = bench.writer.enqueue(both(bench)).result()
    desk.changes("1", status="hold")
    await rounds(bench)
    assert bench.writer.keep_mine(message, bench.clock.now()).result()
    await rounds(bench)
    assert (bench.state(message), bench.state(close)) == (DONE, DONE)
    assert (told(desk), desk.tickets["1"].status) == (1, Status.RESOLVED)
    assert bench.agrees()


async def test_mine_asks_again_where_it_changed_once_more(bench: Bench, desk: ModelDesk) -> None:
    message, _ = bench.writer.enqueue(both(bench)).result()
    desk.changes("1", status="hold")
    await rounds(bench)
    assert bench.writer.keep_mine(message, bench.clock.now()).result()
    desk.changes("1", status="waiting")
    await rounds(bench)
    assert (told(desk), bench.state(message)) == (0, CONFLICT)
    assert "status is now waiting, was hold" in bench.operation(message).error


async def test_theirs_sends_neither_and_keeps_the_text(bench: Bench, desk: ModelDesk) -> None:
    message, close = bench.writer.enqueue(both(bench)).result()
    desk.changes("1", status="hold")
    await rounds(bench)
    assert bench.writer.take_theirs(message, bench.clock.now()).result()
    await rounds(bench)
    dropped = OperationState.DROPPED
    assert (bench.state(message), bench.state(close)) == (dropped, dropped)
    assert (told(desk), desk.tickets["1"].status) == (0, Status.HOLD)
    draft = bench.reader.draft(bench.key("1"), OperationKind.REPLY)
    assert draft is not None
    assert draft.body == TEXT
    assert bench.agrees()


@pytest.mark.parametrize("theirs", [{"priority": 1}, {"status": "resolved"}])
async def test_another_field_or_the_same_value_holds_nothing_up(
    bench: Bench, desk: ModelDesk, theirs: dict[str, FieldValue]
) -> None:
    message, close = bench.writer.enqueue(both(bench)).result()
    desk.changes("1", **theirs)
    await rounds(bench)
    assert (bench.state(message), bench.state(close)) == (DONE, DONE)
    assert (told(desk), desk.tickets["1"].status) == (1, Status.RESOLVED)


async def test_any_status_that_goes_with_a_reply_is_looked_at(bench: Bench, desk: ModelDesk) -> None:
    message, _ = bench.writer.enqueue(both(bench, status="waiting")).result()
    desk.changes("1", status="hold")
    await rounds(bench)
    assert (told(desk), bench.state(message)) == (0, CONFLICT)


async def test_an_own_reply_that_opens_the_ticket_is_no_conflict(bench: Bench, desk: ModelDesk) -> None:
    new = desk.opened(status="new")
    await rounds(bench, 1)
    message, close = both(bench, new)
    close = msgspec.structs.replace(close, base={**close.base, "status": "new"})
    keys = bench.writer.enqueue([message, close]).result()
    await rounds(bench)
    assert [bench.state(key) for key in keys] == [DONE, DONE]
    assert told(desk, new) == 1


async def test_a_note_of_what_was_done_goes_out_all_the_same(bench: Bench, desk: ModelDesk) -> None:
    message, close = both(bench)
    note = msgspec.structs.replace(message, kind=OperationKind.COMMENT, base={}, text="Called them.")
    first, second = bench.writer.enqueue([note, close]).result()
    desk.changes("1", status="hold")
    await rounds(bench)
    assert (bench.state(first), bench.state(second)) == (DONE, CONFLICT)


async def test_where_the_ticket_cannot_be_read_nobody_is_told(bench: Bench, desk: ModelDesk) -> None:
    message, _ = bench.writer.enqueue(both(bench)).result()
    desk.down = Failure(kind=FailureKind.REFUSED)
    bench.advance(60)
    await bench.engine.round()
    assert bench.state(message).is_pending
    desk.changes("1", status="hold")
    desk.down = None
    bench.advance(400)
    await rounds(bench)
    assert (told(desk), bench.state(message)) == (0, CONFLICT)


async def test_of_a_bulk_run_only_those_are_held_that_a_colleague_changed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    desk = BulkModel()
    bench = Bench(tmp_path_factory.mktemp("bulk"), desk)
    assert await bench.engine.round() is None
    now = bench.clock.now()
    tickets = [
        [
            msgspec.structs.replace(each, batch="run", bulk=True, created=now)
            for each in both(bench, str(number))
        ]
        for number in range(1, 9)
    ]
    head = Head(
        id="run", plan="run", action="ticket.close", title="all", actor="bea", created=now, hold_seconds=10,
        tickets=8, messages=8,
    )  # fmt: skip
    assert bench.writer.enqueue_batch(head, tickets, bench.clock.now).result() == "run"
    desk.changes("3", status="hold")
    bench.advance(20)
    await rounds(bench, 4)
    assert [told(desk, str(number)) for number in range(1, 9)] == [1, 1, 0, 1, 1, 1, 1, 1]
    (met,) = [line for line in bench.reader.operations() if line.state is CONFLICT]
    assert (met.ticket, met.kind) == (bench.key("3"), OperationKind.REPLY)
    assert bench.writer.keep_mine(met.key, bench.clock.now()).result()
    await rounds(bench)
    assert (told(desk, "3"), desk.tickets["3"].status) == (1, Status.RESOLVED)
    assert bench.agrees()
    bench.database.close()
