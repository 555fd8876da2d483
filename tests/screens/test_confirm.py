"""Yes and no."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.screens.confirm import Confirm
from techdesk.text import safe_text
from tests.screens.desk_fixture import HOSTILE, OneScreenApp, drive, screen_text

QUESTION = "Close TD-10442 Whole site down?"
DETAIL = "Dunmore Cloud is told. It is held for 5 s; u undoes."


def asked(*keys: str, **more: Any) -> list[Any]:
    app = OneScreenApp(lambda: Confirm(QUESTION, DETAIL, "Close it", **more))

    async def script(pilot: Any) -> None:
        await pilot.press(*keys)
        await pilot.pause()

    drive(app, script, (60, 20))
    return app.answers


@pytest.mark.parametrize("key", ["n", "escape", "q", "enter"])
def test_everything_but_yes_is_no(key: str) -> None:
    assert asked(key) == [False]


def test_yes() -> None:
    assert asked("y") == [True]


def test_enter_is_yes_only_after_moving_to_it() -> None:
    assert asked("right", "enter") == [True]
    assert asked("right", "left", "enter") == [False]


def test_other_keys_answer_nothing() -> None:
    assert asked("C", "C", "x", "space") == []


def test_a_second_key_is_no_second_answer() -> None:
    assert asked("y", "y", "n") == [True]


def test_the_key_that_opened_it_never_means_yes() -> None:
    assert asked("y", opened_by="y") == []
    assert asked("right", "enter", opened_by="y") == [True]
    assert asked("right", "enter", opened_by="enter") == [False]


def test_the_mouse_answers() -> None:
    app = OneScreenApp(lambda: Confirm(QUESTION, DETAIL, "Close it"))

    async def script(pilot: Any) -> None:
        await pilot.click("#confirm-yes")
        await pilot.pause()

    drive(app, script)
    assert app.answers == [True]


def test_hostile_question_fits_and_is_only_text() -> None:
    app = OneScreenApp(lambda: Confirm(safe_text(HOSTILE), HOSTILE, "Close it"))

    async def script(pilot: Any) -> None:
        text = screen_text(app)
        assert "[red]not red[/red]" in text
        assert "Close it" in text
        assert "\x1b" not in text

    drive(app, script, (60, 20))


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((60, 20), id="60x20"),
        pytest.param((80, 24), id="80x24"),
        pytest.param((120, 40), id="120x40"),
    ],
)
def test_look(size: tuple[int, int], snap_compare: Any) -> None:
    app = OneScreenApp(lambda: Confirm(QUESTION, DETAIL, "Close it", no_label="Leave it open"))
    assert snap_compare(app, terminal_size=size)
