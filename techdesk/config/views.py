"""``[views.NAME]``: queues of the user's own. What a limit may say is the limit language's to check."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from techdesk.config.reading import Reading, as_text, whole_number

if TYPE_CHECKING:
    from techdesk.config.positions import Path as KeyPath

VIEW_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class ViewSettings(Struct, frozen=True, kw_only=True):
    """One saved view as the file has it, with the lines for complaints about what is in it."""

    name: str
    title: str = ""
    limit: str = ""
    order: str = "urgency"
    key: int | None = None
    """Its place among the views, 1 to 9: the digit that shows it."""
    line: int = 0
    limit_line: int = 0
    order_line: int = 0


def as_views(reading: Reading, value: Any, path: KeyPath) -> tuple[ViewSettings, ...]:
    """Every ``[views.NAME]``, in the order of the file."""
    if not isinstance(value, dict):
        reading.wrong(path, "views must be sections", "Write [views.NAME].")
        return ()
    found: list[ViewSettings] = []
    keys: dict[int, str] = {}
    for name, section in value.items():
        here = (*path, name)
        if not VIEW_NAME.fullmatch(name):
            reading.wrong(here, f"'{name}' is no name of a view", "Use letters, digits, - and _, at most 40.")
            continue
        before = len(reading.problems)
        values = reading.table(section, here, _VIEW)
        if len(reading.problems) > before:
            continue
        if not values.get("limit", "").strip():
            remedy = (
                'Add limit = "owner:me status:waiting", for instance; status:active is every open ticket.'
            )
            reading.wrong((*here, "limit"), f"view '{name}' has no limit", remedy)
            continue
        key = values.get("key")
        if key in keys:
            remedy = "Give one of them another key from 1 to 9, or none."
            reading.wrong((*here, "key"), f"views '{keys[key]}' and '{name}' both want key {key}", remedy)
            continue
        if key is not None:
            keys[key] = name
        found.append(
            ViewSettings(
                name=name,
                line=reading.line(here),
                limit_line=reading.line((*here, "limit")),
                order_line=reading.line((*here, "order")),
                **values,
            )
        )
    return tuple(found)


_VIEW = {"title": as_text, "limit": as_text, "order": as_text, "key": whole_number(1, 9)}
