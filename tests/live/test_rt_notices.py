"""An automatic notice on a real Request Tracker: two people's techdesks, and it stands there once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from techdesk.clock import FrozenClock, SystemClock
from techdesk.config.notices import NoticeSettings
from techdesk.desks.port import Connection
from techdesk.desks.rt import RequestTrackerDesk
from techdesk.policies.book import Assignment, PolicyBook
from techdesk.rules.records import MARKER, NOTIFIED, Records, fold
from techdesk.store.database import Database
from techdesk.sync import notices
from techdesk.sync.engine import SyncEngine
from tests.desks.heard import Heard
from tests.live.asking import Asking
from tests.live.conftest import OPTIONS
from tests.live.test_rt_sync import SCOPE

HOURS = 2 * 3600
"""What Dynamix allows for a P1 before management is told."""


class Techdesk:
    """One person's, by a clock that the test moves."""

    def __init__(self, folder: Path, asking: Asking, name: str, now: int) -> None:
        self.name = name
        self.clock = FrozenClock(now)
        book = PolicyBook.load(assignments=[Assignment(policy="dynamix", queue="Connectivity")])
        self.database = Database.open(folder / name, book)
        self.reader = self.database.reader()
        connection = Connection(url=asking.url, token=asking.tokens[name], options=OPTIONS)
        self.desk = RequestTrackerDesk(connection, Heard())
        settings = NoticeSettings(recipients={"management": ("Ada", "Bo", "Cy")})
        self.engine = SyncEngine(
            self.database.feed(), self.desk, self.clock, Random(name), SCOPE, lambda: None, notices=settings
        )

    async def synced(self) -> None:
        assert await self.engine.round() is None, self.engine.state.error

    def facts(self, number: str) -> Records:
        key = self.reader.key_of(number)
        assert key is not None
        return fold(self.reader.conversation(key))

    async def close(self) -> None:
        await self.desk.close()
        self.database.close()


@pytest.fixture
async def pair(tmp_path: Path, asking: Asking) -> AsyncIterator[tuple[Techdesk, Techdesk]]:
    now = SystemClock().now()
    mara, jonas = (Techdesk(tmp_path, asking, name, now) for name in ("mara", "jonas"))
    await asyncio.gather(mara.synced(), jonas.synced())
    yield mara, jonas
    await mara.close()
    await jonas.close()


def notes(asking: Asking, number: str) -> list[str]:
    """What kind of message each notice on a ticket is, as RT has it."""
    return [kind for kind, body in asking.bodies(number) if MARKER in body and f'"{NOTIFIED}"' in body]


async def over(pair: tuple[Techdesk, Techdesk], asking: Asking, subject: str, owner: str = "") -> str:
    """A P1 that both have, and that has run out."""
    fields = {"Owner": owner} if owner else {}
    number = asking.make(subject, Queue="Connectivity", Priority=40, **fields)
    await asyncio.gather(*(each.synced() for each in pair))
    for each in pair:
        each.clock.advance(HOURS + 60)
    return number


async def test_the_owner_tells_and_the_colleague_finds_it(
    asking: Asking, pair: tuple[Techdesk, Techdesk]
) -> None:
    mara, jonas = pair
    number = await over(pair, asking, "Escalates", owner="mara")
    await mara.synced()
    assert notes(asking, number) == ["Comment"], "internal: no customer gets it"
    await jonas.synced()
    await mara.synced()
    assert notes(asking, number) == ["Comment"]
    for each in pair:
        told = each.facts(number).last(NOTIFIED)
        assert told is not None
        assert (told.field("role"), told.field("recipients")) == ("management", "Ada, Bo, Cy")
        assert each.reader.operations() == []


async def test_two_that_saw_it_at_the_same_time_write_it_once(
    asking: Asking, pair: tuple[Techdesk, Techdesk]
) -> None:
    """Both have queued it; who comes second looks at RT just before, and finds the other's."""
    mara, jonas = pair
    number = await over(pair, asking, "Seen by both")
    for each in pair:
        assert each.engine._notices is not None
        assert each.engine._notices.queue(each.name)
    await mara.synced()
    await jonas.synced()
    assert notes(asking, number) == ["Comment"]
    assert jonas.reader.operations() == []


async def test_two_that_write_at_the_same_instant_are_read_as_one(
    asking: Asking, pair: tuple[Techdesk, Techdesk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices.Notices, "why_not", lambda *_: "")
    number = await over(pair, asking, "Written by both")
    for each in pair:
        assert each.engine._notices is not None
        each.engine._notices.queue(each.name)
    await asyncio.gather(*(each.synced() for each in pair))
    assert len(notes(asking, number)) == 2, "RT cannot prevent it"
    await asyncio.gather(*(each.synced() for each in pair))
    for each in pair:
        assert len(each.facts(number).of(NOTIFIED)) == 1
    assert pair[0].facts(number) == pair[1].facts(number)
