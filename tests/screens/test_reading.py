"""The thread that reads: what takes whose place, and what makes way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Event
from typing import Any, cast

from techdesk.screens.reading import ReadingThread
from techdesk.store.driver import sqlite3
from techdesk.store.reader import Reader

_PATIENCE = 10


class Interruptible:
    """In the reader's place: work that goes on until it is interrupted."""

    def __init__(self) -> None:
        self.began: Queue[str] = Queue()
        self._interrupted = Event()

    def endless(self, name: str) -> None:
        """Begin, and fail as the driver does once it is interrupted."""
        self._interrupted.clear()
        self.began.put(name)
        assert self._interrupted.wait(_PATIENCE)
        raise sqlite3.OperationalError("interrupted")

    @property
    def was_interrupted(self) -> bool:
        """Whether it was asked to stop since it last began."""
        return self._interrupted.is_set()

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        """Nothing to let go of."""


@contextmanager
def reading() -> Iterator[tuple[ReadingThread, Interruptible, Queue[str]]]:
    """A thread, what its jobs are given, and what was delivered."""
    reader, told = Interruptible(), Queue[str]()

    def deliver(call: Callable[[], None]) -> None:
        call()

    thread = ReadingThread(lambda: cast("Reader", reader), deliver)
    try:
        yield thread, reader, told
    finally:
        thread.close()


def fails(told: Queue[str], name: str) -> Callable[[Exception], None]:
    return lambda error: told.put(f"{name} failed: {error}")


def test_a_patient_job_makes_way_for_what_a_key_asked_for_and_is_begun_again_behind_it() -> None:
    with reading() as (thread, reader, told):
        runs: list[str] = []

        def count(_: Any) -> str:
            runs.append("count")
            if len(runs) == 1:
                reader.endless("count")
            return "counted"

        thread.submit("counts", count, told.put, fails(told, "count"), patient=True)
        assert reader.began.get(timeout=_PATIENCE) == "count"
        thread.submit("list", lambda _: "listed", told.put, fails(told, "list"), asked=True)
        assert told.get(timeout=_PATIENCE) == "listed"
        assert told.get(timeout=_PATIENCE) == "counted"
        assert runs == ["count", "count"]


def test_patient_jobs_do_not_chase_one_another_and_wait_for_all_others() -> None:
    with reading() as (thread, reader, told):
        go_on = Event()

        def hold(_: Any) -> str:
            reader.began.put("hold")
            assert go_on.wait(_PATIENCE)
            return "held"

        thread.submit("counts", hold, told.put, fails(told, "hold"), patient=True)
        assert reader.began.get(timeout=_PATIENCE) == "hold"
        thread.submit("warming", lambda _: "warmed", told.put, fails(told, "warming"), patient=True)
        thread.submit("list", lambda _: "listed", told.put, fails(told, "list"), asked=True)
        go_on.set()  # it had no query that could be interrupted: what it found is taken
        assert [told.get(timeout=_PATIENCE) for _ in range(3)] == ["held", "listed", "warmed"]


def test_a_newer_count_takes_the_place_of_the_one_that_was_put_off() -> None:
    with reading() as (thread, reader, told):
        thread.submit("counts", lambda _: reader.endless("old"), told.put, fails(told, "old"), patient=True)
        assert reader.began.get(timeout=_PATIENCE) == "old"
        thread.submit("counts", lambda _: "new", told.put, fails(told, "new"), patient=True)
        thread.submit("list", lambda _: "listed", told.put, fails(told, "list"), asked=True)
        assert sorted(told.get(timeout=_PATIENCE) for _ in range(2)) == ["listed", "new"]
        assert told.empty()


def test_what_comes_by_itself_does_not_put_a_patient_job_off() -> None:
    with reading() as (thread, reader, told):
        go_on = Event()

        def count(_: Any) -> str:
            reader.began.put("count")
            assert go_on.wait(_PATIENCE)
            return "interrupted" if reader.was_interrupted else "counted"

        thread.submit("counts", count, told.put, fails(told, "count"), patient=True)
        assert reader.began.get(timeout=_PATIENCE) == "count"
        thread.submit("list", lambda _: "followed", told.put, fails(told, "list"))
        go_on.set()
        assert [told.get(timeout=_PATIENCE) for _ in range(2)] == ["counted", "followed"]


def test_a_failure_of_its_own_is_told() -> None:
    def broken(_: Any) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    with reading() as (thread, _, told):
        thread.submit("counts", broken, told.put, fails(told, "counts"), patient=True)
        assert told.get(timeout=_PATIENCE) == "counts failed: disk I/O error"
