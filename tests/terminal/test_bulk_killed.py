"""A hundred, and ten thousand, stale tickets closed from the keyboard, kill -9 in the middle (UX 5, A2).

What became of it is asked of the desk's own file, not of techdesk.
"""

from __future__ import annotations

import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from techdesk.actions.applying import document_of
from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.store.driver import sqlite3
from techdesk.store.rows import BatchState
from techdesk.work.plans import Outcome
from tests.terminal.desk import Places
from tests.terminal.session import Session

pytestmark = [pytest.mark.pty, pytest.mark.soak]

STUCK = 180.0
"""Seconds without one more closed ticket after which it does not go on: the hold, a restart and a busy
machine take less. How long all of it takes is the machine's affair."""
GROUPS = r"([\d,]+) close · ([\d,]+) refused in"


def number(words: str) -> int:
    return int(words.replace(",", ""))


def closings(desk: Path) -> Counter[str]:
    """How often each ticket was closed since the desk began (0 in its own file)."""
    connection = sqlite3.connect(f"file:{desk}?mode=ro", uri=True)
    rows = connection.execute(
        "SELECT ticket FROM events WHERE at >= 0 AND field = 'status' AND new = 'closed'"
    ).fetchall()
    connection.close()
    return Counter(str(row[0]) for row in rows)


def marked_and_closed(session: Session) -> tuple[int, int]:
    """``* s C`` until the preview is there: how many it would close, and how many it refuses."""
    session.type("*", "s")
    session.wait_for(r"\d marked", 60)
    session.type("C")
    found = re.search(GROUPS, session.wait_for(GROUPS, 120))
    assert found is not None
    return number(found[1]), number(found[2])


def until(session: Session, served: Path, enough: Callable[[int], bool]) -> int:
    """Read the screen until enough is closed at the desk; how many that are."""
    before, since = -1, time.monotonic()
    while True:
        closed = sum(closings(served).values())
        if enough(closed):
            return closed
        if closed > before:
            before, since = closed, time.monotonic()
        assert time.monotonic() - since < STUCK, f"it stands at {closed:,}:\n{session.text}"
        end = (
            time.monotonic() + 1.0
        )  # what is printed meanwhile is read, so that nothing waits for the terminal
        while time.monotonic() < end:
            session.read(0.2)


@pytest.mark.parametrize(
    ("size", "least", "columns", "lines"),
    [("1k", 100, 80, 24), ("100k", 10_000, 120, 40)],
    ids=["hundred", "ten-thousand"],
)
def test_killed_in_the_middle_each_is_closed_once(
    places: Places, size: str, least: int, columns: int, lines: int
) -> None:
    began = time.monotonic()
    folder = places.folder / "state" / "profiles" / "demo"
    served = folder / "desk" / "demo.db"
    arguments = ("demo", "--size", size, "--no-script")
    with places.open(*arguments, columns=columns, lines=lines) as first:
        first.wait_for(r"SYNC ok", 900)  # the first pull, on a machine that others use too
        pulled = time.monotonic()
        doing, refused = marked_and_closed(first)
        previewed = time.monotonic()
        assert doing >= least
        first.type("y")
        first.wait_for(r"[Tt]ype", 30)
        assert not closings(served), "nothing before the number is typed"
        first.press(*str(doing), "enter")
        first.wait_for(r"Held \d+ s more", 120)
        queued = time.monotonic()
        assert not closings(served), "nothing while it is held"
        killed_at = until(first, served, lambda closed: closed >= doing // 3)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    killed_at = sum(closings(served).values())
    killed = time.monotonic()
    assert 0 < killed_at < doing, "it was killed in the middle"
    with places.open(*arguments, columns=columns, lines=lines) as again:
        again.wait_for(r"SYNC", 120)
        until(again, served, lambda closed: closed >= doing)
        drained = time.monotonic()
        again.type("g", "b")
        again.wait_for(rf"{doing:,} done", 60)
        again.type("q")
        again.press("ctrl+q")
        again.wait_end(30)
    check(folder, served, doing, refused)
    steps = {"pull": pulled - began, "plan": previewed - pulled, "queue": queued - previewed}
    steps |= {"to the kill": killed - queued, "to the end": drained - killed}
    told = ", ".join(f"{name} {seconds:.0f} s" for name, seconds in steps.items())
    print(f"\n{doing:,} closed, killed at {killed_at:,}; {refused:,} refused; {told}")


def unanswered(desk: sqlite3.Connection, ticket: str) -> int:
    """How many public messages of ours the desk has since the customer's last one."""
    rows = desk.execute(
        "SELECT direction FROM messages WHERE ticket = ? AND visibility = 'public' AND NOT automatic"
        " ORDER BY id DESC",
        (int(ticket),),
    ).fetchall()
    count = 0
    for (direction,) in rows:
        if direction == "in":
            break
        count += 1
    return count


def check(cache: Path, served: Path, doing: int, refused: int) -> None:
    """By the desk's own file: what was planned is closed once and told once, the others are as they were."""
    database = Database.open(cache, PolicyBook.load(served.parent / "policies"))
    reader = database.reader()
    batch = reader.batches(1)[0]
    tickets = reader.batch_tickets(batch.id)
    assert (batch.state, batch.done, len(tickets)) == (BatchState.DONE, doing, doing)
    assert {ticket.state for ticket in tickets} == {"done"}
    planned = {row.ticket: reader.ticket(row.ticket) for row in tickets}
    planned_ids = {view.base.id for view in planned.values() if view is not None and view.base is not None}
    keys = reader.marks().keys()
    marks = [reader.ticket(key) for key in keys]
    marked = {view.base.id for view in marks if view is not None and view.base is not None}
    plan = document_of(reader.batch_document(batch.id))
    database.close()
    assert plan is not None
    left_alone: dict[str, list[str]] = {}
    for item in plan.items:
        if plan.outcome_of(item) is Outcome.REFUSED:
            left_alone.setdefault(item.title, []).append(item.id)
    assert {each for ids in left_alone.values() for each in ids} == marked, "what was refused is marked"
    assert (len(planned_ids), len(marked), planned_ids & marked) == (doing, refused, set())
    counted = closings(served)
    assert set(counted) == planned_ids, "and no other"
    assert set(counted.values()) == {1}, "each once"
    desk = sqlite3.connect(f"file:{served}?mode=ro", uri=True)
    told = Counter(
        str(row[0])
        for row in desk.execute("SELECT ticket FROM messages WHERE at >= 0 AND body LIKE '%have closed%'")
    )
    still = {str(row[0]) for row in desk.execute("SELECT id FROM tickets WHERE status != 'closed'")}
    for each in left_alone["The customer spoke last"]:
        assert unanswered(desk, each) == 0
    for each in left_alone["Too few unanswered inquiries"]:
        assert unanswered(desk, each) < 3
    desk.close()
    assert set(told.values()) == {1}, "nobody is told twice"
    assert set(told) <= planned_ids
    assert marked <= still, "the refused are open by the desk's own data"
