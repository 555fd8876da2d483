"""Questions that other threads ask the desk: one ticket, a search, a file, who else is there.

They are answered in the loop of the sync thread, each as a future that is cancelled when that ends first.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from techdesk.clock import SystemClock
from techdesk.desks.port import Failure, FailureKind, FilesDesk, Gone, HelpDesk, Page, PresenceDesk
from techdesk.model import Colleague

if TYPE_CHECKING:
    from techdesk.store.feed import Feed
    from techdesk.sync.engine import SyncEngine

T = TypeVar("T")


class Asked:
    """What a thread with an event loop of its own needs to be asked by others."""

    def __init__(self, clock: SystemClock, on_change: Callable[[], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._ready: asyncio.Event | None = None
        """Set once there is an engine, or a reason why there is none."""
        self._trouble: Failure | None = None
        """Why there is none."""
        self._engine: SyncEngine | None = None
        self._feed: Feed | None = None
        self._desk: HelpDesk | None = None
        self._early: list[tuple[Coroutine[Any, Any, Any], Future[Any]]] = []
        """Questions of before the loop ran."""
        self._questions: set[asyncio.Task[Any]] = set()

    def look(self, ticket_id: str) -> Future[Failure | None]:
        """Fetch one ticket, whole, also one outside the scope. None: it is in the store (or known gone)."""
        return self._ask(self._look(ticket_id))

    def search(self, text: str) -> Future[tuple[str, ...] | Failure]:
        """Ask the desk; what it finds is put into the store, and the desk's ids come back in its order."""
        return self._ask(self._search(text))

    def file(self, attachment: str, max_bytes: int) -> Future[bytes | Failure]:
        """The bytes of an attachment."""
        return self._ask(self._file(attachment, max_bytes))

    def presence(self, ticket_id: str, *, writing: bool) -> Future[tuple[Colleague, ...] | Failure]:
        """Say that we are on a ticket; who else is. Nobody where the desk does not say."""
        return self._ask(self._presence(ticket_id, writing))

    # -- in the thread

    def _ask(self, question: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a question in the thread's loop. Its future is cancelled when the thread ends first."""
        answer: Future[T] = Future()
        with self._guard:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._begin, question, answer)
            elif not self._stopping:
                self._early.append((question, answer))
            else:
                question.close()
                _cancel(answer)
        return answer

    def _begin(self, question: Coroutine[Any, Any, T], answer: Future[T]) -> None:
        def settle(done: asyncio.Task[T]) -> None:
            self._questions.discard(done)
            if done.cancelled():
                _cancel(answer)
            elif (error := done.exception()) is not None:
                answer.set_exception(error)
            else:
                answer.set_result(done.result())

        task = asyncio.ensure_future(question)
        self._questions.add(task)
        task.add_done_callback(settle)

    async def _prepared(self) -> tuple[HelpDesk, Feed] | Failure:
        """The desk, once it is sure that it is the store's own (rule 12)."""
        assert self._ready is not None
        await self._ready.wait()
        if self._trouble is not None:
            return self._trouble
        assert self._engine is not None
        assert self._desk is not None
        assert self._feed is not None
        failure = await self._engine.identify()
        return failure if failure is not None else (self._desk, self._feed)

    async def _look(self, ticket_id: str) -> Failure | None:
        prepared = await self._prepared()
        if isinstance(prepared, Failure):
            return prepared
        desk, feed = prepared
        found = await desk.get(ticket_id)
        if isinstance(found, Failure):
            return found
        now = self._clock.now()
        if isinstance(found, Gone):
            gone = Page(tombstones=(found.tombstone,), cursor="", more=False)
            changed = feed.apply(gone, store_cursor=False, now=now)
        else:
            changed = feed.absorb(found, now, insert=True)
        if changed:
            self._on_change()
        return None

    async def _file(self, attachment: str, max_bytes: int) -> bytes | Failure:
        prepared = await self._prepared()
        if isinstance(prepared, Failure):
            return prepared
        desk, _ = prepared
        if not isinstance(desk, FilesDesk):
            return Failure(kind=FailureKind.NOT_FOUND, detail="this help desk gives no files")
        return await desk.file(attachment, max_bytes)

    async def _presence(self, ticket_id: str, writing: bool) -> tuple[Colleague, ...] | Failure:
        prepared = await self._prepared()
        if isinstance(prepared, Failure):
            return prepared
        desk, _ = prepared
        if not isinstance(desk, PresenceDesk):
            return ()
        return await desk.presence(ticket_id, writing=writing)

    async def _search(self, text: str) -> tuple[str, ...] | Failure:
        prepared = await self._prepared()
        if isinstance(prepared, Failure):
            return prepared
        desk, feed = prepared
        found = await desk.search(text)
        if isinstance(found, Failure):
            return found
        if feed.absorb(found, self._clock.now(), insert=True):
            self._on_change()
        return tuple(ticket.id for ticket in found.tickets)

    def _let_go_of_early(self) -> None:
        """The thread was never started: nobody will answer."""
        for question, answer in self._early:
            question.close()
            _cancel(answer)
        self._early.clear()


def _cancel(answer: Future[Any]) -> None:
    """Tell whoever waits that no answer will come."""
    answer.cancel()
    answer.set_running_or_notify_cancel()
