"""What a site would know of the demo's customers beside its desk: written as the file that techdesk reads.

The cases that need it: an account on hold, a contract that has expired, a licence that has lapsed, partner
tiers, emergency on-call, who may open requests, who is in the dedicated team.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from techdesk.demo import cast
from techdesk.model import Instant

NAME = "customers.toml"
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


def write(folder: Path, now: Instant) -> Path:
    """Write the file into a folder, whole or not at all; returns it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / NAME
    fresh = file.with_suffix(".new")
    fresh.write_text(text(now), encoding="utf-8")
    fresh.replace(file)
    return file


def _customer(customer: cast.Customer, *facts: str) -> str:
    return "\n".join(("[[customers]]", f'name = "{customer.organisation.name}"', *facts))


def _list(names: list[str]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"


def _day(at: Instant) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()
