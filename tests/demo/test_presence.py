"""Who else is on a ticket of the demo desk."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.clock import FrozenClock
from techdesk.demo.presence import LASTS
from techdesk.demo.server import DemoServer
from tests.demo.client import API, Client

OPEN = "state:dynamix:open"


def put(desk: Client, ticket: str, doing: str = "viewing") -> Any:
    return desk.http.put(f"{API}/tickets/{ticket}/presence", json={"doing": doing}, headers=desk.headers)


def test_oneself_is_not_told_and_others_are_for_a_minute(
    desk: Client, server: DemoServer, clock: FrozenClock
) -> None:
    ticket = desk.scene(OPEN)
    assert put(desk, ticket).json() == {"people": []}
    begun = clock.now()
    server.presence.say(ticket, "ravi", "viewing")
    clock.advance(LASTS - 1)
    server.presence.say(ticket, "ravi", "writing")
    (ravi,) = put(desk, ticket).json()["people"]
    assert (ravi["id"], ravi["writing"], ravi["since"]) == ("ravi", True, begun)
    clock.advance(LASTS)
    assert put(desk, ticket).json() == {"people": []}


def test_who_leaves_is_gone_at_once(desk: Client, server: DemoServer) -> None:
    ticket = desk.scene(OPEN)
    server.presence.say(ticket, "ravi", "writing")
    server.presence.say(ticket, "ravi", "gone")
    assert put(desk, ticket).json() == {"people": []}


def test_the_cast_is_there_by_script_only(desk: Client, server: DemoServer) -> None:
    ticket = desk.scene("fuse:late-unacknowledged")
    assert put(desk, ticket).json() == {"people": []}
    server.script.react()
    assert [each["id"] for each in put(desk, ticket).json()["people"]] == ["ravi"]


@pytest.mark.parametrize(("ticket", "doing", "status"), [("999999", "viewing", 404), ("", "sleeping", 422)])
def test_presence_that_cannot_be(desk: Client, ticket: str, doing: str, status: int) -> None:
    assert put(desk, ticket or desk.scene(OPEN), doing).status_code == status
