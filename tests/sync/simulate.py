"""Schedules from the command line: ``python -m tests.sync.simulate --seed 17`` replays what a test printed.

A failing schedule is shrunk: steps are left out as long as it fails with the same kind of complaint.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from techdesk.desks.port import Guarantee
from tests.sync.simulation import Step, schedule, simulate

_MEMORY = Path("/dev/shm")  # a file system in memory, where there is one
COMMAND = "python -m tests.sync.simulate"


def outcome(
    seed: int,
    guarantee: Guarantee = Guarantee.A,
    steps: Sequence[Step] | None = None,
    trace: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """The complaints of one schedule, in a folder of its own."""
    within = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="techdesk-schedule-", dir=within))
    try:
        return simulate(folder / "profile", seed, guarantee, steps, trace)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def shrunk(seed: int, guarantee: Guarantee, complaint: str) -> list[Step]:
    """The steps that are needed to see a complaint of this kind (delta debugging)."""
    kind = complaint.partition(":")[0]

    def fails(steps: Sequence[Step]) -> bool:
        return any(each.startswith(kind) for each in outcome(seed, guarantee, steps))

    steps = schedule(seed)
    size = len(steps) // 2
    while size:
        start = 0
        while start < len(steps):
            fewer = steps[:start] + steps[start + size :]
            if fails(fewer):
                steps = fewer
            else:
                start += size
        size //= 2
    return steps


def report(seed: int, guarantee: Guarantee, complaints: Sequence[str]) -> str:
    """What to print of a failing schedule: its complaints, and how to see the shortest form of it."""
    steps = shrunk(seed, guarantee, complaints[0])
    numbers = ",".join(str(step.number) for step in steps)
    return "\n".join(
        [
            f"class {guarantee}, seed {seed}: {len(complaints)} complaints",
            *complaints[:5],
            f"{COMMAND} --seed {seed} --class {guarantee} --steps {numbers}",
            *(f"  {step.number:4} {step.what}" for step in steps),
        ]
    )


def main() -> int:
    """0 where no schedule failed."""
    parser = argparse.ArgumentParser(prog=COMMAND)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--class", dest="guarantee", type=Guarantee, default=Guarantee.A)
    parser.add_argument("--steps", help="numbers of the steps to run, with commas between")
    parser.add_argument("--trace", action="store_true", help="say each step")
    options = parser.parse_args()
    logging.getLogger("techdesk").setLevel(logging.ERROR)
    failed = 0
    for seed in range(options.seed, options.seed + options.count):
        steps = schedule(seed)
        if options.steps is not None:
            wanted = {int(number) for number in options.steps.split(",") if number}
            steps = [step for step in steps if step.number in wanted]
        complaints = outcome(
            seed, options.guarantee, steps, (lambda line: print(line)) if options.trace else lambda _: None
        )
        if complaints:
            failed += 1
            if options.steps is None:
                print(report(seed, options.guarantee, complaints))
            else:
                print("\n".join(complaints))
    print(f"{options.count} schedules of class {options.guarantee}, {failed} failed")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
