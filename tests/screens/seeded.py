"""A small real database with a frozen clock: what the screens are tested and photographed with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from techdesk.actions.workbench import Workbench
from techdesk.clock import FrozenClock
from techdesk.config import ProfileSettings
from techdesk.desks.port import Account, Page
from techdesk.model import (
    Channel,
    Direction,
    Instant,
    Message,
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
from techdesk.store.rows import SyncPhase, SyncState

NOW = 1_793_714_520
"""Tuesday 3 November 2026, 14:02 UTC."""
MINUTE, HOUR, DAY = 60, 3600, 86_400

BEA = Person(id="t1", name="Bea Moreau", role=Role.TECHNICIAN)
RAVI = Person(id="t2", name="Ravi Kapoor", role=Role.TECHNICIAN)
LENA = Person(id="t3", name="Lena Orth", role=Role.TECHNICIAN)
KIM = Person(id="p1", name="Kim Lee", organisation="o1", vip=True)
ANA = Person(id="p2", name="Ana Lopes", organisation="o2")
ORGANISATIONS = (
    Organisation(id="o1", name="Dunmore Cloud", policy="plain"),
    Organisation(id="o2", name="Tasman Phones", policy="plain"),
    Organisation(id="o3", name="Alpenruf GmbH", policy="plain"),
)
SUBJECTS = (
    "Whole site down: all handsets deregistered after firmware 5.03",
    "Mail bounces for the finance group",
    "電話会議システムに接続できません",
    "VPN drops every 20 minutes",
    "[red]urgent[/red] [@click=app.quit]printer[/] [/foo] prints blank pages",
    "New starter needs an account by Monday",
    "Clipboard \x1b]52;c;aGVsbG8=\x07 and \u202etxet desrever\u202c",
    "Screen flickers 🙂 on the docking station",
)
_ALLOWED = {1: HOUR, 2: 4 * HOUR, 3: DAY, 4: 3 * DAY}


class PlainBook:
    """A policy that fits in a test: so long from the creation, by priority; waiting pauses it."""

    def choose(
        self, organisation: str = "", queue: str = "", tags: Sequence[str] = (), hint: str = ""
    ) -> str:
        return hint

    def get(self, name: str, version: str = "") -> None:
        return None

    def fingerprint(self) -> str:
        return "plain"

    def evaluate(self, policy_name: str, history: History, now: Instant) -> Evaluation:
        allowed = _ALLOWED.get(history.priority or 0)
        if not policy_name or allowed is None:
            clock = RowClock(policy=policy_name, urgency=Urgency.NONE, order=history.created)
        elif history.status in (Status.WAITING, Status.HOLD):
            left = max(0, allowed - (now - history.created))
            clock = RowClock(policy=policy_name, urgency=Urgency.PAUSED, order=left, metric="RSP", left=left)
        else:
            due = history.created + allowed
            clock = RowClock(
                policy=policy_name,
                urgency=Urgency.CLOCK,
                order=due,
                metric="RSP",
                due=due,
                breach_at=due + 1,
                warning_at=due - HOUR,
                critical_at=due - 15 * MINUTE,
            )
        return Evaluation(policy=policy_name, version="1", targets=(), row=clock)


def ticket(number: int, *, due_in: int, priority: int | None = 1, **more: object) -> Ticket:
    """A ticket whose deadline is ``due_in`` seconds from NOW (by its creation); ``more``: other fields."""
    allowed = _ALLOWED.get(priority or 0, 0)
    values: dict[str, object] = {
        "id": str(number),
        "number": f"TD-{10400 + number}",
        "version": "1",
        "revision": 1,
        "subject": SUBJECTS[number % len(SUBJECTS)],
        "status": Status.OPEN,
        "priority": priority,
        "priority_label": f"P{priority}" if priority else "",
        "queue": "q1",
        "owner": ("", "t1", "t2", "t3")[number % 4],
        "requester": "p1" if number % 5 == 0 else "p2",
        "organisation": f"o{number % 3 + 1}",
        "channel": Channel.EMAIL,
        "created": NOW + due_in - allowed,
        "updated": NOW - number * MINUTE,
    }
    values.update(more)
    return Ticket(**values)


def tickets() -> list[Ticket]:
    """Breached, critical, soon, running, paused, without a target: 26; and three that are done."""
    offsets = (-4 * HOUR, -271, 29, 298, 13 * MINUTE, 47 * MINUTE, 52 * MINUTE, 3 * HOUR, 11 * HOUR)
    made = [ticket(1 + i, due_in=offset, priority=1 + i % 4) for i, offset in enumerate(offsets)]
    made += [ticket(10 + i, due_in=(i + 2) * 5 * HOUR, priority=3) for i in range(9)]
    made += [ticket(20 + i, due_in=HOUR * (i + 1), priority=2, status=Status.WAITING) for i in range(4)]
    made += [ticket(25 + i, due_in=-i * DAY, priority=None, status=Status.NEW) for i in range(4)]
    made += [ticket(30 + i, due_in=0, status=Status.CLOSED, closed=NOW - HOUR) for i in range(3)]
    return made


def message(number: int, *, of: int, at: Instant) -> Message:
    """A customer's message."""
    return Message(
        id=f"m{number}",
        ticket=str(of),
        at=at,
        author="p1",
        direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC,
        channel=Channel.EMAIL,
        body="It happens again.",
    )


def page(*made: Ticket, messages: Sequence[Message] = (), cursor: str = "1") -> Page:
    """What a pull brings."""
    return Page(
        tickets=tuple(made),
        messages=tuple(messages),
        people=(BEA, RAVI, LENA, KIM, ANA),
        organisations=ORGANISATIONS,
        queues=(Queue(id="q1", name="Support"),),
        cursor=cursor,
        more=False,
    )


def state(**more: object) -> SyncState:
    """A connection that works; ``more``: what is otherwise."""
    values: dict[str, object] = {
        "phase": SyncPhase.IDLE,
        "last_sync": NOW - 12,
        "account_id": "t1",
        "account_name": "Bea Moreau",
        "guarantee": "A",
        "server": "desk",
        "product": "test desk",
    }
    values.update(more)
    return SyncState(**values)


class Desk:
    """The database with its feed, as sync would hold it, and a workbench on it."""

    def __init__(self, folder: Path, *, filled: bool = True, read_only: bool = False) -> None:
        self.clock = FrozenClock(NOW)
        self.database = Database.open(folder, PlainBook())
        self.feed = self.database.feed()
        if filled:
            self.feed.stamp(Account(server="desk", person=BEA, product="test desk"), "A")
            unread = [message(i, of=of, at=NOW - 50 * MINUTE) for i, of in enumerate((2, 5, 12))]
            self.feed.apply(page(*tickets(), messages=unread), now=NOW)
            self.feed.set_state(state())
        self.workbench = Workbench(
            self.database,
            PlainBook(),
            self.clock,
            ProfileSettings(name="test"),
            read_only=read_only,
        )

    def key(self, number: int) -> int:
        """Local key of ticket TD-10400 + number."""
        found = self.workbench.reader.key_of(f"TD-{10400 + number}")
        assert found is not None
        return found

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()
