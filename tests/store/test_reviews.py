"""What was received after hours waits for its review, until one is noted or somebody answers (D17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from techdesk.model import RECORD_MARKER, Channel, OperationKind, Organisation, Status, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.query import Query, parse
from techdesk.rules.records import Record, encode
from techdesk.store.database import Database
from techdesk.store.reviews import Unreviewed
from tests.store.desk import Desk, message, operation, page, reply_message, ticket

NIGHT = int(datetime(2026, 11, 24, 3, 0, tzinfo=UTC).timestamp())  # 22:00 in Miami
NOON = int(datetime(2026, 11, 24, 17, 0, tzinfo=UTC).timestamp())
NOW = NOON + 3600
REVIEW = encode(Record(id="r", kind="review", at=NOW, by="u1"))
DUNMORE = Organisation(id="o9", name="Dunmore Cloud", policy="dynamix", region="US")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = Database.open(tmp_path, PolicyBook.load())
    database.feed().apply(
        page(
            ticket(1, created=NIGHT, organisation="o9", status=Status.OPEN),
            ticket(2, created=NOON, organisation="o9", status=Status.OPEN),
            ticket(3, created=NIGHT, organisation="o9", status=Status.RESOLVED),
            messages=(message("m1", 1, at=NIGHT),),
            organisations=(DUNMORE,),
        ),
        now=NOW,
    )
    yield Desk(database)
    database.close()


def waiting(desk: Desk) -> list[int]:
    query = parse("is:unreviewed")
    assert isinstance(query, Query)
    return list(desk.reader.keys(query, me="u1", now=NOW))


def test_what_came_at_night_waits_and_what_came_at_noon_or_is_over_does_not(desk: Desk) -> None:
    assert waiting(desk) == [desk.key(1)]
    assert desk.reader.unreviewed(5) == [Unreviewed("dynamix", 1, ("TD-1",))]


def test_a_review_ends_it_before_the_desk_has_it(desk: Desk) -> None:
    desk.enqueue(operation(desk.key(1), OperationKind.COMMENT, text=REVIEW))
    assert waiting(desk) == []


def test_a_colleagues_review_ends_it_and_a_plain_note_does_not(desk: Desk) -> None:
    def noted(revision: int, body: str) -> None:
        desk.pull(
            ticket(1, created=NIGHT, organisation="o9", status=Status.OPEN, revision=revision),
            messages=(reply_message(f"n{revision}", 1, body, at=NOW, visibility=Visibility.INTERNAL),),
            now=NOW,
        )

    noted(2, "I saw it.")
    assert waiting(desk) == [desk.key(1)]
    noted(3, REVIEW)
    assert waiting(desk) == []


def test_a_customer_cannot_write_a_review(desk: Desk) -> None:
    desk.pull(
        ticket(1, created=NIGHT, organisation="o9", status=Status.OPEN, revision=2),
        messages=(message("m2", 1, REVIEW, at=NOW),),
        now=NOW,
    )
    assert waiting(desk) == [desk.key(1)]


def test_w3_every_ticket_of_the_night_waits_also_a_standard_one(desk: Desk) -> None:
    """Wildix 2.2: what arrives outside support hours is looked at, whatever its class, and by region."""
    in_rome = int(datetime(2026, 11, 24, 20, 0, tzinfo=UTC).timestamp())  # 21:00 in Rome, 15:00 in New York
    europe = Organisation(id="w1", name="Alpenruf GmbH", policy="wildix", region="CH")
    states = Organisation(id="w2", name="Amber Falls", policy="wildix", region="US")
    desk.feed.apply(
        page(
            ticket(11, created=in_rome, organisation="w1", severity=2),
            ticket(12, created=in_rome, organisation="w1", severity=1),
            ticket(13, created=in_rome, organisation="w2", severity=2),
            ticket(14, created=NOON - 4 * 3600, organisation="w1", severity=2),
            organisations=(europe, states),
        ),
        now=in_rome + 60,
    )
    assert sorted(waiting(desk)) == sorted(desk.key(n) for n in (1, 11, 12))
    assert desk.reader.unreviewed(1)[1:] == [Unreviewed("wildix", 2, ("TD-12",))]


def test_each_policy_has_its_own_most_urgent_ones(desk: Desk) -> None:
    night = tuple(ticket(n, created=NIGHT, organisation="o9") for n in range(21, 26))
    desk.pull(*night, now=NOW)
    (dynamix,) = desk.reader.unreviewed(2)
    assert (dynamix.policy, dynamix.count, len(dynamix.numbers)) == ("dynamix", 6, 2)


def clock_of(desk: Desk, number: int) -> str:
    (row,) = desk.reader.rows([desk.key(number)])
    (standing,) = desk.reader.standings([desk.key(number)], RECORD_MARKER)
    assert standing.history == desk.reader.history(desk.key(number)), "read together as one by one"
    return row.clock.metric


def test_a_review_stops_the_clock_of_an_e_mailed_ticket(desk: Desk) -> None:
    """D2, D17: a review mark is the review, before the desk has it and as a colleague's note."""
    mailed = ticket(5, created=NOON, organisation="o9", priority=None, channel=Channel.EMAIL)
    desk.pull(mailed, messages=(message("m5", 5, at=NOON),), now=NOW)
    assert clock_of(desk, 5) == "REV"
    desk.enqueue(operation(desk.key(5), OperationKind.COMMENT, text=REVIEW))
    assert clock_of(desk, 5) == ""

    by_a_colleague = replace(mailed, id="6", number="TD-6")
    note = reply_message("n6", 6, REVIEW, at=NOW, visibility=Visibility.INTERNAL)
    desk.pull(by_a_colleague, messages=(message("m6", 6, at=NOON), note), now=NOW)
    assert clock_of(desk, 6) == ""


def test_who_opened_it_by_mail_tells_the_channel_where_the_desk_has_no_field(desk: Desk) -> None:
    """RT without a custom field for it; a mail that comes later is none."""
    plain = ticket(7, created=NOON, organisation="o9", priority=None, channel=Channel.UNKNOWN)
    opened = message("m7", 7, at=NOON + 1, channel=Channel.EMAIL)
    desk.pull(plain, messages=(opened,), now=NOW)
    later = replace(plain, id="8", number="TD-8")
    desk.pull(later, messages=(message("m8", 8, at=NOON + 3600, channel=Channel.EMAIL),), now=NOW)
    rows = desk.reader.rows([desk.key(7), desk.key(8)])
    assert [(row.channel, row.clock.metric) for row in rows] == [
        (Channel.EMAIL, "REV"),
        (Channel.UNKNOWN, ""),
    ]
