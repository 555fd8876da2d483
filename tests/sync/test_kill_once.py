"""A process killed once: at every request and every transaction boundary, one after another."""

from __future__ import annotations

import subprocess
import sys

import pytest

from techdesk.desks.port import Guarantee


def killed_everywhere(seed: int, operations: int, guarantee: Guarantee, prove: int) -> int:
    """How many lives it were; in a process of its own, because only one without threads may be forked."""
    command = [sys.executable, "-m", "tests.sync.kill_once", "--seed", str(seed), "--class", str(guarantee)]
    command += ["--operations", str(operations), "--prove", str(prove)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return int(done.stdout.split()[0])


@pytest.mark.parametrize("guarantee", [Guarantee.A, Guarantee.C, Guarantee.D])
def test_killed_once_everywhere(guarantee: Guarantee) -> None:
    """And some of them are the same life as one that is lived from its beginning."""
    operations = 4
    assert killed_everywhere(3, operations, guarantee, prove=25) > 5 * operations


@pytest.mark.soak
@pytest.mark.parametrize("guarantee", [Guarantee.A, Guarantee.C, Guarantee.D])
@pytest.mark.parametrize("seed", range(8))
def test_killed_once_everywhere_in_a_long_day(seed: int, guarantee: Guarantee) -> None:
    operations = 40
    assert killed_everywhere(seed, operations, guarantee, prove=400) > 5 * operations
