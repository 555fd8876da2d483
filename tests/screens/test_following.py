"""A long list follows what changes without being read again."""

from __future__ import annotations

import pytest

from techdesk.clock import FrozenClock
from techdesk.desks.port import Page
from techdesk.model import Tombstone, TombstoneReason
from techdesk.screens import queue as queue_module
from techdesk.store.lists import Lists
from tests.screens.conftest import settled
from tests.screens.seeded import HOUR, Desk, ticket
from tests.screens.seeded import NOW as NOON
from tests.screens.test_queue import an_app, number_at_cursor, queue_of, said


async def test_it_is_patched_and_the_cursor_keeps_its_ticket(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue_module, "SMALL", 0)
    # The first lines are not all: as with a list of a million, the rest is read behind them.
    monkeypatch.setattr(queue_module, "FIRST", 5)
    app = an_app(desk)
    async with app.run_test(size=(100, 20)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press(*["j"] * 12)
        before, line = number_at_cursor(app), queue.table.cursor - queue.table.scroll_offset.y
        anew: list[str] = []
        read = Lists.listing

        def reading(self: Lists, *arguments: object, **named: object) -> object:
            anew.append("read")
            return read(self, *arguments, **named)

        monkeypatch.setattr(Lists, "listing", reading)
        more = [ticket(100 + i, due_in=-5 * HOUR - i, priority=1) for i in range(20)]
        gone = [Tombstone(id=str(i), reason=TombstoneReason.DELETED) for i in (1, 2, 3)]
        desk.feed.apply(Page(tickets=tuple(more), tombstones=tuple(gone), cursor="2", more=False), now=NOON)
        app.nudge()
        await settled(pilot)
        assert not anew
        reader, me = app.workbench.reader, app.workbench.me.id
        assert queue.table.keys == reader.keys(queue.query_shown(), queue.order, me=me, now=NOON)
        assert number_at_cursor(app) == before
        assert queue.table.cursor - queue.table.scroll_offset.y == line
        # The ticket under the cursor goes: it keeps its place until the cursor leaves it.
        key = queue.table.cursor_key
        assert key is not None
        gone = [Tombstone(id=number_at_cursor(app)[-2:].lstrip("0"), reason=TombstoneReason.DELETED)]
        desk.feed.apply(Page(tombstones=tuple(gone), cursor="3", more=False), now=NOON)
        app.nudge()
        await settled(pilot)
        assert not anew
        assert queue.table.left == key == queue.table.cursor_key
        assert "is no longer in this list" in said(app)
        await pilot.press("j")
        assert queue.table.left is None


async def test_what_time_alone_changes_is_looked_at_every_minute(desk: Desk) -> None:
    app = an_app(desk)
    async with app.run_test(size=(100, 20)) as pilot:
        await settled(pilot)
        queue = queue_of(app)
        await pilot.press("5")
        await settled(pilot)
        before = len(queue.table.keys)
        clock = app.workbench.clock
        assert isinstance(clock, FrozenClock)
        clock.advance(4 * HOUR)
        app._tick()
        await settled(pilot)
        assert len(queue.table.keys) > before
