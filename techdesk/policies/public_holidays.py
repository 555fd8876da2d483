"""Public holidays as data beside the policies: expanded once by the ``holidays`` library, read ever after.

A calendar names a country (``holidays = { country = "GB", subdivision = "ENG" }``); ``holidays/GB-ENG.json``
has the dates. The library is imported by ``expand`` only, which people run: for what ships with
`python -m techdesk.policies.expand`, for a site's own files with ``techdesk policy check --refresh``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import msgspec

from techdesk.sla.policy import HolidaySource

FIRST_YEAR, LAST_YEAR = 2015, 2045
FOLDER = "holidays"
"""Name of the folder beside the policy files."""


class Expanded(msgspec.Struct, frozen=True, kw_only=True):
    """One data file."""

    country: str
    subdivision: str
    observed: bool
    library: str
    """What it was expanded with: ``holidays 0.109``."""
    first_year: int
    last_year: int
    dates: dict[date, str]
    """Local date -> name."""


class UnknownCountry(LookupError):
    """The library knows no such country or subdivision."""


class PublicHolidays:
    """Reads expanded holidays from the first folder that has them, and keeps them."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = tuple(folders)
        self._read: dict[str, Expanded | None] = {}

    def __call__(self, source: HolidaySource) -> Mapping[date, str] | None:
        """Closed dates with their names; None where they have not been expanded."""
        found = self.expanded(source)
        return None if found is None else found.dates

    def beside(self, folder: Path) -> PublicHolidays:
        """The same with a folder that is looked into first."""
        return PublicHolidays((folder, *self._folders))

    def expanded(self, source: HolidaySource) -> Expanded | None:
        """The data file of a country; None where there is none, or none that can be read."""
        if source.name not in self._read:
            self._read[source.name] = self._find(f"{source.name}.json")
        return self._read[source.name]

    def _find(self, file: str) -> Expanded | None:
        for folder in self._folders:
            try:
                return msgspec.json.decode((folder / FOLDER / file).read_bytes(), type=Expanded)
            except (OSError, msgspec.DecodeError):
                continue
        return None


def expand(source: HolidaySource) -> Expanded:
    """Ask the ``holidays`` library (90 ms to import). Raises UnknownCountry."""
    from importlib.metadata import version

    import holidays

    try:
        found = holidays.country_holidays(
            source.country,
            subdiv=source.subdivision or None,
            years=range(FIRST_YEAR, LAST_YEAR + 1),
            observed=source.observed,
            language="en_GB" if source.country == "GB" else "en_US",
        )
    except NotImplementedError as error:
        raise UnknownCountry(f"{source.name}: {error}") from None
    dates = {day: name for day, name in sorted(found.items()) if FIRST_YEAR <= day.year <= LAST_YEAR}
    return Expanded(
        country=source.country,
        subdivision=source.subdivision,
        observed=source.observed,
        library=f"holidays {version('holidays')}",
        first_year=FIRST_YEAR,
        last_year=LAST_YEAR,
        dates=dates,
    )


def save(expanded: Expanded, source: HolidaySource, folder: Path) -> Path:
    """Write a data file beside the policies of a folder; gives its path."""
    path = folder / FOLDER / f"{source.name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(expanded), indent=1)
    path.write_bytes(text + b"\n")
    return path
