"""Choices of readings that change what is computed: the second one as well as the first."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.model import Status
from techdesk.rules import records
from techdesk.rules.entitlement import last_day as shown_day
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gates import can
from techdesk.rules.verdicts import Refuse, Warn
from techdesk.rules.versions import support_ends
from techdesk.sla.policy import Policy
from techdesk.sla.steps import StepState
from techdesk.work.downtime import downtime_lines
from techdesk.work.policy_check import support_ends as last_day
from tests.policies.running import choosing
from tests.rules.test_policy_rules import NOW, PROVIDER, noted
from tests.sla.calendars import at
from tests.work.test_downtime import NOW as OUTAGE_NOW
from tests.work.test_downtime import noted as outages
from tests.work.test_downtime import outage


def chosen(folder: Path, name: str, **readings: str) -> Policy:
    policy = choosing(folder, name, **readings).get(name)
    assert policy is not None
    return policy


@pytest.mark.parametrize(
    ("period", "left"), [("month", "4 min 19 s in the month"), ("year", "52 min 33 s in the year")]
)
def test_what_a_promise_allows_is_told_for_the_month_or_the_year(
    tmp_path: Path, period: str, left: str
) -> None:
    """Reading 27: 30 days of 99.99 % allow 259 seconds, 365 days 3,153."""
    policy = chosen(tmp_path, "dynamix", availability_period=period)
    words = "\n".join(line.words for line in downtime_lines(policy, outages(outage()), OUTAGE_NOW))
    assert f"99.99 % allow {left} it began in" in words


@pytest.mark.parametrize(("choice", "last"), [("month-end", "2017-05-31"), ("month-begin", "2017-04-30")])
def test_the_month_in_which_support_ends_counts_or_does_not(tmp_path: Path, choice: str, last: str) -> None:
    """DD8: the gate, the panel and the check agree."""
    policy = chosen(tmp_path, "data-dynamics", general_support_ends=choice)
    version = next(each for each in policy.rulebook.versions if each.version == "7.7.0")
    ends = support_ends(version, policy.last_month)
    assert ends is not None
    assert shown_day(ends) == last, "on this machine's clocks, as it is told"
    assert last_day(version.ends, policy.last_month).isoformat() == last


@pytest.mark.parametrize(
    ("calendar", "day", "zone"),
    [
        ("central-europe", "2026-06-02 11:00", "Europe/Rome"),
        ("america", "2026-07-03 11:00", "America/New_York"),
    ],
)
def test_wildix_closes_on_public_holidays_where_a_site_says_so(
    tmp_path: Path, calendar: str, day: str, zone: str
) -> None:
    """Reading 28: none are named; a site may have those of Italy and of the United States."""
    for choice, is_open in (("none", True), ("public", False)):
        book = choosing(tmp_path, "wildix", holidays=choice)
        policy = book.get("wildix")
        assert policy is not None
        assert book.calendar(policy, calendar).is_open(at(day, zone)) is is_open


class TestMissedCommitments:
    """Z5, read as the introduction has it: a commitment is missed once its time is over."""

    GIVEN = {"what": "a fix", "until": str(NOW - 60)}
    WISH = Wish(step="2", master_list="2026-10")

    def ask(self, folder: Path, evidence: Evidence, wish: Wish = WISH, cause: str = "missed") -> object:
        policy = chosen(folder, "zynstra", escalation_cause=cause)
        facts = Facts(number="TD-1", subject="x", status=Status.OPEN, policy=policy, customer=PROVIDER)
        return can("ticket.escalate", facts, "bea", NOW, evidence, wish)

    def evidence(self, *given: dict[str, str]) -> Evidence:
        opened = (StepState(step="2", open_since=1, attempts=0, recorded=True),)
        return noted(*((records.COMMITMENT, each) for each in given), steps=opened)

    def test_a_missed_one_opens_the_step(self, tmp_path: Path) -> None:
        assert not isinstance(self.ask(tmp_path, self.evidence(self.GIVEN)), Refuse | Warn)

    def test_one_that_may_still_be_kept_does_not(self, tmp_path: Path) -> None:
        kept = self.evidence({"what": "a fix", "until": str(NOW + 60)})
        for wish in (self.WISH, Wish(step="2", master_list="2026-10", because="we want it sooner")):
            refused = self.ask(tmp_path, kept, wish)
            assert isinstance(refused, Refuse)
            assert (refused.rule, refused.reason.startswith("No commitment")) == ("Z5", True)
            assert "a fix until" in refused.reason

    def test_where_none_is_on_record_it_is_named(self, tmp_path: Path) -> None:
        asked = self.ask(tmp_path, self.evidence())
        assert isinstance(asked, Warn)
        assert asked.wants_reason
        named = Wish(step="2", master_list="2026-10", because="they promised a call on Monday")
        assert not isinstance(self.ask(tmp_path, self.evidence(), named), Refuse | Warn)

    def test_any_concern_where_the_site_reads_it_so(self, tmp_path: Path) -> None:
        assert not isinstance(self.ask(tmp_path, self.evidence(), cause="any"), Refuse | Warn)
