"""The countdowns."""

from __future__ import annotations

from techdesk.app import TechdeskApp
from techdesk.screens.sla import SlaScreen, counts_of
from techdesk.store.rows import Counters
from techdesk.widgets.counters import CounterRow
from techdesk.widgets.list_header import HeaderLine
from tests.screens.conftest import settled
from tests.screens.seeded import HOUR, NOW, Desk, page, ticket


async def test_it_lists_open_tickets_by_deadline_under_their_counts(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("W")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, SlaScreen)
        assert "SLA countdowns 26" in screen.query_one(HeaderLine).text
        first = screen.table.row(screen.table.keys[0])
        assert first is not None
        assert first.number == "TD-10401"
        row = screen.query_one(CounterRow)
        assert row.size.height == 4
        assert [number for _, number, _ in row._counts[:2]] == [2, 3]


async def test_counters_take_one_line_where_there_is_no_height(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        await pilot.press("g", "w")
        await settled(pilot)
        row = app.screen.query_one(CounterRow)
        assert row.size.height == 1
        assert "2 breached" in row.render_line(0).text


async def test_it_catches_up_with_what_changed_while_it_was_away(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("W", "q")
        await settled(pilot)
        desk.feed.apply(page(ticket(100, due_in=-9 * HOUR), cursor="2"), now=NOW)
        app.nudge()
        await pilot.press("W")
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, SlaScreen)
        assert len(screen.table.keys) == 27


async def test_back_and_forth(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("W", "U")
        await settled(pilot)
        assert app.screen.name == "outbox"
        await pilot.press("escape")
        await settled(pilot)
        assert app.screen.name == "sla"
        await pilot.press("g", "q")
        await settled(pilot)
        assert app.screen.name == "queue"


def test_counts_keep_their_headings_before_the_first_count() -> None:
    assert [heading for heading, _, _ in counts_of(None)][:3] == ["BREACHED", "< 15 MIN", "< 1 H"]
    counters = Counters(
        active=9, breached=1, under_15_minutes=2, under_1_hour=3, unassigned=4, mine=5, unread=6,
        outbox=7, attention=8,
    )  # fmt: skip
    assert [number for _, number, _ in counts_of(counters)] == [1, 2, 3, 4, 5, 9]
