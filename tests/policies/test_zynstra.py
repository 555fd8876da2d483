"""The Zynstra policy as it ships: Z1 to Z10, readings 11, 12 and 30."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.model import Status
from techdesk.policies.book import PolicyBook
from techdesk.rules.customer import Customer
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gates import can
from techdesk.rules.records import LEVEL, Record, Records
from techdesk.rules.verdicts import OK, Refuse, Warn
from techdesk.sla.evaluation import Urgency, Verdict
from techdesk.sla.policy import Policy
from techdesk.sla.steps import Attempt, StepState, step_state
from tests.policies.running import Desk, choosing

LONDON = "Europe/London"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk("zynstra", LONDON)


@pytest.fixture(scope="module")
def zynstra(desk: Desk) -> Policy:
    policy = desk.book.get("zynstra")
    assert policy is not None
    return policy


class Path3:
    """The escalation path with what was logged on it."""

    def __init__(self, book: PolicyBook) -> None:
        policy = book.get("zynstra")
        assert policy is not None
        self.policy = policy
        self.calendar = book.calendar(policy, "working-day")
        self.desk = Desk("zynstra", LONDON, book)

    def state(self, step: str, attempts: list[tuple[str, str, bool]], now: str) -> StepState:
        found = self.policy.rulebook.step(step)
        assert found is not None
        logged = [Attempt(step=s, at=self.desk.at(t), reached=r) for s, t, r in attempts]
        return step_state(found, logged, self.calendar if found.calendar else None, self.desk.at(now))

    def opened(self, state: StepState) -> str:
        return self.desk.wall(state.open_since)


@pytest.fixture
def path(desk: Desk) -> Path3:
    return Path3(desk.book)


def test_reading_12_shows_the_age(desk: Desk) -> None:
    evaluation = desk.evaluate("2026-11-12 10:00", "2026-11-13 10:00", priority=2)
    assert [state.verdict for state in evaluation.targets] == [Verdict.NONE]
    assert evaluation.row.urgency is Urgency.NONE
    assert "promises no number" in evaluation.note


def test_the_working_day_knows_england_s_holidays(desk: Desk, zynstra: Policy) -> None:
    calendar = desk.book.calendar(zynstra, "working-day")
    assert not calendar.is_open(desk.at("2026-12-28 10:00"))  # Boxing Day, observed
    assert calendar.is_open(desk.at("2026-11-30 10:00"))  # St Andrew's Day is Scotland's
    assert calendar.business_day(desk.at("2026-12-24 14:00"), 1) == desk.at("2026-12-29 14:00")


class TestStep2:
    """Z5: first the support team."""

    def test_needs_a_recorded_step_1(self, path: Path3) -> None:
        state = path.state("2", [], "2026-11-12 12:00")
        assert (state.open_since, state.recorded) == (None, False)
        assert path.opened(path.state("2", [("1", "2026-11-12 09:30", True)], "2026-11-12 12:00"))

    def test_step_1_is_always_open(self, path: Path3) -> None:
        assert path.state("1", [], "2026-11-12 12:00").open_since is not None

    def test_every_step_asks_for_the_master_list(self, zynstra: Policy) -> None:
        assert all(step.master_list for step in zynstra.rulebook.escalation)
        assert [step.contact for step in zynstra.rulebook.escalation][-1] == "chief operations architect"


class TestStep3:
    """Z6: two attempts within one working day, or one working day to show progress."""

    def test_two_failed_attempts_open_it_at_the_second(self, path: Path3) -> None:
        attempts = [("2", "2026-11-12 10:00", False), ("2", "2026-11-12 15:00", False)]
        assert path.opened(path.state("3", attempts, "2026-11-12 16:00")) == "Thu 2026-11-12 15:00"
        before = path.state("3", attempts, "2026-11-12 14:00")
        assert (before.open_since, before.attempts, before.needed) == (None, 1, 2)

    def test_a_rolling_working_day(self, path: Path3) -> None:
        attempts = [("2", "2026-11-12 16:00", False), ("2", "2026-11-13 09:30", False)]
        assert path.opened(path.state("3", attempts, "2026-11-13 10:00")) == "Fri 2026-11-13 09:30"
        late = [("2", "2026-11-12 10:00", False), ("2", "2026-11-13 10:01", False)]
        state = path.state("3", late, "2026-11-13 10:05")
        assert (state.open_since, state.attempts) == (None, 1)  # the first no longer counts

    def test_over_a_weekend_a_working_day_is_still_one(self, path: Path3) -> None:
        attempts = [("2", "2026-11-13 16:00", False), ("2", "2026-11-16 11:00", False)]
        assert path.opened(path.state("3", attempts, "2026-11-16 12:00")) == "Mon 2026-11-16 11:00"

    def test_on_one_date_as_a_switch(self, tmp_path: Path) -> None:
        path = Path3(choosing(tmp_path, "zynstra", two_attempts="same_date"))
        attempts = [("2", "2026-11-12 16:00", False), ("2", "2026-11-13 09:30", False)]
        assert path.state("3", attempts, "2026-11-13 10:00").open_since is None
        attempts.append(("2", "2026-11-13 09:50", False))
        assert path.opened(path.state("3", attempts, "2026-11-13 10:00")) == "Fri 2026-11-13 09:50"

    def test_once_accepted_only_the_time_for_progress_counts(self, path: Path3) -> None:
        attempts = [("2", "2026-11-12 10:00", False), ("2", "2026-11-12 14:00", True)]
        waiting = path.state("3", attempts, "2026-11-13 13:59")
        assert (waiting.open_since, waiting.reached) == (None, True)
        assert path.desk.wall(waiting.opens_at) == "Fri 2026-11-13 14:00"
        assert path.opened(path.state("3", attempts, "2026-11-13 14:00")) == "Fri 2026-11-13 14:00"

    def test_that_was_open_already_stays_open_when_they_answer(self, path: Path3) -> None:
        attempts = [
            ("2", "2026-11-12 10:00", False),
            ("2", "2026-11-12 11:00", False),
            ("2", "2026-11-12 12:00", True),
        ]
        assert path.opened(path.state("3", attempts, "2026-11-12 13:00")) == "Thu 2026-11-12 11:00"


class TestStep3b:
    """Z7: over a period of one working day, and at least two attempts."""

    def test_opens_when_the_day_is_over(self, path: Path3) -> None:
        attempts = [("3", "2026-11-12 15:00", False), ("3", "2026-11-12 16:00", False)]
        early = path.state("3b", attempts, "2026-11-13 14:59")
        assert early.open_since is None
        assert path.desk.wall(early.opens_at) == "Fri 2026-11-13 15:00"
        assert path.opened(path.state("3b", attempts, "2026-11-13 15:00")) == "Fri 2026-11-13 15:00"

    def test_not_with_one_attempt(self, path: Path3) -> None:
        state = path.state("3b", [("3", "2026-11-12 15:00", False)], "2026-11-16 15:00")
        assert (state.open_since, state.opens_at, state.attempts) == (None, None, 1)
        assert path.desk.wall(state.day_ends) == "Fri 2026-11-13 15:00"

    def test_a_second_attempt_after_the_day_opens_it_then(self, path: Path3) -> None:
        attempts = [("3", "2026-11-12 15:00", False), ("3", "2026-11-16 09:10", False)]
        assert path.opened(path.state("3b", attempts, "2026-11-16 10:00")) == "Mon 2026-11-16 09:10"

    def test_has_no_way_for_one_who_was_reached(self, path: Path3) -> None:
        state = path.state("3b", [("3", "2026-11-12 15:00", True)], "2026-12-16 15:00")
        assert (state.open_since, state.opens_at, state.reached) == (None, None, True)


def test_only_a_missed_commitment_as_a_switch(tmp_path: Path, zynstra: Policy) -> None:
    """Z5: the introduction lets missed commitments be escalated, step 1 any concern."""

    def step_2(policy: Policy | None, because: str = "") -> object:
        evidence = Evidence(steps=(StepState(step="2", open_since=1),))
        provider = Customer(name="Harbour", service_provider=True)
        ticket = Facts(number="TD-1", subject="x", status=Status.OPEN, policy=policy, customer=provider)
        wish = Wish(step="2", master_list="2026-11-01", because=because)
        return can("ticket.escalate", ticket, "bea", 10, evidence, wish)

    missed = choosing(tmp_path, "zynstra", escalation_cause="missed").get("zynstra")
    verdict = step_2(missed)
    assert isinstance(verdict, Warn)
    assert (verdict.rule, verdict.wants_reason) == ("Z5", True)
    assert step_2(missed, "no first response within the agreed time") == OK
    assert step_2(zynstra) == OK


def test_third_level_reports_a_request_back_without_findings_of_a_fault(zynstra: Policy) -> None:
    """Z3, Z9: actioned by third level, or second level was helped to action it."""
    level = Record(id="r", kind=LEVEL, at=1, fields={"level": "L3"})
    ticket = Facts(number="TD-1", subject="x", status=Status.OPEN, kind="request", policy=zynstra)
    evidence = Evidence(records=Records(all=(level,)))

    def back(way: str) -> object:
        return can("ticket.hand_off", ticket, "bea", 10, evidence, Wish(hand_off=way))

    assert back("L3-L2-request") == OK
    assert isinstance(back("L3-L2"), Refuse)


def test_z1_z2_hand_offs(zynstra: Policy) -> None:
    ways = {way.id: way for way in zynstra.rulebook.hand_offs}
    assert (ways["L1-L2"].checklist, ways["L1-L2"].located) == ("first-level", ("server",))
    assert ways["L2-L3-component"].immediate
    assert ways["L2-L3"].located == ("server", "unclear")
    checklist = zynstra.rulebook.checklist("first-level")
    assert checklist is not None
    assert len(checklist.items) == 6


def test_reading_30_hardware(zynstra: Policy, tmp_path: Path) -> None:
    assert "L2-L3-hardware" in {way.id for way in zynstra.rulebook.hand_offs}
    staying = choosing(tmp_path, "zynstra", hardware="second-level").get("zynstra")
    assert staying is not None
    assert "L2-L3-hardware" not in {way.id for way in staying.rulebook.hand_offs}


def test_z3_who_reports_to_whom_and_who_tells_the_user(zynstra: Policy) -> None:
    levels = {level.id: (level.reports_to, level.tells_user) for level in zynstra.rulebook.levels}
    assert levels == {"L1": ("", True), "L2": ("L1", True), "L3": ("L2", False)}


def test_z4_z8_z9_z10_data(zynstra: Policy) -> None:
    request = zynstra.rulebook.checklist("request")
    assert request is not None
    assert {"user-authority", "level-authority", "reasonable", "actionable"} <= {
        item.id for item in request.items
    }
    assert {"outside-server", "actioned", "challenged", "assisted"} <= {
        r.id for r in zynstra.rulebook.resolutions
    }
    (provider,) = zynstra.rulebook.entitlements
    assert (provider.allowed, provider.refused) == (("yes",), ("no",))


def test_z6_words(zynstra: Policy) -> None:
    rule = zynstra.rulebook.rule("Z6")
    assert rule is not None
    message = rule.message("attempts")
    assert message is not None
    words, _ = message.filled(count=1, needed=2, items="Thu 10:00")
    assert words == "Step 3 is not open: 1 of 2 attempts logged: Thu 10:00 (step 3)."
