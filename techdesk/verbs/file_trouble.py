"""What goes wrong with the cache while a verb works, as the end of that verb."""

from __future__ import annotations

import contextlib

from techdesk.config.places import profile_folder, state_folder
from techdesk.store.database import FILE_NAME
from techdesk.store.driver import sqlite3
from techdesk.store.trouble import StoreUnusable, Trouble, unusable
from techdesk.verbs.choices import Choices
from techdesk.verbs.speech import Exit, Failed


def told(error: Exception, choices: Choices) -> Failed | None:
    """A failure with words and remedy; None for an error that is not the file's."""
    if isinstance(error, sqlite3.DatabaseError):
        profile = _profile(choices)
        folder = profile_folder(profile) if profile else state_folder()
        error = unusable(error, folder / FILE_NAME if profile else folder)
        if error.trouble is Trouble.OTHER:
            return None
    if not isinstance(error, StoreUnusable):
        return None
    return Failed(Exit.ERROR, error.words, error.remedy)


def _profile(choices: Choices) -> str:
    """Name of the profile that the verb works with; empty where the settings do not tell."""
    from techdesk.verbs.session import chosen_profile, settings_or_fail

    if choices.profile:
        return choices.profile
    with contextlib.suppress(Failed):
        profile = chosen_profile(choices, settings_or_fail())
        return profile.name if profile is not None else ""
    return ""
