"""Columns stay columns, whatever script the text is in."""

from __future__ import annotations

from techdesk.verbs.columns import aligned, cells, fitted


def test_wide_and_combining_characters_are_counted_in_cells() -> None:
    assert cells("abc") == 3
    assert cells("電話") == 4
    assert cells("e\u0301") == 1


def test_a_text_is_cut_or_filled_to_the_cell() -> None:
    assert fitted("abc", 5) == "abc  "
    assert fitted("abcdef", 4) == "abc…"
    assert cells(fitted("電話電話電話", 6)) == 6


def test_columns_line_up_and_the_last_takes_the_rest() -> None:
    lines = list(aligned([("a", "電話", "x" * 90), ("bbb", "c", "short")], 40, (2, 9)))
    assert [cells(line[: line.index("x")]) for line in lines[:1]] == [2 + 2 + 4 + 2]
    assert lines[1] == "b…  c     short"
    assert cells(lines[0]) <= 40
