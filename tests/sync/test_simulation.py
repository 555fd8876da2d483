"""Random schedules, real engine, real store: 0 lost, 0 doubled, 0 clobbered, 0 diverged, 0 stuck.

Everything that chance decides comes from a seed: technicians' changes, colleagues', customers' mails,
deletions, merges, a network that loses requests and answers or delivers late and twice, feeds that forget,
a server that goes back to a backup, days offline, and kills at every request and transaction boundary,
after which another process takes over. ``TECHDESK_SCHEDULES`` says how many of class A (300),
``TECHDESK_SEED`` where they begin.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from techdesk.desks.port import Guarantee
from tests.sync.simulate import outcome, report
from tests.sync.simulation import schedule

SCHEDULES = int(os.environ.get("TECHDESK_SCHEDULES", "300"))
FIRST = int(os.environ.get("TECHDESK_SEED", "0"))
SOAK = 10_000
_CHUNK = 25
"""Schedules of one test: enough that what a test costs by itself does not count, few enough to be spread."""

REMEMBERED = [
    (1_005_587, Guarantee.A),
    (1_002_602, Guarantee.A),
    (10_934, Guarantee.A),
    (65, Guarantee.A),
    (19, Guarantee.C),
    (36, Guarantee.D),
]
"""Seeds that showed something once: a queue of sixteen decisions on one ticket, a change that was sent again
after its bulk run had ended and waited for a canary for ever, a doubled message (never seen again, in three
orders of hashes), an order, and messages sent twice to a desk that was only slow."""
Note = Callable[[str, object], None]


def run(first: int, count: int, guarantee: Guarantee, note: Note) -> None:
    """Raises AssertionError with the first failing schedule of a range, shrunk."""
    note("seeds", [f"class {guarantee}", first, count])
    for seed in range(first, first + count):
        complaints = outcome(seed, guarantee)
        assert not complaints, report(seed, guarantee, complaints)


def chunks(count: int) -> list[tuple[int, int]]:
    """(first seed, how many) of each test."""
    return [(FIRST + start, min(_CHUNK, count - start)) for start in range(0, count, _CHUNK)]


@pytest.mark.parametrize(("first", "count"), chunks(SCHEDULES))
def test_class_a(first: int, count: int, record_property: Note) -> None:
    run(first, count, Guarantee.A, record_property)


@pytest.mark.parametrize(("first", "count"), chunks(max(_CHUNK, SCHEDULES // 10)))
@pytest.mark.parametrize("guarantee", [Guarantee.C, Guarantee.D])
def test_classes_without_the_means(
    guarantee: Guarantee, first: int, count: int, record_property: Note
) -> None:
    run(first, count, guarantee, record_property)


@pytest.mark.parametrize(("seed", "guarantee"), REMEMBERED)
def test_seeds_that_once_failed(seed: int, guarantee: Guarantee) -> None:
    assert outcome(seed, guarantee) == []


@pytest.mark.soak
@pytest.mark.parametrize(("first", "count"), chunks(max(SOAK, SCHEDULES)))
def test_class_a_for_long(first: int, count: int, record_property: Note) -> None:
    run(1_000_000 + first, count, Guarantee.A, record_property)


@pytest.mark.soak
@pytest.mark.parametrize(("first", "count"), chunks(SOAK // 5))
@pytest.mark.parametrize("guarantee", [Guarantee.C, Guarantee.D])
def test_classes_without_the_means_for_long(
    guarantee: Guarantee, first: int, count: int, record_property: Note
) -> None:
    run(1_000_000 + first, count, guarantee, record_property)


def test_a_schedule_is_its_seed() -> None:
    assert schedule(7) == schedule(7) != schedule(8)
    assert sum(step.what == "work" for step in schedule(7)) == 60


@pytest.mark.parametrize("guarantee", [Guarantee.A, Guarantee.D])
def test_nothing_but_the_seed_decides(guarantee: Guarantee) -> None:
    """What a failing seed printed can be seen again by another process: no order of sets, no wall clock."""
    told = []
    for hashes in ("1", "2"):
        command = [sys.executable, "-m", "tests.sync.simulate", "--seed", "20", "--count", "3", "--trace"]
        done = subprocess.run(
            [*command, "--class", str(guarantee)],
            env={**os.environ, "PYTHONHASHSEED": hashes, "TZ": f"UTC{hashes}"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        told.append([line for line in done.stdout.splitlines() if line.startswith("seed ")])
    assert len(told[0]) == 3
    assert told[0] == told[1]
