"""Canned texts with their placeholders filled in: ``{requester}``, ``{number}``, ``{me}``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct

from techdesk.model import Person
from techdesk.store.rows import TicketView

_PLACE = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}")
_OPEN = re.compile(r"\{[a-z_]+\?\}")

PLACEHOLDERS: Mapping[str, str] = {
    "requester": "the requester's name",
    "first_name": "the first word of it",
    "organisation": "the customer",
    "number": "the ticket's number",
    "subject": "its subject",
    "queue": "its queue",
    "owner": "who has it",
    "me": "your name",
}
"""Names that are filled in, and what each stands for."""


class Filled(Struct, frozen=True):
    """A text with what is known filled in."""

    text: str
    unknown: tuple[str, ...] = ()
    """Names in it that nothing is known for: each stands in the text as ``{name?}``."""


def values_of(view: TicketView | None, me: Person) -> dict[str, str]:
    """What the placeholders stand for on a ticket; without one, only ``me``."""
    found = {"me": me.name or me.id}
    if view is None:
        return found
    row = view.row
    return found | {
        "requester": row.requester_name,
        "first_name": row.requester_name.split()[0] if row.requester_name.split() else "",
        "organisation": row.organisation_name,
        "number": row.number,
        "subject": row.subject,
        "queue": row.queue_name,
        "owner": row.owner_name,
    }


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Fill in what ``values`` has; ``{{`` and ``}}`` are braces. What it has not is marked, never dropped."""
    unknown: list[str] = []

    def put(found: re.Match[str]) -> str:
        name = found.group(1)
        if name is None:
            return found.group(0)[0]
        value = values.get(name, "")
        if not value:
            unknown.append(name)
            return f"{{{name}?}}"
        return value

    return Filled(_PLACE.sub(put, text), tuple(dict.fromkeys(unknown)))


def open_places(text: str) -> tuple[str, ...]:
    """Marks of unknown placeholders that still stand in a text: ``{due?}``."""
    return tuple(dict.fromkeys(_OPEN.findall(text)))
