"""One profile with a few Dynamix tickets in a real database, and the workbench on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from techdesk.actions.outcomes import Outcome, Queued, Refused
from techdesk.actions.workbench import Workbench
from techdesk.clock import FrozenClock
from techdesk.config.settings import ProfileSettings
from techdesk.desks.port import Account, Page
from techdesk.model import (
    Channel,
    Direction,
    Event,
    Message,
    Operation,
    Organisation,
    Person,
    Queue,
    Role,
    Status,
    Ticket,
    Visibility,
)
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database

NOW = 1_793_714_520
HOUR = 3600
KIM = Person(id="kim", name="Kim Lee", email="kim@dunmore.example", organisation="o1")
BEA = Person(id="bea", name="Bea Moreau", email="bea@desk.example", role=Role.TECHNICIAN)
RAVI = Person(id="ravi", name="Ravi Kapoor", email="ravi@desk.example", role=Role.TECHNICIAN)


class Bench:
    """The workbench, and short ways to look at what it queued."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.database = Database.open(folder, PolicyBook.load())
        feed = self.database.feed()
        feed.stamp(Account(server="s", person=BEA, product="desk"), "A")
        feed.apply(_PAGE, now=NOW)
        feed.close()
        self.clock = FrozenClock(NOW)
        profile = ProfileSettings(name="test", url="https://desk.example", **settings)
        self.workbench = Workbench(self.database, PolicyBook.load(), self.clock, profile)

    def key(self, number: str) -> int:
        """Local key of a ticket."""
        key = self.workbench.reader.key_of(number)
        assert key is not None
        return key

    def do(self, action: str, number: str, **values: Any) -> Outcome:
        """Perform, and wait until it is kept."""
        outcome = self.workbench.perform(action, self.key(number), **values)
        if isinstance(outcome, Queued):
            outcome.commit.result(timeout=5)
        return outcome

    def refused(self, action: str, number: str, **values: Any) -> Refused:
        """Perform, and expect no."""
        outcome = self.do(action, number, **values)
        assert isinstance(outcome, Refused), outcome
        return outcome

    def queued(self, action: str, number: str, **values: Any) -> list[Operation]:
        """Perform, and give the operations that it made, oldest first."""
        outcome = self.do(action, number, **values)
        assert isinstance(outcome, Queued), outcome
        return self.operations(outcome.commit.result())

    def operations(self, keys: list[int]) -> list[Operation]:
        """Stored operations, whole."""
        from techdesk.store.connection import connect
        from techdesk.store.outbox import load

        connection = connect(self.database.path, writable=False)
        try:
            found = [load(connection, key) for key in keys]
        finally:
            connection.close()
        return [operation for operation in found if operation is not None]


def make_ticket(number: int, **more: Any) -> Ticket:
    """A ticket of Dunmore Cloud, open and Bea's, if nothing else is said."""
    values: dict[str, Any] = {
        "subject": f"Subject {number}",
        "status": Status.OPEN,
        "priority": 2,
        "priority_label": "P2",
        "queue": "q1",
        "owner": BEA.id,
        "requester": KIM.id,
        "organisation": "o1",
        "channel": Channel.PHONE,
        "created": NOW - 9 * HOUR,
        "updated": NOW - HOUR,
        "version": "1",
        "revision": 1,
    }
    return Ticket(id=f"id-{number}", number=f"TD-{number}", **{**values, **more})


def _message(name: str, ticket: int, at: int, author: Person) -> Message:
    return Message(
        id=name,
        ticket=f"id-{ticket}",
        at=at,
        author=author.id,
        direction=Direction.INBOUND if author is KIM else Direction.OUTBOUND,
        visibility=Visibility.PUBLIC,
        body="Hello",
    )


_RESOLVED = NOW - 4 * HOUR
_PAGE = Page(
    tickets=(
        make_ticket(1, status=Status.NEW, owner=""),
        make_ticket(2),
        make_ticket(3, owner=RAVI.id, priority=None, priority_label=""),
        make_ticket(4, status=Status.CLOSED, close_reason="standard", closed=NOW - HOUR),
        make_ticket(5, status=Status.RESOLVED),
        make_ticket(6, organisation="o2"),
        make_ticket(7, organisation="o3", status=Status.WAITING, severity=3, created=NOW - 300 * HOUR),
        make_ticket(8, organisation="o4", kind="problem"),
        make_ticket(9, organisation="o5", status=Status.CLOSED, closed=NOW - HOUR, close_reason="solved"),
    ),
    messages=(
        _message("m1", 1, NOW - 9 * HOUR, KIM),
        _message("m2", 2, NOW - 2 * HOUR, KIM),
        _message("m5", 5, NOW - 9 * HOUR, KIM),
        _message("m6", 5, _RESOLVED - 2, BEA),
        _message("m7", 7, NOW - 200 * HOUR, KIM),
        _message("m8", 7, NOW - 169 * HOUR, BEA),
        _message("m9", 7, NOW - 20 * HOUR, BEA),
        _message("m10", 8, NOW - 9 * HOUR, KIM),
    ),
    events=(
        Event(id="e1", ticket="id-5", at=_RESOLVED, actor=BEA.id, field="status", old="open", new="resolved"),
        Event(
            id="e2",
            ticket="id-7",
            at=NOW - 169 * HOUR + 3,
            actor=BEA.id,
            field="status",
            old="open",
            new="waiting",
        ),
    ),
    people=(KIM, BEA, RAVI),
    organisations=(
        Organisation(id="o1", name="Dunmore Cloud", policy="dynamix"),
        Organisation(id="o2", name="Tasman Phones", policy="phonism"),
        Organisation(id="o3", name="Datalith", policy="data-dynamics"),
        Organisation(id="o4", name="Harbour Micro", policy="zynstra"),
        Organisation(id="o5", name="Rete Nord", policy="wildix"),
    ),
    queues=(Queue(id="q1", name="Voice"), Queue(id="q2", name="Network")),
    cursor="1",
    more=False,
)


def page_of(*tickets: Ticket) -> Page:
    """What a later pull brings."""
    return Page(tickets=tickets, cursor="2", more=False)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "profile")
    yield made
    made.database.close()
