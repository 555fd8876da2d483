"""UX A5 for many: closures made offline meet a customer's answer; one conflict, the others close."""

from __future__ import annotations

from pathlib import Path

from techdesk.actions.applying import NotApplied, Ready, Why, prepare, queue
from techdesk.actions.plan_words import Asked
from techdesk.actions.planning import Planner
from techdesk.store.rows import BatchState
from tests.actions.demo_bench import DemoBench
from tests.sync.demo_desk import demo_desk


async def test_a_customer_who_answered_meanwhile_keeps_the_ticket_open(tmp_path: Path) -> None:
    with demo_desk(tmp_path / "desk") as demo:
        bench = DemoBench(tmp_path / "cache", demo, tmp_path / "desk")
        bench.workbench.bulk_hold_seconds = 0
        assert await bench.engine.round() is None
        keys = [key for key, scene in bench.stale().items() if scene == "stale:waiting-week"]
        reader = bench.workbench.reader
        plan = Planner(bench.workbench, reader, Asked(action="ticket.close")).plan(keys)
        ready = prepare(bench.workbench, reader, plan, changed=())
        assert isinstance(ready, Ready)
        batch = queue(bench.workbench, ready).result(timeout=10)
        answered = plan.doing()[3]
        demo.control(act={"kind": "customer", "ticket": answered.id, "text": "Still broken!"})
        for _ in range(6):
            assert await bench.engine.round() is None
        view = reader.batch(batch)
        assert view is not None
        assert (view.state, view.done, view.conflicts, view.refused) == (BatchState.DONE, 19, 1, 0)
        (met,) = [ticket for ticket in reader.batch_tickets(batch) if ticket.state == "conflict"]
        assert (met.number, "wrote again" in met.error) == (answered.number, True)
        page = demo.get(f"/tickets/{answered.id}")
        assert page["tickets"][0]["status"] == "waiting"
        assert not [m for m in page["messages"] if "we have closed" in m["body"]], (
            "nor was the customer told so"
        )
        again = prepare(bench.workbench, reader, plan)
        assert isinstance(again, NotApplied)
        assert again.why is Why.BEFORE
        await bench.close()
