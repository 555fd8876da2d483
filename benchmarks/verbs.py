"""Processor time of the verbs that run in a prompt or a status line, beside the least that Python can do."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

from benchmarks.program import environment
from benchmarks.report import Figure, median

RUNS = 15
FLOOR = ("-c", "import sqlite3, msgspec, click")
VERBS: dict[str, tuple[str, ...]] = {
    "--version": ("--version",),
    "status --format tmux": ("--profile", "bench", "status", "--format", "tmux"),
    "list --json of 50": ("--profile", "bench", "list", "--json"),
}


def measure(size: int) -> list[Figure]:
    """Milliseconds of processor, medians of interleaved runs on the cache of so many tickets."""
    variables = {name: value for name, value in {**os.environ, **environment(size)}.items() if value}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)  # else every run would compile what it imports
    commands = {"": FLOOR} | {name: ("-m", "techdesk", *words) for name, words in VERBS.items()}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for run in range(RUNS + 1):
        for name, words in commands.items():
            spent = _run([sys.executable, *words], variables)
            if run:  # the first of each warms the page cache
                taken[name].append(spent)
    floor = median(taken.pop(""))
    return [
        Figure(name=f"techdesk {name}, processor", value=median(times), unit="ms", floor=floor, budget=1.6)
        for name, times in taken.items()
    ]


def _run(command: list[str], variables: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=variables, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000
