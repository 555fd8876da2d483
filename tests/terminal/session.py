"""A program in a pseudo-terminal, with a screen that can be read: what a person would see and type.

Used by the pty tests, which read the screen, and by the benchmarks, which time it. The emulator is fed after
a measurement is over, so that its own work is never on the clock.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyte

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "backspace": "\x7f",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "pagedown": "\x1b[6~",
    "pageup": "\x1b[5~",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "f1": "\x1bOP",
    "f5": "\x1b[15~",
}
"""What a terminal sends for the keys that have a name; any other key is sent as it is written."""

# Sequences that pyte does not know and would print: the kitty keyboard protocol, mode questions.
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*[uqcmn]|\x1b\[\?[0-9;]*\$p|\x1b\[>[0-9;]*q")
_SYNC_QUESTION = b"\x1b[?2026$p"
_SYNC_ANSWER = b"\x1b[?2026;2$y"


class Paint(NamedTuple):
    """How the program answered one key."""

    first: float
    """Seconds from the key to the first byte of its answer; ``inf`` if none came."""
    settled: float
    """Seconds from the key to the last byte."""
    size: int
    """Bytes."""


class Gone(AssertionError):
    """The program ended, or did not show what was waited for."""


class Session:
    """One program on one pseudo-terminal. Use as a context manager: it ends the program."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        lines: int = 24,
        environment: Mapping[str, str] | None = None,
        answers_sync: bool = True,
        cwd: str | None = None,
    ) -> None:
        self.columns, self.lines = columns, lines
        self._answers_sync = answers_sync
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._fed = 0
        self.output = bytearray()
        """Every byte that the program has written."""
        master, slave = pty.openpty()
        self._master = master
        self._set_size(columns, lines)
        variables = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
        # The first two would overrule the size of the terminal; the third would slow down every start.
        drop = ("COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE")
        variables = {name: value for name, value in variables.items() if value != "" and name not in drop}
        self.started = time.perf_counter()
        self.process = subprocess.Popen(
            list(command),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=variables,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    # Reading

    def read(self, timeout: float) -> bool:
        """Take what the program has written; False if nothing came within ``timeout`` seconds."""
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the other side is closed
            return False
        if not data:
            return False
        before = len(self.output)
        self.output += data
        if self._answers_sync and _SYNC_QUESTION in self.output[max(0, before - len(_SYNC_QUESTION)) :]:
            os.write(self._master, _SYNC_ANSWER)
        return True

    def settle(self, quiet: float = 0.15, limit: float = 10.0) -> None:
        """Read until nothing has come for ``quiet`` seconds."""
        end = time.perf_counter() + limit
        while self.read(quiet) and time.perf_counter() < end:
            pass

    @property
    def text(self) -> str:
        """The screen, line by line."""
        self._feed()
        rows = range(self.screen.lines)
        lines = ("".join(self.screen.buffer[y][x].data for x in range(self.screen.columns)) for y in rows)
        return "\n".join(line.rstrip() for line in lines)  # the right half of a wide character is empty

    def _feed(self) -> None:
        # A sequence may be cut at the end of what has come so far: keep the unfinished tail for later.
        data = bytes(self.output[self._fed :])
        cut = data.rfind(b"\x1b", max(0, len(data) - 32))
        if cut >= 0 and not re.match(
            rb"\x1b(?:\[[0-9;?<>=$]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^\[\]])", data[cut:]
        ):
            data = data[:cut]
        self._fed += len(data)
        self._stream.feed(_UNKNOWN.sub(b"", data))

    def wait_for(self, pattern: str, timeout: float = 20.0) -> str:
        """Wait until the screen matches; gives the screen, or raises with what there was."""
        end = time.perf_counter() + timeout
        while True:
            text = self.text
            if re.search(pattern, text, re.MULTILINE):
                return text
            if time.perf_counter() > end or (self.process.poll() is not None and not self.read(0)):
                raise Gone(f"no {pattern!r} within {timeout} s; exit {self.process.poll()}; screen:\n{text}")
            self.read(0.05)

    def wait_gone(self, pattern: str, timeout: float = 20.0) -> str:
        """Wait until the screen no longer matches."""
        end = time.perf_counter() + timeout
        while True:
            text = self.text
            if not re.search(pattern, text, re.MULTILINE):
                return text
            if time.perf_counter() > end:
                raise Gone(f"still {pattern!r} after {timeout} s; screen:\n{text}")
            self.read(0.05)

    def wait_bytes(self, needle: bytes, timeout: float = 60.0) -> float:
        """Seconds from the start of the program until ``needle`` had come, without feeding the emulator."""
        end = time.perf_counter() + timeout
        while needle not in self.output:
            if time.perf_counter() > end or (self.process.poll() is not None and not self.read(0)):
                raise Gone(f"no {needle!r} within {timeout} s; screen:\n{self.text}")
            self.read(0.02)
        return time.perf_counter() - self.started

    # Typing

    def press(self, *keys: str) -> None:
        """Type keys, by name (``enter``) or as they are (``a``, ``hello``); ``ctrl+q`` is a control key."""
        for key in keys:
            os.write(self._master, _bytes_of(key))

    def type(self, *keys: str) -> str:
        """Type keys one at a time as a person does: each is answered before the next. Gives the screen."""
        for key in keys:
            self.press(key)
            self.settle(0.25 if key == "escape" else 0.12)
        return self.text

    def time_key(self, key: str, quiet: float = 0.08, limit: float = 2.0) -> Paint:
        """Type one key and time its answer."""
        while self.read(0):
            pass
        size = len(self.output)
        sent = time.perf_counter()
        os.write(self._master, _bytes_of(key))
        first = last = float("inf")
        while time.perf_counter() - sent < limit:
            if not self.read(quiet if first < limit else limit):
                break
            last = time.perf_counter() - sent
            first = min(first, last)
        return Paint(first, last, len(self.output) - size)

    def resize(self, columns: int, lines: int) -> None:
        """Make the terminal another size, as a person does with a window."""
        self.settle()
        self._feed()
        self.columns, self.lines = columns, lines
        self.screen.resize(lines, columns)
        self.screen.reset()
        self._set_size(columns, lines)  # the kernel tells the program

    def _set_size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    # The process

    def hang_up(self) -> None:
        """Close the terminal, as a lost SSH connection does."""
        os.close(self._master)
        self._master = -1

    def wait_end(self, timeout: float = 10.0) -> int:
        """Wait for the program to end by itself; gives its exit code."""
        end = time.perf_counter() + timeout
        while self.process.poll() is None:
            if time.perf_counter() > end:
                raise Gone(f"still running after {timeout} s; screen:\n{self.text}")
            if self._master >= 0:
                self.read(0.05)
            else:
                time.sleep(0.02)
        return self.process.returncode

    def end(self) -> None:
        """End the program, whatever it does."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.wait_end(3)
            except Gone:
                self.process.kill()
        self.process.wait()
        if self._master >= 0:
            os.close(self._master)
            self._master = -1


def _take_terminal() -> None:
    """Make the pseudo-terminal the controlling one, so that hanging up sends SIGHUP."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _bytes_of(key: str) -> bytes:
    if key in KEYS:
        return KEYS[key].encode()
    if key.startswith("ctrl+") and len(key) == 6:
        return bytes([ord(key[5]) & 0x1F])
    return key.encode()
