"""A demo desk that runs for the whole session, and the command line in this process."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from techdesk.cli import command

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A verb sends log lines to its profile's file; other tests of this process look for them elsewhere."""
    log = logging.getLogger("techdesk")
    before = log.propagate, list(log.handlers)
    yield
    log.propagate, log.handlers = before[0], before[1]


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings and state in a folder of the test's own."""
    monkeypatch.setenv("TECHDESK_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("TECHDESK_STATE_DIR", str(tmp_path / "state"))
    for name in ("TECHDESK_TOKEN", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def run(folders: Path) -> Run:
    """Run a verb in this process: ``result.stdout``, ``result.stderr``, ``result.exit_code``."""

    def call(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(command, arguments, input=stdin, prog_name="techdesk")

    return call


class Served(msgspec.Struct, frozen=True):
    """Where the demo desk listens."""

    url: str
    token_file: str
    pid: int

    @property
    def token(self) -> str:
        """The technician's."""
        return Path(self.token_file).read_text().strip()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo desk with a quiet script; ends with its standard input."""
    folder = tmp_path_factory.mktemp("desk")
    with subprocess.Popen(
        [sys.executable, "-m", "techdesk.demo", "--folder", str(folder), "--no-script"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        yield msgspec.json.decode(process.stdout.readline(), type=Served)
        process.stdin.close()
        process.wait(timeout=10)


@pytest.fixture
def connected(run: Run, desk: Served) -> Served:
    """A profile ``work`` on the demo desk, synced once."""
    made = run("connect", desk.url, "--profile", "work", "--yes", stdin=f"{desk.token}\n")
    assert made.exit_code == 0, made.stderr
    assert run("sync").exit_code == 0
    return desk
