"""``techdesk doctor``: where everything is, and whether it is as it should be."""

from __future__ import annotations

import click

from techdesk.config import Settings, config_file, load, state_folder
from techdesk.verbs.options import choices, common
from techdesk.verbs.session import open_session
from techdesk.verbs.speech import Exit, as_json, data
from techdesk.work.doctor import Finding, look_at_policies, look_at_profile, look_at_settings, look_at_sqlite


@click.command()
@common
@click.option("--json", "json_", is_flag=True, help="A JSON array of findings.")
def doctor(json_: bool) -> None:
    """Say where everything is kept, and what is wrong with it. Asks no help desk."""
    loaded = load()
    findings: list[Finding] = [*look_at_settings(config_file(), state_folder(), loaded), *look_at_sqlite()]
    if isinstance(loaded, Settings):
        session = open_session(choices())
        if session is None:
            findings.append(
                Finding(subject="profile", good=True, words="none yet; 'techdesk connect URL' makes one")
            )
        else:
            with session:
                findings.extend(look_at_policies(session.book))
                findings.extend(
                    look_at_profile(session.profile, session.database, session.reader, session.clock.now())
                )
    if json_:
        data(as_json(findings))
    else:
        for finding in findings:
            data(f"{'ok ' if finding.good else '!! '}{finding.subject:<12} {finding.words}")
    if not all(finding.good for finding in findings):
        raise SystemExit(Exit.ERROR)
