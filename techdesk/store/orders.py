"""Orders of a list: what they sort by, and which index gives them without sorting."""

from __future__ import annotations

_URGENCY = ("active DESC", "urgency", "clock_order", "key")


def _by_name(column: str, table: str) -> tuple[str, ...]:
    """By the name behind an id, the nameless first; people of one name one after the other."""
    name = f"(SELECT name FROM {table} WHERE id = list_row.{column})"
    return (f"coalesce({name}, {column}) COLLATE NOCASE", column, *_URGENCY)


ORDERS: dict[str, tuple[str, ...]] = {
    "urgency": _URGENCY,
    "priority": ("active DESC", "priority", "urgency", "clock_order", "key"),
    "severity": ("severity", *_URGENCY),
    "updated": ("updated", "key"),
    "created": ("created", "key"),
    "number": ("length(number)", "number", "key"),
    "subject": ("subject COLLATE NOCASE", "key"),
    "status": ("status", *_URGENCY),
    "channel": ("channel", *_URGENCY),
    "metric": ("metric", *_URGENCY),
    "unread": ("unread DESC", *_URGENCY),
    "answered": ("last_public_reply", "key"),
    "owner": _by_name("owner", "person"),
    "requester": _by_name("requester", "person"),
    "organisation": _by_name("organisation", "organisation"),
    "queue": _by_name("queue", "queue"),
}
"""Orders of a list by name; each ends with what makes it total."""

_DRIVEN = frozenset({"active", "urgency", "clock_order"})
ALONG: dict[str, frozenset[str]] = {
    "urgency": _DRIVEN,
    "priority": _DRIVEN | {"priority"},
    "updated": frozenset({"active", "updated"}),
    "created": frozenset({"active", "created"}),
    "status": frozenset({"status"}),
}
"""Columns that an order's own index begins with: a limit on them shortens the walk. No others do."""

SELECTIVE = frozenset(
    {
        "key", "priority", "owner", "requester", "organisation", "queue", "status", "status_since", "created",
        "updated", "unread", "escalation_level", "pending", "attention",
    }
)  # fmt: skip
"""Columns whose index finds few tickets among many. Whether one is open tells nothing: most are."""

PARTIAL = ("list_unread", "list_escalated", "list_pending", "list_attention")
"""Indexes of a few tickets only: to read one from end to end is no more than to look them up."""

UNINDEXED = frozenset({"severity", "channel", "metric", "unread"})
"""Orders without an index: even the first of a list are known only once all of it is sorted."""

GROUPED: dict[str, str] = {
    "owner": "person",
    "requester": "person",
    "organisation": "organisation",
    "queue": "queue",
}
"""Orders by a name that stands in another table: walked one id after another, and that id's index in it."""


def terms(order: str) -> tuple[str, ...]:
    """The ORDER BY terms of an order's name, ``-`` before it for the reverse; an unknown one is urgency."""
    found = ORDERS.get(order.removeprefix("-"), ORDERS["urgency"])
    if not order.startswith("-"):
        return found
    if found is ORDERS["urgency"]:
        # The other end of the clocks, and still the open tickets before the closed ones.
        return (found[0], *map(_reverse, found[1:]))
    return tuple(map(_reverse, found))


def order_by(order: str) -> str:
    """The same as one text."""
    return ", ".join(terms(order))


def order_in_group(order: str) -> str:
    """What is left to sort by within one id of a grouped order."""
    return ", ".join(terms(order)[2:])


def groups(order: str) -> str:
    """A SELECT of the ids that a grouped order's column holds, in order: one step in its index for each."""
    column = order.removeprefix("-")
    name = f"coalesce((SELECT name FROM {GROUPED[column]} t WHERE t.id = g.id), g.id) COLLATE NOCASE"
    direction = " DESC" if order.startswith("-") else ""
    return (
        f"WITH RECURSIVE g (id) AS (SELECT min({column}) FROM list_row UNION ALL"
        f" SELECT (SELECT min({column}) FROM list_row WHERE {column} > g.id) FROM g WHERE g.id IS NOT NULL)"
        f" SELECT id FROM g WHERE id IS NOT NULL ORDER BY {name}{direction}, id{direction}"
    )


def _reverse(term: str) -> str:
    return term.removesuffix(" DESC") if term.endswith(" DESC") else f"{term} DESC"
