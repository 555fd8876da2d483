"""One ticket, looked at from Kolkata and from New York: one instant, each in its own wall time with its zone.

Across both changes of New York's clocks: a Critical ticket of Phonism that comes ten minutes before Friday
ends is due twenty minutes into Monday (POLICIES PH1), and on the Sunday between them the offset changes.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from techdesk.actions.workbench import Workbench
from techdesk.app import TechdeskApp
from techdesk.clock import FrozenClock
from techdesk.config.settings import ProfileSettings
from techdesk.desks.port import Account, Page
from techdesk.model import Channel, Direction, Message, Organisation, Status, Ticket, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.widgets.moments import clock_time, due_time
from techdesk.work.explain import explanation_lines
from tests.screens.desk_fixture import ANA, BEA, QUEUES, drive, screen_text

VIEWERS = ("Asia/Kolkata", "America/New_York")
CHANGES = [
    ("back", "2026-10-30T16:50:00-04:00", "2026-11-02T09:20:00-05:00"),
    ("forward", "2027-03-12T16:50:00-05:00", "2027-03-15T09:20:00-04:00"),
]
BOOK = PolicyBook.load()
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@contextmanager
def looking_from(zone: str) -> Iterator[None]:
    """The machine's zone is the viewer's."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()


def bench(folder: Path, created: int, *later: int) -> Workbench:
    """A profile with the one ticket, five minutes after it came, or after its customer wrote again."""
    database = Database.open(folder, BOOK)
    feed = database.feed()
    feed.stamp(Account(server="s", person=BEA, product="desk"), "A")
    ticket = Ticket(
        id="1",
        number="TD-1",
        version="1",
        revision=1,
        subject="No calls",
        status=Status.OPEN,
        severity=2,
        queue="q1",
        owner=BEA.id,
        requester=ANA.id,
        organisation="o2",
        channel=Channel.PORTAL,
        created=created,
        updated=created,
    )
    wrote = tuple(
        Message(
            id=f"m{at}",
            ticket="1",
            author=ANA.id,
            at=at,
            direction=Direction.INBOUND,
            visibility=Visibility.PUBLIC,
            body="It is silent.",
        )
        for at in (created, *later)
    )
    page = Page(
        tickets=(ticket,),
        messages=wrote,
        people=(BEA, ANA),
        organisations=(Organisation(id="o2", name="Tasman Phones", policy="phonism"),),
        queues=QUEUES,
        cursor="1",
        more=False,
    )
    feed.apply(page, now=created)
    feed.close()
    return Workbench(
        database,
        BOOK,
        FrozenClock(max((created, *later)) + 300),
        ProfileSettings(name="test"),
    )


def shown(workbench: Workbench, size: tuple[int, int], *keys: str) -> str:
    """What the terminal shows of the ticket after these keys."""
    app, pictures = TechdeskApp(workbench, None, title="test"), []

    async def script(pilot: Any) -> None:
        key = workbench.reader.key_of("TD-1")
        assert key is not None
        app.open_ticket(key, ())
        await pilot.pause()
        for key_name in keys:
            await pilot.press(key_name)
        await pilot.pause()
        pictures.append(screen_text(app))

    drive(app, script, size)
    return pictures[0]


def instants(text: str, zone: str, year: int) -> set[int]:
    """Every labelled wall time in a text, read back in the viewer's zone; the label has to be that zone's."""
    found = set()
    pattern = r"(\d{1,2}) ([A-Z][a-z]{2})(?: (\d{4}))? (\d\d:\d\d) ([A-Z]{3,4})"
    for day, month, named, wall, label in re.findall(pattern, text):
        number = _MONTHS.index(month) + 1
        text_of = f"{named or year}-{number:02d}-{int(day):02d}T{wall}"
        local = datetime.fromisoformat(text_of).replace(tzinfo=ZoneInfo(zone))
        if label == local.tzname():
            found.add(int(local.timestamp()))
    return found


@pytest.mark.parametrize(("change", "created", "due"), CHANGES, ids=[case[0] for case in CHANGES])
@pytest.mark.parametrize("zone", VIEWERS)
def test_the_deadline_is_one_instant_for_both(
    tmp_path: Path, zone: str, change: str, created: str, due: str
) -> None:
    wanted, year = epoch(due), int(due[:4])
    with looking_from(zone):
        workbench = bench(tmp_path, epoch(created))
        row = workbench.reader.row(workbench.reader.key_of("TD-1") or 0)
        assert row is not None
        assert row.clock.due == wanted
        beside = shown(workbench, (120, 40))
        explained = shown(workbench, (80, 24), "D")
        key = row.key
        spoken = "\n".join(
            explanation_lines(BOOK.explain("phonism", workbench.reader.history(key), workbench.clock.now()))
        )
        workbench.database.close()
    for text in (beside, explained, spoken):
        assert wanted in instants(text, zone, year), text
    walls = {"Asia/Kolkata": ("19:50", "18:50"), "America/New_York": ("09:20", "09:20")}
    assert walls[zone][change == "forward"] in beside


def test_the_countdown_is_the_same_wherever_one_looks(tmp_path: Path) -> None:
    """The list shows the time that is left, which no zone changes."""
    lines = set()
    for zone in VIEWERS:
        with looking_from(zone):
            workbench = bench(tmp_path / zone.replace("/", "-"), epoch(CHANGES[0][1]))
            app, pictures = TechdeskApp(workbench, None, title="test"), []

            async def script(pilot: Any, app: TechdeskApp = app, pictures: list[str] = pictures) -> None:
                await pilot.pause(0.2)
                pictures.append(screen_text(app))

            drive(app, script)
            workbench.database.close()
        lines.add(next(line for line in pictures[0].splitlines() if "TD-1" in line))
    assert len(lines) == 1, lines


@pytest.mark.parametrize(("change", "created", "due"), CHANGES, ids=[case[0] for case in CHANGES])
@pytest.mark.parametrize("zone", VIEWERS)
@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80", "120"])
def test_each_message_has_the_zone_of_its_own_time(
    tmp_path: Path, size: tuple[int, int], zone: str, change: str, created: str, due: str
) -> None:
    """One came before the clocks changed, one after: read back with its label, each is its own instant."""
    first, second, year = epoch(created), epoch(due) - 600, int(due[:4])
    with looking_from(zone):
        workbench = bench(tmp_path, first, second)
        text = shown(workbench, size)
        workbench.database.close()
    assert first in instants(text, zone, year), text
    today = datetime.fromtimestamp(second, ZoneInfo(zone))
    assert re.search(rf"by \w+ .*{today:%H:%M %Z}|Ana.* {today:%H:%M %Z}", text), text
    if zone == "America/New_York":
        labels = {datetime.fromtimestamp(at, ZoneInfo(zone)).tzname() for at in (first, second)}
        assert labels == {"EST", "EDT"}
        assert labels <= set(re.findall(r"\bE[SD]T\b", text))


def test_a_list_names_the_zone_once_and_another_one_where_it_is_another() -> None:
    """Where the first line tells the zone, a time before the clocks changed still has its own."""
    before, after = epoch("2026-10-31T12:00:00-04:00"), epoch("2026-11-01T12:00:00-05:00")
    zone = ZoneInfo("America/New_York")
    assert clock_time(after, after + 60, zone) == "12:00"
    assert clock_time(before, after, zone) == "Sat 31 Oct 12:00 EDT"
    assert due_time(before, after, zone) == "Sat 31 Oct 12:00 EDT"
    fold = epoch("2026-11-01T01:30:00-04:00"), epoch("2026-11-01T01:30:00-05:00")
    assert [clock_time(at, after, zone) for at in fold] == ["01:30 EDT", "01:30"]
    assert clock_time(before, after, ZoneInfo("Asia/Kolkata")) == "Sat 31 Oct 21:30"
