"""The second wall of the command line: whatever a verb says is printable, and JSON keeps its meaning."""

from __future__ import annotations

import json

import pytest

from techdesk.verbs.speech import as_json, data, say

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
