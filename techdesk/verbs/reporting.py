"""Reports for whoever looks at the tickets: a day's objectives (D16), and a month's up-time (D19)."""

from __future__ import annotations

import click
from msgspec.structs import asdict

from techdesk.verbs.options import choices, common
from techdesk.verbs.session import need_session
from techdesk.verbs.speech import as_json, data, say


@click.command()
@common
@click.option("--today", is_flag=True, help="Today and tomorrow; what is told without it, too.")
@click.option(
    "--month", metavar="YYYY-MM", help="Instead: the up-time of services in a calendar month, in UTC."
)
@click.option("--json", "json_", is_flag=True, help="JSON; instants are epoch seconds.")
def report(today: bool, month: str | None, json_: bool) -> None:
    """Which objectives were missed, which will be today and tomorrow, and who owns them; Markdown.

    A day is that of your time zone. Reminders, and what a policy gives without a promise, are not in it.
    With --month, what the outages that are noted on tickets come to, customer by customer and service by
    service, beside what the policy allows; an outage that two tickets tell of counts once.
    """
    if month is not None:
        if today:
            raise click.UsageError("--today and --month are two reports: name one.")
        _up_time(month, json_=json_)
        return
    from techdesk.work.objectives import digest, markdown

    with need_session(choices()) as session:
        found = digest(session.reader, session.clock.now())
        state = session.reader.sync_state()
    data(as_json(found) if json_ else markdown(found))
    if state.last_sync is None:
        say("this profile has not been synced yet: 'techdesk sync' fetches the tickets.")


def _up_time(month: str, *, json_: bool) -> None:
    from techdesk.work.availability import markdown, month_of, up_time

    begin = month_of(month)
    if begin is None:
        raise click.UsageError(f"'{month}' is no month. Write it as 2026-11.")
    with need_session(choices()) as session:
        now = session.clock.now()
        if begin > now:
            raise click.UsageError(f"{month} has not begun.")
        found = up_time(session.reader, session.workbench.book, begin, now)
        state = session.reader.sync_state()
    if json_:
        data(as_json([{**asdict(each), "share": each.share, "missed": each.missed} for each in found]))
    else:
        data(markdown(found, begin))
    if state.last_sync is None:
        say("this profile has not been synced yet: 'techdesk sync' fetches the tickets.")
