"""The help screen is the registry, for the screen that it was opened on."""

from __future__ import annotations

import pytest

from techdesk.actions.keymap import Keymap, use
from techdesk.actions.registry import Where, action, actions_on
from techdesk.app import TechdeskApp
from techdesk.screens.help import HelpScreen, help_lines
from tests.screens.conftest import settled
from tests.screens.seeded import Desk


@pytest.mark.parametrize("where", [Where.QUEUE, Where.TICKET, Where.SLA, Where.OUTBOX])
def test_every_action_of_the_screen_is_explained(where: Where) -> None:
    explained = [words for kind, _, words in help_lines(where, read_only=False) if kind == "key"]
    for act in actions_on(where):
        assert act.help in explained


def test_read_only_leaves_out_what_changes() -> None:
    explained = [words for _, _, words in help_lines(Where.QUEUE, read_only=True)]
    assert not [act for act in actions_on(Where.QUEUE) if act.changes and act.help in explained]


def test_a_moved_key_is_shown_where_it_is_now() -> None:
    use(Keymap(moved={"ticket.take": ("z", "g z"), "ticket.copy": ()}))
    try:
        lines = help_lines(Where.QUEUE, read_only=False)
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
