"""What an action means: the values it leads to, the operations it sends, and the words for them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from techdesk.actions.operations import Decision
from techdesk.desks.port import Capabilities
from techdesk.model import Channel, FieldValue, Operation, Status
from techdesk.rules.closure import BY_CALL
from techdesk.rules.facts import Wish
from techdesk.store.rows import Row, TicketView

PRIORITY = ("ticket.priority", "ticket.raise", "ticket.lower")
"""Actions that need the list of priorities."""
CALL_WORDS = "Call: the customer confirms that the request has been satisfactorily completed."


class DeskFields(Struct, frozen=True, kw_only=True):
    """What matters here of a desk's capabilities; while they are not known, everything is possible."""

    has_close_reason: bool = True
    closing_status: Status = Status.CLOSED
    """Closed, or resolved where the desk has nothing beyond it (RT: resolve and close are one)."""

    @classmethod
    def of(cls, capabilities: Capabilities | None) -> DeskFields:
        """From what the adapter says."""
        if capabilities is None:
            return cls()
        closes = Status.CLOSED.value in capabilities.statuses
        return cls(
            has_close_reason="close_reason" in capabilities.settable,
            closing_status=Status.CLOSED if closes else Status.RESOLVED,
        )


def wish_of(
    action_id: str, row: Row, values: Mapping[str, Any], *, levels: tuple[int, ...], me: str, desk: DeskFields
) -> Wish:
    """The values of an action, with what the action itself means filled in.

    Raises ValueError for a status that there is not: screens and verbs offer only those that there are.
    """
    priority, owner, status = values.get("priority"), values.get("owner"), values.get("status")
    then = str(values.get("then") or "")
    if action_id in ("ticket.raise", "ticket.lower"):
        priority = _step(row.priority, levels, up=action_id == "ticket.raise")
    elif action_id == "ticket.take":
        owner = me
    elif action_id == "ticket.resolve":
        status = Status.RESOLVED
    elif action_id == "ticket.close":
        status = desk.closing_status
    elif action_id == "ticket.reopen":
        status = Status.OPEN
    elif action_id == "ticket.reply" and then and Status(then) is not row.status:
        status = Status(then)
    return Wish(
        priority=priority,
        levels=levels,
        owner=owner,
        status=None if status is None else Status(status),
        text=values.get("text"),
        reason=str(values.get("reason") or ""),
    )


def operations_of(
    decision: Decision, view: TicketView, wish: Wish, desk: DeskFields, label: str, values: Mapping[str, Any]
) -> list[Operation]:
    """What one key press sends, in the order in which the desk gets it: words before the status.

    ``label``: the closure reason in words, for a desk that has no field for it.
    """
    made: list[Operation] = []
    sets: dict[str, FieldValue] = {}
    if wish.owner is not None:
        sets["owner"] = wish.owner
    if wish.priority is not None:
        sets["priority"] = wish.priority
    if wish.status is not None and wish.status is not view.row.status:
        sets["status"] = wish.status.value
    text = (wish.text or "").strip()
    match decision.action:
        case "ticket.reply" | "ticket.resolve":
            made.append(decision.reply(text))
        case "ticket.comment":
            made.append(decision.comment(text, Channel(values.get("channel") or "")))
        case "ticket.close":
            if wish.reason.endswith(BY_CALL):
                made.append(decision.comment(CALL_WORDS, Channel.PHONE))
            if desk.has_close_reason:
                sets["close_reason"] = wish.reason.removesuffix(BY_CALL)
            else:
                made.append(decision.comment(f"Closed: {label}."))
        case "ticket.reopen" if view.close_reason and desk.has_close_reason:
            sets["close_reason"] = ""
    if sets:
        ends = wish.status is not None and not wish.status.is_active
        made.append(decision.update(view, sets, evidence=ends))
    return made


def words_of(action_id: str, row: Row, wish: Wish, name: Callable[[str], str]) -> str:
    """What was queued: ``reply, status open -> waiting``. ``name`` gives a person's name by id."""
    parts: list[str] = []
    if action_id == "ticket.resolve":
        parts.append("notice to the customer")
    elif action_id == "ticket.reply":
        parts.append("reply")
    elif action_id == "ticket.comment":
        parts.append("internal note")
    if wish.owner is not None:
        parts.append(f"owner {row.owner_name or 'nobody'} -> {name(wish.owner)}")
    if wish.priority is not None:
        old = row.priority_label or ("--" if row.priority is None else f"P{row.priority}")
        parts.append(f"priority {old} -> P{wish.priority}")
    if wish.status is not None:
        parts.append(f"status {row.status.value} -> {wish.status.value}")
    if wish.reason:
        parts.append(f"reason {wish.reason.removesuffix(BY_CALL)}")
    return ", ".join(parts)


def _step(level: int | None, levels: tuple[int, ...], *, up: bool) -> int | None:
    """The level one step more or less urgent; None at the end of the scale.

    A ticket without a priority is raised to the least urgent one.
    """
    if level is None:
        return levels[-1] if up and levels else None
    wider = [each for each in levels if (each < level if up else each > level)]
    if not wider:
        return None
    return max(wider) if up else min(wider)
