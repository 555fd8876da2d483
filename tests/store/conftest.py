"""Fixtures of the store's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from techdesk.store.database import Database
from tests.store.desk import Desk, PlainBook


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty cache with everything that reads and writes it."""
    database = Database.open(tmp_path / "profile", PlainBook())
    made = Desk(database)
    made.pull()
    yield made
    made.check_search()
    made.check_tally()
    database.close()
