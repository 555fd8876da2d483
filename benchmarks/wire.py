"""Bytes a second and processor share of a screen that only counts down."""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.program import FIRST_ROW, techdesk
from benchmarks.report import Figure
from tests.terminal.session import Session

_TICK = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """Seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def watch(session: Session, seconds: float) -> tuple[float, float]:
    """Bytes a second and share of a core while nobody types."""
    size, used, start = len(session.output), processor_seconds(session.process.pid), time.perf_counter()
    while (left := seconds - (time.perf_counter() - start)) > 0:
        session.read(min(left, 0.5))
    taken = time.perf_counter() - start
    return (len(session.output) - size) / taken, (processor_seconds(session.process.pid) - used) / taken


def measure(size: int, seconds: float = 20) -> list[Figure]:
    """The queue and the countdown screen, left alone."""
    figures = []
    with techdesk(size) as session:
        session.wait_bytes(FIRST_ROW)
        session.settle(1.5, limit=8)
        for name, key in (("queue", ""), ("clocks that run out", "5"), ("SLA screen", "W")):
            if key:
                session.type(key)
                session.settle(1.5, limit=5)
            rate, share = watch(session, seconds)
            figures += [
                Figure(name=f"{name} left alone, 160x50", value=rate, unit="B/s", budget=300),
                Figure(name=f"{name} left alone, processor", value=share * 100, unit="%", budget=0.7),
            ]
    return figures
