"""Saved queues: what a view is, and those that every profile begins with."""

from __future__ import annotations

from msgspec import Struct


class View(Struct, frozen=True, kw_only=True):
    """A saved queue: a name, a limit in the limit language, an order."""

    id: str
    title: str
    limit: str
    order: str = "urgency"
    """``urgency`` or a column's name, ``-`` before it for descending."""
    hint: str = ""
    """What an empty list means here, in words."""


ORDER_NAMES = (
    "urgency", "priority", "severity", "updated", "created", "number", "subject", "status", "channel",
    "owner", "requester", "organisation", "queue", "metric", "unread", "answered",
)  # fmt: skip
"""Names of the orders that a list can have; the store knows how."""

VIEWS: tuple[View, ...] = (
    View(
        id="all",
        title="All open",
        limit="status:active",
        hint="Nothing is open: every ticket in this profile's scope is resolved or closed.",
    ),
    View(
        id="mine",
        title="Mine",
        limit="owner:me status:active",
        hint="No open ticket is yours.",
    ),
    View(
        id="unassigned",
        title="Unassigned",
        limit="owner:none status:active",
        hint="Every open ticket has an owner.",
    ),
    View(
        id="review",
        title="Needs review",
        limit="prio:none status:active",
        hint="Every open ticket has a priority.",
    ),
    View(
        id="due",
        title="Due soon",
        limit="sla:<15m",
        hint="Nothing is breached, and nothing will be within 15 minutes.",
    ),
    View(
        id="escalated",
        title="Escalated",
        limit="is:escalated status:active",
        hint="No open ticket is escalated.",
    ),
    View(
        id="waiting",
        title="Waiting",
        limit="status:waiting",
        hint="No ticket waits for its customer.",
    ),
    View(
        id="stale",
        title="Stale",
        limit="is:stale",
        hint="No ticket has waited, been on hold or stood resolved for more than 5 days.",
    ),
    View(
        id="conflicts",
        title="Conflicts",
        limit="is:attention",
        hint="Nothing waits for your decision: the desk took every change, or has still to answer.",
    ),
    View(
        id="unread",
        title="Unread",
        limit="is:unread",
        hint="You have read every customer message.",
    ),
    View(
        id="snoozed",
        title="Snoozed",
        limit="is:snoozed",
        hint="Nothing is put off: every open ticket is in its views.",
    ),
    View(
        id="resolved",
        title="Resolved",
        limit="status:resolved",
        order="-updated",
        hint="Every resolved ticket is closed.",
    ),
    View(
        id="closed",
        title="Closed",
        limit="status:closed",
        order="-updated",
        hint="No ticket in this profile's scope was closed lately.",
    ),
    View(
        id="after-hours",
        title="After hours: not reviewed",
        limit="is:unreviewed status:active",
        hint="Everything that came after hours has been reviewed.",
    ),
)
