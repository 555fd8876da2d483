"""The Dynamix policy as it ships: the promises of its text, at the second."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.model import Channel, Status
from techdesk.policies.book import PolicyBook
from techdesk.sla.evaluation import Evaluation, Level, Metric, Verdict
from techdesk.sla.history import Change, History
from techdesk.sla.policy import Need, Policy, Reopen
from tests.sla.calendars import HOUR, at
from tests.sla.policies import customer, one, priority, reply, status

SATURDAY = at("2026-06-13 03:12")


@pytest.fixture(scope="module")
def book() -> PolicyBook:
    return PolicyBook.load()


@pytest.fixture(scope="module")
def dynamix(book: PolicyBook) -> Policy:
    policy = book.get("dynamix")
    assert policy is not None
    return policy


def run(book: PolicyBook, now: int, level: int | None = 1, **fields: object) -> Evaluation:
    values: dict[str, object] = {"created": SATURDAY, "status": Status.OPEN, "priority": level} | fields
    return book.evaluate("dynamix", History(**values), now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "response", "escalation"), [(1, 1, 2), (2, 2, 4), (3, 24, 48), (4, 48, 96)]
)
def test_the_table_of_objectives(book: PolicyBook, level: int, response: int, escalation: int) -> None:
    evaluation = run(book, SATURDAY, level)
    assert one(evaluation, Metric.FIRST_RESPONSE).due == SATURDAY + response * HOUR
    assert one(evaluation, Metric.ESCALATION).due == SATURDAY + escalation * HOUR
    response_source = "Dynamix 6.1, 2.3" if level == 1 else "Dynamix 6.1"
    assert {state.source for state in evaluation.targets} == {response_source, "Dynamix 6.1, 4.1"}


def test_within_an_hour_is_met_at_the_hour(book: PolicyBook) -> None:
    met = run(book, SATURDAY + 2 * HOUR, messages=(reply(SATURDAY + HOUR),))
    assert one(met, Metric.FIRST_RESPONSE).verdict is Verdict.MET
    late = run(book, SATURDAY + 2 * HOUR, messages=(reply(SATURDAY + HOUR + 1),))
    assert one(late, Metric.FIRST_RESPONSE).verdict is Verdict.MISSED


class TestAfterHours:
    """D17 (2.3): a P1 that came after hours is addressed at once, and keeps its hour."""

    @pytest.mark.parametrize(
        ("region", "received", "at_once"),
        [
            ("US", at("2026-06-15 08:59", "America/New_York"), True),
            ("US", at("2026-06-15 09:00", "America/New_York"), False),
            ("US", at("2026-06-15 17:00", "America/New_York"), True),
            ("nl", at("2026-06-15 09:00", "Europe/Amsterdam"), False),  # Miami is closed, and not asked
            ("NL", at("2026-06-15 17:00", "Europe/Amsterdam"), True),  # Miami is open, and not asked
            ("IN", at("2026-06-15 09:00", "Asia/Kolkata"), False),
            ("IN", at("2026-06-14 12:00", "Asia/Kolkata"), True),
            ("", at("2026-06-15 12:00", "America/New_York"), False),
        ],
    )
    def test_by_the_hours_of_the_office_in_charge(
        self, book: PolicyBook, region: str, received: int, at_once: bool
    ) -> None:
        evaluation = run(book, received, 1, created=received, region=region)
        response = one(evaluation, Metric.FIRST_RESPONSE)
        assert (response.immediate, response.due) == (at_once, received + HOUR)
        assert (evaluation.row.immediate, evaluation.after_hours) == (at_once, at_once)
        assert not one(evaluation, Metric.ESCALATION).immediate

    @pytest.mark.parametrize("level", [2, 3, 4])
    def test_only_priority_1(self, book: PolicyBook, level: int) -> None:
        assert not one(run(book, SATURDAY, level), Metric.FIRST_RESPONSE).immediate

    def test_not_where_the_site_knows_no_after_hours(self, tmp_path: Path) -> None:
        (tmp_path / "dynamix.toml").write_text(
            'schema = 1\nextends = "dynamix"\nversion = "site 1"\n[readings]\nafter-hours = "never"\n',
            encoding="utf-8",
        )
        response = one(run(PolicyBook.load(tmp_path), SATURDAY, 1), Metric.FIRST_RESPONSE)
        assert (response.immediate, response.due) == (False, SATURDAY + HOUR)


@pytest.mark.parametrize("region", ["NL", "IN"])
@pytest.mark.parametrize(
    ("level", "hours", "received"),
    [
        (1, 1, at("2026-06-15 11:00", "Europe/Amsterdam")),  # a P1 from after hours is critical at once
        (2, 2, SATURDAY),
        (3, 24, SATURDAY),
        (4, 48, SATURDAY),
    ],
)
def test_a_vip_is_warned_about_at_half_the_target(
    book: PolicyBook, level: int, hours: int, received: int, region: str
) -> None:
    """D6 and reading 20: the number stays, the warning comes sooner."""
    half = received + hours * HOUR // 2
    vip = one(run(book, half, level, created=received, region=region, vip=True), Metric.FIRST_RESPONSE)
    other = one(run(book, half, level, created=received, region=region), Metric.FIRST_RESPONSE)
    assert vip.due == other.due == received + hours * HOUR
    assert (vip.level(half - 1), vip.level(half)) == (Level.OK, Level.WARNING)
    assert other.level(half) is Level.OK


class TestReview:
    def test_an_ungraded_mail_has_the_review_clock_only(self, book: PolicyBook) -> None:
        evaluation = run(book, SATURDAY, None, channel=Channel.EMAIL, messages=(customer(SATURDAY),))
        (review,) = evaluation.targets
        assert (review.metric, review.due, review.breach_at) == (Metric.REVIEW, SATURDAY + 2 * HOUR, None)
        assert (evaluation.row.metric, evaluation.row.due) == ("REV", review.due)
        assert review.level(SATURDAY) is Level.OK
        assert review.level(SATURDAY + 24 * HOUR) is Level.WARNING  # overdue, and never late

    def test_grading_starts_the_objectives_from_receipt(self, book: PolicyBook) -> None:
        graded = SATURDAY + 3 * HOUR
        changes = (priority(graded, None, 2),)
        evaluation = run(book, graded, 2, channel=Channel.EMAIL, changes=changes)
        review = one(evaluation, Metric.REVIEW)
        assert (review.verdict, review.stopped) == (Verdict.MET, graded)
        response = one(evaluation, Metric.FIRST_RESPONSE)
        assert (response.started, response.due) == (SATURDAY, SATURDAY + 2 * HOUR)
        assert response.level(graded) is Level.BREACHED

    def test_a_recorded_review_stops_it_too(self, book: PolicyBook) -> None:
        changes = (Change(at=SATURDAY + 60, field="reviewed", old=None, new="yes"),)
        evaluation = run(book, SATURDAY + 90, None, channel=Channel.EMAIL, changes=changes)
        assert one(evaluation, Metric.REVIEW).verdict is Verdict.MET
        assert "none is set yet" in evaluation.note

    def test_a_phone_call_without_priority_has_none(self, book: PolicyBook) -> None:
        assert run(book, SATURDAY, None, channel=Channel.PHONE).targets == ()

    def test_a_mail_graded_at_once_was_never_waiting(self, book: PolicyBook) -> None:
        changes = (priority(SATURDAY, None, 1),)
        evaluation = run(book, SATURDAY, 1, channel=Channel.EMAIL, changes=changes)
        assert [state.metric for state in evaluation.targets] == [Metric.FIRST_RESPONSE, Metric.ESCALATION]


def test_waiting_for_the_customer_pauses_nothing(book: PolicyBook) -> None:
    changes = (status(SATURDAY + 60, Status.OPEN, Status.WAITING),)
    evaluation = run(book, SATURDAY + HOUR, status=Status.WAITING, changes=changes)
    assert {state.verdict for state in evaluation.targets} == {Verdict.RUNNING}


def test_data_that_the_gates_ask_for(dynamix: Policy) -> None:
    assert [grade.label for grade in dynamix.priorities] == ["P1", "P2", "P3", "P4"]
    assert all(grade.criteria for grade in dynamix.priorities)
    phone, mail = dynamix.channel(Channel.PHONE), dynamix.channel(Channel.EMAIL)
    assert phone is not None
    assert mail is not None
    assert (phone.changes_priority, mail.changes_priority, mail.reviewed_first) == (True, False, True)
    standard, silent = dynamix.closure("standard"), dynamix.closure("no-response")
    assert standard is not None
    assert silent is not None
    assert standard.needs == (Need.RESOLVED, Need.NOTIFIED, Need.CONFIRMED)
    assert (silent.inquiries, silent.notice_counts, silent.spacing_warning) == (3, True, 24 * HOUR)
    for reason in ("contract-expired", "on-hold"):
        closure = dynamix.closure(reason)
        assert closure is not None
        assert closure.blocks_reopening
        assert Need.RESOLVED not in closure.needs
    assert [after.office for after in dynamix.after_hours] == ["Amsterdam", "Hyderabad", "Miami"]
    assert {service.id: service.availability for service in dynamix.services}["voice"] == "99.99"
    assert all(
        "management" in target.notify for target in dynamix.targets if target.metric is Metric.ESCALATION
    )


def test_every_reading_can_be_chosen_otherwise(tmp_path: Path) -> None:
    (tmp_path / "dynamix.toml").write_text(
        'schema = 1\nextends = "dynamix"\nversion = "site 1"\n[readings]\nuntriaged-email = "p1"\n'
        'resolution-notice = "separate"\nreopen-clocks = "new_targets"\nafter-hours = "never"\n'
        "[holidays.miami]\nadd = [2026-12-24]\n",
        encoding="utf-8",
    )
    book = PolicyBook.load(tmp_path)
    policy = book.get("dynamix")
    assert policy is not None
    assert policy.reopen is Reopen.NEW_TARGETS
    assert policy.after_hours == ()
    assert policy.version.endswith("+site 1")
    closure, reading = policy.closure("no-response"), policy.reading("untriaged-email")
    assert closure is not None
    assert reading is not None
    assert not closure.notice_counts
    assert reading.meaning.startswith("1 hour")
    evaluation = run(book, SATURDAY, None, channel=Channel.EMAIL)
    assert one(evaluation, Metric.REVIEW).due == SATURDAY + HOUR
    assert not book.calendar(policy, "miami").is_open(at("2026-12-24 11:00", "America/New_York"))


class TestPriorityOfTheDesk:
    """D2 on a desk that gives each ticket a priority (RT): that one is no review."""

    def mailed(self, book: PolicyBook, level: int = 2, **fields: object) -> Evaluation:
        values: dict[str, object] = {"channel": Channel.EMAIL, "graded_by_desk": True} | fields
        return run(book, SATURDAY + 3 * HOUR, level, **values)

    def test_nobody_has_looked(self, book: PolicyBook) -> None:
        evaluation = self.mailed(book, messages=(customer(SATURDAY),))
        assert [(each.metric, each.verdict) for each in evaluation.targets] == [
            (Metric.REVIEW, Verdict.RUNNING)
        ]
        assert (evaluation.row.metric, evaluation.row.breach_at, evaluation.grade) == ("REV", None, "")

    def test_a_regrade_is_the_review(self, book: PolicyBook) -> None:
        evaluation = self.mailed(book, 1, changes=(priority(SATURDAY + HOUR, 2, 1),))
        assert one(evaluation, Metric.REVIEW).stopped == SATURDAY + HOUR
        response = one(evaluation, Metric.FIRST_RESPONSE)
        assert (response.started, response.due, response.verdict) == (
            SATURDAY,
            SATURDAY + HOUR,
            Verdict.RUNNING,
        )

    def test_a_noted_review_lets_the_desks_priority_stand(self, book: PolicyBook) -> None:
        noted = Change(at=SATURDAY + 60, field="reviewed", old=None, new="yes")
        evaluation = self.mailed(book, changes=(noted,))
        assert one(evaluation, Metric.REVIEW).stopped == SATURDAY + 60
        assert one(evaluation, Metric.FIRST_RESPONSE).due == SATURDAY + 2 * HOUR

    def test_an_answer_too_and_it_counts_as_the_response(self, book: PolicyBook) -> None:
        later = priority(SATURDAY + HOUR, 2, 3)
        evaluation = self.mailed(book, 3, messages=(reply(SATURDAY + 300),), changes=(later,))
        assert one(evaluation, Metric.REVIEW).stopped == SATURDAY + 300
        response = one(evaluation, Metric.FIRST_RESPONSE)
        assert (response.verdict, response.stopped) == (Verdict.MET, SATURDAY + 300)

    @pytest.mark.parametrize("channel", [Channel.PHONE, Channel.PORTAL, Channel.UNKNOWN])
    def test_what_did_not_come_by_mail_counts_at_once(self, book: PolicyBook, channel: Channel) -> None:
        assert one(self.mailed(book, channel=channel), Metric.FIRST_RESPONSE).due == SATURDAY + 2 * HOUR
