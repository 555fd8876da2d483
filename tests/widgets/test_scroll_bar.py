"""The scroll bar of a list: Textual's picture, drawn only when it is another one."""

from __future__ import annotations

import pytest
from textual.app import ComposeResult
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from techdesk.screens.terminal_app import TerminalApp
from techdesk.widgets.scroll_bar import SteadyScrollBar, thumb
from techdesk.widgets.ticket_table import TicketTable

LINES, HEIGHT = 3_000, 20


def looks(position: float, height: int, lines: int, shown: int) -> list[tuple[str, bool]]:
    """Glyph and reversal of each cell, as Textual draws them."""
    segments = ScrollBarRender.render_bar(height, lines, shown, position).segments
    return [(text, bool(style and style.reverse)) for text, style, _ in segments]


@pytest.mark.parametrize(("height", "lines", "shown"), [(20, 3_000, 20), (20, 25, 20), (7, 100_000, 45)])
def test_it_looks_the_same_as_long_as_its_thumb_is_said_to_stand_still(
    height: int, lines: int, shown: int
) -> None:
    moved = 0
    for position in range(lines - shown):
        here, there = (thumb(p, height, lines, shown) for p in (position, position + 1))
        if here == there:
            assert looks(position, height, lines, shown) == looks(position + 1, height, lines, shown)
        moved += here != there
    assert 0 < moved <= height * 8


def test_nothing_to_scroll_is_no_thumb() -> None:
    assert thumb(0, 0, 100, 10) == thumb(0, 10, 5, 10) == thumb(0, 10, 0, 0) == (0, 0)


class Bars(TerminalApp):
    def compose(self) -> ComposeResult:
        yield TicketTable("queue")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[ScrollBar]:
    """Every bar that is drawn, each time."""
    seen: list[ScrollBar] = []
    render = ScrollBar.render

    def noted(bar: ScrollBar) -> object:
        seen.append(bar)
        return render(bar)

    monkeypatch.setattr(ScrollBar, "render", noted)
    return seen


async def test_a_list_draws_it_where_it_moves_only(drawn: list[ScrollBar]) -> None:
    app = Bars()
    async with app.run_test(size=(80, HEIGHT)) as pilot:
        table = app.query_one(TicketTable)
        table.render_line = lambda y: Strip.blank(79)  # type: ignore[method-assign]
        table.virtual_size = Size(80, LINES)
        await pilot.pause()
        bar = table.vertical_scrollbar
        assert isinstance(bar, SteadyScrollBar)
        drawn.clear()
        for y in range(1, 101):
            ScrollView.scroll_to(table, y=y, animate=False, force=True)
            await pilot.pause()
        assert bar.position == 100
        steps = thumb(100, HEIGHT, LINES, HEIGHT)[0]
        assert 0 < len(drawn) <= steps
