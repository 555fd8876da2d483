"""The text of a countdown."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from techdesk.model import Status
from techdesk.sla.evaluation import Level, RowClock, Urgency
from techdesk.widgets.sla_clock import (
    WIDTH,
    age_text,
    clock_glyph,
    clock_level,
    clock_text,
    clock_word,
    countdown_text,
    span_text,
)

NOW = 1_793_714_520


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (599, "+09:59"),
        (0, "+00:00"),
        (-1, "-00:01"),
        (-271, "-04:31"),
        (-600, "-10m"),
        (600, "10m"),
        (3599, "59m"),
        (3600, "1h 00m"),
        (4320, "1h 12m"),
        (-86_399, "-23h59m"),
        (273_600, "3d 04h"),
        (-273_600, "-3d 04h"),
        (100 * 86_400, "100d"),
    ],
)
def test_countdown(seconds: int, text: str) -> None:
    assert countdown_text(seconds) == text


def test_every_text_fits_its_column_at_any_distance() -> None:
    for seconds in [*range(-4000, 4000, 7), *(s * 3599 for s in range(-3000, 3000, 11)), 10**10, -(10**10)]:
        assert cell_len(countdown_text(seconds)) <= WIDTH, seconds
        assert cell_len(age_text(seconds)) <= WIDTH, seconds


def test_text_changes_rarely_far_from_the_deadline() -> None:
    hour = {countdown_text(3600 - second) for second in range(1800)}
    assert len(hour) == 31  # once a minute


def test_a_reminder_past_its_hour_is_untriaged_and_never_late() -> None:
    review = clock(metric="REV", due=NOW, breach_at=None, warning_at=NOW - 900, critical_at=NOW - 720)

    def said(now: int) -> tuple[str, str, str]:
        args = (Status.NEW, now)
        return clock_glyph(review, *args), clock_text(review, NOW - 7200, *args), clock_word(review, *args)

    assert said(NOW - 901) == ("  ", "15m", "running")
    assert said(NOW - 60) == ("* ", "+01:00", "soon")
    assert said(NOW) == ("? ", "age 2h", "untriaged")
    assert said(NOW + 90_000) == ("? ", "age 1d", "untriaged")
    assert clock_level(review, Status.NEW, NOW + 90_000) is Level.WARNING
    assert clock_word(clock(metric="RES", due=NOW, breach_at=None), Status.NEW, NOW) == "reminder"


def clock(**more: object) -> RowClock:
    values: dict[str, object] = {
        "policy": "D",
        "urgency": Urgency.CLOCK,
        "order": NOW + 60,
        "metric": "RSP",
        "due": NOW + 60,
        "breach_at": NOW + 61,
        "warning_at": NOW - 3540,
        "critical_at": NOW - 840,
    }
    values.update(more)
    return RowClock(**values)


def test_level_glyph_and_word_go_together() -> None:
    running = clock(due=NOW + 7200, breach_at=NOW + 7201, warning_at=NOW + 3600, critical_at=NOW + 6300)
    at = [
        (running, Level.OK, "  ", "running"),
        (clock(critical_at=NOW + 30), Level.WARNING, "* ", "soon"),
        (clock(), Level.CRITICAL, "! ", "critical"),
        (clock(breach_at=NOW), Level.BREACHED, "!!", "breached"),
        (clock(immediate=True, due=None, breach_at=None), Level.CRITICAL, "! ", "at once"),
        (clock(immediate=True), Level.CRITICAL, "! ", "at once"),
        (clock(immediate=True, breach_at=NOW), Level.BREACHED, "!!", "breached"),
        (clock(urgency=Urgency.PAUSED, left=4320, due=None), Level.NONE, "||", "paused"),
        (RowClock(policy="", urgency=Urgency.NONE, order=NOW), Level.NONE, "  ", ""),
    ]
    for each, level, glyph, word in at:
        assert clock_level(each, Status.OPEN, NOW) is level
        assert clock_glyph(each, Status.OPEN, NOW) == glyph
        assert clock_word(each, Status.OPEN, NOW) == word


def test_what_stands_in_the_column() -> None:
    assert clock_text(clock(), NOW, Status.OPEN, NOW) == "+01:00"
    assert clock_text(clock(urgency=Urgency.PAUSED, left=4320), NOW, Status.WAITING, NOW) == "1h 12m"
    assert clock_text(clock(immediate=True, due=None), NOW, Status.NEW, NOW) == "NOW"
    assert clock_text(clock(immediate=True, warning_at=NOW + 1), NOW, Status.NEW, NOW) == "NOW"
    assert clock_text(clock(immediate=True), NOW, Status.NEW, NOW) == "+01:00", "its number, once it warns"
    age = RowClock(policy="", urgency=Urgency.NONE, order=NOW)
    assert clock_text(age, NOW - 3 * 86_400, Status.NEW, NOW) == "age 3d"
    assert clock_text(clock(), NOW, Status.CLOSED, NOW) == "done"


def test_done_tickets_are_never_late() -> None:
    assert clock_level(clock(breach_at=NOW - 5), Status.CLOSED, NOW) is Level.NONE
    assert clock_glyph(clock(breach_at=NOW - 5), Status.RESOLVED, NOW) == "  "


def test_spans() -> None:
    assert [span_text(s) for s in (0, 59, 60, 3600, 86_400)] == ["0s", "59s", "1m", "1h 00m", "1d 00h"]
