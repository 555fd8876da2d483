"""The queue with a real database: moving, limiting, finding, and what happens while the list changes."""

from __future__ import annotations

from pathlib import Path

from techdesk.app import TechdeskApp
from techdesk.desks.port import Page
from techdesk.model import OperationState, Status, Tombstone, TombstoneReason
from techdesk.screens.base import DeskScreen
from techdesk.screens.queue import QueueScreen
from techdesk.store.rows import SyncPhase
from techdesk.widgets.hint_bar import HintBar
from techdesk.widgets.limit_bar import LimitBar
from techdesk.widgets.list_header import HeaderLine, ViewBar
from techdesk.widgets.notice import Notice
from techdesk.widgets.status_bar import StatusBar
from tests.screens.conftest import settled
from tests.screens.seeded import DAY, HOUR, NOW, Desk, message, page, state, ticket


def an_app(desk: Desk) -> TechdeskApp:
    return TechdeskApp(desk.workbench, None, title="test")


def queue_of(app: TechdeskApp) -> QueueScreen:
    screen = app.screen
    assert isinstance(screen, QueueScreen)
    return screen


def number_at_cursor(app: TechdeskApp) -> str:
    table = queue_of(app).table
    assert table.cursor_key is not None
    row = table.row(table.cursor_key)
    assert row is not None
    return row.number


def said(app: TechdeskApp) -> str:
    screen = app.screen
    assert isinstance(screen, DeskScreen)
    return screen.query_one(StatusBar).said


async def test_it_opens_on_the_most_urgent_ticket(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = queue_of(app).table
        assert len(table.keys) == 26
        assert number_at_cursor(app) == "TD-10401"
        assert table.has_focus
        assert "All open 26" in queue_of(app).query_one(HeaderLine).text
        assert "2 Mine 7" in queue_of(app).query_one(ViewBar).text


async def test_moving(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 20)) as pilot:
        await settled(pilot)
        table = queue_of(app).table
        await pilot.press("j", "j", "down", "k")
        assert table.cursor == 2
        await pilot.press("G")
        assert table.cursor == 25
        assert table.scroll_offset.y > 0
        await pilot.press("g", "g")
        assert (table.cursor, table.scroll_offset.y) == (0, 0)
        await pilot.press("ctrl+d")
        assert table.cursor == table.size.height - 1
        await pilot.press("k", "pageup", "k")
        assert table.cursor == 0


async def test_the_cursor_stays_on_its_ticket_when_rows_come_and_go(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 20)) as pilot:
        await settled(pilot)
        await pilot.press(*["j"] * 12)
        before = number_at_cursor(app)
        table = queue_of(app).table
        line = table.cursor - table.scroll_offset.y
        more = [ticket(100 + i, due_in=-5 * HOUR - i, priority=1) for i in range(20)]
        gone = [Tombstone(id=str(i), reason=TombstoneReason.DELETED) for i in (1, 2, 3)]
        desk.feed.apply(Page(tickets=tuple(more), tombstones=tuple(gone), cursor="2", more=False), now=NOW)
        app.nudge()
        await settled(pilot)
        assert number_at_cursor(app) == before
        assert table.cursor - table.scroll_offset.y == line
        assert "+20 new" in "".join(text for text, _ in queue_of(app).query_one(HeaderLine)._right)
        await pilot.press("j")
        assert "new" not in "".join(text for text, _ in queue_of(app).query_one(HeaderLine)._right)


async def test_a_ticket_that_is_gone_keeps_its_place_until_the_cursor_leaves_it(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("j")
        table = queue_of(app).table
        following = table.keys[2]
        gone = (Tombstone(id="2", reason=TombstoneReason.DELETED),)
        desk.feed.apply(Page(tombstones=gone, cursor="2", more=False), now=NOW)
        app.nudge()
        await settled(pilot)
        assert table.left == table.cursor_key
        assert said(app).startswith("This ticket is no longer in this list")
        await pilot.press("p")
        assert queue_of(app).is_current
        await pilot.press("j")
        assert table.cursor_key == following
        assert (table.cursor, table.left) == (1, None)


async def test_a_limit_is_read_as_it_is_typed_and_told_in_words(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("l", *"owner", "colon", *"me")
        bar = queue.query_one(LimitBar)
        assert bar.meaning.startswith("tickets: owner me")
        await pilot.pause(0.05)
        await settled(pilot)
        assert len(queue.table.keys) == 7
        await pilot.press("enter")
        assert not bar.is_open
        assert queue.table.has_focus
        assert "limit: owner:me  L clears" in queue.query_one(HeaderLine).text
        await pilot.press("L")
        await settled(pilot)
        assert len(queue.table.keys) == 26


async def test_a_wrong_limit_is_marked_at_its_place_and_changes_nothing(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("l", *"prio", "colon", "x")
        bar = queue.query_one(LimitBar)
        assert bar.meaning.startswith("^")
        await pilot.press("enter")
        assert bar.is_open
        await pilot.press("escape")
        await settled(pilot)
        assert not bar.is_open
        assert queue.limit == ""
        assert len(queue.table.keys) == 26


async def test_escape_in_the_limit_line_restores_the_limit_before(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("l", *"vpn", "enter")
        await settled(pilot)
        shown = len(queue.table.keys)
        assert 0 < shown < 26
        await pilot.press("l", *"xyz")
        await pilot.pause(0.05)
        await settled(pilot)
        assert len(queue.table.keys) == 0
        await pilot.press("escape")
        await settled(pilot)
        assert queue.limit == "vpn"
        assert len(queue.table.keys) == shown


async def test_leaving_the_limit_line_goes_back_to_the_ticket(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("j", "j", "j", "j")
        before = number_at_cursor(app)
        await pilot.press("l", *"vpn")
        await pilot.pause(0.05)
        await settled(pilot)
        assert number_at_cursor(app) != before
        await pilot.press("escape")
        await settled(pilot)
        assert number_at_cursor(app) == before


async def test_keys_typed_into_the_limit_line_do_nothing_else(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l", *"qjaW")
        assert queue_of(app).query_one(LimitBar).is_open
        assert desk.workbench.reader.operations() == []


async def test_no_match_says_so_and_which_key_helps(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l", *"zzzz", "enter")
        await settled(pilot)
        words = " ".join(queue_of(app).table._empty)
        assert "matches this limit" in words
        assert "L clears the limit" in words


async def test_find_goes_to_the_next_line_and_round_the_end(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = queue_of(app).table
        await pilot.press("slash", *"flickers", "enter")
        await settled(pilot)
        first = table.cursor
        assert "flickers" in (table.row(table.keys[first]) or "").subject  # type: ignore[union-attr]
        seen = {first}
        for _ in range(6):
            await pilot.press("n")
            await settled(pilot)
            seen.add(table.cursor)
        assert len(seen) > 1
        assert table.cursor in seen
        await pilot.press("N")
        await settled(pilot)
        assert table.cursor in seen


async def test_find_jumps_to_an_exact_number(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"td", "minus", *"10415", "enter")
        await settled(pilot)
        assert number_at_cursor(app) == "TD-10415"


async def test_find_says_when_there_is_nothing(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("slash", *"zebra", "enter")
        await settled(pilot)
        assert "Nothing in this list matches 'zebra'" in said(app)


async def test_tab_goes_through_the_unread(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = queue_of(app).table
        await pilot.press("tab")
        await settled(pilot)
        row = table.row(table.keys[table.cursor])
        assert row is not None
        assert row.unread


async def test_views(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("2")
        await settled(pilot)
        assert queue.view.title == "Mine"
        assert len(queue.table.keys) == 7
        await pilot.press("J")
        await settled(pilot)
        assert queue.view.title == "Unassigned"
        await pilot.press("K", "K", "K", "K")
        await settled(pilot)
        assert queue.view.title == "Closed"
        assert len(queue.table.keys) == 3


async def test_an_empty_view_says_what_that_means(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        assert queue_of(app).table._empty[0] == "No open ticket is escalated."


async def test_taking_a_ticket_is_told_shown_and_undone(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("slash", *"td", "minus", *"10404", "enter")
        await settled(pilot)
        row = desk.workbench.reader.row(desk.key(4))
        assert row is not None
        assert row.owner == ""
        await pilot.press("a")
        assert said(app) == "TD-10404: owner nobody -> you · held 5 s · u undoes"
        await _committed(pilot, desk, 1)
        shown = queue.table.row(desk.key(4))
        assert shown is not None
        assert (shown.owner, shown.pending) == ("t1", 1)
        await pilot.press("u")
        assert "taken back" in said(app)
        await _committed(pilot, desk, 0)
        assert desk.workbench.reader.operations() == []


async def _committed(pilot, desk: Desk, count: int) -> None:  # type: ignore[no-untyped-def]
    for _ in range(200):
        await settled(pilot)
        if len(desk.workbench.reader.operations()) == count:
            pilot.app.nudge()
            await settled(pilot)
            return
        await pilot.pause(0.005)
    raise AssertionError("nothing was committed")


async def test_a_priority_is_chosen_with_its_digit(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("p")
        await pilot.pause()
        await pilot.press("3")
        await _committed(pilot, desk, 1)
        line = desk.workbench.reader.operations()[0]
        assert line.sets == {"priority": 3}
        assert line.state is OperationState.HELD


async def test_a_refusal_names_the_reason_and_the_way_out(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("u")
        await pilot.pause()
        words = said(app) or str(app.screen.query_one(Notice).render())
        assert "Nothing of yours is still held here" in words
        await pilot.press("j")
        assert said(app) == ""
        assert not app.screen.query_one(Notice).display


async def test_read_only_refuses_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "profile", read_only=True)
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("a")
        assert "read-only" in said(app)
        assert desk.workbench.reader.operations() == []
        assert "undo" not in [word for _, word in app.screen.query_one(HintBar).hints]
    desk.close()


async def test_before_the_first_sync_the_list_says_why_it_is_empty(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "profile", filled=False)
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = queue_of(app).table
        assert table._empty[0] == "Nothing has been fetched yet"
        trouble = state(phase=SyncPhase.OFFLINE, last_sync=None, error="No network.", next_try=NOW + 40)
        desk.feed.set_state(trouble)
        app.nudge()
        await settled(pilot)
        assert "No network." in table._empty
        desk.feed.set_state(state(phase=SyncPhase.FIRST_PULL, last_sync=None, done=120, total=400))
        app.nudge()
        await settled(pilot)
        assert "120 of 400 tickets" in " ".join(table._empty)
        desk.feed.apply(page(ticket(1, due_in=HOUR)), now=NOW)
        app.nudge()
        await settled(pilot)
        assert number_at_cursor(app) == "TD-10401"
    desk.close()


async def test_old_data_is_said_above_the_countdowns(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        desk.clock.advance(120)
        app._tick()
        await pilot.pause()
        assert "countdowns computed from data of 14:01" in queue_of(app).query_one(HeaderLine).text
        assert "SYNC OLD" in queue_of(app).query_one(StatusBar).text


async def test_a_list_that_time_changes_follows_a_clock_that_jumps(desk: Desk) -> None:
    """A corrected clock, or a second that was late: the minute has changed all the same."""
    desk.feed.apply(
        page(ticket(60, due_in=0, status=Status.WAITING, created=NOW - 2 * DAY), cursor="2"), now=NOW
    )
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("l", *"is:stale", "enter")
        await settled(pilot)
        app._tick()
        assert desk.key(60) not in queue_of(app).table.keys
        desk.clock.advance(3.5 * DAY + 7)
        app._tick()
        await settled(pilot)
        assert desk.key(60) in queue_of(app).table.keys


async def test_a_new_message_marks_its_line_without_moving_anything(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("j", "j")
        before = number_at_cursor(app)
        desk.feed.apply(page(messages=[message(99, of=4, at=NOW - 5)], cursor="2"), now=NOW)
        app.nudge()
        await settled(pilot)
        row = queue_of(app).table.row(desk.key(4))
        assert row is not None
        assert row.unread
        assert number_at_cursor(app) == before


async def test_below_a_dialog_the_list_keeps_its_order(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = queue_of(app).table
        before = list(table.keys)
        await pilot.press("p")
        await pilot.pause()
        desk.feed.apply(page(ticket(100, due_in=-9 * HOUR), cursor="2"), now=NOW)
        app.nudge()
        await settled(pilot)
        assert list(table.keys) == before
        await pilot.press("escape")
        await settled(pilot)
        assert len(table.keys) == len(before) + 1


async def test_a_sequence_shows_its_choices_when_one_waits(desk: Desk) -> None:
    from techdesk.widgets.key_strip import KeyStrip

    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        strip = app.screen.query_one(KeyStrip)
        await pilot.press("g")
        for _ in range(100):
            await pilot.pause(0.05)
            if strip.display:
                break
        assert strip.display
        assert "First line" in strip.text
        await pilot.press("x")
        assert not strip.display
        assert "g x does nothing here" in said(app)


async def test_news_are_counted_once_however_the_readings_overtake_each_other(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        for i in range(6):
            desk.feed.apply(page(ticket(100 + i, due_in=9 * HOUR), cursor=str(2 + i)), now=NOW)
            app.nudge()
        await settled(pilot)
        assert "+6 new" in "".join(text for text, _ in queue_of(app).query_one(HeaderLine)._right)
        desk.feed.apply(page(messages=[message(99, of=100, at=NOW - 5)], cursor="9"), now=NOW)
        app.nudge()
        await settled(pilot)
        assert "+6 new" in "".join(text for text, _ in queue_of(app).query_one(HeaderLine)._right)
