"""What strangers write reaches the terminal as printable cells only."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.text import MAX_COMBINING, plain_json, safe_lines, safe_text, storable

ANYTHING = st.text(alphabet=st.characters(exclude_categories=()), max_size=300)
"""Every code point, lone surrogates among them."""

DRAWN = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Format characters by category that have a shape of their own: they stand around a number."""


def is_harmless(character: str) -> bool:
    """Whether a terminal draws it, or joins it to what it draws, and does nothing else."""
    if character in "\u200c\u200d":  # joiners: scripts and emoji families need them, and they only join
        return True
    return character in DRAWN or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def test_no_code_point_at_all_comes_out_harmful() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    harmful = {c for c in safe_text(everything, len(everything)) if not is_harmless(c)}
    assert harmful == set()


@given(ANYTHING)
def test_nothing_but_harmless_characters_comes_out(text: str) -> None:
    assert [c for c in safe_text(text) if not is_harmless(c)] == []


@given(ANYTHING)
def test_a_body_keeps_its_line_breaks_and_nothing_else_of_control(text: str) -> None:
    assert [c for c in safe_lines(text) if c != "\n" and not is_harmless(c)] == []


@given(ANYTHING)
def test_safe_is_safe_already(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)


@given(ANYTHING, st.integers(1, 50))
def test_what_is_stored_is_encodable_and_capped(text: str, limit: int) -> None:
    stored = storable(text, limit)
    stored.encode()
    assert len(stored) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b]52;c;aGk=\x07", "�]52;c;aGk=�"),  # writes the clipboard of whoever reads it
        ("\x1b[2J\x9b2J", "�[2J�2J"),  # clears the screen, also in the eight-bit form
        ("gpj.\u202eexe", "gpj.�exe"),  # reads backwards
        ("pass\u200bword", "password"),
        ("one\r\ntwo\ttabs", "one two    tabs"),
        ("[red]markup[/red]", "[red]markup[/red]"),  # text, for nobody interprets it
        ("flag \U000e0067\U000e007f", "flag ��"),
        ("family 👩\u200d👧", "family 👩\u200d👧"),
        ("naïve 電話 ไทย", "naïve 電話 ไทย"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert safe_text(text) == shown


def test_a_pile_of_marks_is_cut() -> None:
    assert safe_text("a" + "\u0301" * 200) == "a" + "\u0301" * MAX_COMBINING


def test_a_long_subject_says_that_it_was_cut() -> None:
    shown = safe_text("x" * 5000)
    assert len(shown) == 3000
    assert shown.endswith("…")


@given(ANYTHING)
def test_json_keeps_its_meaning_and_holds_nothing_harmful(text: str) -> None:
    said = plain_json(json.dumps([text], ensure_ascii=False))
    assert json.loads(said) == [text]
    assert all(is_harmless(character) for character in said)
