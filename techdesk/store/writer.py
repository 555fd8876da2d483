"""The one writer thread of a process: every decision of the technician is stored by it, one after another.

A method returns at once with a future, whose result is set after COMMIT with synchronous=FULL: from then on
no crash and no loss of power takes the decision back. Jobs that wait together share one transaction; a bulk
run takes several, and lets others in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, TypeVar

from techdesk.model import Draft, Instant, NewFile, Operation, OperationKind
from techdesk.store import batches, edits, files, marks, meta
from techdesk.store.clocks import Clocks
from techdesk.store.connection import connect
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.store.marks import MarkSet
from techdesk.store.trouble import StoreUnusable, gone, identity_of, in_words, unusable

_Result = TypeVar("_Result")
_Steps = Iterator[Any]
_GROUP = 64
"""Jobs at most in one transaction."""
_REST = 0.01
"""Seconds between two steps of work that nobody waits for."""


class _Job:
    """Work in one or more steps, each inside a transaction; the last step gives the result."""

    def __init__(self, begin: Callable[[Lines, sqlite3.Connection], _Steps]) -> None:
        self.begin = begin
        self.steps: _Steps | None = None
        self.patient = False
        """Whether nobody waits for it: it rests between its steps, and begins anew another time."""
        self.relaxed = False
        """Whether its next step may be lost with the power: one that makes all of them count follows."""
        self.future: Future[Any] = Future()


class Writer:
    """Stores what technicians decide. Every method may be called from any thread."""

    def __init__(self, path: Path, clocks: Clocks) -> None:
        self._path = path
        self._clocks = clocks
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._lock = Lock()
        self._closed = False
        self._unfinished: list[_Job] = []
        """Bulk runs that have more steps to do; the thread's own."""
        self._wal = False
        self._identity: tuple[int, int] | None = None

    # Operations

    def enqueue(self, operations: Sequence[Operation]) -> Future[list[int]]:
        """Store operations, with what they make of their rows; the result is their keys.

        Up to ``edits.CHUNK`` of them in one transaction. A bulk run takes more of them, and none of its
        operations goes out before all are stored.
        """
        operations = tuple(operations)
        if len(operations) <= edits.CHUNK:
            return self._once(lambda lines, connection: edits.enqueue(lines, connection, operations))
        return self._submit(lambda lines, connection: edits.enqueue_many(lines, connection, operations))

    def create(self, operation: Operation, notes: Sequence[Operation] = ()) -> Future[int]:
        """A new ticket (kind CREATE; its ``ticket`` is ignored); the result is its local key.

        ``notes``: what goes to the desk after it, of the same ticket.
        """
        return self._once(lambda lines, connection: edits.create(lines, connection, operation, notes))

    def enqueue_batch(
        self, head: batches.Head, tickets: Sequence[Sequence[Operation]], now: Callable[[], Instant]
    ) -> Future[str]:
        """Store a bulk run, the operations of each ticket together; the result is its id.

        Empty where its plan had been applied before, or it was taken back while it was queued.
        """
        queued = self._submit(
            lambda lines, connection: batches.enqueue(lines, connection, head, tickets, now), relaxed=True
        )

        def catch_up(_: Future[str]) -> None:
            with suppress(RuntimeError):  # closed: whoever writes next does it
                self._submit(
                    lambda lines, connection: batches.catch_up(lines, connection, now()), relaxed=True
                )

        queued.add_done_callback(catch_up)
        return queued

    def halt_batch(self, batch: str, now: Instant) -> Future[list[int]]:
        """Stop a bulk run after what is in flight; the result is the tickets that are given back."""
        return self._submit(lambda lines, connection: batches.halt(lines, connection, batch, now))

    def go_on_with_batch(self, batch: str) -> Future[bool]:
        """Send the rest of a bulk run whose first few have come back well."""
        return self._once(lambda _, connection: batches.go_on(connection, batch))

    def undo(self, batch: str, now: Instant) -> Future[bool]:
        """Take a batch back. True: all of it is dropped, without trace at the desk; False: none is."""
        return self._submit(lambda lines, connection: edits.undo(lines, connection, batch, now))

    def drop(self, operation: int, now: Instant) -> Future[bool]:
        """Give up an operation that was refused, is in conflict or was never sent; False where it was not."""
        return self._once(lambda lines, connection: edits.drop(lines, connection, operation, now))

    def retry(self, operation: int, now: Instant) -> Future[bool]:
        """Try again, now, what was refused, is in conflict (mine wins) or waits; False where it cannot be."""
        return self._once(lambda lines, connection: edits.retry(lines, connection, operation, now))

    def keep_mine(
        self, operation: int, now: Instant, without: Sequence[str] = (), notes: Sequence[Operation] = ()
    ) -> Future[bool]:
        """Decide a conflict for the operation, on the desk's present values; False where it is settled.

        :param without: fields of it that stay as the desk has them.
        :param notes: records that go with it.
        """
        names = tuple(without)
        return self._once(
            lambda lines, connection: _settling().keep(lines, connection, operation, now, names, notes)
        )

    def take_theirs(self, operation: int, now: Instant) -> Future[bool]:
        """Decide a conflict for the desk; what was written becomes a draft. False where it is settled."""
        return self._once(lambda lines, connection: _settling().give_way(lines, connection, operation, now))

    def replace(self, operation: int, by: Sequence[Operation], now: Instant) -> Future[list[int]]:
        """Queue what takes an operation's place and drop that one; no keys where it is settled already."""
        new = tuple(by)
        return self._once(
            lambda lines, connection: _settling().replace(lines, connection, operation, new, now)
        )

    def recreate(self, operation: int, by: Operation, notes: Sequence[Operation] = ()) -> Future[bool]:
        """Open a ticket that was not opened yet in another way; False where it is on its way or settled."""
        return self._once(
            lambda lines, connection: _settling().recreate(lines, connection, operation, by, notes)
        )

    def move(
        self, operation: int, new_id: Callable[[], str], now: Instant, notes: Sequence[Operation] = ()
    ) -> Future[bool]:
        """Carry an operation on to the ticket that its own was merged into; False where it cannot be."""
        return self._once(
            lambda lines, connection: _settling().move(lines, connection, operation, new_id, now, notes)
        )

    def note(
        self, *, actor: str, action: str, ticket: int | None, outcome: str, detail: str, now: Instant
    ) -> Future[None]:
        """A journal line for what changed nothing, such as a refusal with its reason."""
        return self._once(
            lambda _, connection: edits.note(
                connection, actor=actor, action=action, ticket=ticket, outcome=outcome, detail=detail, now=now
            )
        )

    # Writing and reading

    def save_draft(self, draft: Draft) -> Future[None]:
        """Keep unsent writing."""
        return self._once(lambda _, connection: edits.save_draft(connection, draft))

    def keep_file(self, file: NewFile, now: Instant) -> Future[None]:
        """Keep a file that a draft is about to name."""
        return self._once(lambda _, connection: files.keep(connection, file, now))

    def drop_draft(self, ticket: int | None, kind: OperationKind) -> Future[None]:
        """Forget unsent writing."""
        return self._once(lambda _, connection: edits.drop_draft(connection, ticket, kind))

    def remember(self, name: str, value: str) -> Future[None]:
        """Keep what a screen of this profile remembers; ``Reader.remembered`` gives it back."""
        return self._once(lambda _, connection: meta.put(connection, meta.REMEMBERED + name, value or None))

    def change_remembered(self, name: str, change: Callable[[str], str]) -> Future[bool]:
        """The same, made from what is remembered by then: of two changes at once neither is lost.

        Whether it is another text now.
        """
        place = meta.REMEMBERED + name

        def make(_: object, connection: sqlite3.Connection) -> bool:
            was = meta.get(connection, place) or ""
            made = change(was)
            meta.put(connection, place, made or None)
            return made != was

        return self._once(make)

    def mark_read(self, ticket: int) -> Future[None]:
        """The conversation was seen."""
        return self._once(lambda _, connection: edits.mark_read(connection, ticket))

    def mark(self, marked: MarkSet, unmarked: MarkSet) -> Future[None]:
        """Keep which tickets were marked and unmarked; marks of other processes stay as they are."""
        return self._once(lambda _, connection: marks.change(connection, marked, unmarked))

    def retime(self, now: Instant, keys: Sequence[int] | None = None) -> Future[int]:
        """Compute rows anew after a change of policies, all or some; the result is how many changed."""
        return self._submit(lambda lines, connection: edits.retime(lines, connection, now, keys))

    def follow_policies(self, fingerprint: str, now: Instant) -> Future[int]:
        """``retime`` everything if the policies have changed since the last call; how many rows changed."""
        return self._submit(
            lambda lines, connection: edits.follow_policies(lines, connection, fingerprint, now),
            patient=True,
        )

    # The thread

    def close(self) -> None:
        """Store what is waiting, end the thread, let go of the connection."""
        with self._lock:
            self._closed = True
            thread = self._thread
            if thread is not None:
                self._jobs.put(None)
        if thread is not None:
            thread.join()

    def _once(self, work: Callable[[Lines, sqlite3.Connection], _Result]) -> Future[_Result]:
        def begin(lines: Lines, connection: sqlite3.Connection) -> _Steps:
            yield _Done(work(lines, connection))

        return self._submit(begin)

    def _submit(
        self,
        begin: Callable[[Lines, sqlite3.Connection], _Steps],
        *,
        relaxed: bool = False,
        patient: bool = False,
    ) -> Future[Any]:
        job = _Job(begin)
        job.relaxed = relaxed
        job.patient = patient
        with self._lock:
            if self._closed:
                raise RuntimeError("the writer is closed")
            if self._thread is None:
                self._thread = Thread(target=self._run, name="techdesk-writer", daemon=True)
                self._thread.start()
        self._jobs.put(job)
        return job.future

    def _run(self) -> None:
        try:
            connection = connect(self._path, writable=True)
        except (sqlite3.Error, OSError) as error:
            self._refuse_all(error)
            return
        self._identity = identity_of(self._path)
        lines = Lines(connection, self._clocks)
        self._wal = connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        ending = False
        while not (ending and not self._unfinished):
            group, ending = self._next_group(ending)
            self._unfinished += self._work(group, lines, connection)
            if ending:
                self._leave_off()
        connection.close()

    def _next_group(self, ending: bool) -> tuple[list[_Job], bool]:
        """Whatever is waiting; blocks while there is nothing.

        New jobs go alone, before the next steps of bulk runs: a key press waits for the step that runs, not
        for one more.
        """
        group: list[_Job] = []
        block = not self._unfinished and not ending
        # What nobody waits for leaves the processor to the screen between its steps: at a million tickets new
        # policies are a minute and a half of work. A job that comes meanwhile ends the rest.
        rest = _REST if self._unfinished and all(job.patient for job in self._unfinished) else None
        if rest is not None and not ending:
            block = True
        while len(group) < _GROUP:
            try:
                job = self._jobs.get(block, rest)
            except Empty:
                break
            if job is None:
                ending = True
                break
            group.append(job)
            block = False
        if not group:
            group, self._unfinished = self._unfinished, []
        return group, ending

    def _leave_off(self) -> None:
        """The program ends: it does not wait for what begins anew at the next start."""
        for job in self._unfinished:
            if job.patient:
                job.future.cancel()
        self._unfinished = [job for job in self._unfinished if not job.patient]

    def _work(self, group: list[_Job], lines: Lines, connection: sqlite3.Connection) -> list[_Job]:
        """One step of each job in one transaction; the jobs that have more to do."""
        finished: list[tuple[_Job, Any]] = []
        unfinished: list[_Job] = []
        if not group:
            return unfinished
        if identity_of(self._path) != self._identity:  # SQLite would go on writing into what nobody can open
            for job in group:
                _fail(job.future, gone(self._path))
            return unfinished
        relaxed = self._wal and all(job.relaxed for job in group)
        try:
            if relaxed:
                connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN IMMEDIATE")
            for job in group:
                self._step(job, lines, connection, finished, unfinished)
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            # The whole group failed: the disk is full, or another process never let go.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            trouble = unusable(error, self._path)
            for job in group:
                _fail(job.future, trouble)
            return []
        finally:
            if relaxed:
                connection.execute("PRAGMA synchronous = FULL")
        for job, result in finished:
            with suppress(InvalidStateError):
                job.future.set_result(result)
        return unfinished

    def _step(
        self,
        job: _Job,
        lines: Lines,
        connection: sqlite3.Connection,
        finished: list[tuple[_Job, Any]],
        unfinished: list[_Job],
    ) -> None:
        """One step, in a savepoint: what is wrong with one job must not take the others with it."""
        connection.execute("SAVEPOINT job")
        try:
            if job.steps is None:
                job.steps = job.begin(lines, connection)
            result = next(job.steps)
        except sqlite3.OperationalError:
            raise  # the file's trouble, not the job's
        except Exception as error:  # noqa: BLE001 - a bug in one job is its caller's, through the future
            connection.execute("ROLLBACK TO job")
            _fail(job.future, in_words(error, self._path))
        else:
            if result is None or result is batches.WHOLE:
                job.relaxed = job.relaxed and result is None
                unfinished.append(job)
            else:
                finished.append((job, result.value if isinstance(result, _Done) else result))
        connection.execute("RELEASE job")

    def _refuse_all(self, error: Exception) -> None:
        """The file cannot be opened: say so to every job until the end."""
        trouble = unusable(error, self._path)
        while (job := self._jobs.get()) is not None:
            _fail(job.future, trouble)


def _settling() -> Any:
    """Loaded with the first decision: most sessions have none."""
    from techdesk.store import settling

    return settling


class RefusingWriter(Writer):
    """Of a file that is open for looking only: keeps nothing, and says why to whoever asks."""

    def __init__(self, path: Path, clocks: Clocks, refusal: StoreUnusable) -> None:
        super().__init__(path, clocks)
        self._refusal = refusal

    def _submit(
        self,
        begin: Callable[[Lines, sqlite3.Connection], _Steps],
        *,
        relaxed: bool = False,
        patient: bool = False,
    ) -> Future[Any]:
        refused: Future[Any] = Future()
        refused.set_exception(self._refusal)
        return refused


class _Done:
    """A result that may be None."""

    def __init__(self, value: object) -> None:
        self.value = value


def _fail(future: Future[Any], error: Exception) -> None:
    with suppress(InvalidStateError):
        future.set_exception(error)
