"""UX A2: kill -9 after the first batch of 250 closures; another start finishes, and nothing is done twice."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.store.rows import BatchState
from tests.sync.demo_desk import DemoDesk, demo_desk

COUNT = 250


def client(demo: DemoDesk, folder: Path, order: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.sync.bulk_client", demo.url, demo.token, str(folder / "cache")]
    return subprocess.Popen(
        [*command, str(folder / "desk"), order, str(COUNT)], stdout=subprocess.PIPE, text=True
    )


def test_a_killed_close_is_finished_once(tmp_path: Path) -> None:
    with demo_desk(tmp_path / "desk", "--size", "1k") as demo:
        with client(demo, tmp_path, "close") as first:
            assert first.stdout is not None
            done = 0
            for line in first.stdout:
                if line.startswith("done "):
                    done = int(line.split()[1])
                if done >= 20:
                    break
            first.kill()
        assert 0 < done < COUNT, "it was killed in the middle"
        with client(demo, tmp_path, "drain") as second:
            out, _ = second.communicate(timeout=120)
        assert second.returncode == 0, out
        database = Database.open(tmp_path / "cache", PolicyBook.load(tmp_path / "desk" / "policies"))
        reader = database.reader()
        view = reader.batches(1)[0]
        assert (view.state, view.done, view.tickets) == (BatchState.DONE, COUNT - view.refused, COUNT)
        assert view.refused <= 1, "the desk forbids one"
        tickets = reader.batch_tickets(view.id)
        for ticket in tickets:
            assert ticket.state in ("done", "rejected")
            _closed_once(
                demo, reader.ticket(ticket.ticket).base.id, ticket.number, done=ticket.state == "done"
            )
        database.close()


def _closed_once(demo: DemoDesk, ticket_id: str, number: str, *, done: bool) -> None:
    """By the server's own log: one closing, one message about it."""
    page = demo.get(f"/tickets/{ticket_id}")
    told = Counter(
        message["body"] for message in page["messages"] if f"closed your request {number}" in message["body"]
    )
    closings = [event for event in page["events"] if event["field"] == "status" and event["new"] == "closed"]
    assert sum(told.values()) == 1, (number, told)
    assert len(closings) == int(done), (number, closings)
