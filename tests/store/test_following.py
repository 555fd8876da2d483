"""A list follows the change log: whatever changes, it is what reading it anew would give."""

from __future__ import annotations

import random
from array import array
from contextlib import closing
from pathlib import Path

import pytest

from techdesk.model import Direction, Status, TombstoneReason
from techdesk.query import Query, parse
from techdesk.store.connection import connect
from techdesk.store.database import Database
from techdesk.store.following import Listing, Patch
from techdesk.store.orders import ORDERS
from tests.store.desk import DAY, HOUR, NOW, Desk, PlainBook, message, operation, ticket

LIMITS = ("", "status:active", "prio:1,none", "owner:me", "-tag:vpn sla:<2h", "is:unread OR is:vip")
SORTED = [order for order in ORDERS if order not in ("owner", "requester", "organisation", "queue", "unread")]


def understood(text: str) -> Query:
    query = parse(text)
    assert isinstance(query, Query)
    return query


def numbered(chance: random.Random, number: int) -> dict[str, object]:
    """Any state of a ticket."""
    status = chance.choice(list(Status))
    done = {} if status.is_active else {"closed": NOW - chance.randrange(DAY)}
    return {
        "status": status,
        "priority": chance.choice((None, 1, 2, 4)),
        "severity": chance.choice((None, 1, 3)),
        "owner": chance.choice(("", "u1", "u2")),
        "requester": chance.choice(("c1", "c2")),
        "subject": chance.choice(("a", "B", "ä", "Zulu", "")) + str(number % 3),
        "created": NOW - chance.randrange(20 * DAY),
        "updated": NOW - chance.randrange(HOUR),
        "tags": chance.choice(((), ("vpn",))),
        **done,
    }


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_reading_it_anew_gives(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    database = Database.open(tmp_path / "profile", PlainBook())
    desk = Desk(database)
    desk.pull(*(ticket(number, **numbered(chance, number)) for number in range(1, 60)))
    shown = {
        (limit, order): desk.reader.listing(understood(limit), order, me="u1", now=NOW)
        for limit in LIMITS
        for order in (*SORTED, *(f"-{name}" for name in SORTED))
    }
    for _ in range(5):
        for _ in range(chance.randrange(1, 5)):
            change(desk, chance)
        for (limit, order), listing in shown.items():
            patch = desk.reader.follow(listing, understood(limit), order, me="u1", now=NOW)
            assert patch is not None
            anew = desk.reader.listing(understood(limit), order, me="u1", now=NOW)
            assert patch.listing == anew, (limit, order)
            check(listing, patch)
            shown[limit, order] = patch.listing
    database.close()


def change(desk: Desk, chance: random.Random) -> None:
    """One thing that happens: a pull, an operation, a message, a ticket that goes or that comes."""
    number = chance.randrange(1, 70)
    match chance.randrange(5):
        case 0 | 1:
            desk.pull(ticket(number, **numbered(chance, number)))
        case 2:
            key = desk.scalar("SELECT key FROM list_row ORDER BY random() LIMIT 1")
            desk.enqueue(operation(key, sets={"priority": chance.choice((1, 2, 3)), "owner": "u1"}))
        case 3:
            key = desk.scalar("SELECT key FROM list_row WHERE unread = 1 LIMIT 1")
            if key is not None:
                desk.database.writer().mark_read(key).result(10)
            desk.pull(
                ticket(number, **numbered(chance, number)),
                messages=(
                    message(
                        f"m{chance.random()}",
                        number,
                        at=NOW - chance.randrange(HOUR),
                        direction=chance.choice(list(Direction)),
                    ),
                ),
            )
        case _:
            from techdesk.model import Tombstone

            desk.pull(tombstones=(Tombstone(id=str(number), reason=TombstoneReason.DELETED),))


def check(before: Listing, patch: Patch) -> None:
    """The patch itself says truly where everything went."""
    keys = patch.listing.keys
    for index, key in enumerate(before.keys):
        place = patch.place_of(index)
        if place is None:
            assert key not in keys
        else:
            assert keys[place] == key


def test_nothing_new_is_the_same_list(tmp_path: Path) -> None:
    database = Database.open(tmp_path / "profile", PlainBook())
    desk = Desk(database)
    desk.pull(ticket(1), ticket(2))
    listing = desk.reader.listing(None, me="u1", now=NOW)
    patch = desk.reader.follow(listing, None, me="u1", now=NOW)
    assert patch is not None
    assert not patch.is_other
    # What moves nothing leaves the very array that is on show.
    desk.pull(ticket(1, kind="question"))
    patch = desk.reader.follow(listing, None, me="u1", now=NOW)
    assert patch is not None
    assert not patch.is_other
    assert patch.listing.seq > listing.seq
    database.close()


def test_what_cannot_be_followed_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database.open(tmp_path / "profile", PlainBook())
    desk = Desk(database)
    desk.pull(ticket(1), ticket(2))
    listing = desk.reader.listing(None, me="u1", now=NOW)
    desk.pull(ticket(3), ticket(4))

    def follow(limit: str = "", order: str = "urgency", of: Listing = listing) -> Patch | None:
        return desk.reader.follow(of, understood(limit), order, me="u1", now=NOW)

    assert follow() is not None
    assert follow("printer ") is None
    assert follow(order="-owner") is None
    monkeypatch.setattr("techdesk.store.following.MOST", 1)
    assert follow() is None
    monkeypatch.undo()
    assert follow(of=Listing(array("q"), -50)) is None
    desk.pull(ticket(1, subject="other"))
    assert follow() is not None
    with closing(connect(database.path, writable=True)) as older:  # a techdesk that sorts by less
        older.execute("UPDATE change SET was = '[1, 0, 5]' WHERE was <> ''")
    assert follow() is None
    database.close()
