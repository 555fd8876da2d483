"""Which actions an operation stands for, so that the gates can be asked about it once more.

What a macro sets goes out in one write, which says ``ticket.macro``: no gate guards that, but its parts have
theirs.
"""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.model import FieldValue, OperationKind, Status

_ENDS = {Status.CLOSED.value: "ticket.close", Status.RESOLVED.value: "ticket.resolve"}


def actions_of(action: str, kind: OperationKind, sets: Mapping[str, FieldValue]) -> tuple[str, ...]:
    """Ids of the actions, in the order in which a macro asks their gates; mostly just the operation's own."""
    if action != "ticket.macro":
        return (action,)
    if kind.is_message:
        return ("ticket.reply" if kind is OperationKind.REPLY else "ticket.comment",)
    found: list[str] = []
    if "owner" in sets:
        found.append("ticket.assign")
    if "priority" in sets or "severity" in sets:
        found.append("ticket.priority")
    if "close_reason" in sets:
        found.append("ticket.close")
    elif "status" in sets:
        found.append(_ENDS.get(str(sets["status"]), "ticket.status"))
    return tuple(found)
