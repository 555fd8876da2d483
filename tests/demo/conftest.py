"""A demo desk in this process: all data, a clock that stands still, nobody who acts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.generate import generate
from techdesk.demo.scenes import all_cases
from techdesk.demo.server import DemoServer
from techdesk.demo.storage import Storage
from tests.demo.client import Client, http_to

NOW = 1_800_000_000
TOKEN = "token-of-bea"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(NOW)


@pytest.fixture
def storage(clock: FrozenClock) -> Iterator[Storage]:
    opened = Storage.open(None, clock)
    generate(opened, all_cases())
    yield opened
    opened.close()


@pytest.fixture
def server(storage: Storage) -> DemoServer:
    return DemoServer(storage, TOKEN, control=True)


@pytest.fixture
def desk(server: DemoServer) -> Iterator[Client]:
    with http_to(server.application()) as http:
        yield Client(http, TOKEN)
