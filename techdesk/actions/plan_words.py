"""What a bulk plan is made of, and what is said of it: headings, reasons, texts to customers, the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from techdesk.actions.putting_off import hour
from techdesk.actions.registry import action
from techdesk.actions.wording import Surface, spoken
from techdesk.model import Relation, Status
from techdesk.rules.verdicts import Refuse
from techdesk.rules.wording import quantity
from techdesk.sla.policy import ClosureReason, Policy
from techdesk.text import minutes_words
from techdesk.work.plans import Group, Notice, Outcome, Plan


class Asked(Struct, frozen=True, kw_only=True):
    """What a plan is to be made of."""

    action: str
    values: dict[str, Any] = {}
    """As for ``Workbench.perform``; a close without a ``reason`` takes the one that holds for each ticket."""
    limit: str = ""
    notice: Notice = Notice.NOTIFY
    text: str = ""


TITLES: Mapping[str, str] = {
    "inquiries": "Too few unanswered inquiries",
    "answered": "The customer spoke last",
    "away": "The customer noted an absence",
    "too-early": "Not waiting long enough yet",
    "nothing-asked": "Nothing was asked of the customer",
    "no-priority": "No reviewed priority",
    "open-tasks": "Tasks of the first level are open",
    "not-resolved": "Not resolved",
    "not-confirmed": "Not confirmed by the customer",
    "not-told": "The customer has not been told",
    "to-be-chosen": "A reason has to be chosen",
    "no-owner": "Nobody has taken it",
    "left-alone": "It would be left without an owner",
    "blocked": "An earlier change waits for you",
}
"""Headings of refused groups, by the case of the rule; others are headed by their first refusal."""
RULES: Mapping[str, str] = {
    "generic.same": "It is so already",
    "generic.mine": "Yours already",
    "generic.owned": "Somebody else's",
    "generic.closed": "Closed",
    "generic.reason": "Its policy does not know that reason",
    "generic.field_unknown": "The help desk does not let that be set",
    "generic.status_unknown": "The help desk does not know that status",
    "generic.value": "No such value here",
}

CLOSING_WORDS = (
    "Hello {requester},\n\nwe have closed your request {number}: {reason}.\n\n"
    "If it still needs our attention, write to us and name {number}.\n\nYour support team"
)
RESOLVING_WORDS = (
    "Hello {requester},\n\nyour request {number} is resolved on our side. Please tell us whether it works for"
    " you as well.\n\nYour support team"
)


def title_of(asked: Asked, name: Any) -> str:
    """What a plan does, as a heading."""
    values = asked.values
    match asked.action:
        case "ticket.close":
            return "Close"
        case "ticket.resolve":
            return "Resolve"
        case "ticket.take":
            return "Take"
        case "ticket.assign":
            return f"Assign to {name(str(values.get('owner') or ''))}"
        case "ticket.tag":
            put = [f"+{tag}" for tag in values.get("add") or ()] + [
                f"-{t}" for t in values.get("remove") or ()
            ]
            return f"Tag {' '.join(put)}".strip()
        case "ticket.queue":
            return f"Move to {values.get('queue_name') or values.get('queue')}"
        case "ticket.time":
            return f"Log {minutes_words(int(values.get('minutes') or 0))} on each"
        case "ticket.link":
            return f"Link: {Relation(values['relation']).words} {values.get('other')}"
        case "ticket.snooze":
            return f"Snooze until {hour(int(values.get('until') or 0))}"
        case "ticket.macro":
            return f"Macro {values.get('macro')}"
        case "ticket.raise":
            return "Raise the priority"
        case "ticket.lower":
            return "Lower the priority"
        case "ticket.status":
            return f"Set to {Status(values['status']).value}" if values.get("status") else "Set the status"
        case "ticket.priority":
            if values.get("label"):
                return f"Set the priority to {values['label']}"
            level = values.get("level") or values.get("priority") or values.get("severity")
            return f"Set the {'severity' if values.get('severity') else 'priority'} to {level}"
    return action(asked.action).title


def reason_title(reason: ClosureReason, policy: Policy | None) -> str:
    """``Account on hold (Dynamix 4.2.2)``."""
    if policy is None or not policy.closures:
        return reason.label
    source = reason.source.split(",")[0].removeprefix(policy.title).strip()
    return f"{reason.label} ({policy.title} {source})".replace(" )", ")")


def heading(reason: str, number: str) -> str:
    """The first sentence of a refusal without the ticket's number."""
    first = reason.replace(f"{number} ", "").split(". ")[0].strip().rstrip(".")
    return first[:1].upper() + first[1:90]


def for_many(verdict: Refuse, surface: Surface) -> str:
    """A remedy for a whole group: what is counted for one ticket is left to its own line."""
    if verdict.case == "inquiries":
        return spoken("<ticket.reply> sends the next inquiry, one by one.", surface)
    return spoken(verdict.remedy, surface)


def within(title: str) -> str:
    """A heading in the middle of a sentence; names in it keep their capitals."""
    return title[:1].lower() + title[1:]


def summary(plan: Plan, groups: Sequence[Group] | None = None) -> str:
    """``52 close · 44 refused in 6 groups``; ``groups``: those of the plan, where they are at hand."""
    found = plan.groups() if groups is None else groups
    counts = {outcome: sum(len(g.items) for g in found if g.outcome is outcome) for outcome in Outcome}
    parts = [f"{counts[Outcome.DO]:,} {within(plan.title)}"]
    if counts[Outcome.REFUSED]:
        refused = sum(group.outcome is Outcome.REFUSED for group in found)
        parts.append(f"{counts[Outcome.REFUSED]:,} refused in {quantity(refused, 'group', 'groups')}")
    for outcome, word in ((Outcome.CHANGED, "changed since"), (Outcome.EXCLUDED, "left out by you")):
        if counts[outcome]:
            parts.append(f"{counts[outcome]:,} {word}")
    return " · ".join(parts)
