"""Tags, macros and the like from the command line, against a real demo desk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from techdesk.verbs.speech import Exit
from tests.cli.conftest import Run, Served


def mine(run: Run) -> str:
    """Number of an open ticket of one's own."""
    rows = json.loads(run("list", "status:open owner:me", "--count", "1", "--json").stdout)
    return str(rows[0]["number"])


def test_tags_from_the_command_line(run: Run, connected: Served) -> None:
    number = mine(run)
    done = run("tag", number, "lab", "vpn", "--remove", "nosuch", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(run("show", number, "--json").stdout)["tags"][-2:] == ["lab", "vpn"]
    again = run("tag", number, "lab")
    assert again.exit_code == Exit.REFUSED
    assert "generic.same" in again.stderr


def test_a_macro_shows_its_difference_and_needs_a_yes(run: Run, connected: Served, folders: Path) -> None:
    with (folders / "config" / "config.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[macros.lab]\ntitle = "To the lab"\nadd_tags = ["lab2"]\nnote = "By {me}."\n')
    number = mine(run)
    assert run("macro").stdout.split() == ["lab", "To", "the", "lab"]
    shown = run("macro", "lab", number, "--dry-run")
    assert shown.exit_code == 0, shown.stderr
    assert "tags +lab2" in shown.stdout
    unasked = run("macro", "lab", number)
    assert unasked.exit_code == Exit.REFUSED
    assert "tags +lab2" in unasked.stderr
    done = run("macro", "lab", number, "--yes")
    assert done.exit_code == 0, done.stderr
    assert "lab2" in json.loads(run("show", number, "--json").stdout)["tags"]
    assert run("macro", "nosuch", number, "--yes").exit_code == Exit.REFUSED


def shown(run: Run, number: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("show", number, "--json").stdout)
    return found


def open_ones(run: Run, count: int) -> list[str]:
    rows = json.loads(run("list", 'status:open org:"Harbour Micro"', "--count", str(count), "--json").stdout)
    return [str(row["number"]) for row in rows]


def test_time_watchers_and_links_reach_the_desk(run: Run, connected: Served) -> None:
    one, two = open_ones(run, 2)
    assert run("time", one, "1h30", "on", "site").exit_code == 0
    assert run("watch", one, "me", "boss@customer.example").exit_code == 0
    linked = run("link", one, "depends-on", two)
    assert linked.exit_code == 0, linked.stderr
    ticket = shown(run, one)
    assert ticket["time_worked"] == 90
    assert ticket["watchers"] == ["Bea Moreau", "boss@customer.example"]
    assert [link["number"] for link in ticket["links"]] == [two]
    assert shown(run, two)["links"][0]["words"] == "needed by"
    assert run("unlink", one, two).exit_code == 0
    assert shown(run, one)["links"] == []
    assert run("unlink", one, two).exit_code == Exit.NOT_FOUND
    assert run("time", one, "soon").exit_code == Exit.USAGE
    assert run("watch", one, "nobody of that name").exit_code == Exit.NOT_FOUND


def test_a_merge_asks_and_its_leftovers_wait_for_a_person(run: Run, connected: Served) -> None:
    one, two = open_ones(run, 2)
    unasked = run("merge", one, two)
    assert unasked.exit_code == Exit.REFUSED
    assert "nothing brings it back" in unasked.stderr
    done = run("merge", one, two, "--yes")
    assert done.exit_code == 0, done.stderr
    late = run("comment", one, "too late", "--json")
    assert late.exit_code == Exit.NOT_FOUND
    assert one in shown_log(run, two)


def shown_log(run: Run, number: str) -> str:
    return run("show", number, "--json").stdout


def test_a_copy_for_somebody_outside_the_account_is_refused(run: Run, connected: Served) -> None:
    """D7 on the command line, with the rule's id in the words and in the journal."""
    rows = json.loads(run("list", 'status:open org:"Dunmore Cloud"', "--count", "1", "--json").stdout)
    refused = run("watch", str(rows[0]["number"]), "boss@customer.example")
    assert refused.exit_code == Exit.REFUSED
    assert "is no contact of Dunmore Cloud (Dynamix 1.1)" in refused.stderr
    assert "[D7]" in refused.stderr


def test_a_file_goes_with_a_note_and_comes_back_the_same(run: Run, connected: Served, tmp_path: Path) -> None:
    content = bytes(range(256)) * 100
    (tmp_path / "data.bin").write_bytes(content)
    number = mine(run)
    done = run("comment", number, "See the data", "--attach", str(tmp_path / "data.bin"))
    assert done.exit_code == 0, done.stderr
    listed = json.loads(run("attachments", number, "--json").stdout)
    assert [(file["name"], file["size"]) for file in listed][-1] == ("data.bin", len(content))
    saved = run("attachments", number, "--save", str(len(listed)), "--to", str(tmp_path))
    assert saved.exit_code == 0, saved.stderr
    assert saved.stdout.strip() == str(tmp_path / "data (2).bin")
    assert (tmp_path / "data (2).bin").read_bytes() == content
    refused = run("comment", number, "x", "--attach", str(tmp_path / "nosuch"))
    assert refused.exit_code == Exit.REFUSED
    assert run("attachments", number, "--save", "99").exit_code == Exit.NOT_FOUND


def test_a_file_queued_offline_is_sent_later_though_its_original_is_gone(
    run: Run, connected: Served, tmp_path: Path
) -> None:
    (tmp_path / "note.txt").write_text("kept")
    number = mine(run)
    assert run("--offline", "comment", number, "later", "--attach", str(tmp_path / "note.txt")).exit_code == 0
    (tmp_path / "note.txt").unlink()
    assert run("sync").exit_code == 0
    listed = json.loads(run("attachments", number, "--json").stdout)
    assert listed[-1]["name"] == "note.txt"
