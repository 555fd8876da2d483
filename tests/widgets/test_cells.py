"""Cutting, wrapping and filling by terminal cells."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from techdesk.text import safe_lines
from techdesk.widgets.cells import both_ends, cut, fit, length, wrap, wrap_all, wrap_items

ANY_TEXT = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="ab 電話\u0301👩\u200d\ufe0fไำ", min_size=10, max_size=80),
)


@given(ANY_TEXT, st.integers(2, 40))
@example("\u200d\u200d⺀0", 2)
@example("0\u03010⺀", 2)
def test_no_wrapped_line_is_wider_than_asked(text: str, width: int) -> None:
    lines = wrap_all(safe_lines(text), width)
    assert all(cell_len(line) <= width for line in lines)


@given(ANY_TEXT, st.integers(2, 40))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    safe = safe_lines(text)
    assert "".join(wrap_all(safe, width)).replace(" ", "") == safe.replace(" ", "").replace("\n", "")


@given(ANY_TEXT, st.integers(1, 40))
def test_fit_is_exact_and_cut_is_never_wider(text: str, width: int) -> None:
    # A joiner with nothing before it swallows the padding in rich's reckoning, and in no terminal.
    safe = safe_lines(text).replace("\n", " ").replace("\u200d", "").replace("\ufe0f", "")
    assert cell_len(fit(safe, width)) == width
    assert cell_len(cut(safe, width)) <= width


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one two", 7, ["one two"]),
        ("a" * 10, 4, ["aaaa", "aaaa", "aa"]),
        ("ab " + "c" * 6, 4, ["ab", "cccc", "cc"]),
        ("    indented code here", 12, ["    indented", "code here"]),
        ("電話電話", 5, ["電話", "電話"]),
        ("", 5, [""]),
        ("   ", 2, [""]),
    ],
)
def test_wrap(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


def test_items_go_on_as_many_lines_as_they_need() -> None:
    items = [(("open", ""),), (("P1", ""),), (("owner ", "dim"), ("Bea", "")), ()]
    assert [length(line) for line in wrap_items(items, 10)] == [9, 9]
    assert [length(line) for line in wrap_items(items, 80)] == [21]


def test_both_ends_cuts_the_left_and_drops_the_right_last() -> None:
    left, right = (("a long subject indeed", ""),), (("14:02", "time"),)
    assert "".join(t for t, _ in both_ends(left, right, 20)) == "a long subjec… 14:02"
    assert length(both_ends(left, right, 10)) == 10
    assert right[0] not in both_ends(left, right, 10)


@pytest.mark.parametrize("piece", ["x", "電", "x ", "e\u0301", " ", "👩\u200d👧"])
def test_a_line_of_a_hundred_thousand_characters_takes_a_moment(piece: str) -> None:
    lines = wrap(piece * 100_000, 40)
    assert all(cell_len(line) <= 40 for line in lines)
