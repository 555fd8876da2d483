"""Whom to give a ticket, where to put it, who asks: the likely ones first, with what tells them apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from techdesk.actions.grading import GradeChoice
from techdesk.model import Channel, Instant, Organisation, Person, Queue, Role
from techdesk.rules.customer import CustomerBook
from techdesk.rules.rota import Place, Rota
from techdesk.store.loads import Load
from techdesk.text import safe_text
from techdesk.widgets.choice_list import Choice
from techdesk.widgets.duty_words import presence_words

NEWCOMER = "new:"
"""Before an address, as the id of a choice: somebody whom the cache does not know."""
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+")
"""Enough to tell an address from a name; the desk is the judge."""
_LATELY = 3
"""So many of those who were given a ticket lately stand before the others."""
CHANNELS = {
    Channel.PHONE: "Phone",
    Channel.EMAIL: "E-mail",
    Channel.PORTAL: "Portal",
    Channel.CHAT: "Chat",
    Channel.MONITORING: "Monitoring",
    Channel.SOCIAL: "Social media",
}
"""How a ticket can come in, in words."""


def owner_choices(
    people: Sequence[Person],
    loads: Mapping[str, Load],
    *,
    me: str,
    current: str,
    queue: str,
    customers: CustomerBook,
    rota: Rota,
    now: Instant,
    team: str = "",
) -> list[Choice]:
    """Me, the owner that it has, who was given one lately, who works in its queue, then the others by name;
    of the like, those who are away (as the site's files tell) last.

    ``queue``: the queue's name, for the words. Teams are those of the site's files; the people of ``team``,
    which should own the ticket (POLICIES DD4), stand before everybody else, in the same order.
    """

    def rank(person: Person) -> tuple[bool, int, bool, int, str]:
        return (not (team and customers.in_team(team, person)), *usual(person))

    def usual(person: Person) -> tuple[int, bool, int, str]:
        load, presence = loads.get(person.id, Load(0)), rota.presence(person, now)
        away = presence is not None and presence.place is Place.AWAY
        if person.id == me:
            return 0, False, 0, ""
        if person.id == current:
            return 1, False, 0, ""
        if 0 < load.recent <= _LATELY:
            return 2, away, load.recent, ""
        if load.here:
            return 3, away, -load.here, person.name.casefold()
        return 4, away, 0, person.name.casefold()

    choices = [
        Choice(
            id=person.id,
            label=f"{person.name} (you)" if person.id == me else person.name,
            detail=_owner_words(
                person,
                loads.get(person.id),
                presence_words(rota, person, now),
                person.id == current,
                queue,
                customers,
            ),
        )
        for person in sorted(people, key=rank)
    ]
    choices.append(Choice(id="", label="Nobody", detail="back to the unassigned"))
    return choices


def _owner_words(
    person: Person, load: Load | None, hours: str, is_current: bool, queue: str, customers: CustomerBook
) -> str:
    words = ["has it now"] if is_current else []
    words += [hours] if hours else []
    if load is not None:
        words.append(f"{load.open:,} open")
    words += [team for team in sorted(customers.teams) if customers.in_team(team, person)]
    if load is not None and load.here and queue:
        words.append(f"{load.here:,} in {queue}")
    return " · ".join(words)


def queue_choices(queues: Sequence[Queue], loads: Mapping[str, int], current: str = "") -> list[Choice]:
    """The queue that it is in, then the others by name, each with its open tickets once they are counted."""
    ordered = sorted(queues, key=lambda queue: (queue.id != current, queue.name.casefold()))
    return [
        Choice(
            id=queue.id,
            label=queue.name,
            detail=" · ".join(
                (["it is here now"] if current and queue.id == current else [])
                + ([f"{loads.get(queue.id, 0):,} open"] if loads else [])
            ),
        )
        for queue in ordered
    ]


def requester_choices(people: Sequence[Person], organisations: Sequence[Organisation]) -> list[Choice]:
    """Customers before technicians, each with organisation and address."""
    names = {each.id: each.name for each in organisations}
    return [
        Choice(
            id=person.id,
            label=f"{person.name} VIP" if person.vip else person.name,
            detail=" · ".join(part for part in (names.get(person.organisation, ""), person.email) if part),
        )
        for person in sorted(people, key=lambda person: person.role is not Role.REQUESTER)
    ]


def grade_choices(grades: Sequence[GradeChoice]) -> list[Choice]:
    """Each level with what it means, and none: then it is reviewed."""
    unset = Choice(id="", label="Not set", detail="somebody reviews it")
    return [
        unset,
        *(Choice(id=str(grade.level), label=grade.name, detail=grade.meaning) for grade in grades),
    ]


def channel_choices() -> list[Choice]:
    """How it came in."""
    return [Choice(id=channel.value, label=words) for channel, words in CHANNELS.items()]


def is_address(text: str) -> bool:
    """Whether it looks like an e-mail address."""
    return _ADDRESS.fullmatch(text) is not None


def newcomer(typed: str) -> Choice | None:
    """The offer to take what was typed as the address of somebody new; None where it is none."""
    address = safe_text(typed, 254)
    if not is_address(address):
        return None
    return Choice(id=f"{NEWCOMER}{address}", label=address, detail="new: by this e-mail address")
