"""The policy's words beside the canned replies: offered, and filled in with what is known."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.actions.policy_words import PREFIX, filled_words, offered
from techdesk.actions.wording import Surface, spoken
from techdesk.config.macros import Canned
from techdesk.rules.facts import Evidence, Facts
from techdesk.sla.policy import Policy
from tests.rules.test_policy_rules import NOW, customer, dat, dyn, noted, pho, ticks, wil

OWN = {name: Canned(id=name, title=title, text="Hello") for name, title in (("b", "Zebra"), ("a", "ant"))}


def policy(ticket: Facts) -> Policy:
    assert ticket.policy is not None
    return ticket.policy


def text(template: str, ticket: Facts, evidence: Evidence | None = None, **values: str) -> tuple[str, Any]:
    words = offered({}, ticket.policy)[PREFIX + template]
    made = filled_words(words, {"number": "TD-1", **values}, (ticket, evidence or Evidence()), NOW)
    return made.text, made.unknown


def test_own_texts_come_first_then_the_policys() -> None:
    found = list(offered(OWN, policy(wil())))
    assert found[:2] == ["a", "b"]
    assert found[2:] == [PREFIX + each.id for each in policy(wil()).rulebook.templates]
    assert offered(OWN, policy(wil()))["policy:partner"].title == (
        "Support comes from your partner (Wildix 1, 3)"
    )
    assert list(offered(OWN, None)) == ["a", "b"]


def test_a_referral_names_the_partner() -> None:
    """W1."""
    said, unknown = text("partner", wil(customer=customer(tier="Bronze", partner="Rete Nord")))
    assert said.startswith("Support for Dunmore runs through Rete Nord, who is your Platinum")
    assert unknown == ()
    assert text("partner", wil(customer=None))[1] == ("partner",)


def test_what_is_missing_is_asked_for_point_by_point_and_nothing_else() -> None:
    """W6, DD14 and D18: exactly what the conversation does not answer, in the policy's questions."""
    told = Evidence(told="WMS 5.03.2 at 10.0.0.1, pbx does not ring")
    said, unknown = text("missing", wil(customer=customer(tier="Gold", product="PBX")), told)
    assert said == (
        "To work on TD-1 we still need:\n\n"
        "- Please give access for remote maintenance, through the portal.\n"
        "- What exactly is the error, and what have you tried?\n"
        "- Please send a trace: who called whom, and when."
    )
    assert unknown == ()
    done = noted(*ticks("information", "system"), told="steps: 1, 2")
    said, unknown = text("ask", dat(), done)
    assert said == (
        "To go on with TD-1 we need:\n\n- Please attach the log files.\n\nWe ask because {reason?}."
    )
    assert unknown == ("reason",)
    assert "affected" in text("missing", dyn(), Evidence(told="x"))[0]


@pytest.mark.parametrize(
    ("severity", "promised"), [(1, "a patch at once"), (2, "in the next service pack"), (4, "not promised")]
)
def test_a_fix_is_promised_as_the_severity_has_it(severity: int, promised: str) -> None:
    """DD5."""
    said, unknown = text("fix", dat(severity=severity))
    assert promised in said
    assert unknown == ()


def test_the_effort_is_told_as_the_severity_has_it() -> None:
    """PH8."""
    said, unknown = text("effort", pho(severity=2))
    assert said.startswith(
        "Your request TD-1 is severity Critical. What we do now: maximum effort by Phonism"
    )
    assert unknown == ()


def test_an_ended_licence_and_an_ended_plan_have_words_of_their_own() -> None:
    """DD9, DD16."""
    for template, words in (
        ("licence", "licence that is valid"),
        ("maintenance", "Patches and service packs"),
    ):
        said, unknown = text(template, dat())
        assert words in said
        assert ("that of Dunmore has ended" in said, unknown) == (True, ())


def test_the_end_of_support_is_told_with_its_date() -> None:
    """DD8."""
    old = dat(customer=customer(product="StorageX", version="7.6.0"))
    assert text("end-of-support", old)[0].startswith(
        "General support for StorageX 7.6.0 ended on 2016-08-31."
    )


def test_what_stands_in_a_ticket_is_never_taken_for_a_place() -> None:
    odd = wil(organisation_name="{me} & {number}", customer=customer(tier="Bronze", partner="{owner}"))
    assert text("partner", odd)[0].startswith("Support for {me} & {number} runs through {owner},")


def test_a_remedy_names_both_keys_or_the_verb() -> None:
    remedy = "<ticket.reply+composer.canned> has the words."
    assert spoken(remedy, Surface.KEYS) == "r, then ctrl+t has the words."
    assert spoken(remedy, Surface.VERBS) == "'techdesk reply' has the words."
