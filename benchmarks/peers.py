"""The same rows in other programs: Textual's own DataTable, and visidata where it is installed."""

from __future__ import annotations

import shutil
import sys

from benchmarks.keys import key_times
from benchmarks.program import FIRST_ROW, folder_of, techdesk
from benchmarks.report import Figure, percentile
from tests.terminal.session import Session

ROWS = 10_000
"""A DataTable of a hundred thousand takes eleven seconds to fill, and a million two minutes and 1.5 GB."""


def measure(size: int) -> list[Figure]:
    """Seconds to the first row, and milliseconds for moving and paging, beside techdesk on all of them."""
    figures = []
    command = [sys.executable, "-m", "benchmarks.table", str(folder_of(size)), str(ROWS)]
    with Session(command, columns=160, lines=50) as table, techdesk(size) as ours:
        for name, session, rows in (("DataTable", table, ROWS), ("techdesk", ours, size)):
            first = session.wait_bytes(FIRST_ROW)
            session.settle(1.5, limit=8)
            figures.append(Figure(name=f"{name}, {rows:,} rows: first row", value=first * 1000, unit="ms"))
            for move, keys in (("down", ("down", "up")), ("page", ("pagedown", "pageup"))):
                taken = percentile(key_times(session, keys), 0.95)
                figures.append(Figure(name=f"{name}, {rows:,} rows: {move}, p95", value=taken, unit="ms"))
    if shutil.which("vd") is None:
        print("  visidata is not installed: left out", flush=True)
    return figures
