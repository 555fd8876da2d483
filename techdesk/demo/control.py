"""What tests and rehearsals make colleagues and customers do (``POST /_control``, with ``--control``)."""

from __future__ import annotations

from techdesk.demo.desk import Desk
from techdesk.demo.faults import Act
from techdesk.demo.problems import invalid
from techdesk.model import Channel, Direction, TombstoneReason, Visibility


def perform_act(desk: Desk, act: Act) -> str:
    """Do it within the caller's transaction; returns the ticket's id. Raises ``Problem``."""
    match act.kind:
        case "update":
            desk.update(act.actor, act.ticket, "", act.sets)
        case "reply":
            desk.message(act.actor, act.ticket, act.text, channel=Channel.EMAIL)
        case "note":
            desk.message(act.actor, act.ticket, act.text, visibility=Visibility.INTERNAL)
        case "customer":
            requester = desk.feed.one(act.ticket).tickets[0].requester
            desk.message(requester, act.ticket, act.text, direction=Direction.INBOUND, channel=Channel.EMAIL)
        case "auto_reply":
            requester = desk.feed.one(act.ticket).tickets[0].requester
            desk.message(
                requester,
                act.ticket,
                act.text,
                direction=Direction.INBOUND,
                channel=Channel.EMAIL,
                automatic=True,
            )
        case "create":
            return desk.create(act.actor, act.sets, act.text, "").tickets[0].id
        case "merge":
            desk.remove(act.ticket, TombstoneReason.MERGED, act.into)
        case "delete":
            desk.remove(act.ticket, TombstoneReason.DELETED)
        case _:
            raise invalid(("kind",), f"There is no act {act.kind!r}.")
    return act.ticket
