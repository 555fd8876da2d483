"""Memory that is this process's alone (USS), beside an empty Textual program."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.program import FIRST_ROW, floor, techdesk
from benchmarks.report import Figure
from tests.terminal.session import Session

EXTRA_BUDGET = {100_000: 30, 1_000_000: 70}
"""Megabytes over the empty program."""


def unshared(session: Session) -> float:
    """Megabytes that no other process shares."""
    rollup = Path(f"/proc/{session.process.pid}/smaps_rollup").read_text()
    return sum(int(size) for size in re.findall(r"^Private_\w+:\s+(\d+)", rollup, re.MULTILINE)) / 1024


def measure(sizes: tuple[int, ...]) -> list[Figure]:
    """Megabytes over the empty program, two seconds after the first screen and a page of moves."""
    with floor("empty") as session:
        session.wait_bytes(b"READY")
        session.settle(1)
        empty = unshared(session)
    figures = [Figure(name="empty Textual program", value=empty, unit="MB")]
    for size in sizes:
        with techdesk(size) as session:
            session.wait_bytes(FIRST_ROW)
            session.type(*["pagedown"] * 5, "enter", "q")
            session.settle(2, limit=6)
            figures.append(
                Figure(
                    name=f"memory over the empty program, {size:,} tickets",
                    value=unshared(session) - empty,
                    unit="MB",
                    budget=EXTRA_BUDGET.get(size),
                )
            )
    return figures
