"""How long the program's own loop stands still while a change of ten thousand tickets is planned, shown and
queued: the whole app with its screens, threads and store, driven without a terminal.

Two measures of each stand: by the clock on the wall, which a busy machine lengthens, and by the processor
time of the loop's thread, which it does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from benchmarks.program import folder_of
from benchmarks.report import Figure, percentile
from techdesk.actions.workbench import Workbench
from techdesk.app import TechdeskApp
from techdesk.clock import SystemClock
from techdesk.config.settings import ProfileSettings
from techdesk.policies.book import PolicyBook
from techdesk.query import Query, parse
from techdesk.screens.bulk import Bulk
from techdesk.store.database import Database
from techdesk.store.rows import BatchState
from techdesk.work.plans import Outcome, Plan

COUNT = 10_000
_WAKE = 0.004
_STALL = 50.0
"""Milliseconds that no key may wait (issue 5)."""
_FLOOR = 2.0
"""Seconds for which the app alone is watched first."""
_PATIENCE = 120.0


class Watch:
    """Wakes up often on the loop; how late, and how much processor time the loop took meanwhile."""

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.processor: list[float] = []

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            wall, processor = time.perf_counter(), time.thread_time()
            await asyncio.sleep(_WAKE)
            self.wall.append((time.perf_counter() - wall - _WAKE) * 1000)
            self.processor.append((time.thread_time() - processor) * 1000)


def measure(size: int) -> list[Figure]:
    """Milliseconds, over a copy of the cache of so many tickets."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(folder_of(size) / "state" / "profiles" / "bench" / "techdesk.db", folder)
        return asyncio.run(_measure(Path(folder), size))


async def _measure(folder: Path, size: int) -> list[Figure]:
    book = PolicyBook.load()
    database = Database.open(folder, book)
    settings = ProfileSettings(name="bench", url="http://127.0.0.1:9")
    workbench = Workbench(database, book, SystemClock(), settings)
    query = parse("status:active")
    assert isinstance(query, Query)
    keys = list(workbench.reader.keys(query, me="", now=workbench.clock.now(), first=COUNT))
    app = TechdeskApp(workbench, None, title="bench")
    alone, busy = Watch(), Watch()
    async with app.run_test(size=(160, 50)) as pilot:
        await asyncio.sleep(1.0)  # the lists are read, the next screens made ready
        await _for_a_while(alone, _FLOOR)
        watching = asyncio.ensure_future(busy.run())
        app.open_bulk("ticket.tag", keys, {"add": ["bench"]})
        plan = await _planned(app, pilot)
        await pilot.press("y")
        await pilot.pause()
        await pilot.press(*str(plan.count(Outcome.DO)), "enter")
        await _until(
            pilot, lambda: any(run.state is not BatchState.QUEUEING for run in workbench.reader.batches(1))
        )
        await asyncio.sleep(1.0)  # the run's own screen
        watching.cancel()
    database.close()
    return [
        Figure(
            name=f"loop's longest stand, bulk of {COUNT:,} of {size:,}, processor",
            value=max(busy.processor),
            unit="ms",
            budget=_STALL,
            note=f"alone: {max(alone.processor):.1f} ms",
        ),
        Figure(
            name="the same by the clock on the wall",
            value=max(busy.wall),
            unit="ms",
            note=f"alone: {max(alone.wall):.1f} ms; 99 % below {percentile(busy.wall, 0.99):.1f} ms",
        ),
    ]


async def _for_a_while(watch: Watch, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(watch.run(), seconds)


async def _planned(app: TechdeskApp, pilot: Pilot[None]) -> Plan:
    """The plan, once it is on show."""
    found: list[Plan] = []

    def there() -> bool:
        screen = app.screen
        if isinstance(screen, Bulk) and screen.plan is not None:
            found.append(screen.plan)
        return bool(found)

    await _until(pilot, there)
    return found[0]


async def _until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    end = time.perf_counter() + _PATIENCE
    while not true():
        assert time.perf_counter() < end, "the program did not come so far"
        await pilot.pause(0.01)
