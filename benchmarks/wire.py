"""Bytes a second and processor share: of a screen that only counts down, and of a key that is held."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from benchmarks import countdowns
from benchmarks.program import FIRST_ROW, techdesk, techdesk_in
from benchmarks.report import Figure
from tests.terminal.session import Session

_TICK = os.sysconf("SC_CLK_TCK")
_SECONDS = re.compile(r"[+-]\d\d:\d\d ")
HELD_RATE = 30
"""Key presses a second of a keyboard that repeats."""
HELD_SECONDS = 4


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


def hold(session: Session, key: str) -> tuple[float, float]:
    """Bytes a second while a key is held, and milliseconds from its last press to the last byte."""
    presses = HELD_RATE * HELD_SECONDS
    size, start = len(session.output), time.perf_counter()
    for press in range(presses):
        session.press(key)
        due = start + (press + 1) / HELD_RATE
        while press < presses - 1 and (left := due - time.perf_counter()) > 0:
            session.read(left)
    pressed = last = time.perf_counter()
    while session.read(0.3):
        last = time.perf_counter()
    return (len(session.output) - size) / HELD_SECONDS, (last - pressed) * 1000


def measure(size: int, seconds: float = 20) -> list[Figure]:
    """The queue and the countdown screens, left alone; then a held key. All at 160 columns, 50 lines."""
    figures = []
    with techdesk(size) as session:
        session.wait_bytes(FIRST_ROW)
        session.settle(1.5, limit=8)
        for name, key in (("queue", ""), ("SLA screen", "W")):
            if key:
                session.type(key)
                session.settle(1.5, limit=5)
            figures += _alone(session, name, seconds, 120)
        session.type("q")
        session.settle(1, limit=5)
        rate, lag = hold(session, "j")
        figures += [
            Figure(name=f"down key held at {HELD_RATE} Hz", value=rate, unit="B/s", budget=10_000),
            Figure(name="last press of a held key to its last byte", value=lag, unit="ms", budget=100),
        ]
    spans = {"all under 10 minutes": (75, 590, 300), "from minutes to an hour": (480, 3500, 120)}
    for name, (soonest, latest, budget) in spans.items():
        with techdesk_in(countdowns.make("countdowns", soonest, latest)) as session:
            session.wait_bytes(FIRST_ROW)
            session.settle(1.5, limit=8)
            count = len(_SECONDS.findall(session.text))
            figures += _alone(session, f"queue, {name}, {count} with seconds", seconds, budget)
    return figures


def _alone(session: Session, name: str, seconds: float, budget: float) -> list[Figure]:
    rate, share = watch(session, seconds)
    return [
        Figure(name=name, value=rate, unit="B/s", budget=budget),
        Figure(name=f"{name}, processor", value=share * 100, unit="%", budget=0.7),
    ]
