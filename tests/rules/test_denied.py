"""A message after the notice is the confirmation, but not one that says the contrary (POLICIES D9)."""

from __future__ import annotations

import pytest

from techdesk.model import Channel, Direction, Status, Visibility
from techdesk.policies.book import PolicyBook
from techdesk.rules.closure import BY_CALL, denied, may_close, proof, quoted
from techdesk.rules.facts import Evidence, Facts
from techdesk.rules.verdicts import OK, Refuse

NOW = 1_800_000_000
POLICY = PolicyBook.load().get("dynamix")
FACTS = Facts(number="TD-1", subject="x", status=Status.RESOLVED, priority=3, policy=POLICY)


def answered(text: str) -> Evidence:
    return Evidence(
        resolved_at=NOW - 300, notice_at=NOW - 300, confirmed_at=NOW - 100, confirmation=text, told=text
    )


@pytest.mark.parametrize(
    "text",
    [
        "Sorry, please leave it open: it happened again a minute ago.",
        "It is still not working for two of us.",
        "That did not help.",
        "Hello, the problem is back.",
        "The drop has not been fixed.",
        "Bitte noch offen lassen.",
    ],
)
def test_what_says_the_contrary_is_quoted_and_confirms_nothing(text: str) -> None:
    verdict = may_close(FACTS, "standard", NOW, answered(text))
    assert isinstance(verdict, Refuse)
    assert (verdict.rule, verdict.case) == ("D9", "denied")
    assert text in verdict.reason
    assert "4.2.1" in verdict.reason
    assert may_close(FACTS, "standard" + BY_CALL, NOW, answered(text)) == OK, "the phone says otherwise"


@pytest.mark.parametrize(
    "text",
    [
        "Thank you, everything works again. You can close it.",
        "All fine now, we are back to normal.",
        "Solved, and it has not come back since.",
        "",
    ],
)
def test_a_confirmation_is_one(text: str) -> None:
    assert may_close(FACTS, "standard", NOW, answered(text)) == OK


def test_before_it_is_closed_the_three_facts_are_told() -> None:
    assert POLICY is not None
    standard = next(each for each in POLICY.closures if each.id == "standard")
    told = proof(standard, answered("Works,\nthank you."))
    assert told.startswith("Resolved ")
    assert "Told " in told
    assert told.endswith(": 'Works, thank you.'")
    assert not denied(standard, Evidence())


def test_a_quote_is_one_safe_line() -> None:
    assert quoted("a\n\x1b[2Jb" + "c" * 200, 20) == "a " + quoted("\x1b[2Jb" + "c" * 200, 18)
    assert "\x1b" not in quoted("\x1b]0;x\x07")
    assert len(quoted("x" * 500)) == 80


def test_who_said_it_and_when_is_taken_from_the_conversation() -> None:
    """The newest message of the customer counts, not an earlier one, nor our own."""
    from msgspec import Struct

    from techdesk.actions.standing import evidence_from
    from techdesk.sla.history import Change, History, MessageFact

    class Said(Struct, frozen=True):
        at: int
        direction: Direction
        visibility: Visibility
        body: str

    history = History(
        created=NOW - 900,
        status=Status.RESOLVED,
        channel=Channel.PORTAL,
        changes=(Change(at=NOW - 300, field="status", old="open", new="resolved"),),
        messages=(
            MessageFact(at=NOW - 300, direction=Direction.OUTBOUND, visibility=Visibility.PUBLIC),
            MessageFact(at=NOW - 200, direction=Direction.INBOUND, visibility=Visibility.PUBLIC),
            MessageFact(at=NOW - 100, direction=Direction.INBOUND, visibility=Visibility.PUBLIC),
        ),
    )
    notes = [
        Said(NOW - 300, Direction.OUTBOUND, Visibility.PUBLIC, "Solved; it did not work before."),
        Said(NOW - 200, Direction.INBOUND, Visibility.PUBLIC, "It works, thank you."),
        Said(NOW - 100, Direction.INBOUND, Visibility.PUBLIC, "Please leave it open, it came back again."),
    ]
    made = evidence_from(history, notes, (), "", PolicyBook.load(), FACTS, NOW)
    assert made.confirmation == "Please leave it open, it came back again."
    assert isinstance(may_close(FACTS, "standard", NOW, made), Refuse)
