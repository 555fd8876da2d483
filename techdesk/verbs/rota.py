"""The verb that tells who is on call, for a prompt, a script or a colleague."""

from __future__ import annotations

import click

from techdesk.model import Role
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import need_session
from techdesk.verbs.speech import Exit, Failed, as_json, data, say


@click.command()
@common
@click.option("--json", "json_", is_flag=True, help="One JSON object; instants are epoch seconds.")
def oncall(json_: bool) -> None:
    """Who is on call, until when, and who is next, as the site's files say (docs/settings.md).

    Exit status 5 where nobody is, or no file tells.
    """
    from techdesk.widgets.duty_words import name_of, on_call_words

    with need_session(choices()) as session:
        now, rota = session.clock.now(), session.rota()
        people = session.reader.people(Role.TECHNICIAN)
    for mistake in rota.mistakes:
        say(mistake)
    if not rota.on_call:
        remedy = 'Name one in the settings: [facts] on_call = ["on-call.ics"].'
        raise Failed(Exit.NOT_FOUND, "No file tells who is on call.", remedy)
    on, following = rota.on_call_at(now), rota.next_on_call(now)
    if json_:
        told = {
            "on_call": [{"who": name_of(duty.who, people), "until": duty.until} for duty in on],
            "next": None
            if following is None
            else {"who": name_of(following.who, people), "from": following.begins, "until": following.until},
            "sources": list(rota.sources),
        }
        data(as_json(told))
    else:
        data(on_call_words(rota, people, now))
        say(f"from {'; '.join(rota.sources)}.")
    if not on:
        raise Failed(Exit.NOT_FOUND, "Nobody is on call now.")
