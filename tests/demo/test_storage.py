"""The demo desk's file: identity, persistence, and the shift of old data to the present."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.desk import Desk
from techdesk.demo.generate import generate
from techdesk.demo.scenes import all_cases
from techdesk.demo.storage import STALE_AFTER, Storage
from techdesk.desks.wire import WirePage
from tests.demo.conftest import NOW


def everything(storage: Storage) -> WirePage:
    return Desk(storage).feed.one("10271")


def reopened(path: Path, now: float) -> Storage:
    storage = Storage.open(path, FrozenClock(now))
    storage.shift_if_stale()
    return storage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    storage = Storage.open(tmp_path / "demo.db", FrozenClock(NOW))
    generate(storage, all_cases())
    storage.close()
    return tmp_path / "demo.db"


def test_the_file_is_private(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_everything_is_kept_over_a_restart(path: Path) -> None:
    first = reopened(path, NOW + 5)
    with first.transaction():
        Desk(first).message("bea", "10271", "kept")
    before, identity = everything(first), (first.server, first.epoch)
    first.close()
    second = reopened(path, NOW + STALE_AFTER)
    assert not second.is_empty()
    assert (second.server, second.epoch) == identity
    assert everything(second) == before
    second.close()


def test_old_data_move_to_the_present(path: Path) -> None:
    first = reopened(path, NOW + 100)
    with first.transaction():
        Desk(first).message("bea", "10271", "my answer")
        Desk(first).update("bea", "10271", "", {"status": "closed"})
    before, server, epoch = everything(first), first.server, first.epoch
    cursor = Desk(first).feed.changes("", 1, 90).cursor
    first.close()

    later = NOW + 40 * 86_400
    second = reopened(path, later)
    after = everything(second)
    (old,), (new,) = before.tickets, after.tickets
    assert second.server == server
    assert second.epoch != epoch
    assert cursor.startswith(epoch)
    assert new.created - later == old.created - NOW
    assert (new.closed, new.updated) == (later, later)
    assert new.revision > old.revision
    assert new.version != old.version
    assert [m.body for m in after.messages] == [m.body for m in before.messages]
    assert [m.at for m in after.messages] == [min(m.at - NOW, 0) + later for m in before.messages]
    assert max(e.at for e in after.events) == later
    second.close()


def test_nothing_moves_under_somebody_who_is_at_work(path: Path) -> None:
    """A long bulk run that a kill -9 has cut meets its tickets as they were."""
    first = reopened(path, NOW + 100)
    epoch = first.epoch
    first.sql.execute("INSERT INTO answers VALUES('bea', 'key', '', 200, x'', ?)", (STALE_AFTER + 500,))
    first.close()
    second = reopened(path, NOW + STALE_AFTER + 600)
    assert second.epoch == epoch
    second.close()
    third = reopened(path, NOW + 2 * STALE_AFTER + 501)
    assert third.epoch != epoch
    third.close()


def test_a_clock_that_was_set_back_moves_the_data_too(path: Path) -> None:
    storage = reopened(path, NOW - 86_400)
    (ticket,) = everything(storage).tickets
    assert ticket.created < NOW - 86_400
    storage.close()


def test_half_of_a_transaction_is_nothing(path: Path) -> None:
    storage = reopened(path, NOW)
    before = everything(storage)
    with pytest.raises(RuntimeError), storage.transaction():
        Desk(storage).message("bea", "10271", "half")
        raise RuntimeError
    assert everything(storage) == before
    storage.close()


def test_a_file_of_another_form_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE meta SET value = '999' WHERE name = 'form'")
    connection.commit()
    connection.close()
    with pytest.raises(ValueError, match="--reset"):
        Storage.open(path, FrozenClock(NOW))


def test_a_start_that_was_cut_short_counts_as_empty(tmp_path: Path) -> None:
    storage = Storage.open(tmp_path / "demo.db", FrozenClock(NOW))
    assert storage.is_empty()
    storage.close()
    assert (tmp_path / "demo.db").stat().st_size > 0
