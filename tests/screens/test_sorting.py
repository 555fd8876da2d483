"""Any column sorts, both ways; the heading and the first line tell which."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from techdesk.app import TechdeskApp
from techdesk.screens.queue import QueueScreen
from techdesk.screens.sorting import SORTINGS, Sorting, order_ways, order_words
from techdesk.store.orders import ORDERS
from techdesk.widgets.list_header import HeaderLine, Headings
from techdesk.widgets.ticket_columns import SORTED_BY, Widths, plan
from tests.screens.conftest import settled
from tests.screens.seeded import Desk


def test_every_column_of_the_table_sorts_and_every_key_is_one_of_its_own() -> None:
    offered = {sorting.order.removeprefix("-") for sorting in SORTINGS}
    assert offered == set(ORDERS)
    shown = {column.id for width in (40, 70, 110, 160) for column in plan(width, "queue", Widths())}
    assert {SORTED_BY[column] for column in shown - {"word"}} <= offered
    keys = [key for sorting in SORTINGS for key in (sorting.key, sorting.key.upper())]
    assert len(keys) == len(set(keys))
    assert not {"j", "k"} & set(keys)


@pytest.mark.parametrize("sorting", SORTINGS, ids=lambda sorting: sorting.key)
async def test_a_letter_sorts_and_its_capital_the_other_way(desk: Desk, sorting: Sorting) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(140, 30)) as pilot:
        await settled(pilot)
        queue = app.screen
        assert isinstance(queue, QueueScreen)
        chosen = []
        for key in (sorting.key, sorting.key.upper()):
            await pilot.press("comma", key)
            await settled(pilot)
            assert queue.order in (sorting.order, sorting.reverse)
            chosen.append(queue.order)
            keys = desk.workbench.reader.keys(queue.query_shown(), queue.order, me="t1", now=app.now)
            assert list(queue.table.keys) == list(keys)
            if queue.order != "urgency":
                assert f"by {order_words(queue.order)}" in queue.query_one(HeaderLine).render_line(0).text
        assert chosen == [sorting.order, sorting.reverse]


async def test_the_heading_points_at_the_column(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        headings = app.screen.query_one(Headings)
        assert not {"↑", "↓"} & set(headings.text.replace("•↑★", ""))
        for key, there in (("o", "OWNER↑"), ("O", "OWNER↓"), ("n", "TICKET↓"), ("p", "PR↑"), ("D", "DUE↓")):
            await pilot.press("comma", key)
            await settled(pilot)
            assert there in headings.text
        await pilot.press("2")
        await settled(pilot)
        assert not {"↑", "↓"} & set(headings.text.replace("•↑★", ""))


def test_how_it_is_sorted_gives_way_before_the_limit_does() -> None:
    """UX 5: at 80 columns the limit and its key stay whole, and so does the time while there is room."""
    left = [(" techdesk  demo  All open 4  limit: org:Alpenruf  L clears", "")]
    time = [("17:58 UTC ", "")]
    for width, told, has_time in (
        (120, "by severity, the most severe first", True),
        (100, "by severity, most severe first", True),
        (82, "by severity", True),
        (80, "by severity", False),
        (60, "", False),
    ):
        line = HeaderLine()
        line.show_both(left, time, order=order_ways("severity"))
        shown = "".join(text for text, _ in line.laid_out(width))
        assert "L clears" in shown
        assert len(shown) == width
        assert told in shown
        assert ("17:58" in shown) == has_time
    assert order_ways("") == ()


def test_a_long_limit_is_cut_before_the_key_that_clears_it_is() -> None:
    left = [
        (" techdesk ", "header-line--name"),
        ("All open 0", ""),
        ("  limit: " + "電話" * 60, "header-line--limit"),
        ("  L clears", "header-line--quiet"),
    ]
    for width in (120, 80, 60, 46):
        line = HeaderLine()
        line.show_both(left, [("17:58 UTC ", "")])
        shown = "".join(text for text, _ in line.laid_out(width))
        assert "limit: 電" in shown
        assert "…  L clears" in shown
        assert cell_len(shown) == width
