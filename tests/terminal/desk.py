"""A demo desk of its own for a test, and techdesk started on it: the programs as users run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from tests.terminal.session import Session


class Desk:
    """The demo desk's process, spoken to as another client of the help desk would."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = options
        self._port = 0
        self.start()

    def start(self) -> None:
        """Start it; again on the same port after ``stop``."""
        command = [sys.executable, "-m", "techdesk.demo", "--folder", str(self.folder / "desk")]
        command += ["--no-script", "--control", "--port", str(self._port), *self._options]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        told = json.loads(self._process.stdout.readline())
        self.url = str(told["url"])
        self.token = Path(told["token_file"]).read_text().strip()
        self._port = int(self.url.rsplit(":", 1)[1].split("/")[0])

    def stop(self) -> None:
        """End it, as a server that is down."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET, or POST with a body; the answer's JSON."""
        request = urllib.request.Request(f"{self.url}/api/v1{path}")
        request.add_header("Authorization", f"Bearer {self.token}")
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            told: dict[str, Any] = json.load(answer)
        return told

    def ticket(self, number: str) -> dict[str, Any]:
        """One ticket as the desk has it, with ``messages``."""
        found = self.ask(f"/search?q={number}")["tickets"]
        page = self.ask(f"/tickets/{found[0]['id']}")
        return {**page["tickets"][0], "messages": page.get("messages", [])}


class Places:
    """Settings and state of a test, apart from the user's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "TECHDESK_STATE_DIR": str(folder / "state"),
            "TECHDESK_CONFIG_DIR": str(folder / "config"),
            "TECHDESK_TOKEN": "",
            "NO_COLOR": "",
            "XDG_STATE_HOME": str(folder / "xdg"),
        }

    def run(self, *arguments: str, standard_input: str = "") -> subprocess.CompletedProcess[str]:
        """One verb of the command line, to its end."""
        environment = {k: v for k, v in {**os.environ, **self.environment}.items() if v}
        return subprocess.run(
            [sys.executable, "-m", "techdesk", *arguments],
            env=environment,
            input=standard_input,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def connect(self, desk: Desk) -> None:
        """Make a profile for the desk, as a technician does."""
        told = self.run("connect", desk.url, "--yes", "--profile", "test", standard_input=desk.token + "\n")
        assert told.returncode == 0, told.stderr

    def open(self, *arguments: str, columns: int = 120, lines: int = 40, **more: str) -> Session:
        """techdesk in a pseudo-terminal."""
        return Session(
            [sys.executable, "-m", "techdesk", *arguments],
            columns=columns,
            lines=lines,
            environment={**self.environment, **more},
        )


def children_named(word: str, folder: Path) -> list[int]:
    """Pids of processes whose command line has the word and the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if word in line and str(folder) in line:
                found.append(int(entry.name))
    return found
