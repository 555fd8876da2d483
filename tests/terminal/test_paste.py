"""What is pasted is data: however it is cut into reads, and whatever is in it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from techdesk.terminal.paste import END, START, PasteReader, Piece, pasted_text


def fed(*reads: str) -> list[Piece]:
    reader = PasteReader()
    return [piece for read in reads for piece in reader.feed(read)]


def pasted(pieces: list[Piece]) -> str:
    return "".join(text for is_pasted, text in pieces if is_pasted)


def typed(pieces: list[Piece]) -> str:
    return "".join(text for is_pasted, text in pieces if not is_pasted)


@given(st.text("ab\x1b[201~\r\n", max_size=40), st.lists(st.integers(0, 60), max_size=5))
def test_a_paste_is_one_piece_however_it_is_cut(body: str, cuts: list[int]) -> None:
    if END in body or START in body:
        return
    stream = START + body + END
    places = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = fed(*[stream[a:b] for a, b in itertools.pairwise(places)])
    assert pasted(pieces) == body
    assert START.startswith(typed(pieces))  # at most a begun mark, which whoever parses keys forgets


def test_keys_before_and_after() -> None:
    assert fed(f"ab{START}one{END}cd{START}two{END}e") == [
        Piece(False, "ab"),
        Piece(True, "one"),
        Piece(False, "cd"),
        Piece(True, "two"),
        Piece(False, "e"),
    ]


def test_an_end_in_the_paste_does_not_make_keys_of_the_rest() -> None:
    assert fed(f"{START}mail{END}q\x1b:close{END}x") == [Piece(True, "mailq\x1b:close"), Piece(False, "x")]
    pieces = fed(f"{START}mail{END}", f"close it{END}", "x")
    assert pasted(pieces) == "mailclose it"
    assert typed(pieces) == "x"


def test_a_paste_that_is_cut_off_is_given_out_and_keys_work_again() -> None:
    reader = PasteReader()
    assert reader.feed(f"{START}half a") == []
    assert reader.pasting
    assert reader.silence() == [Piece(True, "half a")]
    assert not reader.pasting
    assert reader.feed("j") == [Piece(False, "j")]
    assert reader.feed("z" * 100) == [Piece(False, "z" * 100)]


def test_the_rest_of_a_paste_after_the_silence_is_still_no_key() -> None:
    reader = PasteReader()
    reader.feed(f"{START}first ")
    reader.silence()
    assert reader.feed("second " * 20) == [Piece(True, "second " * 20)]
    assert reader.feed(f"third{END}j") == [Piece(True, "third"), Piece(False, "j")]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("one\rtwo\r\nthree\nfour", "one\ntwo\nthree\nfour"),
        ("\x1b[1;31mError\x1b[0m\tdisk full", "Error\tdisk full"),
        ("\x1b]52;c;aGk=\x07ok\x1b]0;title\x1b\\", "ok"),
        ("a\x00b\x07c\x7fd\x9be", "abcde"),
        ("\x1b", ""),
        ("x\x1b", "x"),
        ("naïve 漢字 👩\u200d👧 \u05d0", "naïve 漢字 👩\u200d👧 \u05d0"),
    ],
)
def test_escape_sequences_and_controls_are_left_out(raw: str, text: str) -> None:
    assert pasted_text(raw) == text


def test_a_megabyte_is_taken_at_once() -> None:
    body = "a line of a log\r" * 65536
    reader = PasteReader()
    stream = START + body + END
    pieces = [piece for at in range(0, len(stream), 4095) for piece in reader.feed(stream[at : at + 4095])]
    assert pieces == [Piece(True, body)]
    assert pasted_text(body).count("\n") == 65536
