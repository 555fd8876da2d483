"""Instants in a gate's sentence: each with the zone it is told in."""

from __future__ import annotations

from datetime import datetime

import pytest

from techdesk.rules.wording import moment
from tests.screens.test_two_viewers import looking_from

OPENS = int(datetime.fromisoformat("2026-11-24T14:00:00-05:00").timestamp())


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "2026-11-24 14:00 EST"),
        ("Asia/Kolkata", "2026-11-25 00:30 IST"),
        ("America/Sao_Paulo", "2026-11-24 16:00 -03:00"),
        ("Etc/UTC", "2026-11-24 19:00 UTC"),
    ],
)
def test_a_moment_names_its_zone(zone: str, words: str) -> None:
    with looking_from(zone):
        assert moment(OPENS) == words


def test_of_two_equal_hours_in_autumn_each_has_its_label() -> None:
    first = int(datetime.fromisoformat("2026-11-01T01:30:00-04:00").timestamp())
    with looking_from("America/New_York"):
        assert (moment(first), moment(first + 3600)) == ("2026-11-01 01:30 EDT", "2026-11-01 01:30 EST")


def test_what_never_was_has_no_zone() -> None:
    assert moment(None) == "never"
