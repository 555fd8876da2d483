"""A small desk in a real database with a frozen clock, and the real app on it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from textual.app import App, ComposeResult
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from techdesk.actions.workbench import Workbench
from techdesk.app import TechdeskApp
from techdesk.clock import FrozenClock
from techdesk.config import ProfileSettings
from techdesk.desks.port import Account, Page
from techdesk.model import (
    Attachment,
    Channel,
    Direction,
    Event,
    Message,
    Organisation,
    Person,
    Queue,
    Role,
    Status,
    Ticket,
    Visibility,
)
from techdesk.policies.book import PolicyBook
from techdesk.screens.theme import SIXTEEN
from techdesk.store.database import Database

NOW = 1_793_714_520
"""Tuesday 3 November 2026, 14:02 UTC."""
HOUR, MINUTE, DAY = 3600, 60, 86_400
ESC = "\x1b"

HOSTILE = (
    "\x1b]52;c;aGVsbG8=\x07 \x1b[2J [red]not red[/red] [@click=app.quit]click[/] [/foo]\n"
    "\u202etxet desrever\u202c and \u200b invisible\n" + "W" * 400 + "\n=cmd|' /C calc'!A0\n"
    "電話 הטלפון ไทย 👨\u200d👩\u200d👧 e" + "\u0301" * 40
)
DEEP = "\n".join("> " * level + f"level {level} of the quoted mail" for level in range(1, 61))

KIM = Person(id="p1", name="Kim Lee", email="kim@dunmore.example", organisation="o1", vip=True)
ANA = Person(id="p2", name="Ana Lopes", email="ana@tasman.example", organisation="o2")
BEA = Person(id="t1", name="Bea Moreau", email="bea@desk.example", role=Role.TECHNICIAN)
RAVI = Person(id="t2", name="Ravi Kapoor", email="ravi@desk.example", role=Role.TECHNICIAN)
ROBOT = Person(id="s1", name="Help desk", role=Role.SYSTEM)
PEOPLE = (KIM, ANA, BEA, RAVI, ROBOT)
ORGANISATIONS = (
    Organisation(id="o1", name="Dunmore Cloud", policy="dynamix", region="Leeds"),
    Organisation(id="o2", name="Tasman Phones", policy="phonism"),
)
QUEUES = (Queue(id="q1", name="Voice"), Queue(id="q2", name="Network"))


def ticket(number: int, subject: str, **more: Any) -> Ticket:
    """A ticket of Dunmore Cloud, opened five hours ago by e-mail."""
    values: dict[str, Any] = {
        "status": Status.OPEN,
        "priority": 1,
        "priority_label": "P1",
        "queue": "q1",
        "owner": BEA.id,
        "requester": KIM.id,
        "organisation": "o1",
        "channel": Channel.EMAIL,
        "created": NOW - 5 * HOUR,
        "updated": NOW - 20 * MINUTE,
    }
    values.update(more)
    name = f"TD-{number}"
    return Ticket(id=f"id-{number}", number=name, version="1", revision=7, subject=subject, **values)


def message(key: str, number: int, at: int, author: Person, body: str, **more: Any) -> Message:
    """The customer's, by e-mail, if nothing else is said."""
    values: dict[str, Any] = {
        "direction": Direction.OUTBOUND if author.role is not Role.REQUESTER else Direction.INBOUND,
        "visibility": Visibility.PUBLIC,
        "channel": Channel.EMAIL,
    }
    values.update(more)
    return Message(id=key, ticket=f"id-{number}", at=at, author=author.id, body=body, **values)


SITE_DOWN = 10_442
STRANGE = 10_443
LONG = 10_444
THREAD = (
    message(
        "m1",
        SITE_DOWN,
        NOW - 5 * HOUR,
        KIM,
        "Hello,\n\nsince the firmware update to 5.03 this morning every handset on the Leeds site is "
        "deregistered. Nobody can take calls, about 140 people. The web portal shows 'SIP 403' for all "
        "of them.\n\nPlease call me on 555-0142.\n\n-- \nKim Lee\nDunmore Cloud, operations",
        attachments=(
            Attachment(id="a", name="registrations.log", size=48_211, media_type="text/plain"),
            Attachment(id="b", name="trace\x1b[2J.pcap", size=1_204_000, media_type="application/x-pcap"),
        ),
    ),
    message(
        "m2", SITE_DOWN, NOW - 5 * HOUR + 60, ROBOT, "We have received your request TD-10442.", automatic=True
    ),
    message(
        "m3",
        SITE_DOWN,
        NOW - 4 * HOUR,
        RAVI,
        "Looks like the same as PB-7: the registrar refuses the new user agent. Rolled back on our test "
        "switch, works again. Do not promise a time yet.",
        visibility=Visibility.INTERNAL,
        channel=Channel.UNKNOWN,
    ),
    message(
        "m4",
        SITE_DOWN,
        NOW - 3 * HOUR,
        BEA,
        "Hello Kim,\n\nwe can see the problem and are rolling the registrar back. I will write again "
        "within the hour.\n\nBea",
    ),
    message(
        "m5",
        SITE_DOWN,
        NOW - 20 * MINUTE,
        KIM,
        "Half of the handsets are back. Reception and the first floor are still dead.\n\n"
        "On Tue, 3 Nov 2026 Bea Moreau wrote:\n" + DEEP,
    ),
)
EVENTS = (
    Event(
        id="e1",
        ticket=f"id-{SITE_DOWN}",
        at=NOW - 4 * HOUR - 90,
        actor=RAVI.id,
        field="priority",
        old="3",
        new="1",
    ),
    Event(
        id="e2",
        ticket=f"id-{SITE_DOWN}",
        at=NOW - 3 * HOUR - 60,
        actor=BEA.id,
        field="owner",
        old=None,
        new=BEA.id,
    ),
)
TICKETS = (
    ticket(
        SITE_DOWN,
        "Whole site down: all handsets deregistered after fw 5.03",
        tags=("firmware", "voice"),
        kind="incident",
        server_due=NOW + DAY,
    ),
    ticket(STRANGE, HOSTILE, priority=None, priority_label="", owner="", created=NOW - HOUR),
    ticket(
        LONG,
        "A thread of many messages about the invoice of October",
        status=Status.WAITING,
        priority=3,
        priority_label="P3",
        requester=ANA.id,
        organisation="o2",
        created=NOW - 60 * DAY,
    ),
)


def long_thread(count: int) -> tuple[Message, ...]:
    """Messages of the third ticket, an hour apart."""
    return tuple(
        message(
            f"long-{n}",
            LONG,
            NOW - (count - n) * HOUR,
            ANA if n % 2 else BEA,
            f"Message {n}: the October invoice, line {n}.\nSee the table below.\n> earlier words",
        )
        for n in range(count)
    )


class SmallDesk:
    """One profile with three tickets; ``open`` gives the app on it."""

    def __init__(self, folder: Path, *, messages: int = 120, read_only: bool = False) -> None:
        self.clock = FrozenClock(NOW)
        self.book = PolicyBook.load()
        self.database = Database.open(folder, self.book)
        self.feed = self.database.feed()
        account = Account(server="https://desk.example", person=BEA, product="demo desk")
        self.feed.stamp(account, "A")
        strange = message("strange", STRANGE, NOW - HOUR, KIM, HOSTILE)
        self.pull(
            people=PEOPLE,
            organisations=ORGANISATIONS,
            queues=QUEUES,
            tickets=TICKETS,
            messages=(*THREAD, strange, *long_thread(messages)),
            events=EVENTS,
        )
        settings = ProfileSettings(name="demo", url="https://desk.example", read_only=read_only)
        self.workbench = Workbench(self.database, self.book, self.clock, settings)

    def pull(self, **parts: Any) -> None:
        """The desk has these: they come with a sync."""
        page = Page(cursor="1", more=False, **parts)
        self.feed.apply(page, now=self.clock.now())

    def key(self, number: int) -> int:
        """Local key of a ticket."""
        found = self.workbench.reader.key_of(f"TD-{number}")
        assert found is not None
        return found

    def app(self) -> TechdeskApp:
        """The program on this desk, offline."""
        return TechdeskApp(self.workbench, None, title="demo")

    def close(self) -> None:
        """Let go of the files."""
        self.workbench.reader.close()
        self.database.close()


@contextlib.contextmanager
def small_desk(folder: Path, **more: Any) -> Iterator[SmallDesk]:
    """A desk that is closed at the end, looked at from Berlin."""
    with berlin():
        desk = SmallDesk(folder, **more)
        try:
            yield desk
        finally:
            desk.close()


@contextlib.contextmanager
def berlin() -> Iterator[None]:
    """The viewer's zone, whatever the machine's is."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Europe/Berlin"
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()


Script = Callable[[Any], Awaitable[None]]
"""What a test does with the pilot of a running app."""


def drive(app: App[Any], script: Script, size: tuple[int, int] = (80, 24)) -> None:
    """Run an app without a terminal and do the script; sync, so that snapshot tests can stand beside it."""

    async def main() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await script(pilot)

    asyncio.run(main())


class ReadAtOnce:
    """In place of the reading thread: what is submitted is read on the spot."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def submit(
        self,
        group: str,
        work: Callable[[Any], Any],
        done: Callable[[Any], None],
        failed: Any,
        *,
        asked: bool = False,
        patient: bool = False,
    ) -> None:
        done(work(self._reader))


class OneScreenApp(App[Any]):
    """An app with nothing but a screen that answers; for dialogs, and for widgets that stand alone."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, make: Callable[[], Any], workbench: Any = None, *, no_color: bool = False) -> None:
        super().__init__()
        self._make = make
        self.workbench = workbench
        self.reading = ReadAtOnce(workbench.reader if workbench is not None else None)
        self.answers: list[Any] = []
        self.register_theme(SIXTEEN)
        self.theme = SIXTEEN.name
        self.no_color = no_color

    def compose(self) -> ComposeResult:
        yield Static(Content("\n".join(f"line {n:02d} of what lies below" for n in range(60))))

    def on_mount(self) -> None:
        self.show_dialog()

    def show_dialog(self) -> None:
        """Put the screen on top."""
        self.push_screen(self._make(), self.answers.append)


def screen_text(app: App[Any]) -> str:
    """What the terminal would show, line by line, without styles."""
    width, height = app.size
    lines = app.screen._compositor.render_strips(Size(width, height))
    return "\n".join(line.text.rstrip() for line in lines)
