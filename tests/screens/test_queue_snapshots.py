"""What the main screens look like. Sync tests: the plugin runs its own loop; time stands still."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from techdesk.app import TechdeskApp
from techdesk.screens.connect import ConnectApp
from tests.screens.conftest import settled
from tests.screens.seeded import Desk
from tests.screens.test_outbox import queued

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40), (60, 20)], ids=["80x24", "120x40", "60x20"])


def pressing(*keys: str) -> Any:
    async def run(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return run


@SIZES
def test_queue(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    assert snap_compare(app, terminal_size=size, run_before=pressing("j", "j"))


@SIZES
def test_sla(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    assert snap_compare(app, terminal_size=size, run_before=pressing("W"))


@SIZES
def test_outbox(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        from techdesk.desks.port import Prepared
        from tests.screens.seeded import NOW

        await settled(pilot)
        await queued(desk, "ticket.priority", 3, priority=2)
        refused = await queued(desk, "ticket.priority", 5, priority=3)
        desk.feed.mark_sent(refused, Prepared(body=b"{}"), NOW)
        desk.feed.reject(refused, "The help desk does not allow this (403).", None, NOW)
        await pilot.press("U")
        await settled(pilot)
        pilot.app.nudge()
        await settled(pilot)

    app = TechdeskApp(desk.workbench, None, title="test")
    assert snap_compare(app, terminal_size=size, run_before=run)


@SIZES
def test_help(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    assert snap_compare(app, terminal_size=size, run_before=pressing("question_mark"))


def test_limit_line(desk: Desk, snap_compare: Any) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await pressing("l", *"prio", "colon", *"1 owner", "colon", "x", "left")(pilot)
        await pilot.pause(0.05)
        await settled(pilot)

    app = TechdeskApp(desk.workbench, None, title="test")
    assert snap_compare(app, terminal_size=(80, 24), run_before=run)


def test_connect(snap_compare: Any) -> None:
    assert snap_compare(ConnectApp(), terminal_size=(80, 24))


def test_connect_small(snap_compare: Any) -> None:
    assert snap_compare(ConnectApp(), terminal_size=(60, 20))
