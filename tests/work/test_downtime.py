"""Down time of a ticket: from notice to restoration, without what the text leaves out (D15, D19)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from techdesk.policies.book import PolicyBook
from techdesk.rules import records
from techdesk.rules.records import Record, Records
from techdesk.sla.policy import Period
from techdesk.work.downtime import Outage, allowed, counted, downtime_lines, outages, period_of

POLICY = PolicyBook.load().get("dynamix")
BEGAN = int(datetime(2026, 11, 3, 9, 0, tzinfo=UTC).timestamp())
NOW = BEGAN + 7200


def noted(*fields: dict[str, str]) -> Records:
    return Records(
        all=tuple(
            Record(id=f"r{n}", kind=records.OUTAGE, at=NOW + n, by="bea", fields=each)
            for n, each in enumerate(fields)
        )
    )


def told(*fields: dict[str, str]) -> str:
    assert POLICY is not None
    return "\n".join(line.words for line in downtime_lines(POLICY, noted(*fields), NOW))


def outage(**more: str) -> dict[str, str]:
    return {"service": "voice", "cause": "ours", "from": str(BEGAN), "counts": "yes", **more}


def test_it_counts_from_notice_to_restoration() -> None:
    words = told(outage(until=str(BEGAN + 1800)))
    assert "Business Voice and SIP" in words
    assert "30 min 00 s counted; 99.99 % allow 4 min 19 s in the month it began in" in words


def test_it_counts_while_it_lasts() -> None:
    assert "to now, 2 h 00 min counted" in told(outage())


@pytest.mark.parametrize("cause", ["scheduled-maintenance", "client-neglect", "last-mile"])
def test_what_the_text_leaves_out_does_not_count_whatever_was_noted(cause: str) -> None:
    words = told(outage(cause=cause, until=str(BEGAN + 1800)))
    assert "Not counted: " in words
    assert "allow" not in words


def test_the_later_word_on_an_outage_counts_and_others_stand_beside_it() -> None:
    assert POLICY is not None
    found = outages(POLICY, noted(outage(), outage(until=str(BEGAN + 60)), outage(service="cloud")))
    assert [(each.service, each.ended) for each in found] == [("voice", BEGAN + 60), ("cloud", None)]


def test_a_month_of_thirty_days_and_one_of_thirty_one() -> None:
    assert (allowed("99.99", BEGAN), allowed("99", BEGAN)) == (259, 25_920)
    december = int(datetime(2026, 12, 3, tzinfo=UTC).timestamp())
    assert (allowed("99.99", december), allowed("99", december)) == (267, 26_784)


def test_a_ticket_without_outages_says_nothing() -> None:
    assert told() == ""
    assert told({"service": "voice"}) == "", "an outage without a beginning is none"


def down(began: int, ended: int | None, *, counts: bool = True) -> Outage:
    return Outage(service="voice", began=began, ended=ended, cause="", counts=counts)


@pytest.mark.parametrize(
    ("found", "seconds"),
    [
        ([(0, 100), (50, 150)], 150),
        ([(0, 100), (10, 20)], 100),
        ([(0, 100), (100, 200)], 200),
        ([(0, 100), (300, 400)], 200),
        ([(0, None), (50, 150)], 1000),
        ([(-500, 100), (900, 2000)], 200),
        ([(2000, None)], 0),
    ],
)
def test_outages_that_overlap_count_once(found: list[tuple[int, int | None]], seconds: int) -> None:
    assert counted([down(*each) for each in found], 0, 1000, now=1000) == seconds


def test_what_counts_does_so_in_full_also_over_a_maintenance() -> None:
    """D15: an unrelated outage that overlaps the window of a maintenance counts as a whole."""
    assert counted([down(0, 600, counts=False), down(300, 900)], 0, 1000, now=1000) == 600


def test_two_outages_of_a_service_are_summed_up_for_the_month() -> None:
    later = outage(**{"from": str(BEGAN + 900), "until": str(BEGAN + 2700)})
    words = told(outage(until=str(BEGAN + 1800)), later)
    assert "in November 2026, overlaps once: 45 min 00 s of 4 min 19 s allowed, over by 40 min 41 s." in words


def test_an_outage_over_the_end_of_a_month_is_told_for_both() -> None:
    eve = int(datetime(2026, 10, 31, 23, 59, tzinfo=UTC).timestamp())
    words = told(outage(**{"from": str(eve), "until": str(eve + 120)}))
    assert "in October 2026, overlaps once: 1 min 00 s of 4 min 27 s allowed." in words
    assert "in November 2026, overlaps once: 1 min 00 s of 4 min 19 s allowed." in words


def test_a_period_is_a_month_or_a_year_in_utc() -> None:
    december = int(datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
    assert period_of(december, Period.MONTH)[1] == december + 1
    assert period_of(december, Period.YEAR) == (
        int(datetime(2026, 1, 1, tzinfo=UTC).timestamp()),
        december + 1,
    )
