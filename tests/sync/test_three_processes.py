"""Three processes on one profile: all of them write, one of them syncs, and the one that syncs is killed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.sync.demo_desk import demo_desk
from tests.sync.test_killed import (
    acknowledged,
    check_file,
    check_nothing_lost_or_doubled,
    hear,
    say,
    spoken_to,
)

PATIENCE = 60.0


def three(folder: Path, count: int) -> None:
    profile = folder / "profile"
    with demo_desk(folder / "desk") as desk, ExitStack() as stack:
        clients = [
            stack.enter_context(spoken_to("tests.sync.killed_client", desk.url, desk.token, str(profile)))
            for _ in range(3)
        ]
        say(clients[0], "drain")  # the first pull
        hear(clients[0])
        assert hear(clients[0]) == "ended 0"
        children = []
        for seed, client in enumerate(clients):
            say(client, f"share {seed} {count}")
            children.append(int(hear(client)))
            if seed == 0:
                written_by(profile, 1)  # it leads, since the others are not there yet
        written_by(profile, count)
        os.kill(children[0], signal.SIGKILL)
        assert hear(clients[0]) == "ended -9"
        check_file(profile, "the leader was killed")
        for client in clients[1:]:
            assert hear(client) == "ended 0"
    check_file(profile, "at the end", complete=True)
    assert len(acknowledged(profile)) > 2 * count
    check_nothing_lost_or_doubled(profile, folder / "desk" / "demo.db")


def written_by(profile: Path, count: int) -> None:
    """Wait until so many operations are acknowledged."""
    end = time.monotonic() + PATIENCE
    while len(acknowledged(profile)) < count:
        assert time.monotonic() < end, "nothing is being written"
        time.sleep(0.01)


def test_three_processes_write_and_the_leader_is_killed(tmp_path: Path) -> None:
    three(tmp_path, 60)


@pytest.mark.soak
def test_three_processes_for_long(tmp_path: Path) -> None:
    three(tmp_path, 3_000)
