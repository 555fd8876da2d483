"""The verb that lists keys, and the program with keys that clash."""

from __future__ import annotations

import json
from pathlib import Path

from techdesk.actions.registry import ACTIONS
from tests.cli.conftest import Run


def test_every_action_with_its_keys_as_the_settings_have_them(run: Run, folders: Path) -> None:
    listed = {row["id"]: row for row in json.loads(run("keys", "--json").stdout)}
    assert set(listed) == {act.id for act in ACTIONS if act.where}
    assert listed["list.down"]["keys"] == ["j", "down"]
    settings = folders / "config" / "config.toml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('[keys]\nprofile = "mutt"\nlist.down = "j"\n', encoding="utf-8")
    told = run("keys")
    assert "list.down                j                  Next line" in told.stdout
    assert "ticket.new               m  " in told.stdout
    settings.write_text('[keys]\nlist.down = "k"\n', encoding="utf-8")
    told = run("keys")
    assert told.exit_code == 1
    assert "config.toml:2: 'k' is the key of both list.down and list.up" in told.stderr
