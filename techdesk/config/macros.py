"""``[replies.NAME]`` and ``[macros.NAME]``: texts that are written often, and changes that go together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from techdesk.config.problems import near
from techdesk.config.reading import Check, Reading, as_text, whole_number
from techdesk.model import Status

if TYPE_CHECKING:
    from techdesk.config.positions import Path as KeyPath

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_LONGEST = 100_000
"""Characters of a text in the settings."""
_STATUSES = tuple(status.value for status in Status if status is not Status.CLOSED)


class Canned(Struct, frozen=True, kw_only=True):
    """A text to put into a reply. ``{requester}``, ``{number}`` and the like are filled in."""

    id: str
    title: str
    text: str


class Macro(Struct, frozen=True, kw_only=True):
    """Fields to set and words to write, in one go. What is empty or None is left as it is."""

    id: str
    title: str
    owner: str = ""
    """A person's id or name, ``me`` or ``nobody``."""
    priority: int | None = None
    severity: int | None = None
    status: str = ""
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    note: str = ""
    """Text of an internal note."""
    reply: str = ""
    """Text to the customer."""
    canned: str = ""
    """Name of the canned reply whose text ``reply`` was."""
    close: str = ""
    """Id of a closure reason."""


def reply_sections(reading: Reading, value: Any, path: KeyPath) -> dict[str, Canned]:
    """Every ``[replies.NAME]``."""
    found: dict[str, Canned] = {}
    for name, section in _sections(reading, value, path, "replies"):
        values = reading.table(section, (*path, name), _REPLY)
        if not values.get("text", "").strip():
            reading.wrong((*path, name), f"the reply '{name}' has no text", 'Add text = """...""".')
            continue
        found[name] = Canned(id=name, title=values.get("title") or name, text=values["text"].strip("\n"))
    return found


def macro_sections(reading: Reading, value: Any, path: KeyPath) -> dict[str, Macro]:
    """Every ``[macros.NAME]``; ``with_texts`` puts the canned replies in that they name."""
    found: dict[str, Macro] = {}
    for name, section in _sections(reading, value, path, "macros"):
        here = (*path, name)
        before = len(reading.problems)
        values = reading.table(section, here, _MACRO)
        if len(reading.problems) > before:
            continue
        macro = Macro(id=name, title=values.pop("title", "") or name, **values)
        if problem := _problem(macro):
            reading.wrong(here, f"the macro '{name}' {problem[0]}", problem[1])
        else:
            found[name] = macro
    return found


def with_texts(
    reading: Reading, made: dict[str, Macro], texts: dict[str, Canned], path: KeyPath
) -> dict[str, Macro]:
    """The macros with the texts of the canned replies that they name."""
    from msgspec.structs import replace

    filled: dict[str, Macro] = {}
    for name, macro in made.items():
        if macro.canned and macro.canned not in texts:
            known = ", ".join(sorted(texts)) or "none"
            reading.wrong(
                (*path, name, "canned"),
                f"there is no canned reply '{macro.canned}'",
                f"{near(macro.canned, texts)}There are: {known}.",
            )
            continue
        filled[name] = replace(macro, reply=texts[macro.canned].text) if macro.canned else macro
    return filled


def _problem(macro: Macro) -> tuple[str, str] | None:
    """What of a macro cannot be, and the remedy."""
    speaks = bool(macro.reply.strip() or macro.canned)
    changes = (
        *(macro.owner, macro.status, macro.add_tags, macro.remove_tags, macro.note.strip(), macro.close),
        *(each is not None for each in (macro.priority, macro.severity)),
    )
    if not speaks and not any(changes):
        return "does nothing", "Add status, priority, owner, add_tags, note, reply or canned."
    if macro.reply.strip() and macro.canned:
        return "has both reply and canned", "Leave one of them out."
    if macro.status == Status.RESOLVED.value and not speaks:
        return "resolves without a word to the customer", "Add reply or canned: that is the notice."
    if macro.close and macro.status:
        return "sets a status and closes", "Leave one of them out."
    return None


def _sections(reading: Reading, value: Any, path: KeyPath, what: str) -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        reading.wrong(path, f"{what} must be sections", f"Write [{what}.NAME].")
        return []
    good: list[tuple[str, Any]] = []
    for name, section in value.items():
        if NAME.fullmatch(name):
            good.append((name, section))
        else:
            reading.wrong((*path, name), f"'{name}' is no name", "Use letters, digits, - and _, at most 40.")
    return good


def _writing(reading: Reading, value: Any, path: KeyPath) -> str:
    text = as_text(reading, value, path)
    if len(text) > _LONGEST:
        reading.wrong(path, f"{path[-1]} has {len(text):,} characters", f"Allowed: {_LONGEST:,}.")
    return text


def _status(reading: Reading, value: Any, path: KeyPath) -> str:
    if isinstance(value, str) and value in _STATUSES:
        return value
    remedy = f"Allowed: {', '.join(_STATUSES)}. To close, write close = with the reason's id."
    reading.wrong(path, f"there is no status {value!r} for a macro", remedy)
    return ""


def _tags(reading: Reading, value: Any, path: KeyPath) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if isinstance(given, list) and given and all(isinstance(tag, str) and tag.strip() for tag in given):
        return tuple(given)
    reading.wrong(path, f"{path[-1]} must be a list of texts", 'Write ["vpn", "site b"].')
    return ()


_REPLY: dict[str, Check] = {"title": as_text, "text": _writing}

_MACRO: dict[str, Check] = {
    "title": as_text,
    "owner": as_text,
    "priority": whole_number(1, 99),
    "severity": whole_number(1, 99),
    "status": _status,
    "add_tags": _tags,
    "remove_tags": _tags,
    "note": _writing,
    "reply": _writing,
    "canned": as_text,
    "close": as_text,
}
