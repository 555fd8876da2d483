"""Whom to give a ticket, or where to put it: the likely ones first, with how much they have to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from techdesk.model import Person, Queue
from techdesk.rules.customer import CustomerBook
from techdesk.store.loads import Load
from techdesk.widgets.choice_list import Choice

_LATELY = 3
"""So many of those who were given a ticket lately stand before the others."""


def owner_choices(
    people: Sequence[Person],
    loads: Mapping[str, Load],
    *,
    me: str,
    current: str,
    queue: str,
    customers: CustomerBook,
) -> list[Choice]:
    """Me, the owner that it has, who was given one lately, who works in its queue, then the others by name.

    ``queue``: the queue's name, for the words. Teams are those of the site's files.
    """

    def rank(person: Person) -> tuple[int, int, str]:
        load = loads.get(person.id, Load(0))
        if person.id == me:
            return 0, 0, ""
        if person.id == current:
            return 1, 0, ""
        if 0 < load.recent <= _LATELY:
            return 2, load.recent, ""
        return (3, -load.here, person.name.casefold()) if load.here else (4, 0, person.name.casefold())

    choices = [
        Choice(
            id=person.id,
            label=f"{person.name} (you)" if person.id == me else person.name,
            detail=_owner_words(person, loads.get(person.id), person.id == current, queue, customers),
        )
        for person in sorted(people, key=rank)
    ]
    choices.append(Choice(id="", label="Nobody", detail="back to the unassigned"))
    return choices


def _owner_words(
    person: Person, load: Load | None, is_current: bool, queue: str, customers: CustomerBook
) -> str:
    words = ["has it now"] if is_current else []
    if load is not None:
        words.append(f"{load.open:,} open")
    words += [team for team in sorted(customers.teams) if customers.in_team(team, person)]
    if load is not None and load.here and queue:
        words.append(f"{load.here:,} in {queue}")
    return " · ".join(words)


def queue_choices(queues: Sequence[Queue], loads: Mapping[str, int], current: str = "") -> list[Choice]:
    """The queue that it is in, then the others by name, each with its open tickets."""
    ordered = sorted(queues, key=lambda queue: (queue.id != current, queue.name.casefold()))
    return [
        Choice(id=queue.id, label=queue.name, detail=f"{loads.get(queue.id, 0):,} open") for queue in ordered
    ]
