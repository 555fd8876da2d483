"""Where a ticket can go: what fits its type comes first."""

from __future__ import annotations

from techdesk.actions.passing_on import ways_on
from techdesk.rules.facts import Evidence, Facts
from techdesk.rules.verdicts import OK
from tests.rules.test_policy_rules import AT_L2, noted, zyn


def levels(ticket: Facts, evidence: Evidence, *, with_path: bool = False) -> list[str]:
    offered = ways_on(ticket, evidence, lambda action, wish: OK, with_path=with_path)
    return [way.id.removeprefix("level:") for way in offered]


def test_a_request_goes_the_way_of_requests_first() -> None:
    """Z4: first level hands a request on where it may not action it; Z1, Z2 are for faults."""
    assert levels(zyn(kind="request"), Evidence()) == ["L1-L2-request", "L1-L2"]
    assert levels(zyn(kind="Request"), noted(AT_L2))[:2] == ["L2-L3-request", "L2-L1"]
    for kind in ("problem", ""):
        assert levels(zyn(kind=kind), Evidence()) == ["L1-L2", "L1-L2-request"]
        assert levels(zyn(kind=kind), noted(AT_L2))[:2] == ["L2-L3-component", "L2-L3"]


def test_the_steps_of_the_path_keep_their_numbers() -> None:
    """Z5: step 1 is under the key 1, whatever the type."""
    ticket = zyn(kind="request")
    offered = ways_on(ticket, Evidence(), lambda action, wish: OK, with_path=True)
    assert [(way.key, way.id) for way in offered][:2] == [("1", "step:1"), ("2", "step:2")]
    assert levels(ticket, Evidence(), with_path=True)[-2:] == ["L1-L2-request", "L1-L2"]
