"""Macros: the difference first, every gate asked, one batch, and no draft is ever sent with them."""

from __future__ import annotations

from typing import Any

import pytest

from techdesk.actions.because import with_reasons
from techdesk.actions.filling import fill, open_places
from techdesk.actions.outcomes import Confirm, Queued, Refused
from techdesk.config.macros import Macro
from techdesk.model import Draft, Operation, OperationKind
from techdesk.rules.customer import Customer, CustomerBook
from techdesk.rules.records import decode
from tests.actions.conftest import NOW, Bench

UPDATE, REPLY, COMMENT = OperationKind.UPDATE, OperationKind.REPLY, OperationKind.COMMENT


def given(bench: Bench, **fields: Any) -> None:
    bench.workbench.macros = {"m": Macro(id="m", title="The macro", **fields)}


def applied(bench: Bench, number: str, **values: Any) -> list[Operation]:
    return bench.queued("ticket.macro", number, macro="m", confirmed=True, **values)


def refused(bench: Bench, number: str, **values: Any) -> Refused:
    return bench.refused("ticket.macro", number, macro="m", confirmed=True, **values)


def test_it_is_never_done_at_once_and_asks_with_the_difference(bench: Bench) -> None:
    given(bench, status="waiting", add_tags=("logs",), reply="Hello {first_name}, about {number}. {me}")
    outcome = bench.do("ticket.macro", "TD-2", macro="m")
    assert isinstance(outcome, Confirm)
    assert outcome.question == "The macro: TD-2 Subject 2?"
    lines = outcome.detail.splitlines()
    assert "tags +logs" in lines
    assert "status open -> waiting" in lines
    assert "to Kim Lee <kim@dunmore.example>:" in lines
    assert "  Hello Kim, about TD-2. Bea Moreau" in lines
    assert bench.workbench.reader.operations() == []


def test_words_go_first_and_all_fields_in_one_write(bench: Bench) -> None:
    given(bench, status="waiting", priority=1, add_tags=("logs",), note="Asked {requester}.", reply="Hello")
    made = applied(bench, "TD-2", because="The whole site.")
    assert [each.kind for each in made] == [COMMENT, COMMENT, REPLY, UPDATE]
    record = decode(made[0].text)
    assert record is not None
    assert record.field("because") == "The whole site."
    made = made[1:]
    assert made[0].text == "Asked Kim Lee."
    assert made[2].sets == {"priority": 1, "tags": ["logs"], "status": "waiting"}
    assert made[2].base == {"priority": 2, "tags": [], "status": "open"}
    assert len({each.batch for each in made}) == 1


def test_a_yes_is_no_reason_where_the_policy_wants_one(bench: Bench) -> None:
    """D3: a correction of the desk's own needs one; what was agreed to is compared without it."""
    given(bench, priority=1, note="Asked.")
    plan = bench.workbench.macro_plan(bench.key("TD-2"), "m")
    assert plan is not None
    assert plan.wants_reason
    asked = bench.do("ticket.macro", "TD-2", macro="m", shown=plan.changes, confirmed=True)
    assert isinstance(asked, Confirm)
    assert asked.wants_reason
    assert asked.detail == plan.asks, "the difference has been seen: only what is asked"
    assert bench.workbench.reader.operations() == []
    made = bench.queued(
        "ticket.macro", "TD-2", macro="m", shown=plan.changes, confirmed=True, because="The whole site."
    )
    assert [each.kind for each in made] == [COMMENT, COMMENT, UPDATE]


def test_undo_takes_all_of_it_back(bench: Bench) -> None:
    given(bench, status="waiting", note="Asked.")
    applied(bench, "TD-2")
    undone = bench.workbench.undo()
    assert isinstance(undone, Queued)
    undone.commit.result(timeout=5)
    assert bench.workbench.reader.operations() == []


def test_one_refusal_refuses_the_whole(bench: Bench) -> None:
    """D4: a ticket without a technician does not leave new."""
    given(bench, status="waiting", note="Asked.")
    answer = refused(bench, "TD-1")
    assert answer.rule == "D4"
    assert bench.workbench.reader.operations() == []


def test_what_one_part_does_the_next_may_need(bench: Bench) -> None:
    """The same macro with an owner: taken first, so D4 is content."""
    given(bench, owner="me", status="waiting", note="Asked.")
    made = applied(bench, "TD-1")
    assert made[-1].sets == {"owner": "bea", "status": "waiting"}


def test_what_is_so_already_is_no_refusal_and_is_not_sent(bench: Bench) -> None:
    given(bench, owner="me", status="waiting")
    (made,) = applied(bench, "TD-2")
    assert made.sets == {"status": "waiting"}
    given(bench, owner="me", status="waiting")
    assert refused(bench, "TD-2").rule == "generic.same"


def test_a_draft_is_told_of_and_not_sent(bench: Bench) -> None:
    key = bench.key("TD-2")
    kept = Draft(ticket=key, kind=REPLY, body="My own words", updated=NOW)
    bench.workbench.writer.save_draft(kept).result(timeout=5)
    given(bench, reply="Hello")
    plan = bench.workbench.macro_plan(key, "m")
    assert plan is not None
    assert "Your draft (12 characters) stays a draft: it is not sent." in plan.difference
    (made,) = applied(bench, "TD-2")
    assert made.text == "Hello"
    draft = bench.workbench.reader.draft(key, REPLY)
    assert draft is not None
    assert draft.body == "My own words"


def test_a_gap_in_the_text_is_refused_until_somebody_fills_it(bench: Bench) -> None:
    given(bench, reply="We come on {visit_date}.")
    answer = refused(bench, "TD-2")
    assert answer.rule == "generic.placeholder"
    assert "{visit_date}" in answer.why
    (made,) = applied(bench, "TD-2", text="We come on Monday.")
    assert made.text == "We come on Monday."


def test_a_plan_that_is_another_by_now_is_asked_anew(bench: Bench) -> None:
    given(bench, status="waiting")
    plan = bench.workbench.macro_plan(bench.key("TD-2"), "m")
    assert plan is not None
    bench.queued("ticket.status", "TD-2", status="hold")
    outcome = bench.do("ticket.macro", "TD-2", macro="m", confirmed=True, shown=plan.changes)
    assert isinstance(outcome, Confirm)
    assert "status hold -> waiting" in outcome.detail


def test_resolving_and_closing_ask_their_own_gates(bench: Bench) -> None:
    given(bench, status="resolved", reply="It is fixed.")
    made = applied(bench, "TD-2")
    assert [each.kind for each in made] == [REPLY, UPDATE]
    assert made[1].sets == {"status": "resolved"}
    given(bench, close="standard")
    assert refused(bench, "TD-8").rule not in ("", "generic.macro")


@pytest.mark.parametrize(("owner", "rule"), [("nosuch", "generic.macro"), ("ravi", ""), ("Ravi Kapoor", "")])
def test_a_person_is_named_by_id_or_name(bench: Bench, owner: str, rule: str) -> None:
    given(bench, owner=owner)
    if rule:
        assert refused(bench, "TD-2").rule == rule
    else:
        assert applied(bench, "TD-2")[0].sets == {"owner": "ravi"}


def test_a_macro_that_is_not_there_says_which_are(bench: Bench) -> None:
    given(bench, status="waiting")
    answer = bench.refused("ticket.macro", "TD-2", macro="n")
    assert "There are: m." in answer.remedy


def test_read_only_applies_none(bench: Bench) -> None:
    given(bench, status="waiting")
    bench.workbench.read_only = True
    assert refused(bench, "TD-2").rule == "generic.read_only"


def test_filling_marks_what_is_not_known_and_keeps_braces() -> None:
    filled = fill("{number} {{x}} {due} {due} {Not} {", {"number": "TD-1"})
    assert filled.text == "TD-1 {x} {due?} {due?} {Not} {"
    assert filled.unknown == ("due",)
    assert open_places(filled.text) == ("{due?}",)


def test_a_reason_lets_a_part_pass_that_would_be_refused_without_one(bench: Bench) -> None:
    """PH5: the reason is asked for once, and the macro goes on with it."""
    bench.workbench.customers = CustomerBook(
        customers={"tasman phones": Customer(name="Tasman Phones", end_users=True, partner="Corner")}
    )
    given(bench, owner="ravi", note="Taken over.")
    without = bench.refused("ticket.macro", "TD-6", macro="m")
    assert (without.rule, without.wants_reason) == ("PH5", True)
    values = with_reasons({"macro": "m"}, dict.fromkeys(without.reason_for, "Corner asked for it"))
    made = bench.queued("ticket.macro", "TD-6", confirmed=True, **values)
    assert any((record := decode(each.text)) and record.field("because") for each in made)
