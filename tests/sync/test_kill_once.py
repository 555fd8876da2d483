"""A process killed once: at every request and every transaction boundary, one after another."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from techdesk.desks.port import Guarantee
from tests.sync.simulation import Simulation, schedule

_MEMORY = Path("/dev/shm")


def lived(seed: int, operations: int, guarantee: Guarantee, die_at: int | None) -> tuple[int, list[str]]:
    """How many points the life of a schedule has, and its complaints when it ends at one of them."""
    within = _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="techdesk-kill-", dir=within))
    world = Simulation(folder / "profile", seed, guarantee)
    world.kill_chance = 0.0
    world.life.die_at = die_at
    try:
        steps = [step for step in schedule(seed, operations) if step.what != "hand_over"]
        complaints = world.run(steps)
        return world.lived, complaints
    finally:
        world.close()
        shutil.rmtree(folder, ignore_errors=True)


def kill_everywhere(seed: int, operations: int, guarantee: Guarantee) -> None:
    points, complaints = lived(seed, operations, guarantee, None)
    assert complaints == [], f"class {guarantee}, seed {seed}"
    assert points > 5 * operations
    for point in range(1, points + 1):
        _, complaints = lived(seed, operations, guarantee, point)
        assert complaints == [], f"class {guarantee}, seed {seed}, killed at point {point} of {points}"


@pytest.mark.parametrize("guarantee", [Guarantee.A, Guarantee.C, Guarantee.D])
def test_killed_once_everywhere(guarantee: Guarantee) -> None:
    kill_everywhere(3, 4, guarantee)


@pytest.mark.soak
@pytest.mark.parametrize("guarantee", [Guarantee.A, Guarantee.C, Guarantee.D])
@pytest.mark.parametrize("seed", range(8))
def test_killed_once_everywhere_in_a_long_day(seed: int, guarantee: Guarantee) -> None:
    kill_everywhere(seed, 40, guarantee)
