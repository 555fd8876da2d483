"""The countdowns."""

from __future__ import annotations

from techdesk.app import TechdeskApp
from techdesk.rules.rota import Rota, Shifts, Turn
from techdesk.screens.sla import DutyLine, SlaScreen, counts_of
from techdesk.store.rows import Counters
from techdesk.widgets.counters import CounterRow
from techdesk.widgets.list_header import HeaderLine
from tests.screens.conftest import settled
from tests.screens.desk_fixture import screen_text
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


async def test_it_tells_who_is_on_call_until_when_and_who_is_next(desk: Desk) -> None:
    def rota() -> Rota:
        turns = [("Bea Moreau", NOW - HOUR, NOW + HOUR), ("Rota of Kim", NOW + HOUR, NOW + 2 * HOUR)]
        return Rota(on_call=tuple(Turn(who=who, hours=Shifts([(a, b)])) for who, a, b in turns))

    desk.workbench.read_rota = rota
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.read_rota()  # as the warming does, once nobody types
        await settled(pilot)
        await pilot.press("W")
        await settled(pilot)
        words = app.screen.query_one(DutyLine).render_line(0).text
        assert words.strip().startswith("ON CALL  Bea Moreau to ")
        assert words.strip().endswith(", next Rota of Kim")


async def test_where_no_file_tells_there_is_no_line_of_duty(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("W")
        await settled(pilot)
        assert not app.screen.query_one(DutyLine).display


async def test_a_mistake_in_a_rota_is_told_once_the_screen_is_up(desk: Desk) -> None:
    desk.workbench.read_rota = lambda: Rota(mistakes=("on-call.ics:1: not an iCalendar file.",))
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        app.read_rota()
        await settled(pilot)
        assert "not an iCalendar file" in screen_text(app)
