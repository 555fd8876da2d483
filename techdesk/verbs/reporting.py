"""The verb that tells a day's objectives, for a mail to whoever looks at the tickets daily (POLICIES D16)."""

from __future__ import annotations

import click

from techdesk.verbs.options import choices, common
from techdesk.verbs.session import need_session
from techdesk.verbs.speech import as_json, data, say


@click.command()
@common
@click.option("--today", is_flag=True, help="Today and tomorrow; what is told without it, too.")
@click.option("--json", "json_", is_flag=True, help="One JSON object; instants are epoch seconds.")
def report(today: bool, json_: bool) -> None:
    """Which objectives were missed, which will be today and tomorrow, and who owns them; Markdown.

    A day is that of your time zone. Reminders, and what a policy gives without a promise, are not in it.
    """
    from techdesk.work.objectives import digest, markdown

    with need_session(choices()) as session:
        found = digest(session.reader, session.clock.now())
        state = session.reader.sync_state()
    data(as_json(found) if json_ else markdown(found))
    if state.last_sync is None:
        say("this profile has not been synced yet: 'techdesk sync' fetches the tickets.")
