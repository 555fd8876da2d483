"""Differences: whatever is drawn, the terminal ends up showing what Textual's own frames would have shown."""

from __future__ import annotations

import re

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from techdesk.terminal.grid import UNKNOWN, Grid, blank_style, cells, pen_parts
from techdesk.terminal.paint import Painter, doubtful, move, pen_change

COLUMNS, LINES = 24, 12

# What pyte and Textual measure alike; joined emoji, which pyte cannot read, have tests of their own.
CLUSTERS = ["a", "b", "Z", "7", " ", " ", " ", "é", "│", "…", "e\u0301", "漢", "가", "😀", "✅"]
WIDE = {"漢", "가", "😀", "✅"}
STYLES = ["", "", "1", "2", "7", "1;7", "4", "34", "97;44", "38;2;9;8;7;48;2;1;2;3", "3;38;5;200;49", "103"]

Line = list[tuple[str, str]]
"""Clusters with their styles, exactly as wide as the screen."""


def width(cluster: str) -> int:
    return 2 if cluster in WIDE else 1


@st.composite
def lines(draw: st.DrawFn) -> Line:
    made: Line = []
    room = COLUMNS
    while room:
        count = draw(st.integers(1, min(12, room)))
        style = draw(st.sampled_from(STYLES))
        for _ in range(count):
            cluster = draw(st.sampled_from(CLUSTERS))
            if width(cluster) > room:
                cluster = "-"
            made.append((cluster, style))
            room -= width(cluster)
            if not room:
                break
    return made


@st.composite
def films(draw: st.DrawFn) -> list[list[tuple[int, Line]]]:
    """Frames, each some lines at their places: new ones, or the whole picture moved up or down."""
    pool = draw(st.lists(lines(), min_size=3, max_size=8))
    picture = [draw(st.sampled_from(pool)) for _ in range(LINES)]
    film = [list(enumerate(picture))]
    for _ in range(draw(st.integers(1, 6))):
        what = draw(st.sampled_from(["some", "all", "up", "down", "same"]))
        before = picture[:]
        if what == "some":
            for y in draw(st.sets(st.integers(0, LINES - 1), min_size=1, max_size=4)):
                picture[y] = draw(st.sampled_from(pool) | lines())
        elif what == "all":
            picture = [draw(st.sampled_from(pool)) for _ in range(LINES)]
        elif what in ("up", "down"):
            top = draw(st.integers(0, 4))
            bottom = draw(st.integers(top + 4, LINES))
            by = draw(st.integers(1, 3))
            fresh = [draw(lines()) for _ in range(by)]
            kept = picture[top:bottom]
            picture[top:bottom] = [*kept[by:], *fresh] if what == "up" else [*fresh, *kept[:-by]]
        whole = draw(st.booleans())
        film.append([(y, line) for y, line in enumerate(picture) if whole or line != before[y]])
    return film


def frame(drawn: list[tuple[int, Line]]) -> str:
    """As Textual writes it: a move, each run with its pen and a reset, a newline between lines."""
    out = []
    for y, line in drawn:
        out.append(f"\x1b[{y + 1};1H")
        place = 0
        while place < len(line):
            style = line[place][1]
            end = place
            while end < len(line) and line[end][1] == style:
                end += 1
            text = "".join(cluster for cluster, _ in line[place:end])
            out.append(f"\x1b[{style}m{text}\x1b[0m" if style else text)
            place = end
        out.append("\n")
    return "".join(out[:-1]) + "\x1b[1;1H"


class Terminal:
    """pyte, without the automatic margin, as Textual sets it."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.screen.reset_mode(7, private=True)
        self.stream = pyte.Stream(self.screen)

    def looks(self) -> list[list[tuple[object, ...]]]:
        """Every cell, without what cannot be seen on a blank."""
        shown = []
        for y in range(LINES):
            row: list[tuple[object, ...]] = []
            for x in range(COLUMNS):
                cell = self.screen.buffer[y][x]
                lined = cell.reverse or cell.underscore or cell.strikethrough
                row.append((" ", cell.bg) if cell.data == " " and not lined else tuple(cell))
            shown.append(row)
        return shown


@settings(max_examples=250, deadline=None)
@given(films())
def test_every_frame_looks_as_textual_meant_it(film: list[list[tuple[int, Line]]]) -> None:
    stock, ours = Terminal(), Terminal()
    wanted, painter = Grid(COLUMNS, LINES, text=UNKNOWN), Painter(COLUMNS, LINES)
    for drawn in film:
        if not drawn:
            continue
        written = frame(drawn)
        stock.stream.feed(written)
        assert wanted.apply(written) is not None
        ours.stream.feed(painter.difference(wanted))
        assert ours.looks() == stock.looks()
        assert painter.difference(wanted) == ""
    ours.stream.feed(painter.difference(wanted) + "\x1b[2J")
    painter.forget()
    wanted.touch_all()
    ours.stream.feed(painter.difference(wanted))
    assert ours.looks() == stock.looks()


@settings(max_examples=150, deadline=None)
@given(films(), st.data())
def test_frames_left_out_while_the_terminal_stands_still(
    film: list[list[tuple[int, Line]]], data: st.DataObject
) -> None:
    stock, ours = Terminal(), Terminal()
    wanted, painter = Grid(COLUMNS, LINES, text=UNKNOWN), Painter(COLUMNS, LINES)
    for drawn in film:
        stock.stream.feed(frame(drawn))
        wanted.apply(frame(drawn))
        if data.draw(st.booleans()):
            ours.stream.feed(painter.difference(wanted))
    ours.stream.feed(painter.difference(wanted))
    assert ours.looks() == stock.looks()


@given(st.sampled_from(STYLES), st.sampled_from(STYLES))
def test_a_pen_is_changed_into_any_other(before: str, after: str) -> None:
    one, other = Terminal(), Terminal()
    one.stream.feed(f"\x1b[{before}m{pen_change(before, after)}x")
    other.stream.feed(f"\x1b[{after}mx")
    assert one.screen.buffer[0][0] == other.screen.buffer[0][0]


@given(*[st.integers(0, LINES - 1), st.integers(0, COLUMNS - 1)] * 2)
def test_a_move_gets_there_and_is_never_longer_than_the_plain_one(
    y: int, x: int, to_y: int, to_x: int
) -> None:
    terminal = Terminal()
    way = move(y, x, to_y, to_x)
    terminal.stream.feed(f"\x1b[{y + 1};{x + 1}H{way}")
    assert (terminal.screen.cursor.y, terminal.screen.cursor.x) == (to_y, to_x)
    assert len(way) <= len(f"\x1b[{to_y + 1};{to_x + 1}H")


def painted(*frames: str) -> tuple[list[str], Terminal]:
    """The differences, and the terminal that they made."""
    terminal = Terminal()
    wanted, painter = Grid(COLUMNS, LINES, text=UNKNOWN), Painter(COLUMNS, LINES)
    sent = []
    for written in frames:
        assert wanted.apply(written) is not None
        sent.append(painter.difference(wanted))
        terminal.stream.feed(sent[-1])
    return sent, terminal


def test_one_digit_costs_one_digit() -> None:
    sent, _ = painted("\x1b[3;1H  12:41  due", "\x1b[3;1H  12:40  due")
    assert sent[1] == "\x1b[3;7H0"


def test_a_clock_column_goes_down_by_short_moves() -> None:
    clock = "".join(f"\x1b[{y};1H00:0{{0}}" for y in range(1, 11))
    sent, _ = painted(clock.format(1), clock.format(2))
    assert len(sent[1]) <= 10 * 6


def test_a_line_that_scrolls_is_moved_by_the_terminal() -> None:
    rows = [f"ticket number {chr(97 + y) * 6}".ljust(COLUMNS) for y in range(20)]
    pages = [
        "".join(f"\x1b[{y + 1};1H{rows[y + top]}\n" for y in range(LINES)) + "\x1b[1;1H" for top in (0, 1)
    ]
    sent, terminal = painted(*pages)
    assert "\x1b[1;12r\x1b[12H\n\x1b[r" in sent[1]
    assert len(sent[1]) < 50
    assert terminal.screen.display[11] == rows[12]


def test_blank_ends_are_erased() -> None:
    sent, terminal = painted("\x1b[1;1H" + "x" * COLUMNS, "\x1b[1;1Hab" + " " * (COLUMNS - 2))
    assert sent[1] == "\x1b[Hab\x1b[K"
    assert terminal.screen.display[0].rstrip() == "ab"


def test_after_an_emoji_the_place_is_told_anew() -> None:
    family = "👩\u200d👩\u200d👧"
    found = cells(family + "x")
    assert found is not None
    after = len(found[0])
    sent, _ = painted(f"\x1b[1;1H{family}ok")
    assert sent == [f"\x1b[H{family}\x1b[1;{after}Hok"]
    assert doubtful(family)
    assert not doubtful("漢")
    assert not doubtful("│")


def test_what_an_emoji_may_have_painted_over_is_painted_again() -> None:
    sent, _ = painted("\x1b[1;1Hx😀bcdefgh", "\x1b[1;1Hx..bcdefgh")
    assert "..bc" in sent[1]


@pytest.mark.parametrize(
    "strange",
    ["\x1b[1;1Hab\x1b[2Kc", "\x1b[1;1Ha\tb", "\x1b[1;1H\x1b[31mno end", "\x1b[1;1Ha\x9bb", "\x1b[1;1Ha\x1b7"],
)
def test_what_is_not_known_is_not_guessed_at(strange: str) -> None:
    assert Grid(COLUMNS, LINES, text=UNKNOWN).apply(strange) is None


def test_what_textual_has_not_drawn_is_left_alone() -> None:
    wanted, painter = Grid(COLUMNS, LINES, text=UNKNOWN), Painter(COLUMNS, LINES)
    painter.forget()
    wanted.touch_all()
    assert painter.difference(wanted) == ""
    wanted.apply("\x1b[2;4H\x1b[1mhi\x1b[0m")
    assert painter.difference(wanted) == "\x1b[2;4H\x1b[m\x1b[1mhi"


def test_links_are_kept() -> None:
    link = "\x1b]8;id=1;https://desk.example/\x1b\\\x1b[4mTD-1\x1b[0m\x1b]8;;\x1b\\"
    sent, _ = painted(f"\x1b[1;1H{link} x")
    assert sent[0].count("https://desk.example/") == 1
    assert re.search(r"TD-1.*\x1b\]8;;\x1b\\ ?", sent[0])


def test_half_a_wide_character_is_a_blank() -> None:
    grid = Grid(6, 1, text=" ")
    grid.apply("\x1b[1;1H漢字漢")
    grid.apply("\x1b[1;2Hab")
    assert grid.text[0] == [" ", "a", "b", " ", "漢", ""]
    grid.apply("\x1b[1;6H漢")
    assert grid.text[0] == [" ", "a", "b", " ", " ", " "]


def test_styles() -> None:
    assert pen_parts("1;38;2;1;2;3;48;5;7") == (frozenset({"1"}), "38;2;1;2;3", "48;5;7", "")
    assert pen_parts("97;103") == (frozenset(), "97", "103", "")
    assert pen_parts("9;53") == (frozenset({"9", "53"}), "39", "49", "")
    assert blank_style("1;34") == ""
    assert blank_style("1;34;44") == "44"
    assert blank_style("7;34") == "7;34"
