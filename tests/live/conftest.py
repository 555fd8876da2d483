"""A real Request Tracker 5 on this machine, started by ``rt5/start.sh`` and ended again.

Its data lives in ``LIVE_RT_DATA``, else in a folder of this user among the temporary ones, and is kept for
the next run: making the tickets takes half a minute, copying them nothing.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from techdesk.desks.port import Connection
from techdesk.desks.rt import RequestTrackerDesk
from tests.desks.heard import Heard
from tests.live.asking import Asking

SCRIPTS = Path(__file__).parent / "rt5"
SKIPPED = 77
START_SECONDS = 600

OPTIONS: dict[str, object] = {
    "priorities": {
        "*": {"Low": 0, "Medium": 50, "High": 100},
        "Connectivity": {"P4": 10, "P3": 20, "P2": 30, "P1": 40},
    },
    "statuses": {"with carrier": "vendor"},
}
"""What a site writes into its profile for the RT that ``RT_SiteConfig.pm`` sets up."""

Desks = Callable[..., RequestTrackerDesk]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a server, and one at a time."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.xdist_group("rt5"))


@contextmanager
def request_tracker(name: str = "", tickets: int = 0) -> Iterator[Asking]:
    """A server with its tickets as they were made, asked directly and not through the adapter.

    ``name`` tells a second one, with another number of tickets, from the first. Ended with the block.
    """
    fallback = Path(tempfile.gettempdir()) / f"techdesk-live-rt5-{os.getuid()}"
    folder = Path(f"{os.environ.get('LIVE_RT_DATA') or fallback}{name}")
    environment = {key: value for key, value in os.environ.items() if not (name and key == "LIVE_RT_PORT")}
    if tickets:
        environment["LIVE_RT_TICKETS"] = str(tickets)
    started = subprocess.run(
        [SCRIPTS / "start.sh", "--fresh", folder],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=START_SECONDS,
        env=environment,
    )
    if started.returncode == SKIPPED:
        pytest.skip("no Request Tracker can run on this machine (its start script says why)")
    assert started.returncode == 0, "the start script says why above"
    try:
        said = dict(line.split("=", 1) for line in started.stdout.splitlines())
        tokens = Path(said["TOKENS"]).read_text().splitlines()
        yield Asking(said["URL"], dict(line.split("=", 1) for line in tokens))
    finally:
        subprocess.run([SCRIPTS / "stop.sh", folder], check=True, timeout=60)


@pytest.fixture(scope="module")
def asking() -> Iterator[Asking]:
    """The one that most tests speak to, with its tickets as they were made for each file of tests.

    One file closes a hundred of them: what the next one finds must not hang on which came first.
    """
    with request_tracker() as server:
        yield server


@pytest.fixture
async def desks(asking: Asking) -> AsyncIterator[Desks]:
    """Makes adapters, by the name of the user whose token they have."""
    async with AsyncExitStack() as stack:

        def make(
            name: str = "mara", *, transport: httpx.AsyncBaseTransport | None = None
        ) -> RequestTrackerDesk:
            connection = Connection(url=asking.url, token=asking.tokens[name], options=OPTIONS)
            desk = RequestTrackerDesk(connection, Heard(), transport=transport)
            stack.push_async_callback(desk.close)
            return desk

        yield make
