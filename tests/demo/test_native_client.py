"""techdesk's own client reads everything that the demo desk says, and its writes arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from techdesk.demo.control import perform_act
from techdesk.demo.faults import Act, Control, Throttle
from techdesk.demo.server import DemoServer
from techdesk.demo.storage import Storage
from techdesk.desks.native import NativeDesk
from techdesk.desks.port import (
    Accepted,
    Account,
    Conflict,
    Connection,
    CursorGone,
    Gone,
    Page,
    PushResult,
    Rejected,
    Throttled,
)
from techdesk.model import Operation, OperationKind, Scope, Status, TombstoneReason
from tests.demo.conftest import NOW, TOKEN


class HeardTime:
    """Notes what the client hears of the server's clock."""

    def __init__(self) -> None:
        self.dates: list[float] = []

    def local(self) -> float:
        return float(NOW)

    def observe(self, sent: float, received: float, date: float, resolution: float = 1.0) -> None:
        self.dates.append(date)


@pytest.fixture
def heard() -> HeardTime:
    return HeardTime()


@pytest.fixture
async def client(server: DemoServer, heard: HeardTime) -> AsyncIterator[NativeDesk]:
    desk = NativeDesk(
        Connection(url="http://127.0.0.1:1", token=TOKEN),
        heard,
        transport=httpx.ASGITransport(server.application()),
    )
    assert isinstance(await desk.who_am_i(), Account)
    yield desk
    await desk.close()


def scene(storage: Storage, name: str) -> str:
    return str(storage.sql.execute("SELECT id FROM tickets WHERE scene = ?", (name,)).fetchone()[0])


async def pull_all(client: NativeDesk) -> list[Page]:
    pages: list[Page] = []
    cursor = ""
    while not pages or pages[-1].more:
        page = await client.pull(cursor, Scope())
        assert isinstance(page, Page)
        pages.append(page)
        cursor = page.cursor
    return pages


async def push(client: NativeDesk, ticket: str, kind: OperationKind, **values: object) -> PushResult:
    page = await client.get(ticket)
    assert isinstance(page, Page)
    operation = Operation(
        id=f"op-{kind}-{ticket}",
        batch="b",
        ticket=1,
        ticket_id=ticket,
        kind=kind,
        action="test",
        created=NOW,
        hold_until=NOW,
        **values,
    )
    return await client.push(operation, client.prepare(operation, page.tickets[0]))


async def test_every_row_can_be_read(client: NativeDesk, heard: HeardTime) -> None:
    pages = await pull_all(client)
    assert [row for page in pages for row in page.unreadable] == []
    assert sum(len(page.tickets) for page in pages) == 270
    assert sum(len(page.messages) for page in pages) > 2_500
    assert set(heard.dates) == {NOW}


async def test_a_sweep_ends_with_the_feed_position(client: NativeDesk) -> None:
    after, swept = "", 0
    while True:
        page = await client.sweep(after, Scope())
        assert isinstance(page, Page)
        swept += len(page.tickets)
        after = page.cursor
        if not page.more:
            break
    assert swept == 270
    follow = await client.pull(after, Scope())
    assert isinstance(follow, Page)
    assert not follow.tickets


async def test_a_void_cursor(client: NativeDesk, storage: Storage) -> None:
    cursor = (await pull_all(client))[-1].cursor
    storage.new_epoch()
    assert isinstance(await client.pull(cursor, Scope()), CursorGone)


async def test_writes_and_their_refusals(client: NativeDesk, server: DemoServer, storage: Storage) -> None:
    ticket = scene(storage, "state:dynamix:open")
    done = await push(client, ticket, OperationKind.UPDATE, sets={"priority": 1})
    assert isinstance(done, Accepted)
    assert done.page.tickets[0].priority == 1
    again = await push(client, ticket, OperationKind.UPDATE, sets={"priority": 1})
    assert isinstance(again, Accepted)
    assert again.replayed
    said = await push(client, ticket, OperationKind.REPLY, text="Hello")
    assert isinstance(said, Accepted)
    assert said.message_id == said.page.messages[-1].id

    other = scene(storage, "state:dynamix:waiting")
    refused = await push(client, other, OperationKind.UPDATE, sets={"owner": "nobody"})
    assert isinstance(refused, Rejected)
    assert refused.fields == ("owner",)
    server.faults.forbidden = frozenset({other})
    assert isinstance(await push(client, other, OperationKind.COMMENT, text="x"), Rejected)


async def test_a_close_that_meets_an_answer(client: NativeDesk, server: DemoServer, storage: Storage) -> None:
    server.script.react()
    ticket = scene(storage, "conflict:reply")
    result = await push(client, ticket, OperationKind.UPDATE, sets={"status": Status.CLOSED})
    assert isinstance(result, Conflict)
    assert "happened again" in result.page.messages[-1].body


async def test_gone_and_throttled(client: NativeDesk, server: DemoServer, storage: Storage) -> None:
    page = await client.get(scene(storage, "state:dynamix:merged"))
    assert isinstance(page, Gone)
    assert page.tombstone.reason is TombstoneReason.MERGED
    assert page.tombstone.merged_into == scene(storage, "state:dynamix:open")
    ticket = scene(storage, "state:dynamix:hold")
    operation = Operation(
        id="k",
        batch="b",
        ticket=1,
        ticket_id=ticket,
        kind=OperationKind.COMMENT,
        action="test",
        text="x",
        created=NOW,
        hold_until=NOW,
    )
    prepared = client.prepare(operation, None)
    server.faults.apply(_throttle(9))
    throttled = await client.push(operation, prepared)
    assert isinstance(throttled, Throttled)
    assert throttled.seconds == 9
    with storage.transaction():
        perform_act(server.desk, Act(kind="delete", ticket=ticket))
    gone = await client.push(operation, prepared)
    assert isinstance(gone, Gone)
    assert gone.tombstone.reason is TombstoneReason.DELETED


def _throttle(seconds: int) -> Control:
    return Control(throttle=Throttle(retry_after=seconds))
