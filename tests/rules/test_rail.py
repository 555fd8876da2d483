"""The way to the end of a ticket as Dynamix lays it out (POLICIES D8), and the counter of D10."""

from __future__ import annotations

from techdesk.model import Status
from techdesk.rules.facts import Evidence
from techdesk.rules.rail import has_rail, rail
from tests.rules.test_policy_rules import dyn, pho

DAY = 86_400
TOLD = 1_793_714_520


def test_an_open_ticket_has_the_way_before_it() -> None:
    found = rail(dyn(status=Status.OPEN), Evidence(resolved_at=TOLD, notice_at=TOLD, inquiries=(TOLD,)))
    assert (found.words, found.counter) == ("Created ● Resolved ○ Notified ○", "")


def test_resolved_and_nobody_told() -> None:
    found = rail(dyn(status=Status.RESOLVED), Evidence(resolved_at=TOLD))
    assert (found.words, found.counter) == ("Created ● Resolved ● Notified ○", "0 of 3 inquiries")


def test_the_notice_is_the_first_inquiry_and_each_one_counts() -> None:
    asked = Evidence(resolved_at=TOLD, notice_at=TOLD, inquiries=(TOLD, TOLD + 2 * DAY))
    found = rail(dyn(status=Status.RESOLVED), asked)
    assert (found.words, found.counter) == ("Created ● Resolved ● Notified ●", "2 of 3 inquiries")


def test_a_confirmation_ends_the_counting() -> None:
    confirmed = Evidence(resolved_at=TOLD, notice_at=TOLD, inquiries=(TOLD,), confirmed_at=TOLD + DAY)
    assert rail(dyn(status=Status.RESOLVED), confirmed).counter == ""


def test_a_policy_that_wants_nobody_told_has_no_rail() -> None:
    assert has_rail(dyn())
    assert not has_rail(pho())
