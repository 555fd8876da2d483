"""The templates of ``incidents.toml`` with their slots filled, always the same for the same number."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from zlib import crc32

import msgspec
from msgspec import Struct

from techdesk.demo.cast import Customer

_FILE = Path(__file__).with_name("incidents.toml")
_TICKS = 104_729  # a prime: neighbours do not look alike


class Incident(Struct, frozen=True, kw_only=True):
    """One story: what is asked, what is found, how it ends."""

    area: str
    subject: str
    kind: str = "problem"
    opening: str
    question: str
    answer: str
    note: str
    fix: str
    thanks: str


class _Templates(Struct):
    incident: list[Incident]


@cache
def templates(area: str) -> tuple[Incident, ...]:
    """The stories that fit customers of a policy."""
    content = msgspec.convert(_load(), _Templates)
    return tuple(incident for incident in content.incident if incident.area == area)


@cache
def _load() -> object:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def chapter(scene: str) -> int:
    """Number of the story that a scene begins with, so that scenes tell different ones."""
    return crc32(scene.encode()) % 1_000


def tell(customer: Customer, number: int, *, name: str, me: str = "Bea", kind: str = "") -> Incident:
    """A customer's story of that number, told by ``name`` to ``me``; ``kind`` picks among the stories."""
    stories = [story for story in templates(customer.area) if not kind or story.kind == kind]
    story = stories[number % len(stories)]
    mixed = number * _TICKS
    slots = {
        "site": customer.sites[(number // len(stories)) % len(customer.sites)],
        "host": customer.hosts[mixed % len(customer.hosts)],
        "version": f"{5 + mixed % 3}.{mixed % 10}.{mixed % 7}",
        "number": str(3 + mixed % 56),
        "extension": str(200 + mixed % 700),
        # Only for what happens at its hour each day: a time of today may lie ahead of the start.
        "clock": f"{9 + mixed % 8:02d}:{mixed % 60:02d}",
        "night": f"{1 + mixed % 4:02d}:{mixed % 60:02d}",
        "morning": f"{7 + mixed % 3:02d}:{mixed % 60:02d}",
        "name": name.split()[0],
        "me": me,
    }
    filled = {
        field: getattr(story, field).format_map(slots)
        for field in ("subject", "opening", "question", "answer", "note", "fix", "thanks")
    }
    return Incident(area=story.area, kind=story.kind, **filled)
