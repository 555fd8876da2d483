"""The whole way against a real Request Tracker 5: key press, store, sync, RT, and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random

import httpx
import pytest

from techdesk.clock import SystemClock
from techdesk.desks.port import Connection
from techdesk.desks.rt import RequestTrackerDesk
from techdesk.model import FieldValue, Operation, OperationKind, Scope, Status
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.store.rows import EntryState, Row
from techdesk.sync.engine import SyncEngine
from techdesk.sync.server_clock import ServerTime
from tests.live.asking import Asking
from tests.live.conftest import OPTIONS
from tests.live.test_rt import EVERYTHING, Counting
from tests.live.test_rt_writing import LosesAnswers

SCOPE = Scope(closed_days=90)
STEP = 5
"""Seconds: RT's next answer may set the corrected clock back by a second; what is due now is due then."""


class Bench:
    """A profile of one user with everything below the screens."""

    def __init__(
        self, folder: Path, asking: Asking, name: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.name = name
        self.clock = SystemClock()
        self.database = Database.open(folder, PolicyBook.load())
        self.reader, self.writer, self.feed = (
            self.database.reader(),
            self.database.writer(),
            self.database.feed(),
        )
        server_time = ServerTime(self.clock)
        connection = Connection(url=asking.url, token=asking.tokens[name], options=OPTIONS)
        self.desk = RequestTrackerDesk(connection, server_time, transport=transport)
        self.engine = SyncEngine(
            self.feed, self.desk, self.clock, Random(7), SCOPE, lambda: None, server_time=server_time
        )
        self.count = 0

    async def synced(self) -> None:
        assert await self.engine.round() is None, self.engine.state.error
        assert self.reader.quarantine() == []

    def row(self, number: str) -> Row | None:
        key = self.reader.key_of(number)
        return None if key is None else self.reader.row(key)

    def ids(self) -> set[str]:
        keys = self.reader.keys(None, me=self.name, now=self.clock.now())
        return {row.number for row in self.reader.rows(keys)}

    def does(self, number: str, kind: OperationKind, text: str = "", **sets: FieldValue) -> None:
        """What a key press puts into the outbox."""
        key = self.reader.key_of(number)
        view = self.reader.ticket(key) if key is not None else None
        assert key is not None
        assert view is not None
        assert view.base is not None
        self.count += 1
        base: dict[str, FieldValue] = {name: getattr(view.base, name) for name in sets}
        if kind is OperationKind.REPLY or "status" in sets:
            base["last_customer_message"] = view.last_customer_message
        now = self.clock.now()
        operation = Operation(
            id=f"{self.name}{number}x{self.count}",
            batch=f"batch-{self.count}",
            ticket=key,
            ticket_id=number,
            kind=kind,
            action="test",
            sets=sets,
            base=base,
            text=text,
            created=now,
            hold_until=now - STEP,
            actor=self.name,
        )
        self.writer.enqueue([operation]).result()

    def waiting(self) -> list[str]:
        """What is not at RT, each with why."""
        return [f"{each.what}: {each.state.value} {each.error}" for each in self.reader.operations()]


Benches = Callable[..., Bench]


@pytest.fixture
async def benches(tmp_path: Path, asking: Asking) -> AsyncIterator[Benches]:
    made: list[Bench] = []

    def make(name: str = "mara", transport: httpx.AsyncBaseTransport | None = None) -> Bench:
        bench = Bench(tmp_path / name, asking, name, transport)
        made.append(bench)
        return bench

    yield make
    for bench in made:
        await bench.desk.close()
        bench.database.close()


async def test_a_working_day(asking: Asking, benches: Benches) -> None:
    network = Counting()
    bench = benches(transport=network)
    fresh = asking.make("A working day", queue="Connectivity", Priority=10)
    await bench.synced()
    assert bench.ids() == asking.ids(EVERYTHING, name="mara")
    row = bench.row(fresh)
    assert row is not None
    assert (row.queue_name, row.priority_label, row.status) == ("Connectivity", "P4", Status.NEW)
    assert row.organisation_name == "Linden Schools"
    assert row.requester_name == "Kim of Linden Schools"

    bench.does(fresh, OperationKind.UPDATE, owner="mara", priority=1)
    bench.does(fresh, OperationKind.REPLY, "We are on it.")
    bench.does(fresh, OperationKind.COMMENT, "Looks like the switch.")
    row = bench.row(fresh)
    assert row is not None
    assert (row.owner, row.priority, row.pending) == ("mara", 1, 3), "shown before it is sent"
    await bench.synced()
    assert bench.waiting() == []
    told = asking.ticket(fresh)
    assert (told["Owner"]["id"], told["Priority"]) == ("mara", "40")
    assert [text for _, text in asking.bodies(fresh)][1:] == ["We are on it.", "Looks like the switch."]
    key = bench.reader.key_of(fresh)
    assert key is not None
    talk = bench.reader.conversation(key)
    assert [(entry.body, entry.state) for entry in talk] == [
        ("It does not work.", EntryState.SENT),
        ("We are on it.", EntryState.SENT),
        ("Looks like the switch.", EntryState.SENT),
    ]

    words = {"Content": "Works again, thanks!", "ContentType": "text/plain"}
    asking.call("POST", f"/ticket/{fresh}/correspond", words, name="jonas")
    asking.put(fresh, "jonas", Subject="A working day, nearly over")
    await bench.synced()
    row = bench.row(fresh)
    assert row is not None
    assert row.subject == "A working day, nearly over"
    assert len(bench.reader.conversation(key)) == 4

    bench.does(fresh, OperationKind.UPDATE, status="resolved")
    await bench.synced()
    assert bench.waiting() == []
    assert asking.ticket(fresh)["Status"] == "resolved"
    await bench.synced()
    network.paths.clear()
    await bench.synced()
    assert network.paths == ["/transactions"], "nothing new: no ticket's body is asked for"
    assert bench.engine.state.guarantee == "C"


async def test_a_reply_that_opens_the_ticket_and_a_close_after_it(asking: Asking, benches: Benches) -> None:
    """RT opens a new ticket by itself when a technician answers: that is no colleague's change."""
    number = asking.make("Answered and done")
    bench = benches()
    await bench.synced()
    bench.does(number, OperationKind.REPLY, "Done: the cable was loose.")
    bench.does(number, OperationKind.UPDATE, status="resolved")
    await bench.synced()
    await bench.synced()
    assert bench.waiting() == []
    assert asking.ticket(number)["Status"] == "resolved"


async def test_what_is_refused_is_shown_as_refused(asking: Asking, benches: Benches) -> None:
    number = asking.make("Hands off", Priority=50)
    bench = benches("reader")
    await bench.synced()
    bench.does(number, OperationKind.UPDATE, priority=1)
    await bench.synced()
    row = bench.row(number)
    assert row is not None
    assert (row.priority_label, row.attention) == ("Medium", "rejected")
    assert any("ermission" in each for each in bench.waiting())
    assert asking.ticket(number)["Priority"] == "50"


async def test_a_colleagues_change_of_the_same_is_asked_about(asking: Asking, benches: Benches) -> None:
    number = asking.make("Contended", Priority=0)
    bench = benches()
    await bench.synced()
    bench.does(number, OperationKind.UPDATE, priority=1)
    asking.put(number, "jonas", Priority=50)
    await bench.synced()
    row = bench.row(number)
    assert row is not None
    assert row.attention == "conflict"
    assert asking.ticket(number)["Priority"] == "50", "nothing unseen was overwritten"


async def test_a_colleagues_change_of_something_else_is_kept(asking: Asking, benches: Benches) -> None:
    number = asking.make("Shared", Priority=0)
    bench = benches()
    await bench.synced()
    bench.does(number, OperationKind.UPDATE, priority=1)
    asking.put(number, "jonas", Owner="jonas")
    await bench.synced()
    assert bench.waiting() == []
    told = asking.ticket(number)
    assert (told["Priority"], told["Owner"]["id"]) == ("100", "jonas")


async def test_a_customer_who_writes_again_stops_the_close(asking: Asking, benches: Benches) -> None:
    number = asking.make("Not over yet")
    bench = benches()
    await bench.synced()
    bench.does(number, OperationKind.UPDATE, status="resolved")
    # A customer has no token: RT takes what its administrator adds as a requestor of the ticket.
    asking.put(number, Requestor=["kim@linden.test", "root@localhost"])
    words = {"Content": "It is broken again.", "ContentType": "text/plain"}
    asking.call("POST", f"/ticket/{number}/correspond", words)
    await bench.synced()
    row = bench.row(number)
    assert row is not None
    assert row.attention == "conflict"
    assert asking.ticket(number)["Status"] != "resolved"


async def test_a_reply_is_not_doubled_when_its_answer_is_lost(asking: Asking, benches: Benches) -> None:
    number = asking.make("Lossy")
    network = LosesAnswers()
    network.lossy = False
    bench = benches(transport=network)
    await bench.synced()
    network.written = 0
    bench.does(number, OperationKind.REPLY, "Only once, please.")
    network.lossy = True
    await bench.engine.round()
    assert network.written == 1
    network.lossy = False
    for operation in bench.feed.due(bench.clock.now() + 86_400):
        now = bench.clock.now()
        bench.feed.later(operation.key, now - STEP, "", sent=True, now=now)
    await bench.synced()
    assert bench.waiting() == []
    assert network.written == 1
    assert [text for _, text in asking.bodies(number)].count("Only once, please.") == 1
    key = bench.reader.key_of(number)
    assert key is not None
    assert [entry.body for entry in bench.reader.conversation(key)].count("Only once, please.") == 1


async def test_merged_and_deleted_vanish(asking: Asking, benches: Benches) -> None:
    one, two, three = (asking.make(f"Vanishing here {each}") for each in range(3))
    bench = benches()
    await bench.synced()
    assert {one, two, three} <= bench.ids()
    asking.put(one, "mara", MergeInto=two)
    asking.put(three, "mara", Status="deleted")
    await bench.synced()
    assert {one, two, three} & bench.ids() == {two}
    key = bench.reader.key_of(two)
    assert key is not None
    assert len(bench.reader.conversation(key)) == 2
    assert bench.ids() == asking.ids(EVERYTHING, name="mara")


async def test_a_ticket_opened_here(asking: Asking, benches: Benches) -> None:
    bench = benches()
    await bench.synced()
    queue = next(each.id for each in bench.reader.queues() if each.name == "Telephony")
    now = bench.clock.now()
    operation = Operation(
        id="maranew1",
        batch="b",
        ticket=0,
        kind=OperationKind.CREATE,
        action="ticket.new",
        sets={"subject": "No dial tone", "queue": queue, "requester": "alex@quay.test", "priority": 1},
        text="Since noon.",
        created=now,
        hold_until=now - STEP,
        actor="mara",
    )
    key = bench.writer.create(operation).result()
    await bench.synced()
    row = bench.reader.row(key)
    assert row is not None
    assert row.number.isdigit()
    told = asking.ticket(row.number)
    assert (told["Subject"], told["Priority"]) == ("No dial tone", "100")
    assert [entry.body for entry in bench.reader.conversation(key)] == ["Since noon."]
    await bench.synced()
    assert bench.ids() == asking.ids(EVERYTHING, name="mara")
