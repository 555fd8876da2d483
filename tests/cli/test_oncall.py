"""Who is on call, asked from the command line."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Run, Served


def _named(folders: Path) -> None:
    from techdesk.clock import SystemClock
    from techdesk.demo import facts

    facts.write(folders / "config", SystemClock().now())
    with (folders / "config" / "config.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[facts]\non_call = ["on-call.ics"]\ndesk_hours = ["desk-hours.toml"]\n')


def test_the_rota_of_a_calendar_file_is_told_with_its_source(
    run: Run, connected: Served, folders: Path
) -> None:
    _named(folders)
    told = run("oncall")
    assert told.exit_code == 0, told.stderr
    day, night = "Ravi Kulkarni", "Omar Haddad (night)"
    assert told.stdout.startswith((day, night, "On call: "))
    assert "from on-call.ics, 20" in told.stderr
    data = json.loads(run("oncall", "--json").stdout)
    assert data["on_call"][0]["until"] == data["next"]["from"]
    assert data["next"]["until"] - data["next"]["from"] == 12 * 3600
    assert run("sync").exit_code == 0
    told = run("oncall")
    assert told.stdout.startswith((day, night)), "people are known once they were fetched"
    assert told.stdout.strip().endswith((f"next {day}", f"next {night}"))


def test_without_a_file_nobody_is_known_and_it_says_how(run: Run, connected: Served) -> None:
    told = run("oncall")
    assert told.exit_code == 5
    assert "No file tells who is on call" in told.stderr
    assert "[facts] on_call" in told.stderr


def test_a_file_with_a_mistake_is_told(run: Run, connected: Served, folders: Path) -> None:
    _named(folders)
    (folders / "config" / "on-call.ics").write_text("nothing", encoding="utf-8")
    told = run("oncall")
    assert told.exit_code == 5
    assert "on-call.ics:1: not an iCalendar file" in told.stderr
