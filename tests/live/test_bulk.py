"""A hundred closures against a real Request Tracker 5: one is forbidden, one has been answered meanwhile."""

from __future__ import annotations

import asyncio

from msgspec.structs import replace

from techdesk.actions.applying import Ready, prepare, queue
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.actions.workbench import Workbench
from techdesk.config.settings import ProfileSettings
from techdesk.policies.book import PolicyBook
from techdesk.store.rows import BatchState
from techdesk.work.plans import Notice
from tests.live.asking import Asking
from tests.live.test_rt_sync import Bench, Benches, benches

__all__ = ["benches"]

COUNT = 100


def ready(bench: Bench) -> Ready:
    """The plan of closing a hundred open tickets, ready to go."""
    settings = ProfileSettings(name="rt", kind="rt", url="http://127.0.0.1")
    workbench = Workbench(bench.database, PolicyBook.load(), bench.clock, settings)
    workbench.capabilities = replace(bench.desk.capabilities, bulk_per_minute=0)
    workbench.bulk_hold_seconds = 0
    keys = bench.reader.keys(None, me=bench.name, now=bench.clock.now())
    asked = Asked(action="ticket.close", values={"reason": "no_response"}, notice=Notice.SILENT)
    plan = Planner(workbench, bench.reader, asked).plan(list(keys))
    doing = plan.doing()
    assert len(doing) >= COUNT, f"only {len(doing)} of {len(keys)} may be closed"
    found = prepare(workbench, bench.reader, replace(plan, items=tuple(doing[:COUNT])), changed=())
    assert isinstance(found, Ready)
    assert queue(workbench, found).result(timeout=30) == plan.id
    return found


async def test_98_done_1_refused_1_conflict_all_named(benches: Benches, asking: Asking) -> None:
    bench = benches()
    await bench.synced()
    found = ready(bench)
    forbidden, answered, *others = [item.number for item in found.plan.doing()]
    asking.put(forbidden, Queue="Confidential")  # where this technician may not even look
    # A customer has no token: RT takes what its administrator adds as a requestor of the ticket.
    asking.put(answered, Requestor=["kim@linden.test", "root@localhost"])
    words = {"Content": "It is broken again.", "ContentType": "text/plain"}
    asking.call("POST", f"/ticket/{answered}/correspond", words)
    for _ in range(600):  # the desk's pace lets four a second through, however fast this machine is
        await bench.engine.round()
        view = bench.reader.batches(1)[0]
        if view.ended is not None:
            break
        await asyncio.sleep(0.1)
    assert (view.state, view.done, view.refused, view.conflicts) == (BatchState.DONE, COUNT - 2, 1, 1)
    tickets = {ticket.number: ticket for ticket in bench.reader.batch_tickets(view.id)}
    assert tickets[forbidden].state == "rejected"
    assert tickets[forbidden].error, "it says why"
    assert (tickets[answered].state, "wrote" in tickets[answered].error) == ("conflict", True)
    for number in others:
        assert tickets[number].state == "done"
        assert asking.ticket(number)["Status"] == "resolved"
        closings = [text for kind, text in asking.bodies(number) if "Closed: " in text]
        assert len(closings) == 1, f"{number} was told to be closed {len(closings)} times"
    assert asking.ticket(answered)["Status"] != "resolved"
    assert asking.ticket(forbidden)["Status"] != "resolved"
