"""The composer at a real terminal, where esc and a letter typed fast are one byte string: UX 10, A10."""

from __future__ import annotations

import pytest

from tests.terminal.desk import Desk, Places
from tests.terminal.session import Session

pytestmark = pytest.mark.pty

SUBJECT = "No inbound calls at Riverside"
TEXT = "Try the other line"


def sent(desk: Desk) -> int:
    """How often the text stands at the desk."""
    found = desk.ask("/search?q=Riverside")["tickets"]
    page = desk.ask(f"/tickets/{found[0]['id']}")
    return sum(message["body"].startswith(TEXT) for message in page["messages"])


def writing(session: Session) -> None:
    """A reply to the one ticket, with its text typed."""
    session.wait_for(r"SYNC ok")
    session.type("l", *SUBJECT, "enter")
    session.wait_for(rf"TD-\d+ .*{SUBJECT[:10]}")
    session.type("enter", "r", *TEXT)
    session.wait_for(TEXT)


@pytest.mark.parametrize("fast", [b"\x1by", b"\x1byy", b"\x1by\x1by"])
def test_escape_and_y_in_one_burst_send_once(places: Places, desk: Desk, fast: bytes) -> None:
    places.connect(desk)
    with places.open("--profile", "test", columns=80, lines=24) as session:
        writing(session)
        session.press(fast.decode())
        session.wait_gone(r"y send")
        session.wait_for(r"outbox 1|1 unsent|to send", 20)
        session.press("$")
        for _ in range(60):
            session.settle(0.2, limit=0.5)
            if sent(desk):
                break
        session.settle(0.5, limit=2)
        assert sent(desk) == 1


def test_escape_twice_discards_nothing(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test", columns=80, lines=24) as session:
        writing(session)
        session.press("\x1b\x1b")
        session.settle(0.4, limit=2)
        session.wait_for(TEXT)
        session.type("escape", "escape")
        session.wait_for(TEXT)
        session.type("escape", "d")
        session.wait_gone(r"y send")
        session.type("r")
        session.wait_for(TEXT)
        assert sent(desk) == 0
