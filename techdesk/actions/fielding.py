"""Fields that no policy has a rule for, such as tags: what they become by what is put on and taken off.

A list is changed, never replaced: whoever puts a tag on says nothing about the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from techdesk.model import FieldValue, Ticket
from techdesk.store.rows import Row
from techdesk.text import safe_text

TAG = "ticket.tag"
MAX_TAG = 100
"""Characters of a tag."""
MAX_TAGS = 50
"""Tags of a ticket."""


def tag_of(typed: str) -> str:
    """A tag as it is put on: one line, without the ``#`` that is only shown."""
    return safe_text(" ".join(typed.split()).lstrip("#").strip(), MAX_TAG)


def tags_typed(line: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What ``vpn, +site b, -printer`` puts on and takes off. Tags are separated by commas, or by spaces where
    each begins with a sign."""
    parts = [part.strip() for part in line.split(",")]
    if len(parts) == 1 and all(word[0] in "+-#" for word in line.split()):
        parts = line.split()
    added: list[str] = []
    removed: list[str] = []
    for part in parts:
        tag = tag_of(part.lstrip("+-"))
        if tag:
            (removed if part.startswith("-") else added).append(tag)
    return tuple(added), tuple(removed)


def plain_of(action_id: str, row: Row, values: Mapping[str, Any]) -> dict[str, FieldValue]:
    """The fields that an action of this module sets, with their new values; empty where nothing changes.

    ``values``: ``add`` and ``remove``, each some texts.
    """
    if action_id != TAG:
        return {}
    added = [tag for each in values.get("add") or () if (tag := tag_of(str(each)))]
    removed = [tag for each in values.get("remove") or () if (tag := tag_of(str(each)))]
    wanted = changed(row.tags, added, removed)
    return {} if wanted == list(row.tags) else {"tags": list(wanted)}


def changed(present: Sequence[str], added: Iterable[str], removed: Iterable[str]) -> list[str]:
    """A list with some put on and some taken off; upper and lower case are the same, what is there stays."""
    gone = {each.casefold() for each in removed}
    kept = [each for each in present if each.casefold() not in gone]
    there = {each.casefold() for each in kept}
    for each in added:
        if each.casefold() not in there:
            there.add(each.casefold())
            kept.append(each)
    return kept


def as_desk_has_it(value: FieldValue, base: Ticket | None, field: str) -> FieldValue:
    """A list with those entries in the desk's own form that a screen shows made safe."""
    if not isinstance(value, list) or base is None:
        return value
    raw = {safe_text(each): each for each in getattr(base, field, ())}
    return [raw.get(each, each) for each in value]


def change_words(field: str, before: Sequence[str], after: Sequence[str]) -> str:
    """``tags +vpn -printer``."""
    was, now = {each.casefold() for each in before}, {each.casefold() for each in after}
    parts = [f"+{each}" for each in after if each.casefold() not in was]
    parts += [f"-{each}" for each in before if each.casefold() not in now]
    return f"{field} {' '.join(parts)}".strip()
