"""The next best ticket: the order of UX 3, whose tickets are left out, and how long a skip lasts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from techdesk.model import Status
from techdesk.query import Query, parse
from techdesk.store.database import Database
from techdesk.work import play
from tests.store.desk import DAY, HOUR, NOW, Desk, PlainBook, message, ticket


@pytest.fixture
def many(tmp_path: Path) -> Any:
    database = Database.open(tmp_path / "profile", PlainBook())
    desk = Desk(database)
    desk.pull(
        ticket(1, priority=1, created=NOW - 2 * HOUR, owner="u1"),  # breached since an hour
        ticket(2, priority=1, created=NOW - HOUR + 600),  # 10 min left
        ticket(3, priority=4, created=NOW - HOUR, escalation_level=2, owner="u1"),
        ticket(4, priority=1, created=NOW - 9 * HOUR, owner="u2"),  # a colleague's
        ticket(5, status=Status.WAITING, created=NOW - 20 * DAY, owner="u1"),  # the customer's turn
        ticket(6, priority=None, created=NOW - 3 * DAY),
        ticket(7, priority=None, created=NOW - 2 * DAY, requester="c2"),  # a VIP's
        ticket(8, status=Status.CLOSED, closed=NOW - DAY, created=NOW - 30 * DAY),
    )
    yield desk
    database.close()


def order(desk: Desk, limit: str = "", passed: Sequence[int] = ()) -> list[tuple[str, str]]:
    query = parse(limit)
    assert isinstance(query, Query)
    found, done = [], list(passed)
    while best := play.next_best(desk.reader, query, me="u1", now=NOW, passed=done):
        (row,) = desk.reader.rows([best.key])
        found.append((row.number, best.why))
        done.append(best.key)
    return found


def test_the_order(many: Desk) -> None:
    assert order(many) == [
        ("TD-3", "escalated"),
        ("TD-1", "breached"),
        ("TD-2", "least time left"),
        ("TD-7", "VIP"),
        ("TD-6", "the oldest"),
    ]


def test_a_scope_is_kept(many: Desk) -> None:
    assert [number for number, _ in order(many, "prio:1 OR is:vip")] == ["TD-1", "TD-2", "TD-7"]
    assert order(many, "status:closed") == []


def skip(desk: Desk, number: int, at: int) -> None:
    writer = desk.database.writer()
    play.skip(writer, desk.key(number), "no access", me="u1", now=at).result(10)


def test_a_skip_lasts_a_shift_or_until_the_customer_writes(many: Desk) -> None:
    skip(many, 1, NOW - 60)
    assert [number for number, _ in order(many)][:2] == ["TD-3", "TD-2"]
    (entry,) = many.reader.journal()
    assert (entry.action, entry.number, entry.detail) == ("play.skip", "TD-1", "no access")
    many.pull(ticket(1, priority=1, created=NOW - 2 * HOUR, owner="u1"), messages=(message("m9", 1, at=NOW),))
    assert [number for number, _ in order(many)][:2] == ["TD-3", "TD-1"]
    skip(many, 2, NOW - 9 * HOUR)
    assert "TD-2" in [number for number, _ in order(many)]


def test_an_escalation_that_somebody_acknowledged_is_no_longer_the_first(
    many: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from techdesk.rules.records import ACKNOWLEDGED, Record, Records

    told = Records(all=(Record(id="r", kind=ACKNOWLEDGED, at=NOW, by="u1"),))
    monkeypatch.setattr(play, "fold", lambda entries: told)
    found = order(many, passed=[])
    assert found[0] == ("TD-1", "breached")
    assert ("TD-3", "least time left") in found


def test_what_waits_comes_when_its_customer_has_written(many: Desk) -> None:
    many.pull(
        ticket(5, status=Status.WAITING, created=NOW - 20 * DAY, owner="u1"),
        messages=(message("m5", 5, at=NOW - 60),),
    )
    assert "TD-5" in [number for number, _ in order(many)]
