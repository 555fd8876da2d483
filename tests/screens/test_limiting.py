"""The limit line in the queue: completion, history, and keeping a limit as a view."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.config.settings import Settings, load
from techdesk.widgets.candidates import Candidates
from techdesk.widgets.limit_bar import LimitBar, _Meaning
from techdesk.widgets.list_header import ViewBar
from tests.screens.conftest import settled
from tests.screens.seeded import Desk
from tests.screens.test_queue import an_app, number_at_cursor, queue_of, said


async def test_tab_takes_what_is_offered_and_the_list_follows(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        bar, strip = queue.query_one(LimitBar), queue.query_one(Candidates)
        await pilot.press("l", "o", "w")
        await settled(pilot)
        assert strip.current is not None
        assert strip.current.shown == "owner:"
        await pilot.press("tab")
        await settled(pilot)
        assert bar.text == "owner:"
        assert strip.text.strip().startswith("Tab  me ")
        assert all(len(line) <= 60 for line in strip.text.splitlines())
        await pilot.press("b", "e")
        await settled(pilot)
        await pilot.press("right")
        await settled(pilot)
        assert bar.text == 'owner:"Bea Moreau" '
        assert queue.limit == 'owner:"Bea Moreau" '
        assert len(queue.table.keys) == 7
        await pilot.press("left", "right")
        assert bar.text == 'owner:"Bea Moreau" '
        await pilot.press("enter")
        assert not bar.is_open


async def test_shift_tab_goes_on_to_the_next_one_offered(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("l", *"is", "colon")
        await settled(pilot)
        await pilot.press("shift+tab", "tab")
        await settled(pilot)
        assert queue.query_one(LimitBar).text == "is:stale "


async def test_limits_that_were_kept_come_back_also_after_a_restart(desk: Desk) -> None:
    for text in ("vpn", "prio", "vpn"):
        app = an_app(desk)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await pilot.press("l", *text, "enter")
            await settled(pilot)
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        bar = queue_of(app).query_one(LimitBar)
        await pilot.press("l", "x", "up")
        assert bar.text == "vpn"
        await pilot.press("up")
        assert bar.text == "prio"
        await pilot.press("up")
        assert bar.text == "prio"
        await pilot.press("down", "down")
        assert bar.text == "x"
        await settled(pilot)
        await pilot.press("escape")
        assert queue_of(app).limit == ""


async def test_a_limit_is_kept_as_a_view(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TECHDESK_CONFIG_DIR", str(tmp_path / "settings"))
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("V")
        assert said(app).startswith("Limit the list first (l)")
        await pilot.press("l", *"owner", "colon", *"me", "enter")
        await settled(pilot)
        await pilot.press("V", *"My own", "enter")
        await settled(pilot)
        queue = queue_of(app)
        assert (queue.view.title, queue.view.limit) == ("My own", "status:active owner:me")
        assert queue.limit == ""
        assert len(queue.table.keys) == 7
        assert "15 My own 7" in queue.query_one(ViewBar).text
        settings = load()
        assert isinstance(settings, Settings)
        assert [view.name for view in settings.views] == ["my-own"]
        await pilot.press("l", *"zz", "enter", "V", *"My own")
        assert "choose another" in str(app.screen.query_one("ChoiceList").current.disabled_reason)  # type: ignore[attr-defined]
        await pilot.press("enter")
        await settled(pilot)
        assert len(queue._views) == 15


async def test_the_mark_of_a_mistake_stays_under_it_however_long_the_words_are(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("l", *"urgent pnone:x")
        await settled(pilot)
        bar = app.screen.query_one(LimitBar)
        assert bar.query_one(_Meaning).text.index("^") == 8 + "urgent pnone:x".index("pnone")
        assert bar.query_one(_Meaning).text.rstrip().endswith("…"), "what is cut says so"


async def test_find_begins_empty_and_goes_on_with_enter_alone(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"printer", "enter")
        await settled(pilot)
        first = number_at_cursor(app)
        await pilot.press("slash")
        assert app.screen.query_one(LimitBar).text == ""
        await pilot.press("enter")
        await settled(pilot)
        assert number_at_cursor(app) != first, "the next one with the same words"
        await pilot.press("slash", "up")
        assert app.screen.query_one(LimitBar).text == "printer"
