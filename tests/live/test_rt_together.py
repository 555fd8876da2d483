"""Two technicians with a techdesk each on one Request Tracker; connections that break at the worst moment."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from techdesk.actions.outcomes import Queued
from techdesk.actions.workbench import Workbench
from techdesk.config.settings import ProfileSettings
from techdesk.desks.port import Account
from techdesk.model import OperationKind, OperationState
from techdesk.policies.book import PolicyBook
from techdesk.rules import records
from techdesk.rules.records import Records, fold
from tests.live.asking import Asking
from tests.live.cutting import Cut, CuttingProxy
from tests.live.test_rt import EVERYTHING
from tests.live.test_rt_sync import STEP, Bench

Benches = Callable[..., Awaitable[Bench]]
PATIENCE = 300.0
"""Seconds after which RT is not slow but stuck: nothing is waited for by the clock."""


@pytest.fixture(scope="session")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where first pulls are kept for the next test: they are not what is looked at here."""
    return tmp_path_factory.mktemp("pulled")


@pytest.fixture
async def benches(tmp_path: Path, asking: Asking, pulled: Path) -> AsyncIterator[Benches]:
    made: list[Bench] = []

    async def make(name: str, url: str = "") -> Bench:
        if not (pulled / name).exists():
            first = Bench(pulled / name, asking, name)
            await first.synced()
            await first.desk.close()
            first.database.close()
        folder = tmp_path / f"{name}-{len(made)}"
        shutil.copytree(pulled / name, folder)
        bench = Bench(folder, Asking(url, asking.tokens) if url else asking, name)
        if url:  # the same desk by another way
            account = await bench.desk.who_am_i()
            assert isinstance(account, Account)
            bench.feed.stamp(account, bench.desk.capabilities.guarantee)
        made.append(bench)
        await bench.synced()
        return bench

    yield make
    for bench in made:
        await bench.desk.close()
        bench.database.close()


def facts(bench: Bench, number: str) -> Records:
    """What a techdesk knows of a ticket from its notes, as its gates read it."""
    key = bench.reader.key_of(number)
    assert key is not None
    return fold(bench.reader.conversation(key))


def perform(bench: Bench, action: str, number: str, **values: object) -> None:
    """A key press, through the gates and the outbox; due at once."""
    profile = ProfileSettings(name="live", url="http://127.0.0.1", hold_seconds=0)
    workbench = Workbench(bench.database, PolicyBook.load(), bench.clock, profile)
    workbench.capabilities = bench.desk.capabilities
    outcome = workbench.perform(action, bench.reader.key_of(number), confirmed=True, **values)
    assert isinstance(outcome, Queued), outcome
    outcome.commit.result()
    hurry(bench)


def hurry(bench: Bench) -> None:
    """What waits for its next try is due now."""
    now = bench.clock.now()
    for operation in bench.feed.due(now + 86_400):
        sent = operation.state is OperationState.SENT
        bench.feed.later(operation.key, now - STEP, "", sent=sent, now=now)


# -- the connection is cut after the request


@pytest.mark.parametrize("cut", [Cut.AT_ONCE, Cut.AT_THE_ANSWER])
async def test_a_reply_is_there_once_though_its_connection_was_cut(
    asking: Asking, benches: Benches, cut: Cut
) -> None:
    number = asking.make(f"Cut {cut}")
    proxy = CuttingProxy(urlsplit(asking.url).port or 0, b"/correspond")
    text = f"The cable was loose ({cut})."
    async with proxy.listening() as url:
        bench = await benches("mara", url)
        bench.does(number, OperationKind.REPLY, text)
        proxy.cut = cut
        await bench.engine.round()
        assert proxy.passed == 1
        # In doubt, unless the round was so long that it has looked for it already.
        assert {row.state for row in bench.reader.operations()} <= {OperationState.SENT}
        proxy.cut = Cut.NEVER
        async with asyncio.timeout(PATIENCE):
            await proxy.done.wait()  # all of its work, however busy the machine: not only what shows first
        assert text in [body for _, body in asking.bodies(number)]
        hurry(bench)
        await bench.synced()
        await bench.synced()
    assert bench.waiting() == []
    assert proxy.passed == 1, "it was looked for, and not sent again"
    assert [body for _, body in asking.bodies(number)].count(text) == 1
    key = bench.reader.key_of(number)
    assert key is not None
    assert [entry.body for entry in bench.reader.conversation(key)].count(text) == 1


async def test_a_change_is_made_once_though_its_connection_was_cut(asking: Asking, benches: Benches) -> None:
    number = asking.make("Cut while it was changed", Priority=0)
    proxy = CuttingProxy(urlsplit(asking.url).port or 0, b"PUT ")
    async with proxy.listening() as url:
        bench = await benches("mara", url)
        bench.does(number, OperationKind.UPDATE, priority=1)
        proxy.cut = Cut.AT_THE_ANSWER
        await bench.engine.round()
        proxy.cut = Cut.NEVER
        asking.put(number, "jonas", Priority=50)  # a colleague goes on from what we wrote
        hurry(bench)
        await bench.synced()
    assert proxy.passed == 1
    assert bench.waiting() == []
    assert asking.ticket(number)["Priority"] == "50", (
        "the colleague's later change was not undone by a repeat"
    )


# -- two technicians on one ticket


async def test_a_lost_update_between_two_techdesks_is_seen_and_told(asking: Asking, benches: Benches) -> None:
    number = asking.make("Two hands", Priority=0)
    mara, jonas = await benches("mara"), await benches("jonas")
    mara.does(number, OperationKind.UPDATE, priority=1)
    jonas.does(number, OperationKind.UPDATE, priority=2, owner="jonas")
    await mara.synced()
    await jonas.synced()
    assert asking.ticket(number)["Priority"] == "100", "the first one stands"
    row = jonas.row(number)
    assert row is not None
    assert row.attention == "conflict"
    (waiting,) = jonas.reader.operations()
    assert waiting.state is OperationState.CONFLICT
    assert "priority" in waiting.error.lower()
    conflict = jonas.feed.operation(waiting.key)
    assert conflict is not None
    theirs = jonas.feed.base(conflict.ticket)
    assert theirs is not None
    assert (conflict.base["priority"], conflict.sets["priority"], theirs.priority) == (3, 2, 1)
    assert mara.waiting() == []
    jonas.writer.retry(waiting.key, jonas.clock.now()).result()  # "keep mine", having seen theirs
    await jonas.synced()
    await mara.synced()
    assert asking.ticket(number)["Priority"] == "50"
    row = mara.row(number)
    assert row is not None
    assert (row.priority_label, row.owner) == ("Medium", "jonas")


async def test_simultaneous_writes_of_both_never_go_under_unseen(asking: Asking, benches: Benches) -> None:
    """RT checks an ETag and writes in two steps: two at the same instant may both pass (RT quirk 17)."""
    numbers = [asking.make(f"At once {each}", Priority=0) for each in range(6)]
    mara, jonas = await benches("mara"), await benches("jonas")
    for number in numbers:
        mara.does(number, OperationKind.UPDATE, priority=1)
        jonas.does(number, OperationKind.UPDATE, priority=2)
    await asyncio.gather(mara.engine.round(), jonas.engine.round())
    await mara.synced()
    await jonas.synced()
    for number in numbers:
        told = [bench.name for bench in (mara, jonas) if _attention(bench, number) == "conflict"]
        stands = {"100": "mara", "50": "jonas"}[asking.ticket(number)["Priority"]]
        assert told, f"{number}: {stands}'s value stands, and nobody was told"
        assert {"mara", "jonas"} - set(told) <= {stands}, "who was not told is who won"


def _attention(bench: Bench, number: str) -> str:
    row = bench.row(number)
    return row.attention if row is not None else ""


async def test_unsent_work_on_a_merged_and_a_deleted_ticket_is_asked_about(
    asking: Asking, benches: Benches
) -> None:
    one, two, three = (asking.make(f"Going {each}") for each in range(3))
    mara, jonas = await benches("mara"), await benches("jonas")
    mara.does(one, OperationKind.REPLY, "For whoever asked first.")
    mara.does(three, OperationKind.COMMENT, "Still here?")
    asking.put(one, "jonas", MergeInto=two)
    asking.put(three, "jonas", Status="deleted")
    await mara.synced()
    await jonas.synced()
    await mara.synced()
    states = [row.state for row in mara.reader.operations()]
    assert states == [OperationState.CONFLICT] * 2, "to a decision, never to nowhere"
    assert "For whoever asked first." not in [body for _, body in asking.bodies(two)]
    assert {one, three} & jonas.ids() == set()
    assert two in jonas.ids()


# -- what they share through the desk


async def test_acknowledgements_and_checklists_are_shared(asking: Asking, benches: Benches) -> None:
    number = asking.make("Shared facts")
    mara, jonas = await benches("mara"), await benches("jonas")
    perform(mara, "ticket.record", number, kind=records.ACKNOWLEDGED, fields={"target": "response"})
    perform(mara, "ticket.record", number, kind=records.TICK, fields={"checklist": "major", "item": "bridge"})
    await mara.synced()
    await jonas.synced()
    seen = facts(jonas, number)
    acknowledged = seen.last(records.ACKNOWLEDGED, target="response")
    assert acknowledged is not None
    assert acknowledged.by == "mara"
    assert seen.ticked("major") == {"bridge"}
    perform(
        jonas,
        "ticket.record",
        number,
        kind=records.TICK,
        fields={"checklist": "major", "item": "bridge", "done": "no"},
    )
    await jonas.synced()
    await mara.synced()
    assert facts(mara, number).ticked("major") == frozenset()
    assert facts(mara, number) == facts(jonas, number)
    assert {kind for kind, body in asking.bodies(number) if records.MARKER in body} == {"Comment"}, (
        "internal: no customer gets them"
    )


# -- what is counted


async def test_each_queue_counts_what_rt_counts(asking: Asking, benches: Benches) -> None:
    mara = await benches("mara")
    keys = mara.reader.keys(None, me="mara", now=mara.clock.now())
    held: dict[str, int] = {}
    for row in mara.reader.rows(keys):
        held[row.queue_name] = held.get(row.queue_name, 0) + 1
    queues = ["First Line", "Connectivity", "Telephony", "Internal"]
    found = {name: len(asking.ids(f"Queue = '{name}' AND ({EVERYTHING})", name="mara")) for name in queues}
    assert held == {name: count for name, count in found.items() if count}
    assert sum(found.values()) > 100
