"""The Data Dynamics policy as it ships: DD1 to DD18, readings 13 to 18 and 29."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from techdesk.sla.evaluation import Level, Metric, Urgency, Verdict
from techdesk.sla.policy import Need, Policy
from techdesk.sla.rulebook import CustomerFact
from techdesk.work.policy_check import support_ends
from tests.policies.running import Desk, choosing
from tests.sla.policies import customer, one, reply

HOUSTON = "America/Chicago"
PROBLEM = {"kind": "Problem", "priority": 2}


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk("data-dynamics", HOUSTON)


@pytest.fixture(scope="module")
def policy(desk: Desk) -> Policy:
    found = desk.book.get("data-dynamics")
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("created", "severity", "due"),
    [
        ("2026-11-25 22:00", 1, "Fri 2026-11-27 02:00"),  # DD3: Thanksgiving is skipped
        ("2026-11-28 12:00", 1, "Sat 2026-11-28 16:00"),  # 4.1: hours count on all seven days
        ("2026-07-02 23:00", 1, "Sun 2026-07-05 03:00"),  # 3 July observed, 4 July itself
        ("2026-11-18 10:00", 2, "Thu 2026-11-19 10:00"),
        ("2026-11-20 10:00", 2, "Mon 2026-11-23 10:00"),
        ("2026-11-21 12:00", 2, "Tue 2026-11-24 00:00"),  # reading 13: Saturday + 1 is the end of Monday
        ("2026-11-25 10:00", 2, "Fri 2026-11-27 10:00"),
        ("2026-11-18 10:00", 3, "Mon 2026-11-23 10:00"),
        ("2026-11-18 10:00", 4, "Mon 2026-11-23 10:00"),
    ],
)
def test_dd3_dated_examples(desk: Desk, created: str, severity: int, due: str) -> None:
    assert desk.due(created, severity=severity, **PROBLEM) == due


def test_reading_14_warns_after_two_days_and_breaches_after_three(desk: Desk, tmp_path: Path) -> None:
    state = desk.first("2026-11-18 10:00", severity=3, **PROBLEM)
    assert desk.wall(state.warning_at) == "Fri 2026-11-20 10:00"
    assert state.level(desk.at("2026-11-20 10:00")) is Level.WARNING
    assert state.level(desk.at("2026-11-23 10:00")) is not Level.BREACHED
    assert state.level(desk.at("2026-11-23 10:01")) is Level.BREACHED
    two = Desk("data-dynamics", HOUSTON, choosing(tmp_path, "data-dynamics", two_to_three="two"))
    assert two.due("2026-11-18 10:00", severity=3, **PROBLEM) == "Fri 2026-11-20 10:00"


def test_reading_13_with_every_day(tmp_path: Path) -> None:
    desk = Desk("data-dynamics", HOUSTON, choosing(tmp_path, "data-dynamics", business_day="every-day"))
    assert desk.due("2026-11-20 10:00", severity=2, **PROBLEM) == "Sat 2026-11-21 10:00"


class TestPriority:
    def test_reading_15_low_is_informational(self, desk: Desk, tmp_path: Path) -> None:
        evaluation = desk.evaluate("2026-11-18 10:00", severity=1, kind="problem", priority=3)
        (state,) = evaluation.targets
        assert state.informational
        assert state.due is not None
        assert state.level(desk.at("2027-01-01 00:00")) is Level.NONE
        assert evaluation.row.urgency is Urgency.INFORMATIONAL
        late = (reply(desk.at("2026-12-18 10:00")),)
        assert desk.first(
            "2026-11-18 10:00", severity=1, kind="problem", priority=3, messages=late
        ).verdict is (Verdict.MET)
        counted = Desk("data-dynamics", HOUSTON, choosing(tmp_path, "data-dynamics", low="counted"))
        assert not counted.first("2026-11-18 10:00", severity=1, kind="problem", priority=3).informational

    @pytest.mark.parametrize("severity", [1, 2, 3, 4])
    def test_dd12_high_stands_first_and_keeps_its_number(self, desk: Desk, severity: int) -> None:
        evaluation = desk.evaluate("2026-11-18 10:00", severity=severity, kind="problem", priority=1)
        (state,) = evaluation.targets
        assert state.immediate
        assert state.due == desk.first("2026-11-18 10:00", severity=severity, **PROBLEM).due
        assert evaluation.row.order == state.started

    def test_dd2_severity_counts_and_priority_only_colours(self, desk: Desk) -> None:
        assert desk.due("2026-11-18 10:00", severity=1, kind="problem") == "Wed 2026-11-18 14:00"


class TestTypes:
    """DD1, reading 29."""

    def test_only_problems_have_times(self, desk: Desk) -> None:
        for kind in ("Question", "Feature Request", "Request"):
            evaluation = desk.evaluate("2026-11-18 10:00", severity=4, priority=2, kind=kind)
            assert evaluation.targets == ()
            assert "no target for a ticket like this one" in evaluation.note
        assert desk.due("2026-11-18 10:00", severity=1, priority=2, kind="") == "Wed 2026-11-18 14:00"

    def test_all_of_them_as_a_switch(self, tmp_path: Path) -> None:
        desk = Desk("data-dynamics", HOUSTON, choosing(tmp_path, "data-dynamics", other_types="all"))
        assert desk.due("2026-11-18 10:00", severity=1, priority=2, kind="Question") == "Wed 2026-11-18 14:00"


class TestOngoing:
    """Reading 16: the same numbers, from the oldest message without an answer."""

    MESSAGES = (("2026-11-18 11:00", True), ("2026-11-18 13:00", False), ("2026-11-18 15:00", False))

    def history(self, desk: Desk) -> dict[str, object]:
        messages = tuple(
            reply(desk.at(when)) if ours else customer(desk.at(when)) for when, ours in self.MESSAGES
        )
        return {"severity": 1, "messages": messages, **PROBLEM}

    def test_counts_from_the_oldest(self, desk: Desk) -> None:
        evaluation = desk.evaluate("2026-11-18 10:00", "2026-11-18 15:30", **self.history(desk))
        state = one(evaluation, Metric.NEXT_RESPONSE)
        assert (desk.wall(state.started), desk.wall(state.due)) == (
            "Wed 2026-11-18 13:00",
            "Wed 2026-11-18 17:00",
        )

    def test_first_response_only_as_a_switch(self, tmp_path: Path) -> None:
        desk = Desk("data-dynamics", HOUSTON, choosing(tmp_path, "data-dynamics", ongoing="first-only"))
        evaluation = desk.evaluate("2026-11-18 10:00", "2026-11-18 15:30", **self.history(desk))
        assert {state.metric for state in evaluation.targets} == {Metric.FIRST_RESPONSE}


class TestWeek:
    """DD7, reading 18: 168 real hours, whatever the clocks do."""

    def test_the_rule(self, policy: Policy, tmp_path: Path) -> None:
        closure = policy.closure("no-answer")
        assert closure is not None
        assert (closure.needs, closure.waiting, closure.away_suspends) == ((Need.WAITED,), 168 * 3600, True)
        ten = choosing(tmp_path, "data-dynamics", week="240h").get("data-dynamics")
        assert ten is not None
        longer = ten.closure("no-answer")
        assert longer is not None
        assert longer.waiting == 240 * 3600

    @pytest.mark.parametrize(
        ("asked", "closable"),
        [("2026-11-02 10:00", "Mon 2026-11-09 10:00"), ("2026-10-26 10:00", "Mon 2026-11-02 09:00")],
    )
    def test_over_the_change_of_the_clocks(self, policy: Policy, asked: str, closable: str) -> None:
        new_york = Desk("data-dynamics", "America/New_York")
        closure = policy.closure("no-answer")
        assert closure is not None
        assert new_york.wall(new_york.at(asked) + closure.waiting) == closable


def test_dd4_the_dedicated_team(policy: Policy, tmp_path: Path) -> None:
    (team,) = policy.rulebook.teams
    assert (team.severity, team.priority, team.escalated) == ((1, 2), (1,), True)
    heading = choosing(tmp_path, "data-dynamics", swat="one").get("data-dynamics")
    assert heading is not None
    assert heading.rulebook.teams[0].severity == (1,)


def test_dd5_what_may_be_said_of_a_fix(policy: Policy) -> None:
    assert all(grade.fix for grade in policy.severities)
    assert "at once" in policy.severities[0].fix


def test_dd6_dd14_checklists(policy: Policy) -> None:
    escalation, information = (
        policy.rulebook.checklist("escalation"),
        policy.rulebook.checklist("information"),
    )
    assert escalation is not None
    assert information is not None
    assert [item.id for item in escalation.items] == ["number", "status", "reason"]
    assert [item.id for item in information.items if item.masked] == ["accounts"]


def test_dd8_versions_end_with_their_month(policy: Policy) -> None:
    ends = {version.version: version.ends for version in policy.rulebook.versions}
    assert ends == {"7.8.0": "", "7.7.0": "2017-05", "7.6.0": "2016-08"}
    assert support_ends("2016-08") == date(2016, 8, 31)
    assert support_ends("2016-12") == date(2016, 12, 31)
    assert support_ends("2024-02") == date(2024, 2, 29)


def test_dd9_dd13_dd16_entitlements(policy: Policy) -> None:
    by_fact = {each.fact: each for each in policy.rulebook.entitlements}
    licence = by_fact[CustomerFact.LICENCE_ENDS]
    assert licence.override
    assert CustomerFact.MAINTENANCE_ENDS in by_fact
    assert CustomerFact.ACCOUNT_CONTACT in by_fact


def test_dd17_referral_to_sales(policy: Policy) -> None:
    assert {r.id: r.refers_to for r in policy.rulebook.resolutions}["sales"] == "sales"
