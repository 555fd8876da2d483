"""The Wildix policy as it ships: W1 to W14, readings 1, 2, 8 to 10 and 28."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techdesk.model import Channel, Status
from techdesk.sla.evaluation import Level, Urgency, Verdict
from techdesk.sla.levels import Effect
from techdesk.sla.policy import Policy, Reopen
from techdesk.sla.rulebook import Weight
from tests.policies.running import Desk, choosing
from tests.sla.policies import reply
from tests.sla.policies import status as changed

ROME, NEW_YORK = "Europe/Rome", "America/New_York"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk("wildix", ROME)


@pytest.fixture(scope="module")
def wildix(desk: Desk) -> Policy:
    policy = desk.book.get("wildix")
    assert policy is not None
    return policy


@pytest.mark.parametrize(
    ("created", "severity", "due"),
    [
        ("2027-01-15 17:50", 1, "Mon 2027-01-18 09:20"),  # W2
        ("2027-01-13 10:00", 2, "Wed 2027-01-13 18:00"),
        ("2027-01-15 19:00", 2, "Mon 2027-01-18 18:00"),
        ("2027-01-18 07:00", 2, "Mon 2027-01-18 18:00"),  # reading 8
        ("2027-01-18 18:00", 2, "Tue 2027-01-19 18:00"),  # opened at closing is outside
        ("2027-01-16 12:00", None, "Mon 2027-01-18 18:00"),  # "all other tickets" are Standard
        ("2027-01-06 10:00", 2, "Wed 2027-01-06 18:00"),  # reading 28: Epiphany is a working day
    ],
)
def test_w2_dated_examples(desk: Desk, created: str, severity: int | None, due: str) -> None:
    assert desk.due(created, severity=severity, region="DE") == due


def test_reading_2_goes_by_region(desk: Desk, tmp_path: Path) -> None:
    morning = "2027-01-13 12:00"  # 06:00 in New York
    assert desk.due(morning, severity=2, region="IT") == "Wed 2027-01-13 18:00"
    assert desk.due(morning, severity=2, region="us") == "Thu 2027-01-14 00:00"  # 18:00 in New York
    for_all = Desk("wildix", ROME, choosing(tmp_path, "wildix", region="cet"))
    assert for_all.due(morning, severity=2, region="US") == "Wed 2027-01-13 18:00"


def test_a_standard_ticket_is_late_by_the_instant(desk: Desk) -> None:
    # POLICIES section 1, point 3: no business second passes between 18:00 and 08:59, and it is late.
    late = (reply(desk.at("2027-01-19 08:59")),)
    state = desk.first("2027-01-18 10:00", "2027-01-19 09:00", severity=2, region="IT", messages=late)
    assert state.verdict is Verdict.MISSED


class TestCriticalOutsideHours:
    """W3, reading 9."""

    def test_stands_on_top_and_its_number_runs_from_the_opening(self, desk: Desk) -> None:
        evaluation = desk.evaluate("2027-01-18 20:00", severity=1, region="DE", channel=Channel.PORTAL)
        (state,) = evaluation.targets
        assert desk.wall(state.due) == "Tue 2027-01-19 09:30"
        assert state.immediate
        assert (evaluation.row.urgency, evaluation.row.order) == (Urgency.CLOCK, state.started)
        assert state.level(state.started) is Level.CRITICAL
        assert state.level(desk.at("2027-01-19 09:00")) is Level.CRITICAL
        assert state.level(desk.at("2027-01-19 09:31")) is Level.BREACHED

    def test_in_hours_it_is_an_ordinary_countdown(self, desk: Desk) -> None:
        assert not desk.first("2027-01-18 10:00", severity=1, region="DE").immediate

    def test_without_a_number(self, tmp_path: Path) -> None:
        book = choosing(tmp_path, "wildix", critical_out_of_hours="no-number")
        state = Desk("wildix", ROME, book).first("2027-01-18 20:00", severity=1, region="US")
        assert state.due is not None  # 14:00 in New York: in hours there
        state = Desk("wildix", ROME, book).first("2027-01-18 20:00", severity=1, region="DE")
        assert (state.due, state.immediate) == (None, True)

    def test_as_a_number_only(self, tmp_path: Path) -> None:
        book = choosing(tmp_path, "wildix", critical_out_of_hours="next-opening")
        state = Desk("wildix", ROME, book).first("2027-01-18 20:00", severity=1, region="DE")
        assert (state.due is not None, state.immediate) == (True, False)

    def test_w13_what_monitoring_finds_stands_on_top_also_in_hours(self, desk: Desk) -> None:
        state = desk.first("2027-01-18 10:00", severity=1, region="DE", channel=Channel.MONITORING)
        assert (state.immediate, desk.wall(state.due)) == (True, "Mon 2027-01-18 10:30")


def test_w7_a_closed_ticket_has_no_clocks_again(desk: Desk, wildix: Policy) -> None:
    assert wildix.reopen is Reopen.FORBIDDEN
    closed = (
        changed(desk.at("2027-01-13 10:10"), Status.OPEN, Status.CLOSED),
        changed(desk.at("2027-01-13 11:00"), Status.CLOSED, Status.OPEN),
    )
    evaluation = desk.evaluate(
        "2027-01-13 10:00", "2027-01-13 12:00", severity=2, region="IT", changes=closed
    )
    assert [state.verdict for state in evaluation.targets] == [Verdict.MET]
    assert "Open a follow-up ticket" in evaluation.note
    assert wildix.rulebook.follow_up is not None
    assert Channel.EMAIL not in wildix.rulebook.follow_up.channels
    assert {"requester", "type"} <= set(wildix.rulebook.follow_up.copies)


def test_w1_tiers_and_the_disputed_one(wildix: Policy, tmp_path: Path) -> None:
    (tier,) = [e for e in wildix.rulebook.entitlements if e.id == "partner-tier"]
    assert (tier.allowed, tier.disputed, tier.refused) == (
        ("platinum", "gold"), ("silver",), ("bronze", "reseller"),
    )  # fmt: skip
    assert tier.override
    rule = wildix.rulebook.rule("W1")
    assert rule is not None
    assert {m.case: m.effect for m in rule.messages}["disputed"] is Effect.WARN
    referring = choosing(tmp_path, "wildix", silver="refer").get("wildix")
    assert referring is not None
    assert "silver" in referring.rulebook.entitlements[0].refused


def test_w5_w8_w12_w14_channels(wildix: Policy) -> None:
    mail, chat, group, phone = map(
        wildix.channel, (Channel.EMAIL, Channel.CHAT, Channel.SOCIAL, Channel.PHONE)
    )
    assert mail is not None
    assert chat is not None
    assert group is not None
    assert phone is not None
    assert not mail.opens
    assert (chat.in_hours_only, chat.needs_ticket) == (True, True)
    assert group.never_severity == (1,)
    assert (phone.out_of_hours_severity, phone.time_critical) == ((1,), True)
    assert (wildix.hours("us"), wildix.hours("DE")) == ("america", "central-europe")


def test_w4_exclusions_lead_to_standard(wildix: Policy) -> None:
    excluded = [e for e in wildix.rulebook.exclusions if e.of == "extended"]
    assert len(excluded) == 6  # five in the text, of which the operator's is two
    assert {e.severity for e in excluded} == {2}


class TestInformation:
    """W6: what is detected, what is asked, what is masked."""

    @pytest.mark.parametrize(
        ("item", "text"),
        [
            ("address", "reach it at 192.0.2.17 please"),
            ("address", "host nord-7.wildix.com"),
            ("version", "running WMS 5.04.2 since May"),
            ("firmware", "phones have fw 52.1"),
            ("credentials", "login: admin / password: hunter2"),
            ("trace", "a trace is attached"),
        ],
    )
    def test_is_detected(self, wildix: Policy, item: str, text: str) -> None:
        checklist = wildix.rulebook.checklist("intake")
        assert checklist is not None
        (found,) = [each for each in checklist.items if each.id == item]
        assert any(re.search(pattern, text) for pattern in found.detect)
        assert not any(re.search(pattern, "the phones are silent") for pattern in found.detect)

    def test_weights(self, wildix: Policy) -> None:
        checklist = wildix.rulebook.checklist("intake")
        assert checklist is not None
        weights = {item.id: item.weight for item in checklist.items}
        assert [name for name, weight in weights.items() if weight is Weight.MANDATORY] == [
            "subject", "message", "product",
        ]  # fmt: skip
        assert weights["firmware"] is Weight.OPTIONAL
        assert [item.id for item in checklist.items if item.masked] == ["credentials"]
        assert checklist.never_holds_up == (1,)


def test_w11_referrals(wildix: Policy) -> None:
    templates = {r.id: r.template for r in wildix.rulebook.resolutions if r.template}
    assert templates == {"sales": "sales", "documentation": "documentation"}
