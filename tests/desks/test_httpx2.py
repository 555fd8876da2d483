"""The seam for httpx's maintained fork: where it is installed it speaks, and httpx is not loaded."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

_STAND_IN = """
import importlib, sys
sys.modules.pop("httpx", None)
real = importlib.import_module("httpx")
for name in dir(real):
    if not name.startswith("__"):
        globals()[name] = getattr(real, name)
del sys.modules["httpx"]  # whoever asks for it by that name loads another, unequal one
"""
"""httpx under the fork's name, where the fork itself is not installed: same interface, other classes."""

_ASKS = """
import asyncio, sys
from techdesk.clock import SystemClock
from techdesk.desks import http
from techdesk.sync.server_clock import ServerTime
assert http.httpx is sys.modules["httpx2"], http.httpx
assert "httpx" not in sys.modules, "both were loaded"

def answer(request):
    if request.url.path == "/cut":
        raise http.httpx.ReadError("cut", request=request)
    return http.httpx.Response(200, json={"seen": request.headers["authorization"]})

async def main():
    clock, network = ServerTime(SystemClock()), http.httpx.MockTransport(answer)
    secret = {"Authorization": "Bearer 0123456789"}
    speaker = http.Http("https://desk.test", secret, clock, transport=network)
    good = await speaker.request("GET", "/good")
    print(good.status, http.msgspec.json.decode(good.body))
    cut = await speaker.request("POST", "/cut", body=b"x")
    print(cut.kind.value)
    await speaker.close()

asyncio.run(main())
"""


def test_the_fork_is_used_where_it_is_installed(tmp_path: Path) -> None:
    paths = [str(Path.cwd()), *filter(None, [os.environ.get("PYTHONPATH")])]
    if importlib.util.find_spec("httpx2") is None:
        (tmp_path / "httpx2.py").write_text(_STAND_IN)
        paths.append(str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", _ASKS],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.split("\n")[:2] == ["200 {'seen': 'Bearer 0123456789'}", "cut"]
