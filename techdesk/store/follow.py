"""A ticket that takes the place of another (POLICIES W7): both name each other, at the desk.

The number of the new ticket is known only when the desk has made it. So what tells the old one is queued in
the transaction that takes in the desk's answer, by a key that follows from the creation's: once, whatever
ends in between.
"""

from __future__ import annotations

import uuid

from msgspec import Struct

from techdesk.model import FieldValue, Instant, Operation, OperationKind, Relation
from techdesk.store import tickets
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.edits import enqueue
from techdesk.store.lines import Lines

_OLD, _LINKED = "follows", "follows_linked"


class Follow(Struct, frozen=True, kw_only=True):
    """Which ticket a new one follows."""

    ticket_id: str
    """The desk's id of the old one."""
    linked: bool
    """Whether the desk keeps links: it shows one on both sides. Else the old ticket gets an internal note."""

    def base(self) -> dict[str, FieldValue]:
        """As the operation that opens the new ticket carries it."""
        return {_OLD: self.ticket_id, _LINKED: "yes" if self.linked else ""}


def tell_old(
    connection: sqlite3.Connection, lines: Lines, operation: Operation, ticket_id: str, now: Instant
) -> None:
    """Queue what the ticket before is to show, of a creation that the desk has just taken.

    ``ticket_id``: the desk's id of the new ticket.
    """
    old = operation.base.get(_OLD)
    if operation.kind is not OperationKind.CREATE or not isinstance(old, str) or not old or not ticket_id:
        return
    key = tickets.key_of_id(connection, old)
    linked = bool(operation.base.get(_LINKED))
    own_id = uuid.uuid5(uuid.NAMESPACE_URL, f"follow:{operation.id}").hex
    # The feed may have brought the ticket, and settled its creation, before the answer came: so not the state
    # of the creation says whether this was done, but whether it is there.
    if key is None or scalar(connection, "SELECT 1 FROM operation WHERE id = ?", own_id) is not None:
        return
    made = Operation(
        id=own_id,
        batch=uuid.uuid5(uuid.NAMESPACE_URL, f"follow:{operation.batch}").hex,
        ticket=operation.ticket if linked else key,
        ticket_id=ticket_id if linked else old,
        kind=OperationKind.UPDATE if linked else OperationKind.COMMENT,
        action="ticket.link" if linked else "ticket.comment",
        sets={"links": [f"{Relation.REFERS_TO.value}:{old}"]} if linked else {},
        base={"links": []} if linked else {},
        text="" if linked else _words(connection, operation.ticket, ticket_id),
        created=now,
        hold_until=now,
        actor=operation.actor,
    )
    enqueue(lines, connection, (made,))


def _words(connection: sqlite3.Connection, key: int, ticket_id: str) -> str:
    """An answer need not carry the new ticket: its id is what there is to name then."""
    number, base = connection.execute("SELECT number, base FROM ticket WHERE key = ?", (key,)).fetchone()
    return f"Continued in {number if base is not None else ticket_id}."
