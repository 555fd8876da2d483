"""docs/policies.md says of every rule and reading what the policy files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from techdesk.policies.book import PolicyBook

DOCS = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
BOOK = PolicyBook.load()


@pytest.mark.parametrize("name", sorted(set(BOOK.names()) - {"office-hours"}))
def test_every_rule_and_every_reading_is_told(name: str) -> None:
    policy = BOOK.get(name)
    assert policy is not None
    for rule in policy.rulebook.rules:
        assert f"| {rule.id} | {rule.section} | {rule.says} | {', '.join(rule.run_by)}" in DOCS, rule.id
        assert rule.unable in DOCS
    for reading in policy.readings:
        row = f"`{reading.key}` | {reading.source} | {reading.question} | `{reading.choice}`"
        assert row in DOCS, reading.key
