"""Writing to a terminal that reads, that stands still, and that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import tty
from collections.abc import Generator

import pytest

from techdesk.terminal.outlet import Outlet, reopen

BIG = b"x" * 300_000


@pytest.fixture
def ends() -> Generator[tuple[int, int]]:
    """The terminal's end, and ours, opened without waiting."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    ours = reopen(slave)
    assert ours is not None
    os.close(slave)
    yield master, ours
    for descriptor in (master, ours):
        with contextlib.suppress(OSError):
            os.close(descriptor)


class Source:
    """Gives one text after the other."""

    def __init__(self, *texts: bytes) -> None:
        self.texts = list(texts)
        self.gone = 0

    def more(self) -> bytes:
        return self.texts.pop(0) if self.texts else b""

    def lost(self) -> None:
        self.gone += 1


def test_reopening_does_not_change_the_description_that_others_share() -> None:
    master, slave = pty.openpty()
    try:
        ours = reopen(slave)
        assert ours is not None
        assert os.get_blocking(slave)
        assert not os.get_blocking(ours)
        os.close(ours)
    finally:
        os.close(master)
        os.close(slave)


def test_a_file_is_no_terminal() -> None:
    reading, writing = os.pipe()
    assert reopen(writing) is None
    os.close(reading)
    os.close(writing)


async def test_it_never_waits_and_goes_on_when_the_terminal_reads(ends: tuple[int, int]) -> None:
    master, ours = ends
    source = Source(BIG, b"second")
    outlet = Outlet(ours, asyncio.get_running_loop(), source.more, source.lost)
    outlet.pump()
    assert outlet.stalled
    outlet.pump()  # asking again changes nothing
    assert source.texts == [b"second"]
    source.texts = [b"newest"]  # what was to come is out of date
    arrived = asyncio.Event()
    got = bytearray()

    def read() -> None:
        got.extend(os.read(master, 65536))
        if got.endswith(b"newest"):
            arrived.set()

    asyncio.get_running_loop().add_reader(master, read)
    await asyncio.wait_for(arrived.wait(), 10)
    asyncio.get_running_loop().remove_reader(master)
    assert bytes(got) == BIG + b"newest"
    assert not outlet.stalled
    assert source.gone == 0


async def test_a_terminal_that_went_away_is_told_once(ends: tuple[int, int]) -> None:
    master, ours = ends
    source = Source(b"a", b"b", b"c")
    outlet = Outlet(ours, asyncio.get_running_loop(), source.more, source.lost)
    os.close(master)
    outlet.pump()
    outlet.pump()
    await asyncio.sleep(0)
    assert source.gone == 1
    assert not outlet.drain(1)


async def test_leaving_a_terminal_that_stands_still_takes_no_longer_than_said(ends: tuple[int, int]) -> None:
    _, ours = ends
    loop = asyncio.get_running_loop()
    source = Source(BIG)
    outlet = Outlet(ours, loop, source.more, source.lost)
    outlet.pump()
    start = loop.time()
    assert not outlet.drain(0.1)
    assert loop.time() - start < 1
