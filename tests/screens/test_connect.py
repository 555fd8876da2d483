"""The first screen of all: the demo, or a connection that is checked before it is kept."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from techdesk.screens.connect import Checked, ConnectApp, Wanted, address_problem

_NAMES = {":": "colon", "/": "slash", ".": "full_stop", "-": "minus"}


def typed(text: str) -> list[str]:
    return [_NAMES.get(character, character) for character in text]


def words(app: ConnectApp) -> str:
    return str(app.screen.query_one("#connect-words", Static).render())


async def until(pilot: Pilot[str], app: ConnectApp, part: str) -> None:
    for _ in range(200):
        await pilot.pause(0.005)
        if part in words(app):
            return
    raise AssertionError(words(app))


@pytest.mark.parametrize("keys", [["d"], ["enter"]])
async def test_the_demo_is_one_key_away(keys: list[str]) -> None:
    app = ConnectApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
    assert app.return_value == "demo"


async def test_leaving_answers_nothing() -> None:
    app = ConnectApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value is None


async def test_without_a_check_the_address_is_the_answer() -> None:
    app = ConnectApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "enter", *typed("helpdesk"), "enter")
        assert "begins with https" in words(app)
        await pilot.press(*["backspace"] * 8, *typed("https://helpdesk.example"), "enter")
        await pilot.pause()
    assert app.return_value == "https://helpdesk.example"


async def test_a_connection_is_kept_only_after_the_desk_knew_us() -> None:
    asked: list[Wanted] = []
    kept: list[Wanted] = []

    def check(wanted: Wanted) -> Checked:
        asked.append(wanted)
        if wanted.token != "right":
            return Checked(words="The help desk does not accept the token.", works=False)
        return Checked(words="Bea Moreau at a test desk, class A", works=True)

    def save(wanted: Wanted) -> str:
        kept.append(wanted)
        return "helpdesk"

    app = ConnectApp(check=check, save=save)
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press(
            "c", *typed("https://helpdesk.example"), "enter", "right", "enter", *"wrong", "enter"
        )
        await until(pilot, app, "does not accept")
        assert kept == []
        await pilot.press(*["backspace"] * 5, *"right", "enter")
        await until(pilot, app, "You are Bea Moreau")
        assert kept == []
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "right" not in text.replace("bright", "")
        await pilot.press("enter")
        await pilot.pause()
    assert app.return_value == "profile:helpdesk"
    assert kept == [Wanted(url="https://helpdesk.example", kind="rt", token="right")]
    assert len(asked) == 2


async def test_a_changed_field_needs_another_check() -> None:
    app = ConnectApp(check=lambda w: Checked(words="Bea", works=True), save=lambda w: "x")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("c", *typed("https://helpdesk.example"), "enter", "enter", *"tok", "enter")
        await until(pilot, app, "You are Bea")
        await pilot.press("x")
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press("q")
        await pilot.pause()
    assert app.return_value is None


def test_addresses() -> None:
    assert address_problem("https://helpdesk.example/rt") == ""
    assert address_problem("") != ""
    assert address_problem("helpdesk.example") != ""
    assert address_problem("https://two words") != ""
    assert address_problem("https://") != ""
