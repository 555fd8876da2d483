"""What colleagues and customers do while you watch, and how the desk reacts to certain writes."""

from __future__ import annotations

import asyncio

import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.plot import PLOT
from techdesk.demo.server import DemoServer
from techdesk.demo.storage import Storage
from tests.demo.client import Client, rows
from tests.demo.conftest import NOW


@pytest.fixture
def played(desk: Client, server: DemoServer) -> Client:
    """The desk with its script switched on, and nothing of the plot played yet."""
    server.script.react()
    return desk


async def play_until(server: DemoServer, seconds: float) -> None:
    """Let the script play on until everything up to that second has happened."""
    task = asyncio.create_task(server.script.run())
    for _ in range(1_000):
        if float(server.storage.get("script:position") or 0) >= seconds or task.done():
            break
        await asyncio.sleep(0)
    task.cancel()


def test_ravi_changes_what_you_edit_after_45_seconds(desk: Client, server: DemoServer) -> None:
    ticket = desk.scene("conflict:ravi")
    seen = desk.ticket(ticket)
    asyncio.run(play_until(server, 45))
    now = desk.ticket(ticket)
    assert (seen["owner"], seen["priority"]) == ("bea", 3)
    assert (now["owner"], now["priority"], now["updated"]) == ("ravi", 2, NOW + 45)
    answer = desk.patch(ticket, {"priority": 1}, version=seen["version"])
    assert answer.status_code == 412
    assert answer.json()["current"]["events"][-1]["actor"] == "ravi"


def test_customers_write_again_on_closed_tickets(desk: Client, server: DemoServer) -> None:
    closed = [desk.scene("again:dynamix"), desk.scene("again:wildix")]
    asyncio.run(play_until(server, 60.5))
    for ticket in closed:
        page = desk.page(f"/tickets/{ticket}")
        assert page["tickets"][0]["status"] == "closed"
        assert page["messages"][-1]["direction"] == "in"
        assert NOW + 60 <= page["messages"][-1]["at"] <= NOW + 61


def test_new_tickets_arrive_and_fuses_are_left_alone(
    desk: Client, server: DemoServer, clock: FrozenClock, storage: Storage
) -> None:
    pages, cursor = desk.pull()
    fuses = {
        name: t for name, t in rows(pages, "tickets").items() if _scene(storage, name).startswith("fuse:")
    }
    asyncio.run(play_until(server, 10_000))
    after, _ = desk.pull()
    assert clock.now() == NOW + PLOT[-1].at
    arrived = [t for t in rows(desk.pull(cursor)[0], "tickets").values() if t["created"] > NOW]
    assert len(arrived) == 24
    assert len({ticket["created"] for ticket in arrived}) == 24
    assert {name: rows(after, "tickets")[name] for name in fuses} == fuses
    assert len(fuses) == 8


def test_a_restart_goes_on_where_the_script_was(desk: Client, server: DemoServer) -> None:
    asyncio.run(play_until(server, 45))
    ticket = desk.scene("conflict:ravi")
    revision = desk.ticket(ticket)["revision"]
    asyncio.run(play_until(server, 60))
    assert desk.ticket(ticket)["revision"] == revision
    assert desk.ticket(desk.scene("again:dynamix"))["updated"] >= NOW + 60


def test_the_busy_ticket_answers_503_twice(played: Client) -> None:
    ticket = played.scene("conflict:busy")
    version = played.ticket(ticket)["version"]
    codes = [played.patch(ticket, {"priority": 2}, version=version, key="k") for _ in range(3)]
    assert [answer.status_code for answer in codes] == [503, 503, 200]
    assert codes[0].headers["retry-after"] == "1"


def test_the_confidential_ticket_is_forbidden(played: Client) -> None:
    ticket = played.scene("conflict:forbidden")
    assert played.patch(ticket, {"priority": 2}).status_code == 403
    assert played.say(ticket, "x").status_code == 403


def test_the_customer_is_quicker_than_your_close(played: Client) -> None:
    ticket = played.scene("conflict:reply")
    seen = played.ticket(ticket)["version"]
    assert played.patch(ticket, {"owner": "ravi"}, version=seen).status_code == 200
    seen = played.ticket(ticket)["version"]
    answer = played.patch(ticket, {"status": "closed"}, version=seen)
    assert answer.status_code == 412
    assert "happened again" in answer.json()["current"]["messages"][-1]["body"]
    assert played.patch(ticket, {"status": "closed"}).status_code == 200


def test_without_the_script_nothing_of_this_happens(desk: Client) -> None:
    for scene in ("conflict:busy", "conflict:forbidden", "conflict:reply"):
        assert desk.patch(desk.scene(scene), {"status": "closed"}).status_code == 200


def test_a_shift_begins_the_script_anew(
    desk: Client, server: DemoServer, clock: FrozenClock, storage: Storage
) -> None:
    asyncio.run(play_until(server, 45))
    clock.advance(86_400)
    assert storage.shift_if_stale()
    assert storage.get("script:position") == ""


def _scene(storage: Storage, ticket: str) -> str:
    return str(storage.sql.execute("SELECT scene FROM tickets WHERE id = ?", (ticket,)).fetchone()[0])
