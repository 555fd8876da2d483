"""The table: what it fetches, what it repaints, and what its lines look like."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.geometry import Region
from textual.scroll_view import ScrollView
from textual.strip import Strip

from techdesk.model import Channel, Status
from techdesk.screens.terminal_app import TerminalApp
from techdesk.sla.evaluation import RowClock, Urgency
from techdesk.store.rows import Row
from techdesk.widgets.ticket_table import LEFT, TicketTable

NOW = 1_793_714_520


def row(key: int, due_in: int, **more: Any) -> Row:
    due = NOW + due_in
    values: dict[str, Any] = {
        "key": key,
        "number": f"TD-{10400 + key}",
        "subject": f"subject {key}",
        "status": Status.OPEN,
        "priority": 2,
        "priority_label": "P2",
        "severity": None,
        "owner": "t1",
        "owner_name": "Bea Moreau",
        "requester_name": "Kim Lee",
        "organisation_name": "Dunmore Cloud",
        "queue_name": "Support",
        "channel": Channel.EMAIL,
        "tags": (),
        "created": NOW - 5000,
        "updated": NOW,
        "unread": False,
        "vip": False,
        "escalation_level": 0,
        "pending": 0,
        "attention": "",
        "clock": RowClock(
            policy="D",
            urgency=Urgency.CLOCK,
            order=due,
            metric="RSP",
            due=due,
            breach_at=due,
            warning_at=due - 3600,
            critical_at=due - 900,
        ),
    }
    values.update(more)
    return Row(**values)


class Watched(TicketTable):
    """Notes every repaint that is asked for."""

    def __init__(self) -> None:
        super().__init__("queue")
        self.repainted: list[Region | None] = []

    def refresh(self, *regions: Region, **more: Any) -> Any:
        self.repainted.extend(regions or (None,))
        return super().refresh(*regions, **more)


class OneTable(TerminalApp[None]):
    def __init__(self, rows: Iterable[Row]) -> None:
        super().__init__()
        self.rows = {each.key: each for each in rows}
        self.asked: list[list[int]] = []

    def fetch(self, keys: Sequence[int]) -> list[Row]:
        self.asked.append(list(keys))
        return [self.rows[key] for key in keys if key in self.rows]

    def compose(self) -> ComposeResult:
        yield Watched()

    def on_mount(self) -> None:
        table = self.query_one(Watched)
        table.connect(self.fetch, "t1", NOW)
        table.show_keys(array("q", self.rows), keep=False)

    @property
    def table(self) -> Watched:
        return self.query_one(Watched)

    def line(self, y: int) -> str:
        return "".join(segment.text for segment in self.table.render_line(y))


async def test_a_tick_repaints_the_changed_countdowns_and_nothing_else() -> None:
    app = OneTable([row(1, 30), row(2, 2 * 3600 + 30), row(3, -10), row(4, 3 * 86_400 + 30)])
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        table = app.table
        table.repainted.clear()
        assert table.tick(NOW + 1) == 2
        assert table.repainted == [Region(0, 0, LEFT, 1), Region(0, 2, LEFT, 1)]


async def test_nothing_is_repainted_when_nothing_changes() -> None:
    app = OneTable([row(1, 2 * 3600 + 30), row(2, 3 * 86_400 + 30)])
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        table = app.table
        table.repainted.clear()
        for second in range(1, 20):
            assert table.tick(NOW + second) == 0
        table.changed([1, 2])
        table.changed(None)
        table.show_keys(array("q", [1, 2]))
        await pilot.pause()
        assert table.repainted == []


async def test_another_level_repaints_the_whole_line() -> None:
    app = OneTable([row(1, 900 + 5)])
    async with app.run_test(size=(120, 10)) as pilot:
        await pilot.pause()
        assert "soon" in app.line(0)
        app.table.repainted.clear()
        app.table.tick(NOW + 5)
        assert app.table.repainted == [Region(0, 0, app.table.size.width, 1)]
        assert "critical" in app.line(0)


async def test_the_age_of_the_last_answer_grows_on_show() -> None:
    """DD11: a wide list tells how long ago we wrote to the customer."""
    far = 30 * 86_400 + 30
    app = OneTable([row(1, far), row(2, far, last_public_reply=NOW - 3599)])
    async with app.run_test(size=(180, 10)) as pilot:
        await pilot.pause()
        assert ("not yet" in app.line(0), "59m" in app.line(1)) == (True, True)
        app.table.repainted.clear()
        assert app.table.tick(NOW + 1) == 1
        assert app.table.repainted == [Region(0, 1, app.table.size.width, 1)]
        assert "1h" in app.line(1)
        assert "59m" not in app.line(1)


async def test_a_changed_row_repaints_its_own_line() -> None:
    app = OneTable([row(1, 7230), row(2, 7230), row(3, 7230)])
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        app.rows[2] = row(2, 7230, subject="another subject")
        app.table.repainted.clear()
        app.table.changed([2, 3, 99])
        assert app.table.repainted == [Region(0, 1, app.table.size.width, 1)]
        assert "another subject" in app.line(1)


async def test_rows_are_fetched_around_the_viewport_only() -> None:
    app = OneTable([row(key, key * 60) for key in range(1, 5001)])
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        assert sum(map(len, app.asked)) <= 160
        app.table.move_to(4000)
        await pilot.pause()
        assert sum(map(len, app.asked)) <= 400
        assert "TD-14401" in app.line(app.table.cursor - app.table.scroll_offset.y)


async def test_moving_in_sight_repaints_two_lines() -> None:
    app = OneTable([row(key, 7230) for key in range(1, 50)])
    async with app.run_test(size=(100, 20)) as pilot:
        await pilot.pause()
        app.table.repainted.clear()
        app.table.move(1)
        assert [region.y for region in app.table.repainted if region] == [0, 1]


async def test_the_cursor_is_marked_without_colour() -> None:
    app = OneTable([row(1, 7230), row(2, 7230)])
    async with app.run_test(size=(100, 10)) as pilot:
        await pilot.pause()
        assert app.line(0).startswith("▌")
        assert app.line(1).startswith(" ")
        first = next(iter(app.table.render_line(0)))
        assert first.style is not None
        assert first.style.reverse


async def test_every_line_has_the_width_of_the_table_also_with_wide_text() -> None:
    subjects = ["電話会議システムに接続できません" * 5, "🙂" * 90, "a\u0301" * 90, "plain"]
    rows = [row(i + 1, 60, subject=text, organisation_name=text) for i, text in enumerate(subjects)]
    app = OneTable(rows)
    for width in (40, 60, 80, 81, 120, 200):
        async with app.run_test(size=(width, 10)) as pilot:
            await pilot.pause()
            for y in range(len(rows)):
                assert cell_len(app.line(y)) == width
        app = OneTable(rows)


async def test_text_of_strangers_is_never_markup() -> None:
    app = OneTable([row(1, 60, subject="[red]x[/red] [@click=app.quit]y[/] [/foo]")])
    async with app.run_test(size=(160, 10)) as pilot:
        await pilot.pause()
        assert "[red]x[/red] [@click=app.quit]y[/] [/foo]" in app.line(0)
        assert all(not segment.style.meta for segment in app.table.render_line(0) if segment.style)


async def test_an_empty_list_says_why() -> None:
    app = OneTable([])
    async with app.run_test(size=(60, 10)) as pilot:
        app.table.say_empty("Nothing is open", "L clears the limit.")
        await pilot.pause()
        text = "\n".join(app.line(y) for y in range(10))
        assert "Nothing is open" in text
        assert "L clears the limit." in text
        why = "The help desk cannot be reached: the name desk.example of the settings is not known here."
        app.table.say_empty("Nothing has been fetched yet", why)
        await pilot.pause()
        text = " ".join(app.line(y).strip() for y in range(10))
        assert f"Nothing has been fetched yet {why}" in text, "a reason is never cut"


async def test_a_row_that_has_gone_meanwhile_is_said_to_be_gone() -> None:
    app = OneTable([row(1, 60), row(2, 60)])
    async with app.run_test(size=(80, 10)) as pilot:
        del app.rows[2]
        app.table.changed([2])
        await pilot.pause()
        assert "gone from this list" in app.line(1)


async def test_a_double_click_opens(tmp_path: object) -> None:
    app = OneTable([row(1, 60), row(2, 60)])
    opened: list[int] = []
    app.on_ticket_table_opened = lambda event: opened.append(event.key)
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.pause()
        await pilot.click(Watched, offset=(10, 1), times=2)
        await pilot.pause()
        assert app.table.cursor == 1


async def test_its_lines_are_drawn_as_textual_would() -> None:
    """Also in a part of its width, and with a style that a list seldom has."""
    app = OneTable(row(key, 60 * key) for key in range(1, 101))
    async with app.run_test(size=(80, 12)) as pilot:
        table = app.query_one(TicketTable)
        table.move_to(30)
        await pilot.pause()

        def looks(strips: list[Strip]) -> list[list[Segment]]:
            return [list(strip.simplify()) for strip in strips]

        inside = Region(0, 0, 79, 12)  # the bar stands in the last column
        for crop in (inside, Region(3, 2, 30, 4)):
            ours = looks(table.render_lines(crop))
            table._styles_cache.clear()
            assert looks(ScrollView.render_lines(table, crop)) == ours
        table.styles.padding = (0, 1)
        await pilot.pause()
        first = table.render_lines(Region(0, 0, 80, 1))[0].text
        assert first.startswith(" ")
        assert first == ScrollView.render_lines(table, Region(0, 0, 80, 1))[0].text
