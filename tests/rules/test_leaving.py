"""Who ends a shift is told what came after hours and nobody has looked at, policy by policy (D17, W3)."""

from __future__ import annotations

import pytest

from techdesk.policies.book import PolicyBook
from techdesk.rules.leaving import before_leaving
from techdesk.sla.policy import Policy

BOOK = PolicyBook.load()


def policy(name: str) -> Policy:
    found = BOOK.get(name)
    assert found is not None
    return found


def test_the_numbers_are_named_and_the_rest_counted() -> None:
    refused = before_leaving(policy("dynamix"), 6, ("TD-1", "TD-2"))
    assert refused is not None
    assert (refused.rule, refused.reason.endswith("TD-1, TD-2 and 4 more.")) == ("D17", True)
    refused = before_leaving(policy("wildix"), 2, ("TD-3", "TD-4"))
    assert refused is not None
    assert refused.rule == "W3"
    assert refused.reason == (
        "Received outside support hours and not looked at yet: 2 (Wildix 2.2). TD-3, TD-4."
    )


@pytest.mark.parametrize("name", ["phonism", "zynstra", "data-dynamics", "office-hours"])
def test_a_policy_without_such_a_review_says_nothing(name: str) -> None:
    assert before_leaving(policy(name), 3, ("TD-1",)) is None
