"""The objectives of the day, asked from the command line and by their key."""

from __future__ import annotations

import json

from techdesk.verbs.speech import Exit
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


def test_the_up_time_of_a_month_counts_an_outage_of_two_tickets_once(run: Run, connected: Served) -> None:
    """D19: two tickets of one customer about one line that was down; a maintenance beside it is left out."""
    assert run("sync").exit_code == 0
    rows = json.loads(run("list", "org:dunmore", "status:active", "--json").stdout)
    first, second = (row["number"] for row in rows[:2])
    month, day = "2026-01", "2026-01-05T"
    for number, began, ended, cause in (
        (first, "00:00", "00:40", "ours"),
        (second, "00:30", "01:00", "ours"),
        (second, "00:50", "01:10", "scheduled-maintenance"),
    ):
        fields = ("service=voice", f"cause={cause}", f"from={day}{began}+00:00", f"until={day}{ended}+00:00")
        noted = run("record", number, "outage", *fields)
        assert noted.exit_code == 0, noted.stderr
    told = run("report", "--month", month)
    assert told.exit_code == 0, told.stderr
    assert "## Dunmore Cloud: Business Voice and SIP, MISSED" in told.stdout
    assert "- down 1 h 00 min of 4 min 27 s allowed" in told.stdout
    assert "- 10 min 00 s more left out by cause" in told.stdout
    (line,) = json.loads(run("report", "--month", month, "--json").stdout)
    assert (line["down"], line["left_out"], line["outages"]) == (3600, 600, 3)
    assert sorted(line["tickets"]) == sorted((first, second))
    assert "No outage of this time" in run("report", "--month", "2001-01").stdout
    for wrong in ("2026-13", "november", "2999-01"):
        assert run("report", "--month", wrong).exit_code == Exit.USAGE
    assert run("report", "--today", "--month", month).exit_code == Exit.USAGE
