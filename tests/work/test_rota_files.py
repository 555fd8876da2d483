"""The site's rota files: iCalendar, CSV and TOML, and what is wrong in one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from techdesk.config.settings import Settings, parse
from techdesk.model import Person, Role
from techdesk.rules.rota import Place, Presence, Rota
from techdesk.work.rota_files import load_rota

KIM = Person(id="kim", name="Kim Osei", email="kim@desk.example", role=Role.TECHNICIAN)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOW = at("2026-11-23 06:00")


def read(tmp_path: Path, name: str, text: str, *, hours: bool = False) -> Rota:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8", newline="")
    return load_rota([], [file], NOW) if hours else load_rota([file], [], NOW)


ICS = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//somebody//rota//EN
BEGIN:VEVENT
UID:1@x.example
DTSTAMP:20261101T000000Z
DTSTART;TZID=Europe/Rome:20261102T080000
DTEND;TZID=Europe/Rome:20261102T200000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
EXDATE;TZID=Europe/Rome:20261124T080000
SUMMARY:On call: Kim Osei
END:VEVENT
BEGIN:VEVENT
UID:2@x.example
DTSTAMP:20261101T000000Z
DTSTART:20261124T070000Z
DTEND:20261124T190000Z
SUMMARY:Stand-in
ATTENDEE;CN=Ravi:mailto:ravi@desk.example
END:VEVENT
BEGIN:VEVENT
UID:3@x.example
DTSTAMP:20261101T000000Z
DTSTART:20261123T000000Z
DTEND:20261123T235900Z
STATUS:CANCELLED
SUMMARY:Nobody
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def test_a_calendar_file_repeats_leaves_out_and_names_who_takes_part(tmp_path: Path) -> None:
    rota = read(tmp_path, "on-call.ics", ICS)
    assert rota.mistakes == ()
    assert rota.sources[0].startswith("on-call.ics, 20")
    assert rota.on_call_at(NOW) == (), "06:00 UTC is 07:00 in Rome"
    (kim,) = rota.on_call_at(at("2026-11-23 08:00"))
    assert (kim.who, kim.until) == ("On call: Kim Osei", at("2026-11-23 19:00"))
    following = rota.next_on_call(at("2026-11-23 08:00"))
    assert following is not None
    assert (following.who, following.begins) == ("ravi@desk.example", at("2026-11-24 07:00"))
    (summer,) = rota.on_call_at(at("2027-06-01 06:30"))
    assert summer.until == at("2027-06-01 18:00"), "in summer Rome is two hours ahead"


def test_weekly_hours_with_days_off_and_shifts_one_by_one(tmp_path: Path) -> None:
    rota = read(
        tmp_path,
        "hours.toml",
        """
[[weekly]]
who = ["Kim Osei"]
zone = "Europe/Rome"
hours = { mon-fri = ["08:30-12:30", "13:15-17:30"] }
off = [2026-11-24]

[[shifts]]
who = "kim@desk.example"
from = 2026-11-28T10:00:00
to = 2026-11-28T14:00:00+01:00
zone = "Europe/Rome"
""",
        hours=True,
    )
    assert rota.mistakes == ()
    here = rota.presence(KIM, at("2026-11-23 07:30"))
    assert here == Presence(place=Place.HERE, until=at("2026-11-23 11:30"))
    after = rota.presence(KIM, at("2026-11-23 17:00"))
    assert after == Presence(place=Place.AWAY, until=at("2026-11-25 07:30")), "the day off is skipped"
    saturday = rota.presence(KIM, at("2026-11-28 09:00"))
    assert saturday == Presence(place=Place.HERE, until=at("2026-11-28 13:00"))


def test_a_csv_names_its_zone(tmp_path: Path) -> None:
    rows = "who,from,to,zone\nKim Osei,2026-11-23T18:00,2026-11-24T08:00,America/New_York\n\n"
    rota = read(tmp_path, "shifts.csv", rows)
    assert rota.mistakes == ()
    (kim,) = rota.on_call_at(at("2026-11-23 23:00"))
    assert kim.until == at("2026-11-24 13:00")


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.toml", '[[weekly]]\nwho = "Kim"\nzone = "Mars/Base"\nhours = "24x7"\n', "a.toml:3"),
        ("a.toml", '[[weekly]]\nzone = "UTC"\nhours = "24x7"\n', "says nobody"),
        ("a.toml", '[[weekly]]\nwho = "Kim"\nzone = "UTC"\nhours = { monday = "9-5" }\n', "no weekday"),
        ("a.toml", '[[weekly]]\nwho = "Kim"\nzone = "UTC"\nhours = "24x7"\nrota = 1\n', "not known here"),
        ("a.toml", "[[weekly\n", "not TOML"),
        ("a.toml", '[[shifts]]\nwho = "Kim"\nfrom = 2026-11-28\nto = 2026-11-28\n', "to a later one"),
        ("a.csv", "who,from,until\nKim,2026-11-28,2026-11-29\n", "a.csv:1: no such column 'until'"),
        ("a.csv", "who,from,to\nKim,2026-11-28,yesterday\n", "a.csv:2"),
        ("a.csv", "who,from,to,zone\nKim,2026-11-28,2026-11-29,Nowhere\n", "is no time zone"),
        ("a.ics", "this is no calendar", "not an iCalendar file"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_and_costs_its_file(tmp_path: Path, name: str, text: str, told: str) -> None:
    rota = read(tmp_path, name, text)
    assert len(rota.mistakes) == 1
    assert told in rota.mistakes[0]
    assert rota.on_call == ()
    assert rota.sources == ()


def test_a_file_that_is_not_there_costs_no_other(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("who,from,to\nKim,2026-11-23T00:00Z,2026-11-24T00:00Z\n", encoding="utf-8")
    rota = load_rota([tmp_path / "gone.ics", good], [], NOW)
    assert len(rota.mistakes) == 1
    assert "cannot be read" in rota.mistakes[0]
    assert [duty.who for duty in rota.on_call_at(NOW)] == ["Kim"]


def test_the_settings_name_the_files() -> None:
    settings = parse('[facts]\non_call = "on-call.ics"\ndesk_hours = ["a.toml", "b.csv"]\n', "/etc/s.toml")
    assert isinstance(settings, Settings)
    assert settings.at(settings.on_call_files) == (Path("/etc/on-call.ics"),)
    assert settings.desk_hours_files == ("a.toml", "b.csv")
    wrong = parse('[facts]\non_call = ["rota.pdf"]\n', "/etc/s.toml")
    assert not isinstance(wrong, Settings)
    assert "on_call must name files" in wrong[0].words
    assert ".toml, .csv and .ics" in wrong[0].words
