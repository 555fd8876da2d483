"""Mistakes of the settings are told at once, by every verb that meets them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from techdesk.cli import command

_MISTAKES = """
[keys]
"ticket.closee" = "C"

[views.late]
title = "Late"
limit = "sla:<1x"
"""


def test_doctor_tells_of_every_mistake_in_views_and_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TECHDESK_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("TECHDESK_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "config.toml").write_text(_MISTAKES)
    result = CliRunner().invoke(command, ["doctor"], prog_name="techdesk")
    wrong = [line for line in result.stdout.splitlines() if line.startswith("!! settings")]
    assert result.exit_code == 1
    assert [("ticket.closee" in line, "sla:<1x" in line or "1x" in line) for line in wrong] == [
        (True, False),
        (False, True),
    ]
