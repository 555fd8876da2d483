"""A schedule killed once at each point of its life: ``python -m tests.sync.kill_once --seed 3 --class A``.

What comes before a kill is the same for all of them. So one life is lived, and at each step it is branched by
``fork`` with a copy of its file, once for every point of that step: the branch dies there, and lives on to
the end of the schedule. Run it as a process of its own: only one without other threads may be forked.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct

from techdesk.desks.port import Guarantee
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from tests.sync.no_policies import NoPolicies
from tests.sync.simulation import Simulation, Step, schedule

_MEMORY = Path("/dev/shm")  # a file system in memory, where there is one


class Ending(Struct, frozen=True):
    """How one life came out."""

    complaints: list[str]
    fingerprint: str


class Search(Struct, frozen=True):
    """What all lives of one schedule came to."""

    points: int
    failed: dict[int, list[str]]
    """By the point at which it was killed; 0 for the life that was not."""


def steps_of(seed: int, operations: int) -> list[Step]:
    """Without the steps that kill by themselves."""
    return [step for step in schedule(seed, operations) if step.what != "hand_over"]


def lived(seed: int, operations: int, guarantee: Guarantee, die_at: int | None) -> Ending:
    """One life from its beginning, killed at one point or at none."""
    with _Folder() as folder, closing(_world(folder, seed, guarantee)) as world:
        world.life.die_at = die_at
        complaints = world.run(steps_of(seed, operations))
        return Ending(complaints, world.fingerprint())


def killed_everywhere(seed: int, operations: int, guarantee: Guarantee, prove: int = 0) -> Search:
    """Every life that differs from a schedule's by one kill.

    :param prove: each so manieth is lived from its beginning as well, and has to come out the same.
    """
    steps = steps_of(seed, operations)
    ends: dict[int, int] = {}
    with _Folder() as folder, closing(_world(folder, seed, guarantee)) as world:
        world.before = lambda step: ends.__setitem__(step.number, world.life.count)
        whole = world.run(steps)
        points = world.lived
    after = dict(zip(ends, [*list(ends.values())[1:], points], strict=True))
    failed = {0: whole} if whole else {}
    with _Folder() as folder:
        tree = _Tree(folder, _world(folder, seed, guarantee), after, steps)
        for point, ending in tree.grow().items():
            complaints = list(ending.complaints)
            if prove and point % prove == 0 and lived(seed, operations, guarantee, point) != ending:
                complaints.append("forked: killed from the beginning it came out otherwise")
            if complaints:
                failed[point] = complaints
    assert tree.points == points, "every point of the life was met"
    return Search(points, failed)


class _Tree:
    """One life and its branches, each a process."""

    def __init__(self, folder: Path, world: Simulation, after: dict[int, int], steps: Sequence[Step]) -> None:
        self._folder = folder
        self._world = world
        self._after = after
        self._steps = steps
        self._to: int | None = None
        """Where a branch answers; None in the trunk."""
        self._left: list[object] = []
        """The trunk's connections: a branch that closed them would fold up the trunk's own log."""
        self._endings: dict[int, Ending] = {}

    @property
    def points(self) -> int:
        return len(self._endings)

    def grow(self) -> dict[int, Ending]:
        """How each branch came out, by the point at which it died."""
        world = self._world
        world.before = self._branch
        try:
            complaints = world.run(self._steps)
            ending = Ending(complaints, world.fingerprint())
        except BaseException:
            if self._to is None:
                raise
            ending = Ending([f"broken: {traceback.format_exc()}"], "")
        if self._to is not None:
            with os.fdopen(self._to, "wb") as answer:
                answer.write(msgspec.json.encode(ending))
            os._exit(0)
        world.close()
        return self._endings

    def _branch(self, step: Step) -> None:
        if self._to is not None:
            return
        first, last = self._world.life.count + 1, self._after[step.number]
        if first > last:
            return
        # Its thread would not be in the branch, and what it held would be held for ever.
        self._world.bench.writer.close()
        seed = self._folder / f"branched-{step.number}.db"
        _copy(self._world.bench.database.path, seed)
        for point in range(first, last + 1):
            self._fork(seed, point)
            if self._to is not None:
                return
        seed.unlink()
        # A database gives the same writer to whoever asks, and this one is closed.
        self._world.bench.database._writer = None
        self._world.bench.writer = self._world.bench.database.writer()

    def _fork(self, seed: Path, point: int) -> None:
        answer, to = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(answer)
            self._to = to
            gc.disable()
            self._live_in(seed.with_name(f"killed-at-{point}"), seed)
            self._world.life.die_at = point
            return
        os.close(to)
        with os.fdopen(answer, "rb") as lines:
            told = lines.read()
        os.waitpid(child, 0)
        shutil.rmtree(seed.with_name(f"killed-at-{point}"), ignore_errors=True)
        self._endings[point] = (
            msgspec.json.decode(told, type=Ending) if told else Ending(["broken: it said nothing"], "")
        )

    def _live_in(self, folder: Path, seed: Path) -> None:
        """Go on with a copy of the file: both techdesks keep their memory, and get new connections."""
        world, bench = self._world, self._world.bench
        folder.mkdir()
        shutil.copyfile(seed, folder / "techdesk.db")
        self._left += [bench.database, bench.reader, bench.writer, *world._databases]
        mine, other = (Database.open(folder, NoPolicies()) for _ in range(2))
        for feed, new in zip(world._feeds, (mine.feed(), other.feed()), strict=True):
            self._left.append(dict(vars(feed)))
            vars(feed).update(vars(new))  # whoever holds a feed goes on holding it
        bench.database, bench.reader, bench.writer = mine, mine.reader(), mine.writer()
        world._databases = [mine, other]


class _Folder:
    """A folder in memory, gone afterwards."""

    def __enter__(self) -> Path:
        within = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
        self._path = Path(tempfile.mkdtemp(prefix="techdesk-kill-", dir=within))
        return self._path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._path, ignore_errors=True)


def _world(folder: Path, seed: int, guarantee: Guarantee) -> Simulation:
    world = Simulation(folder / "profile", seed, guarantee)
    world.kill_chance = 0.0
    return world


def _copy(file: Path, to: Path) -> None:
    """A whole copy, also of what is in the log only."""
    with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(to)) as new:
        old.backup(new)


def main() -> int:
    """0 where every life came out well. The last line says how many there were."""
    parser = argparse.ArgumentParser(prog="python -m tests.sync.kill_once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=1, help="how many seeds")
    parser.add_argument("--operations", type=int, default=40)
    parser.add_argument("--class", dest="guarantee", type=Guarantee, default=Guarantee.A)
    parser.add_argument(
        "--prove", type=int, default=0, help="live each so manieth from its beginning as well"
    )
    options = parser.parse_args()
    logging.getLogger("techdesk").setLevel(logging.ERROR)
    lives, failed = 0, 0
    for seed in range(options.seed, options.seed + options.count):
        search = killed_everywhere(seed, options.operations, options.guarantee, options.prove)
        lives += search.points
        failed += len(search.failed)
        for point, complaints in search.failed.items():
            print(f"class {options.guarantee}, seed {seed}, killed at point {point} of {search.points}:")
            print("\n".join(f"  {each}" for each in complaints[:5]), flush=True)
    print(f"{lives} kills in {options.count} schedules of class {options.guarantee}, {failed} failed")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
