"""Facts about customers from the site's own files: TOML or CSV, named in the settings.

A desk seldom knows when a contract ends or who may open requests. Each file is read at start; where it comes
from and how old it is goes with every customer. A mistake is told with file and line, and costs that file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from techdesk.config.problems import Problem, near
from techdesk.rules.customer import Customer, CustomerBook

_TEXTS = ("tier", "partner", "region", "product", "version")
_FLAGS = ("on_hold", "emergency_on_call")
_SOME = ("end_users", "service_provider")
"""Of all of a customer's people (true, false), or of those in a list."""
_ENDS = ("contract_ends", "licence_ends", "maintenance_ends")
_LISTS = ("vip", "openers", "agents", "account_wide", "key_contacts")
KNOWN = ("name", *_TEXTS, *_FLAGS, *_SOME, *_ENDS, *_LISTS)
_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")


def load_customers(files: Sequence[Path]) -> tuple[CustomerBook, tuple[Problem, ...]]:
    """Every file's customers, a later file adding to what an earlier one says; and what is wrong in them."""
    customers: dict[str, Customer] = {}
    teams: dict[str, tuple[str, ...]] = {}
    sources: list[str] = []
    problems: list[Problem] = []
    for file in files:
        reading = _File(file)
        rows, named = reading.read()
        problems += reading.problems
        if reading.problems:
            continue
        sources.append(reading.source)
        teams |= named
        for row in rows:
            key = row["name"].casefold()
            before = customers.get(key)
            source = f"{before.source}; {reading.source}" if before is not None else reading.source
            made = before if before is not None else Customer(name=row["name"])
            customers[key] = replace(made, **row, source=source)
    return CustomerBook(customers=customers, teams=teams, sources=tuple(sources)), tuple(problems)


class _File:
    """One file, with every mistake in it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.source = file.name

    def read(self) -> tuple[list[dict[str, Any]], dict[str, tuple[str, ...]]]:
        try:
            text = self.file.read_text(encoding="utf-8-sig")
            changed = datetime.fromtimestamp(self.file.stat().st_mtime).astimezone()
        except (OSError, UnicodeDecodeError) as error:
            self.wrong(0, f"cannot be read: {error}", "Make it a UTF-8 text file that you can read.")
            return [], {}
        self.source = f"{self.file.name}, {changed.date().isoformat()}"
        return self._csv(text) if self.file.suffix.casefold() == ".csv" else self._toml(text)

    def wrong(self, line: int, what: str, remedy: str) -> None:
        self.problems.append(Problem(file=str(self.file), line=line, what=what, remedy=remedy))

    def _csv(self, text: str) -> tuple[list[dict[str, Any]], dict[str, tuple[str, ...]]]:
        import csv

        rows = []
        reader = csv.DictReader(text.splitlines())
        for raw in reader:
            given = {
                str(name).strip(): value.strip()
                for name, value in raw.items()
                if name is not None and isinstance(value, str) and value.strip()
            }
            rows.append(self._customer(given, reader.line_num))
        return rows, {}

    def _toml(self, text: str) -> tuple[list[dict[str, Any]], dict[str, tuple[str, ...]]]:
        import tomllib

        try:
            data = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            place = re.search(r"line (\d+)", str(error))
            said = f"not TOML: {error}"
            self.wrong(int(place.group(1)) if place else 1, said, "A customer begins with [[customers]].")
            return [], {}
        for key in data:
            if key not in ("customers", "teams"):
                self.wrong(_line(text, key), f"no such key '{key}'", "Allowed here: customers, teams.")
        sections, teams = data.get("customers", []), data.get("teams", {})
        lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == "[[customers]]"]
        if not isinstance(sections, list) or not isinstance(teams, dict):
            self.wrong(1, "customers must be a list and teams a section", "Write [[customers]] and [teams].")
            return [], {}
        rows = [
            self._customer(section, lines[n] if n < len(lines) else 1) for n, section in enumerate(sections)
        ]
        named = {name: self._list(members, _line(text, name), name) for name, members in teams.items()}
        return rows, named

    def _customer(self, given: Any, line: int) -> dict[str, Any]:
        if not isinstance(given, Mapping) or not isinstance(given.get("name"), str) or not given["name"]:
            self.wrong(line, "a customer without a name", 'Add name = "...", as the help desk writes it.')
            return {"name": ""}
        row: dict[str, Any] = {}
        for key, value in given.items():
            if key not in KNOWN:
                remedy = f"{near(key, dict.fromkeys(KNOWN))}Allowed: {', '.join(KNOWN)}."
                self.wrong(line, f"no such fact '{key}' of {given['name']}", remedy)
            elif key in _FLAGS:
                row[key] = self._flag(value, line, key)
            elif key in _SOME:
                row[key] = self._all_or_some(value, line, key)
            elif key in _ENDS:
                row[key] = self._end(value, line, key)
            elif key in _LISTS:
                row[key] = self._list(value, line, key)
            elif isinstance(value, str):
                row[key] = value
            else:
                self.wrong(line, f"{key} must be text, not {value!r}", 'Write it in quotes: "...".')
        return row

    def _flag(self, value: Any, line: int, key: str) -> bool | None:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.casefold() in _YES + _NO:
            return value.casefold() in _YES
        self.wrong(line, f"{key} must be true or false, not {value!r}", "Leave it out if nobody knows.")
        return None

    def _all_or_some(self, value: Any, line: int, key: str) -> bool | tuple[str, ...] | None:
        """A flag for everybody, or a list of people or ``@domain``s."""
        if isinstance(value, str) and value.casefold() not in _YES + _NO:
            return self._list(value, line, key)
        return self._list(value, line, key) if isinstance(value, list) else self._flag(value, line, key)

    def _end(self, value: Any, line: int, key: str) -> int | None:
        """The first instant after it. A date holds to the end of that day on this machine's clocks."""
        when = value
        if isinstance(value, str):
            try:
                when = date.fromisoformat(value) if len(value) <= 10 else datetime.fromisoformat(value)
            except ValueError:
                when = None
        if isinstance(when, datetime):
            return int(when.astimezone().timestamp() if when.tzinfo is None else when.timestamp())
        if isinstance(when, date):
            midnight = datetime.combine(when + timedelta(days=1), datetime.min.time())
            return int(midnight.astimezone().timestamp())
        self.wrong(line, f"{key} must be a date, not {value!r}", "Write 2027-03-31.")
        return None

    def _list(self, value: Any, line: int, key: str) -> tuple[str, ...]:
        if isinstance(value, str):  # CSV: one cell
            return tuple(part.strip() for part in value.split(";") if part.strip())
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(value)
        self.wrong(line, f"{key} must be a list of texts", 'Write ["kim@dunmore.example"].')
        return ()


def _line(text: str, key: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().strip('[]" ').split("=")[0].strip().strip('"') == key:
            return number
    return 1
