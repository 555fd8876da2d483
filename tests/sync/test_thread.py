"""The sync thread: starts, is poked, answers questions, hands over, and always ends."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path

import msgspec
import pytest

from techdesk.clock import SystemClock
from techdesk.desks.address import UnusableAddress
from techdesk.desks.port import Failure, FailureKind, HelpDesk, NotThere, ServerClock
from techdesk.model import Scope
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.store.feed import Feed
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.store.trouble import Trouble
from techdesk.sync.leader import Leadership, Pokes
from techdesk.sync.server_clock import ServerTime
from techdesk.sync.thread import SyncThread
from tests.sync.desk_model import ME, ModelDesk
from tests.sync.no_policies import NoPolicies

PATIENCE = 10.0


class Watched:
    """A thread on a store, and a way to wait for what it does without sleeping."""

    def __init__(
        self,
        folder: Path,
        make_desk: Callable[[ServerClock], HelpDesk],
        *,
        offline: bool = False,
        moved: Callable[[], bool] = lambda: False,
    ) -> None:
        self.database = Database.open(folder, NoPolicies())
        self.reader = self.database.reader()
        self._changed = threading.Condition()
        self.thread = SyncThread(
            self.database,
            make_desk,
            SystemClock(),
            Scope(),
            offline=offline,
            on_change=self._on_change,
            moved=moved,
        )

    def _on_change(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def until(self, holds: Callable[[SyncState], bool]) -> SyncState:
        with self._changed:
            assert self._changed.wait_for(lambda: holds(self.reader.sync_state()), PATIENCE)
            return self.reader.sync_state()

    def until_idle(self) -> SyncState:
        return self.until(lambda state: state.phase is SyncPhase.IDLE)

    def close(self) -> None:
        assert self.thread.stop(PATIENCE)
        self.database.close()


@pytest.fixture
def desk() -> ModelDesk:
    return ModelDesk()


@pytest.fixture
def watched(tmp_path: Path, desk: ModelDesk) -> Iterator[Watched]:
    watched = Watched(tmp_path / "profile", lambda _clock: desk)
    yield watched
    watched.close()


def test_it_pulls_and_a_poke_pulls_again(watched: Watched, desk: ModelDesk) -> None:
    watched.thread.start()
    watched.until_idle()
    assert watched.thread.is_leader
    assert watched.reader.key_of("3") is not None
    desk.opened(subject="New")
    watched.thread.poke()
    watched.until(lambda _state: watched.reader.key_of("4") is not None)
    assert watched.thread.stop(PATIENCE)
    assert desk.closed
    assert not watched.thread.is_leader


def test_stopping_before_the_start_and_twice_is_no_harm(tmp_path: Path, desk: ModelDesk) -> None:
    watched = Watched(tmp_path, lambda _clock: desk)
    assert watched.thread.stop(PATIENCE)
    watched.close()


def test_it_ends_at_once_though_a_request_hangs(tmp_path: Path, desk: ModelDesk) -> None:
    hanging = threading.Event()

    async def hang() -> Failure:
        hanging.set()
        await asyncio.Event().wait()
        raise AssertionError

    desk.who_am_i = hang
    watched = Watched(tmp_path, lambda _clock: desk)
    watched.thread.start()
    assert hanging.wait(PATIENCE)
    question = watched.thread.look("1")
    assert watched.thread.stop(2.0)
    with pytest.raises(CancelledError):
        question.result(PATIENCE)
    with pytest.raises(CancelledError):
        watched.thread.look("1").result(PATIENCE)
    watched.close()


def test_a_round_that_the_end_cuts_off_is_under_way_no_more(tmp_path: Path, desk: ModelDesk) -> None:
    """Who reads the file then (``techdesk status``) would say for hours that it syncs."""

    class Hanging(ModelDesk):
        hangs = False

        async def pull(self, cursor: str, scope: Scope) -> object:  # type: ignore[override]
            if self.hangs:
                await asyncio.sleep(3600)
            return await super().pull(cursor, scope)

    hanging = Hanging()
    watched = Watched(tmp_path / "profile", lambda _clock: hanging)
    watched.thread.start()
    watched.until_idle()
    hanging.hangs = True
    watched.thread.poke()
    watched.until(lambda state: state.phase is SyncPhase.PULLING)
    assert watched.thread.stop(PATIENCE)
    assert watched.reader.sync_state().phase is SyncPhase.IDLE
    watched.database.close()


def test_looking_up_what_is_outside_the_scope(watched: Watched, desk: ModelDesk) -> None:
    watched.thread.start()
    watched.until_idle()
    outside = desk.opened(subject="Old story")
    del desk.changed[outside]
    assert watched.thread.search("Old story").result(PATIENCE) == (outside,)
    key = watched.reader.key_of(outside)
    assert key is not None
    assert watched.reader.conversation(key) == []
    assert watched.thread.look(outside).result(PATIENCE) is None
    assert len(watched.reader.conversation(key)) == 1
    failure = watched.thread.look("99").result(PATIENCE)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.NOT_FOUND
    desk.delete("1")
    assert watched.thread.look("1").result(PATIENCE) is None
    assert watched.reader.key_of("1") is None


def test_a_look_up_by_another_account_writes_nothing(
    watched: Watched, desk: ModelDesk, tmp_path: Path
) -> None:
    watched.thread.start()
    watched.until_idle()
    assert watched.thread.stop(PATIENCE)
    desk.me = msgspec.structs.replace(ME, id="other")
    desk.changes("1", subject="Not for this file")
    second = Watched(tmp_path / "profile", lambda _clock: desk)
    second.thread.start()
    for question in (second.thread.look("1"), second.thread.search("Not")):
        failure = question.result(PATIENCE)
        assert isinstance(failure, Failure)
        assert failure.kind is FailureKind.OTHER_ACCOUNT
    second.until(lambda state: state.phase is SyncPhase.ERROR)
    key = second.reader.key_of("1")
    assert key is not None
    row = second.reader.row(key)
    assert row is not None
    assert row.subject == "Subject 1"
    second.close()


def test_offline_asks_nobody_and_says_so(tmp_path: Path, desk: ModelDesk) -> None:
    watched = Watched(tmp_path, lambda _clock: desk, offline=True)
    watched.thread.start()
    state = watched.until(lambda state: state.phase is SyncPhase.OFFLINE)
    assert "offline" in state.error.lower()
    failure = watched.thread.look("1").result(PATIENCE)
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.OFFLINE
    assert desk.asked == []
    assert Leadership(tmp_path).take(), "another process may sync"
    watched.close()


def test_an_address_that_must_not_be_spoken_to_is_an_error_in_words(tmp_path: Path) -> None:
    def refuse(_clock: ServerClock) -> HelpDesk:
        raise UnusableAddress("Plain http would show the token to the network.")

    watched = Watched(tmp_path, refuse)
    watched.thread.start()
    state = watched.until(lambda state: state.phase is SyncPhase.ERROR)
    assert "Plain http" in state.error
    watched.close()


def test_a_bug_in_a_round_does_not_end_sync(
    tmp_path: Path, desk: ModelDesk, caplog: pytest.LogCaptureFixture
) -> None:
    async def buggy() -> Failure:
        raise RuntimeError("a bug")

    who_am_i = desk.who_am_i
    desk.who_am_i = buggy
    watched = Watched(tmp_path, lambda _clock: desk)
    watched.thread.start()
    watched.until(lambda state: state.phase is SyncPhase.ERROR)
    desk.who_am_i = who_am_i
    watched.thread.poke()
    watched.until_idle()
    watched.close()
    assert "a round of sync failed" in caplog.text


def test_a_full_disk_is_told_also_where_it_takes_no_word_of_it(
    tmp_path: Path, desk: ModelDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    watched = Watched(tmp_path, lambda _clock: desk)
    with monkeypatch.context() as disk:
        disk.setattr(Feed, "apply", full)
        disk.setattr(Feed, "set_state", full)
        watched.thread.start()
        watched.until(lambda _: watched.thread.file_trouble is not None)
        told = watched.thread.file_trouble
        assert told is not None
        assert told.trouble is Trouble.FULL
        assert watched.reader.sync_state().phase is SyncPhase.NEVER
    with monkeypatch.context() as disk:
        disk.setattr(Feed, "apply", full)
        watched.thread.poke()
        state = watched.until(lambda state: state.phase is SyncPhase.ERROR)
        assert state.trouble == "file:full", "other processes read it here"
    watched.thread.poke()
    watched.until_idle()
    watched.until(lambda _: watched.thread.file_trouble is None)
    watched.close()


def test_the_second_follows_pokes_the_first_and_takes_over(
    watched: Watched, desk: ModelDesk, tmp_path: Path
) -> None:
    watched.thread.start()
    watched.until_idle()
    other_desk = ModelDesk()
    second = Watched(tmp_path / "profile", lambda _clock: other_desk)
    second.thread.start()
    assert second.thread.look("2").result(PATIENCE) is None
    assert not second.thread.is_leader
    desk.opened(subject="New")
    second.thread.poke()
    watched.until(lambda _state: watched.reader.key_of("4") is not None)
    assert not any(what.startswith("pull") for what in other_desk.asked)
    other_desk.opened(subject="New")
    other_desk.opened(subject="After the hand-over")
    assert watched.thread.stop(PATIENCE)
    second.until(lambda _state: second.reader.key_of("5") is not None)
    assert second.thread.is_leader
    second.close()


_LEADER = """
import sys
from pathlib import Path
from techdesk.sync.leader import Leadership
assert Leadership.take(leadership := Leadership(Path(sys.argv[1])))
print("leading", flush=True)
sys.stdin.read()
"""


def test_a_local_clock_that_is_set_moves_no_deadline(watched: Watched, desk: ModelDesk) -> None:
    clock = watched.thread._clock
    feed = watched.thread._feed = watched.database.feed()
    feed.set_state(SyncState(offset=0.0, offset_error=0.1))
    clock._anchor_wall -= 3600  # as if the wall clock had been put forward by an hour since
    server_time, before = ServerTime(clock), clock.precise()
    assert watched.thread._clock_was_set(server_time)
    assert abs(clock.precise() - before) < PATIENCE
    assert -3601 < clock.offset < -3599
    assert not watched.thread._clock_was_set(server_time), "noticed once"


def test_it_takes_over_from_a_killed_process(watched: Watched, tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    with subprocess.Popen(
        [sys.executable, "-c", _LEADER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline()
            watched.thread.start()
            assert watched.thread.look("1").result(PATIENCE) is None, "questions are answered meanwhile"
            assert not watched.thread.is_leader
            pokes = Pokes(folder)
            watched.thread.poke()
            assert pokes.arrived()
        finally:
            process.kill()
    watched.until_idle()
    assert watched.thread.is_leader


def test_loading_the_thread_loads_no_http() -> None:
    program = (
        "import sys; import techdesk.sync.thread;"
        "print([name for name in ('httpx', 'httpx2', 'textual', 'sqlite_utils') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_desk_that_is_not_there_yet_is_found_when_it_comes(tmp_path: Path, desk: ModelDesk) -> None:
    there = threading.Event()

    def make(_clock: ServerClock) -> HelpDesk:
        if not there.is_set():
            raise NotThere("The demo desk is not running")
        return desk

    watched = Watched(tmp_path / "profile", make)
    watched.thread.start()
    state = watched.until(lambda state: state.phase is SyncPhase.OFFLINE)
    assert state.error == "The help desk is not there yet (The demo desk is not running)."
    there.set()
    watched.until_idle()
    assert watched.reader.key_of("1") is not None
    watched.close()


def test_a_desk_that_was_started_again_elsewhere_is_followed(tmp_path: Path, desk: ModelDesk) -> None:
    second = ModelDesk()
    second.opened(subject="Only there")
    desks = [desk, second]
    made: list[HelpDesk] = []

    def make(_clock: ServerClock) -> HelpDesk:
        made.append(desks[len(made)])
        return made[-1]

    moves = threading.Event()
    watched = Watched(tmp_path / "profile", make, moved=lambda: moves.is_set() and len(made) == 1)
    watched.thread.start()
    watched.until_idle()
    desk.down = Failure(kind=FailureKind.REFUSED)
    watched.thread.poke()
    watched.until(lambda state: state.phase is SyncPhase.OFFLINE)
    moves.set()
    watched.until(lambda _state: watched.reader.key_of("4") is not None)
    assert desk.closed
    watched.close()


def test_a_refused_token_is_read_again_when_somebody_asks(tmp_path: Path, desk: ModelDesk) -> None:
    refusing = ModelDesk()
    refusing.down = Failure(kind=FailureKind.UNAUTHORISED)
    desks = iter([refusing, desk])
    watched = Watched(tmp_path / "profile", lambda _clock: next(desks))
    watched.thread.start()
    watched.until(lambda state: state.phase is SyncPhase.AUTH)
    watched.thread.poke()
    watched.until_idle()
    watched.close()


def test_what_was_not_set_up_is_tried_again_when_somebody_asks(tmp_path: Path, desk: ModelDesk) -> None:
    tried: list[int] = []

    def make(_clock: ServerClock) -> HelpDesk:
        tried.append(1)
        if len(tried) == 1:
            raise LookupError("There is no token")
        return desk

    watched = Watched(tmp_path / "profile", make)
    watched.thread.start()
    watched.until(lambda state: state.trouble == "not_set_up")
    watched.thread.poke()
    watched.until_idle()
    assert len(tried) == 2
    watched.close()
