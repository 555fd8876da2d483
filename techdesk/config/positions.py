"""On which line of a TOML file each setting stands.

``tomllib`` gives values without positions. This reads the same text a second time, for positions only: it
trusts that the text is valid TOML, because ``tomllib`` has read it before.
"""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""``("policies", "assign", 0, "policy")``: keys, and positions in arrays of tables."""


class Positions:
    """Lines of the tables and keys of one TOML text, counted from 1."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._scan(text)

    def line(self, path: Path) -> int:
        """Line of a setting, else of the nearest thing that holds it, else 0."""
        for length in range(len(path), 0, -1):
            found = self._lines.get(path[:length])
            if found is not None:
                return found
        return 0

    def _scan(self, text: str) -> None:
        table: Path = ()
        at = 0
        number = 1
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            stripped = text[at:end].strip()
            if stripped.startswith("["):
                table = self._table(stripped, number)
            elif stripped and not stripped.startswith("#"):
                start = at + (len(text[at:end]) - len(text[at:end].lstrip()))
                keys, value = _dotted(text, start)
                self._lines.setdefault(table + keys, number)
                for length in range(1, len(keys)):
                    self._lines.setdefault(table + keys[:length], number)
                end = _value_end(text, value)
            number += text.count("\n", at, end) + 1
            at = end + 1

    def _table(self, stripped: str, number: int) -> Path:
        many = stripped.startswith("[[")
        keys, _ = _dotted(stripped, 2 if many else 1)
        path = self._resolve(keys[:-1]) + keys[-1:] if keys else ()
        if many:
            position = self._counts.get(path, 0)
            self._counts[path] = position + 1
            path = (*path, position)
        else:
            path = self._resolve(keys)
        self._lines.setdefault(path, number)
        return path

    def _resolve(self, keys: Path) -> Path:
        """A header below an array of tables means the last one of the array."""
        path: Path = ()
        for key in keys:
            path = (*path, key)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path


def _dotted(text: str, at: int) -> tuple[Path, int]:
    """A dotted key from ``at``, and the position of what ends it (``=`` or ``]``)."""
    keys: list[str] = []
    while at < len(text):
        character = text[at]
        if character in " \t.":
            at += 1
        elif character in "\"'":
            end = _string_end(text, at)
            keys.append(text[at + 1 : end - 1])
            at = end
        elif character.isalnum() or character in "_-":
            end = at
            while end < len(text) and (text[end].isalnum() or text[end] in "_-"):
                end += 1
            keys.append(text[at:end])
            at = end
        else:
            break
    return tuple(keys), at


def _string_end(text: str, at: int) -> int:
    """Position after the string that begins at ``at``, of any of TOML's four kinds."""
    quote = text[at]
    mark = quote * 3 if text.startswith(quote * 3, at) else quote
    position = at + len(mark)
    while position < len(text):
        if text[position] == "\\" and quote == '"':
            position += 2
        elif text.startswith(mark, position):
            position += len(mark)
            # A multi-line string may end in up to two quotes of its own before the mark.
            while len(mark) == 3 and position < len(text) and text[position] == quote:
                position += 1
            return position
        else:
            position += 1
    return len(text)


def _value_end(text: str, at: int) -> int:
    """Position of the line break that ends the value after ``at``, arrays over several lines included."""
    depth = 0
    while at < len(text):
        character = text[at]
        if character in "\"'":
            at = _string_end(text, at)
            continue
        if character == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
            continue
        if character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "\n" and depth <= 0:
            return at
        at += 1
    return len(text)
