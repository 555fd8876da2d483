"""``plan``, ``apply`` and ``bulk``: a plan in a file, applied once, with its exit statuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from techdesk.verbs.speech import Exit
from tests.cli.conftest import Run, Served

STALE = "status:waiting waiting:>7d policy:data-dynamics"


@pytest.fixture
def file(folders: Path) -> Path:
    return folders / "plan.json"


def planned(run: Run, file: Path, *arguments: str) -> dict[str, Any]:
    result = run("plan", *arguments, "-o", str(file))
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def numbers(plan: dict[str, Any], outcome: str) -> list[str]:
    return [item["number"] for item in plan["items"] if item["outcome"] == outcome]


def test_a_plan_is_applied_once_and_reported(run: Run, connected: Served, file: Path, folders: Path) -> None:
    plan = planned(run, file, "close", STALE, "--most", "8")
    doing = numbers(plan, "do")
    assert doing
    assert file.stat().st_mode & 0o777 == 0o600
    dry = run("apply", str(file), "--dry-run")
    assert dry.exit_code == 0
    assert "nothing was changed" in dry.stderr
    asked = run("apply", str(file))
    assert asked.exit_code == Exit.REFUSED, "nobody is there to say yes"
    report = folders / "report.csv"
    result = run("apply", str(file), "--yes", "--json", "--report", str(report))
    assert result.exit_code == 0, result.stderr
    outcome = json.loads(result.stdout)
    assert (outcome["run"]["done"], outcome["run"]["tickets"]) == (len(doing), len(doing))
    for number in doing:
        shown = json.loads(run("show", number, "--json").stdout)
        assert shown["status"] == "closed"
        assert [entry["body"].count(number) for entry in shown["conversation"][-1:]] == [2]
    rows = list(csv.DictReader(io.StringIO(report.read_text())))
    assert [row["number"] for row in rows if row["result"] == "done"] == doing
    again = run("apply", str(file), "--yes")
    assert again.exit_code == Exit.NOTHING
    assert "applied before" in again.stderr
    listed = run("bulk")
    assert f"close: {len(doing)} tickets: {len(doing)} done" in listed.stdout
    one = run("bulk", plan["id"][:6])
    assert one.exit_code == 0
    assert one.stdout == "", "all of them are done"


def test_what_changed_since_makes_it_partial(run: Run, connected: Served, file: Path) -> None:
    plan = planned(run, file, "tag", "--add", "partly", "status:open", "--most", "3")
    first, *others = numbers(plan, "do")
    assert run("tag", first, "other").exit_code == 0
    result = run("apply", str(file), "--yes")
    assert result.exit_code == Exit.PARTIAL
    assert "1 changed since it was planned" in result.stderr
    tagged = json.loads(run("list", "tag:partly", "--json").stdout)
    assert sorted(row["number"] for row in tagged) == sorted(others)


def test_a_tag_is_put_on_many_and_taken_off(run: Run, connected: Served, file: Path) -> None:
    plan = planned(run, file, "tag", "--add", "audit", "status:hold", "--most", "4")
    assert "notice" not in plan or plan["notice"] == "none"
    assert run("apply", str(file), "--yes").exit_code == 0
    tagged = json.loads(run("list", "tag:audit", "--json").stdout)
    assert sorted(row["number"] for row in tagged) == sorted(numbers(plan, "do"))
    taken = planned(run, file, "tag", "--remove", "audit", "tag:audit")
    assert len(numbers(taken, "do")) == len(tagged)
    assert run("apply", str(file), "--yes").exit_code == 0
    assert json.loads(run("list", "tag:audit", "--json").stdout) == []


def test_a_canary_goes_first_and_without_anybody_to_ask_the_rest_is_given_back(
    run: Run, connected: Served, file: Path
) -> None:
    plan = planned(run, file, "tag", "--add", "canary", "status:open", "--most", "5")
    result = run("apply", str(file), "--yes", "--canary", "2")
    assert result.exit_code == 0, result.stderr
    assert "The first 2: 2 done" in result.stderr
    assert len(numbers(plan, "do")) == 5
    planned(run, file, "tag", "--remove", "canary", "tag:canary")
    assert run("apply", str(file), "--yes").exit_code == 0


def test_offline_it_waits_and_a_halt_gives_it_back(run: Run, connected: Served, file: Path) -> None:
    plan = planned(run, file, "tag", "--add", "later", "status:open", "--most", "3")
    queued = run("--offline", "apply", str(file), "--yes")
    assert queued.exit_code == 0, queued.stderr
    assert "waits in the outbox" in queued.stderr
    halted = run("--offline", "bulk", plan["id"], "--halt")
    assert "halted: 3 tickets" in halted.stderr
    assert json.loads(run("--offline", "list", "is:pending", "--json").stdout) == []


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("plan", "close"), Exit.USAGE, "Name tickets"),
        (("plan", "close", "prio:"), Exit.USAGE, "cannot be read"),
        (("plan", "close", "number:nothing-such"), Exit.NOT_FOUND, "No ticket matches"),
        (("plan", "close", "status:closed"), Exit.REFUSED, "would do nothing"),
        (("plan", "tag", "status:open"), Exit.USAGE, "No tag"),
        (("plan", "assign", "nobody-such", "status:open"), Exit.NOT_FOUND, "no technician"),
        (("plan", "close", "--reason", "because", "status:hold"), Exit.REFUSED, "would do nothing"),
        (("apply", "no-such-file.json"), Exit.ERROR, "cannot be read"),
        (("apply", "-"), Exit.ERROR, "not a plan"),
        (("bulk", "abc"), Exit.NOT_FOUND, "no bulk run"),
        (("bulk", "--halt"), Exit.USAGE, "Name the run"),
        (("--read-only", "bulk"), Exit.DONE, "no bulk run has been made here yet"),
    ],
)
def test_mistakes_are_told(
    run: Run, connected: Served, arguments: tuple[str, ...], status: Exit, words: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, words in result.stderr) == (status, True), result.stderr


def test_a_plan_of_another_desk_is_refused(run: Run, connected: Served, file: Path) -> None:
    plan = planned(run, file, "take", "owner:none status:open,new", "--most", "2")
    file.write_text(json.dumps(plan | {"server": "elsewhere"}))
    result = run("apply", str(file), "--yes")
    assert (result.exit_code, "another help desk" in result.stderr) == (Exit.REFUSED, True)


def test_read_only_applies_nothing(run: Run, connected: Served, file: Path) -> None:
    planned(run, file, "tag", "--add", "no", "status:open", "--most", "2")
    result = run("--read-only", "apply", str(file), "--yes")
    assert (result.exit_code, "read-only" in result.stderr) == (Exit.REFUSED, True)


def test_a_plan_of_something_unknown_is_no_plan(run: Run, connected: Served, file: Path) -> None:
    plan = planned(run, file, "tag", "--add", "seen", "status:active", "--most", "1")
    for name in ("ticket.merge", "\x1b]52;c;QUJD\x07"):
        file.write_text(json.dumps(plan | {"action": name}))
        refused = run("apply", str(file), "--yes")
        assert refused.exit_code == Exit.ERROR
        assert "nothing that is done to many tickets" in refused.stderr
        assert "\x1b" not in refused.stderr


def test_the_last_word_of_a_plan_s_limit_is_whole(run: Run, connected: Served, file: Path) -> None:
    number = json.loads(run("list", "--json", "--count", "1").stdout)[0]["number"]
    assert len(json.loads(run("list", "--json", number[:-2]).stdout)) > 1, "as somebody types it"
    assert run("plan", "tag", "--add", "seen", number[:-2]).exit_code == Exit.NOT_FOUND
    plan = planned(run, file, "tag", "--add", "seen", number)
    assert [item["number"] for item in plan["items"]] == [number]


def test_a_ticket_that_is_not_here_is_never_mistaken_for_another(
    run: Run, connected: Served, file: Path
) -> None:
    """As in another cache, where the plan's local key is another ticket's."""
    plan = planned(run, file, "tag", "--add", "astray", "status:active", "--most", "2")
    first, second = plan["items"]
    file.write_text(json.dumps(plan | {"items": [first | {"id": "not-here"}, second, second]}))
    result = run("apply", str(file), "--yes", "--json")
    assert result.exit_code == Exit.PARTIAL, result.stderr
    assert json.loads(result.stdout)["run"]["done"] == 1
    tagged = json.loads(run("list", "--json", "tag:astray").stdout)
    assert [row["number"] for row in tagged] == [second["number"]]


def test_queues_time_snoozes_and_links_of_many(run: Run, connected: Served, file: Path) -> None:
    """What a key does to the marks, a plan does to a limit: and the desk has it afterwards."""
    chosen = ("status:open", "--most", "2")
    moved = planned(run, file, "queue", "swat", "status:open -queue:swat", "--most", "2")
    assert run("apply", str(file), "--yes").exit_code == 0
    shown = [json.loads(run("show", number, "--json").stdout) for number in numbers(moved, "do")]
    assert [each["queue"] for each in shown] == ["SWAT", "SWAT"]
    timed = planned(run, file, "time", "25", "--for", "read the manual", *chosen)
    assert timed["title"] == "Log 25 min on each"
    assert run("apply", str(file), "--yes").exit_code == 0
    linked = planned(run, file, "link", "refers-to", numbers(timed, "do")[0], *chosen)
    assert (len(numbers(linked, "do")), len(numbers(linked, "refused"))) == (1, 1), "never to itself"
    assert run("apply", str(file), "--yes").exit_code == 0
    snoozed = planned(run, file, "snooze", "--until", "1w", *chosen)
    assert run("apply", str(file), "--yes").exit_code == 0
    out = run("list", "is:snoozed", "--json")
    assert sorted(each["number"] for each in json.loads(out.stdout)) == sorted(numbers(snoozed, "do"))


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("queue", "nowhere"), Exit.NOT_FOUND, "There is no queue 'nowhere' here."),
        (("time", "soon"), Exit.USAGE, "'soon' is no time"),
        (("snooze", "--until", "yesterday"), Exit.USAGE, "'yesterday' is no hour to come"),
        (("macro", "nothing"), Exit.NOT_FOUND, "There is no macro 'nothing'"),
    ],
)
def test_what_is_no_queue_time_hour_or_macro_is_told(
    run: Run, connected: Served, arguments: tuple[str, ...], status: Exit, words: str
) -> None:
    result = run("plan", *arguments, "status:open")
    assert (result.exit_code, words in result.stderr) == (status, True), result.stderr


def test_a_reason_that_is_wanted_stands_in_the_plan_or_it_is_not_applied(
    run: Run, connected: Served, file: Path
) -> None:
    """D3: as of one ticket; ``--yes`` answers questions, and this is none."""
    limit = ("org:dunmore", "status:open", "prio:3", "--most", "2")
    plan = planned(run, file, "priority", "4", *limit)
    doing = numbers(plan, "do")
    assert doing
    refused = run("apply", str(file), "--yes", "--json")
    assert refused.exit_code == Exit.REFUSED
    assert json.loads(refused.stdout)["outcome"] == "no_reason"
    assert "--because" in refused.stderr
    assert json.loads(run("show", doing[0], "--json").stdout)["priority"] == 3
    planned(run, file, "priority", "4", *limit, "--because", "One phone only.")
    assert run("apply", str(file), "--yes").exit_code == 0
    for number in doing:
        assert json.loads(run("show", number, "--json").stdout)["priority"] == 4
        assert "One phone only." in run("show", number).stdout
