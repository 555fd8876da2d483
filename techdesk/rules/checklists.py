"""Which items of a checklist are answered: by a field, by what stands in the conversation, by a tick."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import Checklist, Item, Weight


def missing(
    checklist: Checklist, fields: Mapping[str, object], told: str, ticked: frozenset[str] = frozenset()
) -> tuple[Item, ...]:
    """Items without an answer, optional ones left out.

    ``fields``: values of the ticket by the name that an item's ``field`` has; ``told``: subject and messages.
    """
    return tuple(
        item
        for item in checklist.items
        if item.weight is not Weight.OPTIONAL
        and item.id not in ticked
        and not (item.field and fields.get(item.field))
        and not found(item, told)
    )


def found(item: Item, told: str) -> bool:
    """Whether the conversation answers an item. Only that it does is kept, never what it says."""
    return any(_pattern(pattern).search(told) is not None for pattern in item.detect)


def detected(policy: Policy, checklist_id: str, item_id: str, told: str) -> bool:
    """Whether the conversation answers one item of one checklist."""
    checklist = policy.rulebook.checklist(checklist_id)
    items = checklist.items if checklist is not None else ()
    return any(found(item, told) for item in items if item.id == item_id)


def labels(items: tuple[Item, ...]) -> str:
    """Items in a sentence."""
    return ", ".join(item.label for item in items)


def questions(items: tuple[Item, ...]) -> list[str]:
    """Items as one asks a customer for them."""
    return [item.ask or f"{item.label[:1].upper()}{item.label[1:]}" for item in items]


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
