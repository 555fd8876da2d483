"""The Phonism policy as it ships: PH1 to PH10, readings 1, 3 to 7 and 26."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.model import Channel, Status
from techdesk.sla.evaluation import Verdict
from techdesk.sla.rulebook import CustomerFact
from tests.policies.running import Desk, choosing
from tests.sla.policies import note, reply
from tests.sla.policies import status as changed

NEW_YORK = "America/New_York"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk("phonism", NEW_YORK)


@pytest.mark.parametrize(
    ("created", "severity", "due"),
    [
        (
            "2027-01-15 16:50",
            2,
            "Mon 2027-01-18 09:20",
        ),  # PH1; Martin Luther King Day counts: none are listed
        ("2027-01-15 15:00", 4, "Mon 2027-01-18 11:00"),
        ("2027-01-15 16:30", 3, "Mon 2027-01-18 09:30"),
        ("2027-01-16 12:00", 1, "Sat 2027-01-16 12:10"),
        ("2027-01-18 03:00", 1, "Mon 2027-01-18 03:10"),  # reading 3: Monday before nine is extended
        ("2027-01-19 17:00", 1, "Tue 2027-01-19 17:10"),  # PH7: no gap at 17:00
        ("2027-01-13 12:00", 5, "Thu 2027-01-14 12:00"),
        ("2027-01-15 12:00", 5, "Mon 2027-01-18 09:00"),  # reading 5: Saturday noon moves to the opening
        ("2027-01-14 18:00", 5, "Mon 2027-01-18 09:00"),
    ],
)
def test_ph1_dated_examples(desk: Desk, created: str, severity: int, due: str) -> None:
    assert desk.due(created, severity=severity) == due


class TestLessThan:
    """Reading 6: "<30 Minutes" is late when used up, "1 Hour" only when over."""

    @pytest.mark.parametrize(
        ("severity", "answered", "verdict"),
        [
            (2, "2027-01-13 10:29", Verdict.MET),
            (2, "2027-01-13 10:30", Verdict.MISSED),
            (3, "2027-01-13 11:00", Verdict.MET),
            (3, "2027-01-13 11:01", Verdict.MISSED),
        ],
    )
    def test_as_written(self, desk: Desk, severity: int, answered: str, verdict: Verdict) -> None:
        state = desk.first(
            "2027-01-13 10:00", answered, severity=severity, messages=(reply(desk.at(answered)),)
        )
        assert state.verdict is verdict

    def test_read_like_within(self, tmp_path: Path) -> None:
        desk = Desk("phonism", NEW_YORK, choosing(tmp_path, "phonism", less_than="within"))
        state = desk.first(
            "2027-01-13 10:00", "2027-01-13 11:00", severity=2, messages=(reply(desk.at("2027-01-13 10:30")),)
        )
        assert state.verdict is Verdict.MET


class TestEmergencyAcrossTheHours:
    """Reading 4, PH2: in standard hours an Emergency counts as Critical."""

    def test_before_opening_it_is_due_as_critical(self, desk: Desk) -> None:
        state = desk.first("2027-01-18 08:55", severity=1)
        assert state.name.startswith("Critical")
        assert desk.wall(state.due) == "Mon 2027-01-18 09:30"
        assert state.elapsed == 0

    @pytest.mark.parametrize(
        "now", ["2027-01-18 08:55", "2027-01-18 08:59", "2027-01-18 09:00", "2027-01-18 09:29"]
    )
    def test_the_deadline_does_not_jump_when_the_hour_strikes(self, desk: Desk, now: str) -> None:
        assert desk.wall(desk.first("2027-01-18 08:55", now, severity=1).due) == "Mon 2027-01-18 09:30"

    def test_that_can_be_used_up_before_opening_stays_an_emergency(self, desk: Desk) -> None:
        state = desk.first("2027-01-18 08:45", severity=1)
        assert state.name.startswith("Emergency")
        assert desk.wall(state.due) == "Mon 2027-01-18 08:55"

    def test_used_up_to_the_second_at_opening_is_late(self, desk: Desk) -> None:
        # Less than 10 minutes are promised, and at nine they are used up.
        assert desk.wall(desk.first("2027-01-18 08:50", severity=1).due) == "Mon 2027-01-18 09:00"

    def test_at_closing_it_is_an_emergency_again(self, desk: Desk) -> None:
        state = desk.first("2027-01-18 16:50", severity=1)
        assert state.name.startswith("Emergency")
        assert desk.wall(state.due) == "Mon 2027-01-18 17:10"

    def test_a_breach_as_critical_is_not_undone_by_the_evening(self, desk: Desk) -> None:
        state = desk.first("2027-01-18 08:55", "2027-01-18 18:00", severity=1)
        assert desk.wall(state.due) == "Mon 2027-01-18 09:30"

    def test_answered_in_hours_it_is_judged_as_critical(self, desk: Desk) -> None:
        answer = (reply(desk.at("2027-01-18 09:20")),)
        state = desk.first("2027-01-18 08:55", "2027-01-18 12:00", severity=1, messages=answer)
        assert (state.verdict, state.elapsed, state.name[:8]) == (Verdict.MET, 20 * 60, "Critical")

    def test_answered_before_the_hours_it_is_judged_as_an_emergency(self, desk: Desk) -> None:
        answer = (reply(desk.at("2027-01-18 08:58")),)
        state = desk.first("2027-01-18 08:55", "2027-01-18 12:00", severity=1, messages=answer)
        assert (state.verdict, state.elapsed, state.name[:9]) == (Verdict.MET, 180, "Emergency")

    def test_a_critical_one_never_turns(self, desk: Desk) -> None:
        assert desk.due("2027-01-18 16:50", severity=2) == "Tue 2027-01-19 09:20"

    def test_without_the_pair_its_minutes_go_on_in_the_evening(self, tmp_path: Path) -> None:
        desk = Desk("phonism", NEW_YORK, choosing(tmp_path, "phonism", emergency_pair="stay"))
        assert desk.due("2027-01-18 08:55", severity=1) == "Mon 2027-01-18 17:05"


def test_reading_1_moves_the_summer_by_an_hour(tmp_path: Path) -> None:
    desk = Desk("phonism", NEW_YORK, choosing(tmp_path, "phonism", est="Etc/GMT+5"))
    # 17:30 in New York is 16:30 on clocks that stay five hours behind UTC.
    assert desk.due("2027-07-13 17:30", severity=3) == "Wed 2027-07-14 10:30"
    assert Desk("phonism", NEW_YORK).due("2027-07-13 17:30", severity=3) == "Wed 2027-07-14 10:00"
    assert desk.due("2027-01-13 16:30", severity=3) == "Thu 2027-01-14 09:30"


def test_reading_3_literally_leaves_monday_morning_uncovered(tmp_path: Path) -> None:
    book = choosing(tmp_path, "phonism", extended_hours="literal", emergency_pair="stay")
    policy = book.get("phonism")
    assert policy is not None
    calendar = book.calendar(policy, "extended-as-written")
    desk = Desk("phonism", NEW_YORK, book)
    assert not calendar.is_open(desk.at("2027-01-18 03:00"))
    assert calendar.is_open(desk.at("2027-01-19 03:00"))
    shipped = Desk("phonism", NEW_YORK).book
    monday = desk.at("2027-01-18 00:00")
    complement = shipped.get("phonism")
    assert complement is not None
    assert shipped.calendar(complement, "extended").elapsed(monday, monday + 7 * 86400) == 128 * 3600


def test_reading_5_as_a_business_day(tmp_path: Path) -> None:
    desk = Desk("phonism", NEW_YORK, choosing(tmp_path, "phonism", calendar_day="business-day"))
    assert desk.due("2027-01-15 12:00", severity=5) == "Mon 2027-01-18 12:00"


class TestChannels:
    """PH3: what does not come through the portal is Minor until somebody grades it."""

    @pytest.mark.parametrize(
        "channel", [Channel.EMAIL, Channel.PHONE, Channel.CHAT, Channel.MONITORING, Channel.SOCIAL]
    )
    def test_defaults_to_minor(self, desk: Desk, channel: Channel) -> None:
        assert desk.first("2027-01-13 10:00", channel=channel).name.startswith("Minor")

    def test_the_portal_asks_for_a_severity(self, desk: Desk) -> None:
        evaluation = desk.evaluate("2027-01-13 10:00", channel=Channel.PORTAL)
        assert evaluation.targets == ()
        assert "counts by severity, and none is set yet" in evaluation.note

    def test_a_severity_that_somebody_set_wins(self, desk: Desk) -> None:
        assert desk.first("2027-01-13 10:00", channel=Channel.EMAIL, severity=2).name.startswith("Critical")


class TestResponse:
    """PH4: a public message by a person."""

    def test_a_note_is_none(self, desk: Desk) -> None:
        state = desk.first(
            "2027-01-13 10:00", "2027-01-13 10:10", severity=2, messages=(note(desk.at("2027-01-13 10:05")),)
        )
        assert state.verdict is Verdict.RUNNING
        assert (
            desk.first(
                "2027-01-13 10:00",
                "2027-01-13 10:10",
                severity=2,
                messages=(note(desk.at("2027-01-13 10:05"), Channel.PHONE),),
            ).verdict
            is Verdict.MET
        )

    def test_an_acknowledgement_by_a_machine_is_none(self, desk: Desk, tmp_path: Path) -> None:
        messages = (reply(desk.at("2027-01-13 10:01"), automatic=True),)
        state = desk.first("2027-01-13 10:00", "2027-01-13 10:10", severity=2, messages=messages)
        assert state.verdict is Verdict.RUNNING
        counting = Desk("phonism", NEW_YORK, choosing(tmp_path, "phonism", acknowledgement="counts"))
        state = counting.first("2027-01-13 10:00", "2027-01-13 10:10", severity=2, messages=messages)
        assert state.verdict is Verdict.MET

    def test_waiting_pauses_nothing(self, desk: Desk) -> None:
        waiting = (changed(desk.at("2027-01-13 10:01"), Status.OPEN, Status.WAITING),)
        state = desk.first(
            "2027-01-13 10:00", "2027-01-13 10:10", severity=2, status=Status.WAITING, changes=waiting
        )
        assert state.verdict is Verdict.RUNNING


def test_data_for_the_gates(desk: Desk) -> None:
    policy = desk.book.get("phonism")
    assert policy is not None
    (emergency,) = [
        e for e in policy.rulebook.entitlements if e.fact is CustomerFact.EMERGENCY_ON_CALL
    ]  # PH2
    assert (emergency.severity, emergency.refer_to) == ((1,), "account manager")
    assert {e.refer_to for e in policy.rulebook.entitlements if e.fact is CustomerFact.END_USER} == {
        "reseller"
    }  # PH5
    assert all(grade.effort and grade.criteria for grade in policy.severities)  # PH8, PH10
    assert [grade.level for grade in policy.severities] == [1, 2, 3, 4, 5]
    answer = next(r for r in policy.rulebook.resolutions if r.id == "answer")  # PH9
    assert answer.severity == (5,)
    rule = policy.rulebook.rule("PH9")
    assert rule is not None
    message = rule.message("answer")
    assert message is not None
    words, remedy = message.filled(severity="Major")
    assert "'Answer' ends Minor only" in words
    assert words.endswith("this is Major.")
    assert "{" not in remedy
