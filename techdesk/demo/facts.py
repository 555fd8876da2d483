"""What a site would know of the demo's customers and shifts beside its desk: the files that techdesk reads.

The cases that need it: an account on hold, a contract that has expired, a licence that has lapsed, partner
tiers, emergency on-call, who may open requests, who is in the dedicated team.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from techdesk.demo import cast
from techdesk.model import Instant

NAME = "customers.toml"
ON_CALL, DESK_HOURS = "on-call.ics", "desk-hours.toml"
_DAY = 86_400


def text(now: Instant) -> str:
    """The file for a start at ``now`` (epoch seconds); dates lie before and after it."""
    past, later = _day(now - 40 * _DAY), _day(now + 200 * _DAY)
    dunmore = [cast.DUNMORE.person(n).email for n in range(len(cast.DUNMORE.people))]
    return (
        "\n\n".join(
            (
                "# Written by the demo desk at each start; changes are lost.",
                f"[teams]\nswat = {_list([cast.LENA, cast.BEA])}",
                _customer(
                    cast.DUNMORE,
                    f"contract_ends = {later}",
                    "on_hold = false",
                    f"openers = {_list(dunmore[:-1])}",
                    f"account_wide = {_list(dunmore[:2])}",
                    f"key_contacts = {_list(dunmore[:2])}",
                ),
                _customer(cast.GREYFORD, f"contract_ends = {later}", "on_hold = true"),
                _customer(cast.OLDFIELD, f"contract_ends = {past}", "on_hold = false"),
                _customer(
                    cast.TASMAN,
                    "emergency_on_call = false",
                    f'end_users = ["@{cast.END_USER.email.rpartition("@")[2]}"]',
                    f"agents = {_list([cast.TASMAN.person(0).email, cast.TASMAN.person(1).email])}",
                ),
                _customer(
                    cast.HARROW,
                    "emergency_on_call = true",
                    "end_users = false",
                    f"agents = {_list([cast.HARROW.person(0).email])}",
                ),
                _customer(cast.ALPENRUF, 'tier = "Platinum"', 'product = "PBX"', "end_users = false"),
                _customer(cast.RETE_NORD, 'tier = "Gold"', 'product = "PBX"', "end_users = false"),
                _customer(
                    cast.ALPENRUF_SUED,
                    'tier = "Bronze"',
                    f'partner = "{cast.RETE_NORD.organisation.name}"',
                    "end_users = false",
                ),
                _customer(
                    cast.HARBOUR,
                    f"service_provider = {_list([cast.HARBOUR.person(n).email for n in (1, 2, 3)])}",
                ),
                _customer(
                    cast.DATALITH,
                    f"licence_ends = {later}",
                    f"maintenance_ends = {later}",
                    'product = "StorageX"',
                    'version = "7.8.0"',
                ),
                _customer(
                    cast.QUARRY,
                    f"licence_ends = {past}",
                    f"maintenance_ends = {past}",
                    'product = "StorageX"',
                    'version = "7.6.0"',
                ),
            )
        )
        + "\n"
    )


def on_call(now: Instant) -> str:
    """The rota as an on-call service publishes it: Ravi by day, Omar by night, each day, in UTC."""
    first = datetime.fromtimestamp(now - 7 * _DAY, UTC)
    entries = [
        _entry("day", cast.RAVI, first.replace(hour=7), hours=12),
        _entry("night", cast.OMAR, first.replace(hour=19), hours=12),
    ]
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//techdesk demo//on call//EN")
    return "\r\n".join((*head, *entries, "END:VCALENDAR", ""))


def _entry(name: str, id: str, begins: datetime, *, hours: int) -> str:
    who = next(person.name for person in cast.TECHNICIANS if person.id == id)
    start = begins.replace(minute=0, second=0)
    return "\r\n".join(
        (
            "BEGIN:VEVENT",
            f"UID:{name}@demo.example",
            f"DTSTAMP:{start:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"DURATION:PT{hours}H",
            "RRULE:FREQ=DAILY",
            f"SUMMARY:On call: {who}",
            "END:VEVENT",
        )
    )


def desk_hours() -> str:
    """When Bea and her colleagues work."""
    return (
        "# Written by the demo desk at each start; changes are lost.\n\n"
        f"[[weekly]]\nwho = {_list([cast.BEA, cast.RAVI])}\n"
        'zone = "Europe/London"\nhours = { mon-fri = ["08:00-12:30", "13:15-18:00"] }\n\n'
        f"[[weekly]]\nwho = {_list([cast.LENA, cast.INES])}\n"
        'zone = "Europe/Rome"\nhours = { mon-fri = "09:00-17:00", sat = "10:00-14:00" }\n\n'
        f"[[weekly]]\nwho = {_list([cast.OMAR])}\n"
        'zone = "UTC"\nhours = { mon-sun = "19:00-07:00" }\n'
    )


def write(folder: Path, now: Instant) -> None:
    """Write the files into a folder, each whole or not at all."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, words in ((NAME, text(now)), (ON_CALL, on_call(now)), (DESK_HOURS, desk_hours())):
        fresh = folder / f"{name}.new"
        fresh.write_text(words, encoding="utf-8", newline="")
        fresh.replace(folder / name)


def _customer(customer: cast.Customer, *facts: str) -> str:
    return "\n".join(("[[customers]]", f'name = "{customer.organisation.name}"', *facts))


def _list(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _day(at: Instant) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
