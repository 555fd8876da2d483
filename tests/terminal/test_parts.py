"""The small parts of the terminal layer: clipboard, capabilities, hang-up."""

from __future__ import annotations

import base64
import os
import pty
import signal

import pytest

from techdesk.terminal.capabilities import over_ssh, unusable, wants_no_color
from techdesk.terminal.clipboard import MAX_BYTES, copy_sequence
from techdesk.terminal.signals import Hangup, exit_code


def test_osc_52_bare_and_wrapped() -> None:
    plain = "\x1b]52;c;" + base64.b64encode(b"TD-10431").decode() + "\x07"
    assert copy_sequence("TD-10431", {}) == plain
    tmux = copy_sequence("TD-10431", {"TMUX": "socket,1,0"})
    assert tmux == plain + "\x1bPtmux;\x1b" + plain + "\x1b\\"
    assert copy_sequence("TD-10431", {"STY": "1.x"}) == "\x1bP" + plain + "\x1b\\"


def test_a_text_cannot_break_out_of_the_sequence() -> None:
    inside = copy_sequence("\x07\x1b]0;title\x07", {})[len("\x1b]52;c;") : -1]
    assert base64.b64decode(inside) == b"\x07\x1b]0;title\x07"
    assert copy_sequence("x" * (MAX_BYTES + 1), {}) == ""


@pytest.mark.parametrize(
    ("environ", "wish"),
    [
        ({}, False),
        ({"NO_COLOR": ""}, False),
        ({"NO_COLOR": "1"}, True),
        ({"TERM": "vt100"}, True),
        ({"TERM": "linux"}, False),
    ],
)
def test_no_color(environ: dict[str, str], wish: bool) -> None:
    assert wants_no_color(environ) is wish


def test_where_no_screen_can_be_drawn() -> None:
    assert unusable({"TERM": "xterm"}, is_terminal=True) == ""
    assert "dumb" in unusable({"TERM": "dumb"}, is_terminal=True)
    assert "need a terminal" in unusable({"TERM": "xterm"}, is_terminal=False)
    assert over_ssh({"SSH_CONNECTION": "a b c d"})
    assert not over_ssh({})


def test_a_terminal_that_has_gone_is_noticed() -> None:
    ours, theirs = pty.openpty()
    try:
        watch = Hangup(theirs)
        assert not watch.happened()
        os.close(ours)
        assert watch.happened()
    finally:
        os.close(theirs)


def test_a_file_never_hangs_up() -> None:
    reading, writing = os.pipe()
    os.close(writing)
    assert not Hangup(reading).happened()
    os.close(reading)


def test_exit_codes() -> None:
    assert exit_code(signal.SIGHUP) == 129
    assert exit_code(signal.SIGTERM) == 143
