"""Choosing from a list by keyboard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from techdesk.screens.pick import Choice, Pick
from techdesk.screens.pickers import hour_picker, time_picker
from techdesk.widgets.moments import DAY
from tests.screens.desk_fixture import HOSTILE, OneScreenApp, drive, screen_text

PEOPLE = [
    Choice(id="ravi", label="Ravi Kapoor", detail="Voice"),
    Choice(id="lena", label="Lena Graf", detail="SWAT"),
    Choice(id="omar", label="Omar Haddad", disabled_reason="he has no rights in this queue"),
    *(Choice(id=f"p{n}", label=f"Person {n:02d}", detail="second line") for n in range(40)),
]
LEVELS = [
    Choice(id="1", label="P1 Critical", detail="whole site down", hint_key="1"),
    Choice(id="2", label="P2 Major", detail="one service", hint_key="2"),
    Choice(id="3", label="P3 Minor", hint_key="3", disabled_reason="a VIP's ticket stays at P2 or above"),
]


def app_with(choices: list[Choice], **more: Any) -> OneScreenApp:
    return OneScreenApp(lambda: Pick("Owner of TD-10442", choices, **more))


def answer(app: OneScreenApp, *keys: str, size: tuple[int, int] = (60, 20)) -> list[Any]:
    async def script(pilot: Any) -> None:
        await pilot.press(*keys)
        await pilot.pause()

    drive(app, script, size)
    return app.answers


def test_typing_narrows_and_enter_takes_the_best() -> None:
    assert answer(app_with(PEOPLE), *"len", "enter") == ["lena"]


def test_arrows_move_and_wrap() -> None:
    assert answer(app_with(PEOPLE), "down", "enter") == ["lena"]
    assert answer(app_with(PEOPLE), "up", "enter") == ["p39"]


def test_escape_answers_nothing() -> None:
    assert answer(app_with(PEOPLE), *"ra", "escape") == [None]


def test_a_disabled_choice_is_not_taken_and_says_why() -> None:
    app = app_with(PEOPLE)

    async def script(pilot: Any) -> None:
        await pilot.press(*"omar", "enter")
        assert "no rights in this queue" in screen_text(app)
        assert app.answers == []

    drive(app, script, (60, 20))


def test_keys_of_the_choices_take_them_at_once() -> None:
    assert answer(app_with(LEVELS, typed=False), "2") == ["2"]


def test_a_disabled_key_says_why() -> None:
    app = app_with(LEVELS, typed=False)

    async def script(pilot: Any) -> None:
        await pilot.press("3")
        shown = screen_text(app).replace("\n", " ")
        assert "P3 Minor: a VIP's ticket stays at P2 or above" in shown, "the line is cut, this is not"
        assert "'P3 Minor' cannot be chosen: the reason" in shown
        assert app.answers == []

    drive(app, script, (80, 24))


def test_two_fast_enters_answer_once() -> None:
    assert answer(app_with(LEVELS, typed=False), "1", "2", "enter") == ["1"]


def test_current_is_under_the_cursor() -> None:
    assert answer(app_with(LEVELS, typed=False, current="2"), "enter") == ["2"]


def test_of_what_has_to_be_typed_nothing_is_said_to_be_missing_before() -> None:
    app = app_with([], offer=lambda typed: None, placeholder="a name")

    async def script(pilot: Any) -> None:
        assert "Nothing matches" not in screen_text(app)
        await pilot.press("!")
        assert "Nothing matches" in screen_text(app)

    drive(app, script)


def test_what_would_be_taken_is_said_where_what_is_typed_is_not() -> None:
    for picker, typed, words in (
        (time_picker("Time"), "90h", "Not a time of up to a day: 25, 1h30"),
        (hour_picker("Until", 1_790_000_000), "2001-01-01", "No hour of the coming year: 2h, 3d"),
    ):
        app = OneScreenApp(lambda picker=picker: picker)

        async def script(pilot: Any, words: str = words, typed: str = typed) -> None:
            await pilot.press(*typed, "enter")
            assert words in screen_text(pilot.app)
            assert pilot.app.answers == []

        drive(app, script)


def test_nothing_matches_is_said_and_enter_does_nothing() -> None:
    app = app_with(PEOPLE)

    async def script(pilot: Any) -> None:
        await pilot.press(*"zzz", "enter")
        assert "Nothing matches" in screen_text(app)
        assert app.answers == []

    drive(app, script)


def test_a_new_thing_can_be_offered_from_what_is_typed() -> None:
    def offer(typed: str) -> Choice | None:
        return Choice(id=f"new:{typed}", label=typed) if "@" in typed else None

    assert answer(app_with(PEOPLE, offer=offer), *"a@b.example", "enter") == ["new:a@b.example"]


def test_the_mouse_chooses() -> None:
    app = app_with(LEVELS, typed=False)

    async def script(pilot: Any) -> None:
        await pilot.click("ChoiceList", offset=(5, 1))
        await pilot.pause()
        assert app.answers == ["2"]

    drive(app, script)


def test_hostile_labels_are_only_text() -> None:
    from techdesk.text import safe_text

    label = safe_text(HOSTILE)
    app = app_with([Choice(id="x", label=label, detail=label)])

    async def script(pilot: Any) -> None:
        assert "[red]not red[/red]" in screen_text(app)

    drive(app, script, (120, 40))


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((60, 20), id="60x20"),
        pytest.param((80, 24), id="80x24"),
        pytest.param((120, 40), id="120x40"),
    ],
)
def test_it_fits(size: tuple[int, int]) -> None:
    app = app_with(PEOPLE)

    async def script(pilot: Any) -> None:
        dialog = app.screen.query_one("#pick").region
        assert dialog.x >= 0
        assert dialog.right <= size[0]
        assert dialog.y >= 0
        assert dialog.bottom <= size[1]
        assert "esc leave" in screen_text(app)
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        dialog = app.screen.query_one("#pick").region
        assert dialog.bottom <= 20
        assert dialog.right <= 60

    drive(app, script, size)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((60, 20), id="60x20"),
        pytest.param((80, 24), id="80x24"),
        pytest.param((120, 40), id="120x40"),
    ],
)
def test_look(size: tuple[int, int], snap_compare: Any) -> None:
    assert snap_compare(app_with(PEOPLE), press=["p", "2"], terminal_size=size)


def test_look_of_levels(snap_compare: Any) -> None:
    assert snap_compare(app_with(LEVELS, typed=False), press=["3"], terminal_size=(60, 20))


def test_what_is_typed_is_offered_once() -> None:
    """``tomorrow`` is a choice already: the same hour does not stand there a second time."""
    sunday = int(datetime(2026, 11, 22, 13, 52, tzinfo=UTC).timestamp())
    app = OneScreenApp(lambda: hour_picker("Snooze TD-1 until ...", sunday + DAY))

    async def script(pilot: Any) -> None:
        await pilot.press(*"tomorrow")
        await pilot.pause()
        text = screen_text(app)
        assert text.count("tomorrow morning") == 1
        assert "until tomorrow" not in text
        await pilot.press("ctrl+u", *"2h")
        await pilot.pause()
        assert "until 2h" in screen_text(app)

    drive(app, script, (60, 20))


def test_on_a_sunday_tomorrow_is_monday_and_stands_there_once() -> None:
    sunday = int(datetime(2026, 11, 22, 13, 52, tzinfo=UTC).timestamp())
    app = OneScreenApp(lambda: hour_picker("Snooze TD-1 until ...", sunday))

    async def script(pilot: Any) -> None:
        await pilot.pause()
        text = screen_text(app)
        assert text.count("Mon 23 Nov 09:00") == 1
        assert "tomorrow morning" in text
        assert "Monday morning" not in text
        await pilot.press(*"monday", "enter")

    drive(app, script, (60, 20))
    assert app.answers == [str(sunday - 13 * 3600 - 52 * 60 + DAY + 9 * 3600)]
