"""The demo desk as a process: started by techdesk, listening on 127.0.0.1, gone when its starter is gone."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Generator
from pathlib import Path

import msgspec
import uvicorn

from techdesk.clock import Clock
from techdesk.demo.server import DemoServer

_GRACE_SECONDS = 2.0


class Lifeline:
    """Watches standard input: its end means that the starter has ended, however that happened."""

    def __init__(self) -> None:
        self._stop: Callable[[], None] | None = None
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def hold(self, stop: Callable[[], None]) -> None:
        """From now on call ``stop`` (from another thread) instead of ending at once."""
        self._stop = stop

    def _watch(self) -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        if self._stop is not None:
            self._stop()
            threading.Event().wait(_GRACE_SECONDS)
        os._exit(0)  # what is in a transaction rolls back at the next start


ENDING = 4.0
"""Seconds in which a desk that is told to end has ended, with its file closed."""
_LOOK = 0.1


class Folder:
    """The demo desk's folder: only one process at a time may use it."""

    def __init__(self, path: Path) -> None:
        """Raises ``BlockingIOError`` while another demo desk uses the folder."""
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = path
        self._lock = os.open(path / "demo.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise

    @classmethod
    def once_free(cls, path: Path, clock: Clock, seconds: float) -> Folder:
        """The folder, as soon as nobody uses it. Raises ``BlockingIOError`` after so many seconds.

        A desk whose techdesk was killed ends by itself, but writes its last answer down first: who starts
        techdesk again at once would be told to end a process that is just ending.
        """
        until = clock.monotonic() + seconds
        while True:
            try:
                return cls(path)
            except BlockingIOError:
                if clock.monotonic() >= until:
                    raise
            threading.Event().wait(_LOOK)

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.path / "demo.db"

    def reset(self) -> None:
        """Forget all data; the token stays."""
        for name in ("demo.db", "demo.db-wal", "demo.db-shm"):
            (self.path / name).unlink(missing_ok=True)


def token_in(path: Path) -> str:
    """The technician's token, made at the first call and kept in a file only the user can read."""
    with contextlib.suppress(FileNotFoundError):
        found = path.read_text(encoding="ascii").strip()
        if found:
            return found
    token = secrets.token_urlsafe(24)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token


class _Server(uvicorn.Server):
    """Says when it listens, and leaves signals to us."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


def listening(port: int, remembered: Path) -> socket.socket:
    """Bound to ``port``; for 0 to that of the last start where it is still free, else to any.

    A second techdesk on the demo's profile goes on with the address that it knows.
    """
    if port:
        return _listening(port)
    with contextlib.suppress(OSError, ValueError, OverflowError):
        return _listening(int(remembered.read_text(encoding="ascii")))
    listener = _listening(0)
    remembered.write_text(f"{listener.getsockname()[1]}\n", encoding="ascii")
    return listener


def serve(
    server: DemoServer, lifeline: Lifeline, token_file: Path, listener: socket.socket, *, script: bool
) -> None:
    """Answer until told to stop. Prints one line of JSON on standard output once requests are answered."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def announce() -> None:
        ready = {"url": url, "token_file": str(token_file), "pid": os.getpid()}
        with contextlib.suppress(BrokenPipeError):
            os.write(1, msgspec.json.encode(ready) + b"\n")

    config = uvicorn.Config(
        server.application(),
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    running = _Server(config, announce)

    async def run() -> None:
        loop = asyncio.get_running_loop()

        def stop() -> None:
            running.should_exit = True
            server.stop()

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, stop)

        def stop_from_outside() -> None:
            loop.call_soon_threadsafe(stop)

        lifeline.hold(stop_from_outside)
        playing = asyncio.create_task(server.script.run()) if script else None
        await running.serve(sockets=[listener])
        if playing is not None:
            playing.cancel()

    asyncio.run(run())
