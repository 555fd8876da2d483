"""Strict reading of one table of a policy file: each value typed, each complaint with its file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from techdesk.sla.policy_error import PolicyError
from techdesk.sla.policy_lines import Lines, Path

Word = TypeVar("Word", bound=StrEnum)

_DURATION = re.compile(r"(\d+)\s*(h|min|m|s)\b\s*")
_LONGEST_SPAN = 40
"""Characters of a span of time: whoever writes more has written something else."""
LONGEST_SECONDS = 8_784 * 3600
"""A year of business time: more is a slip of the keyboard, and would end beyond what calendars can tell."""
_UNITS = {"h": 3600, "min": 60, "m": 60, "s": 1}


class Document:
    """What every table of one file shares: its name, its lines, and the readings chosen so far."""

    def __init__(self, source: str, text: str) -> None:
        self.source = source
        self._text = text
        self.choices: dict[str, str] = {}
        """Reading key -> chosen value."""
        self.allowed: dict[str, tuple[str, ...]] = {}
        """Reading key -> values it may have."""

    @cached_property
    def lines(self) -> Lines:
        """Where everything stands; worked out when something is wrong."""
        return Lines(self._text)

    def fail(self, path: Path, problem: str, allowed: str = "") -> PolicyError:
        """The complaint about one place of the file, to be raised."""
        return PolicyError(self.source, self.lines.line(path), problem, allowed)


class Table:
    """A cursor over one table. Read what is known, then call ``done``: what is left over is an error."""

    def __init__(self, document: Document, path: Path, data: Mapping[str, Any]) -> None:
        self._document = document
        self._path = path
        self._data = data
        self._known: list[str] = []
        self._decided: list[str] = []

    def decided_by(self) -> tuple[str, ...]:
        """Keys of the readings that decided something in this table so far."""
        return tuple(dict.fromkeys(self._decided))

    def standing(self) -> Iterable[str]:
        """The keys that stand in the file, in its order."""
        return self._data.keys()

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def fail(self, key: str, problem: str, allowed: str = "") -> PolicyError:
        """The complaint about one key of this table, to be raised."""
        where = ".".join(str(part) for part in (*self._path, key) if part != "")
        path = (*self._path, key) if key else self._path
        return self._document.fail(path, f"{where}: {problem}" if where else problem, allowed)

    def done(self) -> None:
        """Refuse keys that nobody asked for: a misspelt option must not pass as a default."""
        for key in self._data:
            if key not in self._known:
                raise self.fail(key, "is not known here", ", ".join(sorted(set(self._known))))

    def text(self, key: str, default: str | None = None) -> str:
        """A string; required without a default."""
        value = self._take(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise self.fail(key, f"{_shown(value)} is no text", 'text in quotes, such as "dynamix"')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings; one string alone is a list of one."""
        value = self._take(key, [])
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(item, str) for item in values):
            raise self.fail(key, f"{_shown(value)} is no list of texts", 'such as ["a", "b"]')
        return tuple(values)

    def integer(self, key: str, default: int | None = None, *, low: int = 0, high: int = 10**9) -> int:
        """A whole number from ``low`` to ``high``; required without a default."""
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.fail(key, f"{_shown(value)} is out of range", f"a whole number from {low} to {high}")
        return value

    def day(self, key: str, default: date) -> date:
        """A date without quotes."""
        value = self._take(key, default)
        if type(value) is not date:  # a datetime is a date too
            raise self.fail(key, f"{_shown(value)} is no date", "2026-01-31, without quotes")
        return value

    def optional_integer(self, key: str, *, low: int = 0, high: int = 10**9) -> int | None:
        """A whole number, or None where the key is absent."""
        self._known.append(key)
        return self.integer(key, low=low, high=high) if key in self else None

    def integers(self, key: str) -> tuple[int, ...]:
        """A list of whole numbers; one number alone is a list of one."""
        value = self._take(key, [])
        values = [value] if isinstance(value, int) else value
        if not isinstance(values, list) or any(isinstance(v, bool) or not isinstance(v, int) for v in values):
            raise self.fail(key, f"{_shown(value)} is no list of whole numbers", "such as [1, 2]")
        return tuple(values)

    def flag(self, key: str, default: bool = False) -> bool:
        """True or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"{_shown(value)} is neither true nor false", "true, false")
        return value

    def optional_word(self, key: str, words: type[Word]) -> Word | None:
        """One word of an enumeration, or None where the key is absent."""
        self._known.append(key)
        return self.word(key, words) if key in self else None

    def optional_flag(self, key: str) -> bool | None:
        """True, false, or None where the key is absent."""
        self._known.append(key)
        return self.flag(key) if key in self else None

    def seconds(self, key: str, default: int | None = None) -> int:
        """A span of time such as ``1h 30min``, in seconds, of up to ``LONGEST_SECONDS``; required without a
        default."""
        value = self._take(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and value == default:
            return value
        if isinstance(value, str) and value.strip():
            parts = _DURATION.findall(value)
            if parts and len(value) <= _LONGEST_SPAN and not _DURATION.sub("", value).strip():
                seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
                if seconds <= LONGEST_SECONDS:
                    return seconds
                raise self.fail(
                    key,
                    f"{_shown(value)} is longer than a year of 366 days",
                    f'up to "{LONGEST_SECONDS // 3600}h"',
                )
        raise self.fail(key, f"{_shown(value)} is no span of time", '"24h", "30min", "1h 30min", "45s"')

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word:
        """One word of an enumeration; required without a default."""
        value = self._take(key, default)
        return self._word(key, words, value)

    def words(self, key: str, words: type[Word]) -> tuple[Word, ...]:
        """Several words of an enumeration."""
        return tuple(self._word(key, words, value) for value in self.texts(key))

    def raw(self, key: str) -> Any:
        """A value as TOML has it, for a reader of its own; None where absent."""
        return self._take(key, default=None, required=False)

    def table(self, key: str) -> Table:
        """A table of this one; empty where absent."""
        value = self._take(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, f"{_shown(value)} is no table", f"[{key}] or {{ ... }}")
        return Table(self._document, (*self._path, key), value)

    def named(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables ``[key.name]``, by name."""
        parent = self.table(key)
        for name in parent.standing():
            yield name, parent.table(name)

    def tables(self, key: str) -> Iterator[Table]:
        """The tables ``[[key]]`` in order, without those whose ``when`` does not hold."""
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(key, "is no list of tables", f"[[{key}]]")
        for index, item in enumerate(value):
            table = Table(self._document, (*self._path, key, index), item)
            if table.holds():
                yield table

    def written(self, key: str) -> tuple[str, ...]:
        """Ids of all tables ``[[key]]``, of those too whose ``when`` does not hold."""
        value = self._data.get(key)
        ids = (item.get("id") for item in value if isinstance(item, dict)) if isinstance(value, list) else ()
        return tuple(each for each in ids if isinstance(each, str))

    def holds(self) -> bool:
        """Whether the readings that its ``when`` names are decided that way."""
        conditions = self.table("when")
        self._decided += conditions.standing()
        return all(conditions.chosen(key, conditions.text(key)) for key in conditions.standing())

    def chosen(self, reading: str, value: str) -> bool:
        """Whether a reading is decided for ``value``."""
        return self._choice(reading, reading, value) == value

    def _take(self, key: str, default: Any, *, required: bool = True) -> Any:
        self._known.append(key)
        value = self._data.get(key)
        if value is None:
            if default is None and required:
                raise self._document.fail(self._path, f"{self._here()} needs {key!r}", "")
            return default
        if isinstance(value, dict) and "reading" in value and set(value) <= {"reading", "is", "map"}:
            chosen = self._choice(key, value["reading"], value.get("is"))
            if "map" in value:
                return self._mapped(key, value["reading"], value["map"], chosen)
            return chosen == value["is"] if "is" in value else chosen
        return value

    def _choice(self, key: str, reading: object, wanted: object) -> str:
        choices = self._document.choices
        if not isinstance(reading, str) or reading not in choices:
            raise self.fail(key, f"there is no reading {_shown(reading)}", ", ".join(sorted(choices)))
        if wanted is not None and wanted not in self._document.allowed[reading]:
            allowed = ", ".join(self._document.allowed[reading])
            raise self.fail(key, f"{_shown(wanted)} is no choice of the reading {reading!r}", allowed)
        self._decided.append(reading)
        return choices[reading]

    def _mapped(self, key: str, reading: str, values: object, chosen: str) -> Any:
        """The value that a table has for the choice that was made; it has one for each."""
        allowed = self._document.allowed[reading]
        if not isinstance(values, dict) or set(values) != set(allowed):
            raise self.fail(key, f"the map has not just the choices of {reading!r}", ", ".join(allowed))
        return values[chosen]

    def _word(self, key: str, words: type[Word], value: object) -> Word:
        try:
            return words(value)  # type: ignore[arg-type]  # anything may stand in the file: ValueError says so
        except ValueError:
            allowed = ", ".join(word.value for word in words if word.value)
            raise self.fail(key, f"{_shown(value)} is not one of its words", allowed) from None

    def _here(self) -> str:
        return ".".join(str(part) for part in self._path) or "the file"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
