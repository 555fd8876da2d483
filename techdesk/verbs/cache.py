"""``techdesk cache wipe``: a computer that is given away, or a cache that is to come again from the desk."""

from __future__ import annotations

import click

from techdesk.store.trouble import unusable
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, may_ask, say


@click.group()
@common
def cache() -> None:
    """The tickets that are kept here."""


@cache.command()
@common
@click.option("--yes", is_flag=True, help="Do it without asking.")
def wipe(yes: bool) -> None:
    """Forget everything that the desk has, also from the file's free pages.

    What is not sent stays, with its tickets: operations, replies, drafts and their files. The next sync
    fetches all tickets again. Marks, and the journal of what was done here, are forgotten too.
    """
    with need_session(choices()) as session:
        trouble = session.database.trouble
        if trouble is not None:
            raise Failed(Exit.REFUSED, trouble.words, f"{trouble.remedy} Nothing was forgotten.")
        if choices().read_only:
            raise Failed(Exit.REFUSED, "This techdesk is read-only, so nothing was forgotten.")
        _agree(session, yes=yes)
        forgotten, kept = _wiped(session)
    stay = f"; {kept:,} with unsent work stay" if kept else ""
    say(f"{forgotten:,} tickets were forgotten{stay}. 'techdesk sync' fetches them again.")


def _agree(session: Session, *, yes: bool) -> None:
    unsent, drafts = len(session.reader.operations()), len(session.reader.drafts())
    question = (
        f"Forget every ticket of profile '{session.profile.name}', the marks and the journal?"
        f" {unsent} unsent and {drafts} drafts stay"
    )
    if yes:
        return
    if not may_ask():
        raise Failed(Exit.REFUSED, f"{question}.", "Nothing was forgotten: --yes says yes.")
    if not click.confirm(question, default=False, err=True):
        raise Failed(Exit.REFUSED, "Nothing was forgotten.")


def _wiped(session: Session) -> tuple[int, int]:
    """Alone: who syncs would store a page, or go on from a place, of a cache that is no more."""
    from techdesk.store import upkeep
    from techdesk.store.driver import sqlite3
    from techdesk.sync.leader import Leadership

    leadership = Leadership(session.database.folder)
    if not leadership.take():
        raise Failed(
            Exit.ERROR,
            "Another techdesk has this profile open.",
            "End it, then try again: nothing was forgotten.",
        )
    try:
        return upkeep.wipe(session.database, session.clock.now())
    except sqlite3.Error as error:
        wrong = unusable(error, session.database.path)
        raise Failed(Exit.ERROR, wrong.words, wrong.remedy) from None
    finally:
        leadership.release()
