"""``techdesk keys``: every action with its keys, as the settings have them."""

from __future__ import annotations

import click

from techdesk.actions.registry import ACTIONS, Where
from techdesk.verbs.opening import keymap_or_fail
from techdesk.verbs.options import common
from techdesk.verbs.session import settings_or_fail
from techdesk.verbs.speech import as_json, data


@click.command()
@common
@click.option("--json", "json_", is_flag=True, help="A JSON array: id, keys, title, screens.")
def keys(json_: bool) -> None:
    """List every action with its id and its keys. The settings file moves them by the id."""
    keymap = keymap_or_fail(settings_or_fail())
    listed = [act for act in ACTIONS if act.where]
    if json_:
        rows = [
            {
                "id": act.id,
                "keys": list(keymap.keys(act)),
                "title": act.title,
                "screens": [str(where.name).lower() for where in Where if where & act.where],
            }
            for act in listed
        ]
        data(as_json(rows))
        return
    for act in listed:
        data(f"{act.id:<24} {'  '.join(keymap.keys(act)):<18} {act.title}")
