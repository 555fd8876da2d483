"""The loader for benchmarks: the same rows that a pull would have made, only quicker."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.desks.port import Page
from techdesk.policies.book import PolicyBook
from techdesk.store import invented
from techdesk.store.database import Database
from techdesk.store.row_reading import COLUMNS
from techdesk.store.volume import seed
from tests.store.desk import NOW, Desk, operation

COUNT = 400


def test_a_load_and_a_pull_of_the_same_tickets_give_the_same_rows(tmp_path: Path) -> None:
    book = PolicyBook.load()
    loaded, pulled = (Database.open(tmp_path / name, book) for name in ("loaded", "pulled"))
    told: list[int] = []
    assert seed(loaded, COUNT, now=NOW, progress=told.append) == COUNT
    assert told == [COUNT]
    tickets = list(invented.tickets(COUNT, NOW))
    feed = pulled.feed()
    feed.apply(
        Page(
            tickets=tuple(ticket for ticket, _, _ in tickets),
            messages=tuple(message for _, messages, _ in tickets for message in messages),
            events=tuple(event for _, _, events in tickets for event in events),
            people=invented.people(),
            organisations=invented.organisations("dynamix"),
            queues=invented.queues(),
            cursor="c",
            more=False,
        ),
        now=NOW,
    )
    one, other = Desk(loaded), Desk(pulled)
    for table in (
        "list_row",
        "ticket_text",
        "ticket_tag",
        "event",
        "message",
        "message_body",
        "ticket",
        "tally",
    ):
        rows = [
            each.feed._connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for each in (one, other)
        ]
        assert rows[0] == rows[1], table
    for each in (one, other):
        assert each.numbers("printer", order="created") == one.numbers("printer", order="created") != []
        each.check_search()
        each.check_tally()
    names = "SELECT name FROM sqlite_schema WHERE type IN ('index', 'trigger') ORDER BY name"
    assert one.feed._connection.execute(names).fetchall() == other.feed._connection.execute(names).fetchall()
    key = one.reader.keys(None, me="u1", now=NOW, first=1)[0]
    one.enqueue(operation(key, sets={"priority": 1}))
    assert one.reader.rows([key])[0].pending == 1
    loaded.close()
    pulled.close()


def test_a_load_looks_like_a_busy_desk(tmp_path: Path) -> None:
    database = Database.open(tmp_path, PolicyBook.load())
    seed(database, 2_000, now=NOW)
    reader = database.reader()
    counters = reader.counters(me="u1", now=NOW)
    assert 1_400 < counters.active < 1_600
    assert 0.1 < counters.breached / counters.active < 0.4
    assert counters.under_15_minutes > 0
    assert counters.under_1_hour > counters.under_15_minutes
    assert 0.2 < counters.unassigned / counters.active < 0.3
    assert counters.mine > 50
    assert {row.clock.metric for row in reader.rows(reader.keys(None, me="", now=NOW, first=500))} >= {"RSP"}
    with pytest.raises(ValueError, match="holds tickets"):
        seed(database, 1, now=NOW)
    database.close()


def test_every_column_of_a_list_row_is_known(tmp_path: Path) -> None:
    database = Database.open(tmp_path, PolicyBook.load())
    columns = database.feed()._connection.execute("PRAGMA table_info(list_row)").fetchall()
    assert tuple(column[1] for column in columns) == ("key", *COLUMNS)
    database.close()


def test_the_shipped_policies_answer_for_real_tickets(tmp_path: Path) -> None:
    database = Database.open(tmp_path, PolicyBook.load())
    seed(database, 50, now=NOW)
    desk = Desk(database)
    keys = desk.reader.keys(None, me="", now=NOW)
    for row in desk.reader.rows(keys):
        evaluation = desk.reader.evaluation(row.key, NOW)
        assert evaluation.row == row.clock
        assert evaluation.policy == "dynamix"
    running = next(row for row in desk.reader.rows(keys) if row.clock.due and row.priority not in (1, None))
    desk.enqueue(operation(running.key, sets={"priority": 1}, created=NOW))
    urgent = desk.reader.rows([running.key])[0]
    assert urgent.clock.due is not None
    assert running.clock.due is not None
    assert urgent.clock.due < running.clock.due
    with pytest.raises(KeyError):
        desk.reader.evaluation(10**9, NOW)
    database.close()
