"""Every version of one policy: the file in force, and those of the archive that old tickets still need.

``archive/dynamix@2025.1.toml`` beside ``dynamix.toml`` is an older version. A file's ``valid_from`` says from
which day on tickets fall under it: a ticket keeps the version of the day on which it was opened or last
regraded.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from techdesk.model import Instant
from techdesk.policies.public_holidays import PublicHolidays
from techdesk.sla.history import History
from techdesk.sla.policy import Policy
from techdesk.sla.policy_error import PolicyError
from techdesk.sla.policy_text import Overlay, parse_overlay, parse_policy

ARCHIVE = "archive"
_GRADES = ("priority", "severity")


class VersionReader:
    """Reads the versions of policies from a folder that ships and, before it, a site's own."""

    def __init__(self, shipped: Path, site: Path | None, holidays: PublicHolidays) -> None:
        self._shipped = shipped
        self._site = site
        self._holidays = holidays

    def beside(self, folder: Path) -> VersionReader:
        """The same for files of another folder, which may have expanded holidays beside them."""
        return VersionReader(self._shipped, self._site, self._holidays.beside(folder))

    def current(self, name: str) -> Policy:
        """The version in force: the site's file, else the one that ships. Raises PolicyError."""
        if self._site is not None and (self._site / f"{name}.toml").is_file():
            file = self._site / f"{name}.toml"
            text = _text(file)
            overlay = parse_overlay(text, str(file))
            if overlay is None:
                return self._whole(name, file, text)
            return self._extended(overlay, self._base(name, overlay))
        return self._ship(name)

    def file(self, path: Path) -> Policy:
        """A file from anywhere: a whole policy, or one that extends a shipped one. Raises PolicyError."""
        text = _text(path)
        overlay = parse_overlay(text, str(path))
        if overlay is None:
            return parse_policy(text, str(path), holidays=self._holidays)
        return self._extended(overlay, self._base(overlay.extends, overlay))

    def all(self, name: str, current: Policy) -> tuple[Policy, ...]:
        """Every version by ``valid_from``, oldest first; ``current`` is one of them. Raises PolicyError."""
        shipped = self._archived(self._shipped, name)
        site = self._archived(self._site, name) if self._site is not None else []
        if not shipped and not site:
            return (current,)
        main = None if self._site is None else self._site / f"{name}.toml"
        overlay = None
        if main is not None and main.is_file():
            overlay = parse_overlay(_text(main), str(main))
            if overlay is None:
                shipped = []  # a whole file of the site takes the place of all that ships
        versions: list[Policy] = []
        for file in shipped:
            # What a site changes without a date holds for the older versions too.
            lay = overlay if overlay is not None and overlay.valid_from is None else None
            versions.append(
                self._whole(name, file, _text(file)) if lay is None else self._extended(lay, file)
            )
        if overlay is not None and overlay.valid_from is not None:
            versions.append(self._ship(name))
        for file in site:
            text = _text(file)
            older = parse_overlay(text, str(file))
            policy = (
                self._whole(name, file, text)
                if older is None
                else self._extended(older, self._base(name, older))
            )
            if "valid_from" not in text:
                raise PolicyError(
                    str(file), 1, "an archived version says from when it was valid", "valid_from"
                )
            versions.append(policy)
        versions.sort(key=_valid_since)
        versions = [*(each for each in versions if each.valid_since <= current.valid_since), current]
        for version, newer in pairwise(versions):
            if version.version == newer.version:
                problem = f"the version {version.version!r} of {name} is there twice"
                raise PolicyError(version.origin, 1, problem, "a version of its own for each file")
        return tuple(versions)

    def _ship(self, name: str) -> Policy:
        file = self._shipped / f"{name}.toml"
        return self._whole(name, file, _text(file))

    def _whole(self, name: str, file: Path, text: str) -> Policy:
        policy = parse_policy(text, str(file), holidays=self._holidays)
        if policy.name != name:
            raise PolicyError(str(file), 1, f"the name {policy.name!r} is not the file's", f"{name!r}")
        return policy

    def _extended(self, overlay: Overlay, base: Path) -> Policy:
        return parse_policy(_text(base), str(base), overlay, self._holidays)

    def _base(self, name: str, overlay: Overlay) -> Path:
        """The shipped file that an overlay changes: of the day from which it is valid, else the newest."""
        names = sorted(file.stem for file in self._shipped.glob("*.toml"))
        if overlay.extends not in names or overlay.extends != name:
            problem = (
                f"a file that extends {overlay.extends!r} is named like it, and extends a shipped policy"
            )
            raise PolicyError(overlay.source, 1, problem, ", ".join(f"{stem}.toml" for stem in names))
        newest = self._shipped / f"{name}.toml"
        if overlay.valid_from is None:
            return newest
        older = [(self._whole(name, file, _text(file)), file) for file in self._archived(self._shipped, name)]
        files = [*sorted(older, key=lambda pair: pair[0].valid_from), (self._ship(name), newest)]
        fitting = [file for policy, file in files if policy.valid_from <= overlay.valid_from]
        return fitting[-1] if fitting else files[0][1]

    @staticmethod
    def _archived(folder: Path, name: str) -> list[Path]:
        return sorted((folder / ARCHIVE).glob(f"{name}@*.toml"))


def pin(versions: Sequence[Policy], history: History) -> Policy:
    """The version that a ticket was opened or last regraded under; the oldest for one from before all."""
    since = pinned_at(history)
    found = versions[0]
    for version in versions:
        if version.valid_since <= since:
            found = version
    return found


def pinned_at(history: History) -> Instant:
    """When the ticket was opened or last regraded."""
    regraded = [change.at for change in history.changes if change.field in _GRADES]
    return max([history.created, *regraded])


def _valid_since(policy: Policy) -> Instant:
    return policy.valid_since


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(str(file), 1, f"cannot be read: {error}") from error
