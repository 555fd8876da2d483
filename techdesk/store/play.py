"""The next best ticket to work on (UX 3): what must be done now, before what is merely open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from techdesk.model import Instant
from techdesk.store.compile import Condition
from techdesk.store.driver import sqlite3

SKIPPED = "play.skip"
"""The journal's word for a ticket that was passed over."""
SKIP_LASTS = 8 * 3600
"""Seconds: a shift. Whoever comes next decides anew."""
_MOST = 40
"""Tickets of one step; those that are escalated and acknowledged are passed over."""


class Best(Struct, frozen=True):
    """A ticket to work on, and why this one."""

    key: int
    why: str


_OURS = (
    # A colleague's ticket is not taken out of his hands; what waits for somebody else is not worked on.
    "active = 1 AND (owner = '' OR owner = ?)"
    " AND (status IN ('new', 'open') OR unread = 1 OR escalation_level > 0"
    " OR (urgency = 0 AND breach_at <= ?))"
    " AND key NOT IN (SELECT value FROM json_each(?))"
)
ESCALATED = "escalated"
_STEPS = (
    (ESCALATED, "escalation_level > 0", "urgency, clock_order, vip DESC, created, key"),
    ("", "urgency = 0", "clock_order, vip DESC, created, key"),
    ("VIP", "vip = 1", "created, key"),
    ("the oldest", "1", "created, key"),
)
"""Why, which, and in which order: what is escalated, then what is late, then the least time left; without a
clock a VIP's first, then the oldest."""


def skipped(connection: sqlite3.Connection, now: Instant) -> list[int]:
    """Tickets passed over in this shift, whose customer has not written since."""
    rows = connection.execute(
        "SELECT j.ticket FROM journal j JOIN list_row r ON r.key = j.ticket"
        " WHERE j.at >= ? AND j.action = ? GROUP BY j.ticket"
        " HAVING max(j.at) >= coalesce(r.last_customer_message, 0)",
        (now - SKIP_LASTS, SKIPPED),
    )
    return [row[0] for row in rows]


def best(
    connection: sqlite3.Connection, scope: Condition, me: str, now: Instant, passed: Iterable[int]
) -> Iterator[Best]:
    """The tickets of a scope that are not in ``passed``, the best first; some come more than once."""
    left_out = msgspec.json.encode(list(passed)).decode()
    for why, which, order in _STEPS:
        found = connection.execute(
            f"SELECT key, breach_at <= ?, immediate FROM list_row WHERE ({scope.where}) AND {_OURS}"
            f" AND {which} ORDER BY {order} LIMIT {_MOST}",
            (now, *scope.parameters, me, now, left_out),
        ).fetchall()
        for key, late, at_once in found:
            yield Best(key, why or ("breached" if late else "at once" if at_once else "least time left"))
