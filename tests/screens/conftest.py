"""What tests of screens share. tests/conftest.py clears the environment before Textual is imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.screens.seeded import Desk

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from techdesk.app import TechdeskApp


@pytest.fixture(autouse=True)
def in_utc(utc: None) -> None:
    """Screens show the machine's zone: here it is always UTC."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A real database with thirty tickets and a frozen clock."""
    made = Desk(tmp_path / "profile")
    yield made
    made.close()


async def settled(pilot: Pilot[None]) -> None:
    """Wait until the reading thread has nothing left to do; what it read, and all keys, are on the screen."""
    app: TechdeskApp = pilot.app
    for _ in range(400):
        await pilot.pause()
        if app.reading.idle and app._type_ahead.idle:
            await pilot.pause()
            if app.reading.idle and app._type_ahead.idle:
                return
        await pilot.pause(0.005)
    raise AssertionError("the reading thread does not come to rest")
