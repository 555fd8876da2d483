"""``techdesk doctor``: where everything is, whether it is as it should be, and help for a damaged file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from techdesk.config import Settings, config_file, load, state_folder
from techdesk.config.places import profile_folder
from techdesk.store.database import FILE_NAME
from techdesk.store.driver import sqlite3
from techdesk.store.trouble import StoreUnusable, unusable
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import Session, chosen_profile, settings_or_fail, settings_problems
from techdesk.verbs.speech import Exit, Failed, as_json, data, say
from techdesk.work.doctor import (
    Finding,
    look_at_policies,
    look_at_profile,
    look_at_settings,
    look_at_sqlite,
    look_at_token,
    look_at_trouble,
    look_at_unusable,
)

if TYPE_CHECKING:
    from techdesk.config.settings import ProfileSettings
    from techdesk.store.rescue import Rescued


@click.command()
@common
@click.option(
    "--rescue", metavar="FILE", type=click.Path(path_type=Path), help="Save what is unsent as JSON."
)
@click.option(
    "--recover", is_flag=True, help="Put a damaged cache aside, and begin a new one with the unsent."
)
@click.option("--json", "json_", is_flag=True, help="A JSON array of findings.")
def doctor(rescue: Path | None, recover: bool, json_: bool) -> None:
    """Say where everything is kept, and what is wrong with it. Asks no help desk.

    --rescue saves what is unsent, also from a file that is damaged. --recover does that, keeps the damaged
    file under another name, and begins a new one with what could be saved; in a sound file it only computes
    the search and the counts anew, where they do not agree with the tickets.
    """
    if rescue is not None or recover:
        _rescue(rescue, recover=recover)
        return
    loaded = load()
    said = (settings_problems(loaded) if isinstance(loaded, Settings) else ()) or loaded
    findings: list[Finding] = [*look_at_settings(config_file(), state_folder(), said), *look_at_sqlite()]
    if isinstance(loaded, Settings):
        profile = chosen_profile(choices(), loaded)
        if profile is None:
            findings.append(
                Finding(subject="profile", good=True, words="none yet; 'techdesk connect URL' makes one")
            )
        else:
            findings.extend(_look(profile, loaded))
    if json_:
        data(as_json(findings))
    else:
        for finding in findings:
            data(f"{'ok ' if finding.good else '!! '}{finding.subject:<12} {finding.words}")
    if not all(finding.good for finding in findings):
        raise SystemExit(Exit.ERROR)


def _look(profile: ProfileSettings, settings: Settings) -> list[Finding]:
    """One profile, as far as its file lets itself be looked at."""
    folder = profile_folder(profile.name)
    try:
        with Session(profile, settings, folder) as session:
            return [
                *look_at_policies(session.book),
                *look_at_token(profile),
                *look_at_trouble(session.database.trouble),
                *look_at_profile(profile, session.database, session.reader, session.clock.now()),
            ]
    except (Failed, StoreUnusable, sqlite3.DatabaseError) as error:
        trouble = _trouble_of(error, folder)
        return [*look_at_token(profile), *look_at_unusable(profile, folder, trouble)]


def _trouble_of(error: Exception, folder: Path) -> StoreUnusable:
    if isinstance(error, StoreUnusable):
        return error
    if isinstance(error, Failed):
        return StoreUnusable(error.message, "")
    return unusable(error, folder / FILE_NAME)


def _rescue(target: Path | None, *, recover: bool) -> None:
    from techdesk.store import rescue as saving

    settings = settings_or_fail()
    profile = chosen_profile(choices(), settings)
    if profile is None:
        raise Failed(Exit.ERROR, "There is no profile yet, so there is nothing to save.")
    path = profile_folder(profile.name) / FILE_NAME
    if not path.exists():
        raise Failed(Exit.NOT_FOUND, f"There is no cache at {path}.")
    if recover and not _is_damaged(profile, settings):
        _recompute(profile, settings, path)
        return
    rescued = saving.read_unsent(path)
    aside = _written(rescued, path, target)
    for line in saving.readable(rescued):
        data(line)
    if rescued.damage:
        say(f"some of it could not be read ({rescued.damage}).")
    say(f"{rescued.count} unsent saved in {aside}.")
    if recover:
        _begin_anew(profile, settings, path, rescued)


def _recompute(profile: ProfileSettings, settings: Settings, path: Path) -> None:
    """What of a sound file does not agree with its tickets, made anew."""
    from techdesk.store import upkeep

    with Session(profile, settings, path.parent) as session:
        if session.database.read_only:
            raise Failed(Exit.REFUSED, f"{path} may not be written, so nothing in it was made anew.")
        wrong = upkeep.disagreements(session.database)
        if not wrong:
            raise Failed(
                Exit.REFUSED,
                f"{path} is not damaged, so nothing was put aside.",
                "--rescue FILE saves what is unsent all the same.",
            )
        upkeep.mend(session.database)
    say(f"{', and '.join(wrong)}: computed anew. Tickets and unsent work are as they were.")


def _written(rescued: Rescued, path: Path, target: Path | None) -> Path:
    from techdesk.store import rescue as saving

    number = 1
    while target is None:
        name = path.with_name(f"unsent-{number}.json")
        target, number = (None if name.exists() else name), number + 1
    try:
        saving.write(rescued, target)
    except FileExistsError:
        raise Failed(Exit.ERROR, f"{target} is there already.", "Name another file.") from None
    except OSError as error:
        raise Failed(
            Exit.ERROR, f"{target} cannot be written: {error.strerror}.", "Name another file."
        ) from None
    return target


def _is_damaged(profile: ProfileSettings, settings: Settings) -> bool:
    from techdesk.work.doctor import passes_its_check

    folder = profile_folder(profile.name)
    try:
        with Session(profile, settings, folder):
            return not passes_its_check(folder / FILE_NAME)
    except Failed:
        return not passes_its_check(folder / FILE_NAME)


def _begin_anew(profile: ProfileSettings, settings: Settings, path: Path, rescued: Rescued) -> None:
    from techdesk.store import rescue as saving
    from techdesk.sync.leader import Leadership

    leadership = Leadership(path.parent)
    if not leadership.take():
        raise Failed(Exit.ERROR, "Another techdesk has this profile open.", "End it, then try again.")
    try:
        aside = saving.set_aside(path)
        with Session(profile, settings, path.parent) as session:
            done = session.database.put_back(rescued, session.clock.now())
    except OSError as error:
        raise Failed(Exit.ERROR, f"{path} cannot be put aside: {error.strerror}.") from None
    finally:
        leadership.release()
    say(f"the damaged file is kept as {aside}.")
    say(f"a new one was begun with {done} unsent; 'techdesk sync' fetches the tickets and sends them.")
    if done < rescued.count:
        left = rescued.count - done
        say(f"of {left} nothing tells any more which ticket they were for: they are in the saved file only.")
