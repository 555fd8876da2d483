"""The picker of tags, in the real app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.screens.tagging import tags_chosen
from tests.screens.desk_fixture import SITE_DOWN, SmallDesk, drive, small_desk
from tests.screens.test_ticket import committed, open_ticket


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SmallDesk]:
    with small_desk(tmp_path / "profile") as opened:
        yield opened


def tags(desk: SmallDesk) -> tuple[str, ...]:
    row = desk.workbench.reader.row(desk.key(SITE_DOWN))
    assert row is not None
    return row.tags


def test_a_new_tag_is_typed_and_a_present_one_is_taken_off(desk: SmallDesk) -> None:
    before = tags(desk)

    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("#", *"lab two", "enter")
        await committed(desk, pilot)
        assert tags(desk) == (*before, "lab two")
        await pilot.press("#", *"lab", "enter")  # it is on the ticket: taken off
        await committed(desk, pilot)
        assert tags(desk) == before

    drive(desk.app(), main, (80, 24))


def test_a_line_with_signs_changes_several_at_once(desk: SmallDesk) -> None:
    async def main(pilot: Any) -> None:
        await open_ticket(desk, pilot)
        await pilot.press("#", *"one, two", "enter")
        await committed(desk, pilot)
        await pilot.press("#", *"-one, three", "enter")
        await committed(desk, pilot)
        assert tags(desk)[-2:] == ("two", "three")

    drive(desk.app(), main, (80, 24))


def test_a_tag_with_a_comma_in_it_is_one_tag() -> None:
    assert tags_chosen("-a, b") == ((), ("a, b",))
    assert tags_chosen("=a, b") == (("a", "b"), ())
