"""The page about limits says what the program does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techdesk.model import Status
from techdesk.query import VIEWS, Query, parse
from techdesk.query.explain import explain
from techdesk.query.fields import FIELDS, FLAGS

PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text("utf-8")
TERMS = PAGE.split("## Terms")[1].split("## Putting")[0]


@pytest.mark.parametrize("term", sorted(set(re.findall(r"`([a-z]+:[^`]+)`", TERMS))))
def test_every_term_on_the_page_is_understood(term: str) -> None:
    assert isinstance(parse(term), Query)


@pytest.mark.parametrize("spec", FIELDS, ids=lambda spec: spec.name)
def test_every_field_is_on_the_page(spec: object) -> None:
    assert f"`{spec.name}:" in PAGE  # type: ignore[attr-defined]


def test_every_choice_is_on_the_page() -> None:
    for word in (*FLAGS, *(status.value for status in Status)):
        assert word in TERMS


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.id)
def test_every_view_is_on_the_page_and_can_be_read(view: object) -> None:
    assert f"| {view.title} | `{view.limit}` |" in PAGE  # type: ignore[attr-defined]
    query = parse(view.limit)  # type: ignore[attr-defined]
    assert isinstance(query, Query)
    assert explain(query)


def test_the_ids_of_the_views_are_those_that_keys_and_commands_name() -> None:
    assert [view.id for view in VIEWS] == [
        "all",
        "mine",
        "unassigned",
        "review",
        "due",
        "escalated",
        "waiting",
        "stale",
        "conflicts",
        "unread",
        "snoozed",
        "resolved",
        "closed",
        "after-hours",
    ]
