"""`make bench`: every measure, as lines for people and as JSON in benchmarks/out.

`python -m benchmarks [--only start,keys] [--quick]`. Exit code 1 when a budget is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from benchmarks import bulk, keys, lists, memory, peers, program, pull, stalls, start, verbs, wire
from benchmarks import sla as sla_engine
from benchmarks.report import Figure, save, show

SMALL, MIDDLE, LARGE = 1_000, 100_000, 1_000_000


def main() -> int:
    """Measure, print, save; gives the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        default="",
        help="comma-separated: sla, start, keys, lists, peers, wire, memory, bulk, stalls, verbs, pull",
    )
    parser.add_argument("--quick", action="store_true", help="without a million tickets, fewer runs")
    options = parser.parse_args()
    sizes = (SMALL, MIDDLE) if options.quick else (SMALL, MIDDLE, LARGE)
    measures: dict[str, Callable[[], list[Figure]]] = {
        "sla": sla_engine.measure,
        "start": lambda: start.measure(sizes, runs=5 if options.quick else 15),
        "keys": lambda: [figure for size in sizes[1:] for figure in keys.measure(size)],
        "lists": lambda: [figure for size in sizes[1:] for figure in lists.measure(size)],
        "peers": lambda: peers.measure(sizes[-1]),
        "wire": lambda: wire.measure(SMALL),
        "memory": lambda: memory.measure(sizes),
        "bulk": lambda: [figure for size in sizes[1:] for figure in bulk.measure(size)],
        "stalls": lambda: [figure for size in sizes[1:] for figure in stalls.measure(size)],
        "verbs": lambda: verbs.measure(sizes[1]),
        "pull": lambda: pull.measure(SMALL if options.quick else MIDDLE),
    }
    chosen = [name for name in options.only.split(",") if name] or list(measures)
    if set(chosen) & {"start", "keys", "lists", "peers", "wire", "memory", "bulk", "stalls", "verbs"}:
        for size in sizes:
            program.seed(size)
    figures: list[Figure] = []
    for name in chosen:
        print(f"\n{name}", flush=True)
        measured = measures[name]()
        for figure in measured:
            print(" ", show(figure), flush=True)
        figures += measured
    print(f"\n{save(figures, 'bench')}")
    return 1 if any(figure.kept is False for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
