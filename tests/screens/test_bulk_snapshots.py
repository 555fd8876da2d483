"""What marks and a bulk change look like, from the preview to the end. Time stands still."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from techdesk.app import TechdeskApp
from techdesk.desks.port import Accepted, Prepared
from techdesk.model import OperationKind, Status
from tests.screens.conftest import settled
from tests.screens.seeded import NOW, Desk, page, ticket
from tests.screens.test_bulk import previewed, stored

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
Step = Callable[[Pilot[None]], Awaitable[None]]


def resolved(desk: Desk, count: int = 30) -> list[int]:
    """Tickets that may be closed, and three that may not."""
    made = [ticket(100 + n, due_in=0, status=Status.RESOLVED) for n in range(count)]
    desk.feed.apply(page(*made, cursor="2"), now=NOW)
    return [*(desk.key(100 + n) for n in range(count)), desk.key(1), desk.key(2), desk.key(30)]


async def answer(desk: Desk, pilot: Pilot[None], count: int) -> None:
    """The desk takes so many of what is due, and refuses every tenth close."""
    for operation in desk.feed.due(NOW + 20, count=count):
        desk.feed.mark_sent(operation.key, Prepared(body=b"{}"), NOW + 20)
        if operation.kind is OperationKind.UPDATE and operation.ticket % 10 == 0:
            desk.feed.reject(operation.key, "The help desk does not allow this (403).", None, NOW + 20)
        else:
            accepted = Accepted(page=page(), ticket_id=operation.ticket_id)
            desk.feed.accept(operation.key, accepted, NOW + 20)
    desk.feed.end_batches(NOW + 20)
    for _ in range(2):  # what was being read when it changed is read once more
        await stored(pilot, desk)


def compared(desk: Desk, snap_compare: Any, size: tuple[int, int], run: Step) -> bool:
    app = TechdeskApp(desk.workbench, None, title="test")
    return bool(snap_compare(app, terminal_size=size, run_before=run))


@SIZES
def test_marks_and_their_menu(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in ("space", "j", "space", "space", "*"):
            await pilot.press(key)
            await settled(pilot)
        await pilot.pause(0.5)

    assert compared(desk, snap_compare, size, run)


@SIZES
def test_marks_that_the_limit_hides(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await settled(pilot)
        for key in ("*", "a", "l", *"prio:1", "enter"):
            await pilot.press(key)
            await settled(pilot)

    assert compared(desk, snap_compare, size, run)


@SIZES
def test_preview(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await previewed(pilot, "ticket.close", resolved(desk))

    assert compared(desk, snap_compare, size, run)


@SIZES
def test_a_group_looked_into(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await previewed(pilot, "ticket.close", resolved(desk))
        await pilot.press("enter", "x", "j")
        await settled(pilot)

    assert compared(desk, snap_compare, size, run)


@SIZES
def test_typed_count(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await previewed(pilot, "ticket.close", resolved(desk))
        await pilot.press("y", "2", "9", "enter")
        await settled(pilot)

    assert compared(desk, snap_compare, size, run)


async def begun(desk: Desk, pilot: Pilot[None]) -> None:
    await previewed(pilot, "ticket.close", resolved(desk))
    await pilot.press("y", "3", "0", "enter")
    await stored(pilot, desk)


@SIZES
def test_held(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await begun(desk, pilot)

    assert compared(desk, snap_compare, size, run)


@SIZES
def test_under_way(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await begun(desk, pilot)
        await answer(desk, pilot, 12)
        await answer(desk, pilot, 12)

    assert compared(desk, snap_compare, size, run)


@SIZES
def test_at_the_end(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await begun(desk, pilot)
        await answer(desk, pilot, 100)
        await answer(desk, pilot, 100)

    assert compared(desk, snap_compare, size, run)


@SIZES
def test_taken_back(desk: Desk, snap_compare: Any, size: tuple[int, int]) -> None:
    async def run(pilot: Pilot[None]) -> None:
        await begun(desk, pilot)
        await pilot.press("u")
        await stored(pilot, desk)

    assert compared(desk, snap_compare, size, run)
