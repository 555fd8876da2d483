"""A picture from the lines that changed is the picture that Textual makes, from less."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from techdesk.screens.base import DeskScreen
from techdesk.terminal.compositor import LinesCompositor
from tests.screens.any_keys import small_cache
from tests.screens.conftest import settled


def painted(screen: Screen[object], regions: set[Region]) -> str:
    """What is written when these regions are painted again."""
    compositor = screen._compositor
    compositor._dirty_regions = set(regions)
    update = compositor.render_partial_update()
    assert isinstance(update, ChopsUpdate)
    return update.render_segments(screen.app.console)


@pytest.mark.parametrize("keys", [(), ("v",), ("enter",), ("question_mark",), ("L",)])
async def test_the_same_picture(
    tmp_path: Path, keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = small_cache(tmp_path / "profile")
    app = desk.app()
    chance = random.Random(7)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)
        screen = app.screen
        for _ in range(40):
            x, y = chance.randrange(100), chance.randrange(30)
            wide, high = chance.randint(1, 100 - x), chance.randint(1, 30 - y)
            regions = {Region(x, y, wide, high), Region(0, chance.randrange(30), 100, 1)}
            ours = painted(screen, regions)
            with monkeypatch.context() as patched:
                patched.setattr(LinesCompositor, "_get_renders", Compositor._get_renders)
                assert painted(screen, regions) == ours
    desk.close()


async def test_only_the_lines_that_changed_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = small_cache(tmp_path / "profile")
    app = desk.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        assert isinstance(app.screen, DeskScreen)
        asked: list[int] = []
        render = Widget.render_lines

        def counted(widget: Widget, crop: Region) -> list[object]:
            asked.append(crop.height)
            return render(widget, crop)  # type: ignore[return-value]

        monkeypatch.setattr(Widget, "render_lines", counted)
        painted(app.screen, {Region(0, 9, 100, 1), Region(0, 10, 100, 1)})
        assert asked
        assert max(asked) == 2
    desk.close()
