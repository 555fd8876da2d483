"""A bulk change of ten thousand: plan, preview, queue, and how long a screen's loop stands still meanwhile.

The plan is made part by part in a thread of its own, as the screen does it, while an event loop in the main
thread wakes every few milliseconds and reads a window of rows, as a repaint does.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.program import folder_of
from benchmarks.report import Figure, percentile
from techdesk.actions.applying import Ready, prepare, queue
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.actions.workbench import Workbench
from techdesk.clock import SystemClock
from techdesk.config.settings import ProfileSettings
from techdesk.policies.book import PolicyBook
from techdesk.query import Query, parse
from techdesk.screens.bulk import PART
from techdesk.store.database import Database
from techdesk.work.plans import Notice, Plan, shown

COUNT = 10_000
_WAKE = 0.004
_BUDGET = {100_000: 3.0, 1_000_000: 6.0}
_STALL = 0.05
_FLOOR = 3.0
"""Seconds for which the loop alone is watched: what the machine itself does to it."""


def measure(size: int) -> list[Figure]:
    """Seconds of each step over the cache of so many tickets, and the loop's longest stand."""
    with tempfile.TemporaryDirectory() as folder:
        source = folder_of(size) / "state" / "profiles" / "bench"
        shutil.copy(source / "techdesk.db", folder)
        return asyncio.run(_measure(Path(folder), size))


async def _measure(folder: Path, size: int) -> list[Figure]:
    book = PolicyBook.load()
    database = Database.open(folder, book)
    clock = SystemClock()
    bench = Workbench(database, book, clock, ProfileSettings(name="bench", url="http://127.0.0.1:9"))
    query = parse("status:active")
    assert isinstance(query, Query)
    keys = list(bench.reader.keys(query, me="", now=clock.now(), first=COUNT))
    floor: list[float] = []
    idle = asyncio.ensure_future(_watch(bench, keys, floor))
    await asyncio.sleep(_FLOOR)
    idle.cancel()
    gc.collect()
    gc.freeze()  # as the program does once its first screen is up
    gaps: list[float] = []
    used = time.process_time()
    watching = asyncio.ensure_future(_watch(bench, keys, gaps))
    with ThreadPoolExecutor(1) as thread:
        loop = asyncio.get_running_loop()

        async def aside(work: Callable[[], Any]) -> Any:
            return await loop.run_in_executor(thread, work)

        reader = await aside(database.reader)
        began = time.perf_counter()
        # Whether each may be closed is one thing; here all are tagged, so that all are queued.
        planner = await aside(
            lambda: Planner(bench, reader, Asked(action="ticket.tag", values={"add": ["bench"]}))
        )
        items = []
        for begin in range(0, len(keys), PART):
            part = keys[begin : begin + PART]
            items += await aside(partial(planner.part, part))
        plan: Plan = await aside(lambda: planner.whole(items).told(Notice.NONE))
        planned = time.perf_counter()
        await aside(lambda: shown(plan))
        previewed = time.perf_counter()
        ready = await aside(lambda: prepare(bench, reader, plan, changed=()))
        assert isinstance(ready, Ready), ready
        await asyncio.wrap_future(queue(bench, ready))
        queued = time.perf_counter()
    watching.cancel()
    used = time.process_time() - used
    database.close()
    tickets = f"{len(ready.tickets):,} of {size:,} tickets"
    return [
        Figure(name=f"bulk: plan, {tickets}", value=planned - began, unit="s"),
        Figure(name="bulk: preview", value=previewed - planned, unit="s"),
        Figure(name="bulk: look again and queue", value=queued - previewed, unit="s"),
        Figure(
            name=f"bulk: plan, preview, queue at {size:,}",
            value=queued - began,
            unit="s",
            budget=_BUDGET.get(size),
        ),
        Figure(name="bulk: processor time of it all", value=used, unit="s"),
        Figure(
            name="bulk: longest stand of the loop",
            value=max(gaps),
            unit="s",
            budget=max(_STALL, max(floor)),
            note=f"alone: {max(floor):.3f} s",
        ),
        Figure(name="bulk: 99 % of its stands are below", value=percentile(gaps, 0.99), unit="s"),
    ]


async def _watch(bench: Workbench, keys: list[int], gaps: list[float]) -> None:
    """Wake up often and read a screenful: how late each time is what a key would have waited."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_WAKE)
        bench.reader.rows(keys[:40])
        gaps.append(time.perf_counter() - before - _WAKE)
