"""Bindings, key sequences and key names, all made from the registry of actions."""

from __future__ import annotations

from collections.abc import Mapping

from textual.binding import Binding

from techdesk.actions.keymap import in_force
from techdesk.actions.registry import Action, Where, actions_on

Sequences = Mapping[str, tuple[tuple[str, Action], ...]]
"""First key of a sequence -> the second keys, each with what it does."""

_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "backspace": "Bksp",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "shift+tab": "S-Tab",
    "tab": "Tab",
    "home": "Home",
    "end": "End",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "delete": "Del",
    "insert": "Ins",
    "space": "Space",
}


def textual_key(key: str) -> str:
    """The registry's key as Textual's bindings write it; a comma would separate two keys there."""
    return "comma" if key == "," else key


def key_name(key: str) -> str:
    """A key or a sequence as people write it: ``^P``, ``PgDn``, ``g q``."""
    if " " in key:
        return " ".join(key_name(part) for part in key.split(" "))
    if key.startswith("ctrl+"):
        return f"^{key[5:].upper()}" if len(key) == 6 else f"C-{key_name(key[5:])}"
    if key.startswith("shift+") and key not in _NAMES:
        return f"S-{key_name(key[6:])}"
    if key in _NAMES:
        return _NAMES[key]
    return key.upper() if len(key) > 1 and key[0] == "f" and key[1:].isdigit() else key


def sequences(where: Where) -> Sequences:
    """Every key of a screen that starts a sequence, with what may follow it."""
    found: dict[str, list[tuple[str, Action]]] = {}
    for action in actions_on(where):
        for key in in_force().keys(action):
            first, _, second = key.partition(" ")
            if second:
                found.setdefault(first, []).append((second, action))
    return {first: tuple(choices) for first, choices in found.items()}


def bindings(where: Where) -> list[Binding]:
    """A screen's bindings, by the keymap in force. Every one carries its action's id."""
    made = [
        Binding(
            textual_key(key),
            f"perform({action.id!r}, {key!r})",
            action.title,
            id=action.id,
            show=False,
        )
        for action in actions_on(where)
        for key in in_force().keys(action)
        if " " not in key
    ]
    first_keys = sequences(where)
    made.extend(Binding(textual_key(key), f"prefix({key!r})", show=False) for key in first_keys)
    return made
