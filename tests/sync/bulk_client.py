"""A techdesk without screens that closes many tickets, in a process that can be killed.

``python -m tests.sync.bulk_client URL TOKEN FOLDER DESK_FOLDER ORDER [COUNT]``: ``close`` plans, applies and
sends COUNT closures, telling each step in a line; ``drain`` sends what an earlier one left.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from msgspec.structs import replace

from techdesk.actions.applying import Ready, prepare, queue
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.work.plans import Plan
from tests.actions.demo_bench import DemoBench
from tests.sync.demo_desk import DemoDesk


def plan_of(bench: DemoBench, count: int) -> Plan:
    """So many closures: those that the log proves, then others for want of an answer."""
    reader, workbench = bench.workbench.reader, bench.workbench
    keys = list(reader.keys(None, me="", now=bench.clock.now()))
    proven = Planner(workbench, reader, Asked(action="ticket.close")).plan(keys)
    items = proven.doing()
    rest = [key for key in keys if key not in {item.ticket for item in items}]
    asked = Asked(action="ticket.close", values={"reason": "no_response"})
    items += Planner(workbench, reader, asked).plan(rest).doing()
    assert len(items) >= count, len(items)
    return replace(proven, items=tuple(items[:count]))


async def run(bench: DemoBench, order: str, count: int) -> None:
    """Carry out one order."""
    bench.workbench.bulk_hold_seconds = 0
    assert await bench.engine.identify() is None
    if order == "close":
        assert await bench.engine.round() is None
        ready = prepare(bench.workbench, bench.workbench.reader, plan_of(bench, count), changed=())
        assert isinstance(ready, Ready)
        print("queued", queue(bench.workbench, ready).result(), flush=True)
    else:
        print("interrupted", bench.feed.reschedule_interrupted(), flush=True)
    while True:
        failure = await bench.engine.round()
        view = bench.workbench.reader.batches(1)[0]
        print("at", view.done, view.ended is not None, failure, flush=True)
        if view.ended is not None:
            break
    await bench.close()


def main() -> None:
    """Read the command line."""
    url, token, folder, desk_folder, order = sys.argv[1:6]
    count = int(sys.argv[6]) if len(sys.argv) > 6 else 0
    bench = DemoBench(Path(folder), DemoDesk(url, token), Path(desk_folder))

    def told() -> None:
        found = bench.workbench.reader.batches(1)
        if found and not found[0].ended:
            print("done", found[0].done, flush=True)

    bench.engine._report = told  # each group that has been sent is told
    bench.engine._pusher._report = told
    asyncio.run(run(bench, order, count))


if __name__ == "__main__":
    main()
