"""The set of marked tickets, and where it is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from techdesk.store.database import Database
from techdesk.store.marks import MarkSet
from tests.store.desk import NOW, Desk, PlainBook, page, ticket

KEYS = st.sets(st.integers(min_value=1, max_value=20_000) | st.integers(min_value=2**40, max_value=2**40 + 9))


@given(KEYS, KEYS)
def test_it_is_a_set(first: set[int], second: set[int]) -> None:
    one, other = MarkSet.of(first), MarkSet.of(second)
    assert list(one.keys()) == sorted(first)
    assert len(one) == len(first)
    assert all(key in one for key in first)
    assert not any(key in one for key in second - first)
    assert list((one | other).keys()) == sorted(first | second)
    assert list((one - other).keys()) == sorted(first - second)
    assert list((one & other).keys()) == sorted(first & second)
    assert one.count_in(sorted(second)) == len(first & second)
    assert (one == other) == (first == second)
    assert bool(one) == bool(first)


def test_marks_are_kept_and_two_processes_keep_each_other_s(desk: Desk) -> None:
    with_all = MarkSet.of(range(1, 10_001))
    desk.database.writer().mark(with_all, MarkSet()).result()
    other = Database.open(desk.database.folder, PlainBook())
    other.writer().mark(MarkSet.of([20_000]), MarkSet.of(range(5, 10_001))).result()
    assert list(desk.database.reader().marks().keys()) == [1, 2, 3, 4, 20_000]
    other.writer().mark(MarkSet(), MarkSet.of([1, 2, 3, 4, 20_000])).result()
    assert not desk.database.reader().marks()
    other.close()


def test_which_tickets_no_list_has_any_more(desk: Desk) -> None:
    desk.feed.apply(page(ticket(1), ticket(2)), now=NOW)
    reader = desk.database.reader()
    here = reader.keys(None, me="", now=NOW)
    assert reader.gone([*here, 9_999]) == [9_999]
    assert reader.gone([]) == []
