"""Closing against what the customer has said, with the program on a real demo desk: UX 10, A1 and A5."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from textual.pilot import Pilot

from techdesk.actions.outcomes import Confirm as Asks
from techdesk.actions.outcomes import Queued, Refused
from techdesk.app import TechdeskApp
from techdesk.model import OperationState, Status
from techdesk.screens.confirm import Confirm
from techdesk.screens.conflicts import ConflictsScreen
from techdesk.widgets.notice import Notice
from tests.actions.demo_bench import DemoBench
from tests.screens.conftest import settled
from tests.sync.demo_desk import demo_desk


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[DemoBench]:
    with demo_desk(tmp_path / "desk") as demo:
        bench = DemoBench(tmp_path / "cache", demo, tmp_path / "desk")
        bench.workbench.hold_seconds = 0
        assert await bench.engine.round() is None
        yield bench
        await bench.close()


def closing(bench: DemoBench, key: int) -> Refused | Asks | Queued:
    """What the key of a close for want of an answer would be met with; nothing is closed."""
    answer = bench.workbench.perform("ticket.close", key, reason="no-response")
    assert isinstance(answer, Refused | Asks), "a close that is not refused asks first"
    return answer


async def send(bench: DemoBench, key: int, text: str) -> None:
    answer = bench.workbench.perform("ticket.reply", key, text=text)
    assert isinstance(answer, Queued), answer
    answer.commit.result(timeout=5)


def wrote(bench: DemoBench, key: int, *, automatic: bool) -> None:
    """The customer, or what answers for them while they are away."""
    view = bench.workbench.reader.ticket(key)
    assert view is not None
    assert view.base is not None
    kind = "auto_reply" if automatic else "customer"
    bench.demo.control(act={"kind": kind, "ticket": view.base.id, "text": "I am away until Monday."})


async def test_three_delivered_inquiries_without_an_answer_allow_a_close(bench: DemoBench) -> None:
    """A1, sentence by sentence."""
    key = next(key for key, scene in bench.stale().items() if scene == "stale:two-inquiries")
    refused = closing(bench, key)
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.why.split(" since")[0]) == ("D10", "2 of 3 unanswered inquiries")
    await send(bench, key, "Is it solved?")
    refused = closing(bench, key)
    assert isinstance(refused, Refused)
    assert "2 of 3" in refused.why
    assert refused.why.endswith("1 inquiry not yet sent.")
    confirmed = bench.workbench.perform("ticket.close", key, reason="standard")
    assert isinstance(confirmed, Refused)
    assert confirmed.why.endswith("2 of 3 inquiries sent (Dynamix 4.2.1). 1 inquiry not yet sent."), confirmed
    assert await bench.engine.round() is None
    assert isinstance(closing(bench, key), Asks), "the desk has the third"
    wrote(bench, key, automatic=True)
    assert await bench.engine.round() is None
    assert isinstance(closing(bench, key), Asks), "a machine's answer is none"
    wrote(bench, key, automatic=False)
    assert await bench.engine.round() is None
    refused = closing(bench, key)
    assert isinstance(refused, Refused)
    assert refused.why.startswith("0 of 3"), refused.why


async def met(pilot: Pilot[None], bench: DemoBench) -> tuple[int, str]:
    """A close made while the desk was out of reach, and the customer quicker: a conflict."""
    key = next(key for key, scene in bench.stale().items() if scene == "stale:hold")
    view = bench.workbench.reader.ticket(key)
    assert view is not None
    assert view.base is not None
    answer = bench.workbench.perform("ticket.close", key, reason="on-hold", confirmed=True)
    assert isinstance(answer, Queued), answer
    answer.commit.result(timeout=5)
    wrote(bench, key, automatic=False)
    for _ in range(2):
        assert await bench.engine.round() is None
    (line,) = bench.workbench.reader.operations(ticket=key)
    assert line.state is OperationState.CONFLICT
    app = pilot.app
    assert isinstance(app, TechdeskApp)
    app.nudge()
    await settled(pilot)
    await pilot.press("g", "c")
    await settled(pilot)
    assert isinstance(app.screen, ConflictsScreen)
    assert "I am away until Monday." in app.screen.view.text, "what they wrote is shown"
    assert "close" in app.screen.view.text
    return key, view.base.id


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_close_made_offline_meets_the_customer_and_the_ticket_stays_open(
    bench: DemoBench, size: tuple[int, int]
) -> None:
    """A5: one key keeps it open."""
    app = TechdeskApp(bench.workbench, None, title="demo")
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        key, ticket_id = await met(pilot, bench)
        await pilot.press("d")
        await settled(pilot)
        await bench.engine.round()
    assert bench.workbench.reader.operations(ticket=key) == []
    assert bench.demo.get(f"/tickets/{ticket_id}")["tickets"][0]["status"] != "closed"


async def test_it_is_closed_again_with_the_new_evidence(bench: DemoBench) -> None:
    """A5: one key, and a yes, close it on what is known now."""
    app = TechdeskApp(bench.workbench, None, title="demo")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        key, ticket_id = await met(pilot, bench)
        await pilot.press("m")
        await settled(pilot)
        assert isinstance(app.screen, Confirm)
        await pilot.press("y")
        await settled(pilot)
        for _ in range(3):
            await bench.engine.round()
    assert bench.workbench.reader.operations(ticket=key) == []
    row = bench.workbench.reader.row(key)
    assert row is not None
    assert row.status is Status.CLOSED
    page = bench.demo.get(f"/tickets/{ticket_id}")
    closings = [event for event in page["events"] if event["field"] == "status" and event["new"] == "closed"]
    assert (page["tickets"][0]["status"], len(closings)) == ("closed", 1)


async def test_a_closure_for_an_expired_contract_is_not_reopened_while_it_stands(
    bench: DemoBench,
) -> None:
    """A7, at the keys; ``C`` opens on the one reason of five that holds."""
    key = next(key for key, scene in bench.stale().items() if scene == "stale:contract")
    app = TechdeskApp(bench.workbench, None, title="demo")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        row = bench.workbench.reader.row(key)
        assert row is not None
        await pilot.press("slash", *row.number.replace("-", " ").split()[1], "enter")
        await settled(pilot)
        await pilot.press("C", "enter")
        await settled(pilot)
        assert isinstance(app.screen, Confirm)
        await pilot.press("y")
        await settled(pilot)
        for _ in range(2):
            assert await bench.engine.round() is None
        row = bench.workbench.reader.row(key)
        assert row is not None
        assert row.status is Status.CLOSED
        app.nudge()
        await settled(pilot)
        await pilot.press("O")
        await settled(pilot)
        told = str(app.screen.query_one(Notice).content)
        assert told.startswith(f"{row.number} is not reopened: It was closed because the contract of"), told
    assert bench.workbench.reader.operations(ticket=key) == []
