"""How verbs speak: data on standard output, narration on standard error, and what the exit status means."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import IntEnum

_NARROWEST = 30
"""Columns; in less than these words are broken by the terminal itself."""


class Exit(IntEnum):
    """Exit statuses, the same for every verb (docs/cli.md)."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    REFUSED = 3
    """A rule said no, or asks a question that needs ``--yes``. Nothing was changed."""
    UNREACHABLE = 4
    """The help desk cannot be reached. What was queued waits here."""
    NOT_FOUND = 5
    WAITING = 6
    """Queued, but not confirmed by the help desk in the time given. It is sent with the next sync."""
    DECISION = 7
    """The help desk refused a change, or somebody changed the same: a person has to decide."""
    TOKEN = 8
    """There is no token, or the help desk does not accept it."""
    PARTIAL = 9
    """Of a plan, some was done and some was not: refused, changed since, or met another change."""
    NOTHING = 10
    """There was nothing to do: the plan has been applied before, or nothing of it is left."""


class Failed(Exception):
    """Ends a verb: words on standard error, and an exit status."""

    def __init__(self, status: Exit, words: str, remedy: str = "") -> None:
        self.status = status
        self.message = f"{words} {remedy}".strip()
        super().__init__(self.message)

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        return int(self.status)

    def show(self) -> None:
        """Say it."""
        say(self.message)


class Json(str):
    """JSON in which everything that is not printable is escaped."""

    __slots__ = ()


def say(words: str) -> None:
    """One line of narration."""
    _write(f"techdesk: {words}", narration=True)


def data(text: str) -> None:
    """Data. A reader that goes away (``| head``) ends the verb quietly."""
    try:
        _write(text)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(Exit.DONE) from None


def page(lines: Iterable[str]) -> None:
    """Lines for people: a terminal has them at its whole width, broken between words.

    What goes into a pipe or a file keeps a line for each, as ``grep`` wants it.
    """
    width = 0
    if sys.stdout.isatty():
        from shutil import get_terminal_size

        width = get_terminal_size().columns
    for line in lines:
        for each in broken(line, width):
            data(each)


def broken(line: str, width: int) -> list[str]:
    """A line in as many as it takes for a width in columns; 0 is any. What follows stands two further in."""
    if width < _NARROWEST or len(line) <= width:
        return [line]
    from textwrap import wrap

    inner = " " * (len(line) - len(line.lstrip()) + 2)
    return wrap(line, width, subsequent_indent=inner, break_on_hyphens=False, drop_whitespace=True)


def _write(text: str, *, narration: bool = False) -> None:
    from click import echo  # the screens open without it

    from techdesk.text import safe_lines

    # The second wall before a terminal: the store makes safe what it hands out, but not all comes from there.
    echo(text if isinstance(text, Json) else safe_lines(text, limit=len(text)), err=narration)


def as_json(value: object) -> Json:
    """One line of JSON; structs, enums and tuples as they are."""
    import msgspec

    from techdesk.text import plain_json

    return Json(plain_json(msgspec.json.encode(value).decode()))


def may_ask() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()
