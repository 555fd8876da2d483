"""The real demo desk in a process of its own, on a free port, with its fault switches."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from techdesk.desks.port import Connection


class DemoDesk:
    """Where it listens, its token, and a way to pull its switches."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token

    @property
    def connection(self) -> Connection:
        return Connection(url=self.url, token=self.token)

    def control(self, **switches: Any) -> dict[str, Any]:
        return self._call("POST", "/api/v1/_control", switches)

    def get(self, path: str) -> dict[str, Any]:
        return self._call("GET", f"/api/v1{path}", None)

    def _call(self, method: str, path: str, body: object) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


@contextmanager
def demo_desk(folder: Path, *arguments: str) -> Iterator[DemoDesk]:
    """Run it; it ends with the block."""
    command = [sys.executable, "-m", "techdesk.demo", "--folder", str(folder), "--no-script", "--control"]
    with subprocess.Popen([*command, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield DemoDesk(ready["url"], Path(ready["token_file"]).read_text().strip())
        finally:
            process.terminate()
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)
