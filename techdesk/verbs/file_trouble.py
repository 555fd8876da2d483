"""What goes wrong with the cache while a verb works, as the end of that verb."""

from __future__ import annotations

from techdesk.config.places import profile_folder, state_folder
from techdesk.store.database import FILE_NAME
from techdesk.store.driver import sqlite3
from techdesk.store.trouble import StoreUnusable, Trouble, unusable
from techdesk.verbs.choices import Choices
from techdesk.verbs.speech import Exit, Failed


def told(error: Exception, choices: Choices) -> Failed | None:
    """A failure with words and remedy; None for an error that is not the file's."""
    if isinstance(error, sqlite3.DatabaseError):
        profile = choices.profile
        folder = profile_folder(profile) if profile else state_folder()
        error = unusable(error, folder / FILE_NAME if profile else folder)
        if error.trouble is Trouble.OTHER:
            return None
    if not isinstance(error, StoreUnusable):
        return None
    return Failed(Exit.ERROR, error.words, error.remedy)
