"""Macros and canned replies at the keys: shown before anything is done, gaps marked, drafts left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.config.macros import Canned, Macro
from techdesk.model import OperationKind
from techdesk.screens.compose import Compose
from techdesk.screens.form import FormDialog
from techdesk.screens.macro import MacroPreview
from techdesk.screens.writing import FinishBar, Writing
from tests.screens.desk_fixture import SITE_DOWN, SmallDesk, drive, screen_text, small_desk
from tests.screens.test_ticket import committed, open_ticket


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile", messages=3) as opened:
        opened.workbench.replies = {
            "logs": Canned(id="logs", title="Ask for logs", text="Hello {first_name}, logs of {number}?"),
            "visit": Canned(id="visit", title="A visit", text="We come on {visit_date}."),
        }
        opened.workbench.macros = {
            "wait": Macro(
                id="wait", title="Wait for logs", owner="me", status="waiting", add_tags=("logs",),
                reply="Hello {first_name}, logs of {number}?",
            ),
            "visit": Macro(id="visit", title="A visit", reply="We come on {visit_date}."),
        }  # fmt: skip
        yield opened


def sent(desk: SmallDesk) -> list[str]:
    return [line.what for line in desk.workbench.reader.operations(ticket=desk.key(SITE_DOWN))]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_the_difference_is_shown_and_y_applies_it(desk: SmallDesk, size: tuple[int, int]) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("@", *"wait", "enter")
        assert isinstance(pilot.app.screen, MacroPreview)
        shown = screen_text(pilot.app)
        assert "tags +logs" in shown
        assert "logs of TD-10442?" in shown
        assert "y apply" in shown
        assert sent(desk) == []
        await pilot.press("y")
        await committed(desk, pilot)
        assert len(sent(desk)) == 2
        assert sent(desk)[0].startswith("reply")

    drive(desk.app(), main, size)


def test_a_reason_that_the_policy_wants_is_asked_for(desk: SmallDesk) -> None:
    """D3: ``y`` to the difference is no reason for a correction of our own."""
    desk.workbench.macros = {"grade": Macro(id="grade", title="Only one", priority=4, add_tags=("one",))}

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("@", "enter", "y")
        await committed(desk, pilot)
        assert isinstance(pilot.app.screen, FormDialog)
        assert sent(desk) == []
        await pilot.press(*"One phone.", "ctrl+s")
        await committed(desk, pilot)
        assert len(sent(desk)) == 2, "the change, and the reason for it"

    drive(desk.app(), main)


@pytest.mark.parametrize("key", ["escape", "enter", "n", "q", "@"])
def test_no_other_key_applies_it(desk: SmallDesk, key: str) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("@", *"wait", "enter", key)
        await committed(desk, pilot)
        assert sent(desk) == []

    drive(desk.app(), main)


def test_the_reply_can_be_edited_first_and_goes_with_the_rest(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("@", *"wait", "enter", "e")
        assert isinstance(pilot.app.screen, Compose)
        await pilot.press(*" Thanks", "escape", "y")
        await committed(desk, pilot)
        lines = desk.workbench.reader.operations(ticket=desk.key(SITE_DOWN))
        assert lines[0].text.endswith("logs of TD-10442? Thanks")
        assert len(lines) == 2
        assert desk.workbench.reader.draft(desk.key(SITE_DOWN), OperationKind.REPLY) is None

    drive(desk.app(), main)


def test_a_gap_cannot_be_applied_and_can_be_edited(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("@", *"visit", "enter")
        assert "Nothing is known for {visit_date}" in " ".join(screen_text(pilot.app).split())
        await pilot.press("y")
        assert isinstance(pilot.app.screen, MacroPreview)
        await pilot.press("e")
        assert isinstance(pilot.app.screen, Compose)
        await pilot.press("escape", "y")
        bar = pilot.app.screen.query_one(FinishBar)
        assert "{visit_date?} is not filled in" in bar.warning
        await committed(desk, pilot)
        assert sent(desk) == []

    drive(desk.app(), main)


def test_no_macros_says_where_they_come_from(desk: SmallDesk) -> None:
    desk.workbench.macros = {}

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("@")
        await pilot.pause()
        assert "add [macros.NAME] to the settings file" in screen_text(pilot.app)

    drive(desk.app(), main)


def test_a_canned_reply_goes_in_at_the_cursor(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r", *"AB", "left", "ctrl+t", *"logs", "enter")
        writing = pilot.app.screen.query_one(Writing)
        assert writing.text == "AHello Kim, logs of TD-10442?B"
        await pilot.press("ctrl+z")
        assert writing.text == "AB"

    drive(desk.app(), main)


def test_a_canned_reply_of_several_lines_runs_on_in_no_line(desk: SmallDesk) -> None:
    text = "Hello {first_name},\n\nwe look into it."
    desk.workbench.replies = {"look": Canned(id="look", title="We look", text=text)}
    filled = "Hello Kim,\n\nwe look into it."

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r", *"AB", "left", "ctrl+t", *"look", "enter")
        writing = pilot.app.screen.query_one(Writing)
        assert writing.text == f"A\n\n{filled}\n\nB"
        await pilot.press("ctrl+z")
        assert writing.text == "AB"
        await pilot.press("end", "enter", "ctrl+t", *"look", "enter")
        assert writing.text == f"AB\n{filled}"

    drive(desk.app(), main)


def test_a_canned_reply_with_a_gap_says_so_and_sending_asks_once(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r", "ctrl+t", *"visit", "enter")
        screen = pilot.app.screen
        assert screen.query_one(Writing).text == "We come on {visit_date?}."
        assert "{visit_date?}" in screen.said
        await pilot.press("escape", "y")
        assert sent(desk) == []
        await pilot.press("y")
        await committed(desk, pilot)
        assert len(sent(desk)) == 1

    drive(desk.app(), main)


def test_the_policys_words_are_offered_in_a_reply_and_not_in_a_note(desk: SmallDesk) -> None:
    """W1, DD9 and others refer to them: what a remedy names is there."""

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("r", "ctrl+t", *"call us", "enter")
        writing = pilot.app.screen.query_one(Writing)
        assert "TD-10442" in writing.text
        assert "phone" in writing.text
        await pilot.press("escape", "x")
        await pilot.pause()
        await pilot.press("c", "ctrl+t", *"call us")
        await pilot.pause()
        assert "Dynamix" not in screen_text(pilot.app)

    drive(desk.app(), main)
