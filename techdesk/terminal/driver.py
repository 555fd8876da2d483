"""The driver between Textual and the terminal: sends only the cells that changed, and never waits.

Textual writes whole pieces of lines for every change and compares nothing; its writer blocks the program when
the terminal stops reading, and its parser takes an escape character inside a paste for a key. This driver
keeps two grids, what Textual wants shown and what the terminal shows, and sends the difference when the
terminal takes it. Where a frame holds something it does not know, the frame goes out as Textual wrote it, and
nothing is taken for shown any more.

Everything private to Textual that is needed for this is used in this file and nowhere else: the attributes of
``LinuxDriver`` (``_writer_thread``, ``_run_input_thread``, signal handlers), the shape of the frames that
``App._display`` writes, and ``XTermParser``.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
import threading
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from textual import events
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.app import ScreenStackError
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from techdesk.terminal.display import Display
from techdesk.terminal.outlet import Outlet, reopen
from techdesk.terminal.paste import PATIENCE, PasteReader, pasted_text

if TYPE_CHECKING:
    from textual.app import App
    from textual.driver import Driver

READ = 65_536
"""Bytes taken from the terminal at once."""
MANY_READS = 64
"""Reads before the rest of the program has its turn again; a terminal gives about 4 kB at a time."""
DRAIN = 2.0
"""Seconds given to a terminal that does not read, when the program leaves it."""
RESIZED = 0.1
"""Seconds in which a program draws for the new size; then the old picture is drawn again."""

_FRAME = re.compile("\x1b\\[[0-9]+;[0-9]+H")


@runtime_checkable
class MayLoseTerminal(Protocol):
    """An app that wants to be told when the terminal has gone."""

    def terminal_gone(self) -> None:
        """Save, and end."""


class _NoThread:
    """In the place of Textual's writer thread, which is made and never started."""

    def start(self) -> None:
        """Nothing."""


class StockDriver(LinuxDriver):
    """Textual's own, but on the terminal also where standard error is a file."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if sys.__stderr__ is None or not sys.__stderr__.isatty():
            self._file = sys.__stdout__


class ThriftyDriver(LinuxDriver):
    """Sends differences, without a thread: reading and writing happen on the program's own loop."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._thread = threading.get_ident()
        self._display = Display(self._draw_again)
        self._scheduled = False
        self._descriptors: list[int] = []
        self._outlet: Outlet | None = None
        self._reading: int | None = None
        self._keys = XTermParser(debug)
        self._pastes = PasteReader()
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._timer: asyncio.TimerHandle | None = None

    @property
    def _writer_thread(self) -> Any:
        return _NoThread()

    @_writer_thread.setter
    def _writer_thread(self, thread: object) -> None:
        """Textual makes one; it is not started and not kept."""

    # Beginning and end

    def start_application_mode(self) -> None:
        """Take the terminal: also when coming back from another program, whose traces are painted over."""
        self._close_descriptors()
        writing = reopen(sys.__stdout__.fileno() if sys.__stdout__ is not None else 1)
        reading = reopen(self.fileno)
        if writing is None or reading is None:
            self._descriptors = [opened for opened in (writing, reading) if opened is not None]
            self._loop.call_soon_threadsafe(self._gone)
            return
        self._descriptors = [writing, reading]
        self._outlet = Outlet(writing, self._loop, self._more, self._gone)
        self._display.leave()
        before = self._key_thread
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual leaves it so
        if self._key_thread is before:
            return  # in the background: Textual comes back here when it is in the foreground again
        self._display.enter()
        self._follow_resizes()
        self._reading = reading
        self._loop.add_reader(reading, self._read)
        self.flush()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self.flush()
        self._display.leave()
        super().stop_application_mode()

    def disable_input(self) -> None:
        """Read no more."""
        self._stop_reading()
        super().disable_input()

    def close(self) -> None:
        """Let the terminal take what is left, for a short while."""
        if self._outlet is not None:
            self._outlet.drain(DRAIN)
        self._close_descriptors()

    def _close_descriptors(self) -> None:
        self._stop_reading()
        if self._outlet is not None:
            self._outlet.stop()
            self._outlet = None
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors = []

    def _sigtstp_application(self, *_: Any) -> None:
        """Stop; not in the middle of a write. Another program that has the terminal is stopped at once."""
        if self._auto_restart:
            self._loop.call_soon_threadsafe(super()._sigtstp_application)
        else:
            super()._sigtstp_application()

    def _sigcont_application(self, *_: Any) -> None:
        self._loop.call_soon_threadsafe(self._go_on)

    def _go_on(self) -> None:
        """Take the terminal again. A shell that stopped this the hard way (SIGSTOP) has used it since; the
        kernel also sends SIGCONT with a hang-up, when there is nothing left to go on with."""
        if not self._auto_restart:
            return
        found, stopped = self.attrs_before, self._must_signal_resume
        self.resume_application_mode()
        if not stopped and found is not None:
            self.attrs_before = found  # what is set now may be what we set ourselves

    def _follow_resizes(self) -> None:
        """A terminal that changed its size may have lost lines or columns, even when it is back at the old
        size before anybody looks."""
        textual = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, stack: Any) -> None:
            self._display.lost()
            self._loop.call_soon_threadsafe(self._loop.call_later, RESIZED, self.flush)
            if callable(textual):
                textual(number, stack)

        signal.signal(signal.SIGWINCH, resized)

    def _gone(self) -> None:
        """The terminal is no longer there."""
        self._stop_reading()
        if isinstance(self._app, MayLoseTerminal):
            self._app.terminal_gone()
        else:
            self._app.exit()

    # Writing

    def write(self, data: str) -> None:
        """Take a frame, or a sequence that is passed on."""
        if threading.get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.write, data)
        elif data in (SYNC_START, SYNC_END):
            self._display.marks = True
        elif _FRAME.match(data):
            size = self._app.size
            self._display.frame(data, size.width, size.height)
        else:
            self._display.control(data)
            if not self._scheduled:
                self._scheduled = True
                self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what differs, as far as the terminal takes it."""
        self._scheduled = False
        if self._outlet is not None:
            self._outlet.pump()

    def _more(self) -> bytes:
        try:
            focused = self._app.focused
        except ScreenStackError:  # before the first screen, and after the last
            focused = None
        # A place for text can tell where its cursor is; asking so loads no widget for it.
        writing = hasattr(type(focused), "cursor_screen_offset")
        return self._display.more(writing=writing).encode("utf-8", "replace")

    def _draw_again(self) -> None:
        self._app.call_later(self._app.refresh, layout=True)

    # Reading

    def _run_input_thread(self) -> None:
        """Textual's thread has nothing to do: the loop reads."""

    def _read(self) -> None:
        text = ""
        gone = False
        for _ in range(MANY_READS):
            try:
                data = os.read(self._descriptors[1], READ)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                gone = True
                break
            text += self._decode(data)
        if text:
            self._take(text)
        if gone:
            self._gone()

    def _take(self, text: str) -> None:
        pieces = self._pastes.feed(text)
        for pasted, piece in pieces:
            if pasted:
                self._keys = XTermParser(self._debug)  # it may have begun to parse the mark
                self._paste(piece)
            else:
                for message in self._keys.feed(piece):
                    self.process_message(message)
        if self._pastes.pasting:
            self._keys = XTermParser(self._debug)
        self._wait_for_more()

    def _wait_for_more(self) -> None:
        """An escape key is known by what does not follow, and so is a paste that was cut off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pastes.pasting:
            self._timer = self._loop.call_later(PATIENCE, self._paste_cut_off)
        elif (due := self._keys._timeout_time) is not None:
            self._timer = self._loop.call_later(max(0.0, due - get_time()) + 0.001, self._tick)

    def _tick(self) -> None:
        for message in self._keys.tick():
            self.process_message(message)
        self._wait_for_more()

    def _paste_cut_off(self) -> None:
        for _, piece in self._pastes.silence():
            self._paste(piece)

    def _paste(self, raw: str) -> None:
        self.process_message(events.Paste(pasted_text(raw)))

    def send_message(self, message: Message) -> None:
        """Give it to the app; without a detour, as this is the app's thread."""
        self._app.post_message(message)

    def _stop_reading(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._reading is not None:
            self._loop.remove_reader(self._reading)
            self._reading = None


def choose(textual: type[Driver], wish: str) -> type[Driver]:
    """The driver to use where Textual would use ``textual``. ``wish``: ``stock`` for Textual's own. Another
    than its plain one for terminals (a web server's, a test's) is left alone."""
    if textual is not LinuxDriver:
        return textual
    if wish == "stock" or not _can_reopen():
        return StockDriver
    return ThriftyDriver


def _can_reopen() -> bool:
    """Whether both ends of the terminal can be had without waiting."""
    if threading.current_thread() is not threading.main_thread():
        return False
    for stream in (sys.__stdin__, sys.__stdout__):
        try:
            descriptor = reopen(stream.fileno()) if stream is not None else None
        except (OSError, ValueError):
            descriptor = None
        if descriptor is None:
            return False
        os.close(descriptor)
    return True
