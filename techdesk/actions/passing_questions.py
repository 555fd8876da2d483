"""What passing a ticket on asks for: a step of the escalation path, a team, another support level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from techdesk.actions.because import REASONS
from techdesk.actions.forms import Field, FieldKind, Form, Option
from techdesk.rules import records
from techdesk.rules.facts import CUSTOMER, DESK, Evidence, Facts
from techdesk.rules.passing import open_items
from techdesk.sla.policy import Policy
from techdesk.sla.rulebook import Item, Moment

_ASKED = "asked"
_REASON = "reason"
"""Item of an escalation's checklist whose answer is the recorded reason."""
_CUSTOMER_WANTS = "DD6"
"""The rule that asks why a case goes to a team: its answer lets no other rule pass."""
_BECAUSE = Field(name="because", label="Reason", hint="why, in words: recorded on the ticket")
_YES, _NO = Option(id="yes", label="yes"), Option(id="no", label="no")


HOW = (
    Option(id="account-manager", label="through the account manager"),
    Option(id="email", label="by e-mail"),
    Option(id="phone", label="on the phone"),
)
"""How a customer asks for an escalation (DD6 names the first two)."""


def step_form(facts: Facts, evidence: Evidence, step_id: str) -> Form | None:
    """One step of the escalation path: the master list, whether its contact was reached (Z5 to Z7)."""
    policy = facts.policy
    step = policy.rulebook.step(step_id) if policy is not None else None
    if step is None:
        return None
    fields: list[Field] = []
    if step.master_list and not evidence.records.of(records.MASTER_LIST, step=step.id):
        # The gate refuses without it, and a refusal after the form would lose what was written in it.
        hint = "date of the master contact list you read"
        fields.append(Field(name="master_list", label="List of", wanted=True, hint=hint))
    fields += [
        Field(name="reached", label="Reached", kind=FieldKind.CHOICE, options=(_YES, _NO), value="yes"),
        Field(name="text", label="Concern", wanted=True, hint="what is wrong, in words"),
    ]
    title = f"{facts.number}: step {step.id}, {step.contact}"
    return Form(title=title, fields=tuple(fields), yes="escalate")


def team_form(facts: Facts, team_id: str) -> Form | None:
    """The dedicated team: who escalates, and the status and reason that the text wants (DD6)."""
    policy = facts.policy
    team = next((t for t in policy.rulebook.teams if t.id == team_id), None) if policy is not None else None
    if team is None:
        return None
    who = (Option(id=DESK, label="the desk"), Option(id=CUSTOMER, label="the customer"))
    fields = [
        Field(name=_ASKED, label="Asked by", kind=FieldKind.CHOICE, options=who, value=DESK),
        Field(name="how", label="How", kind=FieldKind.CHOICE, options=HOW, hint="where the customer asked"),
    ]
    for item in told_of(facts.policy):
        name = _BECAUSE.name if item.id == _REASON else item.id
        fields.append(Field(name=name, label=item.id.capitalize(), hint=item.label))
    return Form(title=f"{facts.number}: {team.title}", fields=tuple(fields), yes="escalate")


def told_of(policy: Policy | None) -> list[Item]:
    """What an escalation by the customer should tell (DD6): the policy's checklist, without what is known.

    Without one, why.
    """
    lists = [each for each in policy.rulebook.checklists if each.at is Moment.ESCALATION] if policy else []
    items = [item for each in lists for item in each.items if not item.field]
    return items or [Item(id=_REASON, label="why it has to go there")]


def step_values(step_id: str, answers: Mapping[str, str]) -> dict[str, Any]:
    """What ``perform('ticket.escalate', ...)`` takes for a step."""
    return {
        "step": step_id,
        "master_list": answers.get("master_list", "").strip(),
        "reached": answers.get("reached") != "no",
        "text": answers.get("text", ""),
    }


def team_values(team_id: str, answers: Mapping[str, str], policy: Policy | None) -> dict[str, Any]:
    """What ``perform('ticket.escalate', ...)`` takes for a team."""
    told = {_BECAUSE.name if item.id == _REASON else item.id: item.label for item in told_of(policy)}
    missing = tuple(words for name, words in told.items() if not answers.get(name, "").strip())
    text = "\n".join(answers[name].strip() for name in told if answers.get(name, "").strip())
    asked = answers.get(_ASKED, DESK)
    return {
        "team": team_id,
        "asked_by": asked,
        "missing": missing,
        "text": text,
        "because": answers.get("because", ""),
        REASONS: {_CUSTOMER_WANTS: answers["because"]} if answers.get("because") else {},
        "asked_how": answers.get("how", "") if asked == CUSTOMER else "",
    }


def hand_off_form(facts: Facts, evidence: Evidence, way_id: str) -> Form | None:
    """A way to another support level: its condition, what is still open, and a reason that lets it pass."""
    policy = facts.policy
    ways = policy.rulebook.hand_offs if policy is not None else ()
    way = next((each for each in ways if each.id == way_id), None)
    if policy is None or way is None:
        return None
    checklist = policy.rulebook.checklist(way.checklist)
    left = open_items(checklist, evidence.records) if checklist is not None else []
    opened = f" Still open: {', '.join(left)}." if left else ""
    fields = (Field(name="text", label="Findings", hint="what the next level should know"), _BECAUSE)
    title = f"{facts.number}: {way.giver} to {way.taker}"
    return Form(title=title, fields=fields, note=f"When {way.condition}.{opened}", yes="hand over")
