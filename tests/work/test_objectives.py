"""The digest of a day: which objectives were missed, which are due today and tomorrow, and whose they are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from techdesk.model import Channel, Organisation, Status
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.work.objectives import Objective, day_ends, digest, lines, markdown, title
from tests.store.desk import DAY, HOUR, NOW, PEOPLE, QUEUES, Desk, event, message, reply_message, ticket

ORGANISATIONS = (Organisation(id="o1", name="Acme Logistics", policy="dynamix"),)


pytestmark = pytest.mark.usefixtures("utc")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Friday 2027-01-15, 08:00 UTC; P1 within 1 h and 2 h, P2 2 h and 4 h, P3 24 h and 48 h (Dynamix 6.1)."""
    database = Database.open(tmp_path / "profile", PolicyBook.load())
    made = Desk(database)
    phone = {"channel": Channel.PHONE}
    made.pull(
        ticket(1, priority=1, created=NOW - 3 * HOUR, owner="u1", **phone),
        ticket(2, priority=2, created=NOW - HOUR, subject="# [free](http://x) | *now*", **phone),
        ticket(3, priority=3, created=NOW, **phone),
        ticket(4, priority=1, created=NOW - 100 * 60, updated=NOW, owner="u2", **phone),
        ticket(5, priority=2, created=NOW - 9 * HOUR, updated=NOW, status=Status.CLOSED, closed=NOW, **phone),
        ticket(6, priority=None, created=NOW - HOUR),  # e-mail without a grade: a reminder is no objective
        people=PEOPLE,
        organisations=ORGANISATIONS,
        queues=QUEUES,
        events=(event("e5", 5, "status", "open", "closed", NOW),),
        messages=(message("m4", 4, at=NOW - 100 * 60), reply_message("a4", 4, at=NOW - 90 * 60)),
    )
    yield made
    database.close()


def names(found: tuple[Objective, ...]) -> list[str]:
    return [f"{each.number} {each.metric}" for each in found]


def test_what_was_missed_what_will_be_and_whose_it_is(desk: Desk) -> None:
    found = digest(desk.reader, NOW)
    assert set(names(found.missed)) == {"TD-1 RSP", "TD-1 ESC", "TD-5 RSP", "TD-5 ESC"}
    assert names(found.today) == ["TD-4 ESC", "TD-2 RSP", "TD-2 ESC"]
    assert names(found.tomorrow) == ["TD-3 RSP"]
    assert found.met == 1, "the answer to TD-4"
    late = {f"{each.number} {each.metric}": each for each in found.missed}
    assert (late["TD-1 RSP"].owner, late["TD-1 RSP"].at) == ("Ada Alder", NOW - 2 * HOUR)
    assert late["TD-1 RSP"].open
    assert not late["TD-5 ESC"].open
    assert found.today[1].at == NOW + HOUR
    assert found.today[1].owner == ""


def test_what_is_to_be_met_at_once_is_of_today(desk: Desk) -> None:
    night = int(datetime(2027, 1, 15, 23, 30, tzinfo=UTC).timestamp())
    desk.pull(
        ticket(7, priority=1, created=night, updated=night, channel=Channel.PHONE),
        now=night,
        organisations=ORGANISATIONS,
    )
    found = digest(desk.reader, night)
    (at_once,) = (each for each in found.today if each.number == "TD-7")
    assert at_once.at_once
    assert at_once.at == night + HOUR  # of tomorrow
    assert names(found.today)[0] == "TD-7 RSP"
    assert "at once, by Sat 16 Jan 00:30 UTC" in markdown(found)
    assert "TD-7 ESC" in names(found.tomorrow)


def test_the_mail_holds_what_customers_wrote_as_text_alone(desk: Desk) -> None:
    told = markdown(digest(desk.reader, NOW))
    assert told.startswith("# Objectives of Friday 15 January 2027\n\n4 missed (2 still open), 3 more today,")
    assert "  \\# \\[free\\](http://x) \\| \\*now\\* (P2 response within 2 h, Dynamix 6.1" in told
    assert "- **TD-2** P2 · RSP · 09:00 UTC, in 1 h · nobody owns it · Acme Logistics" in told
    assert [line for line in told.splitlines() if line.startswith("#")] == [
        "# Objectives of Friday 15 January 2027",
        "## Missed",
        "## Will be missed today, unless somebody acts",
        "## Tomorrow",
    ]


def test_a_quiet_day_says_so(desk: Desk) -> None:
    quiet = digest(desk.reader, NOW + 400 * DAY)
    words = [line.words for line in lines(quiet)]
    assert "Nothing is due tomorrow." in words
    assert words[0].startswith("7 missed (7 still open), 0 more today, 0 tomorrow, 0 met today; as of ")
    assert any("Fri 15 Jan 2027 06:00 UTC" in each for each in words), words
    assert title(quiet) not in words


def test_a_screen_shows_a_hundred_of_a_list_and_says_how_many_more(desk: Desk) -> None:
    more = (ticket(n, priority=2, created=NOW, channel=Channel.PHONE) for n in range(100, 160))
    desk.pull(*more, organisations=ORGANISATIONS)
    found = digest(desk.reader, NOW)
    assert len(found.today) == 3 + 2 * 60
    assert "... and 23 more: 'techdesk report' tells them all." in [line.words for line in lines(found)]


@pytest.mark.parametrize(("month", "day", "hours"), [(3, 14, 23), (11, 7, 25), (11, 8, 24)])
def test_a_day_is_the_viewer_s_own_whatever_its_length(
    monkeypatch: pytest.MonkeyPatch, month: int, day: int, hours: int
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    noon = int(datetime(2027, month, day, 17, tzinfo=UTC).timestamp())
    assert day_ends(noon, 0) < noon < day_ends(noon, 1)
    assert day_ends(noon, 1) - day_ends(noon, 0) == hours * HOUR
