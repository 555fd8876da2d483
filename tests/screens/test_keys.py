"""Keys at the screen: sequences, keys that do nothing here, keys that cannot do it now, the user's own."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual import events

from techdesk.actions.keymap import Keymap, read
from techdesk.app import TechdeskApp
from techdesk.config.keys import KeySettings
from techdesk.screens.base import DeskScreen
from techdesk.screens.new_ticket import NewTicket
from techdesk.screens.queue import QueueScreen
from techdesk.screens.ticket import TicketScreen
from techdesk.widgets.key_strip import DELAY, KeyStrip
from techdesk.widgets.notice import Notice
from techdesk.widgets.status_bar import StatusBar
from tests.screens.conftest import settled
from tests.screens.seeded import Desk


def an_app(desk: Desk, keymap: Keymap | None = None) -> TechdeskApp:
    return TechdeskApp(desk.workbench, None, title="test", keymap=keymap)


def said(app: TechdeskApp) -> str:
    screen = app.screen
    assert isinstance(screen, DeskScreen)
    notice = screen.query_one(Notice)
    return screen.query_one(StatusBar).said or (str(notice.content) if notice.display else "")


async def test_a_key_that_does_nothing_tells_what_is_near(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("d")
        assert said(app).startswith("d is not a key here; C (close the ticket)")
        await pilot.press("j")
        assert "not a key" not in said(app)
        await pilot.press("g", "x")
        assert said(app).startswith("g x does nothing here; after g: g, q, w, o")
        await pilot.press("ctrl+x")
        assert said(app).startswith("^X is not a key here")
        assert desk.workbench.reader.operations() == []


async def test_the_strip_waits_for_ever(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        strip = app.screen.query_one(KeyStrip)
        await pilot.press("asterisk")
        for _ in range(40):
            await asyncio.sleep(DELAY / 10)
            if strip.display:
                break
        assert strip.display
        assert strip.text.startswith(" * …  a Mark all of this list")
        await pilot.press("escape")
        assert not strip.display
        await pilot.press("g", "o")
        await pilot.pause()
        assert app.screen.name == "outbox"


async def test_a_key_that_cannot_do_it_now_says_why(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "profile", filled=False)
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("C")
        assert said(app) == "No ticket is selected, so there is nothing to close."
        await pilot.press("space")
        assert said(app) == "There is no ticket to mark."
    desk.close()


async def test_full_width_digits_are_digits(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.post_message(events.Key("fullwidth_digit_two", "２"))
        await settled(pilot)
        queue = app.screen
        assert isinstance(queue, QueueScreen)
        assert queue.view.title == "Mine"


async def test_the_mutt_profile(desk: Desk) -> None:
    mutt = read(KeySettings(profile="mutt"), "config.toml")
    assert isinstance(mutt, Keymap)
    app = an_app(desk, mutt)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        queue = app.screen
        assert isinstance(queue, QueueScreen)
        await pilot.press("t")
        assert (len(app.marks.present), queue.table.cursor) == (1, 1)
        await pilot.press("equals_sign")
        assert queue.table.cursor == 0
        await pilot.press("space")
        await settled(pilot)
        assert isinstance(app.screen, TicketScreen)
        await pilot.press("i")
        await settled(pilot)
        assert app.screen.name == "queue"
        await pilot.press("m")
        await pilot.pause()
        assert isinstance(app.screen, NewTicket)


async def test_saved_views_answer_to_other_keys(desk: Desk) -> None:
    app = an_app(desk, Keymap(moved={"view.choose": ("f6", "f7")}))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        queue = app.screen
        assert isinstance(queue, QueueScreen)
        await pilot.press("f7")
        await settled(pilot)
        assert queue.view.title == "Mine"
        await pilot.press("3")
        await settled(pilot)
        assert queue.view.title == "Mine"
        assert said(app).startswith("3 is not a key here")
