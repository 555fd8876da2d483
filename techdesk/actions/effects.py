"""What an action means: the values it leads to, the operations it sends, and the words for them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from techdesk.actions import because
from techdesk.actions.fielding import as_desk_has_it, change_words, plain_of
from techdesk.actions.grading import PRIORITY, SEVERITY, axes, graded_axis, label_of, levels_of
from techdesk.actions.operations import Decision
from techdesk.desks.port import Capabilities
from techdesk.model import Channel, FieldValue, Operation, Status
from techdesk.rules.closure import BY_CALL
from techdesk.rules.facts import Wish
from techdesk.rules.records import OUTAGE, TITLES
from techdesk.sla.policy import Policy
from techdesk.store.rows import Row, TicketView
from techdesk.text import minutes_words

GRADING = ("ticket.priority", "ticket.raise", "ticket.lower")
"""Actions that change the grade."""
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
    action_id: str,
    row: Row,
    values: Mapping[str, Any],
    *,
    policy: Policy | None,
    seen: tuple[int, ...] = (),
    me: str,
    desk: DeskFields,
    view: TicketView | None = None,
) -> Wish:
    """The values of an action, with what the action itself means filled in.

    ``seen``: priorities where no policy names any. Raises ValueError for a status or a channel that there is
    not: screens and verbs offer only those that there are.
    """
    priority, severity = _grades(values, policy)
    owner, status = values.get("owner"), values.get("status")
    then = str(values.get("then") or "")
    levels: tuple[int, ...] = ()
    if action_id in GRADING:
        axis = SEVERITY if severity is not None else PRIORITY
        if action_id != "ticket.priority":
            axis = graded_axis(policy)
        levels = levels_of(policy, axis) or seen
        if action_id != "ticket.priority":
            present = row.severity if axis == SEVERITY else row.priority
            wanted = _step(present, levels, up=action_id == "ticket.raise")
            priority, severity = (None, wanted) if axis == SEVERITY else (wanted, None)
    if action_id == "ticket.take":
        owner = me
    elif action_id == "ticket.resolve":
        status = Status.RESOLVED
    elif action_id == "ticket.close":
        status = desk.closing_status
    elif action_id == "ticket.reopen":
        status = Status.OPEN
    elif action_id == "ticket.reply" and then and Status(then) is not row.status:
        status = Status(then)
    criteria = values.get("criteria")
    return Wish(
        priority=priority,
        severity=severity,
        levels=levels,
        owner=owner,
        status=None if status is None else Status(status),
        text=values.get("text"),
        reason=str(values.get("reason") or ""),
        because=because.words_of(values),
        reasons=because.reasons_of(values),
        asked_by=str(values.get("asked_by") or ""),
        channel=Channel(values.get("channel") or ""),
        same_problem=values.get("same_problem"),
        criteria=None if criteria is None else tuple(criteria),
        exclusion=str(values.get("exclusion") or ""),
        resolution=str(values.get("resolution") or ""),
        step=str(values.get("step") or ""),
        master_list=str(values.get("master_list") or ""),
        hand_off=str(values.get("hand_off") or ""),
        team=str(values.get("team") or ""),
        missing=tuple(values.get("missing") or ()),
        kind=str(values.get("kind") or ""),
        fields=_fields(row, values),
        plain=plain_of(action_id, row, values, view),
    )


def _fields(row: Row, values: Mapping[str, Any]) -> dict[str, str]:
    """Of a record; an outage begins with the customer's notice where nobody says otherwise (D15)."""
    given = {str(name): str(value) for name, value in dict(values.get("fields") or {}).items()}
    if values.get("kind") == OUTAGE and not given.get("from"):
        given["from"] = str(row.created)
    return given


def _grades(values: Mapping[str, Any], policy: Policy | None) -> tuple[int | None, int | None]:
    """Priority and severity that are asked for.

    A policy that knows severities only takes a plain ``priority``, and ``level``, as the severity.
    """
    priority, severity, level = values.get("priority"), values.get("severity"), values.get("level")
    if level is not None:
        priority, severity = (level, severity) if graded_axis(policy) == PRIORITY else (priority, level)
    if priority is not None and severity is None and axes(policy) == (SEVERITY,):
        return None, priority
    return priority, severity


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
    if wish.severity is not None:
        sets["severity"] = wish.severity
    if wish.status is not None and wish.status is not view.row.status:
        sets["status"] = wish.status.value
    text = (wish.text or "").strip()
    if "minutes" in wish.plain:
        minutes = wish.plain["minutes"]
        made.append(decision.time(int(str(minutes)), text))
    sets |= {
        name: as_desk_has_it(value, view.base, name)
        for name, value in wish.plain.items()
        if name != "minutes"
    }
    match decision.action:
        case "ticket.reply" | "ticket.resolve":
            made.append(decision.reply(text, _given_files(values)))
        case "ticket.comment":
            channel = Channel(values.get("channel") or "")
            made.append(decision.comment(text, channel, _given_files(values)))
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


def words_of(
    action_id: str, row: Row, wish: Wish, name: Callable[[str], str], policy: Policy | None = None
) -> str:
    """What was queued: ``reply, status open -> waiting``. ``name`` gives a person's name by id."""
    parts: list[str] = []
    if action_id == "ticket.resolve":
        parts.append("notice to the customer")
    elif action_id == "ticket.reply":
        parts.append("reply")
    elif action_id == "ticket.comment":
        parts.append("internal note")
    if wish.owner is not None:
        parts.append(f"owner {name(row.owner)} -> {name(wish.owner)}")
    if wish.priority is not None:
        old = label_of(policy, PRIORITY, row.priority)
        parts.append(f"priority {old} -> {label_of(policy, PRIORITY, wish.priority)}")
    if wish.severity is not None:
        old = label_of(policy, SEVERITY, row.severity)
        parts.append(f"severity {old} -> {label_of(policy, SEVERITY, wish.severity)}")
    if wish.status is not None:
        parts.append(f"status {row.status.value} -> {wish.status.value}")
    if "tags" in wish.plain:
        parts.append(change_words("tags", row.tags, _texts(wish.plain["tags"])))
    if "minutes" in wish.plain:
        parts.append(f"{minutes_words(int(str(wish.plain['minutes'])))} of work")
    if wish.reason:
        parts.append(f"reason {wish.reason.removesuffix(BY_CALL)}")
    return ", ".join(parts)


def _given_files(values: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(each) for each in values.get("files") or ())


def _texts(value: FieldValue) -> list[str]:
    return value if isinstance(value, list) else []


def noted_words(action_id: str, wish: Wish, values: Mapping[str, Any]) -> str:
    """What an action that only leaves a record has queued."""
    match action_id:
        case "ticket.call":
            return "call logged"
        case "ticket.escalate":
            return f"escalated to step {wish.step}" if wish.step else f"escalated to {wish.team}"
        case "ticket.hand_off":
            return f"handed over: {wish.hand_off}"
        case "ticket.record":
            return f"noted: {TITLES.get(str(values.get('kind')), str(values.get('kind')))}"
    return ""


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
