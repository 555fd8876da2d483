"""Which keys do what: the registry's own, moved by a profile and by the settings file, checked before use."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from msgspec import Struct

from techdesk.actions.key_profiles import HABITS, PROFILES
from techdesk.actions.registry import ACTIONS, Action, Where, action, actions_on
from techdesk.config.keys import KeySettings
from techdesk.config.problems import Problem, near

NAMED = frozenset(
    (
        *("enter", "escape", "space", "tab", "backspace", "delete", "insert"),
        *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    )
)
"""Keys with a name; all others are the character that they type."""
_FUNCTION = frozenset(f"f{number}" for number in range(1, 13))
_WRITTEN = {"return": "enter", "esc": "escape", "pgdn": "pagedown", "pgup": "pageup", "del": "delete"}
RESERVED: Mapping[str, str] = {
    "ctrl+c": "it copies, and interrupts programs",
    "ctrl+z": "the shell suspends with it",
    "ctrl+\\": "the terminal ends programs with it",
    "ctrl+i": "terminals send the same for tab",
    "ctrl+m": "terminals send the same for enter",
    "ctrl+j": "terminals send the same for enter on some keyboards",
    "ctrl+h": "terminals send the same for backspace",
    "ctrl+[": "terminals send the same for escape",
    "ctrl+@": "terminals send the same for ctrl+space",
}
"""Keys that nobody can move something to, and why."""
_ALWAYS = ("app.help", "app.palette", "app.back", "app.leave", "app.quit")
"""Actions without which there would be no way on."""


class Keymap(Struct, frozen=True):
    """The keys of every action."""

    profile: str = "standard"
    moved: dict[str, tuple[str, ...]] = {}

    def keys(self, act: Action) -> tuple[str, ...]:
        """The keys of an action, most important first; none where they were taken away."""
        return self.moved.get(act.id, act.keys)

    def first(self, act: Action) -> str:
        """The key that sentences name; empty for none."""
        keys = self.keys(act)
        return keys[0] if keys else ""

    def by_key(self, where: Where) -> dict[str, Action]:
        """What each key or sequence of a screen does."""
        return {key: act for act in actions_on(where) for key in self.keys(act)}


_in_force = [Keymap()]


def in_force() -> Keymap:
    """The keymap of this process: a process has one keyboard."""
    return _in_force[0]


def use(keymap: Keymap) -> None:
    """Put a keymap in force, before any screen is made."""
    _in_force[0] = keymap


def read(settings: KeySettings, file: str) -> Keymap | tuple[Problem, ...]:
    """The keymap that the settings ask for, or everything that is wrong with it."""
    checking = _Checking(settings, file)
    keymap = checking.keymap()
    return tuple(checking.problems) if checking.problems else keymap


class _Checking:
    """One reading of ``[keys]``: collects every problem, as the settings do."""

    def __init__(self, settings: KeySettings, file: str) -> None:
        self.problems: list[Problem] = []
        self._settings = settings
        self._file = file

    def keymap(self) -> Keymap:
        profile = PROFILES.get(self._settings.profile)
        if profile is None:
            self._wrong(
                "profile",
                f"there is no profile of keys '{self._settings.profile}'",
                f"{near(self._settings.profile, PROFILES)}Allowed: {', '.join(PROFILES)}.",
            )
            return Keymap()
        moved = {act: keys for act, (keys, _) in profile.items()}
        for name, keys in self._settings.moved.items():
            if name in {act.id for act in ACTIONS}:
                written = (self._key(name, key) for key in keys)
                moved[name] = tuple(dict.fromkeys(key for key in written if key))
            else:
                remedy = near(name, (act.id for act in ACTIONS))
                self._wrong(name, f"there is no action '{name}'", f"{remedy}'techdesk keys' lists them all.")
        keymap = Keymap(profile=self._settings.profile, moved=moved)
        # The profiles that ship have no clash, which a test holds; looking takes a tenth of a start.
        if self._settings.moved and not self.problems:
            self._check_clashes(keymap)
            self._check_ways_out(keymap)
        return keymap

    def _key(self, name: str, written: str) -> str:
        """A key or a sequence in the registry's notation; empty where it is none, which is told."""
        parts = [_named(part) for part in written.split()] if written.strip() else ["space"]
        for part in parts:
            if part in RESERVED:
                self._wrong(name, f"'{part}' cannot be used: {RESERVED[part]}", "Choose another key.")
                return ""
            if not _is_key(part):
                self._wrong(
                    name,
                    f"'{written}' is no key",
                    'Write a character, a name such as "enter" or "f5", "ctrl+x", or two of them: "g x". '
                    "Alt is not used: escape and a letter look the same to a terminal.",
                )
                return ""
        if len(parts) > 2:
            self._wrong(name, f"'{written}' is longer than two keys", 'Write "g x".')
            return ""
        return " ".join(parts)

    def _check_clashes(self, keymap: Keymap) -> None:
        told: set[frozenset[str]] = set()
        for where in Where:
            holders: dict[str, Action] = {}
            for act in actions_on(where):
                for key in keymap.keys(act):
                    self._check_one(keymap, holders, key, act, told)
                    holders.setdefault(key, act)

    def _check_one(
        self, keymap: Keymap, holders: Mapping[str, Action], key: str, act: Action, told: set[frozenset[str]]
    ) -> None:
        first = key.split(" ")[0]
        for other_key, other in holders.items():
            if other.id == act.id:
                continue
            same = other_key == key
            begins = not same and (other_key == first or key == other_key.split(" ")[0])
            if not (same or begins):
                continue
            mine, theirs = (act, other) if act.id in self._settings.moved else (other, act)
            once = frozenset((mine.id, theirs.id)) if same else frozenset((mine.id, first))
            if once in told:
                continue
            told.add(once)
            what = f"'{key}' is the key of both {mine.id} and {theirs.id} ({theirs.title})"
            if begins:
                short, long = sorted((key, other_key), key=len)
                what = f"'{short}' cannot be a key where '{long}' begins with it ({mine.id}, {theirs.id})"
            free = ", ".join(_free(keymap, mine)[:4])
            self._wrong(
                mine.id if mine.id in self._settings.moved else "profile",
                what,
                f"Give one of them another key; not used on these screens: {free}.",
            )

    def _check_ways_out(self, keymap: Keymap) -> None:
        for name in _ALWAYS:
            if not keymap.keys(action(name)):
                self._wrong(name, f"{name} would have no key", "Leave it one: there must be a way on.")

    def _wrong(self, name: str, what: str, remedy: str) -> None:
        line = self._settings.lines.get(name, 0)
        self.problems.append(Problem(file=self._file, line=line, what=what, remedy=remedy))


def _named(part: str) -> str:
    """One key as the registry writes it."""
    plain = part if len(part) == 1 else part.lower()
    plain = _WRITTEN.get(plain, plain)
    before, plus, last = plain.rpartition("+")
    if plus and before in ("ctrl", "shift"):
        return f"{before}+{_WRITTEN.get(last, last)}"
    return plain


def _is_key(key: str) -> bool:
    if len(key) == 1:
        return key.isprintable() and not key.isspace() and not unicodedata.combining(key)
    if key.startswith("ctrl+"):
        rest = key.removeprefix("ctrl+")
        return rest in NAMED or (len(rest) == 1 and "a" <= rest <= "z")
    if key.startswith("shift+"):
        return key.removeprefix("shift+") in NAMED - {"enter", "escape", "space", "backspace"}
    return key in NAMED or key in _FUNCTION


def _free(keymap: Keymap, act: Action) -> list[str]:
    """Letters that none of an action's screens uses yet."""
    used = {
        key.split(" ")[0]
        for where in Where
        if where & act.where
        for other in actions_on(where)
        for key in keymap.keys(other)
    }
    return [letter for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if letter not in used]


def key_of(character: str | None, key: str) -> str:
    """A key press in the registry's notation, from the character that it types and its name."""
    if character is not None and len(character) == 1 and character.isprintable() and character != " ":
        # A Japanese input method types full-width digits and letters.
        wide = unicodedata.normalize("NFKC", character)
        return wide if len(wide) == 1 else character
    return key


def unknown(key: str, where: Where, name: Callable[[str], str]) -> str:
    """What to say of a key that does nothing on a screen: what comes nearest.

    :param name: how a key of the registry is written for people.
    """
    keymap = in_force()
    here = {act.id for act in actions_on(where)}
    near_to: list[Action] = []
    habit = HABITS.get(key)
    if habit is not None and habit[0] in here:
        near_to.append(action(habit[0]))
    twin = keymap.by_key(where).get(key.swapcase())
    if twin is not None and twin not in near_to:
        near_to.append(twin)
    told = [
        f"{name(keymap.first(act))} ({act.title[:1].lower()}{act.title[1:]})"
        for act in near_to
        if keymap.first(act)
    ]
    help_key = name(keymap.first(action("app.help")))
    return f"{name(key)} is not a key here; {'; '.join([*told, f'{help_key} shows them all'])}."
