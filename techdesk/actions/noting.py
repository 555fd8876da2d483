"""The records that an action leaves for colleagues, as internal notes (``rules.records``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from techdesk.actions.operations import Decision, new_id
from techdesk.model import Channel, Operation
from techdesk.rules import records
from techdesk.rules.facts import CUSTOMER, Facts, Wish
from techdesk.rules.records import Record

NOTED = frozenset(
    (
        records.ATTEMPT,
        records.AWAY,
        records.CONFIRMED,
        records.REVIEW,
        records.APPROVAL,
        records.TICK,
        records.LOCATED,
        records.CONSOLE,
        records.MASTER_LIST,
        records.QUALIFICATION,
        records.PARTNER_CONTACTED,
        records.USER_TOLD,
        records.DIAGNOSTIC_DROP,
        records.ACKNOWLEDGED,
        records.AVAILABILITY,
        records.OUTAGE,
        records.COMMITMENT,
    )
)
"""Kinds that ``ticket.record`` takes under every policy; a policy's own kinds (``records``) are taken too."""


TICKS = "ticks"
"""Value of ``ticket.record``: points of a checklist by id, and whether each is done."""


def kinds(facts: Facts) -> tuple[str, ...]:
    """The kinds of record that may be written on a ticket."""
    own = [kind.id for kind in facts.policy.rulebook.records] if facts.policy is not None else []
    return tuple(sorted(NOTED | set(own)))


def notes_of(decision: Decision, facts: Facts, wish: Wish, values: Mapping[str, Any]) -> list[Operation]:
    """Notes that go with an action, in the order in which the desk gets them."""
    text = (wish.text or "").strip()
    made: list[Operation] = []
    match decision.action:
        case "ticket.call":
            caller = wish.caller.name or wish.caller.email if wish.caller is not None else ""
            fields = {"caller": caller, "number": str(values.get("number") or "")}
            channel = wish.channel or Channel.PHONE
            if channel is not Channel.PHONE:
                fields["by"] = channel.value
            made.append(_note(decision, records.CALL, fields, text or "Call", channel))
            if values.get("confirms"):
                made.append(_note(decision, records.CONFIRMED, {"how": "phone"}, "Confirmed on the phone"))
        case "ticket.record":
            fields = dict(wish.fields)
            at = values.get("at")
            if values.get(TICKS):
                made += _ticks(decision, facts, fields, values[TICKS])
            else:
                kind = str(values["kind"])
                made.append(_note(decision, kind, fields, text, at=at, title=_title(facts, kind)))
        case "ticket.escalate":
            made += _escalation(decision, wish, values, text)
        case "ticket.hand_off" if facts.policy is not None:
            way = next(way for way in facts.policy.rulebook.hand_offs if way.id == wish.hand_off)
            fields = {"level": way.taker, "from": way.giver, "way": way.id, "because": wish.because}
            made.append(_note(decision, records.LEVEL, fields, text or f"Handed over to {way.taker}"))
        case "ticket.resolve" if wish.resolution:
            fields = {"resolution": wish.resolution, "exclusion": wish.exclusion}
            made.append(_note(decision, records.RESOLUTION, fields))
    asked = wish.asked_by == CUSTOMER
    if (wish.because and decision.action != "ticket.hand_off") or asked:
        fields = {"action": decision.action, "because": wish.because, "asked by": wish.asked_by}
        fields["for"] = ", ".join(wish.reasons or ())
        if asked:
            fields["channel"] = wish.channel.value
            fields["caller"] = wish.caller.name if wish.caller is not None else ""
        made.append(_note(decision, records.REASON, fields))
    return made


def reason_note(decision: Decision, because: str) -> Operation:
    """A reason that was given after the action had been done: when it was decided once more."""
    return _note(decision, records.REASON, {"action": decision.action, "because": because})


def _title(facts: Facts, kind: str) -> str:
    """What a policy calls a kind of its own; techdesk has words for those that it reads itself."""
    own = facts.policy.rulebook.records if facts.policy is not None and kind not in records.TITLES else ()
    return next((each.title for each in own if each.id == kind), "")


def _ticks(
    decision: Decision, facts: Facts, fields: Mapping[str, str], ticks: Mapping[str, bool]
) -> list[Operation]:
    """A record for each point, so that two technicians can tick one list at the same time."""
    book = facts.policy.rulebook if facts.policy is not None else None
    checklist = book.checklist(fields.get("checklist", "")) if book is not None else None
    labels = {item.id: item.label for item in checklist.items} if checklist is not None else {}
    made = []
    for item, done in ticks.items():
        given = {**fields, "item": item, "done": "" if done else "no"}
        words = f"{'Done' if done else 'Not done'}: {labels.get(item, item)}"
        made.append(_note(decision, records.TICK, given, words))
    return made


def _escalation(decision: Decision, wish: Wish, values: Mapping[str, Any], text: str) -> list[Operation]:
    made: list[Operation] = []
    if wish.master_list:
        fields = {"step": wish.step, "version": wish.master_list}
        made.append(_note(decision, records.MASTER_LIST, fields))
    by = CUSTOMER if wish.asked_by == CUSTOMER else ""
    fields = {"step": wish.step, "team": wish.team, "by": by, "how": str(values.get("asked_how") or "")}
    made.append(_note(decision, records.ESCALATION, fields, text))
    reached = values.get("reached")
    if wish.step and (reached is not None or wish.step == "1"):
        said = "no" if reached is False else "yes"
        made.append(_note(decision, records.ATTEMPT, {"step": wish.step, "reached": said}))
    return made


def _note(
    decision: Decision,
    kind: str,
    fields: Mapping[str, str],
    words: str = "",
    channel: Channel = Channel.UNKNOWN,
    *,
    at: int | None = None,
    title: str = "",
) -> Operation:
    happened = decision.now if at is None else min(int(at), decision.now)
    given = {name: value for name, value in fields.items() if value}
    record = Record(id=new_id(), kind=kind, at=happened, by=decision.actor, fields=given)
    return decision.comment(records.encode(record, words, title), channel)
