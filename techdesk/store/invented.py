"""Invented tickets in any number, the same for the same seed: what benchmarks and demonstration caches hold.

Shares are those of a busy desk: three in four tickets are open; of those one in four has no owner and one in
twelve no priority yet; due times lie around now, and a quarter of the open ones is late.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import TypeAlias

from techdesk.model import (
    Channel,
    Direction,
    Event,
    Instant,
    Message,
    Organisation,
    Person,
    Queue,
    Role,
    Status,
    Ticket,
    Visibility,
)

Loaded: TypeAlias = tuple[Ticket, tuple[Message, ...], tuple[Event, ...]]
"""A ticket with its conversation and log."""

TECHNICIANS = 12
ORGANISATIONS = 240
REQUESTERS = 3_000
FIRST_NUMBER = 10_000

_FIRST = [
    "Ada",
    "Bo",
    "Cleo",
    "Dov",
    "Edda",
    "Finn",
    "Gita",
    "Hugo",
    "Ines",
    "Jola",
    "Kofi",
    "Lena",
    "Milo",
    "Nour",
    "Odin",
    "Pia",
    "Quin",
    "Rosa",
    "Sten",
    "Tova",
    "Umar",
    "Vera",
    "Wim",
    "Yara",
    "Zoe",
]
_LAST = [
    "Alder",
    "Birch",
    "Cedar",
    "Dune",
    "Elm",
    "Fjord",
    "Glen",
    "Heath",
    "Isle",
    "Juniper",
    "Knoll",
    "Larch",
    "Marsh",
    "North",
    "Oak",
    "Pine",
    "Quarry",
    "Reed",
    "Slate",
    "Thorn",
    "Vale",
    "Willow",
    "Yarrow",
]
_TRADES = [
    "Logistics",
    "Bakery",
    "Clinic",
    "Shipping",
    "Optics",
    "Timber",
    "Foods",
    "Bank",
    "Studio",
    "Transport",
    "Power",
    "Textiles",
]
_QUEUES = ("Network", "Telephony", "Workplace", "Hosting", "Billing", "Security")
_THINGS = [
    "VPN",
    "printer",
    "phone",
    "mailbox",
    "router",
    "switch",
    "laptop",
    "account",
    "invoice",
    "certificate",
    "backup",
    "server",
    "calendar",
    "headset",
    "queue",
    "voicemail",
    "firewall",
    "website",
    "database",
    "password",
    "scanner",
    "tablet",
    "modem",
    "licence",
]
_TROUBLES = [
    "drops every hour",
    "does not start",
    "is slow since Monday",
    "shows an error",
    "asks for a password again",
    "is full",
    "cannot be reached",
    "rings twice and stops",
    "loses settings",
    "was billed twice",
    "needs an upgrade",
    "has expired",
    "makes a noise",
    "does not sync",
    "is missing",
]
_PLACES = [
    "office",
    "warehouse",
    "reception",
    "branch",
    "workshop",
    "lab",
    "canteen",
    "depot",
    "basement",
    "counter",
]
_SENTENCES = [
    "It began after the update.",
    "We have restarted it twice.",
    "Three colleagues see the same.",
    "It works on the other floor.",
    "Please call before noon.",
    "This stops our deliveries.",
    "There is no hurry.",
    "The light on the front is orange.",
    "Nothing was changed on our side.",
    "It happens only in the morning.",
]
_REPLIES = [
    "Thank you, we are looking into it.",
    "Could you send us the log file?",
    "We have changed the setting; please try again.",
    "A colleague will call you this afternoon.",
]
_TAGS = ("vpn", "urgent", "onsite", "vendor", "follow-up", "outage", "training", "hardware")
_ACTIVE = (Status.NEW, Status.OPEN, Status.OPEN, Status.OPEN, Status.WAITING, Status.HOLD, Status.VENDOR)
_CHANNELS = (Channel.EMAIL, Channel.EMAIL, Channel.PORTAL, Channel.PHONE, Channel.CHAT, Channel.MONITORING)
_OPEN_SHARE = 0.75
_HOUR, _DAY = 3600, 86_400


def people() -> tuple[Person, ...]:
    """Technicians ``u1`` ... and requesters ``c1`` ..., a few of them VIPs."""
    technicians = tuple(
        Person(id=f"u{n}", name=_name(n), email=f"u{n}@desk.example", role=Role.TECHNICIAN)
        for n in range(1, TECHNICIANS + 1)
    )
    requesters = tuple(
        Person(
            id=f"c{n}",
            name=_name(n * 7 + 3),
            email=f"c{n}@{_organisation_of(n)}.example",
            organisation=_organisation_of(n),
            vip=n % 50 == 0,
        )
        for n in range(1, REQUESTERS + 1)
    )
    return technicians + requesters


def organisations(policy: str) -> tuple[Organisation, ...]:
    """Customers ``o1`` ..., all under one policy."""
    return tuple(
        Organisation(
            id=f"o{n}", name=f"{_LAST[n % len(_LAST)]} {_TRADES[n % len(_TRADES)]} {n}", policy=policy
        )
        for n in range(1, ORGANISATIONS + 1)
    )


def queues() -> tuple[Queue, ...]:
    """Queues ``q1`` ..."""
    return tuple(Queue(id=f"q{n}", name=name) for n, name in enumerate(_QUEUES, 1))


def tickets(count: int, now: Instant, seed: int = 1) -> Iterator[Loaded]:
    """So many tickets of the last weeks, numbered from ``TD-10001``, oldest number first."""
    random = Random(seed)  # noqa: S311 - nothing secret
    for n in range(1, count + 1):
        yield _ticket(random, n, now)


def _name(n: int) -> str:
    return f"{_FIRST[n % len(_FIRST)]} {_LAST[n // len(_FIRST) % len(_LAST)]}"


def _organisation_of(requester: int) -> str:
    return f"o{requester % ORGANISATIONS + 1}"


def _ticket(random: Random, n: int, now: Instant) -> Loaded:
    chance = random.random
    is_open = chance() < _OPEN_SHARE
    status = _ACTIVE[int(chance() * len(_ACTIVE))] if is_open else _closed(chance())
    priority = None if is_open and chance() < 0.08 else (1, 2, 3, 3, 3, 4, 4)[int(chance() * 7)]
    # A more urgent ticket does not stay open for long: so that due times lie around now, not all behind it.
    typical = {1: _HOUR, 2: 2 * _HOUR, 3: _DAY, 4: 2 * _DAY, None: _DAY}[priority]
    age = int(random.expovariate(1 / typical)) if is_open else int(_DAY + chance() * 89 * _DAY)
    created = now - min(age, 120 * _DAY) - 30
    owner = "" if is_open and chance() < 0.25 else f"u{int(chance() * TECHNICIANS) + 1}"
    requester = int(chance() * REQUESTERS) + 1
    thing = _THINGS[int(chance() * len(_THINGS))]
    subject = (
        f"{thing.capitalize() if thing.islower() else thing} {_TROUBLES[int(chance() * len(_TROUBLES))]}"
        f" ({_PLACES[int(chance() * len(_PLACES))]} {n % 97})"
    )
    identity = str(n)
    author = f"c{requester}"
    channel = _CHANNELS[int(chance() * len(_CHANNELS))]
    first = Message(
        id=f"{n}-1",
        ticket=identity,
        at=created,
        author=author,
        direction=Direction.INBOUND,
        visibility=Visibility.PUBLIC,
        channel=channel,
        body=f"The {thing} {_TROUBLES[n % len(_TROUBLES)]}. {_SENTENCES[int(chance() * len(_SENTENCES))]}"
        f" Our reference is R{n * 7919 % 1_000_003}.",
    )
    messages, events, updated = [first], [], created
    if status is not Status.NEW and (not is_open or chance() < 0.55):
        updated = min(now, created + int(typical * (0.1 + chance() * 0.6)))
        messages.append(
            Message(
                id=f"{n}-2",
                ticket=identity,
                at=updated,
                author=owner or "u1",
                direction=Direction.OUTBOUND,
                visibility=Visibility.PUBLIC,
                channel=Channel.EMAIL,
                body=_REPLIES[n % len(_REPLIES)],
            )
        )
    if status is not Status.NEW:
        updated = min(now, updated + int(chance() * _HOUR)) if is_open else min(now, updated + _DAY)
        events.append(
            Event(
                id=f"e{n}",
                ticket=identity,
                at=updated,
                actor=owner or "u1",
                field="status",
                old=Status.NEW.value,
                new=status.value,
            )
        )
    ticket = Ticket(
        id=identity,
        number=f"TD-{FIRST_NUMBER + n}",
        version=f"v{n}",
        revision=n,
        subject=subject,
        status=status,
        priority=priority,
        queue=f"q{int(chance() * len(_QUEUES)) + 1}",
        owner=owner,
        requester=author,
        organisation=_organisation_of(requester),
        channel=channel,
        tags=(_TAGS[int(chance() * len(_TAGS))],) if chance() < 0.3 else (),
        created=created,
        updated=updated,
        closed=None if is_open else updated,
        escalation_level=int(is_open and chance() < 0.03),
    )
    return ticket, tuple(messages), tuple(events)


def _closed(chance: float) -> Status:
    return Status.RESOLVED if chance < 0.3 else Status.CLOSED
