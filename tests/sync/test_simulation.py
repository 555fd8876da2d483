"""Random schedules, real engine, real store: 0 lost, 0 doubled, 0 clobbered, 0 diverged, 0 stuck.

Everything that chance decides comes from a seed: technicians' changes, colleagues', customers' mails,
deletions, merges, a network that loses requests and answers or delivers late and twice, feeds that forget,
a server that goes back to a backup, days offline, and kills at every request and transaction boundary,
after which another process takes over. ``TECHDESK_SCHEDULES`` says how many of class A (300),
``TECHDESK_SEED`` where they begin.
"""

from __future__ import annotations

import os

import pytest

from techdesk.desks.port import Guarantee
from tests.sync.simulate import outcome, report
from tests.sync.simulation import schedule

SCHEDULES = int(os.environ.get("TECHDESK_SCHEDULES", "300"))
FIRST = int(os.environ.get("TECHDESK_SEED", "0"))
SOAK = 10_000
_CHUNK = 25
"""Schedules of one test: enough that what a test costs by itself does not count, few enough to be spread."""


def run(first: int, count: int, guarantee: Guarantee) -> None:
    """Raises AssertionError with the first failing schedule of a range, shrunk."""
    print(f"class {guarantee}: seeds {first} to {first + count - 1}")
    for seed in range(first, first + count):
        complaints = outcome(seed, guarantee)
        assert not complaints, report(seed, guarantee, complaints)


def chunks(count: int) -> list[tuple[int, int]]:
    """(first seed, how many) of each test."""
    return [(FIRST + start, min(_CHUNK, count - start)) for start in range(0, count, _CHUNK)]


@pytest.mark.parametrize(("first", "count"), chunks(SCHEDULES))
def test_class_a(first: int, count: int) -> None:
    run(first, count, Guarantee.A)


@pytest.mark.parametrize(("first", "count"), chunks(max(_CHUNK, SCHEDULES // 10)))
@pytest.mark.parametrize("guarantee", [Guarantee.C, Guarantee.D])
def test_classes_without_the_means(guarantee: Guarantee, first: int, count: int) -> None:
    run(first, count, guarantee)


@pytest.mark.soak
@pytest.mark.parametrize(("first", "count"), chunks(max(SOAK, SCHEDULES)))
def test_class_a_for_long(first: int, count: int) -> None:
    run(1_000_000 + first, count, Guarantee.A)


@pytest.mark.soak
@pytest.mark.parametrize(("first", "count"), chunks(SOAK // 5))
@pytest.mark.parametrize("guarantee", [Guarantee.C, Guarantee.D])
def test_classes_without_the_means_for_long(guarantee: Guarantee, first: int, count: int) -> None:
    run(1_000_000 + first, count, guarantee)


def test_a_schedule_is_its_seed() -> None:
    assert schedule(7) == schedule(7) != schedule(8)
    assert sum(step.what == "work" for step in schedule(7)) == 60
