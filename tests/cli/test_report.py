"""The objectives of the day, asked from the command line and by their key."""

from __future__ import annotations

import json

from tests.cli.conftest import Run, Served


def test_the_day_is_told_as_markdown_and_as_json(run: Run, connected: Served) -> None:
    assert run("sync").exit_code == 0
    told = run("report", "--today")
    assert told.exit_code == 0, told.stderr
    assert told.stdout.startswith("# Objectives of ")
    assert "## Tomorrow" in told.stdout
    data = json.loads(run("report", "--json").stdout)
    assert set(data) == {"now", "missed", "today", "tomorrow", "met"}
    shown = [each["number"] for part in ("missed", "today", "tomorrow") for each in data[part]]
    assert shown
    assert all(f"**{number}**" in told.stdout for number in shown)
