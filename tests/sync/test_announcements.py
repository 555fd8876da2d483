"""Changes that the desk announces come at once; what it announces nothing of is polled for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import msgspec
import pytest

from techdesk.clock import FrozenClock, SystemClock
from techdesk.desks.native import NativeDesk
from techdesk.desks.port import Connection
from techdesk.model import Scope
from techdesk.store.database import Database
from techdesk.sync.announcements import Listener
from techdesk.sync.engine import SyncEngine
from techdesk.sync.pacing import BackOff
from techdesk.sync.server_clock import ServerTime
from tests.sync.conftest import Bench
from tests.sync.demo_desk import demo_desk
from tests.sync.desk_model import ModelDesk
from tests.sync.no_policies import NoPolicies


class Announcing(ModelDesk):
    """Announces what a test puts into the queue; None ends the connection."""

    def __init__(self) -> None:
        super().__init__()
        self.capabilities = msgspec.structs.replace(self.capabilities, push_events=True, poll_seconds=3600)
        self.news: asyncio.Queue[str | None] = asyncio.Queue()
        self.connections = 0

    async def announcements(self) -> AsyncIterator[None]:
        self.connections += 1
        while await self.news.get() is not None:
            yield None


async def test_it_connects_anew_after_each_end_and_backs_off() -> None:
    desk, heard = Announcing(), asyncio.Event()
    clock = FrozenClock(0.0)
    listener = Listener(desk, clock, BackOff(Random(1)), heard.set)
    listener.start()
    listener.start()
    for turn in (1, 2, 3):
        heard.clear()
        desk.news.put_nowait("changed")
        await asyncio.wait_for(heard.wait(), 5)
        assert (desk.connections, listener.is_connected) == (turn, True)
        desk.news.put_nowait(None)
    while desk.connections < 4:  # noqa: ASYNC110
        await asyncio.sleep(0)
    assert clock.monotonic() > 0, "it waited before connecting again"
    await listener.stop()
    assert not listener.is_connected


async def test_an_announcement_ends_the_wait_for_the_next_poll(tmp_path: Path) -> None:
    desk = Announcing()
    database = Database.open(tmp_path / "profile", NoPolicies())
    came = asyncio.Event()
    engine = SyncEngine(database.feed(), desk, SystemClock(), Random(1), Scope(), came.set)
    stop = asyncio.Event()
    running = asyncio.create_task(engine.run(stop))
    while engine.state.last_sync is None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    came.clear()
    desk.changes("1", priority=1)
    desk.news.put_nowait("changed")
    reader = database.reader()
    key = reader.key_of("1")
    assert key is not None
    async with asyncio.timeout(10):  # the next poll is an hour away
        while (row := reader.row(key)) is None or row.priority != 1:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    stop.set()
    await running
    assert not engine._listener or not engine._listener.is_connected
    database.close()


async def test_a_failure_is_not_hurried_by_announcements(bench: Bench) -> None:
    engine = bench.engine
    stop = asyncio.Event()
    engine._announced.set()
    assert not await engine._rest(20.0, stop, lambda: False, well=False)
    assert bench.clock.monotonic() >= bench.clock.now() - 1
    began = bench.clock.monotonic()
    await engine._rest(20.0, stop, lambda: False, well=False)
    assert bench.clock.monotonic() - began >= 20.0
    began = bench.clock.monotonic()
    await engine._rest(20.0, stop, lambda: False, well=True)
    assert bench.clock.monotonic() - began <= 1.0


@pytest.mark.parametrize(("watched", "seconds"), [(False, 30.0), (True, 10.0)])
def test_a_desk_that_announces_nothing_is_polled_faster_while_somebody_looks(
    bench: Bench, watched: bool, seconds: float
) -> None:
    bench.engine.watched = watched
    assert bench.engine._next_wait(None) == seconds


async def test_the_demo_desk_announces_a_colleagues_change(tmp_path: Path) -> None:
    with demo_desk(tmp_path / "desk") as running:
        clock = SystemClock()
        connection = Connection(url=running.url, token=running.token, options={"poll_seconds": 3600})
        desk = NativeDesk(connection, ServerTime(clock))
        database = Database.open(tmp_path / "profile", NoPolicies())
        engine = SyncEngine(database.feed(), desk, clock, Random(1), Scope(), lambda: None)
        reader = database.reader()
        stop = asyncio.Event()
        task = asyncio.create_task(engine.run(stop))
        async with asyncio.timeout(30):
            while engine.state.last_sync is None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            first = reader.keys(None, me="", now=clock.now())[0]
            view = reader.ticket(first)
            assert view is not None
            assert view.base is not None
            ticket = view.base.id
            act = {"kind": "update", "ticket": ticket, "sets": {"subject": "Seen at once"}}
            await asyncio.to_thread(running.control, act=act)
            changed = clock.monotonic()
            while (row := reader.row(first)) is None or row.subject != "Seen at once":  # noqa: ASYNC110
                await asyncio.sleep(0.01)
            print(f"seen after {clock.monotonic() - changed:.3f} s")
        stop.set()
        await task
        await desk.close()
        database.close()
