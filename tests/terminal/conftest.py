"""Places and a desk for the tests that start the program."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.terminal.desk import Desk, Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """Settings and state of this test alone."""
    return Places(tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Generator[Desk]:
    """A demo desk whose colleagues keep still."""
    server = Desk(tmp_path)
    try:
        yield server
    finally:
        server.stop()
