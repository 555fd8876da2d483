"""Expands the public holidays that policy files name: `python -m techdesk.policies.expand` for what ships."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

from techdesk.policies.public_holidays import UnknownCountry, expand, save
from techdesk.sla.policy import HolidaySource


def sources_of(files: Iterable[Path]) -> tuple[HolidaySource, ...]:
    """The countries that the calendars of policy files name. Files with other faults are passed over."""
    found: dict[str, HolidaySource] = {}
    for file in files:
        try:
            calendars = tomllib.loads(file.read_text(encoding="utf-8")).get("calendars", {})
        except (OSError, ValueError, RecursionError):  # not text, or no TOML
            continue
        for calendar in calendars.values() if isinstance(calendars, dict) else ():
            asked = calendar.get("holidays") if isinstance(calendar, dict) else None
            choices = asked.get("map") if isinstance(asked, dict) else None
            for each in (asked, *(choices.values() if isinstance(choices, dict) else ())):
                if isinstance(each, dict) and isinstance(each.get("country"), str):
                    source = HolidaySource(
                        country=each["country"],
                        subdivision=str(each.get("subdivision", "")),
                        observed=each.get("observed", True) is not False,
                    )
                    found[source.name] = source
    return tuple(found.values())


def refresh(folder: Path) -> tuple[list[Path], list[str]]:
    """Expand what a folder's policies name, beside them; gives the files written, and what is unknown."""
    written: list[Path] = []
    unknown: list[str] = []
    for source in sources_of(sorted([*folder.glob("*.toml"), *folder.glob("archive/*.toml")])):
        try:
            written.append(save(expand(source), source, folder))
        except UnknownCountry as error:
            unknown.append(str(error))
    return written, unknown


def main() -> int:
    """Refresh the data beside the shipped policies; gives the exit code."""
    written, unknown = refresh(Path(__file__).parent)
    for line in (*map(str, written), *unknown):
        sys.stdout.write(line + "\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
