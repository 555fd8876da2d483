"""The command line against a real demo desk: what it says, where, with which exit status."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import httpx
import pytest

from techdesk.actions.registry import ACTIONS
from techdesk.cli import _VERBS
from techdesk.verbs.speech import Exit
from tests.cli.conftest import Run, Served


def test_every_verb_of_the_registry_is_a_verb_of_the_command_line() -> None:
    assert {act.verb for act in ACTIONS if act.verb} <= set(_VERBS)


def test_help_names_every_verb_and_the_version_is_one_line(run: Run) -> None:
    helped = run("--help")
    assert helped.exit_code == 0
    assert all(f"  {verb} " in helped.stdout for verb in _VERBS)
    assert run("--version").stdout.startswith("techdesk 0.")


@pytest.mark.parametrize("verb", list(_VERBS))
def test_every_verb_explains_itself(run: Run, verb: str) -> None:
    helped = run(verb, "--help")
    assert helped.exit_code == 0
    assert f"Usage: techdesk {verb}" in helped.stdout
    assert "--profile" in helped.stdout


def test_a_typing_mistake_is_met_with_the_nearest_verb(run: Run) -> None:
    wrong = run("lst")
    assert wrong.exit_code == Exit.USAGE
    assert "Did you mean 'list'?" in wrong.stderr


def test_without_a_connection_every_verb_says_what_to_do(run: Run) -> None:
    for verb in (("list",), ("show", "1"), ("take", "1"), ("sync",), ("status",), ("journal",)):
        result = run(*verb)
        assert result.exit_code == Exit.ERROR
        assert result.stdout == ""
        assert "techdesk connect URL" in result.stderr
    assert run("doctor").exit_code == 0


def test_the_screens_need_a_terminal(run: Run) -> None:
    for verb in ((), ("demo",)):
        result = run(*verb)
        assert result.exit_code == Exit.USAGE
        assert "terminal" in result.stderr


def test_mistakes_in_the_settings_are_told_with_their_lines(run: Run, folders: Path) -> None:
    (folders / "config").mkdir()
    (folders / "config" / "config.toml").write_text('[profiles.a]\nurl = "https://a.example"\nholds = 1\n')
    result = run("list")
    assert result.exit_code == Exit.ERROR
    assert "config.toml:3: no such setting 'holds'" in result.stderr


# Connecting


def test_connecting_says_who_we_are_and_keeps_the_token_apart(run: Run, desk: Served, folders: Path) -> None:
    result = run("connect", desk.url, "--profile", "work", "--yes", stdin=f"{desk.token}\n")
    assert result.exit_code == 0, result.stderr
    assert "You are:    Bea Moreau" in result.stdout
    assert "Guarantee:  class A: never lost, never doubled" in result.stdout
    settings = folders / "config" / "config.toml"
    assert desk.token not in settings.read_text() + result.stdout + result.stderr
    token = folders / "config" / "tokens" / "work"
    assert token.read_text().strip() == desk.token
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    again = run("connect", desk.url, "--profile", "work", "--yes")
    assert again.exit_code == 0, "the same connection again only checks"
    as_rt = run("connect", desk.url, "--profile", "work", "--kind", "rt", "--yes")
    assert as_rt.exit_code == 2
    assert "kept as kind 'native', not 'rt'" in as_rt.stderr
    other = run("connect", "http://127.0.0.1:9", "--profile", "work", "--yes")
    assert other.exit_code == Exit.ERROR
    assert "another connection" in other.stderr


def test_a_token_of_the_environment_is_said_not_to_be_kept(
    run: Run, desk: Served, folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHDESK_TOKEN", desk.token)
    made = run("connect", desk.url, "--profile", "work", "--yes")
    assert made.exit_code == 0, made.stderr
    assert "the token is not stored: techdesk needs TECHDESK_TOKEN at each start" in made.stderr
    assert desk.token not in made.stderr
    assert not [file for file in folders.rglob("*") if file.is_file() and desk.token in file.read_text()]
    monkeypatch.delenv("TECHDESK_TOKEN")
    assert run("sync").exit_code == 8
    again = run("connect", desk.url, "--profile", "work", "--yes", stdin=f"{desk.token}\n")
    assert (again.exit_code, "not stored" in again.stderr) == (0, False), again.stderr
    assert run("sync").exit_code == 0


def test_nothing_is_saved_before_yes_and_nothing_without_a_good_token(
    run: Run, desk: Served, folders: Path
) -> None:
    unsure = run("connect", desk.url, stdin=f"{desk.token}\n")
    assert unsure.exit_code == Exit.REFUSED
    wrong = run("connect", desk.url, "--yes", stdin="wr0ng-token\n")
    assert wrong.exit_code == Exit.TOKEN
    assert "wr0ng-token" not in wrong.stderr + wrong.stdout
    empty = run("connect", desk.url, "--yes", stdin="\n")
    assert empty.exit_code == Exit.TOKEN
    assert not (folders / "config").exists()


def test_connecting_to_nobody(run: Run) -> None:
    result = run("connect", "http://127.0.0.1:9", "--kind", "native", "--yes", stdin="token\n")
    assert result.exit_code == Exit.UNREACHABLE
    assert "Nothing was saved" in result.stderr
    assert run("connect", "ftp://a.example").exit_code == Exit.USAGE
    assert run("connect", "http://desk.example", "--kind", "native", stdin="t\n").exit_code == Exit.USAGE


# Reading


def test_a_list_is_data_and_narration_goes_elsewhere(run: Run, connected: Served) -> None:
    result = run("list", "--json", "--count", "5")
    assert result.exit_code == 0
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert len(rows) == 5
    assert {"number", "subject", "status", "priority", "owner_name", "sla"} <= set(rows[0])
    assert rows[0]["sla"]["level"] in ("breached", "critical"), "most urgent first"
    told = run("list", "--count", "5")
    assert len(told.stdout.splitlines()) == 5
    assert rows[0]["number"] in told.stdout.splitlines()[0]
    assert "5 of " in told.stderr


def test_a_list_can_be_limited(run: Run, connected: Served) -> None:
    mine = json.loads(run("list", "owner:me", "--json", "--count", "500").stdout)
    assert {row["owner_name"] for row in mine} == {"Bea Moreau"}
    urgent = json.loads(run("list", "--view", "mine", "prio:1", "--json").stdout)
    assert {(row["owner_name"], row["priority"]) for row in urgent} <= {("Bea Moreau", 1)}
    wrong = run("list", "prio:(")
    assert wrong.exit_code == Exit.USAGE
    assert run("list", "--view", "nonsense").exit_code == Exit.USAGE


def test_a_field_without_its_colon_is_hinted_at(run: Run, connected: Served) -> None:
    for verb in (("list",), ("plan", "tag", "--add", "x")):
        assert "waiting needs a colon: waiting:>11d" in run(*verb, "waiting>11d").stderr


def test_hostile_text_never_leaves_as_it_came(run: Run, connected: Served) -> None:
    everything = run("list", "status:any or status:active or status:done", "--count", "1000", "--json")
    if everything.exit_code:
        everything = run("list", "--count", "1000", "--json")
    told = everything.stdout + run("list", "--count", "1000").stdout
    assert not any(character in told for character in "\x1b\x07\x00\u202e\x9b")


def test_one_ticket_with_its_conversation(run: Run, connected: Served) -> None:
    first = json.loads(run("list", "--count", "1", "--json").stdout)[0]["number"]
    shown = json.loads(run("show", first.lower(), "--json").stdout)
    assert shown["number"] == first
    assert shown["conversation"][0]["body"]
    assert shown["targets"][0]["source"], "each target says which section sets it"
    text = run("show", first)
    assert f"{first}  " in text.stdout
    assert "Requester:" in text.stdout


def test_a_ticket_that_nobody_knows(run: Run, connected: Served) -> None:
    assert run("show", "TD-99999999").exit_code == Exit.NOT_FOUND
    offline = run("--offline", "show", "TD-99999999")
    assert offline.exit_code == Exit.NOT_FOUND
    assert "--offline asks nobody" in offline.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("tag",), Exit.USAGE, "Name the tags to put on"),
        (("attachments",), Exit.DONE, "has a file"),
        (("attachments", "--save", "1"), Exit.NOT_FOUND, "has a file"),
        (("assign", "nobody-such"), Exit.NOT_FOUND, "or me, or nobody."),
    ],
)
def test_what_is_missing_or_not_there_is_told_with_what_there_is(
    run: Run, connected: Served, arguments: tuple[str, ...], status: Exit, words: str
) -> None:
    verb, *rest = arguments
    result = run("--offline", verb, unowned(run), *rest)
    assert result.exit_code == status
    assert words in result.stderr
    assert not result.stdout


def test_status_in_one_line(run: Run, connected: Served) -> None:
    assert len(run("status").stdout.splitlines()) == 1
    assert "breached" in run("status", "--format", "tmux").stdout
    counted = json.loads(run("status", "--format", "json").stdout)
    assert counted["active"] > 100
    assert counted["phase"] == "idle"


def test_the_next_ticket_and_the_one_after_it(run: Run, connected: Served) -> None:
    first = json.loads(run("next", "--json").stdout)
    assert first["why"] in ("escalated", "breached", "at once")
    again = run("next", "--skip", first["number"], "--because", "no access", "--json")
    assert json.loads(again.stdout)["number"] != first["number"]
    assert "no access" in run("journal", "--count", "1").stdout
    assert json.loads(run("next", "--json").stdout)["number"] != first["number"]
    assert run("next", "number:nowhere").exit_code == 5
    assert run("next", "--skip", first["number"]).exit_code == 2
    assert run("next", "--skip", "TD-0", "--because", "x").exit_code == 5
    assert run("next", "--view", "nowhere").exit_code == 2


def test_doctor_finds_nothing_wrong(run: Run, connected: Served) -> None:
    result = run("doctor", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(result.stdout)}
    assert result.exit_code == 0, findings
    assert "mode 0600" in findings["cache"]["words"]
    assert "check ok" in findings["database"]["words"]


def test_doctor_sees_what_is_wrong(run: Run, connected: Served, folders: Path) -> None:
    cache = folders / "state" / "profiles" / "work" / "techdesk.db"
    cache.chmod(0o644)
    (folders / "config" / "policies").mkdir()
    (folders / "config" / "policies" / "acme.toml").write_text("nonsense\n")
    result = run("doctor")
    assert result.exit_code == Exit.ERROR
    assert "!! policy" in result.stdout
    assert "acme.toml" in result.stdout


# Changing


def at_the_desk(desk: Served, number: str) -> dict[str, Any]:
    """The ticket as the desk's own API tells it."""
    headers = {"Authorization": f"Bearer {desk.token}"}
    found = httpx.get(f"{desk.url}/api/v1/search", params={"q": number}, headers=headers).json()["tickets"]
    identity = next(ticket["id"] for ticket in found if ticket["number"] == number)
    page: dict[str, Any] = httpx.get(f"{desk.url}/api/v1/tickets/{identity}", headers=headers).json()
    return page


def unowned(run: Run, limit: str = "status:active") -> str:
    """A ticket of the Dynamix customer that nobody has taken, the least urgent one."""
    listed = run("list", "owner:none", "status:active", limit, "--count", "500", "--json")
    rows = json.loads(listed.stdout)
    graded = [row for row in rows if row["organisation"] == "Dunmore Cloud" and row["priority"]]
    return str(graded[-1]["number"])


def test_the_whole_life_of_a_ticket_reaches_the_desk(run: Run, connected: Served) -> None:
    number = unowned(run, "prio:3")
    asked = run("priority", number, "2")
    assert asked.exit_code == Exit.REFUSED, "raised to P2, and nobody has said how many users are affected"
    assert "--because WORDS" in asked.stderr
    assert run("priority", number, "2", "--yes").exit_code == Exit.REFUSED, "a yes is no reason (D3)"
    refused = run("priority", number, "2", "--because", "ten people", "--because", "D3=ten people")
    assert (refused.exit_code, "which rule it is for" in refused.stderr) == (Exit.USAGE, True)
    assert run("priority", number, "2", "--because", "ten people cannot work", "--yes").exit_code == 0
    taken = run("take", number)
    assert (taken.exit_code, taken.stdout) == (0, f"{number}\n"), taken.stderr
    assert "The help desk has it." in taken.stderr
    assert run("take", number).exit_code == Exit.REFUSED
    assert run("reply", number, "Looking at it.").exit_code == 0
    assert run("comment", number, "--call", stdin="Called, engaged.\n").exit_code == 0
    assert run("status", number, "waiting").exit_code == 0
    assert run("resolve", number, "It works again. Please confirm.").exit_code == 0
    reasons = json.loads(run("close", number, "--json").stdout)
    assert {reason["reason"]: reason["gate"] for reason in reasons}["standard+call"] == "ok"
    refused = run("close", number, "standard", "--yes")
    assert refused.exit_code == Exit.REFUSED
    assert "[D9]" in refused.stderr
    asked = run("close", number, "standard+call")
    assert asked.exit_code == Exit.REFUSED
    assert "--yes" in asked.stderr
    assert run("close", number, "standard+call", "--yes").exit_code == 0
    page = at_the_desk(connected, number)
    (ticket,) = page["tickets"]
    assert (ticket["status"], ticket["close_reason"], ticket["owner"]) == ("closed", "standard", "bea")
    bodies = [message["body"] for message in page["messages"]]
    assert "Looking at it." in bodies
    assert "It works again. Please confirm." in bodies
    assert run("reply", number, "One more thing").exit_code == Exit.REFUSED
    assert run("reopen", number, "--yes").exit_code == 0
    assert at_the_desk(connected, number)["tickets"][0]["status"] == "open"
    told = run("journal", "--count", "500").stdout
    assert "refused" in told
    assert "[D9]" in told


def test_offline_work_waits_and_arrives(run: Run, connected: Served) -> None:
    number = unowned(run)
    waiting = run("--offline", "take", number, "--json")
    assert waiting.exit_code == 0
    assert json.loads(waiting.stdout)["outcome"] == "queued"
    assert not at_the_desk(connected, number)["tickets"][0].get("owner")
    assert run("comment", number, "later", "--offline").exit_code == 0
    undone = run("undo")
    assert undone.exit_code == 0
    assert "note" in undone.stderr
    assert run("sync").exit_code == 0
    assert at_the_desk(connected, number)["tickets"][0]["owner"] == "bea"
    assert run("undo").exit_code == Exit.REFUSED


def test_a_whole_closure_decided_offline_arrives_in_order(run: Run, connected: Served) -> None:
    number = unowned(run, "prio:3")
    for verb in (
        ("take", number),
        ("priority", number, "4", "--because", "D3=a single phone", "--because", "D6=Patricia agrees"),
        ("reply", number, "Looking."),
        ("resolve", number, "It works."),
        ("close", number, "standard+call", "--yes"),
    ):
        result = run("--offline", *verb)
        assert result.exit_code == 0, result.stderr
    assert run("sync").exit_code == 0
    page = at_the_desk(connected, number)
    (ticket,) = page["tickets"]
    assert (ticket["status"], ticket["close_reason"], ticket["priority"]) == ("closed", "standard", 4)
    assert [m["body"] for m in page["messages"]][-3:-1] == ["Looking.", "It works."]


def test_a_ticket_opened_offline_gets_its_number_and_its_reply(run: Run, connected: Served) -> None:
    opened = run(
        "--offline",
        "new",
        "Phone dead",
        "kim.osei@dunmore.example",
        "It rings not.",
        "--queue",
        "Service desk",
    )
    assert opened.exit_code == 0, opened.stderr
    local = opened.stdout.strip()
    assert local.startswith("NEW-")
    assert run("--offline", "reply", local, "On my way.").exit_code == 0
    assert run("sync").exit_code == 0
    found = json.loads(run("list", "Phone dead", "owner:none", "--json").stdout)
    number = next(row["number"] for row in found if row["subject"] == "Phone dead")
    assert not number.startswith("NEW-")
    bodies = [message["body"] for message in at_the_desk(connected, number)["messages"]]
    assert bodies == ["It rings not.", "On my way."]


def test_a_new_ticket_has_a_type_and_an_unknown_one_is_refused(run: Run, connected: Served) -> None:
    """DD1, Z4: rules tell types apart; the refusal names those that there are."""
    new = ("new", "Old phone", "kim.osei@dunmore.example", "Please.", "--queue", "Service desk", "--type")
    refused = run("--offline", *new, "wish")
    assert refused.exit_code == Exit.REFUSED
    assert "There is no type 'wish' here." in refused.stderr
    assert "Choose one of: problem, question, request, feature, change, purchase" in refused.stderr
    assert run("list", "Old phone").stdout == ""
    opened = run("--offline", *new, "Request")
    assert opened.exit_code == 0, opened.stderr
    assert run("sync").exit_code == 0
    found = json.loads(run("list", "Old phone", "kind:request", "--json").stdout)
    (number,) = [row["number"] for row in found if row["subject"] == "Old phone"]
    assert at_the_desk(connected, number)["tickets"][0]["kind"] == "request"


def test_people_are_found_by_name(run: Run, connected: Served) -> None:
    number = unowned(run)
    assert run("assign", number, "ravi").exit_code == 0
    assert at_the_desk(connected, number)["tickets"][0]["owner"] == "ravi"
    stealing = run("assign", number, "me")
    assert stealing.exit_code == Exit.REFUSED
    assert "taken away from Ravi" in stealing.stderr
    assert run("assign", number, "me", "--yes").exit_code == 0
    assert run("assign", number, "zaphod").exit_code == Exit.NOT_FOUND


def test_a_desk_that_cannot_be_reached_loses_nothing(run: Run, connected: Served, folders: Path) -> None:
    number = unowned(run)
    settings = folders / "config" / "config.toml"
    settings.write_text(settings.read_text().replace(connected.url, "http://127.0.0.1:9"))
    result = run("comment", number, "a note")
    assert result.exit_code == Exit.UNREACHABLE
    assert "waits" in result.stderr
    assert run("sync").exit_code == Exit.UNREACHABLE
    settings.write_text(settings.read_text().replace("http://127.0.0.1:9", connected.url))
    assert run("sync").exit_code == 0
    assert "a note" in [message["body"] for message in at_the_desk(connected, number)["messages"]]


def test_read_only_refuses_changes_before_or_after_the_verb(run: Run, connected: Served) -> None:
    number = unowned(run)
    for arguments in (("--read-only", "take", number), ("take", number, "--read-only")):
        result = run(*arguments)
        assert result.exit_code == Exit.REFUSED
        assert "read-only" in result.stderr


def test_no_secret_is_written_anywhere_but_its_own_file(run: Run, connected: Served, folders: Path) -> None:
    run("take", unowned(run))
    run("doctor")
    secret = connected.token.encode()
    holding = [
        path.relative_to(folders)
        for path in folders.rglob("*")
        if path.is_file() and secret in path.read_bytes()
    ]
    assert holding == [Path("config/tokens/work")]
    others = [path for path in folders.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert others == [], "all of it is the user's own"
    assert secret.decode() not in " ".join(os.environ.values())


def test_a_time_to_wait_is_a_number_of_seconds(run: Run) -> None:
    for wrong in ("nan", "inf", "-1", "soon"):
        result = run("sync", f"--wait={wrong}")
        assert result.exit_code == 2, wrong
        assert f"'{wrong}' is no number of seconds" in result.stderr


def test_no_ticket_is_not_looked_for(run: Run, connected: Served) -> None:
    result = run("show", "")
    assert result.exit_code == 2
    assert "No ticket was named" in result.stderr
