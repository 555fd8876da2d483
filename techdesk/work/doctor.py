"""What ``techdesk doctor`` looks at: settings, SQLite, policies, one profile's store. Asks no help desk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from msgspec import Struct

from techdesk.clock import skew_words
from techdesk.config.problems import Problem
from techdesk.config.settings import ProfileSettings, Settings
from techdesk.model import Instant
from techdesk.policies.book import PolicyBook
from techdesk.rules.wording import span
from techdesk.store import upkeep, version
from techdesk.store.database import FILE_NAME, Database
from techdesk.store.driver import sqlite3
from techdesk.store.reader import Reader
from techdesk.store.trouble import StoreUnusable, Trouble, unusable


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    subject: str
    good: bool
    words: str


def look_at_settings(file: Path, state: Path, loaded: Settings | tuple[Problem, ...]) -> list[Finding]:
    """The settings file and the folders."""
    found = [Finding(subject="state", good=True, words=str(state))]
    if isinstance(loaded, Settings):
        words = f"{file}" if file.exists() else f"{file} (not there: defaults)"
        profiles = ", ".join(sorted(loaded.profiles)) or "none"
        found.append(Finding(subject="settings", good=True, words=f"{words}; profiles: {profiles}"))
    else:
        found.extend(Finding(subject="settings", good=False, words=problem.words) for problem in loaded)
    return found


def look_at_sqlite() -> list[Finding]:
    """Which SQLite is in use."""
    words = f"{sqlite3.sqlite_version} by {sqlite3.__name__}"
    return [Finding(subject="sqlite", good=True, words=words)]


def look_at_policies(book: PolicyBook) -> list[Finding]:
    """Every policy file."""
    faults = [Finding(subject="policy", good=False, words=str(error)) for error in book.check()]
    if faults:
        return faults
    names = ", ".join(book.title(name) for name in book.names())
    return [Finding(subject="policies", good=True, words=names or "none")]


def look_at_token(profile: ProfileSettings) -> list[Finding]:
    """Where the token is kept as a file: whether others may read it. The token itself is not looked at."""
    path = profile.token_at
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return []
    words = f"{path} (mode {mode:04o})"
    if mode & 0o077:
        words = f"{words} can be read by others, so it is not used: chmod 600 it, and have a new one issued"
    return [Finding(subject="token", good=not mode & 0o077, words=words)]


def _at(profile: ProfileSettings) -> Finding:
    """Which desk; the demo's has an address only while it runs."""
    where = f"at {profile.url}" if profile.url else "that is not running ('techdesk demo' starts it)"
    return Finding(subject="profile", good=True, words=f"{profile.name}: {profile.kind} {where}")


def look_at_unusable(profile: ProfileSettings, folder: Path, error: StoreUnusable) -> list[Finding]:
    """A profile whose file cannot be opened: what can still be said of it, and of what is unsent."""
    from techdesk.store.rescue import read_unsent, readable

    path = folder / FILE_NAME
    found = [
        _at(profile),
        Finding(subject="cache", good=False, words=f"{error.words} {error.remedy}"),
    ]
    if not path.exists():
        return found
    found.append(_inside(path))
    rescued = read_unsent(path)
    lines = "; ".join(readable(rescued)) or "nothing unsent can be read"
    partly = f" (some of it cannot be read: {rescued.damage})" if rescued.damage else ""
    found.append(Finding(subject="unsent", good=not rescued.damage, words=lines + partly))
    return found


def look_at_trouble(error: StoreUnusable | None) -> list[Finding]:
    """Why a file is open for looking only."""
    if error is None:
        return []
    return [Finding(subject="read-only", good=False, words=f"{error.words} {error.remedy}")]


def look_at_profile(
    profile: ProfileSettings, database: Database, reader: Reader, now: Instant
) -> list[Finding]:
    """One profile: its file, its schema, what could not be read, and how sync stands."""
    found = [_at(profile)]
    mode = stat.S_IMODE(database.path.stat().st_mode)
    size = database.path.stat().st_size / 1e6
    private = not mode & 0o077
    words = f"{database.path} ({size:.1f} MB, mode {mode:04o})"
    found.append(Finding(subject="cache", good=private, words=words if private else f"{words}: chmod 600"))
    inside = _inside(database.path)
    found.append(inside)
    if inside.good and not database.read_only:
        found.append(_agreement(database))
    unread = reader.quarantine()
    words = "; ".join(f"{identity}: {why}" for identity, why in unread[:5]) or "nothing"
    found.append(Finding(subject="quarantine", good=not unread, words=words))
    state = reader.sync_state()
    if state.last_sync is None:
        found.append(Finding(subject="sync", good=not state.error, words=state.error or "never synced"))
    else:
        age = max(0, now - state.last_sync)
        words = f"{state.phase.value}, as of {span(age)} ago, guarantee class {state.guarantee or '?'}"
        skew = skew_words(state.offset) or f"local clock right to {abs(state.offset):.1f} s"
        offset = f", {skew}" if state.offset_error is not None else ""
        error = f": {state.error}" if state.error else ""
        found.append(Finding(subject="sync", good=not state.error, words=f"{words}{offset}{error}"))
    left = reader.operations()
    decide = sum(line.state.needs_decision for line in left)
    words = f"{len(left)} unsent, {decide} to decide"
    found.append(Finding(subject="outbox", good=not decide, words=words))
    return found


def passes_its_check(path: Path) -> bool:
    """Whether SQLite finds nothing wrong inside a file."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError as error:
        return unusable(error, path).trouble is not Trouble.DAMAGED
    finally:
        connection.close()


def _agreement(database: Database) -> Finding:
    """Whether what is computed from the tickets says what they say."""
    try:
        wrong = upkeep.disagreements(database)
    except sqlite3.Error as error:
        return Finding(subject="index", good=False, words=unusable(error, database.path).words)
    if not wrong:
        return Finding(subject="index", good=True, words="search and counts agree with the tickets")
    words = f"{', and '.join(wrong)}; 'techdesk doctor --recover' computes them anew and touches nothing else"
    return Finding(subject="index", good=False, words=words)


def _inside(path: Path) -> Finding:
    """Schema, journal mode and SQLite's own quick check, on a connection that cannot write."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        if not os.access(path.parent, os.W_OK) and not path.with_name(f"{path.name}-wal").exists():
            connection.close()
            connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        found = version.version_of(connection)
        (journal,) = connection.execute("PRAGMA journal_mode").fetchone()
        (answer,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return Finding(subject="database", good=False, words=str(error))
    finally:
        connection.close()
    good = answer == "ok" and found == version.LATEST
    told = (
        "ok" if answer == "ok" else f"{' '.join(str(answer).split())}; 'techdesk doctor --recover' mends it"
    )
    words = f"schema {found} of {version.LATEST}, journal {journal}, check {told}"
    return Finding(subject="database", good=good, words=words)
