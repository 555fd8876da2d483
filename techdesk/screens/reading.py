"""A thread with a reader of its own, for queries that may take longer than a key press allows.

Jobs have a group; a newer job of a group takes the place of the one that waits, and interrupts the one that
runs, so typing never waits for an older search. A patient job, such as counting, is interrupted by one that a
key asked for, and begun again behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from techdesk.store.reader import Reader

T = TypeVar("T")
Deliver = Callable[[Callable[[], None]], None]
"""How a result gets to the UI thread, e.g. ``loop.call_soon_threadsafe``."""


class _Job:
    __slots__ = ("done", "failed", "group", "patient", "put_off", "work")

    def __init__(
        self,
        group: str,
        work: Callable[[Reader], Any],
        done: Callable[[Any], None],
        failed: Callable[[Exception], None],
        *,
        patient: bool,
    ) -> None:
        self.group = group
        self.work = work
        self.done = done
        self.failed = failed
        self.patient = patient
        self.put_off = False
        """Whether it was interrupted for another, and is to begin again."""


class ReadingThread:
    """Runs jobs one after another; the newest of each group wins."""

    def __init__(self, open_reader: Callable[[], Reader], deliver: Deliver) -> None:
        self._open_reader = open_reader
        self._deliver = deliver
        self._condition = threading.Condition()
        self._waiting: dict[str, _Job] = {}
        self._running: _Job | None = None
        self._newest: dict[str, _Job] = {}
        self._reader: Reader | None = None
        self._ended = False
        self._undelivered = 0
        self._thread: threading.Thread | None = None

    def submit(
        self,
        group: str,
        work: Callable[[Reader], T],
        done: Callable[[T], None],
        failed: Callable[[Exception], None],
        *,
        asked: bool = False,
        patient: bool = False,
    ) -> None:
        """Run ``work`` with the thread's reader, then ``done`` with its result on the UI thread.

        Of an overtaken job neither ``done`` nor ``failed`` is called. ``asked``: a key asked for it.
        ``patient``: nobody waits for it; it goes behind all others, and makes way for what a key asked for.
        """
        job = _Job(group, work, done, failed, patient=patient)
        with self._condition:
            if self._ended:
                return
            self._waiting.pop(group, None)
            self._waiting[group] = self._newest[group] = job
            running = self._running
            if running is not None and self._reader is not None:
                # Not for what comes by itself: a feed of changes would have counting begun again for ever.
                running.put_off = running.put_off or (running.patient and asked)
                if running.put_off or running.group == group:
                    self._reader.interrupt()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="techdesk-reading", daemon=True)
                self._thread.start()
            self._condition.notify()

    @property
    def idle(self) -> bool:
        """Whether nothing waits, runs, or is on its way to the UI thread."""
        with self._condition:
            return not self._waiting and self._running is None and not self._undelivered

    def close(self) -> None:
        """Stop; a running query is interrupted. Does not wait longer than a second for it."""
        with self._condition:
            self._ended = True
            self._waiting.clear()
            if self._reader is not None and self._running is not None:
                self._reader.interrupt()
            self._condition.notify()
        if self._thread is not None:
            self._thread.join(1.0)

    def _run(self) -> None:
        while True:
            with self._condition:
                self._running = None
                while not self._waiting and not self._ended:
                    self._condition.wait()
                if self._ended:
                    break
                group = next((one.group for one in self._waiting.values() if not one.patient), None)
                job = self._running = self._waiting.pop(next(iter(self._waiting)) if group is None else group)
            try:
                if self._reader is None:
                    self._reader = self._open_reader()
                result = job.work(self._reader)
            except Exception as error:  # noqa: BLE001 - whatever the driver raises goes to the screen, in words
                if not self._begins_again(job):
                    self._hand_over(job, partial(job.failed, error))
            else:
                self._hand_over(job, partial(job.done, result))
        if self._reader is not None:
            close = getattr(self._reader, "close", None)
            if close is not None:
                close()

    def _begins_again(self, job: _Job) -> bool:
        """Whether a job that failed had been interrupted for another: then it waits its turn once more."""
        with self._condition:
            again, job.put_off = job.put_off, False
            if again and not self._ended:
                self._waiting.setdefault(job.group, job)
            return again

    def _hand_over(self, job: _Job, call: Callable[[], None]) -> None:
        with self._condition:
            if self._newest.get(job.group) is not job or self._ended:
                return
            self._undelivered += 1

        def deliver() -> None:
            with self._condition:
                self._undelivered -= 1
                wanted = self._newest.get(job.group) is job and not self._ended
            if wanted:
                call()

        try:
            self._deliver(deliver)
        except RuntimeError:
            # The loop has ended: nobody is there to be told.
            with self._condition:
                self._undelivered -= 1
