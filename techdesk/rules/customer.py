"""What is known of a customer beside the help desk: contract, hold, licence, tier, people and their rights.

None always means: not known. A gate warns of what it does not know, and never allows it in silence.
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import Instant, Person
from techdesk.sla.history import History


class Customer(Struct, frozen=True, kw_only=True):
    """One organisation, from the site's files."""

    name: str
    """As the help desk writes it; compared without case."""
    tier: str = ""
    """``gold``; empty is not known."""
    partner: str = ""
    """Whom a customer without direct support is sent to."""
    contract_ends: Instant | None = None
    """First instant after it: a date without a time holds to the end of that day."""
    on_hold: bool | None = None
    licence_ends: Instant | None = None
    maintenance_ends: Instant | None = None
    emergency_on_call: bool | None = None
    end_users: bool | tuple[str, ...] | None = None
    """Whether its people are end users of a reseller (``partner``); or which of them are."""
    region: str = ""
    product: str = ""
    version: str = ""
    vip: tuple[str, ...] | None = None
    openers: tuple[str, ...] | None = None
    """Who may open requests; None: anybody of the account."""
    agents: tuple[str, ...] | None = None
    """Who may set a severity."""
    account_wide: tuple[str, ...] | None = None
    """Who may see every request of the account."""
    key_contacts: tuple[str, ...] | None = None
    """Who approves purchases and changes."""
    service_provider: bool | tuple[str, ...] | None = None
    """Whether it is the service provider, who alone may escalate (Zynstra); or which of its people speak
    for the service provider."""
    source: str = ""
    """File and date: ``customers.toml, 2026-11-03``."""


class CustomerBook(Struct, frozen=True, kw_only=True):
    """Every customer of the site's files, and who is in which team."""

    customers: dict[str, Customer] = {}
    """By name, in lower case."""
    teams: dict[str, tuple[str, ...]] = {}
    """Team -> ids, names or e-mail addresses of technicians."""
    sources: tuple[str, ...] = ()

    def find(self, name: str) -> Customer | None:
        """What is known of a customer; None where no file names it."""
        return self.customers.get(name.casefold()) if name else None

    def fingerprint(self) -> str:
        """Another text whenever ``completed`` may answer otherwise; empty where no file tells such facts."""
        from hashlib import sha256  # after the first paint

        told = sorted((key, each.vip, each.region) for key, each in self.customers.items())
        told = [line for line in told if line[1] or line[2]]
        return sha256(repr(told).encode()).hexdigest()[:16] if told else ""

    def in_team(self, team: str, person: Person | None) -> bool | None:
        """Whether somebody is in a team; None where no file says who is in it."""
        members = self.teams.get(team)
        return None if members is None or person is None else listed(members, person)


def completed(history: History, book: CustomerBook) -> History:
    """A ticket's history with what is known of its customer where the desk says nothing: its targets are
    computed by the region (Wildix 2.1) and for a VIP (Dynamix 1.3) of the site's files too."""
    customer = book.find(history.organisation)
    if customer is None:
        return history
    person = history.requester
    vip = history.vip or (person is not None and listed(customer.vip, person))
    region = history.region or customer.region
    if (vip, region) == (history.vip, history.region):
        return history
    return replace(history, vip=vip, region=region)


def listed(names: tuple[str, ...] | None, person: Person) -> bool:
    """Whether a list names a person by id, name or e-mail address, or all of an ``@domain.example``."""
    known = {person.id.casefold(), person.name.casefold(), person.email.casefold()} - {""}
    domain = person.email.casefold().rpartition("@")[2]
    if domain:
        known.add(f"@{domain}")
    return any(name.casefold() in known for name in names or ())


def holds(fact: bool | tuple[str, ...] | None, person: Person | None) -> bool | None:
    """Whether a fact that is true of a whole account, or of some of its people, is true of one of them."""
    if not isinstance(fact, tuple):
        return fact
    return None if person is None else listed(fact, person)
