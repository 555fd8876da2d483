"""Reading a parsed settings file: each section is a table of checks, and every problem has its line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from techdesk.config.problems import Problem, near

if TYPE_CHECKING:
    from techdesk.config.positions import Path as KeyPath
    from techdesk.config.positions import Positions

Check: TypeAlias = Callable[["Reading", Any, "KeyPath"], Any]
"""Gives the checked value of one setting; what is wrong with it goes to ``Reading.wrong``."""


class Reading:
    """One pass over one file: collects every problem, so that a user mends all of them at once."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._text = text
        self._positions: Positions | None = None

    def line(self, path: KeyPath) -> int:
        """Line of a setting; the text is read again for it, but only where somebody asks."""
        if self._positions is None:
            from techdesk.config.positions import Positions

            self._positions = Positions(self._text)
        return self._positions.line(path)

    def wrong(self, path: KeyPath, what: str, remedy: str) -> None:
        """Note what is wrong at a place of the file."""
        line = self.line(path)
        self.problems.append(Problem(file=self.file, line=line, what=what, remedy=remedy))

    def table(self, data: Any, path: KeyPath, known: Mapping[str, Check]) -> dict[str, Any]:
        """Check a table key by key; what is wrong is left out of the answer."""
        where = f"[{'.'.join(str(part) for part in path)}]" if path else "the top of the file"
        if not isinstance(data, dict):
            self.wrong(path, f"{where} must be a section", f"Write {where} on a line of its own.")
            return {}
        values: dict[str, Any] = {}
        for key, value in data.items():
            check = known.get(key)
            if check is None:
                allowed = ", ".join(sorted(known))
                self.wrong(
                    (*path, key),
                    f"no such setting '{key}' in {where}",
                    f"{near(key, known)}Allowed here: {allowed}.",
                )
                continue
            before = len(self.problems)
            checked = check(self, value, (*path, key))
            if len(self.problems) == before:
                values[key] = checked
        return values


def as_text(reading: Reading, value: Any, path: KeyPath) -> str:
    """Any text."""
    if isinstance(value, str):
        return value
    reading.wrong(path, f"{path[-1]} must be text, not {value!r}", 'Write it in quotes: "...".')
    return ""


def as_flag(reading: Reading, value: Any, path: KeyPath) -> bool:
    """true or false."""
    if isinstance(value, bool):
        return value
    reading.wrong(
        path, f"{path[-1]} must be true or false, not {value!r}", "Write true or false, without quotes."
    )
    return False


def whole_number(least: int, most: int) -> Check:
    """A whole number from ``least`` to ``most``, both allowed."""

    def check(reading: Reading, value: Any, path: KeyPath) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        reading.wrong(
            path, f"{path[-1]} cannot be {value!r}", f"Allowed: whole numbers from {least} to {most}."
        )
        return least

    return check


def as_command(reading: Reading, value: Any, path: KeyPath) -> tuple[str, ...]:
    """A program with its arguments."""
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return tuple(value)
    # The value itself is left out: somebody may have written the token here.
    remedy = 'Write a list of program and arguments: ["pass", "show", "helpdesk"]. No shell reads it.'
    reading.wrong(path, f"{path[-1]} must be a list of texts", remedy)
    return ()
