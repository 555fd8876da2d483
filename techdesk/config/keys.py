"""``[keys]``: which profile of keys, and which keys for which action. Whether there is such an action, and
whether two of them clash, is for those to say who know the actions (``techdesk.actions.keymap``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from techdesk.config.reading import Reading, as_text

if TYPE_CHECKING:
    from techdesk.config.positions import Path as KeyPath

_REMEDY = 'Write one key, "x" or "g x", or a list of them; [] takes every key away.'


class KeySettings(Struct, frozen=True, kw_only=True):
    """The section as it stands in the file."""

    profile: str = "standard"
    moved: dict[str, tuple[str, ...]] = {}
    """Action's id -> its keys, in place of all that it had."""
    lines: dict[str, int] = {}
    """Line of each of them in the file, and of ``profile``."""


def key_section(reading: Reading, value: Any, path: KeyPath) -> KeySettings:
    """``[keys]``, where ``ticket.take = "a"`` is an action's id and its key."""
    if not isinstance(value, dict):
        reading.wrong(path, "[keys] must be a section", "Write [keys] on a line of its own.")
        return KeySettings()
    moved: dict[str, tuple[str, ...]] = {}
    lines: dict[str, int] = {}
    profile = KeySettings().profile
    if "profile" in value:
        profile = as_text(reading, value["profile"], (*path, "profile"))
        lines["profile"] = reading.line((*path, "profile"))
    for name, keys, place in _leaves({k: v for k, v in value.items() if k != "profile"}, path, ""):
        lines[name] = reading.line(place)
        if isinstance(keys, str):
            moved[name] = (keys,) if keys.strip() else ()
        elif isinstance(keys, list) and all(isinstance(key, str) for key in keys):
            moved[name] = tuple(keys)
        else:
            reading.wrong(place, f"{name} cannot be {keys!r}", _REMEDY)
    return KeySettings(profile=profile, moved=moved, lines=lines)


def _leaves(table: dict[str, Any], path: KeyPath, name: str) -> list[tuple[str, Any, KeyPath]]:
    """TOML makes tables of dotted keys: ``ticket.take`` is ``{"ticket": {"take": ...}}``."""
    found: list[tuple[str, Any, KeyPath]] = []
    for part, value in table.items():
        whole, here = f"{name}.{part}" if name else part, (*path, part)
        if isinstance(value, dict):
            found += _leaves(value, here, whole)
        else:
            found.append((whole, value, here))
    return found
