"""Three-way comparison of one operation with the newest row held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.model import FieldValue, Operation, OperationKind, Status, Ticket, merged_set
from techdesk.sync.comparison import LAST_CUSTOMER_MESSAGE, Verdict, compare


def ticket(**fields: object) -> Ticket:
    known: dict[str, object] = {
        "id": "1",
        "number": "1",
        "version": "4",
        "revision": 4,
        "subject": "S",
        "status": Status.OPEN,
        "priority": 3,
        "tags": ("vpn", "home"),
        "created": 0,
        "updated": 0,
    }
    return Ticket(**{**known, **fields})  # type: ignore[arg-type]


def update(
    sets: dict[str, FieldValue], base: dict[str, FieldValue], kind: OperationKind = OperationKind.UPDATE
) -> Operation:
    return Operation(
        id="o", batch="b", ticket=1, kind=kind, action="t", sets=sets, base=base, created=0, hold_until=0
    )


@pytest.mark.parametrize(
    ("sets", "base", "now", "verdict"),
    [
        ({"priority": 1}, {"priority": 3}, {}, Verdict.SEND),
        ({"priority": 1}, {"priority": 3}, {"owner": "x"}, Verdict.SEND),
        ({"priority": 1}, {"priority": 3}, {"priority": 1}, Verdict.DONE),
        ({"priority": 1}, {"priority": 3}, {"priority": 2}, Verdict.CONFLICT),
        ({"priority": 1}, {}, {"priority": 2}, Verdict.SEND),
        ({"priority": 1, "owner": "bea"}, {"priority": 3, "owner": ""}, {"priority": 1}, Verdict.SEND),
        ({"priority": 1, "owner": "bea"}, {"priority": 3, "owner": ""}, {"owner": "al"}, Verdict.CONFLICT),
        ({"owner": "bea"}, {"owner": None}, {}, Verdict.SEND),
        ({"owner": None}, {"owner": "al"}, {}, Verdict.DONE),
        ({"tags": ["vpn", "x"]}, {"tags": ["home", "vpn"]}, {}, Verdict.SEND),
        ({"tags": ["vpn", "x"]}, {"tags": ["home", "vpn"]}, {"tags": ("x", "vpn")}, Verdict.DONE),
        ({"tags": []}, {"tags": ["home", "vpn"]}, {"tags": ("z",)}, Verdict.DONE),  # z was never ours
        ({"tags": ["vpn", "x"]}, {"tags": ["vpn"]}, {"tags": ("vpn", "z")}, Verdict.SEND),
        ({"watchers": ["a"]}, {"watchers": []}, {"watchers": ("b",)}, Verdict.SEND),
        ({"tags": ["x"], "priority": 1}, {"tags": [], "priority": 3}, {"priority": 2}, Verdict.CONFLICT),
        ({"status": "closed"}, {"status": "open"}, {"status": Status.CLOSED}, Verdict.DONE),
        ({"priority": None}, {"priority": 3}, {}, Verdict.SEND),
    ],
)
def test_fields(
    sets: dict[str, FieldValue], base: dict[str, FieldValue], now: dict[str, object], verdict: Verdict
) -> None:
    assert compare(update(sets, base), ticket(**now), None).verdict is verdict


def test_a_conflict_names_the_field_and_both_values() -> None:
    words = compare(update({"priority": 1}, {"priority": 3}), ticket(priority=2), None).words
    assert "priority is now 2, was 3" in words


def test_a_conflict_names_people_as_they_are_called() -> None:
    names = {"al": "Al Berger", "": "nobody"}
    told = compare(
        update({"owner": "bea"}, {"owner": ""}),
        ticket(owner="al"),
        None,
        None,
        lambda _, value: names[str(value)],
    )
    assert told.words == "Somebody changed the same: owner is now Al Berger, was nobody"


@pytest.mark.parametrize(
    ("seen", "newest", "verdict"),
    [
        (100, 100, Verdict.SEND),
        (100, 101, Verdict.CONFLICT),
        (None, 5, Verdict.CONFLICT),
        (None, None, Verdict.SEND),
        (100, None, Verdict.SEND),
    ],
)
def test_a_close_is_a_conflict_when_the_customer_wrote_since(
    seen: int | None, newest: int | None, verdict: Verdict
) -> None:
    base: dict[str, FieldValue] = {"status": "open", LAST_CUSTOMER_MESSAGE: seen}
    for status in ("resolved", "closed"):
        assert compare(update({"status": status}, base), ticket(), newest).verdict is verdict
    assert compare(update({"priority": 1}, {**base, "priority": 3}), ticket(), newest).verdict is Verdict.SEND


def test_a_reply_only_if_it_was_written_against_evidence() -> None:
    guarded = update({}, {LAST_CUSTOMER_MESSAGE: 100}, OperationKind.REPLY)
    assert compare(guarded, ticket(), 101).verdict is Verdict.CONFLICT
    assert compare(guarded, ticket(), 100).verdict is Verdict.SEND
    assert compare(update({}, {}, OperationKind.REPLY), ticket(), 101).verdict is Verdict.SEND
    note = update({}, {LAST_CUSTOMER_MESSAGE: 100}, OperationKind.COMMENT)
    assert compare(note, ticket(), 101).verdict is Verdict.SEND


def test_what_an_own_reply_brought_about_is_no_colleagues_change() -> None:
    close = update({"status": "resolved"}, {"status": "new"})
    assert compare(close, ticket(), None, {"status": "open"}).verdict is Verdict.SEND
    assert compare(close, ticket(status=Status.WAITING), None, {"status": "open"}).verdict is Verdict.CONFLICT


ELEMENTS = st.lists(st.sampled_from("abcde"), unique=True, max_size=5)


@given(base=ELEMENTS, mine=ELEMENTS, theirs=ELEMENTS)
def test_sets_of_two_people_go_together(base: list[str], mine: list[str], theirs: list[str]) -> None:
    merged = merged_set(list(base), list(mine), list(theirs))
    both = set(merged)
    assert len(both) == len(merged)
    assert both >= set(mine) - set(base), "what we put on is on"
    assert not both & (set(base) - set(mine)), "what we took off is off"
    untouched = set("abcde") - set(base) ^ set(mine)
    assert both & untouched == set(theirs) & untouched, "all else is theirs"
    assert set(merged_set(list(base), list(theirs), list(mine))) == both, "whoever comes first"
    assert merged_set(list(base), list(mine), merged) == merged, "twice is once"
