"""Expanded holidays: what ships is what the library says, and nothing imports the library at a start."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import msgspec
import pytest

from techdesk.policies.book import SHIPPED, PolicyBook
from techdesk.policies.expand import refresh, sources_of
from techdesk.policies.public_holidays import FOLDER, PublicHolidays, UnknownCountry, expand, save
from techdesk.sla.policy import HolidaySource
from tests.sla.policies import HEAD, target

SOURCES = sources_of(SHIPPED.glob("*.toml"))


def test_the_countries_that_ship() -> None:
    assert sorted(source.name for source in SOURCES) == ["GB-ENG", "IT", "US"]
    assert {file.stem for file in (SHIPPED / FOLDER).glob("*.json")} == {"GB-ENG", "IT", "US"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_what_ships_is_what_the_library_says(source: HolidaySource) -> None:
    shipped, fresh = PublicHolidays([SHIPPED]).expanded(source), expand(source)
    assert shipped is not None
    same = {day: name for day, name in shipped.dates.items() if day.year <= 2026}
    # Proclaimed days of later years may still come; those until now may not change.
    assert same == {day: name for day, name in fresh.dates.items() if day.year <= 2026}
    assert set(shipped.dates) == set(fresh.dates), "run python -m techdesk.policies.expand"
    assert (shipped.first_year, shipped.last_year) == (2015, 2045)


def test_observed_days_are_in_and_can_be_left_out() -> None:
    days = PublicHolidays([SHIPPED])(HolidaySource(country="US"))
    assert days is not None
    assert {date(2026, 7, 3), date(2026, 7, 4), date(2026, 11, 26)} <= set(days)
    assert days[date(2026, 11, 26)] == "Thanksgiving Day"
    actual = expand(HolidaySource(country="US", observed=False))
    assert date(2026, 7, 3) not in actual.dates


def test_a_site_s_country_is_expanded_on_request(tmp_path: Path) -> None:
    text = HEAD.replace(
        '[calendars.office]\nzone = "Etc/UTC"',
        '[calendars.office]\nzone = "Europe/Paris"\n'
        'holidays = { country = "FR", add = [2026-12-24], remove = [2026-11-11] }',
    )
    (tmp_path / "test.toml").write_text(text + target(calendar='"office"'), encoding="utf-8")
    (error,) = PolicyBook.load(tmp_path).check()
    assert "holidays of FR have not been expanded yet; allowed: run: techdesk policy check --refresh" in str(
        error
    )
    assert error.line == 12
    written, unknown = refresh(tmp_path)
    assert ([path.name for path in written], unknown) == (["FR.json"], [])
    policy = PolicyBook.load(tmp_path).get("test")
    assert policy is not None
    closed = policy.calendars["office"].holidays
    assert {date(2026, 7, 14), date(2026, 12, 24)} <= closed
    assert date(2026, 11, 11) not in closed
    assert policy.holiday_names["office"][date(2026, 7, 14)] == "National Day"


def test_a_country_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "test.toml").write_text('[calendars.x]\nholidays = { country = "XX" }\n')
    written, unknown = refresh(tmp_path)
    assert written == []
    assert unknown[0].startswith("XX: ")
    with pytest.raises(UnknownCountry):
        expand(HolidaySource(country="GB", subdivision="NOWHERE"))


@pytest.mark.parametrize(
    ("holidays", "words"),
    [
        ('{ country = "Britain" }', "two capital letters, such as GB"),
        ('{ country = "GB", subdivision = "England" }', "is none; allowed: such as ENG"),
        ('{ country = "GB", region = "ENG" }', "is not known here"),
        ('{ country = "GB", add = ["2026-01-01"] }', "without quotes"),
    ],
)
def test_faults(tmp_path: Path, holidays: str, words: str) -> None:
    text = HEAD.replace('hours = "24x7"', f'hours = "24x7"\nholidays = {holidays}')
    (tmp_path / "test.toml").write_text(text + target(), encoding="utf-8")
    (error,) = PolicyBook.load(tmp_path).check()
    assert words in str(error)


def test_a_broken_data_file_counts_as_missing(tmp_path: Path) -> None:
    source = HolidaySource(country="US")
    path = save(expand(source), source, tmp_path)
    assert PublicHolidays([tmp_path])(source)
    path.write_text(path.read_text()[:-40])
    assert PublicHolidays([tmp_path])(source) is None
    assert PublicHolidays([tmp_path, SHIPPED])(source) is not None
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(path.read_bytes())


def test_reading_every_policy_imports_no_library() -> None:
    script = (
        "import sys; from techdesk.policies.book import PolicyBook; book = PolicyBook.load(); "
        "[book.get(name) for name in book.names()]; assert 'holidays' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
