"""``techdesk demo`` as a process: its screens on a pseudo-terminal, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pexpect
import pyte
import pytest

from tests.cli.conftest import Run

COMMAND = [sys.executable, "-m", "techdesk"]


class Terminal:
    """A program on a pseudo-terminal of 80x24, and what it shows."""

    def __init__(self, *arguments: str) -> None:
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.Stream(self.screen)
        self.program: Any = pexpect.spawn(
            COMMAND[0],
            [*COMMAND[1:], *arguments],
            dimensions=(24, 80),
            encoding="utf-8",
            env={**os.environ, "TERM": "xterm-256color"},
            timeout=20,
        )

    def text(self) -> str:
        """The screen's lines."""
        return "\n".join(self.screen.display)

    def until(self, words: str, looks: int = 200) -> None:
        """Read until the screen shows these words."""
        for _ in range(looks):
            if words in self.text():
                return
            try:
                self._stream.feed(self.program.read_nonblocking(65536, 0.1))
            except pexpect.TIMEOUT:
                continue
            except pexpect.EOF:
                break
        raise AssertionError(f"never showed {words!r}:\n{self.text()}")

    def end(self) -> int:
        """Read to the end; the exit status."""
        self.program.expect(pexpect.EOF)
        self.program.close()
        return int(self.program.exitstatus)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes through /proc")
def test_the_demo_opens_its_queue_and_leaves_nothing_behind(folders: Path) -> None:
    terminal = Terminal("demo", "--no-script")
    terminal.until("TD-10")
    profile = folders / "state" / "profiles" / "demo"
    desk = json.loads((profile / "connection.json").read_text())
    assert is_running(desk["pid"])
    terminal.program.send("\x11")
    assert terminal.end() == 0
    assert not is_running(desk["pid"])
    assert not (profile / "connection.json").exists()
    assert [path.name for path in (folders / "state" / "profiles").iterdir()] == ["demo"]
    assert not (folders / "config").exists(), "no settings are written"


def serving(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "demo", "--serve-only", "--no-script", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_begins_when_it_is_told_to(folders: Path) -> None:
    """To see a policy in its hours, and out of them: the desk's own clock is what it answers by."""
    with serving("--at", "2026-11-30 10:00:00+00:00") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        address = json.loads(process.stdout.readline())["url"]
        date = httpx.get(f"{address}/api/v1/").headers["Date"]
        process.stdin.close()
        process.wait(timeout=10)
    assert date.startswith("Mon, 30 Nov 2026 10:00")


def test_a_time_that_is_none_starts_nothing(folders: Path) -> None:
    with serving("--at", "tomorrow") as process:
        assert process.wait(timeout=10) == 2
        assert process.stderr is not None
        assert "is no time. Nothing was started." in process.stderr.read()


def test_the_server_comes_back_at_the_port_that_was_asked_for(folders: Path) -> None:
    port = "0"
    for _ in range(2):
        with serving("--port", port) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            address = json.loads(process.stdout.readline())["url"]
            assert address.endswith(f":{port}") or port == "0"
            port = address.rpartition(":")[2]
            process.stdin.close()
            process.wait(timeout=10)


def test_the_server_alone_says_where_it_is_and_other_verbs_find_it(folders: Path, run: Run) -> None:
    with serving() as process:
        assert process.stdout is not None
        assert process.stdin is not None
        told = json.loads(process.stdout.readline())
        assert told["url"].startswith("http://127.0.0.1:")
        assert Path(told["token_file"]).is_relative_to(folders)
        synced = run("--profile", "demo", "sync")
        assert synced.exit_code == 0, synced.stderr
        second = run("demo", "--serve-only")
        assert second.exit_code == 1
        assert "Another demo desk" in second.stderr
        process.stdin.close()
        process.wait(timeout=10)
    assert not is_running(told["pid"])
    cached = run("--profile", "demo", "list", "--json")
    assert len(json.loads(cached.stdout)) == 50, "the cache is there without the desk"
    off = run("--profile", "demo", "sync")
    assert off.exit_code != 0
    assert "techdesk demo" in off.stderr


def test_screens_that_were_there_before_the_desk_find_it(folders: Path, run: Run) -> None:
    with serving() as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        assert run("--profile", "demo", "sync").exit_code == 0
        process.stdin.close()
        process.wait(timeout=10)
    terminal = Terminal("--profile", "demo")
    terminal.until("techdesk demo")  # what to do
    terminal.until("OFFLINE")
    with serving() as process:
        terminal.until("SYNC ok")
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=10)
    terminal.program.send("\x11")
    assert terminal.end() == 0


def test_the_desk_ends_when_its_starter_is_killed(folders: Path) -> None:
    with serving() as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        process.wait()
    for _ in range(100):
        if not is_running(told["pid"]):
            return
        signal.sigtimedwait([], 0.1)  # a pause that needs no sleep
    raise AssertionError("the demo desk is still there")
