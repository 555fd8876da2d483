"""What an automatic notice says, and how far it has come."""

from __future__ import annotations

from msgspec.structs import replace

from techdesk.rules.notices import Told, due, note_of, notice_id, record_of, standing
from techdesk.rules.records import Records, decode, words_of
from techdesk.sla.evaluation import Evaluation, Metric, RowClock, TargetState, Urgency, Verdict

START = 1_795_262_400
"""2026-11-21 12:00 UTC."""
OVER = START + 7_201
TARGET = TargetState(
    metric=Metric.ESCALATION,
    name="P1 escalation after 2 h",
    source="Dynamix 6.1",
    calendar="always",
    verdict=Verdict.RUNNING,
    started=START,
    amount=7_200,
    due=OVER - 1,
    breach_at=OVER,
    notify=("management",),
)
NOBODY = Records()


def of(target: TargetState) -> Evaluation:
    row = RowClock(policy="dynamix", urgency=Urgency.CLOCK, order=0)
    return Evaluation(policy="dynamix", version="1", targets=(target,), row=row)


def test_the_note_says_who_was_told_of_what_and_when() -> None:
    note = note_of(record_of("10", "dynamix", TARGET, ("Ada", "Bo"), OVER))
    assert words_of(note) == (
        "Management notified: P1 escalation after 2 h passed at 2026-11-21 14:00 UTC. To: Ada, Bo."
        " Sent by techdesk by itself."
    )
    record = decode(note)
    assert record is not None
    assert record.id == notice_id("10", "dynamix", TARGET)


def test_a_late_one_says_why() -> None:
    note = note_of(record_of("10", "dynamix", TARGET, ("Ada",), OVER + 9_000))
    assert "Told at 2026-11-21 16:30 UTC, when a techdesk first saw that it had." in note


def test_ticket_target_start_and_policy_make_the_id_and_the_hour_does_not() -> None:
    same = notice_id("10", "dynamix", replace(TARGET, breach_at=OVER + 600, elapsed=7_000))
    assert same == notice_id("10", "dynamix", TARGET), "a pause moves the threshold of the same clock"
    others = {
        notice_id("11", "dynamix", TARGET),
        notice_id("10", "other", TARGET),
        notice_id("10", "dynamix", replace(TARGET, started=START + 1)),
        notice_id("10", "dynamix", replace(TARGET, amount=14_400)),
    }
    assert len(others | {same}) == 5


def test_due_is_what_has_run_out_and_nobody_was_told_of() -> None:
    assert due("10", of(TARGET), NOBODY, OVER - 1) == []
    assert due("10", of(TARGET), NOBODY, OVER) == [TARGET]
    told = Records(all=(record_of("10", "dynamix", TARGET, ("Ada",), OVER),))
    assert due("10", of(TARGET), told, OVER + 9) == []
    for other in (
        replace(TARGET, verdict=Verdict.MET),
        replace(TARGET, verdict=Verdict.PAUSED),
        replace(TARGET, notify=()),
        replace(TARGET, metric=Metric.FIRST_RESPONSE),
    ):
        assert due("10", of(other), NOBODY, OVER) == []


def test_how_far_it_has_come() -> None:
    told = Records(all=(record_of("10", "dynamix", TARGET, ("Ada", "Bo"), OVER + 5),))

    def stands(sent: Records, waiting: Records, now: int, horizon: int = 0) -> Told:
        return standing("10", of(TARGET), sent, waiting, now, horizon)[TARGET.name].told

    assert stands(NOBODY, NOBODY, OVER - 1) is Told.AHEAD
    assert stands(NOBODY, NOBODY, OVER) is Told.DUE
    assert stands(NOBODY, told, OVER + 5) is Told.WAITING
    assert stands(told, NOBODY, OVER + 5) is Told.SENT
    assert stands(NOBODY, NOBODY, OVER + 50_000, OVER + 1) is Told.NOT_SENT
    notice = standing("10", of(replace(TARGET, verdict=Verdict.MET)), told, NOBODY, OVER + 9, 0)[TARGET.name]
    assert (notice.at, notice.recipients) == (OVER + 5, ("Ada", "Bo")), "it stays on show when it is solved"
