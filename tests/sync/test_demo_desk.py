"""The real engine and the native adapter against the real demo desk over the loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from random import Random

import pytest

from techdesk.clock import SystemClock
from techdesk.desks.native import NativeDesk
from techdesk.desks.port import FailureKind
from techdesk.model import FieldValue, Operation, OperationKind, OperationState, Scope, Status
from techdesk.store.database import Database
from techdesk.store.rows import SyncPhase
from techdesk.sync.engine import SyncEngine
from techdesk.sync.server_clock import ServerTime
from tests.sync.demo_desk import DemoDesk, demo_desk
from tests.sync.no_policies import NoPolicies


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoDesk]:
    with demo_desk(tmp_path_factory.mktemp("demo"), "--skew", "137") as running:
        yield running


class Client:
    """One techdesk without its screen."""

    def __init__(self, folder: Path, demo: DemoDesk) -> None:
        self.clock = SystemClock()
        self.server_time = ServerTime(self.clock)
        self.database = Database.open(folder, NoPolicies())
        self.feed, self.reader, self.writer = (
            self.database.feed(),
            self.database.reader(),
            self.database.writer(),
        )
        self.desk = NativeDesk(demo.connection, self.server_time)
        self.engine = SyncEngine(
            self.feed, self.desk, self.clock, Random(1), Scope(), lambda: None, server_time=self.server_time
        )
        self.demo = demo
        self._numbers = count(1)

    async def close(self) -> None:
        await self.desk.close()
        self.database.close()

    def tickets(self) -> list[int]:
        return list(self.reader.keys(None, me="", now=self.clock.now()))

    def an_open_ticket(self) -> str:
        for key in self.tickets():
            base = self.feed.base(key)
            if base is not None and base.status is Status.OPEN:
                return base.id
        raise AssertionError("no open ticket")

    def queue(
        self,
        ticket_id: str,
        kind: OperationKind,
        sets: dict[str, FieldValue],
        text: str = "",
        **base: FieldValue,
    ) -> int:
        key = self.reader.key_of(ticket_id)
        assert key is not None
        number = next(self._numbers)
        operation = Operation(
            id=f"{self.database.folder.name}-{number}",
            batch=f"b{number}",
            ticket=key,
            kind=kind,
            action="test",
            sets=sets,
            base=base,
            text=text,
            created=self.clock.now(),
            hold_until=0,
            actor=self.reader.sync_state().account_id,
        )
        return self.writer.enqueue([operation]).result()[0]

    def state(self, operation: int) -> OperationState:
        found = self.feed.operation(operation)
        assert found is not None
        return found.state


@pytest.fixture
async def client(tmp_path: Path, demo: DemoDesk) -> AsyncIterator[Client]:
    client = Client(tmp_path / tmp_path.name, demo)
    yield client
    await client.close()


async def test_everything_comes_and_the_clock_is_right(client: Client) -> None:
    assert await client.engine.round() is None
    assert len(client.tickets()) > 100
    state = client.reader.sync_state()
    assert state.phase is SyncPhase.IDLE
    assert state.guarantee == "A"
    assert abs(client.server_time.offset - 137) < 0.5
    assert client.server_time.error is not None
    assert client.server_time.error < 0.1, "the desk tells milliseconds"
    assert client.reader.quarantine() == []


async def test_change_reply_and_new_ticket_with_answers_cut_off(client: Client) -> None:
    await client.engine.round()
    ticket = client.an_open_ticket()
    client.demo.control(drop_answers=2)
    change = client.queue(ticket, OperationKind.UPDATE, {"priority": 1})
    reply = client.queue(ticket, OperationKind.REPLY, {}, "Sent once, cut once.")
    client.writer.create(
        Operation(
            id=f"{client.database.folder.name}-new",
            batch="new",
            ticket=0,
            kind=OperationKind.CREATE,
            action="test",
            sets={
                "subject": "Rang in",
                "queue": client.reader.queues()[0].id,
                "requester": "pat@caller.example",
            },
            text="It broke.",
            created=client.clock.now(),
            hold_until=0,
        )
    ).result()
    for _ in range(6):
        await client.engine.round()
        client.feed.reschedule_interrupted()
    assert client.state(change) is OperationState.DONE
    assert client.state(reply) is OperationState.DONE
    assert client.reader.operations() == []
    page = client.demo.get(f"/tickets/{ticket}")
    assert page["tickets"][0]["priority"] == 1
    assert [message["body"] for message in page["messages"]].count("Sent once, cut once.") == 1
    assert len(client.demo.get("/search?q=Rang%20in")["tickets"]) == 1


async def test_conflicts_over_http(client: Client) -> None:
    await client.engine.round()
    ticket = client.an_open_ticket()
    key = client.reader.key_of(ticket)
    assert key is not None
    held = client.feed.base(key)
    assert held is not None
    close = client.queue(
        ticket,
        OperationKind.UPDATE,
        {"status": "resolved"},
        status=held.status,
        last_customer_message=client.feed.last_customer_message(key),
    )
    client.demo.control(act={"kind": "customer", "ticket": ticket, "text": "Still broken!"})
    assert await client.engine.round() is None
    assert client.state(close) is OperationState.CONFLICT
    assert client.demo.get(f"/tickets/{ticket}")["tickets"][0]["status"] not in ("resolved", "closed")
    assert client.writer.drop(close, client.clock.now()).result()
    rebased = client.queue(ticket, OperationKind.UPDATE, {"subject": "New words"}, subject=held.subject)
    client.demo.control(act={"kind": "update", "ticket": ticket, "sets": {"severity": 2}})
    assert await client.engine.round() is None
    assert client.state(rebased) is OperationState.DONE
    now = client.demo.get(f"/tickets/{ticket}")["tickets"][0]
    assert (now["subject"], now["severity"]) == ("New words", 2)


async def test_a_lost_cursor_and_another_epoch(client: Client) -> None:
    await client.engine.round()
    before = len(client.tickets())
    victim = client.an_open_ticket()
    for switch in ({"expire_cursors": True}, {"new_epoch": True}):
        client.demo.control(**switch)
        client.demo.control(act={"kind": "delete", "ticket": victim})
        assert await client.engine.round() is None
        before -= 1
        assert len(client.tickets()) == before
        assert client.reader.key_of(victim) is None
        victim = client.an_open_ticket()
    account = client.feed.account()
    assert account is not None
    assert account[1] == client.demo.get("/about")["epoch"]


async def test_throttled_and_refused(client: Client) -> None:
    await client.engine.round()
    client.demo.control(throttle={"retry_after": 9, "count": 1})
    failure = await client.engine.round()
    assert failure is not None
    assert (failure.kind, failure.retry_after) == (FailureKind.THROTTLED, 9.0)
    assert await client.engine.round() is None
    ticket = client.an_open_ticket()
    client.demo.control(forbid_tickets=[ticket])
    refused = client.queue(ticket, OperationKind.UPDATE, {"priority": 2})
    assert await client.engine.round() is None
    assert client.state(refused) is OperationState.REJECTED
    client.demo.control(forbid_tickets=[])


async def test_a_wrong_token(tmp_path: Path, demo: DemoDesk) -> None:
    client = Client(tmp_path, DemoDesk(demo.url, "not-the-token"))
    failure = await client.engine.round()
    assert failure is not None
    assert failure.kind is FailureKind.UNAUTHORISED
    assert client.reader.sync_state().phase is SyncPhase.AUTH
    assert client.feed.account() is None
    await client.close()
