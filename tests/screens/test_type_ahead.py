"""Keys that come before the list that the ones before them asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.screen import Screen
from textual.widgets import Input

from techdesk.app import TechdeskApp
from techdesk.screens import type_ahead
from techdesk.screens.pick import Pick
from techdesk.screens.queue import QueueScreen
from techdesk.screens.type_ahead import LOOK
from techdesk.screens.writing import Writing
from techdesk.widgets.limit_bar import LimitBar
from tests.screens.conftest import settled
from tests.screens.seeded import Desk

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from techdesk.store.reader import Reader


def an_app(desk: Desk) -> TechdeskApp:
    return TechdeskApp(desk.workbench, None, title="test")


def queue_of(app: TechdeskApp) -> QueueScreen:
    found = app.get_screen("queue")
    assert isinstance(found, QueueScreen)
    return found


@asynccontextmanager
async def reading_stands_still(app: TechdeskApp) -> AsyncIterator[None]:
    """What is read arrives at the end of the block only."""
    go_on = Event()

    def wait(reader: Reader) -> None:
        go_on.wait(10)

    app.reading.submit("stand still", wait, lambda nothing: None, lambda error: None)
    try:
        yield
    finally:
        go_on.set()


async def typed(pilot: Pilot[None], *keys: str) -> None:
    """The keys at one go, and time enough for each that does not wait."""
    await pilot.press(*keys)
    await asyncio.sleep(8 * LOOK)
    await pilot.pause()


async def test_a_key_after_a_limit_acts_on_the_list_that_it_asked_for(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        old = queue_of(app).table.cursor_key
        async with reading_stands_still(app):
            await typed(pilot, "l", *"VPN", "enter", "p")
            assert app.screen is queue_of(app)
            assert not queue_of(app).query_one(LimitBar).is_open
        await settled(pilot)
        new = queue_of(app).table.cursor_key
        assert new not in (None, old)
        assert isinstance(app.screen, Pick)
        row = desk.workbench.reader.row(new or 0)
        assert row is not None
        assert "VPN" in row.subject
        assert app.screen._title == f"Priority of {row.number}"


async def test_the_same_after_another_view_and_another_order(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        async with reading_stands_still(app):
            await typed(pilot, "2", "j", "j")
            assert queue_of(app).table.cursor == 0
        await settled(pilot)
        assert queue_of(app).view.title == "Mine"
        assert queue_of(app).table.cursor == 2
        await pilot.press("comma")
        await settled(pilot)
        async with reading_stands_still(app):
            await typed(pilot, "down", "enter", "g", "g")
            assert queue_of(app).table.cursor == 2
        await settled(pilot)
        assert queue_of(app).table.cursor == 0


async def test_a_find_moves_the_cursor_before_the_next_key(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        async with reading_stands_still(app):
            await typed(pilot, "tab", "j")
            assert queue_of(app).table.cursor == 0
        await settled(pilot)
        table = queue_of(app).table
        assert table.cursor == table.keys.index(desk.key(2)) + 1


async def test_what_is_typed_into_the_limit_never_waits(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        async with reading_stands_still(app):
            await typed(pilot, "l", "V")
            await asyncio.sleep(0.06)  # its query has been asked for
            assert queue_of(app).awaits
            await typed(pilot, *"PN drops")
            assert queue_of(app).query_one(LimitBar).query_one(Input).value == "VPN drops"


async def test_no_key_waits_for_what_the_program_reads_by_itself(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        async with reading_stands_still(app):
            queue_of(app).reload(None)
            await typed(pilot, "j", "j")
            assert queue_of(app).table.cursor == 2


async def test_a_list_that_cannot_be_read_holds_no_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)

        def broken(*_: object) -> object:
            raise OSError("the disk is gone")

        monkeypatch.setattr(queue_of(app), "_reading", lambda: broken)
        await pilot.press("2", "j")
        await settled(pilot)
        assert queue_of(app).table.cursor == 1


async def test_a_reload_that_overtakes_a_new_view_starts_it_at_the_top(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("G")
        async with reading_stands_still(app):
            await typed(pilot, "2")
            queue_of(app).reload([desk.key(1)])
        await settled(pilot)
        table = queue_of(app).table
        assert (table.count, table.cursor, table.left) == (7, 0, None)
        assert not queue_of(app).awaits


def burst(app: TechdeskApp, text: str) -> None:
    """The letters as a terminal sends a paste that it does not mark: all at once, as keys."""
    for letter in text:
        key = events.Key("enter", "\r") if letter == "\n" else events.Key(letter, letter)
        app.post_message(key)


async def handed_out(app: TechdeskApp, pilot: Pilot[None]) -> None:
    """Every key has had its effect."""
    for _ in range(2_000):
        await pilot.pause()
        if not app.is_typing and app._message_queue.empty():
            break
    await settled(pilot)


async def test_a_page_that_comes_as_keys_is_written_at_one_go_and_whole(desk: Desk) -> None:
    app = an_app(desk)
    page = "\n".join(f"Line {number}: the printer « π » is still on fire, (really)." for number in range(40))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("c")
        await settled(pilot)
        field = app.screen.query_one(Writing)
        changes: list[str] = []
        field.watch(field, "cursor_location", lambda place: changes.append(place), init=False)
        burst(app, page)
        await handed_out(app, pilot)
        assert field.text == page
        assert len(changes) < len(page) / 8  # not letter by letter


async def test_a_burst_into_a_line_ends_where_enter_was_pressed(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l")
        burst(app, "status:active VPN fails\n")
        await handed_out(app, pilot)
        assert queue_of(app).limit == "status:active VPN fails"
        assert not queue_of(app).query_one(LimitBar).is_open


async def test_letters_outside_a_place_for_text_stay_keys(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        first = queue_of(app).table.cursor
        burst(app, "j" * 30 + "k" * 10)
        await handed_out(app, pilot)
        assert queue_of(app).table.cursor == min(first + 30, queue_of(app).table.count - 1) - 10


async def test_a_key_is_painted_before_its_way_is_followed_and_the_next_key_does_not_wait_for_that(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = an_app(desk)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        monkeypatch.setattr(type_ahead, "CALM", 3600)
        table = queue_of(app).table
        happened: list[str] = []
        paint, step = Screen._compositor_refresh, type_ahead.Following.step

        def painting(screen: Screen[None]) -> None:
            happened.append("painted")
            paint(screen)

        def following(way: type_ahead.Following) -> None:
            happened.append("followed")
            step(way)

        monkeypatch.setattr(Screen, "_compositor_refresh", painting)
        monkeypatch.setattr(type_ahead.Following, "step", following)
        app.post_message(events.Key("j", "j"))
        while "painted" not in happened:
            await pilot.pause(0.005)
        assert "followed" not in happened
        assert table.cursor == 1
        assert app.is_typing
        app.post_message(
            events.Key("j", "j")
        )  # it comes meanwhile: the way of the one before is followed now
        while table.cursor != 2:
            await pilot.pause(0.005)
        assert "followed" in happened
        monkeypatch.setattr(type_ahead, "CALM", 0)
        app.post_message(events.Key("k", "k"))
        await settled(pilot)
        assert table.cursor == 1
        assert not app.is_typing
