"""The second wall of the command line: whatever a verb says is printable, and JSON keeps its meaning."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from techdesk.__main__ import main
from techdesk.verbs.speech import Exit, as_json, broken, data, say
from techdesk.work.bulk_report import harmless, write
from tests.cli.conftest import Run

HOSTILE = "\x1b]52;c;QUJD\x07\x9b31m\u202eX\x00\x7f"


def test_nothing_that_a_verb_says_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"one {HOSTILE}\ntwo")
    data(f"regraded from {HOSTILE}\nin two lines")
    said = capsys.readouterr()
    assert said.err == "techdesk: one �]52;c;QUJD��31m�X��\ntwo\n"
    assert said.out == "regraded from �]52;c;QUJD��31m�X��\nin two lines\n"


def test_json_is_the_same_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    data(as_json({"tags": [HOSTILE, "e" + "\u0301" * 50]}))
    said = capsys.readouterr().out
    assert said.strip().isprintable()
    assert json.loads(said) == {"tags": [HOSTILE, "e" + "\u0301" * 50]}


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_an_empty_one(folders: Path, closed: str) -> None:
    for verb in ("", "list", "comment 1", "connect http://127.0.0.1:1"):
        program = f"{shlex.quote(sys.executable)} -m techdesk {verb} {closed}"
        done = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        assert done.returncode in (Exit.ERROR, Exit.USAGE, Exit.UNREACHABLE, Exit.TOKEN)


@pytest.mark.parametrize("verb", ["list", "journal"])
def test_a_count_past_every_number_is_told(run: Run, verb: str) -> None:
    assert run(verb, "--count", "9" * 20).exit_code == Exit.USAGE


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write(pipe, "told")
        assert os.read(reader, 100) == b"told"
        assert pipe.is_fifo()
    finally:
        os.close(reader)


@pytest.mark.parametrize(
    "cell", ["=1", " +1", "\u00a0=1", "\u3000=1", "\uff1d1+1", "\uff0b1", "\uff20a", "\t=1"]
)
def test_no_cell_begins_like_a_formula_in_any_width(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert harmless(f"x{cell}") == f"x{cell}"


def test_ctrl_c_while_it_starts_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("techdesk.verbs.choices.plain", interrupted)
    monkeypatch.setattr("gc.disable", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("width", "lines"),
    [
        (0, ["    warn: one two three four five six seven"]),
        (100, ["    warn: one two three four five six seven"]),
        (30, ["    warn: one two three four", "      five six seven"]),
        (20, ["    warn: one two three four five six seven"]),
    ],
)
def test_a_terminal_has_long_lines_broken_between_words(width: int, lines: list[str]) -> None:
    """No width is a pipe; in very few columns the terminal breaks them by itself."""
    assert broken("    warn: one two three four five six seven", width) == lines
