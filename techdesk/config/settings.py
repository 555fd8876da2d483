"""The settings file as typed values, or as a list of what is wrong with it.

Every key is known by name: a typing mistake is an error with the nearest known key, never silence. The one
exception is ``[profiles.NAME.KIND]``, which belongs to the adapter of that kind and is checked by it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from techdesk.config.keys import KeySettings, key_section
from techdesk.config.macros import Canned, Macro, macro_sections, reply_sections, with_texts
from techdesk.config.notices import NoticeSettings, notice_section
from techdesk.config.places import DEMO, config_file, token_path
from techdesk.config.problems import Problem, near
from techdesk.config.reading import Check, Reading, as_command, as_flag, as_text, whole_number
from techdesk.config.views import ViewSettings, as_views
from techdesk.model import Scope

if TYPE_CHECKING:
    from techdesk.config.positions import Path as KeyPath

PROFILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_KIND_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


class ProfileSettings(Struct, frozen=True, kw_only=True):
    """One connection to one help desk as one person."""

    name: str
    kind: str = "native"
    """Name of the adapter (entry point of ``techdesk.desks``)."""
    url: str = ""
    token_command: tuple[str, ...] = ()
    """Program and arguments that print the token; run without a shell."""
    token_file: str = ""
    """A file that only its owner can read; empty means the one that ``connect`` writes."""
    keyring: bool = False
    """Whether to ask the system's keyring (needs ``techdesk[keyring]``)."""
    scope: Scope = Scope()
    hold_seconds: int = 5
    """How long an operation is held here, so that undo leaves no trace at the desk."""
    read_only: bool = False
    poll_seconds: int | None = None
    """How often to ask for changes; None leaves it to the adapter."""
    bulk_per_minute: int | None = None
    """Writes of bulk runs in a minute at most, 0 for no limit; None leaves it to the adapter."""
    options: dict[str, Any] = {}
    """``[profiles.NAME.KIND]``, for the adapter."""
    options_line: int = 0
    """Line of that section, for the adapter's complaints."""

    @property
    def token_at(self) -> Path:
        """The token file, named or by default."""
        return Path(self.token_file).expanduser() if self.token_file else token_path(self.name)


class PolicyRule(Struct, frozen=True, kw_only=True):
    """Which tickets go by which support policy; the first rule that matches wins."""

    policy: str
    organisation: str = ""
    """Name; upper and lower case are the same. Empty matches all."""
    queue: str = ""
    tag: str = ""


class Settings(Struct, frozen=True, kw_only=True):
    """The whole file."""

    file: str
    default_profile: str = ""
    profiles: dict[str, ProfileSettings] = {}
    policy_rules: tuple[PolicyRule, ...] = ()
    default_policy: str = ""
    customer_files: tuple[str, ...] = ()
    """TOML or CSV files with facts about customers; a relative name is beside the settings."""
    on_call_files: tuple[str, ...] = ()
    """TOML, CSV or iCalendar files that say who is on call."""
    desk_hours_files: tuple[str, ...] = ()
    """The same for when technicians are at the desk."""
    views: tuple[ViewSettings, ...] = ()
    """The user's own views."""

    driver: str = "thrifty"
    """What draws on the terminal: ``thrifty``, our own, or ``stock``, Textual's (docs/terminals.md)."""
    replies: dict[str, Canned] = {}
    """Texts for the composer, by name."""
    macros: dict[str, Macro] = {}
    keys: KeySettings = KeySettings()
    notices: NoticeSettings = NoticeSettings()

    def at(self, names: tuple[str, ...]) -> tuple[Path, ...]:
        """Files that the settings name, as paths: a relative name is beside them."""
        beside = Path(self.file).parent
        return tuple(beside / Path(name).expanduser() for name in names)

    def customers_at(self) -> tuple[Path, ...]:
        """The customer files, as paths."""
        return self.at(self.customer_files)

    def chosen(self, name: str = "") -> ProfileSettings | Problem | None:
        """The profile of that name, else the default one; None where no profile exists yet."""
        wanted = name or self.default_profile
        if not wanted and len(self.profiles) == 1:
            return next(iter(self.profiles.values()))
        if not wanted and not self.profiles:
            return None
        known = ", ".join(sorted(self.profiles)) or "none"
        if not wanted:
            return Problem(
                file=self.file,
                line=0,
                what="there are several profiles and no default",
                remedy=f"Name one with --profile (there are: {known}), or set default_profile.",
            )
        found = self.profiles.get(wanted)
        if found is not None:
            return found
        remedy = f"{near(wanted, self.profiles)}There are: {known}. techdesk connect URL makes a profile."
        return Problem(file=self.file, line=0, what=f"there is no profile '{wanted}'", remedy=remedy)


Loaded: TypeAlias = Settings | tuple[Problem, ...]


def load(file: Path | None = None) -> Loaded:
    """Read the settings file; no file means no settings, which is fine."""
    path = config_file() if file is None else file
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings(file=str(path))
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Make it a UTF-8 text file that you can read."
        return (Problem(file=str(path), line=0, what=f"cannot be read: {error}", remedy=remedy),)
    return parse(text, str(path))


def parse(text: str, file: str) -> Loaded:
    """The settings in a text; ``file`` is only the name for complaints."""
    import tomllib

    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return (_syntax(error, file, text),)
    except RecursionError:
        return (_syntax(tomllib.TOMLDecodeError("nested too deeply"), file, text),)
    reading = Reading(file, text)
    settings = _settings(reading, data)
    return tuple(reading.problems) if reading.problems else settings


def _syntax(error: Exception, file: str, text: str) -> Problem:
    said = str(error)
    place = re.search(r"\(at line (\d+), column (\d+)\)", said)
    line = int(place.group(1)) if place else text.count("\n") + 1
    what = re.sub(r"\s*\(at .*\)", "", said)
    return Problem(
        file=file,
        line=line,
        what=f"not TOML: {what[:1].lower()}{what[1:]}",
        remedy="Text goes in quotes; a section begins with [name].",
    )


def _settings(reading: Reading, data: Mapping[str, Any]) -> Settings:
    values = reading.table(data, (), _TOP)
    policies = values.pop("policies", {})
    facts = values.pop("facts", {})
    terminal = values.pop("terminal", {})
    if "macros" in values:
        texts = values.get("replies", {})
        values["macros"] = with_texts(reading, values["macros"], texts, ("macros",))
    settings = Settings(
        file=reading.file,
        policy_rules=policies.get("assign", ()),
        default_policy=policies.get("default", ""),
        customer_files=facts.get("customers", ()),
        on_call_files=facts.get("on_call", ()),
        desk_hours_files=facts.get("desk_hours", ()),
        driver=terminal.get("driver", "thrifty"),
        **values,
    )
    name = settings.default_profile
    if name and name != DEMO and name not in settings.profiles and not reading.problems:
        known = ", ".join(sorted(settings.profiles)) or "none"
        suggestion = near(name, settings.profiles)
        reading.wrong(
            ("default_profile",), f"there is no profile '{name}'", f"{suggestion}There are: {known}."
        )
    return settings


def _address(reading: Reading, value: Any, path: KeyPath) -> str:
    problem = address_problem(value)
    if problem:
        reading.wrong(path, f"url {problem}", 'Write the address of the desk: "https://desk.example/".')
        return ""
    return str(value)


def address_problem(value: object) -> str:
    """Why this cannot be a desk's address, in words that follow ``url``; empty if it can."""
    if not isinstance(value, str):
        return "must be text"
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - raises for a port that is no number
    except ValueError:
        return "is not an address"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "must begin with https:// (or http:// on this machine) and name a host"
    if parts.username or parts.password or "token=" in parts.query.lower():
        return "must not hold a secret: leave user, password and token out of it"
    return ""


def _scope(reading: Reading, value: Any, path: KeyPath) -> Scope:
    return Scope(**reading.table(value, path, {"closed_days": whole_number(0, 36500)}))


def _profiles(reading: Reading, value: Any, path: KeyPath) -> dict[str, ProfileSettings]:
    if not isinstance(value, dict):
        reading.wrong(path, "profiles must be sections", "Write [profiles.NAME].")
        return {}
    found: dict[str, ProfileSettings] = {}
    for name, section in value.items():
        if not PROFILE_NAME.fullmatch(name) or name == DEMO:
            taken = "belongs to techdesk demo" if name == DEMO else "is no name of a profile"
            reading.wrong((*path, name), f"'{name}' {taken}", "Use letters, digits, - and _, at most 40.")
            continue
        found[name] = _profile(reading, name, section, (*path, name))
    return found


def _profile(reading: Reading, name: str, section: Any, path: KeyPath) -> ProfileSettings:
    kind = section.get("kind", "native") if isinstance(section, dict) else "native"
    options: Any = {}
    line = 0
    if isinstance(section, dict) and isinstance(kind, str) and isinstance(section.get(kind), dict):
        options = section[kind]
        line = reading.line((*path, kind))
        section = {key: value for key, value in section.items() if key != kind}
    before = len(reading.problems)
    values = reading.table(section, path, _PROFILE)
    if len(reading.problems) > before:
        return ProfileSettings(name=name)
    if not _KIND_NAME.fullmatch(values.get("kind", "native")):
        reading.wrong((*path, "kind"), f"'{kind}' is no kind of help desk", "Allowed: native, rt.")
    if not values.get("url"):
        reading.wrong(path, f"profile '{name}' has no url", 'Add url = "https://desk.example/".')
    return ProfileSettings(name=name, options=options, options_line=line, **values)


def _policies(reading: Reading, value: Any, path: KeyPath) -> dict[str, Any]:
    return reading.table(value, path, {"default": as_text, "assign": _assign})


def _terminal(reading: Reading, value: Any, path: KeyPath) -> dict[str, Any]:
    return reading.table(value, path, {"driver": _driver})


def _driver(reading: Reading, value: Any, path: KeyPath) -> str:
    if value in ("thrifty", "stock"):
        return str(value)
    reading.wrong(path, f"driver cannot be {value!r}", 'Allowed: "thrifty" (the default) and "stock".')
    return ""


def _facts(reading: Reading, value: Any, path: KeyPath) -> dict[str, Any]:
    shifts = partial(_files, endings=(".toml", ".csv", ".ics"))
    customers = partial(_files, endings=(".toml", ".csv"))
    return reading.table(value, path, {"customers": customers, "on_call": shifts, "desk_hours": shifts})


def _files(reading: Reading, value: Any, path: KeyPath, *, endings: tuple[str, ...]) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list) and all(isinstance(n, str) and n.endswith(endings) for n in names):
        return tuple(names)
    key = str(path[-1])
    allowed = f"{', '.join(endings[:-1])} and {endings[-1]}"
    reading.wrong(path, f"{key} must name files", f'Write ["{key}.toml"]; allowed: {allowed}.')
    return ()


def _assign(reading: Reading, value: Any, path: KeyPath) -> tuple[PolicyRule, ...]:
    if not isinstance(value, list):
        reading.wrong(path, "assign must be a list of sections", "Write [[policies.assign]] for each rule.")
        return ()
    rules: list[PolicyRule] = []
    for position, section in enumerate(value):
        here = (*path, position)
        before = len(reading.problems)
        values = reading.table(section, here, _RULE)
        if len(reading.problems) > before:
            continue
        if not values.get("policy"):
            reading.wrong(here, "a rule names no policy", 'Add policy = "dynamix", for instance.')
            continue
        if len(values) == 1:
            remedy = "Add organisation, queue or tag; policies.default is for everything else."
            reading.wrong(here, "a rule without a condition would match every ticket", remedy)
            continue
        rules.append(PolicyRule(**values))
    return tuple(rules)


_RULE: dict[str, Check] = {"policy": as_text, "organisation": as_text, "queue": as_text, "tag": as_text}

_PROFILE: dict[str, Check] = {
    "kind": as_text,
    "url": _address,
    "token_command": as_command,
    "token_file": as_text,
    "keyring": as_flag,
    "scope": _scope,
    "hold_seconds": whole_number(0, 3600),
    "read_only": as_flag,
    "poll_seconds": whole_number(1, 86400),
    "bulk_per_minute": whole_number(0, 100_000),
}

_TOP: dict[str, Check] = {
    "views": as_views,
    "default_profile": as_text,
    "profiles": _profiles,
    "policies": _policies,
    "facts": _facts,
    "terminal": _terminal,
    "replies": reply_sections,
    "macros": macro_sections,
    "keys": key_section,
    "notices": notice_section,
}
