"""Who leaves a text without sending it reads what became of it, and which key goes on with it."""

from __future__ import annotations

import pytest

from tests.screens.conftest import settled
from tests.screens.seeded import Desk
from tests.screens.test_queue import an_app, number_at_cursor, said


@pytest.mark.parametrize(
    ("key", "what"), [("r", "the reply for {}"), ("c", "the note for {}"), ("R", "the notice for {}")]
)
async def test_a_draft_that_is_kept_is_named_with_its_key(desk: Desk, key: str, what: str) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        named = what.format(number_at_cursor(app))
        await pilot.press(key, *"Hello", "escape", "d")
        await settled(pilot)
        assert said(app) == f"Not sent: {named} is kept as a draft. {key} goes on with it."
        await pilot.press(key, "escape", "x", "y")
        await settled(pilot)
        assert said(app) == f"T{named[1:]} is discarded; nothing was sent."


async def test_where_nothing_was_written_no_draft_is_claimed(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("r", "escape", "d")
        await settled(pilot)
        assert said(app) == "Nothing was written, so no draft is kept."


async def test_a_new_ticket_too(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("i", *"Dead", "escape", "d")
        await settled(pilot)
        assert said(app) == "Not sent: the new ticket is kept as a draft. i goes on with it."
