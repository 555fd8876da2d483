"""Which line of a TOML text a table or key stands on: ``tomllib`` reads values and drops their positions."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""Keys from the top of the document, with an index after the name of an array of tables."""

_KEY = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*""")


class Lines:
    """Positions of a document that ``tomllib`` has accepted (of another one they are guesses)."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}
        table: Path = ()
        depth, quote = 0, ""
        for number, line in enumerate(text.splitlines(), start=1):
            if depth == 0 and not quote:
                statement = line.strip()
                if not statement or statement.startswith("#"):
                    continue
                if statement.startswith("["):
                    table = self._header(statement, number)
                    continue
                names, line = _dotted(line, "=")
                self._add((*table, *names), number)
            depth, quote = _scan(line, depth, quote)

    def line(self, path: Path) -> int:
        """Line of a path, from 1; that of the nearest table around it where the path is not there."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _header(self, statement: str, number: int) -> Path:
        array = statement.startswith("[[")
        names, _ = _dotted(statement[2 if array else 1 :], "]")
        path: Path = ()
        for name in names[:-1]:
            path = (*path, name)
            if path in self._counts:
                path = (*path, self._counts[path])
        path = (*path, names[-1])
        if array:
            self._counts[path] = self._counts.get(path, -1) + 1
            self._add(path, number)
            path = (*path, self._counts[path])
        self._add(path, number)
        return path

    def _add(self, path: Path, number: int) -> None:
        for end in range(1, len(path) + 1):
            self._lines.setdefault(path[:end], number)


def _dotted(text: str, end: str) -> tuple[list[str], str]:
    """Names of a dotted key, and what follows the character that ends it."""
    names: list[str] = []
    while match := _KEY.match(text):
        name = match[1]
        names.append(name[1:-1] if name[0] in "\"'" else name)
        text = text[match.end() :]
        if not text.startswith("."):
            break
        text = text[1:]
    return names or [""], text.partition(end)[2]


def _scan(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Open brackets, and the triple quote that is open, after a line of a value."""
    i = 0
    while i < len(line):
        if quote:
            if line.startswith(quote, i):
                i += len(quote)
                quote = ""
            elif line[i] == "\\" and quote[0] == '"':
                i += 2
            else:
                i += 1
            continue
        if line.startswith(('"""', "'''"), i):
            quote = line[i : i + 3]
        elif line[i] in "\"'":
            quote = line[i]
        elif line[i] == "#":
            break
        elif line[i] in "[{":
            depth += 1
        elif line[i] in "]}":
            depth -= 1
        i += len(quote) or 1
    return depth, quote if len(quote) == 3 else ""
