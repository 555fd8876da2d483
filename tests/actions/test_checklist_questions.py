"""The form of a checklist agrees with the gates: what the ticket says by itself needs no tick."""

from __future__ import annotations

import pytest

from techdesk.actions.checklist_questions import checklist_form, checklist_values, checklists
from techdesk.actions.noting import TICKS
from techdesk.model import Channel
from techdesk.rules import records
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case
from techdesk.rules.intake import lacking
from techdesk.rules.passing import open_items
from techdesk.sla.rulebook import Checklist, Weight
from tests.rules.test_policy_rules import NOW, SERVER, dat, dyn, noted, ticks, wil, zyn

TOLD = "No audio\nThe PBX alpen.wildix.com, WMS 6.05.1, drops calls. Trace attached."


def of(ticket: Facts, name: str) -> Checklist:
    return next(each for each in checklists(ticket.policy) if each.id == name)


def shown(ticket: Facts, evidence: Evidence, name: str) -> tuple[dict[str, str], str]:
    """Why each point needs no tick, and the sentence above them."""
    form = checklist_form(ticket, evidence, of(ticket, name))
    return {point.id: point.done for point in form.field(TICKS).options}, form.note


@pytest.mark.parametrize(
    ("ticket", "name", "told"),
    [
        (wil(subject="No audio"), "intake", TOLD),
        (wil(subject="No audio"), "intake", "No audio\nno words that anybody knows"),
        (wil(subject="Disk", channel=Channel.MONITORING), "monitoring", "Disk\nserial 12, country IT"),
        (dat(subject="Scan stops"), "information", "Scan stops\nSteps: start a scan. Logs attached."),
        (dyn(subject="Mail"), "intake", "Mail\n140 users are affected."),
    ],
)
def test_what_the_gates_find_needs_no_tick(ticket: Facts, name: str, told: str) -> None:
    """W6, W13, DD14, D18: what is left in the form is what the gate lacks."""
    evidence = Evidence(told=told)
    points, note = shown(ticket, evidence, name)
    wish = Wish(text=told.partition("\n")[2])
    case = Case(action="ticket.new", ticket=ticket, actor="bea", now=NOW, evidence=evidence, wish=wish)
    left = {item.id for item in lacking(case, name)}
    if name == "monitoring":  # W13 takes an item for answered where the text names it
        left = {item for item in left if item not in told.casefold()}
    asked = [item.id for item in of(ticket, name).items if item.weight is not Weight.OPTIONAL]
    assert {item for item in asked if not points[item]} == left
    assert note.startswith(f"{len(asked) - len(left)} of {len(asked)} known")


def test_a_tick_stays_a_tick_and_a_found_point_is_not_recorded() -> None:
    ticket, evidence = wil(subject="No audio"), noted(*ticks("intake", "diagnostics", "product"), told=TOLD)
    form = checklist_form(ticket, evidence, of(ticket, "intake"))
    field = form.field(TICKS)
    assert field.value == "product,diagnostics"
    assert {option.id for option in field.options if option.done} == {
        "subject", "message", "address", "version", "trace"
    }  # fmt: skip
    assert checklist_values(of(ticket, "intake"), evidence.records, {TICKS: field.value}) is None


def test_a_request_has_its_own_list_first() -> None:
    """Z4: who presses Enter ticks what a request asks for, not what a fault does."""
    policy = zyn().policy
    assert [each.id for each in checklists(policy, "Request")] == ["request", "first-level", "hand-back"]
    assert [each.id for each in checklists(policy, "problem")] == ["first-level", "request", "hand-back"]


def test_a_list_for_which_people_answer_is_ticked_by_people() -> None:
    """Z1: the gate asks who validated what; only where the fault lies is noted elsewhere."""
    ticket = zyn(subject="Server slow")
    points, note = shown(ticket, Evidence(told="Server slow\nThe user is Ana."), "first-level")
    assert not any(points.values())
    left = open_items(of(ticket, "first-level"), records.Records())
    assert note == f"{len(left)} still open for going on."
    points, note = shown(ticket, noted(SERVER, told="Server slow"), "first-level")
    assert {point: why for point, why in points.items() if why} == {"located": "noted: server"}
    assert note == f"{len(left) - 1} still open for going on."
