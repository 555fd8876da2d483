"""From screen to screen: what is painted and computed while a key waits for its screen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.color import Color
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen
from textual.theme import Theme

from techdesk.actions.workbench import Workbench
from techdesk.app import TechdeskApp
from techdesk.clock import FrozenClock
from techdesk.config import ProfileSettings
from techdesk.policies.book import PolicyBook
from techdesk.policies.versions import VersionReader
from techdesk.screens import warming
from techdesk.screens.confirm import Confirm
from techdesk.screens.queue import QueueScreen
from techdesk.screens.ticket import TicketScreen
from techdesk.store.database import Database
from techdesk.store.volume import seed
from tests.screens.conftest import settled
from tests.screens.seeded import NOW, Desk


@contextmanager
def counting(monkeypatch: pytest.MonkeyPatch, owner: type[Any], name: str) -> Iterator[list[Any]]:
    """Who called a method, and went on to do it."""
    calls: list[Any] = []
    done = getattr(owner, name)

    def counted(self: Any, *arguments: Any, **named: Any) -> Any:
        calls.append(self)
        return done(self, *arguments, **named)

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, counted)
        yield calls


async def test_a_screen_that_was_on_show_before_is_painted_alone_and_not_styled_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "BEGIN", 3600)  # it styles everything once, whenever it comes to it
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in ("enter", "q", "enter", "q"):  # both have been on show; the ticket is read by now
            await pilot.press(key)
            await settled(pilot)
        with counting(monkeypatch, Stylesheet, "update_nodes") as styled:
            with counting(monkeypatch, Screen, "_compositor_refresh") as painted:
                await pilot.press("enter")
                await settled(pilot)
            assert isinstance(app.screen, TicketScreen)
            assert set(painted) == {app.screen}  # what the queue repaints unseen paints nothing
            await pilot.press("q")
            await settled(pilot)
            assert isinstance(app.screen, QueueScreen)
            assert styled == []


async def test_a_theme_that_came_while_another_screen_was_on_show_is_taken(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    app.register_theme(Theme(name="red", primary="#ff0000", background="#400000", foreground="#ffffff"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in ("enter", "q", "enter"):
            await pilot.press(key)
            await settled(pilot)
        app.theme = "red"
        await settled(pilot)
        await pilot.press("q")
        await settled(pilot)
        assert isinstance(app.screen, QueueScreen)
        assert abs(app.screen.styles.background.r - Color.parse("#400000").r) < 4


async def test_a_dialog_shows_the_screen_below_and_nothing_under_that(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert app._background_screens == []
        await pilot.press("enter")
        await settled(pilot)
        ticket = app.screen
        assert app._background_screens == []
        app.push_screen(Confirm("Really?", "", "Yes", opened_by="x"))
        await settled(pilot)
        assert app._background_screens == [ticket]
        app.push_screen(Confirm("Really, really?", "", "Yes", opened_by="x"))
        await settled(pilot)
        assert [type(screen) for screen in app._background_screens] == [TicketScreen, Confirm]


async def test_what_the_first_ticket_of_a_policy_needs_is_read_before_anybody_opens_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "BEGIN", 3600)  # its steps are gone by hand
    before = PolicyBook.load()
    database = Database.open(tmp_path, before)
    seed(database, 12, now=NOW, policy="dynamix")
    database.writer().follow_policies(before.fingerprint(), NOW).result()
    book = PolicyBook.load()  # one that has read no file yet, as that of a program that just started
    bench = ProfileSettings(name="bench")
    workbench = Workbench(Database.open(tmp_path, book), book, FrozenClock(NOW), bench)
    app = TechdeskApp(workbench, None, title="test")
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        warm = warming.Warming(app)
        first, *others = warm._one_of_each_policy()
        assert first == app.screen_named("queue").table.cursor_key
        unread = workbench.reader.counters(me="", now=NOW).unread
        with counting(monkeypatch, VersionReader, "current") as read:
            for key in (first, *others):
                warm._rehearse(key)
                await settled(pilot)
        assert len(read) == 1
        assert workbench.reader.counters(me="", now=NOW).unread == unread, "nobody has looked at it"
        with counting(monkeypatch, VersionReader, "current") as read:
            await pilot.press("enter")
            await settled(pilot)
        assert isinstance(app.screen, TicketScreen)
        assert read == []
    database.close()
    workbench.database.close()
