"""Canned replies and macros in the settings file: what they may say, and how a mistake is told."""

from __future__ import annotations

import pytest

from techdesk.config import Problem, Settings, parse
from techdesk.config.macros import Macro

GOOD = '''\
[replies.ask-logs]
title = "Ask for logs"
text = """
Hello {requester}
"""

[macros.await]
title = "Ask and wait"
owner = "me"
priority = 2
status = "waiting"
add_tags = ["logs"]
remove_tags = "new"
canned = "ask-logs"
'''


def settings(text: str) -> Settings:
    read = parse(text, "config.toml")
    assert isinstance(read, Settings), read
    return read


def problems(text: str) -> list[Problem]:
    read = parse(text, "config.toml")
    assert isinstance(read, tuple)
    return list(read)


def test_a_macro_takes_the_text_of_the_reply_that_it_names() -> None:
    read = settings(GOOD)
    assert read.replies["ask-logs"].text == "Hello {requester}"
    assert read.macros["await"] == Macro(
        id="await",
        title="Ask and wait",
        owner="me",
        priority=2,
        status="waiting",
        add_tags=("logs",),
        remove_tags=("new",),
        reply="Hello {requester}",
        canned="ask-logs",
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[macros.a]\ntitle = 'x'\n", 1, "does nothing"),
        ("[macros.a]\ncanned = 'lgs'\n[replies.logs]\ntext = 'x'\n", 2, "Did you mean 'logs'"),
        ("[macros.a]\nstatus = 'closed'\n", 2, "close = with the reason's id"),
        ("[macros.a]\nstatus = 'resolved'\n", 1, "resolves without a word"),
        ("[macros.a]\nreply = 'x'\ncanned = 'y'\n[replies.y]\ntext='z'", 1, "has both reply and canned"),
        ("[macros.a]\nclose = 'standard'\nstatus = 'open'\n", 1, "sets a status and closes"),
        ("[macros.a]\npriority = 'high'\n", 2, "whole numbers"),
        ("[macros.a]\nadd_tags = [1]\n", 2, "list of texts"),
        ("[macros.'a b']\nnote = 'x'\n", 1, "is no name"),
        ("[macros.a]\nnoet = 'x'\n", 2, "Did you mean 'note'"),
        ("macros = 3\n", 1, "must be sections"),
        ("[replies.a]\ntitle = 'x'\n", 1, "has no text"),
        ("[replies.a]\ntext = 3\n", 2, "must be text"),
    ],
)
def test_a_mistake_has_its_line_and_the_way_out(text: str, line: int, words: str) -> None:
    found = problems(text)[0]
    assert found.line == line
    assert words in f"{found.what} {found.remedy}"
