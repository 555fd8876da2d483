"""``techdesk policy`` and ``techdesk explain`` on the command line, with a real cache."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from techdesk.cli import command
from techdesk.clock import SystemClock
from techdesk.policies.book import SHIPPED, PolicyBook
from techdesk.store.database import Database
from techdesk.store.volume import seed
from techdesk.verbs.policy import _Stop
from tests.policies.running import ticket

Run = Callable[..., Result]
TICKETS = 700


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Settings with one profile, whose cache holds invented tickets."""
    home = tmp_path_factory.mktemp("home")
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text('[profiles.work]\nurl = "https://desk.example/"\n')
    database = Database.open(home / "state" / "profiles" / "work", PolicyBook.load())
    try:
        seed(database, TICKETS, now=SystemClock().now())
    finally:
        database.close()
    return home


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TECHDESK_CONFIG_DIR", str(home / "config"))
    monkeypatch.setenv("TECHDESK_STATE_DIR", str(home / "state"))

    def call(*arguments: str) -> Result:
        verb = () if arguments[0] == "explain" else ("policy",)
        return CliRunner().invoke(command, [*verb, *arguments], prog_name="techdesk")

    return call


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    text = (SHIPPED / "dynamix.toml").read_text(encoding="utf-8")
    path = tmp_path / "dynamix.toml"
    path.write_text(text.replace('amount = "2h"', 'amount = "45min"'), encoding="utf-8")
    return path


def test_list_and_show(run: Run) -> None:
    assert "wildix" in run("list").stdout
    assert len(json.loads(run("list", "--json").stdout)) == 6
    assert "Critical response in less than 30 min" in run("show", "phonism").stdout
    assert json.loads(run("show", "zynstra", "--json").stdout)["name"] == "zynstra"
    assert run("show", "dynamix", "--version", "2026.1").exit_code == 0


def test_what_is_not_there(run: Run) -> None:
    gone = run("show", "acme")
    assert (gone.exit_code, "There are: data-dynamics" in gone.stderr) == (5, True)
    older = run("show", "dynamix", "--version", "1")
    assert (older.exit_code, "There are: 2026.1" in older.stderr) == (5, True)


def test_check(run: Run, tmp_path: Path) -> None:
    everything = run("check")
    assert everything.exit_code == 0
    assert "contradiction" in everything.stdout
    bad = tmp_path / "bad.toml"
    bad.write_text('schema = 1\nname = "bad"\ntitle = "Bad"\n')
    found = run("check", str(bad))
    assert (found.exit_code, "needs 'version'" in found.stdout) == (1, True)
    assert json.loads(run("check", str(bad), "--json").stdout)[0]["kind"] == "fault"


def test_check_refreshes_holidays(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    text = (SHIPPED / "office-hours.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('country = "GB", subdivision = "ENG"', 'country = "FR"'), encoding="utf-8")
    before = run("check", str(file))
    assert (before.exit_code, "holidays of FR have not been expanded yet" in before.stdout) == (1, True)
    after = run("check", str(file), "--refresh")
    assert after.exit_code == 0, after.stdout
    assert (tmp_path / "holidays" / "FR.json").exists()


def test_cases(run: Run, tmp_path: Path) -> None:
    sample = Path(__file__).parents[1] / "sla" / "data" / "cases.json"
    agreed = run("test", str(sample))
    assert (agreed.exit_code, "cases agree" in agreed.stdout) == (0, True)
    document = json.loads(sample.read_text())
    case = next(each for each in document["cases"] if each.get("op", "deadline") == "deadline")
    case["expected"] = "2001-01-01T00:00:00Z"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(document))
    found = run("test", str(wrong))
    assert (found.exit_code, "expected 2001-01-01T00:00:00Z, got" in found.stdout) == (1, True)
    del case["timezone"]
    wrong.write_text(json.dumps(document))
    malformed = run("test", str(wrong))
    assert (malformed.exit_code, f"case {case['id']}" in malformed.stderr) == (1, True)


def test_simulate(run: Run, candidate: Path) -> None:
    result = run("simulate", str(candidate), "--since", "52w", "--count", "2")
    assert result.exit_code == 0, result.stderr
    assert "tickets change" in result.stdout
    report = json.loads(run("simulate", str(candidate), "--since", "52w", "--json").stdout)
    assert 0 < report["changed_tickets"] < report["replayed"] <= TICKETS
    p2 = next(each for each in report["lines"] if (each["level"], each["metric"]) == ("P2", "first_response"))
    assert sum(p2["today"].values()) == sum(p2["candidate"].values())
    assert (
        p2["candidate"]["missed"] + p2["candidate"]["breached"]
        > p2["today"]["missed"] + p2["today"]["breached"]
    )


@pytest.mark.parametrize(("since", "words"), [("soon", "is no time"), ("30", "is no time")])
def test_since_is_a_span_or_a_date(run: Run, candidate: Path, since: str, words: str) -> None:
    result = run("simulate", str(candidate), "--since", since)
    assert (result.exit_code, words in result.stderr) == (2, True)
    assert run("simulate", str(candidate), "--since", "2020-01-31").exit_code == 0


def test_a_candidate_with_a_fault(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("schema = 2\n")
    result = run("simulate", str(tmp_path / "x.toml"))
    assert (result.exit_code, "x.toml:1: schema: this techdesk reads schema 1" in result.stderr) == (1, True)


def test_explain(run: Run, candidate: Path) -> None:
    report = json.loads(run("simulate", str(candidate), "--since", "52w", "--json").stdout)
    number = report["changed"][0]["number"]
    shown = run("explain", number, "--zone", "Asia/Kolkata")
    assert shown.exit_code == 0, shown.stderr
    assert "Dynamix 2026.1" in shown.stdout
    assert "IST" in shown.stdout
    data = json.loads(run("explain", number, "--json").stdout)
    assert data["policy"] == "dynamix"
    assert data["targets"]


def test_explain_what_is_not_there(run: Run) -> None:
    assert run("explain", "nowhere-1", "--offline").exit_code == 5
    assert run("explain", "10001", "--zone", "Mars/Olympus").exit_code == 2


def test_ctrl_c_ends_the_replay_and_not_the_verb() -> None:
    stop = _Stop()
    seen = []
    before = signal.getsignal(signal.SIGINT)
    for case in stop.over(iter([(n, f"TD-{n}", "dynamix", ticket(0)) for n in range(3)])):
        seen.append(case[0])
        if len(seen) == 2:
            signal.raise_signal(signal.SIGINT)
            assert stop.asked()
            break
    assert seen == [0, 1]
    assert signal.getsignal(signal.SIGINT) is before
