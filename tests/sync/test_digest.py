"""The check at the end of a sync: it finds what no rule explains, sets it right once, and never loops."""

from __future__ import annotations

import msgspec
import pytest

from techdesk.desks.port import Failure, FailureKind
from techdesk.store.driver import sqlite3
from techdesk.sync.digest import CHECK_SECONDS
from tests.sync.conftest import Bench
from tests.sync.desk_model import ModelDesk
from tests.sync.test_demo_desk import Client, client, demo

__all__ = ["client", "demo"]


@pytest.fixture
def desk() -> ModelDesk:
    desk = ModelDesk()
    desk.capabilities = msgspec.structs.replace(desk.capabilities, digest=True)
    desk.digest = desk.tells_digest
    return desk


def sweeps(desk: ModelDesk) -> int:
    return sum(what == "sweep " for what in desk.asked)


def forget(bench: Bench, ticket: str) -> None:
    """What no rule allows: a row is gone, and the cursor is past it."""
    with sqlite3.connect(bench.database.path, isolation_level=None) as connection:
        key = bench.key(ticket)
        for table in ("ticket", "list_row"):
            connection.execute(f"DELETE FROM {table} WHERE key = ?", (key,))
    connection.close()


async def test_what_agrees_is_left_alone(bench: Bench, desk: ModelDesk) -> None:
    for _ in range(3):
        assert await bench.engine.round() is None
        bench.advance(CHECK_SECONDS)
    assert sweeps(desk) == 0
    assert desk.asked.count("digest") == 3


async def test_a_missing_row_is_found_and_swept_in_once(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    forget(bench, "2")
    await bench.engine.round()
    assert sweeps(desk) == 0, "not looked at so soon again"
    bench.advance(CHECK_SECONDS)
    assert await bench.engine.round() is None
    assert sweeps(desk) == 1
    assert sorted(ticket.id for ticket in desk.tickets.values()) == ["1", "2", "3"]
    assert bench.reader.key_of("2") is not None
    bench.advance(CHECK_SECONDS)
    await bench.engine.round()
    assert sweeps(desk) == 1


async def test_what_a_sweep_does_not_mend_is_not_swept_again(bench: Bench, desk: ModelDesk) -> None:
    await bench.engine.round()
    count = desk.tells_digest

    async def one_more(scope: object) -> object:
        found = await count(scope)
        return msgspec.structs.replace(found, count=found.count + 1)

    desk.digest = one_more
    for _ in range(20):
        bench.advance(CHECK_SECONDS)
        assert await bench.engine.round() is None
    assert sweeps(desk) == 1
    desk.digest = count
    bench.advance(CHECK_SECONDS)
    await bench.engine.round()
    forget(bench, "1")
    bench.advance(CHECK_SECONDS)
    await bench.engine.round()
    assert sweeps(desk) == 2, "once it agreed, the next difference counts again"


async def test_only_who_has_pulled_everything_can_compare(bench: Bench, desk: ModelDesk) -> None:
    count = desk.tells_digest

    async def too_late(scope: object) -> object:
        desk.changes("1", priority=1 + desk.seq % 5)
        return await count(scope)

    desk.digest = too_late
    for _ in range(3):
        bench.advance(CHECK_SECONDS)
        await bench.engine.round()
    assert sweeps(desk) == 0


async def test_a_failure_or_no_answer_changes_nothing(bench: Bench, desk: ModelDesk) -> None:
    async def broken(scope: object) -> Failure:
        return Failure(kind=FailureKind.SERVER_ERROR)

    async def unknown(scope: object) -> None:
        return None

    desk.digest = broken
    failure = await bench.engine.round()
    assert failure is not None
    assert failure.kind is FailureKind.SERVER_ERROR
    desk.digest = unknown
    assert await bench.engine.round() is None
    assert sweeps(desk) == 0


async def test_with_the_demo_desk(client: Client) -> None:
    assert await client.engine.round() is None
    told = client.demo.get("/digest")
    assert told["count"] == len(client.tickets())
    assert told["cursor"] == client.feed.cursor()
    assert client.engine._digest._swept_in_vain is False
    victim = client.an_open_ticket()
    key = client.reader.key_of(victim)
    with sqlite3.connect(client.database.path, isolation_level=None) as connection:
        connection.execute("DELETE FROM ticket WHERE key = ?", (key,))
        connection.execute("DELETE FROM list_row WHERE key = ?", (key,))
    connection.close()
    client.engine._digest._next = 0.0
    assert await client.engine.round() is None
    assert client.reader.key_of(victim) is not None
