"""Where a pull stands in Request Tracker, as the opaque cursor that sync keeps for us."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

VERSION = 1


class Position(Struct, frozen=True, kw_only=True):
    """A place in the walk over all tickets, or in the feed of transactions.

    The feed's place is an id: ids only grow, need no clock and no time zone (RT quirks 1 and 2).
    """

    v: int = VERSION
    phase: Literal["tickets", "feed"] = "feed"
    at: int
    """The feed is read up to this transaction. While tickets are walked, its place from before the walk."""
    recent: tuple[tuple[int, int], ...] = ()
    """Transactions seen just below ``at``, each with its ticket. An id that is lower but not here was
    committed late and is still new; one that is here and shows no more is of a ticket that left our sight."""
    part: Literal["active", "closed"] = "active"
    after: int = 0
    """Walk: the last ticket read of this part."""
    last: int = 0
    """Walk: the newest ticket when it began; younger ones come by the feed."""
    until: int = 0
    """Walk: logs are read up to this transaction, so that no row is older than the revision it is given."""
    total: int | None = None

    @property
    def cursor(self) -> str:
        """As text, to be kept."""
        return msgspec.json.encode(self).decode()


def read_position(cursor: str) -> Position | None:
    """The place in a cursor, or None for one that this version cannot go on from."""
    try:
        position = msgspec.json.decode(cursor, type=Position)
    except msgspec.DecodeError:
        return None
    return position if position.v == VERSION else None
