"""A TCP proxy before a real help desk: cuts chosen connections just after the request has gone through."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import StrEnum


class Cut(StrEnum):
    """When the client's connection ends."""

    NEVER = "never"
    AT_ONCE = "at once"
    """The desk has the whole request; the client hears no more while the desk still works on it."""
    AT_THE_ANSWER = "at the answer"
    """The desk has done its work and answers; not one byte of that reaches the client."""


class CuttingProxy:
    """Forwards bytes. Requests whose first line has ``where`` in it meet ``cut``; each is counted."""

    def __init__(self, port: int, where: bytes) -> None:
        self._port = port
        self._where = where
        self.cut = Cut.NEVER
        self.passed = 0
        """Requests of that kind that the desk was given."""
        self.done = asyncio.Event()
        """Set once the desk has answered one whose connection was cut: its work on it is over."""
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """The address to speak to, as long as the block lasts."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        async with server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.05)  # the closed connections have their last word before the loop ends

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # Ended by the test's own end it is done like any other: asyncio reports a cancelled handler.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._exchange(reader, writer)
        finally:
            await _closed(writer)
            self._tasks.discard(task)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, the only one of its connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        body = await reader.readexactly(length) if length else b""
        answered, upstream = await asyncio.open_connection("127.0.0.1", self._port)
        # One exchange a connection, so that the answer ends where the desk closes it.
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        upstream.write(b"\r\n".join([lines[0], b"Connection: close", *lines[1:]]) + body)
        await upstream.drain()
        cut = Cut.NEVER
        if self._where in lines[0]:
            self.passed += 1
            cut = self.cut
        if cut is Cut.AT_ONCE:
            # The desk keeps its connection until it is done: a cut between proxy and client, not beyond.
            task = asyncio.create_task(self._drained(answered, upstream))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        try:
            first = await answered.read(1 << 16)
            while first and cut is not Cut.AT_THE_ANSWER:
                writer.write(first)
                await writer.drain()
                first = await answered.read(1 << 16)
        finally:
            await _closed(upstream)
        if cut is Cut.AT_THE_ANSWER:
            self.done.set()

    async def _drained(self, answered: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while await answered.read(1 << 16):
                pass
        await _closed(upstream)
        self.done.set()


async def _closed(writer: asyncio.StreamWriter) -> None:
    """Close a connection, and see it closed: asyncio reports one that is left to the collector."""
    writer.close()
    with contextlib.suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()
