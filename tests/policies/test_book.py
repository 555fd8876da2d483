"""The book of policies: what ships, what a site changes, who falls under which."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from techdesk.model import Status
from techdesk.policies.book import Assignment, PolicyBook
from techdesk.sla.evaluation import Urgency
from techdesk.sla.history import History
from techdesk.sla.policy_error import PolicyError
from tests.sla.policies import HEAD, target

TICKET = History(created=1_000_000, status=Status.OPEN, priority=1)


def site(folder: Path, name: str, text: str) -> PolicyBook:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return PolicyBook.load(folder)


def test_every_shipped_policy_can_be_read() -> None:
    book = PolicyBook.load()
    wanted = ("data-dynamics", "dynamix", "office-hours", "phonism", "wildix", "zynstra")
    assert book.names() == wanted
    assert book.check() == ()
    for name in book.names():
        policy = book.get(name)
        assert policy is not None
        for calendar in policy.calendars:
            assert book.calendar(policy, calendar) is book.calendar(policy, calendar)


def test_no_policy_and_an_unknown_one_give_the_age() -> None:
    book = PolicyBook.load()
    assert "no policy is assigned" in book.evaluate("", TICKET, 1_000_060).note
    evaluation = book.evaluate("acme", TICKET, 1_000_060)
    assert "no policy file for 'acme'" in evaluation.note
    assert (evaluation.targets, evaluation.row.urgency) == ((), Urgency.NONE)
    assert book.get("acme") is None
    assert book.explain("acme", TICKET, 1_000_060).note == evaluation.note


def test_a_site_adds_a_policy(tmp_path: Path) -> None:
    book = site(tmp_path, "test", HEAD + target())
    assert "test" in book.names()
    assert book.title("test") == "Test"
    assert book.evaluate("test", TICKET, 1_000_060).row.due == 1_003_600


def test_a_site_s_whole_file_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    book = site(tmp_path, "dynamix", HEAD.replace('name = "test"', 'name = "dynamix"') + target())
    assert book.title("dynamix") == "Test"


def test_a_missing_folder_holds_no_policies(tmp_path: Path) -> None:
    assert PolicyBook.load(tmp_path / "none").names() == PolicyBook.load().names()


class TestFaults:
    def test_a_fault_is_told_and_costs_only_that_policy(self, tmp_path: Path) -> None:
        book = site(tmp_path, "acme", "schema = 1\nname = 3\n")
        with pytest.raises(PolicyError, match=r"acme\.toml:2: name: 3 is no text"):
            book.get("acme")
        assert [error.line for error in book.check()] == [2]
        assert "acme.toml:2" in book.evaluate("acme", TICKET, 1_000_060).note
        assert book.get("dynamix") is not None

    @pytest.mark.parametrize(
        ("name", "text", "words"),
        [
            ("other", HEAD, "the name 'test' is not the file's"),
            ("acme", 'schema = 1\nextends = "acme"\nversion = "1"\n', "extends a shipped policy"),
            ("acme", 'schema = 1\nextends = "dynamix"\nversion = "1"\n', "is named like it"),
            (
                "dynamix",
                'schema = 1\nextends = "dynamix"\nversion = "1"\n[readings]\nmood = "x"\n',
                "dynamix.toml:5: readings.mood: 'dynamix' has no such reading; allowed: untriaged-email",
            ),
            (
                "dynamix",
                'schema = 1\nextends = "dynamix"\nversion = "1"\n[readings]\nreopen-clocks = "x"\n',
                "readings.reopen-clocks: 'x' is no choice of 'dynamix'; allowed: continue, new_targets",
            ),
            (
                "dynamix",
                'schema = 1\nextends = "dynamix"\nversion = "1"\n[holidays.mars]\nadd = [2026-01-01]\n',
                "dynamix.toml:4: holidays.mars: 'dynamix' has no such calendar",
            ),
        ],
    )
    def test_in_a_site_s_file(self, tmp_path: Path, name: str, text: str, words: str) -> None:
        (error,) = site(tmp_path, name, text).check()
        assert words in str(error)

    def test_bytes_that_are_no_text(self, tmp_path: Path) -> None:
        (tmp_path / "acme.toml").write_bytes(b"\xff\xfe")
        (error,) = PolicyBook.load(tmp_path).check()
        assert "cannot be read" in str(error)


class TestChoosing:
    BOOK = PolicyBook.load(
        assignments=(
            Assignment(organisation="Tasman Phones", policy="phonism"),
            Assignment(queue="Voice", tag="gold", policy="Data Dynamics"),
            Assignment(queue="Voice", policy="wildix"),
        ),
        default="dynamix",
    )

    @pytest.mark.parametrize(
        ("organisation", "queue", "tags", "hint", "expected"),
        [
            ("tasman phones", "Voice", (), "", "phonism"),
            ("Acme", "voice", ("Gold",), "", "data-dynamics"),
            ("Acme", "Voice", (), "zynstra", "wildix"),
            ("Acme", "Mail", (), "Zynstra", "zynstra"),
            ("Acme", "Mail", (), "", "dynamix"),
        ],
    )
    def test_first_match_then_hint_then_default(
        self, organisation: str, queue: str, tags: tuple[str, ...], hint: str, expected: str
    ) -> None:
        assert self.BOOK.choose(organisation, queue, tags, hint) == expected

    def test_without_rules_there_is_none(self) -> None:
        assert PolicyBook.load().choose("Acme") == ""


def test_loading_the_book_reads_no_file_and_imports_no_holidays() -> None:
    script = (
        "import sys; from techdesk.policies.book import PolicyBook; book = PolicyBook.load(); "
        "assert book._policies == {}; assert book.choose('Acme') == ''; "
        "early = {'techdesk.sla.evaluate', 'techdesk.sla.policy', 'zoneinfo', 'tomllib'} & set(sys.modules); "
        "assert not early; "
        "book.get('dynamix'); assert 'holidays' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_fingerprint_is_another_when_an_answer_may_be(tmp_path: Path) -> None:
    plain = PolicyBook.load()
    assert plain.fingerprint() == PolicyBook.load().fingerprint()
    (tmp_path / "dynamix.toml").write_text('extends = "dynamix"\n')
    others = [
        PolicyBook.load(tmp_path),
        PolicyBook.load(default="dynamix"),
        PolicyBook.load(assignments=[Assignment(policy="wildix", queue="PBX")]),
    ]
    assert len({plain.fingerprint(), *(book.fingerprint() for book in others)}) == 4
