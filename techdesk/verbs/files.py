"""The verb for files that came with messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from techdesk.actions.attaching import FETCHED_BYTES, save, size_words
from techdesk.desks.port import Failure
from techdesk.model import Attachment
from techdesk.rules.verdicts import Refuse
from techdesk.verbs.looking import find
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import Session, need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, say

_MESSAGES = 5_000
"""Newest messages that are looked through."""


@click.command()
@common
@click.argument("ticket", metavar="ID")
@click.option("--save", "wanted", metavar="NUMBER", type=click.IntRange(1), help="Fetch and save this one.")
@click.option("--to", type=click.Path(path_type=Path), default=Path(), help="A folder or a name.")
@click.option("--wait", type=float, default=20.0, show_default=True, help="Seconds to wait for the desk.")
@click.option("--json", "json_", is_flag=True, help="As one JSON value.")
def attachments(ticket: str, wanted: int | None, to: Path, wait: float, json_: bool) -> None:
    """List the files of a ticket, newest last; --save fetches one. Nothing is overwritten, opened or run."""
    with need_session(choices()) as session:
        key = find(session, ticket, wait)
        entries = session.reader.conversation(key, count=_MESSAGES)
        found = [(entry, file) for entry in entries if entry.key > 0 for file in entry.attachments]
        if not found:
            none = f"No message of {ticket} has a file."
            if wanted is not None:
                raise Failed(Exit.NOT_FOUND, none)
            say(none)
        if wanted is None:
            _list(found, json=json_)
            return
        if wanted > len(found):
            there = "There is 1 file." if len(found) == 1 else f"There are {len(found)} files."
            raise Failed(Exit.NOT_FOUND, there, "'techdesk attachments ID' lists them.")
        file = found[wanted - 1][1]
        content = _fetched(session, file, wait)
        path = save(content, to, file.name)
        if isinstance(path, Refuse):
            raise Failed(Exit.ERROR, path.reason, path.remedy)
        say(f"saved {size_words(len(content))}; it was not opened.")
        data(as_json({"path": str(path), "size": len(content)}) if json_ else str(path))


def _list(found: list[Any], *, json: bool) -> None:
    if json:
        data(as_json([{"name": file.name, "size": file.size, "type": file.media_type} for _, file in found]))
        return
    for number, (entry, file) in enumerate(found, start=1):
        data(f"{number:>3}  {size_words(file.size):>9}  {file.name[:60]}  ({entry.author_name})")


def _fetched(session: Session, file: Attachment, wait: float) -> bytes:
    if session.offline:
        raise Failed(Exit.UNREACHABLE, "A file is fetched from the desk.", "Leave --offline out.")
    session.need_token()
    thread = session.sync_thread()
    thread.start()
    try:
        content = thread.file(file.id, FETCHED_BYTES).result(timeout=wait)
    except TimeoutError:
        raise Failed(Exit.UNREACHABLE, f"The help desk has not sent it within {wait:.0f} s.") from None
    finally:
        thread.stop()
    if isinstance(content, Failure):
        raise Failed(Exit.UNREACHABLE, content.words)
    return content
