"""What a record may say: a slip is told before it is kept at the desk for good."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gates import can
from techdesk.rules.verdicts import Ok, Refuse, Verdict
from tests.rules.test_policy_rules import DAY, HOUR, NOW, dat, dyn, zyn

OUTAGE = {"service": "voice", "cause": "ours", "from": str(NOW - HOUR)}


def noted(ticket: Facts, kind: str, fields: dict[str, str], **more: Any) -> Verdict:
    return can("ticket.record", ticket, "bea", NOW, Evidence(), Wish(kind=kind, fields=fields, **more))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"untill": str(NOW)}, "has no field 'untill'. It has: service, cause, from, until, counts."),
        (
            {"service": "telex"},
            "There is no service 'telex'. Name one of: network, voice, cloud, operational.",
        ),
        ({"service": ""}, "It does not say which service."),
        ({"cause": "gremlins"}, "There is no cause 'gremlins'. Name one of: ours, scheduled-maintenance"),
        ({"counts": "maybe"}, "There is no counts 'maybe'. Name one of: yes, no."),
        ({"from": str(NOW + 60)}, "which is still to come."),
        ({"until": str(NOW + 60)}, "nobody knows that it will. Leave the end out while it lasts"),
        ({"until": str(NOW - HOUR)}, "not after its beginning at"),
        ({"until": str(NOW - DAY)}, "not after its beginning at"),
    ],
)
def test_an_outage_that_cannot_be_is_refused(changes: dict[str, str], words: str) -> None:
    """D15, D19: nothing of it reaches the figure of up-time."""
    verdict = noted(dyn(), "outage", {**OUTAGE, **changes})
    assert isinstance(verdict, Refuse), changes
    assert words in f"{verdict.reason} {verdict.remedy}"
    assert verdict.rule == "generic.value"


@pytest.mark.parametrize("until", ["", str(NOW), str(NOW - HOUR + 1)])
def test_an_outage_lasts_or_is_over(until: str) -> None:
    assert isinstance(noted(dyn(), "outage", {**OUTAGE, "until": until}), Ok)


@pytest.mark.parametrize(
    ("ticket", "kind", "fields", "words"),
    [
        (dat(), "away", {"til": "5"}, "A record 'away' has no field 'til'."),
        (dat(), "away", {"who": "Kim"}, "The record 'away' does not say until."),
        (dat(), "preferred-channel", {}, "does not say channel"),
        (dat(), "preferred-channel", {"channel": "  "}, "does not say channel"),
        (dat(), "preferred-channel", {"channel": "pigeon"}, "Name one of: e-mail, telephone."),
        (dat(), "engineering", {}, "Nothing is filled in. Fill in one of: reference, since"),
        (dat(), "engineering", {"number": "7"}, "has no field 'number'. It has: reference, since."),
        (zyn(), "located", {}, "does not say located"),
    ],
)
def test_a_record_that_says_nothing_is_refused(
    ticket: Facts, kind: str, fields: dict[str, str], words: str
) -> None:
    verdict = noted(ticket, kind, fields)
    assert isinstance(verdict, Refuse)
    assert words in f"{verdict.reason} {verdict.remedy}"


@pytest.mark.parametrize(
    ("ticket", "kind", "fields"),
    [
        (dat(), "preferred-channel", {"channel": "telephone"}),
        (dat(), "engineering", {"reference": "ENG-7"}),
        (dat(), "review", {}),
        (zyn(), "user-told", {}),
        (zyn(), "master-list", {"step": "1", "version date": "2026-11-01"}),
    ],
)
def test_a_record_that_says_something_is_noted(ticket: Facts, kind: str, fields: dict[str, str]) -> None:
    assert isinstance(noted(ticket, kind, fields), Ok)
