"""The neutral cases: facts of the five policies and of the clock changes, and how a bad case is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from techdesk.sla.cases import CaseError, mismatches, run_cases

DATA = Path(__file__).parent / "data" / "cases.json"
DOCUMENT = json.loads(DATA.read_text(encoding="utf-8"))
WALKED = json.loads((DATA.parent / "minute-walk.json").read_text(encoding="utf-8"))
"""180 cases whose answers were found by walking minutes, in 24 places where the clocks do something odd."""


@pytest.mark.parametrize("case", DOCUMENT["cases"] + DOCUMENT["verdicts"], ids=lambda case: case["id"])
def test_case(case: dict[str, object]) -> None:
    (result,) = run_cases(json.dumps({"cases": [case]}))
    assert result.actual == result.expected, case["note"]


def test_what_a_walk_of_minutes_found() -> None:
    results = run_cases(json.dumps(WALKED))
    assert len(results) == 180
    assert mismatches(results) == ()


def test_a_mismatch_is_a_result_and_no_error() -> None:
    case = {**DOCUMENT["cases"][0], "expected": "2026-05-04T16:59:59Z"}
    results = run_cases(json.dumps({"cases": [case, DOCUMENT["cases"][1]]}))
    assert [result.id for result in mismatches(results)] == ["left-limit"]
    assert results[0].actual == "2026-05-04T17:00:00Z"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"op": "dedline"}, "'dedline' is no op"),
        ({"start": None}, "case left-limit"),
        ({"start": "2026-05-04T16:00:00"}, "has no offset"),
        ({"timezone": "Europe/Atlantis"}, "not an IANA time zone"),
        ({"hours": {}, "op": "dedline"}, "'dedline' is no op"),
        ({"hours": {}, "timezone": "Europe/Atlantis"}, "not an IANA time zone"),
        ({"hours": {}, "start": None}, "case left-limit"),
        ({"hours": {}, "target_minutes": -1}, "not a number of 0 or more"),
        ({"hours": {"monday": [["09:00", "17:00"]]}}, "'monday' is no weekday"),
        ({"hours": {"mon": [["9", "17:00"]]}}, "'9' is no wall time"),
        ({"hours": {"mon": [["09:00", "24:30"]]}}, "'24:30' is no wall time"),
        ({"target_seconds": 5}, "exactly one of"),
        ({"target_minutes": -1}, "not a number of 0 or more"),
        ({"business_days": 1}, "exactly one of"),
        ({"timezone": 5}, "timezone is 5, not an IANA time zone"),
        ({"hours": None}, "hours is None, not an object such as"),
        ({"hours": {"mon": [["09:00"]]}}, "mon is [['09:00']], not a list of pairs"),
        ({"hours": {"mon": [[9, 17]]}}, "not a list of pairs in quotes"),
        ({"holidays": "2026"}, "holidays is '2026', not a list"),
        ({"holidays": [5]}, "the holiday 5 is no date"),
        ({"pauses": [5]}, "pauses is [5], not a list of pairs"),
        ({"start": 5}, "start is 5, not an instant"),
    ],
)
def test_a_malformed_case_is_refused_with_its_id(change: dict[str, object], words: str) -> None:
    case = {**DOCUMENT["cases"][0], **change}
    with pytest.raises(CaseError, match="left-limit") as caught:
        run_cases(json.dumps({"cases": [case]}))
    assert words in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cases": 3}', '{"cases": [3]}'])
def test_a_malformed_document_is_refused(text: str) -> None:
    with pytest.raises(CaseError):
        run_cases(text)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"cases": [{"op": "deadline", "target_minutes": 1e999}]}'])
def test_what_no_number_and_no_stack_can_hold_is_named(text: str) -> None:
    with pytest.raises(CaseError):
        run_cases(text)


def test_an_endless_amount_is_a_malformed_case() -> None:
    hours = {"mon": [["09:00", "17:00"]]}
    case = {"id": "endless", "op": "deadline", "zone": "UTC", "hours": hours, "from": "2026-11-02T09:00:00Z"}
    case |= {"target_minutes": 1e999, "expected": "2026-11-02T09:00:00Z"}
    with pytest.raises(CaseError, match="endless"):
        run_cases(json.dumps({"cases": [case]}))


WEEKDAYS = {"wed": [["08:30", "19:00"]], "thu": [["08:30", "19:00"]], "mon": [["10:30", "19:00"]]}


@pytest.mark.parametrize(
    ("pauses", "due"),
    [
        ([], "2026-05-11T10:30:00Z"),  # 08:30 is before Monday's opening, which is named instead
        ([["2026-05-08T09:00:00Z", "2026-05-09T09:00:00Z"]], "2026-05-11T10:30:00Z"),  # closed all the while
        ([["2026-05-07T09:00:00Z", "2026-05-07T10:00:00Z"]], "2026-05-11T11:30:00Z"),
        ([["2026-05-07T18:30:00Z", "2026-05-11T11:00:00Z"]], "2026-05-11T11:30:00Z"),
        ([["2026-05-06T09:00:00Z", "2026-05-06T10:00:00Z"]], "2026-05-11T10:30:00Z"),  # before it came
    ],
)
def test_a_pause_puts_business_days_off_by_the_business_time_it_took(pauses: list[object], due: str) -> None:
    case = {"id": "days", "op": "deadline", "timezone": "Etc/UTC", "hours": WEEKDAYS, "pauses": pauses}
    case |= {"start": "2026-05-07T08:30:00Z", "business_days": 1, "mode": "same_time", "expected": due}
    (result,) = run_cases(json.dumps({"cases": [case]}))
    assert (result.actual, result.ok) == (due, True)


FIRST, LAST = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


@pytest.mark.parametrize(
    ("case", "actual"),
    [
        ({"op": "elapsed", "from": FIRST, "to": LAST, "expected_seconds": 0}, "0"),
        ({"op": "deadline", "start": FIRST, "target_minutes": 0, "expected": FIRST}, FIRST),
        ({"op": "deadline", "start": FIRST, "target_minutes": 5, "expected": None}, "never"),
        ({"op": "deadline", "start": FIRST, "business_days": 0, "expected": None}, "never"),
        ({"op": "subtract", "from": LAST, "target_minutes": 0, "expected": LAST}, LAST),
        ({"op": "subtract", "from": LAST, "target_seconds": 1, "expected": None}, "never"),
        ({"op": "next_open", "from": FIRST, "expected": None}, "never"),
    ],
)
@pytest.mark.parametrize("hours", [{}, {"mon": []}])
def test_hours_that_are_never_open_are_answered(
    case: dict[str, object], actual: str, hours: dict[str, object]
) -> None:
    document = {"cases": [{"id": "shut", "timezone": "Etc/UTC", "hours": hours, **case}]}
    (result,) = run_cases(json.dumps(document))
    assert (result.actual, result.ok) == (actual, True)


def test_a_verdict_of_hours_that_are_never_open_has_used_nothing() -> None:
    wanted = {"elapsed_seconds": 0, "remaining_seconds": 300, "state": "ok"}
    case = {"id": "shut", "op": "verdict", "timezone": "Etc/UTC", "hours": {}, "start": FIRST, "at": LAST}
    (result,) = run_cases(json.dumps({"verdicts": [{**case, "target_minutes": 5, "expected": wanted}]}))
    assert result.ok


def test_an_instant_is_not_taken_for_never() -> None:
    case = {"id": "shut", "op": "next_open", "timezone": "Etc/UTC", "hours": {}, "from": FIRST}
    (result,) = run_cases(json.dumps({"cases": [{**case, "expected": FIRST}]}))
    assert not result.ok
