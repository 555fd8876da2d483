"""A ticket that leaves the list under the cursor stays in its place: the next key is meant for it."""

from __future__ import annotations

from array import array

import pytest
from textual.pilot import Pilot

from techdesk.app import TechdeskApp
from techdesk.model import Status
from techdesk.screens.base import DeskScreen
from techdesk.screens.ticket_list import TicketListScreen
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.status_bar import StatusBar
from tests.screens.conftest import settled
from tests.screens.desk_fixture import screen_text
from tests.screens.seeded import DAY, HOUR, NOW, Desk, page, ticket

OWNER_NONE = (*"owner", "colon", *"none")


def an_app(desk: Desk) -> TechdeskApp:
    return TechdeskApp(desk.workbench, None, title="test")


def listed(app: TechdeskApp) -> TicketListScreen:
    screen = app.screen
    assert isinstance(screen, TicketListScreen)
    return screen


def number(app: TechdeskApp) -> str:
    key = listed(app).table.cursor_key
    row = None if key is None else listed(app).table.row(key)
    assert row is not None
    return row.number


def said(app: TechdeskApp) -> str:
    screen = app.screen
    assert isinstance(screen, DeskScreen)
    return screen.query_one(StatusBar).said


async def until_held(pilot: Pilot[None], app: TechdeskApp, *, held: bool) -> None:
    """Wait for the writer's thread, then for what its commit does to the list."""
    for _ in range(200):
        await settled(pilot)
        if (listed(app).table.held is not None) is held:
            return
        await pilot.pause(0.01)
    raise AssertionError(f"held: {listed(app).table.held}")


async def test_the_next_key_hits_the_ticket_that_was_taken(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l", *OWNER_NONE, "enter")
        await settled(pilot)
        await pilot.press("j")
        table = listed(app).table
        first, before, count = table.cursor, number(app), table.count
        await pilot.press("a")
        await until_held(pilot, app, held=True)
        assert (number(app), table.cursor, table.count) == (before, first, count - 1)
        assert table.left == table.cursor_key
        assert f" {count - 1} " in listed(app).query_one(HeaderLine).text
        line = next(line for line in screen_text(app).splitlines() if before in line)
        assert "left" in line
        await pilot.press("p", "1")
        for _ in range(200):
            await settled(pilot)
            lines = desk.workbench.reader.operations()
            if len(lines) == 2:
                break
            await pilot.pause(0.01)
        assert {line.number for line in lines} == {before}
        follower = table.keys[table.cursor + 1]
        await pilot.press("j")
        await settled(pilot)
        assert (table.cursor_key, table.cursor, table.left) == (follower, first, None)
        assert before not in screen_text(app)


async def test_undo_brings_it_back_where_the_cursor_waits(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l", *OWNER_NONE, "enter")
        await settled(pilot)
        before = number(app)
        await pilot.press("a")
        await until_held(pilot, app, held=True)
        await pilot.press("u")
        await until_held(pilot, app, held=False)
        assert (number(app), listed(app).table.left) == (before, None)


async def test_a_new_limit_does_not_keep_it(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l", *OWNER_NONE, "enter")
        await settled(pilot)
        before = number(app)
        await pilot.press("a")
        await until_held(pilot, app, held=True)
        await pilot.press("l", "space", *"status", "colon", *"new", "enter")
        await settled(pilot)
        assert listed(app).table.left is None
        assert before not in screen_text(app)


@pytest.mark.parametrize("keys", [(), ("g", "s")], ids=["queue", "sla"])
async def test_what_leaves_by_sync_stays_too_and_is_told(desk: Desk, keys: tuple[str, ...]) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press(*keys, "j", "j")
        await settled(pilot)
        table = listed(app).table
        before, place, count = number(app), table.cursor, table.count
        gone = int(before.removeprefix("TD-")) - 10400
        closed = ticket(gone, due_in=HOUR, status=Status.CLOSED, version="2", revision=2)
        desk.feed.apply(page(closed, cursor="2"), now=NOW)
        app.nudge()
        await settled(pilot)
        assert (number(app), table.cursor, table.count, table.left) == (
            before,
            place,
            count - 1,
            table.cursor_key,
        )
        assert said(app) == f"{before} is no longer in this list; it goes when you move on."
        await pilot.press("k")
        assert (table.cursor, table.left) == (place - 1, None)
        assert len(table.keys) == count - 1


async def test_the_list_of_a_ticket_that_was_opened_is_not_changed_under_it(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = listed(app).table
        await pilot.press("j")
        rest = array("q", (key for key in table.keys if key != table.cursor_key))
        table.show_keys(rest, hold=True)
        siblings = table.keys
        copy = array("q", siblings)
        table.move(1)
        assert siblings == copy
        assert table.keys == rest


async def test_a_ticket_that_goes_far_away_keeps_its_place_until_the_cursor_leaves_it(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 20)) as pilot:
        await settled(pilot)
        table = listed(app).table
        before, following = number(app), table.keys[1]
        answered = ticket(1, due_in=10 * DAY, priority=4, version="2", revision=2)
        desk.feed.apply(page(answered, cursor="2"), now=NOW)
        app.nudge()
        await settled(pilot)
        assert (number(app), table.cursor, table.scroll_offset.y) == (before, 0, 0)
        assert (table.held, table.left) == (table.cursor_key, None)
        assert table.keys[1] == following
        assert said(app) == ""
        held = table.cursor_key
        assert held is not None
        await pilot.press("j")
        await settled(pilot)
        assert (table.cursor, table.cursor_key, table.held) == (0, following, None)
        index = table.index_of(held)
        assert index is not None
        assert index > table.size.height


async def test_new_tickets_above_are_no_reason_to_hold(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 20)) as pilot:
        await settled(pilot)
        table = listed(app).table
        before = number(app)
        more = [ticket(100 + n, due_in=-5 * HOUR - n, priority=1) for n in range(30)]
        desk.feed.apply(page(*more, cursor="2"), now=NOW)
        app.nudge()
        await settled(pilot)
        assert (number(app), table.cursor, table.held) == (before, 30, None)
