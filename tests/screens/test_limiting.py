"""The limit line in the queue: completion, history, and keeping a limit as a view."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.config.settings import Settings, load
from techdesk.desks.port import Page
from techdesk.widgets.candidates import Candidates
from techdesk.widgets.limit_bar import LimitBar, _Meaning
from techdesk.widgets.list_header import ViewBar
from tests.screens.conftest import settled
from tests.screens.desk_fixture import screen_text
from tests.screens.seeded import HOUR, NOW, Desk, ticket
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


async def test_where_a_limit_finds_nothing_it_says_where_it_would(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("2", "l", *'owner:"Ravi Kapoor"', "enter")
        await settled(pilot)
        assert queue.elsewhere == "Elsewhere: 7 in All open (1) · 1 in Needs review (4) · 1 in Due soon (5)"
        assert queue.elsewhere in queue.table._empty
        assert all(len(line) <= 76 for line in queue.table._empty)
        await pilot.press("1")
        await settled(pilot)
        assert len(queue.table.keys) == 7
        assert queue.elsewhere == "", "it is of the view before"
        await pilot.press("L", "l", *"status:closed", "enter")
        await settled(pilot)
        assert queue.elsewhere == "Elsewhere: 3 in Closed (J K)", "it has no digit"
        await pilot.press("L", "l", *"zzzz", "enter")
        await settled(pilot)
        assert queue.elsewhere == "No other view has one that matches either."


async def test_what_comes_elsewhere_is_counted_anew(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("2", "l", *"fresh", "enter")
        await settled(pilot)
        assert queue.elsewhere == "No other view has one that matches either."
        painted = ticket(90, due_in=HOUR, owner="t2", subject="fresh paint")
        desk.feed.apply(Page(tickets=(painted,), cursor="2", more=False), now=NOW)
        app.nudge()
        for _ in range(200):  # a list that was read just now rests for a moment
            await settled(pilot)
            if "All open" in queue.elsewhere:
                break
            await pilot.pause(0.01)
        assert "1 in All open (1)" in queue.elsewhere


async def test_each_line_begins_with_its_own_words(desk: Desk) -> None:
    """Opened again, the line told what the one before it had meant, until the first letter."""
    app = an_app(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("l", *"owner:me", "enter")
        await settled(pilot)
        for key, words in (
            ("slash", "Enter goes to the next line with it; a number opens its ticket"),
            ("l", "tickets: owner me   Enter keeps it, Esc goes back"),
            ("T", "Enter marks it in this list, Esc goes back"),
            ("ctrl+t", "Enter takes the marks off it, Esc goes back"),
            ("slash", "Enter goes to the next line with it; a number opens its ticket"),
        ):
            await pilot.press(key)
            await settled(pilot)
            assert words in screen_text(app), key
            await pilot.press("escape")
            await settled(pilot)
