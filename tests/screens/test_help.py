"""The help screen is the registry, for the screen that it was opened on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.containers import Vertical
from textual.widgets import Input, Static

from techdesk.actions.keymap import Keymap, use
from techdesk.actions.registry import Where, action, actions_on
from techdesk.app import TechdeskApp
from techdesk.screens.help import HelpLine, HelpScreen, help_lines, matches
from tests.screens.conftest import settled
from tests.screens.seeded import Desk

if TYPE_CHECKING:
    from textual.pilot import Pilot

LINES = [
    HelpLine("group", "", "Move"),
    HelpLine("key", "j  ↓", "Move down one line."),
    HelpLine("key", "^D", "Move down one page."),
    HelpLine("blank", "", ""),
    HelpLine("group", "", "Change a ticket"),
    HelpLine("key", "C", "Close the ticket for good."),
    HelpLine("key", "g c", "Show the conflicts.", "Conflicts\nquarrels"),
]


@pytest.mark.parametrize("where", [Where.QUEUE, Where.TICKET, Where.SLA, Where.OUTBOX])
def test_every_action_of_the_screen_is_explained(where: Where) -> None:
    explained = [line.words for line in help_lines(where, read_only=False) if line.kind == "key"]
    for act in actions_on(where):
        assert act.help in explained


def test_read_only_leaves_out_what_changes() -> None:
    explained = [line.words for line in help_lines(Where.QUEUE, read_only=True)]
    assert not [act for act in actions_on(Where.QUEUE) if act.changes and act.help in explained]


def test_a_moved_key_is_shown_where_it_is_now() -> None:
    use(Keymap(moved={"ticket.take": ("z", "g z"), "ticket.copy": ()}))
    try:
        lines = [line[:3] for line in help_lines(Where.QUEUE, read_only=False)]
    finally:
        use(Keymap())
    assert ("key", "z  g z", action("ticket.take").help) in lines
    assert ("key", ": only", action("ticket.copy").help) in lines


async def test_it_opens_over_its_screen_and_closes(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        await pilot.press("j", "pagedown", "end", "home", "escape")
        await pilot.pause()
        assert app.screen.name == "queue"


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", []),
        ("  ", []),
        ("move", [0, 1, 2]),
        ("DOWN one page", [2]),
        ("^d", [2]),
        ("C", [5]),  # the key, not every sentence with the letter
        ("c", [6]),
        ("x", []),
        ("g c", [6]),
        ("close", [5]),
        ("Quarrel", [6]),  # a name that its sentence does not have
    ],
)
def test_the_search_of_the_help(typed: str, found: list[int]) -> None:
    assert matches(LINES, typed) == found


def _shown(app: TechdeskApp) -> tuple[str, str]:
    """The line gone to, and what the lower edge says."""
    text = app.screen.query_one("#help-text", Static)
    lines = [line for line in str(text.content).split("\n") if line.startswith(">")]
    return " | ".join(lines), str(app.screen.query_one("#help", Vertical).border_subtitle)


async def _help(pilot: Pilot[None], *keys: str) -> None:
    await settled(pilot)
    await pilot.press("question_mark", *keys)
    await pilot.pause()


async def test_a_search_goes_to_what_matches_and_on(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await _help(pilot, "slash", *"macro")
        line, edge = _shown(app)
        assert "macro" in line.casefold()
        assert edge.startswith("1 of ")
        assert "Esc back" in edge
        await pilot.press("enter")
        assert isinstance(app.screen, HelpScreen)  # Enter takes the search, it does not close the help
        assert "n N next" in _shown(app)[1]
        body = app.screen.body
        index = app.screen._rows[app.screen._found[0]]
        assert body.scroll_offset.y <= index < body.scroll_offset.y + body.size.height
        await pilot.press("slash", *"ticket", "enter", "n")
        second, edge = _shown(app)
        assert edge.startswith("2 of ")
        await pilot.press("N")
        first, edge = _shown(app)
        assert edge.startswith("1 of ")
        assert first != second
        await pilot.press("N")  # round the end
        count = edge.split()[2]
        assert _shown(app)[1].startswith(f"{count} of {count}")
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.name == "queue"


async def test_escape_leaves_the_search_before_the_help(desk: Desk) -> None:
    app = TechdeskApp(desk.workbench, None, title="test")
    async with app.run_test(size=(80, 24)) as pilot:
        await _help(pilot, "j", "j", "slash", *"qzq")
        assert _shown(app) == ("", "nothing matches · Enter takes it · Esc back")
        assert app.screen.query_one(Input).value == "qzq"  # q is a letter here
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert app.screen.body.scroll_offset.y == 2
        assert _shown(app) == ("", "j k scroll · / find · Esc closes")
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen.name == "queue"
