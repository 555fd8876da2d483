"""Time, watchers, links and merging at the keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.screens.confirm import Confirm
from techdesk.screens.pick import Pick
from techdesk.store.rows import TicketView
from techdesk.widgets.ticket_header import TicketHeader
from tests.screens.conftest import settled
from tests.screens.desk_fixture import LONG, SITE_DOWN, SmallDesk, drive, screen_text, small_desk
from tests.screens.test_ticket import committed, open_ticket


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile", messages=3) as opened:
        yield opened


def view(desk: SmallDesk) -> TicketView:
    found = desk.workbench.reader.ticket(desk.key(SITE_DOWN))
    assert found is not None
    return found


def test_time_is_logged_with_what_is_typed(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("w", *"1h30 on site", "enter")
        await committed(desk, pilot)
        assert view(desk).time_worked == 90
        assert "worked 1 h 30 min" in screen_text(pilot.app)
        await pilot.press("w", *"soon", "enter", "escape")
        await committed(desk, pilot)
        assert view(desk).time_worked == 90

    drive(desk.app(), main)


def test_watching_oneself_is_the_first_choice_and_the_second_takes_it_off(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("F", "enter")
        await committed(desk, pilot)
        assert view(desk).watchers == ("Bea Moreau",)
        assert "copies to Bea Moreau" in screen_text(pilot.app)
        await pilot.press("F", "enter")
        await committed(desk, pilot)
        assert view(desk).watchers == ()

    drive(desk.app(), main)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_a_link_is_made_by_number_and_taken_off(desk: SmallDesk, size: tuple[int, int]) -> None:
    other = f"TD-{LONG}"

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("&", "l", "d", *other, "enter")
        await committed(desk, pilot)
        assert [link.number for link in view(desk).links] == [other]
        assert f"depends on {other}" in screen_text(pilot.app)
        await pilot.press("&", "u", "enter")
        await committed(desk, pilot)
        assert view(desk).links == ()

    drive(desk.app(), main, size)


def test_a_merge_asks_and_only_y_does_it(desk: SmallDesk) -> None:
    other = f"TD-{LONG}"

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("&", "m", *other, "enter")
        assert isinstance(pilot.app.screen, Confirm)
        await pilot.pause()
        assert "brings it back." in screen_text(pilot.app)
        assert "ANOTHER CUSTOMER" in screen_text(pilot.app)
        await pilot.press("enter")
        await committed(desk, pilot)
        assert view(desk).merging_into == ""
        await pilot.press("&", "m", *other, "enter", "y")
        await committed(desk, pilot)
        assert view(desk).merging_into == other
        assert f"will be merged into {other}" in screen_text(pilot.app)
        await pilot.press("u")
        await committed(desk, pilot)
        assert view(desk).merging_into == ""

    drive(desk.app(), main)


def test_a_merge_offers_the_likely_ones_first_and_what_was_just_looked_at(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot, LONG)
        await pilot.press("q")
        await open_ticket(desk, pilot)
        await pilot.press("&", "m")
        await settled(pilot)
        assert isinstance(pilot.app.screen, Pick)
        offered = pilot.app.screen._choices
        row = desk.workbench.reader.row(desk.key(SITE_DOWN))
        assert row is not None
        assert row.number not in [choice.id for choice in offered]
        (looked_at,) = (choice for choice in offered if choice.id == f"TD-{LONG}")
        # It is of another customer: it is offered for that alone.
        assert looked_at.detail.endswith("just looked at")
        await pilot.press("escape")

    drive(desk.app(), main)


def test_a_snoozed_ticket_leaves_the_queue_and_is_found_by_a_limit(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        app = pilot.app
        await pilot.pause()
        number = f"TD-{SITE_DOWN}"
        assert number in screen_text(app)
        desk.workbench.perform(
            "ticket.snooze", desk.key(SITE_DOWN), until=desk.workbench.clock.now() + 3600, confirmed=True
        )
        await committed(desk, pilot)
        app.screen.load(keep=True)
        for _ in range(100):
            await pilot.pause(0.01)
            if number not in screen_text(app):
                break
        assert number not in screen_text(app)
        await pilot.press("l", *"status:hold", "enter")
        for _ in range(100):
            await pilot.pause(0.01)
            if number in screen_text(app):
                break
        assert number in screen_text(app)

    drive(desk.app(), main)


def test_a_snoozed_ticket_says_until_when(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        assert "snoozed" not in screen_text(pilot.app)
        until = desk.workbench.clock.now() + 3600
        desk.workbench.perform("ticket.snooze", desk.key(SITE_DOWN), until=until, confirmed=True)
        await committed(desk, pilot)
        assert "snoozed until " in pilot.app.screen.query_one(TicketHeader).text
        desk.workbench.forget_snoozes([desk.key(SITE_DOWN)])
        await committed(desk, pilot)
        pilot.app.screen.refresh_rows(None)
        assert "snoozed" not in pilot.app.screen.query_one(TicketHeader).text

    drive(desk.app(), main)
