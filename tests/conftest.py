"""What every test needs: an environment that does not leak in from the machine it runs on."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator

import pytest

_OURS = ("TEXTUAL_SNAPSHOT", "TECHDESK_SCHEDULES", "TECHDESK_SEED", "TECHDESK_KEYS_SEED")
"""What the snapshot plugin tells its workers, and how long and from where the simulator is to search."""

for _name in list(os.environ):
    leaks = _name == "NO_COLOR" or _name.startswith(("TEXTUAL_", "TECHDESK_"))
    if leaks and not _name.startswith(_OURS):
        del os.environ[_name]  # before Textual is imported: it reads them then, and snapshots would differ

os.environ["TEXTUAL_ANIMATIONS"] = "none"

if importlib.util.find_spec("httpx2") is not None:
    # Techdesk takes the fork where it is installed; the tests' own servers and answers then come from it too.
    sys.modules["httpx"] = importlib.import_module("httpx2")


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What is shown in the machine's zone is shown in UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was searched, with its seeds: tests note ``seeds`` (what, first, count) and ``kills`` (count)."""
    searched: dict[str, list[tuple[int, int]]] = defaultdict(list)
    kills = 0
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties if report.when == "call" else ():
                if name == "seeds":
                    what, first, count = value
                    searched[str(what)].append((int(first), int(first) + int(count)))
                elif name == "kills":
                    kills += int(value)
    for what, ranges in sorted(searched.items()):
        schedules = sum(end - first for first, end in ranges)
        terminalreporter.write_line(f"{what}: {schedules} schedules, seeds {_joined(ranges)}")
    if kills:
        terminalreporter.write_line(f"kill -9 of real processes: {kills}")


def _joined(ranges: list[tuple[int, int]]) -> str:
    """Ranges of seeds, those that touch made one: ``0 to 299, 1000000 to 1000999``."""
    found: list[list[int]] = []
    for first, end in sorted(ranges):
        if found and first <= found[-1][1]:
            found[-1][1] = max(end, found[-1][1])
        else:
            found.append([first, end])
    return ", ".join(f"{first} to {end - 1}" for first, end in found)
