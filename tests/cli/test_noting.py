"""Grades, facts about customers and records from the command line, against a real demo desk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from techdesk.rules.records import MARKER
from techdesk.verbs.speech import Exit
from tests.cli.conftest import Run, Served


def active(run: Run, organisation: str) -> list[dict[str, Any]]:
    """Active tickets of one customer."""
    rows: list[dict[str, Any]] = json.loads(run("list", "status:active", "--count", "500", "--json").stdout)
    found = [row for row in rows if row["organisation"] == organisation]
    assert found, f"the demo has active tickets of {organisation}"
    return found


@pytest.fixture
def informed(run: Run, connected: Served, folders: Path) -> Served:
    """The same profile with the demo's customer file named in the settings."""
    from techdesk.clock import SystemClock
    from techdesk.demo import facts

    facts.write(folders / "config", SystemClock().now())
    with (folders / "config" / "config.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[facts]\ncustomers = ["customers.toml"]\n')
    return connected


def test_the_grades_say_what_each_would_mean(run: Run, connected: Served) -> None:
    number = str(active(run, "Tasman Phones")[0]["number"])
    listed = run("priority", number)
    assert listed.exit_code == 0, listed.stderr
    lines = listed.stdout.splitlines()
    assert len(lines) == 5
    assert "severity" in lines[0]
    assert "Critical response in less than 30 min (standard, America/New_York)" in lines[1]
    as_data = json.loads(run("priority", number, "--json").stdout)
    assert [choice["level"] for choice in as_data] == [1, 2, 3, 4, 5]


def test_a_hold_is_a_fact_of_the_customer_file(run: Run, informed: Served) -> None:
    """D12 both ways: Greyford is on hold, Dunmore is not."""
    held = str(active(run, "Greyford Freight (on hold)")[0]["number"])
    other = str(active(run, "Dunmore Cloud")[0]["number"])

    def gate(number: str, reason: str) -> str:
        offered = json.loads(run("close", number, "--json").stdout)
        return str(next(each["gate"] for each in offered if each["reason"] == reason))

    assert gate(held, "on-hold") in ("ok", "warn"), "somebody else's ticket asks, for D8"
    assert gate(other, "on-hold") == "refuse"
    expired = str(active(run, "Oldfield Press (contract expired)")[0]["number"])
    assert gate(expired, "contract-expired") in ("ok", "warn")
    refused = run("close", other, "on-hold", "--yes")
    assert refused.exit_code == Exit.REFUSED
    assert "is not on hold (Dynamix 4.2.2)" in refused.stderr
    assert "[D12]" in refused.stderr


def test_a_lapsed_licence_holds_up_an_escalation_unless_a_reason_is_given(run: Run, informed: Served) -> None:
    number = str(active(run, "Quarry Analytics (licence lapsed)")[0]["number"])
    refused = run("escalate", number, "--team", "swat", "Customer is down", "--by-customer", "--offline")
    assert refused.exit_code == Exit.REFUSED
    assert "[DD9]" in refused.stderr
    assert "The licence of Quarry Analytics (licence lapsed) ended 20" in refused.stderr


def test_a_record_reaches_the_desk_and_the_next_gate(run: Run, connected: Served) -> None:
    number = str(active(run, "Harbour Micro")[0]["number"])
    refused = run("handoff", number, "L1-L2", "--offline")
    assert refused.exit_code == Exit.REFUSED
    assert "[Z1]" in refused.stderr
    noted = run("record", number, "located", "located=LAN")
    assert noted.exit_code == 0, noted.stderr
    shown = run("show", number).stdout
    assert "LAN" in shown
    assert MARKER not in shown, "the line for machines is folded, as on the screen"
    assert MARKER in run("show", number, "--json").stdout
    assert "noted: Fault located" in noted.stderr
    elsewhere = run("handoff", number, "L1-L2", "--offline")
    assert "located at LAN" in elsewhere.stderr
    assert run("record", number, "located", "server").exit_code == Exit.USAGE
    assert run("record", number, "away", "until=soon").exit_code == Exit.USAGE
    assert "[generic.record]" in run("record", number, "mood", "x=y").stderr
    away = run("record", number, "away", "until=2030-01-31", "--offline")
    assert away.exit_code == 0, away.stderr


def test_a_customer_file_with_a_mistake_is_told_and_counts_as_none(
    run: Run, informed: Served, folders: Path
) -> None:
    (folders / "config" / "customers.toml").write_text('[[customers]]\nname = "A"\nonhold = true\n')
    number = str(active(run, "Dunmore Cloud")[0]["number"])
    told = run("close", number)
    assert told.exit_code == 0
    assert "customers.toml:1: no such fact 'onhold' of A." in told.stderr
    assert "asks" in told.stdout


def test_a_canned_text_is_the_policys_and_says_what_it_lacks(run: Run, informed: Served) -> None:
    """DD5, W1: the words that a remedy speaks of, from the command line; a gap sends nothing."""
    number = str(active(run, "Datalith Inc.")[0]["number"])
    unknown = run("reply", number, "--canned", "nothing")
    assert unknown.exit_code == Exit.NOT_FOUND
    assert "There are: " in unknown.stderr
    assert "fix" in unknown.stderr
    gap = run("reply", number, "--canned", "diagnostic-drop")
    assert (gap.exit_code, "--fill reason=" in gap.stderr) == (Exit.USAGE, True)
    both = run("reply", number, "Hello", "--canned", "fix")
    assert both.exit_code == Exit.USAGE
    sent = run("reply", number, "--canned", "diagnostic-drop", "--fill", "reason=a trace", "--yes")
    assert sent.exit_code == 0, sent.stderr
    assert "meant for a trace and nothing else" in run("show", number).stdout


def test_how_a_customer_asked_for_an_escalation_is_kept(run: Run, informed: Served) -> None:
    """DD6: through the account manager or by e-mail; what is missing of status and reason asks."""
    number = str(active(run, "Datalith Inc.")[0]["number"])
    asked = ("--team", "swat", "--by-customer", "--asked", "email", "--because", "It is late")
    assert run("escalate", number, *asked, "Too slow").exit_code != 0, "the status that lacks asks first"
    done = run("escalate", number, *asked, "--state", "Copying hangs", "Too slow", "--yes")
    assert done.exit_code == 0, done.stderr
    told = run("show", number).stdout
    assert "Copying hangs" in told
    assert "escalation" in run("show", number, "--json").stdout
    assert '"how":"email"' in run("show", number, "--json").stdout.replace("\\", "")
