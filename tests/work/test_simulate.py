"""Simulation: what another policy would have meant, by level and ticket by ticket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from techdesk.model import Status
from techdesk.policies.book import SHIPPED, PolicyBook
from techdesk.sla.evaluation import Metric
from techdesk.sla.history import History
from techdesk.sla.policy import Policy
from techdesk.work.simulate import PROGRESS_EVERY, Case, report_lines, simulate
from tests.policies.running import ticket
from tests.sla.calendars import HOUR, at
from tests.sla.policies import reply

NOW = at("2026-06-13 12:00")
SINCE = NOW - 30 * 86400
BOOK = PolicyBook.load()


def shorter(folder: Path) -> Policy:
    """Dynamix, with half an hour for P1 instead of an hour."""
    text = (SHIPPED / "dynamix.toml").read_text(encoding="utf-8")
    changed = text.replace('amount = "1h"', 'amount = "30min"')
    assert changed != text
    (folder / "dynamix.toml").write_text(changed, encoding="utf-8")
    return BOOK.read(folder / "dynamix.toml")


def case(key: int, created: int, policy: str = "dynamix", **fields: object) -> Case:
    return key, f"TD-{key}", policy, ticket(created, **fields)


def p1(key: int, created: int, answered: int | None) -> Case:
    return case(key, created, priority=1, messages=(reply(created + answered),) if answered else ())


CASES = [
    p1(1, NOW - 5 * HOUR, 20 * 60),  # met under both
    p1(2, NOW - 5 * HOUR, 40 * 60),  # met today, missed under the candidate
    p1(3, NOW - 5 * HOUR, 2 * HOUR),  # missed under both
    p1(4, NOW - 40 * 60, None),  # runs today, breached under the candidate
    case(5, NOW - HOUR, priority=3),  # the same under both
    case(6, NOW - HOUR, "phonism", severity=2),  # another policy's
    p1(7, SINCE - HOUR, 40 * 60),  # before the time
]


def test_by_level_and_by_ticket(tmp_path: Path) -> None:
    report = simulate(CASES, BOOK, shorter(tmp_path), SINCE, NOW)
    assert (report.replayed, report.passed_over, report.cancelled) == (5, 2, False)
    first = next(each for each in report.lines if (each.level, each.metric) == ("P1", Metric.FIRST_RESPONSE))
    assert (first.today.met, first.today.missed, first.today.running, first.today.breached) == (2, 1, 1, 0)
    assert (first.candidate.met, first.candidate.missed, first.candidate.breached) == (1, 2, 1)
    assert (first.today.late, first.candidate.late) == (1, 3)
    # Every P1 has another deadline, and two of them another verdict.
    assert [change.number for change in report.changed] == ["TD-1", "TD-2", "TD-3", "TD-4"]
    verdicts = [(c.today.verdict, c.candidate.verdict) for c in report.changed]
    assert verdicts == [("met", "met"), ("met", "missed"), ("missed", "missed"), ("running", "breached")]
    assert (report.changed_count, report.changed_tickets) == (4, 4)
    assert [(line.level, line.metric) for line in report.lines if line.level == "P3"] == [
        ("P3", Metric.FIRST_RESPONSE),
        ("P3", Metric.ESCALATION),
    ]


def test_today_s_policy_changes_nothing() -> None:
    dynamix = BOOK.get("dynamix")
    assert dynamix is not None
    report = simulate(CASES, BOOK, dynamix, SINCE, NOW)
    assert (report.changed, report.changed_count) == ((), 0)
    for line in report.lines:
        assert line.today == line.candidate


def test_a_new_policy_is_tried_on_every_ticket(tmp_path: Path) -> None:
    text = (SHIPPED / "dynamix.toml").read_text(encoding="utf-8").replace('name = "dynamix"', 'name = "mine"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    report = simulate(CASES, BOOK, BOOK.read(tmp_path / "mine.toml"), SINCE, NOW)
    assert report.replayed == 6
    (lost,) = [change for change in report.changed if change.number == "TD-6"]
    assert (lost.level, lost.candidate.verdict) == ("not graded", "none")
    everything = simulate(CASES, BOOK, shorter(tmp_path), SINCE, NOW, everything=True)
    assert everything.replayed == 6


def test_an_overlay_can_be_tried(tmp_path: Path) -> None:
    (tmp_path / "try.toml").write_text(
        'schema = 1\nextends = "data-dynamics"\nversion = "try"\n[readings]\nlow = "counted"\n',
        encoding="utf-8",
    )
    history = History(created=NOW - 9 * HOUR, status=Status.OPEN, severity=1, priority=3, kind="problem")
    report = simulate(
        [(1, "TD-1", "data-dynamics", history)], BOOK, BOOK.read(tmp_path / "try.toml"), SINCE, NOW
    )
    (line,) = report.lines
    assert (line.level, line.today.breached, line.candidate.breached) == ("S1", 0, 1)


def many(count: int) -> Iterator[Case]:
    for key in range(count):
        yield p1(key, NOW - 5 * HOUR, 60 * (20 + key % 60))


def test_progress_and_cancelling(tmp_path: Path) -> None:
    heard: list[int] = []
    report = simulate(many(2 * PROGRESS_EVERY + 7), BOOK, shorter(tmp_path), SINCE, NOW, heard.append)
    assert heard == [PROGRESS_EVERY, 2 * PROGRESS_EVERY, 2 * PROGRESS_EVERY + 7]
    assert report.replayed == 2 * PROGRESS_EVERY + 7
    stopped = simulate(
        many(10 * PROGRESS_EVERY), BOOK, shorter(tmp_path), SINCE, NOW, heard.append, lambda: len(heard) > 4
    )
    assert stopped.cancelled
    assert stopped.replayed == 2 * PROGRESS_EVERY - 1
    assert "(stopped early)" in report_lines(stopped, ZoneInfo("Etc/UTC"))[0]


def test_lines_and_json(tmp_path: Path) -> None:
    report = simulate(CASES, BOOK, shorter(tmp_path), SINCE, NOW)
    lines = report_lines(report, ZoneInfo("Etc/UTC"), most=2)
    assert lines[0].startswith(
        "Dynamix 2026.1, tickets since Thu 14 May 2026 12:00 UTC: 5 replayed, 2 passed over"
    )
    assert "P1            RSP                2       1       1       1       3       0" in lines
    assert lines[-1] == "  and 2 more"
    assert any("TD-1  P1  RSP: met, due" in line and "(30 min earlier)" in line for line in lines)
    assert msgspec.json.decode(msgspec.json.encode(report))["changed_tickets"] == 4


@pytest.mark.soak
def test_a_hundred_thousand_tickets(tmp_path: Path) -> None:
    assert simulate(many(100_000), BOOK, shorter(tmp_path), SINCE, NOW).replayed == 100_000
