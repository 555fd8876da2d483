"""Lists: the right tickets in the right order, through an index, whatever the limit says."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techdesk.model import Channel, Status
from techdesk.query import VIEWS, Query, QueryError, parse
from techdesk.store import lists, routes
from techdesk.store.compile import Context, condition
from techdesk.store.orders import ORDERS, SELECTIVE
from techdesk.store.rows import View
from tests.store.desk import DAY, HOUR, NOW, Desk, event, message, operation, reply_message, ticket


@pytest.fixture
def many(desk: Desk) -> Desk:
    """One of each kind, numbered for what it is."""
    desk.pull(
        ticket(1, priority=1, created=NOW - 2 * HOUR, owner="u1"),  # breached since an hour
        ticket(2, priority=1, created=NOW - HOUR + 600, owner="u2", tags=("vpn", "On Site")),  # 10 min left
        ticket(3, priority=None, requester="c2", organisation="o2", queue="q2"),
        ticket(4, status=Status.WAITING, created=NOW - 20 * DAY, owner="u1", severity=2),
        ticket(5, status=Status.CLOSED, closed=NOW - DAY, updated=NOW - DAY, created=NOW - 30 * DAY),
        ticket(6, status=Status.RESOLVED, closed=NOW - 5, updated=NOW - 5, channel=Channel.PHONE),
        ticket(7, priority=4, escalation_level=2, kind="question", subject="100% _odd_ \\ 'quotes'"),
        ticket(8, status=Status.WAITING, created=NOW - 2 * DAY),
        messages=(message("m1", 2, "the tunnel drops"), reply_message("m2", 7)),
        events=(event("e1", 4, "status", "open", "waiting", NOW - 10 * DAY),),
    )
    return desk


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("", "1 2 7 4 8 3 5 6"),
        ("status:active", "1 2 7 4 8 3"),
        ("status:done", "5 6"),
        ("owner:me", "1 4"),
        ("owner:none status:active", "7 8 3"),
        ("owner:birch", "2"),
        ("owner:bo@desk.example", "2"),
        ("owner:nobody-of-that-name", ""),
        ("prio:none", "3"),
        ("prio:1,4", "1 2 7"),
        ("prio:any status:open", "1 2 7"),
        ("severity:2", "4"),
        ("sla:breached", "1"),
        ("sla:<15m", "1 2"),
        ("sla:>15m", "7"),
        ("sla:paused", "4 8"),
        ("sla:none status:active", "3"),
        ("waiting:>7d", "4"),
        ("waiting:<3d", "8"),
        ("is:stale", "4"),
        ("still:>5d -status:done", "4"),
        ("status:waiting still:<3d", "8"),
        ("org:acme -status:done", "1 2 7 4 8"),
        ('org:"Dunmore"', "3"),
        ("org:o2", "3"),
        ("queue:telephony", "3"),
        ("queue:net tag:vpn", "2"),
        ('tag:"on site"', "2"),
        ("tag:vp", ""),
        ("tag:none status:waiting", "4 8"),
        ("channel:phone", "6"),
        ("kind:Question", "7"),
        ("policy:plain is:escalated", "7"),
        ("is:vip", "3"),
        ("is:unread", "2"),
        ("requester:dov", "3"),
        ("requester:cedar is:escalated", "7"),
        ("number:td-4", "4"),
        ("TD-4", "4"),
        ("tunnel", "2"),
        ("printer tunnel", "2"),
        ("tun", "2"),
        ('"drops the"', ""),
        ('"the tunnel"', "2"),
        ("dunmore", "3"),
        ("subject:%", "7"),
        ("subject:_odd", "7"),
        ("subject:\\", "7"),
        ("age:>15d", "4 5"),
        ("status:active -(owner:me OR owner:none)", "2"),
        ("-sla:breached -sla:<15m status:active", "7 4 8 3"),
        ("-channel:email", "6"),
        ("-prio:1 status:open", "7 3"),
        ("zebra", ""),
        ("p", "1 2 7 4 8 3 5 6"),
    ],
)
def test_a_limit_lets_through_what_it_says(many: Desk, limit: str, expected: str) -> None:
    assert many.numbers(limit) == [f"TD-{number}" for number in expected.split()]
    assert many.numbers(limit, first=200) == many.numbers(limit)
    query = parse(limit)
    assert isinstance(query, Query)
    assert many.reader.count(query, me="u1", now=NOW) == len(expected.split())


def test_days_are_those_of_the_reader(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        # NOW is 2027-01-15 17:00 in Tokyo; TD-1 came at 15:00, TD-8 two days before.
        assert many.numbers("created:today -status:done") == ["TD-1", "TD-2", "TD-7", "TD-3"]
        assert many.numbers("created:2027-01-13") == ["TD-8"]
        assert many.numbers("created:..2026-12-31") == ["TD-4", "TD-5"]
        assert many.numbers("closed:2027-01-15..") == ["TD-6"]
        assert many.numbers("created:0001-01-01..9999-12-31 is:vip") == ["TD-3"]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("order", [*ORDERS, *(f"-{name}" for name in ORDERS), "no-such-order"])
def test_every_order_is_total_and_its_own_reverse(many: Desk, order: str) -> None:
    numbers = many.numbers("", order)
    assert len(set(numbers)) == 8
    if order in ORDERS and order != "urgency":
        assert many.numbers("", f"-{order}") == numbers[::-1]


@pytest.mark.parametrize("order", [*ORDERS, *(f"-{name}" for name in ORDERS)])
@pytest.mark.parametrize(
    "limit",
    ["", "status:active", "prio:1,none status:open", "owner:me,none", "is:stale", "sla:>1m OR is:vip"],
)
def test_many_matches_are_walked_to_and_come_in_the_same_order(
    many: Desk, monkeypatch: pytest.MonkeyPatch, order: str, limit: str
) -> None:
    looked_up = many.numbers(limit, order)
    monkeypatch.setattr(routes, "RARE", 0)
    assert many.numbers(limit, order) == looked_up
    assert many.numbers(limit, order, first=2) == looked_up[:2]
    monkeypatch.setattr(routes, "SAMPLE", 0)
    assert many.numbers(limit, order, first=3) == looked_up[:3]


def test_orders_by_column(many: Desk) -> None:
    many.pull(ticket(10))
    assert many.numbers("", "number")[-1] == "TD-10"
    assert many.numbers("status:active", "-created")[-1] == "TD-4"
    assert many.numbers("", "organisation")[-1] == "TD-3"
    assert many.numbers("prio:any", "priority")[:2] == ["TD-1", "TD-2"]


def test_rows_come_in_the_order_asked_and_without_what_vanished(many: Desk) -> None:
    keys = [many.key(3), 999_999, many.key(1), many.key(3)]
    assert [row.number for row in many.reader.rows(keys)] == ["TD-3", "TD-1", "TD-3"]
    assert many.reader.rows([]) == []


def test_counters_count(many: Desk) -> None:
    many.enqueue(operation(many.key(7), sets={"owner": "u1"}))
    counters = many.reader.counters(me="u1", now=NOW)
    assert (counters.active, counters.breached, counters.under_15_minutes, counters.under_1_hour) == (
        6,
        1,
        1,
        1,
    )
    assert (counters.unassigned, counters.mine, counters.unread, counters.outbox) == (2, 3, 1, 1)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.id)
def test_a_built_in_view_needs_no_sorting_and_no_scan(desk: Desk, view: View) -> None:
    query = parse(view.limit)
    assert isinstance(query, Query)
    plan = desk.reader.explain_plan(query, view.order, me="u1", now=NOW)
    plan = [line for line in plan if "list_row" in line]  # beside it, small tables may be looked into
    assert len(plan) == 1, plan
    assert "USING" in plan[0], plan
    assert "INDEX list_" in plan[0] or "PRIMARY KEY" in plan[0], plan
    assert "TEMP B-TREE" not in plan[0], plan
    assert view.hint


@pytest.mark.parametrize("limit", ["queue:network status:active", "owner:birch status:active", "org:dunmore"])
def test_a_name_that_is_one_persons_or_queues_is_an_index_away(many: Desk, limit: str) -> None:
    query = parse(limit)
    assert isinstance(query, Query)
    (plan,) = many.reader.explain_plan(query, "urgency", me="u1", now=NOW)
    assert "COVERING INDEX list_" in plan


_HOSTILE = """
" ( ) - OR NOT AND * ^ : + { } NEAR NEAR( a:b tunnel printer TD-1 é 日本 \\ % _ ; -- ' prio:1 subject:" is:vip
org:% tag:' owner:\\ created:9999-12-31 sla:<999999w age:>1d
"""
_PIECES = st.sampled_from([*_HOSTILE.split(), "\x00", "\ud800"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=40), st.lists(_PIECES, max_size=8).map(" ".join)))
def test_no_limit_breaks_the_database(many: Desk, text: str) -> None:
    query = parse(text)
    if isinstance(query, QueryError):
        return
    first = many.reader.keys(query, me="u1", now=NOW, first=200)
    assert list(first) == list(many.reader.keys(query, me="u1", now=NOW))
    assert len(first) == many.reader.count(query, me="u1", now=NOW)


def test_a_number_that_is_none_finds_nothing(many: Desk) -> None:
    for text in ("", " ", "\ud800", "NEW-999", "NEW-9999999999999999999999", "' OR 1=1 --", "\x00"):
        assert many.reader.key_of(text) is None
    assert many.reader.key_of(" td-1 ") == many.reader.key_of("1") == many.key(1)


def test_common_words_walk_the_order_and_give_the_same(many: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = many.numbers("printer", first=200)
    monkeypatch.setattr("techdesk.store.routes.RARE", 2)
    assert many.numbers("printer", first=200) == expected
    assert many.numbers("printer", first=3) == expected[:3]
    query = parse("printer status:active")
    assert isinstance(query, Query)
    plan = many.reader.explain_plan(query, "urgency", me="u1", now=NOW)
    assert "list_urgency" in plan[0]


@pytest.mark.parametrize("early", [1, 3, 2_000])
@pytest.mark.parametrize("order", ["urgency", "-created", "owner", "channel", "subject"])
@pytest.mark.parametrize(
    "limit",
    [
        "printer", "printer pri", "pr status:active", "-printer", "printer OR is:vip", "printer -tunnel",
        "prio:1,2 printer", "(printer OR tunnel) status:open", "printer nothingofthekind", "é", "-(printer)",
    ],
)  # fmt: skip
def test_however_words_are_come_at_the_list_is_the_same(
    many: Desk, monkeypatch: pytest.MonkeyPatch, limit: str, order: str, early: int
) -> None:
    monkeypatch.setattr(lists, "EARLY", early)
    looked_up, whole = many.numbers(limit, order, first=200), many.numbers(limit, order)
    assert looked_up == whole
    monkeypatch.setattr(routes, "RARE", 0)
    assert many.numbers(limit, order) == whole
    for first in (1, 2, 200):
        assert many.numbers(limit, order, first=first) == whole[:first]
    query = parse(limit)
    assert isinstance(query, Query)
    assert many.reader.count(query, me="u1", now=NOW) == len(whole)


def test_of_words_that_nothing_holds_together_no_row_is_looked_at(many: Desk) -> None:
    asked: list[str] = []
    many.reader._connection.set_trace_callback(asked.append)
    assert many.numbers("printer nothingofthekind", first=200) == []
    many.reader._connection.set_trace_callback(None)
    assert not [one for one in asked if "FROM list_row" in one and "ticket_search" in one]


@pytest.mark.parametrize(
    "limit", ["number:TD-7", "id:td-7", "number:7", "id:7 -owner:nobodyatall", "NOT -id:7"]
)
def test_a_number_is_found_with_and_without_what_the_desk_puts_before_it(many: Desk, limit: str) -> None:
    assert many.numbers(limit, "owner") == many.numbers(limit, first=200) == ["TD-7"]


def test_digits_that_are_no_ticket_s_number_find_none(many: Desk) -> None:
    # Neither a part of a number nor what stands in a subject.
    assert many.numbers("number:99999999") == many.numbers("number:007") == []


def test_days_of_creation_are_an_index_away_whether_the_ticket_is_open_or_not(many: Desk) -> None:
    query = parse("created:2027-01-14..2027-01-15 -subject:test")
    assert isinstance(query, Query)
    asked = condition(query, Context("u1", NOW, along=SELECTIVE, leaps=True))
    statement = f"EXPLAIN QUERY PLAN SELECT key FROM list_row WHERE {asked.where}"
    (step,) = many.reader._connection.execute(statement, asked.parameters).fetchall()
    assert "SEARCH list_row USING INDEX list_created (active=? AND created>? AND created<?)" in step[3]


def test_a_query_can_be_stopped_from_another_thread(many: Desk) -> None:
    from threading import Timer

    from techdesk.store.driver import sqlite3

    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    timer = Timer(0.05, many.reader.interrupt)
    timer.start()
    with pytest.raises(sqlite3.OperationalError, match="interrupted"):
        many.reader._connection.execute(endless).fetchone()
    timer.join()
    assert many.numbers("number:TD-1") == ["TD-1"]
