"""The points of a policy's checklists as a form: what is ticked, and what the ticket says by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from techdesk.actions.forms import Field, FieldKind, Form, Option, ticked
from techdesk.actions.noting import TICKS
from techdesk.rules import records
from techdesk.rules.facts import Evidence, Facts
from techdesk.rules.intake import answered
from techdesk.rules.passing import open_items
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import Checklist, Moment, Weight

_BY_THE_TICKET = (Moment.INTAKE, Moment.MONITORING)
"""Checklists whose gates take what a field or the conversation says; the others want a person's tick."""


def checklists(policy: Policy | None, kind: str = "") -> tuple[Checklist, ...]:
    """The checklists of a policy whose points people tick; of a request (``kind``) its own first (Z4)."""
    if policy is None:
        return ()
    found = [each for each in policy.rulebook.checklists if each.at is not Moment.ESCALATION]
    if kind.casefold() == Moment.REQUEST:
        found.sort(key=lambda each: each.at is not Moment.REQUEST)
    return tuple(found)


def found_points(facts: Facts, evidence: Evidence, checklist: Checklist) -> dict[str, str]:
    """Points that are done without a tick, by id, with why: as the gates see it (W6, W13, D18, DD14, Z1)."""
    if checklist.at in _BY_THE_TICKET:
        return dict.fromkeys(answered(facts, evidence, checklist), "the ticket says it")
    located = evidence.records.located
    return {item.id: f"noted: {located}" for item in checklist.items if item.id == "located" and located}


def checklist_form(facts: Facts, evidence: Evidence, checklist: Checklist) -> Form:
    """The points of one checklist: those that are ticked, and those that need no tick."""
    done = evidence.records.ticked(checklist.id)
    found = found_points(facts, evidence, checklist)
    field = Field(
        name=TICKS,
        label="",
        kind=FieldKind.TICKS,
        options=tuple(
            Option(id=item.id, label=item.label, done=found.get(item.id, "") if item.id not in done else "")
            for item in checklist.items
        ),
        value=",".join(item.id for item in checklist.items if item.id in done),
    )
    note = _note(evidence, checklist, done | set(found))
    return Form(title=f"{facts.number}: {checklist.title}", fields=(field,), note=note, yes="keep")


def _note(evidence: Evidence, checklist: Checklist, done: frozenset[str]) -> str:
    if checklist.at not in _BY_THE_TICKET:
        left = len(open_items(checklist, evidence.records))
        return f"{left} still open for going on." if left else "Nothing that is mandatory is open."
    asked = [item for item in checklist.items if item.weight is not Weight.OPTIONAL]
    here = sum(item.id in done for item in asked)
    return f"{here} of {len(asked)} known" + (", the others can be asked for." if here < len(asked) else ".")


def checklist_values(
    checklist: Checklist, noted: records.Records, answers: Mapping[str, str]
) -> dict[str, Any] | None:
    """What ``perform('ticket.record', ...)`` takes; None where nothing was changed."""
    before, after = noted.ticked(checklist.id), frozenset(ticked(answers.get(TICKS, "")))
    changed = {
        item.id: item.id in after for item in checklist.items if (item.id in before) != (item.id in after)
    }
    if not changed:
        return None
    return {"kind": records.TICK, "fields": {"checklist": checklist.id}, TICKS: changed}
