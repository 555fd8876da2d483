"""The plain call is read without the command line's library: it must read it alike."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from techdesk.cli import Verbs
from techdesk.verbs.choices import Choices, plain
from techdesk.verbs.options import choices, common


def fields(chosen: Choices) -> tuple[str, bool, bool]:
    return chosen.profile, chosen.offline, chosen.read_only


def as_click_reads(arguments: list[str]) -> tuple[str, bool, bool]:
    seen: list[Choices] = []

    @click.command(cls=Verbs, invoke_without_command=True)
    @common
    def command() -> None:
        seen.append(choices())

    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    return fields(seen[0])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--offline"],
        ["--profile", "work"],
        ["--read-only", "--profile", "work", "--offline"],
        ["--profile", "one", "--profile", "two"],
    ],
)
def test_a_call_without_a_verb_is_read_as_the_library_reads_it(arguments: list[str]) -> None:
    chosen = plain(arguments, {})
    assert chosen is not None
    assert fields(chosen) == as_click_reads(arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ["list"],
        ["--help"],
        ["--version"],
        ["--profile"],
        ["--profile", ""],
        ["--profile=work"],
        ["--offlin"],
        ["--"],
    ],
)
def test_everything_else_is_left_to_the_library(arguments: list[str]) -> None:
    assert plain(arguments, {}) is None


def test_completion_by_a_shell_is_left_to_the_library() -> None:
    assert plain([], {"_TECHDESK_COMPLETE": "bash_complete"}) is None


def test_a_plain_call_tells_in_words_what_is_wrong() -> None:
    """Standard output is no terminal here."""
    told = subprocess.run(
        [sys.executable, "-m", "techdesk", "--offline"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert told.returncode == 2
    assert told.stdout == ""
    assert told.stderr.startswith("techdesk: ")
    assert "Traceback" not in told.stderr
