"""A small desk for the store's tests: a policy with plain arithmetic, and short ways to make its rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from techdesk.desks.port import Page
from techdesk.model import (
    Channel,
    Direction,
    Event,
    Instant,
    Message,
    Operation,
    OperationKind,
    Organisation,
    Person,
    Queue,
    Role,
    Status,
    Ticket,
    Visibility,
)
from techdesk.sla.evaluation import Evaluation, RowClock, Urgency
from techdesk.sla.history import History
from techdesk.store.database import Database

NOW: Instant = 1_800_000_000
HOUR, DAY = 3600, 86_400

PEOPLE = (
    Person(id="u1", name="Ada Alder", email="ada@desk.example", role=Role.TECHNICIAN),
    Person(id="u2", name="Bo Birch", email="bo@desk.example", role=Role.TECHNICIAN),
    Person(id="c1", name="Cleo Cedar", email="cleo@acme.example", organisation="o1"),
    Person(id="c2", name="Dov Dune", email="dov@dunmore.example", organisation="o2", vip=True),
)
ORGANISATIONS = (
    Organisation(id="o1", name="Acme Logistics", policy="plain"),
    Organisation(id="o2", name="Dunmore", policy="plain"),
)
QUEUES = (Queue(id="q1", name="Network"), Queue(id="q2", name="Telephony"))


class PlainBook:
    """Due ``priority`` hours after creation; answered by the first public reply; paused while waiting."""

    hour = HOUR

    def choose(
        self, organisation: str = "", queue: str = "", tags: Sequence[str] = (), hint: str = ""
    ) -> str:
        return hint

    def get(self, name: str, version: str = "") -> None:
        return None

    def evaluate(self, policy_name: str, history: History, now: Instant) -> Evaluation:
        return Evaluation(policy=policy_name, version="1", targets=(), row=self.clock(policy_name, history))

    def clock(self, policy: str, history: History) -> RowClock:
        if not policy or history.priority is None or not history.status.is_active:
            return RowClock(policy=policy, urgency=Urgency.NONE, order=history.created)
        if history.status is Status.WAITING:
            return RowClock(policy=policy, urgency=Urgency.PAUSED, order=60, metric="RES", left=60)
        answered = any(
            fact.direction is Direction.OUTBOUND and fact.visibility is Visibility.PUBLIC
            for fact in history.messages
        )
        due = history.created + history.priority * self.hour * (10 if answered else 1)
        return RowClock(
            policy=policy,
            urgency=Urgency.CLOCK,
            order=due,
            metric="RES" if answered else "RSP",
            due=due,
            breach_at=due + 1,
            warning_at=due - 900,
            critical_at=due - 300,
        )


def ticket(number: int, **fields: Any) -> Ticket:
    """Ticket ``TD-<number>`` of Acme, priority 3, an hour old, nobody's."""
    values: dict[str, Any] = {
        "id": str(number),
        "number": f"TD-{number}",
        "version": "1",
        "revision": 1,
        "subject": f"Printer {number} is on fire",
        "status": Status.OPEN,
        "priority": 3,
        "queue": "q1",
        "requester": "c1",
        "organisation": "o1",
        "channel": Channel.EMAIL,
        "created": NOW - HOUR,
        "updated": NOW - HOUR,
    }
    return Ticket(**{**values, **fields})


def message(id: str, number: int, body: str = "It burns.", **fields: Any) -> Message:
    """A customer's message of an hour ago."""
    values: dict[str, Any] = {
        "id": id,
        "ticket": str(number),
        "at": NOW - HOUR,
        "author": "c1",
        "direction": Direction.INBOUND,
        "visibility": Visibility.PUBLIC,
        "channel": Channel.EMAIL,
        "body": body,
    }
    return Message(**{**values, **fields})


def reply_message(id: str, number: int, body: str = "We come.", **fields: Any) -> Message:
    """A technician's public answer, now."""
    return message(id, number, body, **{"at": NOW, "author": "u1", "direction": Direction.OUTBOUND, **fields})


def event(id: str, number: int, field: str, old: str | None, new: str | None, at: Instant) -> Event:
    return Event(id=id, ticket=str(number), at=at, actor="u2", field=field, old=old, new=new)


def page(*tickets: Ticket, cursor: str = "c", more: bool = False, **parts: Any) -> Page:
    """A page with these tickets, and the directory."""
    directory = {"people": PEOPLE, "organisations": ORGANISATIONS, "queues": QUEUES}
    return Page(tickets=tickets, cursor=cursor, more=more, **{**directory, **parts})


_numbers = count(1)


def operation(key: int, kind: OperationKind = OperationKind.UPDATE, **fields: Any) -> Operation:
    """An operation on the ticket with this key, held for 20 s."""
    n = next(_numbers)
    values: dict[str, Any] = {
        "id": f"op-{n}",
        "batch": f"batch-{n}",
        "ticket": key,
        "kind": kind,
        "action": f"ticket.{kind.value}",
        "created": NOW,
        "hold_until": NOW + 20,
        "actor": "u1",
    }
    return Operation(**{**values, **fields})


def reply(key: int, text: str = "We come.", **fields: Any) -> Operation:
    return operation(key, OperationKind.REPLY, text=text, channel=Channel.EMAIL, **fields)


def create(**fields: Any) -> Operation:
    sets = {
        "subject": "Phone is dead",
        "queue": "q2",
        "requester": "cleo@acme.example",
        "requester_name": "Cleo Cedar",
        "organisation": "",
        "priority": 1,
        "owner": "u1",
        "channel": "phone",
    }
    return operation(0, OperationKind.CREATE, text="No dial tone.", **{"sets": sets, **fields})


class Desk:
    """A database with the directory in it, its parts, and short ways to ask."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.feed = database.feed()
        self.reader = database.reader()
        self.writer = database.writer()

    def pull(self, *tickets: Ticket, now: Instant = NOW, **parts: Any) -> list[int]:
        return self.feed.apply(page(*tickets, **parts), now=now)

    def key(self, number: int) -> int:
        key = self.reader.key_of(f"TD-{number}")
        assert key is not None
        return key

    def numbers(
        self, limit: str = "", order: str = "urgency", *, me: str = "u1", first: int | None = None
    ) -> list[str]:
        from techdesk.query import Query, parse

        query = parse(limit)
        assert isinstance(query, Query), query
        keys = self.reader.keys(query, order, me=me, now=NOW, first=first)
        return [row.number for row in self.reader.rows(keys)]

    def enqueue(self, *operations: Operation) -> list[int]:
        return self.writer.enqueue(operations).result(10)

    def scalar(self, statement: str, *parameters: object) -> Any:
        row = self.feed._connection.execute(statement, parameters).fetchone()
        return None if row is None else row[0]

    def check_search(self) -> None:
        """FTS5's own check: the index says exactly what its content says."""
        for table in ("ticket_search", "message_search"):
            self.feed._connection.execute(
                f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)"
            )
        assert self.scalar("PRAGMA integrity_check") == "ok"

    def check_tally(self) -> None:
        """What triggers count is what counting gives."""
        counted = self.feed._connection.execute(
            "SELECT coalesce(sum(active), 0), coalesce(sum(active = 1 AND owner = ''), 0),"
            " coalesce(sum(unread), 0) FROM list_row"
        ).fetchone()
        kept = self.feed._connection.execute("SELECT active, unassigned, unread FROM tally").fetchone()
        assert kept == counted
