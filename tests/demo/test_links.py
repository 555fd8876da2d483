"""Links, merging, watchers and time at the demo desk."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.storage import Storage
from tests.demo.client import Client
from tests.demo.conftest import NOW

OPEN, OTHER = "state:dynamix:open", "state:dynamix:waiting"


def test_a_link_has_its_other_side(desk: Client) -> None:
    one, two = desk.scene(OPEN), desk.scene(OTHER)
    before = desk.ticket(two)["revision"]
    answer = desk.patch(one, {"links": [f"depends_on:{two}"]})
    assert answer.status_code == 200, answer.text
    assert desk.ticket(one)["links"] == [f"depends_on:{two}"]
    assert desk.ticket(two)["links"] == [f"needed_by:{one}"]
    assert desk.ticket(two)["revision"] == before + 1
    desk.patch(one, {"links": []})
    assert desk.ticket(two).get("links", []) == []


@pytest.mark.parametrize("link", ["depends_on:999999", "friend_of:10300", "depends_on", "", "depends_on:x"])
def test_links_that_cannot_be(desk: Client, link: str) -> None:
    answer = desk.patch(desk.scene(OPEN), {"links": [link]})
    assert answer.status_code == 422
    assert answer.json()["fields"] == ["links"]


def test_a_merge_moves_everything_and_leaves_a_tombstone(desk: Client) -> None:
    one, two, third = desk.scene(OPEN), desk.scene(OTHER), desk.scene("state:phonism:open")
    desk.patch(one, {"links": [f"depends_on:{third}"], "watchers": ["lena"]})
    body = {"text": "Worked 25 min.", "visibility": "internal", "minutes": 25}
    assert desk.post(f"/tickets/{one}/messages", body).status_code == 201
    mine = desk.page(f"/tickets/{one}")["messages"]
    theirs = desk.page(f"/tickets/{two}")["messages"]
    cursor = everything(desk)
    answer = desk.patch(one, {"merge_into": two})
    assert answer.status_code == 200, answer.text
    gone = [{"id": one, "reason": "merged", "merged_into": two}]
    assert answer.json()["tombstones"] == gone
    assert answer.json()["tickets"][0]["id"] == two
    page = desk.page(f"/tickets/{two}")
    assert {row["id"] for row in page["messages"]} == {row["id"] for row in [*mine, *theirs]}
    ticket = page["tickets"][0]
    assert ticket["time_worked"] == 25
    assert "lena" in ticket["watchers"]
    assert ticket["links"] == [f"depends_on:{third}"]
    assert desk.ticket(third)["links"] == [f"needed_by:{two}"]
    assert desk.get(f"/tickets/{one}").status_code == 410
    fed = desk.page("/changes", cursor=cursor)
    assert fed["tombstones"] == gone
    moved = {row["id"] for row in fed["messages"] if row["ticket"] == two}
    assert {row["id"] for row in mine} <= moved


def everything(desk: Client) -> str:
    """The cursor after a first pull."""
    cursor, more = "", True
    while more:
        page = desk.page("/changes", cursor=cursor)
        cursor, more = page["cursor"], page.get("more", False)
    return str(cursor)


def test_a_merge_that_cannot_be_changes_nothing(desk: Client) -> None:
    one = desk.scene(OPEN)
    before = desk.ticket(one)
    for into in (one, "999999", "x"):
        answer = desk.patch(one, {"merge_into": into, "priority": 1})
        assert answer.status_code == 422, into
        assert answer.json()["fields"] == ["merge_into"]
    assert desk.ticket(one) == before


def test_time_is_added_once_for_a_key(desk: Client) -> None:
    one = desk.scene(OPEN)
    body = {"text": "Worked 90 min.", "visibility": "internal", "minutes": 90}
    for _ in range(2):
        assert desk.post(f"/tickets/{one}/messages", body, key="k1").status_code == 201
    assert desk.ticket(one)["time_worked"] == 90
    wrong = desk.post(f"/tickets/{one}/messages", {**body, "minutes": -1})
    assert wrong.status_code == 422
    assert wrong.json()["fields"] == ["minutes"]


def test_a_file_of_an_earlier_techdesk_is_completed(tmp_path: Path) -> None:
    path, clock = tmp_path / "desk.db", FrozenClock(NOW)
    Storage.open(path, clock).close()
    old = sqlite3.connect(path)
    old.execute("DROP VIEW shown")
    for column in ("watchers", "links", "minutes"):
        old.execute(f"ALTER TABLE tickets DROP COLUMN {column}")
    old.execute("CREATE VIEW shown AS SELECT * FROM tickets")
    old.commit()
    old.close()
    storage = Storage.open(path, clock)
    assert storage.sql.execute("SELECT watchers, links, minutes FROM shown").fetchall() == []
    storage.close()
