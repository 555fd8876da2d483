"""What a verb loads: nothing that only a screen or the network needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Served

HEAVY = {
    "textual",
    "rich",
    "sqlite_utils",
    "holidays",
    "starlette",
    "uvicorn",
    "keyring",
    "importlib.metadata",
}
PROGRAM = """
import sys
from techdesk.__main__ import main
try:
    main()
finally:
    print(*sorted(sys.modules), sep="\\n", file=sys.stderr)
"""


def loaded_by(*arguments: str) -> set[str]:
    """Modules that are loaded after a verb has run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "arguments", [("--version",), ("--help",), ("list", "--json"), ("list",), ("status", "--format", "tmux")]
)
def test_reading_verbs_load_neither_screens_nor_http(
    connected: Served, folders: Path, arguments: tuple[str, ...]
) -> None:
    loaded = loaded_by(*arguments)
    assert "techdesk.cli" in loaded
    assert (
        loaded & {*HEAVY, "httpx", "asyncio", "techdesk.actions.workbench", "techdesk.sync.thread"} == set()
    )


def test_showing_and_changing_load_no_screens(run: Run, connected: Served) -> None:
    assert loaded_by("show", "TD-10001", "--offline") & {*HEAVY, "httpx"} == set()
    assert loaded_by("--offline", "comment", "TD-10001", "x") & {*HEAVY, "httpx"} == set()
    loaded = loaded_by("sync")
    assert "httpx" in loaded
    assert loaded & {"textual", "starlette", "uvicorn"} == set()
