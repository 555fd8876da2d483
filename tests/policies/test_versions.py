"""Pinned versions: a ticket keeps the policy that it was opened or last regraded under."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from techdesk.model import Status
from techdesk.policies.book import PolicyBook
from techdesk.sla.history import Change, History
from techdesk.sla.policy_error import PolicyError
from tests.policies.running import ticket
from tests.sla.calendars import HOUR, at
from tests.sla.policies import HEAD, priority, target

OLD, NEW = at("2026-03-01 10:00"), at("2026-07-01 10:00")


def whole(version: str, hours: int, valid_from: str = "") -> str:
    head = HEAD.replace('version = "1"', f'version = "{version}"')
    dated = f"valid_from = {valid_from}\n" if valid_from else ""
    return dated + head + target(amount=f'"{hours}h"')


@pytest.fixture
def book(tmp_path: Path) -> PolicyBook:
    (tmp_path / "archive").mkdir()
    (tmp_path / "test.toml").write_text(whole("3", 3, "2026-06-01"))
    (tmp_path / "archive" / "test@1.toml").write_text(whole("1", 1, "2025-01-01"))
    (tmp_path / "archive" / "test@2.toml").write_text(whole("2", 2, "2026-02-01"))
    return PolicyBook.load(tmp_path)


def due(book: PolicyBook, history: History, version: str | None = None) -> tuple[str, int | None]:
    evaluation = book.evaluate("test", history, history.created, version)
    return evaluation.version, evaluation.row.due


def test_versions_are_in_order_of_their_first_day(book: PolicyBook) -> None:
    assert [(v.version, v.valid_from) for v in book.versions("test")] == [
        ("1", date(2025, 1, 1)),
        ("2", date(2026, 2, 1)),
        ("3", date(2026, 6, 1)),
    ]
    current, second = book.get("test"), book.get("test", "2")
    assert current is not None
    assert second is not None
    assert (current.version, second.version, book.get("test", "9")) == ("3", "2", None)


@pytest.mark.parametrize(
    ("created", "version", "hours"),
    [
        (at("2025-06-01"), "1", 1),
        (OLD, "2", 2),
        (NEW, "3", 3),
        (at("2020-01-01"), "1", 1),
        (at("2026-06-01"), "3", 3),
    ],
)
def test_a_ticket_keeps_the_version_it_was_opened_under(
    book: PolicyBook, created: int, version: str, hours: int
) -> None:
    history = ticket(created, priority=1)
    assert due(book, history) == (version, created + hours * HOUR)
    assert book.pinned("test", history) == version


def test_a_regrade_moves_it_to_the_version_of_that_day(book: PolicyBook) -> None:
    history = ticket(OLD, priority=1, changes=(priority(NEW, 2, 1),))
    assert due(book, history)[0] == "3"
    other = ticket(OLD, priority=1, changes=(Change(at=NEW, field="owner", old=None, new="7"),))
    assert due(book, other)[0] == "2"


def test_a_version_may_be_asked_for(book: PolicyBook) -> None:
    history = ticket(NEW, priority=1)
    assert due(book, history, "1") == ("1", NEW + HOUR)
    assert due(book, history, "lost") == (
        "3",
        NEW + 3 * HOUR,
    )  # in no archive: the pinned one, and it says so
    assert book.explain("test", history, NEW, "1").version == "1"


def test_a_finished_ticket_keeps_its_verdict_when_a_new_version_comes(tmp_path: Path) -> None:
    closed = (Change(at=OLD + 90 * 60, field="status", old="open", new="closed"),)
    history = ticket(OLD, priority=1, changes=closed)
    history = History(created=OLD, status=Status.CLOSED, priority=1, changes=history.changes)
    (tmp_path / "test.toml").write_text(whole("1", 1))
    before = PolicyBook.load(tmp_path).evaluate("test", history, NEW)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "test@1.toml").write_text(whole("1", 1, "2025-01-01"))
    (tmp_path / "test.toml").write_text(whole("2", 4, "2026-06-01"))
    after = PolicyBook.load(tmp_path).evaluate("test", history, NEW)
    assert after == before


class TestOverlays:
    def test_without_a_date_it_holds_for_the_shipped_archive_too(self, tmp_path: Path) -> None:
        shipped, site = tmp_path / "shipped", tmp_path / "site"
        (shipped / "archive").mkdir(parents=True)
        site.mkdir()
        (shipped / "test.toml").write_text(whole("2", 2, "2026-06-01"))
        (shipped / "archive" / "test@1.toml").write_text(whole("1", 1, "2025-01-01"))
        overlay = 'schema = 1\nextends = "test"\nversion = "site"\n[holidays.office]\nadd = [2026-03-02]\n'
        (site / "test.toml").write_text(overlay)
        book = PolicyBook.load(site, shipped=shipped)
        assert [v.version for v in book.versions("test")] == ["1+site", "2+site"]
        (site / "test.toml").write_text(overlay.replace("version", "valid_from = 2026-06-15\nversion"))
        book = PolicyBook.load(site, shipped=shipped)
        assert [v.version for v in book.versions("test")] == ["1", "2", "2+site"]
        assert book.pinned("test", ticket(at("2026-06-10"))) == "2"

    def test_a_site_s_whole_file_leaves_the_shipped_archive_out(self, tmp_path: Path) -> None:
        shipped, site = tmp_path / "shipped", tmp_path / "site"
        (shipped / "archive").mkdir(parents=True)
        site.mkdir()
        (shipped / "test.toml").write_text(whole("2", 2))
        (shipped / "archive" / "test@1.toml").write_text(whole("1", 1))
        (site / "test.toml").write_text(whole("own", 9))
        assert [v.version for v in PolicyBook.load(site, shipped=shipped).versions("test")] == ["own"]


class TestFaults:
    def test_an_archived_file_says_from_when(self, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        (tmp_path / "test.toml").write_text(whole("2", 2))
        (tmp_path / "archive" / "test@1.toml").write_text(whole("1", 1))
        book = PolicyBook.load(tmp_path)
        (error,) = book.check()
        assert "from when it was valid" in str(error)
        assert "has a fault" in book.evaluate("test", ticket(OLD, priority=1), OLD).note
        assert book.pinned("test", ticket(OLD)) == ""

    def test_two_of_one_name_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "archive").mkdir()
        (tmp_path / "test.toml").write_text(whole("2", 2, "2026-06-01"))
        (tmp_path / "archive" / "test@2.toml").write_text(whole("2", 1, "2025-01-01"))
        with pytest.raises(PolicyError, match="'2' of test is there twice"):
            PolicyBook.load(tmp_path).versions("test")

    def test_a_date_with_quotes(self, tmp_path: Path) -> None:
        (tmp_path / "test.toml").write_text(whole("2", 2, '"2026-06-01"'))
        (error,) = PolicyBook.load(tmp_path).check()
        assert "is no date; allowed: 2026-01-31, without quotes" in str(error)
