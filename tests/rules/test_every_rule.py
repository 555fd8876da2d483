"""Every rule id of the five policies is run and named by a test, or the page says why it cannot be run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from techdesk.policies.book import PolicyBook
from techdesk.rules.gates import GATES
from techdesk.rules.hints import RULES as HINTED
from techdesk.sla.rulebook import Rule, RunBy

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
TESTS = {
    file: file.read_text(encoding="utf-8")
    for file in (ROOT / "tests").rglob("test_*.py")
    if file != Path(__file__)
}
BOOK = PolicyBook.load()
LEAVING = {"D17"}
"""Asked of the whole desk by whoever leaves (``Workbench.leaving``), not of one ticket."""
POLICIES = ("dynamix", "phonism", "wildix", "zynstra", "data-dynamics")
CLOSURE = {"D8", "D9", "D10", "D11", "D12", "DD7"}
"""Asked through the closure reasons, whose needs name them (``rules.closure``)."""


def rules() -> list[Rule]:
    found = []
    for name in POLICIES:
        policy = BOOK.get(name)
        assert policy is not None
        found += policy.rulebook.rules
    return found


def listed() -> set[str]:
    """Ids of the page's table of what does not run."""
    table = DOCS.split("Rules with a gate that do not run", 1)[1].split("\n### ", 1)[0]
    return set(re.findall(r"\b(?:DD|PH|[DWZ])\d+\b", table))


def test_there_are_seventy_four() -> None:
    assert len({rule.id for rule in rules()}) == 22 + 10 + 14 + 10 + 18


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_gate_asks_for_it_or_the_page_says_why_not(rule: Rule) -> None:
    gated = {gate.rule for gate in GATES} | CLOSURE | LEAVING | set(HINTED)
    if RunBy.GATE in rule.run_by:
        assert rule.id in gated or rule.id in listed(), "a gate is promised, and none is there"
        assert not (rule.id in gated and rule.id in listed()), "it runs, so the page should not excuse it"
    if RunBy.PEOPLE in rule.run_by:
        assert rule.unable
        assert rule.unable in DOCS


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_test_names_it_or_the_page_says_why_not(rule: Rule) -> None:
    named = any(re.search(rf"\b{rule.id}\b", text) for text in TESTS.values())
    assert named or rule.id in listed(), f"no test says {rule.id}"
