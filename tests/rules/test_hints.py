"""What a policy says to something that may be done: D14, D22, PH2, PH3, DD10, DD12."""

# ruff: noqa: E501 - one case a line can be read as a table

from __future__ import annotations

import pytest

from techdesk.model import Channel, Status
from techdesk.rules import records
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case
from techdesk.rules.hints import hints
from tests.rules.test_policy_rules import CLOSED_HOURS, NOW, customer, dat, dyn, noted, pho


def said(action: str, ticket: Facts, wish: Wish, evidence: Evidence | None = None) -> str:
    case = Case(
        action=action, ticket=ticket, actor="bea", now=NOW, evidence=evidence or Evidence(), wish=wish
    )
    return " ".join(hints(case))


ON_CALL = customer(emergency_on_call=True)
TOLD = [
    ("D14", "ticket.resolve", dyn(), Wish(resolution="out-of-scope"), "closing still needs a reason"),
    ("D22", "ticket.priority", dyn(channel=Channel.EMAIL), Wish(priority=1), "this one came by e-mail"),
    ("D22", "ticket.raise", dyn(channel=Channel.CHAT), Wish(priority=2), "this one came by chat"),
    ("D22", "ticket.new", dyn(channel=Channel.PORTAL, priority=1), Wish(text="Down."), "this one came by portal"),
    ("PH2", "ticket.priority", pho(**CLOSED_HOURS, customer=ON_CALL), Wish(severity=2), "may be raised to Emergency"),
    ("PH3", "ticket.priority", pho(severity=5, channel=Channel.EMAIL), Wish(severity=3), "counted as Minor"),
    ("DD10", "ticket.status", dat(), Wish(status=Status.WAITING), "waiting is allowed"),
    ("DD5", "ticket.reply", dat(), Wish(text="The patch comes by Friday."), "names no date"),
    ("DD5", "ticket.reply", dat(), Wish(text="The patch comes on 5 December."), "names no date"),
    ("DD5", "ticket.reply", dat(), Wish(text="A fix is there on Dec 12th, 2026."), "names no date"),
    ("DD12", "ticket.priority", dat(), Wish(priority=3), "typically they match"),
]  # fmt: skip
SILENT = [
    ("D14", "ticket.resolve", dyn(), Wish(resolution="solved")),
    ("D22", "ticket.priority", dyn(channel=Channel.PHONE), Wish(priority=1)),
    ("D22", "ticket.priority", dyn(channel=Channel.EMAIL), Wish(priority=3)),
    ("D22", "ticket.new", dyn(channel=Channel.PHONE, priority=1), Wish(text="Down.")),
    ("D22", "ticket.new", dyn(channel=Channel.UNKNOWN, priority=1), Wish(text="Down.")),
    ("D22", "ticket.reply", dyn(channel=Channel.PORTAL, priority=1), Wish(text="We look.")),
    ("PH2", "ticket.priority", pho(customer=ON_CALL), Wish(severity=2)),
    ("PH2", "ticket.priority", pho(**CLOSED_HOURS), Wish(severity=2)),
    ("PH3", "ticket.priority", pho(severity=3, channel=Channel.EMAIL), Wish(severity=2)),
    ("DD10", "ticket.status", dat(), Wish(status=Status.OPEN)),
    ("DD5", "ticket.reply", dat(), Wish(text="The fix comes with the next service pack.")),
    ("DD5", "ticket.reply", dat(), Wish(text="Can we talk by Friday?")),
    ("DD10", "ticket.status", dat(priority=2), Wish(status=Status.WAITING)),
    ("DD12", "ticket.priority", dat(severity=4), Wish(priority=3)),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "action", "ticket", "wish", "words"), TOLD, ids=[case[0] for case in TOLD])
def test_a_hint_is_told(rule: str, action: str, ticket: Facts, wish: Wish, words: str) -> None:
    told = said(action, ticket, wish)
    assert words in told
    assert ticket.policy is not None
    assert ticket.policy.title in told, "it names the policy"
    assert "{" not in told


@pytest.mark.parametrize(("rule", "action", "ticket", "wish"), SILENT)
def test_what_is_in_order_says_nothing(rule: str, action: str, ticket: Facts, wish: Wish) -> None:
    assert said(action, ticket, wish) == ""


def test_who_asked_for_the_phone_is_not_written_to_without_a_word() -> None:
    """DD18."""
    phone = noted((records.PREFERRED_CHANNEL, {"channel": "telephone"}))
    mail = noted(
        (records.PREFERRED_CHANNEL, {"channel": "telephone"}),
        (records.PREFERRED_CHANNEL, {"channel": "E-mail"}),
    )
    text = Wish(text="Done.")
    assert "asked to be told by telephone (Data Dynamics 4.5)" in said("ticket.reply", dat(), text, phone)
    assert said("ticket.reply", dat(), text, mail) == ""
    assert "told by e-mail" in said("ticket.call", dat(), text, mail)
    assert said("ticket.call", dat(), text, phone) == ""


def test_a_known_availability_says_nothing() -> None:
    """DD10: the customer is there, so nobody has to be told that waiting is allowed."""
    known = noted((records.AVAILABILITY, {"when": "until 18:00"}))
    assert said("ticket.status", dat(), Wish(status=Status.WAITING), known) == ""
