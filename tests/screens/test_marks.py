"""Marks: by line, range, query and menu; kept, announced, never lost in silence; actions on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import techdesk.app
from techdesk.app import TechdeskApp
from techdesk.desks.port import Page
from techdesk.model import Organisation, Status, Tombstone, TombstoneReason
from techdesk.policies.book import PolicyBook
from techdesk.rules.customer import CustomerBook
from techdesk.screens.base import DeskScreen
from techdesk.screens.marked_actions import _reach
from techdesk.screens.marking import Marking
from techdesk.screens.pick import Pick
from techdesk.widgets.choice_list import ChoiceList
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.notice import Notice
from techdesk.widgets.status_bar import StatusBar
from tests.screens.conftest import settled
from tests.screens.desk_fixture import screen_text
from tests.screens.seeded import DAY, HOUR, NOW, Desk, page, ticket


class Watched(TechdeskApp):
    """Keeps what would be done in bulk, in place of the preview."""

    CSS_PATH = Path(techdesk.app.__file__).parent / "screens" / "queue.tcss"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk.workbench, None, title="test")
        self.bulks: list[tuple[str, Sequence[int], Mapping[str, Any]]] = []

    def open_bulk(self, action_id: str, keys: Sequence[int], values: Mapping[str, Any]) -> None:
        self.bulks.append((action_id, keys, values))


def list_of(app: TechdeskApp) -> Marking:
    screen = app.desk_screen()
    assert isinstance(screen, Marking)
    return screen


def marked(app: TechdeskApp) -> list[int]:
    return list(app.marks.present.keys())


def header(app: TechdeskApp) -> str:
    line = list_of(app).query_one(HeaderLine)
    return line.text + "".join(text for text, _ in line._right)


def said(app: TechdeskApp) -> str:
    screen = app.screen
    assert isinstance(screen, DeskScreen)
    notice = screen.query_one(Notice)
    return screen.query_one(StatusBar).said or (str(notice.content) if notice.display else "")


async def test_space_marks_and_goes_down_and_the_line_shows_it(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        table = list_of(app).table
        first, second = table.keys[0], table.keys[1]
        await pilot.press("space", "space")
        await settled(pilot)
        assert marked(app) == sorted([first, second])
        assert table.cursor == 2
        assert "2 marked" in header(app)
        lines = screen_text(app).splitlines()
        assert sum("◆" in line for line in lines) == 2
        await pilot.press("k", "x")
        assert marked(app) == [first]
        assert table.cursor == 1
        await pilot.press("t")
        assert marked(app) == sorted([first, second])


async def test_a_range_is_what_lies_between_and_grows_and_shrinks(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        keys = list_of(app).table.keys
        await pilot.press("j", "v", "j", "j", "j")
        await settled(pilot)
        assert marked(app) == sorted(keys[1:5])
        assert "range" in header(app)
        await pilot.press("k", "v", "j", "j")
        await settled(pilot)
        assert marked(app) == sorted(keys[1:4])
        assert "range" not in header(app)
        await pilot.press("g", "g", "v", "k", "escape", "j")
        await settled(pilot)
        assert marked(app) == sorted(keys[0:4])


async def test_shift_and_an_arrow_extend(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        keys = list_of(app).table.keys
        await pilot.press("shift+down", "shift+down", "shift+up")
        await settled(pilot)
        assert marked(app) == sorted(keys[:2])
        await pilot.press("j", "j", "shift+up")
        await settled(pilot)
        assert marked(app) == sorted(keys[:4])


async def test_by_query_the_menu_and_what_is_hidden(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("T", *"owner", "colon", *"me", "enter")
        await settled(pilot)
        assert len(marked(app)) == 7
        assert "7 tickets marked" in said(app)
        await pilot.press("ctrl+t", *"sla", "colon", *"breached", "enter")
        await settled(pilot)
        mine_breached = 7 - len(marked(app))
        assert mine_breached > 0
        assert f"{mine_breached} mark" in said(app)
        await pilot.press("asterisk", "i")
        await settled(pilot)
        assert len(marked(app)) == 26 - 7 + mine_breached
        await pilot.press("asterisk", "a")
        await settled(pilot)
        assert len(marked(app)) == 26
        await pilot.press("l", *"VPN", "enter")
        await settled(pilot)
        shown = list_of(app).table.count
        assert f"26 marked, {26 - shown} hidden by limit" in header(app)
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("8")
        await settled(pilot)
        assert f"26 marked, {26 - list_of(app).table.count} hidden" in header(app)
        await pilot.press("asterisk", "n")
        assert marked(app) == []
        assert "26 marks taken off" in said(app)
        await pilot.press("u")
        assert len(marked(app)) == 26


async def test_the_menu_of_kinds_stays_within_the_list(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        reader, table = desk.workbench.reader, list_of(app).table
        rows = reader.rows(table.keys)
        first = rows[0]
        kinds = {
            "b": [row.key for row in rows if (row.clock.breach_at or NOW + 1) <= NOW],
            "u": [row.key for row in rows if row.unread],
            "o": [row.key for row in rows if row.organisation_name == first.organisation_name],
            "r": [row.key for row in rows if row.requester_name == first.requester_name],
        }
        for key, wanted in kinds.items():
            await pilot.press("asterisk", key)
            await settled(pilot)
            assert 0 < len(wanted) < len(rows)
            assert marked(app) == sorted(wanted), key
            await pilot.press("asterisk", "n")


async def test_what_was_left_lying_is_marked_beyond_the_view(desk: Desk) -> None:
    lying = [
        ticket(60 + i, due_in=0, status=status, created=NOW - 20 * DAY)
        for i, status in enumerate((Status.RESOLVED, Status.WAITING, Status.HOLD))
    ]
    desk.feed.apply(page(*lying, cursor="2"), now=NOW)
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("asterisk", "s")
        await settled(pilot)
        assert marked(app) == [desk.key(n) for n in (60, 61, 62)]
        assert "3 marked, 1 hidden" in header(app)


async def test_what_was_left_lying_goes_by_a_clock_that_was_just_corrected(desk: Desk) -> None:
    """The desk's first answer moves the clock, and the key comes before the next second is drawn."""
    lying = ticket(60, due_in=0, status=Status.WAITING, created=NOW - 2 * DAY)
    desk.feed.apply(page(lying, cursor="2"), now=NOW)
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        app._tick = lambda: None  # no second is drawn from here on
        desk.clock.advance(3.5 * DAY)
        await pilot.press("asterisk", "s")
        await settled(pilot)
        assert desk.key(60) in marked(app)


async def test_nothing_typed_marks_nothing(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("T", "enter")
        await settled(pilot)
        assert marked(app) == []
        assert "Nothing was typed" in said(app)
        await pilot.press("T", *"VPN", "escape")
        await settled(pilot)
        assert (marked(app), list_of(app).table.has_focus) == ([], True)
        await pilot.press("semicolon")
        assert "Nothing is marked" in said(app)


async def test_marks_hold_over_a_refresh_and_those_of_deleted_tickets_are_told(desk: Desk) -> None:
    """UX A3: 200 rows come above, three marked ones go: cursor and marks stay on their tickets."""
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*["space"] * 8)
        table = list_of(app).table
        before, cursor = marked(app), table.cursor_key
        gone = [desk.key(n) for n in (1, 2, 3)]
        more = [ticket(200 + i, due_in=-5 * HOUR - i) for i in range(200)]
        tombs = tuple(Tombstone(id=str(n), reason=TombstoneReason.DELETED) for n in (1, 2, 3))
        desk.feed.apply(Page(tickets=tuple(more), tombstones=tombs, cursor="2", more=False), now=NOW)
        app.nudge()
        await settled(pilot)
        assert marked(app) == [key for key in before if key not in gone]
        assert table.cursor_key == cursor
        assert "5 marked" in header(app)
        assert "3 marks left the view" in header(app)
        assert said(app).startswith("3 marked tickets are gone (TD-10401")
        await pilot.press("j")
        assert "left the view" not in header(app)


async def test_marks_that_go_one_by_one_are_counted_until_the_next_key(desk: Desk) -> None:
    """Three deleted between two keys, each seen by a refresh of its own: it said that one had gone."""
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press(*["space"] * 8)
        for turn, number in enumerate(("1", "2", "3"), 2):
            tomb = Tombstone(id=number, reason=TombstoneReason.DELETED)
            desk.feed.apply(Page(tombstones=(tomb,), cursor=str(turn), more=False), now=NOW)
            app.nudge()
            await settled(pilot)
        assert "3 marks left the view" in header(app)
        assert said(app) == "3 marked tickets are gone (TD-10401, TD-10402, TD-10403)."
        await pilot.press("j")
        assert "left the view" not in header(app)


async def test_marks_that_leave_the_view_stay_and_are_told(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("2")
        await settled(pilot)
        await pilot.press("space", "space", "j")
        before = marked(app)
        number = desk.workbench.reader.rows(before)[0].number
        taken = ticket(
            int(number[-3:]) - 400 if number.startswith("TD-10") else 0, due_in=HOUR, owner="t2", revision=2
        )
        desk.feed.apply(page(taken, cursor="3"), now=NOW)
        app.nudge()
        await settled(pilot)
        assert marked(app) == before
        assert "2 marked, 1 hidden" in header(app)
        assert said(app).startswith("1 mark left the view, and stay")


async def test_marks_are_kept_over_a_restart_and_without_a_word_none_is_lost(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "profile")
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space", "j", "space")
        before = marked(app)
        await pilot.press("g", "w")
        await settled(pilot)
        assert "2 marked" in header(app)
        await pilot.press("g", "q", "escape", "escape")
    desk.close()
    again = Desk(tmp_path / "profile", filled=False)
    tomb = Tombstone(id="1", reason=TombstoneReason.DELETED)
    assert again.key(1) in before
    again.feed.apply(Page(tombstones=(tomb,), cursor="9", more=False), now=NOW)
    app = Watched(again)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert marked(app) == [key for key in before if key != again.workbench.reader.key_of("1")][-1:]
        assert "1 marked ticket is gone" in said(app)
    again.close()


async def test_actions_go_to_the_marks(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space", "space", "space")
        keys = tuple(marked(app))
        targets = list_of(app).targets()
        assert (targets.keys, targets.marked, targets.hidden) == (keys, True, 0)
        await pilot.press("a", "C", "semicolon", "plus")
        assert app.bulks == [
            ("ticket.take", keys, {}),
            ("ticket.close", keys, {}),
            ("ticket.raise", keys, {}),
        ]
        app.bulks.clear()
        await pilot.press("p")
        assert isinstance(app.screen, Pick)
        await pilot.press("2")
        await pilot.press("s", "w")
        await pilot.press("A", *"ravi", "enter")
        await pilot.press("#", *"vpn", "enter")
        await settled(pilot)
        assert [(action, dict(values)) for action, _, values in app.bulks] == [
            ("ticket.priority", {"level": 2, "label": "P2"}),
            ("ticket.status", {"status": "waiting"}),
            ("ticket.assign", {"owner": "t2"}),
            ("ticket.tag", {"add": ("vpn",), "remove": ()}),
        ]
        assert all(bulk[1] == keys for bulk in app.bulks)
        await pilot.press("r")
        assert app.screen is list_of(app)
        assert "one at a time" in said(app)
        assert desk.workbench.reader.operations() == []


async def test_a_single_mark_elsewhere_is_the_target_and_is_named(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space")
        key = marked(app)[0]
        await pilot.press("a")
        assert app.bulks == [("ticket.take", (key,), {})]
        await pilot.press("k", "p")
        assert isinstance(app.screen, Pick)
        assert len(app.bulks) == 1
        await pilot.press("escape", "enter")
        await settled(pilot)
        assert not isinstance(app.screen, Marking)
        await pilot.press("a")
        assert len(app.bulks) == 1


async def test_after_a_bulk_the_refused_stay_marked(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("asterisk", "a")
        await settled(pilot)
        keys = [desk.key(1), desk.key(5)]
        app.set_marks(keys)
        assert marked(app) == sorted(keys)
        assert "2 marked" in header(app)


async def test_a_key_burst_waits_for_the_marks(desk: Desk) -> None:
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("asterisk", "u", "C")
        await settled(pilot)
        assert [(action, len(keys)) for action, keys, _ in app.bulks] == [("ticket.close", 3)]


async def test_read_only_marks_hold_and_nothing_changes(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "profile", read_only=True)
    app = Watched(desk)
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        await pilot.press("space", "space", "C")
        assert len(marked(app)) == 2
        assert "read-only" in said(app)
        assert app.bulks == []
    desk.close()


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
async def test_the_header_always_tells_how_many(desk: Desk, size: tuple[int, int]) -> None:
    app = Watched(desk)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await pilot.press("asterisk", "a", "l", *"VPN", "enter")
        await settled(pilot)
        shown = list_of(app).table.count
        assert f"26 marked, {26 - shown} hidden by limit" in screen_text(app).splitlines()[0]


def test_a_level_that_some_policies_lack_is_not_told_as_what_tickets_have_now() -> None:
    assert _reach(1, 2) == "only 1 of the 2 can have it"
    assert _reach(2, 2) == ""


async def test_the_team_that_should_own_marked_tickets_stands_first_and_others_need_a_reason(
    desk: Desk,
) -> None:
    """DD4: asked once for all of them, and only where the new owner is known to be none of the team."""
    urgent = [ticket(number, due_in=-5 * DAY, severity=1, organisation="o9") for number in (81, 82)]
    datalith = Organisation(id="o9", name="Datalith", policy="data-dynamics")
    desk.feed.apply(replace(page(*urgent, cursor="2"), organisations=(datalith,)), now=NOW)
    desk.workbench.book = PolicyBook.load()
    desk.workbench.customers = CustomerBook(teams={"swat": ("t3",)})
    app = Watched(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("T", *"severity", "colon", "1", "enter")
        await settled(pilot)
        assert len(marked(app)) == 2
        await pilot.press("A")
        await settled(pilot)
        first = app.screen.query_one(ChoiceList).current
        assert first is not None
        assert first.label == "Lena Orth"
        await pilot.press("enter")
        await settled(pilot)
        assert [values for _, _, values in app.bulks] == [{"owner": "t3"}]
        for keys in (("A", *"ravi", "enter"), ("a",)):
            await pilot.press(*keys)
            await settled(pilot)
            assert "Of 2 of them:" in screen_text(app)
            assert "is not in the dedicated escalation" in screen_text(app)
            await pilot.press("enter")
            assert len(app.bulks) == 1, "the reason is wanted"
            await pilot.press("escape")
            await settled(pilot)
        await pilot.press("A", *"ravi", "enter")
        await settled(pilot)
        await pilot.press(*"knows", "enter")
        await settled(pilot)
        assert app.bulks[-1][2] == {"owner": "t2", "reasons": {"DD4": "knows"}}
