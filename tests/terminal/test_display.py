"""What goes to the terminal besides differences, and what is done with what nobody knows."""

from __future__ import annotations

from techdesk.terminal.display import HELD, WHOLE, Display

FRAME = "\x1b[1;1Hone line\n\x1b[2;1Hand another\x1b[1;1H"


def entered() -> tuple[Display, list[str]]:
    """A display that has the terminal, and where it asks for whole pictures."""
    asked: list[str] = []
    display = Display(lambda: asked.append("again"))
    display.enter()
    return display, asked


def test_the_first_picture_goes_out_as_it_is_on_a_cleared_screen_and_nothing_follows() -> None:
    display, _ = entered()
    display.frame(FRAME, 20, 3)
    assert display.more(writing=False) == f"\x1b[m\x1b[2J{FRAME}"
    assert display.more(writing=False) == ""
    display.frame(FRAME, 20, 3)
    assert display.more(writing=False) == ""


def test_a_first_picture_of_doubtful_widths_is_placed_cell_by_cell() -> None:
    display, _ = entered()
    display.frame("\x1b[1;1H👩\u200d👧ok\x1b[1;1H", 20, 3)
    assert "\x1b[1;3Hok" in display.more(writing=False)


def test_what_came_after_the_first_picture_is_a_difference_to_it() -> None:
    display, _ = entered()
    display.frame(FRAME, 20, 3)
    display.more(writing=False)
    display.frame("\x1b[2;5Hother\x1b[1;1H", 20, 3)
    display.frame("\x1b[1;1Hone\x1b[1;1H", 20, 3)
    assert display.more(writing=False) == "\x1b[2;5Hother"


def test_another_size_is_another_screen() -> None:
    display, _ = entered()
    display.frame(FRAME, 20, 3)
    display.more(writing=False)
    display.frame(FRAME, 10, 2)
    assert display.more(writing=False).startswith("\x1b[m\x1b[2J")


def test_controls_go_out_before_the_picture_and_in_order() -> None:
    display, _ = entered()
    display.frame(FRAME, 20, 3)
    for control in ("\x1b]2;title\x07", "\x07", "\x07", "\x1b[?2004h"):
        display.control(control)
    out = display.more(writing=False)
    assert out.startswith("\x1b]2;title\x07\x07\x1b[?2004h\x1b[m")


def test_after_a_sequence_that_nobody_knows_everything_is_painted_again() -> None:
    display, _ = entered()
    display.frame(FRAME, 20, 3)
    display.more(writing=False)
    display.control("\x1b[5i")
    display.frame(FRAME, 20, 3)
    out = display.more(writing=False)
    assert out.startswith("\x1b[5i")
    assert "one line" in out


def test_a_frame_with_something_unknown_goes_out_as_it_is() -> None:
    display, _ = entered()
    strange = "\x1b[1;1Hone\x1b[3gline\x1b[1;1H"
    display.frame(strange, 20, 3)
    assert strange in display.more(writing=False)


def test_a_clear_paints_everything_that_is_wanted() -> None:
    display, _ = entered()
    display.frame(FRAME, 20, 3)
    display.more(writing=False)
    display.control("\x1b[2J")
    assert display.more(writing=False) == "\x1b[m\x1b[2J\x1b[Hone line\r\x1b[Band another"


def test_a_terminal_that_does_not_read_is_not_kept_everything_for() -> None:
    display, asked = entered()
    display.control("\x1b]52;c;" + "x" * (HELD - 100) + "\x07")
    display.control("\x1b]52;c;" + "y" * 1000 + "\x07")
    display.control("\x1b[?25h")
    assert asked == []
    display.control("\x1b[5i" + "z" * 1000)
    assert asked == ["again"]
    out = display.more(writing=False)
    assert "y" not in out
    assert out.endswith("\x1b[?25h")


def test_a_large_picture_is_marked_where_the_terminal_knows_marks() -> None:
    display, _ = entered()
    display.marks = True
    display.frame("\x1b[1;1H" + "abcdefghij" * 60, 600, 1)
    out = display.more(writing=False)
    assert len(out) > WHOLE
    assert out.startswith("\x1b[?2026h")
    assert out.endswith("\x1b[?2026l")
    display.frame("\x1b[1;1Hx", 600, 1)
    assert display.more(writing=False) == "\x1b[Hx"


def test_a_drawn_cursor_gives_way_to_the_terminal_s_own() -> None:
    display, _ = entered()
    display.frame("\x1b[1;1Habcd\x1b[1;1H", 5, 1)
    display.frame("\x1b[1;1Hab\x1b[7mc\x1b[0m\x1b[1;3H", 5, 1)
    out = display.more(writing=True)
    assert out.endswith("abcd\x1b[1;3H\x1b[?25h")
    display.frame("\x1b[1;1Ha\x1b[7mb\x1b[0mc\x1b[1;2H", 5, 1)
    assert display.more(writing=True) == "\x1b[1;2H"
    assert display.more(writing=False) == "\x1b[?25l\x1b[1;2H\x1b[7mb"


def test_nothing_is_painted_once_the_terminal_is_given_back() -> None:
    display, _ = entered()
    display.frame(FRAME, 20, 3)
    display.leave()
    display.control("\x1b[?1049l")
    display.frame(FRAME, 20, 3)
    assert display.more(writing=False) == "\x1b[m\x1b[?1049l"
