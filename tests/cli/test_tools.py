"""Tags, macros and the like from the command line, against a real demo desk."""

from __future__ import annotations

import json
from pathlib import Path

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
