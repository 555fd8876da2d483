"""Fields that no policy has a rule for: tags, watchers, links, time, merging.

A list is changed, never replaced: whoever puts a tag on says nothing about the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from techdesk.model import FieldValue, Relation, Ticket
from techdesk.store.rows import Row, TicketView
from techdesk.text import safe_text

TAG = "ticket.tag"
WATCH = "ticket.watch"
LINK = "ticket.link"
UNLINK = "ticket.unlink"
MERGE = "ticket.merge"
TIME = "ticket.time"
QUEUE = "ticket.queue"
MAX_MINUTES = 24 * 60
"""Of one entry of time: a day, so that 900 for 90 is noticed."""
MAX_TAG = 100
"""Characters of a tag."""

_DURATION = re.compile(
    r"(?:(\d{1,2})(?::([0-5]\d)|h([0-5]?\d)?(?:m|min)?))|(\d{1,2}[.,]\d{1,2})h|(\d{1,4})(?:m|min)?"
)


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


def minutes_of(typed: str) -> int | None:
    """Minutes in ``25``, ``25m``, ``1h``, ``1h30``, ``1:30``, ``1.5h``; None for what is none of these, or
    more than a day."""
    found = _DURATION.fullmatch(typed.strip().lower())
    if found is None:
        return None
    hours, clock, beside, fraction, plain = found.groups()
    if clock is not None:
        minutes = int(hours or 0) * 60 + int(clock)
    elif fraction is not None:
        minutes = round(float(fraction.replace(",", ".")) * 60)
    elif plain is not None:
        minutes = int(plain)
    else:
        minutes = int(hours or 0) * 60 + int(beside or 0)
    return minutes if 0 < minutes <= MAX_MINUTES else None


def time_typed(line: str) -> tuple[int, str] | None:
    """Minutes and words of ``25 called Kim``; None where it does not begin with a time."""
    first, _, rest = line.strip().partition(" ")
    minutes = minutes_of(first)
    if minutes is not None:
        unit, _, after = rest.strip().partition(" ")
        rest = after if first.isdigit() and unit in ("min", "minutes", "m") else rest
    return None if minutes is None else (minutes, " ".join(rest.split()))


def plain_of(
    action_id: str, row: Row, values: Mapping[str, Any], view: TicketView | None = None
) -> dict[str, FieldValue]:
    """The fields that an action of this module sets, with their new values; empty where nothing changes.

    ``values``: ``add`` and ``remove``, each some texts (tags, ids of people or addresses, links as the desk
    has them); ``other``, the desk's id of another ticket, with ``relation``; ``minutes``; ``queue``, its id.
    """
    if action_id == TIME:
        minutes = values.get("minutes")
        return {"minutes": minutes} if isinstance(minutes, int) and 0 < minutes <= MAX_MINUTES else {}
    if action_id == QUEUE:
        queue = str(values.get("queue") or "")
        return {"queue": queue} if queue and (view is None or queue != view.queue) else {}
    if action_id == MERGE:
        return {"merge_into": str(values["other"])} if values.get("other") else {}
    if action_id == TAG:
        added = [tag for each in values.get("add") or () if (tag := tag_of(str(each)))]
        removed = [tag for each in values.get("remove") or () if (tag := tag_of(str(each)))]
        return _list_of("tags", row.tags, added, removed)
    if view is None:
        return {}
    added = [str(each) for each in values.get("add") or ()]
    removed = [str(each) for each in values.get("remove") or ()]
    if action_id == WATCH:
        return _list_of("watchers", view.watcher_ids, added, removed)
    if action_id in (LINK, UNLINK):
        if values.get("other") and values.get("relation"):
            added.append(f"{Relation(values['relation'])}:{values['other']}")
        return _list_of("links", [each.text for each in view.links], added, removed)
    return {}


def _list_of(
    field: str, present: Sequence[str], added: Sequence[str], removed: Sequence[str]
) -> dict[str, FieldValue]:
    wanted = changed(present, added, removed)
    return {} if wanted == list(present) else {field: list(wanted)}


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
