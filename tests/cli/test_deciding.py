"""``conflicts`` and ``settle``: what waits for a person, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

from techdesk.policies.book import PolicyBook
from techdesk.store.database import Database
from techdesk.verbs.speech import Exit
from tests.cli.conftest import Run, Served


def number_of_an_open_ticket(run: Run) -> str:
    rows = json.loads(run("list", "status:open owner:none", "--json").stdout)
    return str(rows[0]["number"])


def in_conflict(run: Run, folders: Path, *verb: str, words: str = "Somebody changed the same") -> None:
    """Queue a change offline, and let it meet another."""
    made = run(*verb, "--offline", "--yes")
    assert made.exit_code == 0, made.stderr
    database = Database.open(folders / "state" / "profiles" / "work", PolicyBook.load())
    try:
        newest = max(line.key for line in database.reader().operations())
        database.feed().conflict(newest, _Nothing(), words, 1)
    finally:
        database.close()


class _Nothing:
    people = organisations = queues = unreadable = tombstones = tickets = messages = events = ()


def test_nothing_waits(run: Run, connected: Served) -> None:
    result = run("conflicts")
    assert result.exit_code == 0
    assert "nothing waits" in result.stderr
    assert run("settle", "TD-1", "keep-mine").exit_code == Exit.NOT_FOUND


def test_a_conflict_is_listed_and_settled(run: Run, connected: Served, folders: Path) -> None:
    number = number_of_an_open_ticket(run)
    in_conflict(run, folders, "take", number)
    listed = run("conflicts")
    assert listed.exit_code == Exit.DECISION
    assert number in listed.stdout
    assert "keep-mine" in listed.stdout
    (waiting,) = json.loads(run("conflicts", "--json").stdout)
    assert waiting["ticket"] == number
    assert [field["field"] for field in waiting["fields"]] == ["owner"]
    settled = run("settle", number, "take-theirs", "--json")
    assert settled.exit_code == 0, settled.stderr
    assert json.loads(settled.stdout)["outcome"] == "take-theirs"
    assert run("conflicts").exit_code == 0


def test_mine_goes_out_with_the_next_sync(run: Run, connected: Served, folders: Path) -> None:
    number = number_of_an_open_ticket(run)
    in_conflict(run, folders, "comment", number, "Looked at it.")
    assert run("settle", number, "keep-mine", "--yes").exit_code == 0
    assert run("sync").exit_code == 0
    assert json.loads(run("conflicts", "--json").stdout) == []
    assert run("show", number).stdout.count("Looked at it.") == 1


def test_a_change_behind_a_refused_one_says_so_at_once(run: Run, connected: Served, folders: Path) -> None:
    number = number_of_an_open_ticket(run)
    in_conflict(run, folders, "comment", number, "First words.")
    later = run("comment", number, "Second words.")
    assert later.exit_code == Exit.DECISION
    assert "held back by" in later.stderr
    assert "note (12 characters)" in later.stderr
    assert run("settle", number, "take-theirs").exit_code == 0
    assert run("sync").exit_code == 0
    shown = run("show", number).stdout
    assert "Second words." in shown
    assert "First words." not in shown


def test_several_of_one_ticket_have_to_be_named(run: Run, connected: Served, folders: Path) -> None:
    number = number_of_an_open_ticket(run)
    in_conflict(run, folders, "comment", number, "First words.")
    in_conflict(run, folders, "comment", number, "Second words.")
    asked = run("settle", number, "take-theirs")
    assert asked.exit_code == Exit.USAGE
    assert "--operation" in asked.stderr
    keys = [each["operation"] for each in json.loads(run("conflicts", "--json").stdout)]
    for key in keys:
        assert run("settle", number, "take-theirs", "--operation", str(key)).exit_code == 0
    assert run("conflicts").exit_code == 0


def test_save_text_writes_a_private_file(run: Run, connected: Served, folders: Path) -> None:
    number = number_of_an_open_ticket(run)
    in_conflict(run, folders, "comment", number, "Words to keep.")
    assert run("settle", number, "save-text").exit_code == 0
    (saved,) = (folders / "state" / "profiles" / "work" / "saved").iterdir()
    assert "Words to keep." in saved.read_text()


def test_a_reason_that_is_wanted_now_is_given_so(run: Run, connected: Served, folders: Path) -> None:
    rows = json.loads(run("list", "org:dunmore", "status:open", "prio:3", "--json").stdout)
    number = str(rows[0]["number"])
    in_conflict(run, folders, "priority", number, "4", "--because", "One phone.")
    (waiting,) = json.loads(run("conflicts", "--json").stdout)
    database = Database.open(folders / "state" / "profiles" / "work", PolicyBook.load())
    try:  # the record of it went out before: what is decided now is decided without one
        for line in database.reader().operations():
            if line.key != waiting["operation"]:
                database.writer().drop(line.key, 1).result(timeout=5)
    finally:
        database.close()
    refused = run("settle", number, "keep-mine", "--yes")
    assert refused.exit_code == Exit.REFUSED, "a yes is no reason"
    assert "--because" in refused.stderr
    assert json.loads(run("conflicts", "--json").stdout) == [waiting]
    assert run("settle", number, "keep-mine", "--yes", "--because", "They agreed.").exit_code == 0
    assert run("sync").exit_code == 0
    assert json.loads(run("conflicts", "--json").stdout) == []
    assert "They agreed." in run("show", number).stdout
    ticket = json.loads(run("show", number, "--json").stdout)
    assert ticket["priority"] == 4
