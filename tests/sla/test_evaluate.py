"""What a ticket's log makes of its targets (POLICIES section 1)."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.model import Channel, Status
from techdesk.sla.evaluate import age_only
from techdesk.sla.evaluation import Level, Metric, Urgency, Verdict
from techdesk.sla.history import Change, History
from tests.sla.calendars import DAY, HOUR, at
from tests.sla.policies import customer, note, one, policy, priority, reply, run, status, target

NIGHT = at("2026-06-13 03:12")  # a Saturday
MONDAY = at("2026-06-15 00:00")
MINUTE = 60

RSP, ESC, NXT = Metric.FIRST_RESPONSE, Metric.ESCALATION, Metric.NEXT_RESPONSE
P1_P2 = policy(
    target(match="{ priority = 1 }")
    + target(match="{ priority = 2 }", amount='"2h"')
    + target("escalation", match="{ priority = 1 }", amount='"2h"')
    + target("escalation", match="{ priority = 2 }", amount='"4h"')
)
OFFICE = policy(target(calendar='"office"'))


def ticket(
    created: int = NIGHT, state: Status = Status.OPEN, level: int | None = 1, **fields: object
) -> History:
    return History(created=created, status=state, priority=level, **fields)


class TestResponse:
    def test_counts_from_receipt(self) -> None:
        evaluation = run(P1_P2, ticket(), NIGHT + 600)
        response, escalation = one(evaluation, RSP), one(evaluation, ESC)
        assert (response.due, escalation.due) == (at("2026-06-13 04:12"), at("2026-06-13 05:12"))
        assert (response.elapsed, response.left, response.source) == (600, 3000, "Test 1")
        assert evaluation.row.metric == "RSP"
        assert evaluation.row.order == response.due

    @pytest.mark.parametrize(
        "message", [note(NIGHT + 60), reply(NIGHT + 60, automatic=True), customer(NIGHT + 60)]
    )
    def test_notes_machines_and_customers_do_not_stop_it(self, message: object) -> None:
        evaluation = run(P1_P2, ticket(messages=(message,)), NIGHT + 600)
        assert one(evaluation, RSP).verdict is Verdict.RUNNING

    def test_a_public_reply_and_a_logged_call_stop_it(self) -> None:
        for message in (reply(NIGHT + 60), note(NIGHT + 60, Channel.PHONE)):
            response = one(run(P1_P2, ticket(messages=(message,)), NIGHT + 600), RSP)
            assert (response.verdict, response.stopped, response.elapsed) == (Verdict.MET, NIGHT + 60, 60)

    def test_an_automatic_reply_stops_it_where_the_policy_says_so(self) -> None:
        counting = policy(target(), top="automatic_replies_count = true")
        history = ticket(messages=(reply(NIGHT + 60, automatic=True),))
        assert one(run(counting, history, NIGHT + 600), RSP).verdict is Verdict.MET

    @pytest.mark.parametrize(
        ("seconds", "strict", "verdict"),
        [
            (3599, "true", Verdict.MET),
            (3600, "true", Verdict.MISSED),
            (3600, "false", Verdict.MET),
            (3601, "false", Verdict.MISSED),
        ],
    )
    def test_exactly_used_up(self, seconds: int, strict: str, verdict: Verdict) -> None:
        rules = policy(target(strict=strict))
        history = ticket(messages=(reply(NIGHT + seconds),))
        assert one(run(rules, history, NIGHT + DAY), RSP).verdict is verdict

    def test_an_answer_out_of_hours_at_exactly_all_of_it_is_met(self) -> None:
        opened = at("2026-06-15 16:00")
        history = ticket(opened, messages=(reply(opened + 5 * HOUR),))
        response = one(run(OFFICE, history, opened + DAY), RSP)
        assert (response.due, response.verdict) == (opened + HOUR, Verdict.MET)

    def test_breach_after_a_closing_time_is_the_next_opening_and_a_second(self) -> None:
        opened = at("2026-06-15 16:00")
        response = one(run(OFFICE, ticket(opened), opened), RSP)
        assert response.due == at("2026-06-15 17:00")
        assert response.breach_at == at("2026-06-16 09:00") + 1
        assert response.level(at("2026-06-16 09:00")) is Level.CRITICAL
        assert response.level(at("2026-06-16 09:00") + 1) is Level.BREACHED

    def test_resolving_without_a_reply_stops_it(self) -> None:
        history = ticket(state=Status.RESOLVED, changes=(status(NIGHT + 60, Status.OPEN, Status.RESOLVED),))
        evaluation = run(P1_P2, history, NIGHT + DAY)
        assert {state.verdict for state in evaluation.targets} == {Verdict.MET}
        assert evaluation.row.urgency is Urgency.NONE
        assert evaluation.note == ""

    def test_a_clock_that_started_ahead_of_ours_has_used_nothing(self) -> None:
        assert one(run(P1_P2, ticket(), NIGHT - 5), RSP).elapsed == 0

    def test_an_answer_before_receipt_counts_at_receipt(self) -> None:
        response = one(run(P1_P2, ticket(messages=(reply(NIGHT - 30),)), NIGHT), RSP)
        assert (response.verdict, response.stopped) == (Verdict.MET, NIGHT)


class TestRegrade:
    def test_the_new_target_counts_from_the_same_start(self) -> None:
        history = ticket(level=2, changes=(priority(NIGHT + 30 * MINUTE, 1, 2),))
        evaluation = run(P1_P2, history, NIGHT + HOUR)
        old, new = (one(evaluation, RSP, v) for v in (Verdict.REPLACED, Verdict.RUNNING))
        assert (old.amount, old.stopped, old.elapsed) == (HOUR, NIGHT + 30 * MINUTE, 30 * MINUTE)
        assert (new.amount, new.started, new.due) == (2 * HOUR, NIGHT, NIGHT + 2 * HOUR)

    def test_a_finished_target_keeps_its_verdict(self) -> None:
        history = ticket(
            level=1, changes=(priority(NIGHT + 3 * HOUR, 2, 1),), messages=(reply(NIGHT + 90 * MINUTE),)
        )
        evaluation = run(P1_P2, history, NIGHT + 4 * HOUR)
        response = one(evaluation, RSP)
        assert (response.verdict, response.amount) == (Verdict.MET, 2 * HOUR)
        assert one(evaluation, ESC, Verdict.RUNNING).amount == 2 * HOUR

    def test_the_new_target_counts_in_its_own_calendar(self) -> None:
        # An emergency of 08:55, regraded when the office opens, has its half hour from 09:00.
        rules = policy(
            target(match="{ priority = 1 }", amount='"10min"')
            + target(match="{ priority = 2 }", amount='"30min"', calendar='"office"')
        )
        opened = MONDAY + 8 * HOUR + 55 * MINUTE
        history = ticket(opened, level=2, changes=(priority(MONDAY + 9 * HOUR, 1, 2),))
        response = one(run(rules, history, MONDAY + 9 * HOUR), RSP, Verdict.RUNNING)
        assert response.due == MONDAY + 9 * HOUR + 30 * MINUTE

    def test_an_answer_before_the_first_grade_is_judged_by_it(self) -> None:
        history = ticket(changes=(priority(NIGHT + 3 * HOUR, None, 1),), messages=(reply(NIGHT + 2 * HOUR),))
        response = one(run(P1_P2, history, NIGHT + 3 * HOUR), RSP)
        assert (response.verdict, response.stopped) == (Verdict.MISSED, NIGHT + 2 * HOUR)

    def test_a_log_that_starts_late_gives_the_present(self) -> None:
        history = ticket(level=1, changes=(Change(at=NIGHT + 60, field="owner", old=None, new="7"),))
        assert one(run(P1_P2, history, NIGHT + 120), RSP).amount == HOUR

    def test_the_same_grade_again_replaces_nothing(self) -> None:
        history = ticket(changes=(priority(NIGHT + 60, 1, 1),))
        assert one(run(P1_P2, history, NIGHT + 120), RSP).verdict is Verdict.RUNNING

    def test_ungraded_has_no_countdown_and_says_why(self) -> None:
        evaluation = run(P1_P2, ticket(level=None), NIGHT)
        assert evaluation.targets == ()
        assert evaluation.row.urgency is Urgency.NONE
        assert evaluation.row.order == NIGHT
        assert "none is set yet" in evaluation.note


class TestReopening:
    TIMES = (
        status(NIGHT + HOUR, Status.OPEN, Status.CLOSED),
        status(NIGHT + 5 * HOUR, Status.CLOSED, Status.OPEN),
    )
    HISTORY = ticket(messages=(reply(NIGHT + 60),), changes=TIMES)

    def test_continue_leaves_out_the_time_it_was_closed(self) -> None:
        escalation = one(run(P1_P2, self.HISTORY, NIGHT + 5 * HOUR + 60), ESC)
        assert (escalation.verdict, escalation.elapsed) == (Verdict.RUNNING, HOUR + 60)
        assert escalation.due == NIGHT + 6 * HOUR

    def test_new_targets_start_at_the_reopening(self) -> None:
        rules = policy(target() + target("escalation", amount='"2h"'), top='reopen = "new_targets"')
        evaluation = run(rules, self.HISTORY, NIGHT + 5 * HOUR + 60)
        assert one(evaluation, ESC, Verdict.MET).stopped == NIGHT + HOUR
        assert one(evaluation, ESC, Verdict.RUNNING).due == NIGHT + 7 * HOUR
        assert one(evaluation, RSP, Verdict.RUNNING).started == NIGHT + 5 * HOUR
        assert [state.started for state in evaluation.targets] == sorted(
            s.started for s in evaluation.targets
        )

    def test_forbidden_ends_the_clocks_for_good(self) -> None:
        rules = policy(target("escalation"), top='reopen = "forbidden"')
        evaluation = run(rules, self.HISTORY, NIGHT + 5 * HOUR + 60)
        assert one(evaluation, ESC).verdict is Verdict.MET
        assert "follow-up" in evaluation.note

    def test_forbidden_is_about_closed_tickets_and_not_resolved_ones(self) -> None:
        rules = policy(target("escalation"), top='reopen = "forbidden"')
        changes = (
            status(NIGHT + 60, Status.OPEN, Status.RESOLVED),
            status(NIGHT + 120, Status.RESOLVED, Status.OPEN),
        )
        assert one(run(rules, ticket(changes=changes), NIGHT + 180), ESC).elapsed == 120

    def test_an_answered_ticket_that_was_never_closed_is_told_nothing_of_follow_ups(self) -> None:
        """W7: a met target was taken for the end of all clocks, and every answered ticket said so."""
        rules = policy(target("first_response"), top='reopen = "forbidden"')
        answered = ticket(
            messages=(reply(NIGHT + 60),), changes=(status(NIGHT + 60, Status.NEW, Status.OPEN),)
        )
        evaluation = run(rules, answered, NIGHT + 120)
        assert one(evaluation, RSP).verdict is Verdict.MET
        assert evaluation.note == ""

    def test_a_ticket_that_is_active_without_a_logged_reopening_runs(self) -> None:
        history = ticket(changes=self.TIMES[:1])
        assert one(run(P1_P2, history, NIGHT + 90 * MINUTE), ESC).verdict is Verdict.RUNNING

    def test_a_ticket_that_is_closed_without_a_log_is_over(self) -> None:
        history = ticket(state=Status.CLOSED, messages=(reply(NIGHT + 60),))
        assert one(run(P1_P2, history, NIGHT + DAY), ESC).stopped == NIGHT + 60


class TestPauses:
    RULES = policy(target("resolution", pause_on='["waiting"]') + target())
    WAITING = (status(NIGHT + 600, Status.OPEN, Status.WAITING),)

    def test_only_the_clock_that_asks_for_it_pauses(self) -> None:
        evaluation = run(self.RULES, ticket(state=Status.WAITING, changes=self.WAITING), NIGHT + DAY)
        paused, running = one(evaluation, Metric.RESOLUTION), one(evaluation, RSP)
        assert (paused.verdict, paused.left, paused.due) == (Verdict.PAUSED, 3000, None)
        assert running.verdict is Verdict.RUNNING
        assert evaluation.row.metric == "RSP"

    def test_a_paused_row_sorts_by_what_is_left(self) -> None:
        history = ticket(state=Status.WAITING, changes=self.WAITING, messages=(reply(NIGHT),))
        row = run(self.RULES, history, NIGHT + DAY).row
        assert (row.urgency, row.order, row.left, row.due) == (Urgency.PAUSED, 3000, 3000, None)

    def test_a_finished_pause_moves_the_due_time(self) -> None:
        changes = (*self.WAITING, status(NIGHT + 4200, Status.WAITING, Status.OPEN))
        state = one(run(self.RULES, ticket(changes=changes), NIGHT + 4300), Metric.RESOLUTION)
        assert (state.due, state.elapsed) == (NIGHT + HOUR + HOUR, 700)

    def test_waiting_does_not_hide_a_breach(self) -> None:
        changes = (status(NIGHT + 2 * HOUR, Status.OPEN, Status.WAITING),)
        state = one(
            run(self.RULES, ticket(state=Status.WAITING, changes=changes), NIGHT + DAY), Metric.RESOLUTION
        )
        assert state.verdict is Verdict.RUNNING
        assert state.level(NIGHT + DAY) is Level.BREACHED

    def test_resolved_while_waiting_is_judged_without_the_wait(self) -> None:
        changes = (*self.WAITING, status(NIGHT + DAY, Status.WAITING, Status.RESOLVED))
        state = one(
            run(self.RULES, ticket(state=Status.RESOLVED, changes=changes), NIGHT + 2 * DAY),
            Metric.RESOLUTION,
        )
        assert (state.verdict, state.elapsed) == (Verdict.MET, 600)


class TestNextResponse:
    RULES = policy(target("next_response"))

    def test_counts_from_the_oldest_unanswered_message(self) -> None:
        messages = (reply(NIGHT), customer(NIGHT + 100), customer(NIGHT + 200))
        state = one(run(self.RULES, ticket(messages=messages), NIGHT + 300), NXT)
        assert (state.started, state.due) == (NIGHT + 100, NIGHT + 100 + HOUR)

    def test_each_wait_keeps_its_verdict(self) -> None:
        messages = (
            customer(NIGHT),
            reply(NIGHT + 10),
            customer(NIGHT + 100),
            reply(NIGHT + 200),
            customer(NIGHT + 300),
            reply(NIGHT + 300 + HOUR + 1),
            customer(NIGHT + DAY),
        )
        states = run(self.RULES, ticket(messages=messages), NIGHT + DAY).targets
        assert [s.verdict for s in states] == [Verdict.MET, Verdict.MISSED, Verdict.RUNNING]

    def test_none_before_the_first_response_or_for_a_machine(self) -> None:
        assert run(self.RULES, ticket(messages=(customer(NIGHT),)), NIGHT).targets == ()
        messages = (reply(NIGHT), customer(NIGHT + 5, automatic=True))
        assert run(self.RULES, ticket(messages=messages), NIGHT + 9).targets == ()

    def test_thanks_after_the_closing_waits_for_nobody(self) -> None:
        changes = (status(NIGHT + 60, Status.OPEN, Status.RESOLVED),)
        messages = (reply(NIGHT + 30), customer(NIGHT + 90))
        history = ticket(state=Status.RESOLVED, changes=changes, messages=messages)
        assert run(self.RULES, history, NIGHT + DAY).targets == ()


class TestKinds:
    def test_end_of_day_is_judged_by_the_instant(self) -> None:
        rules = policy(target(kind='"end_of_day"', amount=None, calendar='"office"'))
        opened = MONDAY + 10 * HOUR
        late = ticket(
            opened, messages=(reply(MONDAY + DAY + 8 * HOUR),)
        )  # before opening: no business second
        state = one(run(rules, late, MONDAY + 2 * DAY), RSP)
        assert (state.due, state.verdict) == (MONDAY + 17 * HOUR, Verdict.MISSED)
        assert state.breach_at == MONDAY + 17 * HOUR + 1
        assert state.amount == 7 * HOUR

    def test_business_days_with_a_soft_bound(self) -> None:
        fields: dict[str, Any] = {
            "kind": '"business_days"',
            "amount": None,
            "calendar": '"office"',
            "mode": '"same_time"',
        }
        rules = policy(target(days=3, soft_days=2, **fields))
        opened = MONDAY + 10 * HOUR
        state = one(run(rules, ticket(opened), opened), RSP)
        assert (state.due, state.warning_at) == (opened + 3 * DAY, opened + 2 * DAY)

    def test_roll_to_open_moves_the_due_time_and_warns_on_the_unrolled_one(self) -> None:
        rules = policy(target(amount='"24h"', roll_to_open='"office"'))
        opened = at("2026-06-12 16:00")  # Friday: a calendar day ends on Saturday
        state = one(run(rules, ticket(opened), opened), RSP)
        assert state.due == at("2026-06-15 09:00")
        assert state.critical_at is not None
        assert state.critical_at < at("2026-06-13 16:00")
        answered = ticket(opened, messages=(reply(at("2026-06-15 09:00") + 1),))
        assert one(run(rules, answered, opened + 4 * DAY), RSP).verdict is Verdict.MISSED

    def test_immediate_counts_up_and_stands_first(self) -> None:
        rules = policy(target(kind='"immediate"', amount=None, calendar=None) + target("escalation"))
        evaluation = run(rules, ticket(), NIGHT + 90)
        state = one(evaluation, RSP)
        assert (state.immediate, state.elapsed, state.due) == (True, 90, None)
        assert (evaluation.row.metric, evaluation.row.order, evaluation.row.immediate) == ("RSP", NIGHT, True)
        assert state.level(NIGHT + 90) is Level.CRITICAL

    def test_immediate_with_numbers_keeps_them(self) -> None:
        state = one(run(policy(target(immediate="true")), ticket(), NIGHT), RSP)
        assert (state.due, state.level(NIGHT)) == (NIGHT + HOUR, Level.CRITICAL)
        assert state.level(NIGHT + HOUR + 1) is Level.BREACHED

    def test_informational_has_no_colour_and_is_never_missed(self) -> None:
        rules = policy(target(informational="true"))
        evaluation = run(rules, ticket(), NIGHT + DAY)
        assert one(evaluation, RSP).level(NIGHT + DAY) is Level.NONE
        assert evaluation.row.urgency is Urgency.INFORMATIONAL
        assert evaluation.row.breach_at is None
        late = ticket(messages=(reply(NIGHT + DAY),))
        assert one(run(rules, late, NIGHT + DAY), RSP).verdict is Verdict.MET

    def test_none_shows_the_age(self) -> None:
        rules = policy(target(kind='"none"', amount=None, calendar=None))
        evaluation = run(rules, ticket(), NIGHT + 90)
        assert (one(evaluation, RSP).verdict, one(evaluation, RSP).elapsed) == (Verdict.NONE, 90)
        assert evaluation.row.urgency is Urgency.NONE

    def test_opened_out_of_hours_has_a_target_of_its_own(self) -> None:
        rules = policy(
            target(match='{ opened = "out_of_hours" }', calendar='"office"', immediate="true")
            + target(calendar='"office"', amount='"30min"')
        )
        assert one(run(rules, ticket(), NIGHT), RSP).immediate
        assert not one(run(rules, ticket(MONDAY + 10 * HOUR), MONDAY + 10 * HOUR), RSP).immediate

    @pytest.mark.parametrize(
        ("match", "fields"),
        [
            ('{ kind = ["Problem"] }', {"kind": "problem"}),
            ('{ region = ["us"] }', {"region": "US"}),
            ('{ channel = ["phone"] }', {"channel": Channel.PHONE}),
            ("{ vip = true }", {"vip": True}),
            ('{ organisation = ["Acme"] }', {"organisation": "acme"}),
        ],
    )
    def test_conditions(self, match: str, fields: dict[str, Any]) -> None:
        rules = policy(target(match=match))
        assert run(rules, ticket(**fields), NIGHT).targets != ()
        assert run(rules, ticket(), NIGHT).targets == ()


class TestThresholds:
    @pytest.mark.parametrize(
        ("amount", "warning", "critical"),
        [
            ("1h", 45 * MINUTE, 54 * MINUTE),
            ("24h", 18 * HOUR, 77760),
            ("30min", 15 * MINUTE, 27 * MINUTE),
            ("20min", 900, 1080),
        ],
    )
    def test_three_quarters_or_a_quarter_of_an_hour_left(
        self, amount: str, warning: int, critical: int
    ) -> None:
        state = one(run(policy(target(amount=f'"{amount}"')), ticket(), NIGHT), RSP)
        assert (state.warning_at, state.critical_at) == (NIGHT + warning, NIGHT + critical)

    def test_levels_in_order(self) -> None:
        state = one(run(P1_P2, ticket(), NIGHT), RSP)
        levels = [state.level(NIGHT + s) for s in (0, 2699, 2700, 3240, 3600, 3601)]
        assert levels == [Level.OK, Level.OK, Level.WARNING, Level.CRITICAL, Level.CRITICAL, Level.BREACHED]

    def test_a_policy_may_set_its_own(self) -> None:
        rules = policy(target(thresholds='{ warning_share = 50, warning_left = "0s" }'))
        assert one(run(rules, ticket(), NIGHT), RSP).warning_at == NIGHT + 30 * MINUTE


def test_a_vip_sorts_earlier_where_the_policy_gives_a_number() -> None:
    rules = policy(target(), top='vip_bump = "10min"')
    assert run(rules, ticket(vip=True), NIGHT).row.order == NIGHT + HOUR - 600


def test_an_instant_that_makes_no_sense_costs_the_countdown_and_nothing_else() -> None:
    evaluation = run(OFFICE, ticket(10**14), NIGHT)
    assert evaluation.targets == ()
    assert "1900 to 2299" in evaluation.note


def test_age_only_says_why() -> None:
    assert "rules of wildix are not loaded" in age_only(ticket(), "wildix").note
    assert age_only(ticket(), "wildix").row.order == NIGHT
    assert "no policy is assigned" in age_only(ticket(), "").note


def test_online_and_replayed_answers_agree() -> None:
    changes = (priority(NIGHT + 60, None, 2), priority(NIGHT + 120, 2, 1))
    history = ticket(changes=changes, messages=(customer(NIGHT), reply(NIGHT + 600), customer(NIGHT + 700)))
    assert run(P1_P2, history, NIGHT + DAY) == run(P1_P2, history, NIGHT + DAY)
