"""Instants and spans as people read them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from techdesk.widgets.moments import age, clock_time, due_time, file_size, span, zone_label

NOW = 1_793_714_520  # Tuesday 3 November 2026, 14:02 UTC
BERLIN, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("instant", "zone", "words"),
    [
        (NOW, BERLIN, "15:02"),
        (NOW, KOLKATA, "19:32"),
        (NOW + 86_400, BERLIN, "Wed 4 Nov 15:02"),
        (NOW - 14 * 3600 - 180, BERLIN, "00:59"),
        (NOW - 15 * 3600 - 180, BERLIN, "Mon 2 Nov 23:59"),
        (NOW - 400 * 86_400, BERLIN, "29 Sep 2025 16:02 CEST"),
    ],
)
def test_clock_time(instant: int, zone: ZoneInfo, words: str) -> None:
    assert clock_time(instant, NOW, zone) == words


def test_a_deadline_names_its_zone() -> None:
    assert due_time(NOW, NOW, BERLIN) == "15:02 CET"
    assert due_time(NOW, NOW, KOLKATA) == "19:32 IST"
    assert zone_label(NOW, ZoneInfo("America/Sao_Paulo")) == "-03:00"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (3599, "59 min"),
        (3600, "1 h"),
        (3900, "1 h 05 min"),
        (-90_000, "1 d 1 h"),
        (86_400, "1 d"),
    ],
)
def test_span(seconds: int, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(3, "just now"), (60, "1m"), (7200, "2h"), (200_000, "2d")])
def test_age(seconds: int, words: str) -> None:
    assert age(seconds) == words


@pytest.mark.parametrize(("size", "words"), [(812, "812 B"), (48_211, "48 kB"), (1_204_000, "1.2 MB")])
def test_file_size(size: int, words: str) -> None:
    assert file_size(size) == words
