"""The whole program in a pseudo-terminal, against the HTTP server: what a technician types and sees."""

from __future__ import annotations

import re
import signal
import time

import pytest

from tests.terminal.desk import Desk, Places, children_named
from tests.terminal.session import Session

pytestmark = pytest.mark.pty

SITE_DOWN = "Whole site down"
NO_CALLS = "No inbound calls at Riverside"
"""A ticket of a contact who is no VIP, so that its priority can be lowered without a question."""


def only(session: Session, words: str) -> str:
    """Limit the queue to the one ticket with these words; gives its number."""
    session.wait_for(r"SYNC ok")
    session.type("l", *words, "enter")
    screen = session.wait_for(rf"TD-\d+ .*{words[:10]}")
    session.wait_for(r"limit")
    found = re.search(r"(TD-\d+)", "\n".join(line for line in screen.splitlines() if words[:10] in line))
    assert found
    return found[1]


def regrade(session: Session, level: str) -> None:
    """Set a priority, with the reason that the customer's policy asks for."""
    session.type("p", level, *"measured", "enter")


def settled(session: Session, desk: Desk, number: str, **wanted: object) -> dict[str, object]:
    """Wait until the desk has these values, while the program runs."""
    for _ in range(120):
        ticket = desk.ticket(number)
        if all(ticket.get(name) == value for name, value in wanted.items()):
            return ticket
        session.settle(0.2, limit=0.3)
    raise AssertionError(f"{wanted} has not arrived: {ticket}; screen:\n{session.text}")


def test_the_demo_comes_up_counts_down_and_leaves_nothing_behind(places: Places) -> None:
    with places.open("demo", "--no-script", columns=80, lines=24) as session:
        first = session.wait_for(r"^.{4} +[+-]\d\d:\d\d .*TD-\d+")
        session.wait_for(r"SYNC ok")
        counting = next(line for line in first.splitlines() if re.match(r".{4} +[+-]\d\d:\d\d ", line))
        session.wait_gone(re.escape(counting[4:10]) + " .*" + counting.split("TD-")[1][:5])
        assert children_named("techdesk.demo", places.folder)
        session.press("ctrl+q")
        assert session.wait_end() == 0
    for _ in range(100):
        if not children_named("techdesk.demo", places.folder):
            break
        time.sleep(0.05)
    assert not children_named("techdesk", places.folder)
    assert {
        path.relative_to(places.folder).parts[:3] for path in places.folder.rglob("*") if path.is_file()
    } == {("state", "profiles", "demo")}


def test_the_main_job_reaches_the_desk(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        number = only(session, NO_CALLS)
        regrade(session, "2")
        settled(session, desk, number, priority=2)
        session.type("+", *"measured again", "enter")
        settled(session, desk, number, priority=1)
        session.type("a")
        ticket = settled(session, desk, number, owner=desk.ask("/me")["id"])
        messages = len(ticket["messages"])
        session.type("r", *"We are on it.", "escape", "y")
        session.wait_for("reply")
        for _ in range(100):
            if len(desk.ticket(number)["messages"]) > messages:
                break
            session.settle(0.2, limit=0.3)
        assert desk.ticket(number)["messages"][-1]["body"] == "We are on it."
        session.type("R", "enter", *"It works again.", "escape", "y")
        settled(session, desk, number, status="resolved")


def test_a_change_made_offline_waits_visibly_and_arrives(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        number = only(session, NO_CALLS)
        desk.stop()
        regrade(session, "3")
        session.type("$")
        session.wait_for(r"OFFLINE|offline")
        session.wait_for(r"(?i)outbox 2")  # the change, and the note of its reason
        desk.start()
        session.type("$")
        settled(session, desk, number, priority=3)
        session.wait_gone(r"(?i)outbox [12]")


def test_undo_within_the_hold_leaves_no_trace(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        number = only(session, NO_CALLS)
        before = desk.ticket(number)
        regrade(session, "4")
        session.type("u")
        session.wait_for("taken back")
        session.settle(6, limit=7)
        assert desk.ticket(number)["version"] == before["version"]


def test_a_hostile_subject_reaches_the_terminal_as_cells_only(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test", columns=120) as session:
        session.wait_for("SYNC ok")
        session.type("l", *"owned", "enter")
        session.wait_for(r"owned by a ticket")
        session.type("enter")
        session.wait_for(r"owned by a ticket")
        session.type("q")
        written = bytes(session.output)
    assert b"\x1b]0;" not in written
    assert b"\x1b]52;" not in written
    assert b"\x9b" not in re.sub(rb"[\xc2-\xf4][\x80-\xbf]+", b"", written)


def test_a_burst_of_keys_is_taken_one_after_the_other(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        number = only(session, SITE_DOWN)
        before = desk.ticket(number)
        session.press("Llupdate crash pay\r")
        session.wait_for(r"limit: update crash pay")
        session.press(f"Ll{SITE_DOWN}\rrupa c close\x1b")  # the list is read in a thread
        session.wait_for(r"y send")
        session.type("d")
        session.press("r")
        session.wait_for(r"upa c close")
        assert desk.ticket(number)["version"] == before["version"]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40)])
def test_a_resize_redraws(places: Places, desk: Desk, size: tuple[int, int]) -> None:
    places.connect(desk)
    with places.open("--profile", "test", columns=100, lines=30) as session:
        session.wait_for("SYNC ok")
        session.resize(*size)
        whole = rf"\A techdesk .*\n(.*\n){{{size[1] - 2}}}.*\? help.*\Z"
        assert re.search(r"[+-]\d\d:\d\d .*TD-\d+", session.wait_for(whole))


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_draft_survives_the_end_of_the_terminal(places: Places, desk: Desk, number: signal.Signals) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        only(session, SITE_DOWN)
        session.type("r", *"half a thought")
        session.process.send_signal(number)
        assert session.wait_end() == 128 + number
    with places.open("--profile", "test", "--offline") as session:
        session.wait_for(r"TD-\d+")
        session.type("l", *SITE_DOWN, "enter")
        session.wait_for(SITE_DOWN)
        session.type("r")
        session.wait_for("half a thought")


def test_a_lost_line_ends_the_program(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        session.wait_for("SYNC ok")
        session.hang_up()
        assert session.wait_end() == 128 + signal.SIGHUP


def test_killed_in_the_hold_nothing_is_lost_and_nothing_is_sent_twice(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as session:
        number = only(session, SITE_DOWN)
        count = len(desk.ticket(number)["messages"])
        session.type("r", *"Only once.", "escape", "y")
        session.wait_for("reply")
        session.process.kill()
        session.process.wait()
    with places.open("--profile", "test") as session:
        session.wait_for("SYNC ok")
        for _ in range(60):
            if len(desk.ticket(number)["messages"]) > count:
                break
            session.settle(0.2, limit=0.3)
        session.type("$")
        session.settle(1.5, limit=3)
    bodies = [message["body"] for message in desk.ticket(number)["messages"]]
    assert bodies.count("Only once.") == 1


def test_two_of_them_on_one_profile_see_each_other_s_changes(places: Places, desk: Desk) -> None:
    places.connect(desk)
    with places.open("--profile", "test") as one, places.open("--profile", "test") as other:
        number = only(one, NO_CALLS)
        assert only(other, NO_CALLS) == number
        regrade(other, "3")
        one.wait_for(rf"{number} P3")
        settled(other, desk, number, priority=3)


@pytest.mark.parametrize(
    "variables",
    [
        {"NO_COLOR": "1"},
        {"TERM": "linux", "COLORTERM": ""},
        {"TERM": "screen", "COLORTERM": ""},
        {"TERM": "vt100", "COLORTERM": ""},
    ],
)
def test_without_many_colours_every_state_can_be_told(
    places: Places, desk: Desk, variables: dict[str, str]
) -> None:
    places.connect(desk)
    with places.open("--profile", "test", **variables) as session:
        screen = session.wait_for(r"!! +-\d\d:\d\d ESC breached")
        assert re.search(r"\d RSP critical", screen)
        assert not re.search(rb"\x1b\[[0-9;]*[34]8;2;", bytes(session.output))
        if variables.get("NO_COLOR") or variables.get("TERM") == "vt100":
            colour = rb"\x1b\[(?:[0-9]+;)*(?:3[0-7]|4[0-7]|9[0-7]|10[0-7])(?:;[0-9]+)*m"
            assert not re.search(colour, bytes(session.output))
