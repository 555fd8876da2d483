"""A TCP proxy between a client and a desk that does what bad networks do; each connection draws its fate.

``python -m tests.sync.proxy PORT SEED`` listens on a free port, says which in one line, and ends with its
standard input. Fates: nothing happens; the connection is refused; the request is cut in the middle, or
swallowed; the answer is cut in the middle, or swallowed; the answer comes late.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from random import Random

FATES = ("refuse", "cut request", "swallow request", "cut answer", "swallow answer", "delay")
CHANCE = 0.12
"""Of a fate, drawn for each request on a connection."""
_DELAY = 0.05


class FaultProxy:
    """Forwards whole HTTP/1.1 exchanges as bytes; knows only where one request ends and the next begins."""

    def __init__(self, port: int, seed: int) -> None:
        self._port = port
        self._random = Random(seed)
        self.calm = False

    async def serve(self) -> asyncio.Server:
        """Listen on a free port of this machine."""
        return await asyncio.start_server(self._accept, "127.0.0.1", 0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            upstream_reader, upstream = await asyncio.open_connection("127.0.0.1", self._port)
            try:
                while await self._exchange(reader, writer, upstream_reader, upstream):
                    pass
            finally:
                upstream.close()
        writer.close()

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream_reader: asyncio.StreamReader,
        upstream: asyncio.StreamWriter,
    ) -> bool:
        """One request and its answer; whether the connection goes on."""
        request = await reader.read(1 << 20)
        if not request:
            return False
        fate = self._random.choice(FATES) if not self.calm and self._random.random() < CHANCE else ""
        match fate:
            case "refuse" | "swallow request":
                return False
            case "cut request":
                upstream.write(request[: len(request) // 2])
                await upstream.drain()
                return False
        upstream.write(request)
        await upstream.drain()
        # Bodies that come in further pieces follow while the answer is waited for.
        more = asyncio.ensure_future(self._pump(reader, upstream))
        try:
            answer = await upstream_reader.read(1 << 20)
            match fate:
                case "swallow answer":
                    return False
                case "cut answer":
                    writer.write(answer[: len(answer) // 2])
                    await writer.drain()
                    return False
                case "delay":
                    await asyncio.sleep(_DELAY)
            while answer:
                writer.write(answer)
                await writer.drain()
                answer = await upstream_reader.read(1 << 20)
        finally:
            more.cancel()
        return False

    async def _pump(self, reader: asyncio.StreamReader, upstream: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(1 << 20):
                if not self.calm and self._random.random() < CHANCE:
                    upstream.close()  # a later request of a kept-alive connection meets its fate too
                    return
                upstream.write(piece)
                await upstream.drain()


async def _main(port: int, seed: int) -> None:
    proxy = FaultProxy(port, seed)
    server = await proxy.serve()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard() -> None:
        said = os.read(0, 64)
        if not said:
            ended.set()
        elif b"calm" in said:
            proxy.calm = True

    loop.add_reader(0, heard)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await ended.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2])))
