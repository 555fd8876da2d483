"""Merging two tickets of the demo desk into one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from techdesk.demo.feed import row_id
from techdesk.demo.links import Links
from techdesk.demo.problems import invalid
from techdesk.demo.storage import Storage
from techdesk.model import TombstoneReason


class Merging:
    """Part of the desk. ``advance`` gives a ticket its next version, ``remove`` leaves a tombstone."""

    def __init__(
        self,
        storage: Storage,
        links: Links,
        advance: Callable[[int], int],
        remove: Callable[[str, TombstoneReason, str], None],
    ) -> None:
        self.storage = storage
        self.links = links
        self._advance = advance
        self._remove = remove

    def merge(self, actor: str, ticket: int, into: int) -> None:
        """Move a conversation to another ticket, and links and watchers with it; the ticket is gone then."""
        sql, seq = self.storage.sql, self._advance(into)
        mine, other = self._row(ticket), self._row(into)
        sql.execute("UPDATE messages SET ticket = ?, seq = ? WHERE ticket = ?", (into, seq, ticket))
        watchers = list(dict.fromkeys(_texts(other["watchers"]) + _texts(mine["watchers"])))
        if mine["requester"] and mine["requester"] not in (other["requester"], *watchers):
            watchers.append(mine["requester"])
        sql.execute(
            "UPDATE tickets SET watchers = ?, minutes = minutes + ? WHERE id = ?",
            (msgspec.json.encode(watchers).decode(), mine["minutes"], into),
        )
        sql.execute(
            "INSERT INTO events(ticket, seq, at, actor, field, old, new)"
            " VALUES(?, ?, ?, ?, 'merged', NULL, ?)",
            (into, seq, self.storage.now(), actor, f"TD-{ticket}"),
        )
        self.links.move(actor, ticket, into)
        self._remove(str(ticket), TombstoneReason.MERGED, str(into))

    def check(self, ticket: int, into: str) -> None:
        """Raises ``Problem`` 422 for a ticket that this one cannot be merged into."""
        if row_id(into) == ticket:
            raise invalid(("merge_into",), "A ticket cannot be merged into itself.")
        found = self.storage.sql.execute("SELECT gone FROM tickets WHERE id = ?", (row_id(into),)).fetchone()
        if found is None or found["gone"]:
            raise invalid(("merge_into",), f"There is no ticket {into!r} to merge into.")

    def _row(self, ticket: int) -> Any:
        return self.storage.sql.execute("SELECT * FROM tickets WHERE id = ?", (ticket,)).fetchone()


def _texts(stored: str) -> list[str]:
    return msgspec.json.decode(stored, type=list[str])
