"""Completion of a limit: where one is, what may stand there, what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.query import Query, parse
from techdesk.query.complete import Known, Spot, accept, candidates, spot_at

PEOPLE = (Known("Bea Moreau"), Known("Ravi Kapoor"), Known("none"))


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("", Spot("", "", 0, 0)),
        ("ow", Spot("", "ow", 0, 2)),
        ("-ow", Spot("", "ow", 1, 3)),
        ("(prio:1 OR ow", Spot("", "ow", 11, 13)),
        ("owner:", Spot("owner", "", 6, 6)),
        ("p:1,2", Spot("prio", "2", 4, 5)),
        ('org:"Acme, I', Spot("org", "Acme, I", 4, 12)),
        ('org:"Acme, Inc",du', Spot("org", "du", 16, 18)),
        ("nosuch:x", Spot("", "nosuch:x", 0, 8)),
        ('"no dial', None),
    ],
)
def test_where_one_is(text: str, spot: Spot | None) -> None:
    assert spot_at(text, len(text)) == spot


def offered(text: str, *known: Known) -> list[str]:
    spot = spot_at(text, len(text))
    assert spot is not None
    return [one.shown for one in candidates(spot, known)]


def test_fields_are_offered_by_their_names_and_other_names() -> None:
    assert offered("ow") == ["owner:"]
    assert offered("from") == ["requester:"]
    assert offered("") == offered("-")
    assert offered("zz") == []


def test_values_are_the_fields_own_and_those_of_the_cache() -> None:
    assert offered("owner:", *PEOPLE) == ["me", "Bea Moreau", "Ravi Kapoor", "none", "any"]
    assert offered("owner:ka", *PEOPLE) == ["Ravi Kapoor"]
    assert offered("status:w") == ["waiting"]
    flags = ["unread", "stale", "pending", "attention", "vip", "escalated", "draft", "new", "snoozed"]
    assert offered("is:") == [*flags, "unreviewed"]
    assert offered("sla:b") == ["breached"]
    assert "<1h" in offered("sla:<")
    assert offered("prio:crit", Known("1", "Critical")) == ["1"]


@pytest.mark.parametrize(
    ("text", "known", "written"),
    [
        ("prio:1 ow", (), "prio:1 owner:"),
        ("owner:ka", PEOPLE, 'owner:"Ravi Kapoor" '),
        ('owner:"Ravi', PEOPLE, 'owner:"Ravi Kapoor" '),
        ("status:open,wai", (), "status:open,waiting "),
        ("tag:no", (Known("none"),), 'tag:"none" '),
        ('tag:a"b', (Known('a"b c'),), 'tag:"ab c" '),
    ],
)
def test_what_is_taken_is_written_so_that_it_is_understood(
    text: str, known: tuple[Known, ...], written: str
) -> None:
    spot = spot_at(text, len(text))
    assert spot is not None
    found = candidates(spot, known) or candidates(Spot(spot.field, "", spot.start, spot.end), known)
    new, cursor = accept(text, spot, found[0])
    assert (new, cursor) == (written, len(written))
    assert written.endswith(":") or isinstance(parse(new), Query)


def test_in_the_middle_of_a_line_the_rest_stays() -> None:
    text = "own prio:1"
    spot = spot_at(text, 3)
    assert spot is not None
    assert accept(text, spot, candidates(spot)[0]) == ("owner: prio:1", 6)


@given(st.text(alphabet='prio:owner,"() -OR<>1\x00\u202eé\n', max_size=60), st.integers(0, 60))
def test_nothing_typed_breaks_it(text: str, cursor: int) -> None:
    cursor = min(cursor, len(text))
    spot = spot_at(text, cursor)
    for one in candidates(spot, PEOPLE) if spot is not None else ():
        assert spot is not None
        new, at = accept(text, spot, one)
        assert 0 <= at <= len(new)
        assert new.endswith(text[cursor:])
