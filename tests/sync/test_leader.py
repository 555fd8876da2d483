"""One leader a profile, also over processes and kills."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from techdesk.sync.leader import Leadership, Pokes

_CHILD = """
import sys
from pathlib import Path
from techdesk.sync.leader import Leadership
leadership = Leadership(Path(sys.argv[1]))
print(leadership.take(), flush=True)
sys.stdin.read()
"""


def child(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_killed_leader_is_replaced_at_once(tmp_path: Path) -> None:
    own = Leadership(tmp_path)
    with child(tmp_path) as leader:
        try:
            assert said(leader) == "True"
            assert not own.take()
            os.kill(leader.pid, signal.SIGKILL)
            leader.wait()
            assert own.take()
        finally:
            leader.kill()


def test_hand_over_between_two_processes(tmp_path: Path) -> None:
    own = Leadership(tmp_path)
    assert own.take()
    assert own.take(), "taking it twice is no harm"
    with child(tmp_path) as second:
        assert said(second) == "False"
        second.communicate("")
    own.release()
    assert not own.is_held
    with child(tmp_path) as third:
        assert said(third) == "True"
        assert not own.take()
        third.communicate("")
    assert own.take()
    own.release()


def test_two_in_one_process_exclude_each_other(tmp_path: Path) -> None:
    one, other = Leadership(tmp_path), Leadership(tmp_path)
    assert one.take()
    assert not other.take()
    one.release()
    assert other.take()
    other.release()


def test_the_lock_is_private(tmp_path: Path) -> None:
    one = Leadership(tmp_path)
    one.take()
    assert (tmp_path / "sync.lock").stat().st_mode & 0o777 == 0o600
    one.release()


def test_a_poke_arrives_once_and_only_after_it_was_sent(tmp_path: Path) -> None:
    asking, leading = Pokes(tmp_path), Pokes(tmp_path)
    assert not leading.arrived()
    asking.send()
    assert leading.arrived()
    assert not leading.arrived()
    asking.send()
    asking.send()
    assert leading.arrived()
    assert not leading.arrived()
    assert not Pokes(tmp_path).arrived(), "an old poke is none for a new leader"
