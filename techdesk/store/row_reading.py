"""List rows as they are read: the columns they have, and what a screen gets of them."""

from __future__ import annotations

from typing import Any

from techdesk.model import Channel, Status
from techdesk.sla.evaluation import RowClock, Urgency
from techdesk.store.rows import Row
from techdesk.text import safe_text, without_passwords

COLUMNS: tuple[str, ...] = (
    "number", "subject", "status", "active", "priority", "priority_label", "severity", "kind", "owner",
    "requester", "organisation", "queue", "channel", "tags", "created", "updated", "closed", "close_reason",
    "status_since", "unread", "vip", "escalation_level", "pending", "attention", "last_customer_message",
    "last_public_reply", "message_count", "policy", "urgency", "clock_order", "metric", "calendar", "due",
    "breach_at", "warning_at", "critical_at", "business_left", "immediate",
)  # fmt: skip
"""Every column of list_row but its key, in order."""

ORDER_COLUMNS: tuple[str, ...] = (
    "active", "urgency", "clock_order", "priority", "severity", "updated", "created", "number", "subject",
    "status", "channel", "metric", "owner", "requester", "organisation", "queue", "last_public_reply",
)  # fmt: skip
"""Columns that any order sorts by; what they were goes into the change log. New ones go to the end."""
ORDER_SET = frozenset(ORDER_COLUMNS)

ROW_COLUMNS = (
    "r.key, r.number, r.subject, r.status, r.priority, r.priority_label, r.severity, r.owner,"
    " coalesce(w.name, r.owner), coalesce(c.name, r.requester), coalesce(g.name, r.organisation),"
    " coalesce(q.name, r.queue), r.channel, r.tags, r.created, r.updated, r.unread, r.vip,"
    " r.escalation_level, r.pending, r.attention, r.policy, r.urgency, r.clock_order, r.metric, r.calendar,"
    " r.due, r.breach_at, r.warning_at, r.critical_at, r.business_left, r.immediate, r.last_public_reply,"
    " EXISTS (SELECT 1 FROM draft d WHERE coalesce(d.ticket, 0) = r.key AND d.body <> '')"
)
ROW_JOINS = (
    " LEFT JOIN person w ON w.id = r.owner LEFT JOIN person c ON c.id = r.requester"
    " LEFT JOIN organisation g ON g.id = r.organisation LEFT JOIN queue q ON q.id = r.queue"
)

_STATUS = {status.value: status for status in Status}
_CHANNEL = {channel.value: channel for channel in Channel}
_URGENCY = {int(urgency): urgency for urgency in Urgency}


def tags_text(tags: tuple[str, ...]) -> str:
    """Tags as one column holds them: each between line breaks."""
    return "".join(f"\n{tag.replace(chr(10), ' ')}" for tag in tags) + "\n" if tags else ""


def tags_of(text: str) -> tuple[str, ...]:
    """And back."""
    return tuple(text[1:-1].split("\n")) if text else ()


def row_of(raw: tuple[Any, ...]) -> Row:
    """A row for a screen, from ``ROW_COLUMNS``; every text made safe."""
    return Row(
        key=raw[0],
        number=safe_text(raw[1]),
        subject=without_passwords(safe_text(raw[2])),
        status=_STATUS[raw[3]],
        priority=raw[4],
        priority_label=safe_text(raw[5]),
        severity=raw[6],
        owner=safe_text(raw[7]),
        owner_name=safe_text(raw[8]),
        requester_name=safe_text(raw[9]),
        organisation_name=safe_text(raw[10]),
        queue_name=safe_text(raw[11]),
        channel=_CHANNEL[raw[12]],
        tags=tuple(safe_text(tag) for tag in tags_of(raw[13])),
        created=raw[14],
        updated=raw[15],
        unread=bool(raw[16]),
        vip=bool(raw[17]),
        escalation_level=raw[18],
        pending=raw[19],
        attention=raw[20],
        clock=RowClock(
            policy=raw[21],
            urgency=_URGENCY[raw[22]],
            order=raw[23],
            metric=raw[24],
            calendar=raw[25],
            due=raw[26],
            breach_at=raw[27],
            warning_at=raw[28],
            critical_at=raw[29],
            left=raw[30],
            immediate=bool(raw[31]),
        ),
        last_public_reply=raw[32],
        draft=bool(raw[33]),
    )
