"""Play mode: one ticket after another by what is done to it, skipping with a reason, and its end."""

from __future__ import annotations

from textual.pilot import Pilot

from techdesk.app import TechdeskApp
from techdesk.screens.ticket import TicketScreen
from tests.screens.conftest import settled
from tests.screens.desk_fixture import screen_text
from tests.screens.seeded import Desk
from tests.screens.test_queue import an_app, queue_of, said


def played(app: TechdeskApp) -> str:
    screen = app.screen
    assert isinstance(screen, TicketScreen), screen
    key = screen.current_ticket()
    row = app.workbench.reader.row(key) if key is not None else None
    assert row is not None
    return row.number


async def still(pilot: Pilot[None]) -> None:
    """Until commits are reported and what they caused is on the screen."""
    for _ in range(6):
        await settled(pilot)
        await pilot.pause(0.02)
    await settled(pilot)


async def test_what_finishes_a_ticket_opens_the_next(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("P")
        await still(pilot)
        first = played(app)
        assert "play: 0 done, 0 skipped" in screen_text(app)
        await pilot.press("a")
        await still(pilot)
        assert played(app) == first
        await pilot.press("s", "w")
        await still(pilot)
        second = played(app)
        assert second != first
        assert "play: 1 done, 0 skipped" in screen_text(app)
        assert app.play is not None
        assert len(app.play.done) == 1
        await pilot.press("q")
        await still(pilot)
        assert queue_of(app)
        await pilot.press("P")
        await still(pilot)
        assert played(app) == second
        await pilot.press("P")
        await still(pilot)
        assert app.play is None
        assert said(app).startswith("Play is over: 1 done")
        assert "play: " not in screen_text(app)


async def test_a_ticket_is_skipped_with_a_reason(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("S")
        assert said(app).startswith("Play is off")
        await pilot.press("P")
        await still(pilot)
        first = played(app)
        await pilot.press("S")
        await settled(pilot)
        await pilot.press("escape")
        await still(pilot)
        assert played(app) == first
        await pilot.press("S", *"too loud", "enter")
        await still(pilot)
        assert played(app) != first
        assert "play: 0 done, 1 skipped" in screen_text(app)
        (entry,) = [line for line in app.workbench.reader.journal() if line.action == "play.skip"]
        assert (entry.number, entry.detail) == (first, "too loud")


async def test_at_the_end_it_says_so_and_the_queue_is_there(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l", *"zebra", "enter")
        await settled(pilot)
        await pilot.press("P")
        await still(pilot)
        assert queue_of(app)
        assert app.play is None
        assert "is left for you: 0 done, 0 skipped" in screen_text(app)
