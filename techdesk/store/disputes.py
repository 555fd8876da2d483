"""What a person has to decide about an operation: base, mine and theirs, and what came in between."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from techdesk.model import (
    SET_FIELDS,
    Direction,
    FieldValue,
    Instant,
    Operation,
    OperationKind,
    Status,
    Ticket,
    TombstoneReason,
)
from techdesk.store import conversation, effective, outbox, overlay, tickets
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.naming import number_of
from techdesk.store.rows import Entry, LogLine
from techdesk.text import safe_lines, safe_text

EVIDENCE = "last_customer_message"
"""Member of ``Operation.base``: when the customer had written last, as the technician knew it."""
SHOWN = 20
"""Messages and changes that are shown at most, the newest."""
_LOOKED_AT = 200
"""Newest messages among which those that came in between are looked for."""


class FieldDispute(Struct, frozen=True, kw_only=True):
    """One field: what the technician saw, wants, and what the desk holds now. In words, safe to show."""

    name: str
    field: str
    """Its neutral name, as an operation sets it."""
    base: str
    """Empty where the operation was decided without looking at the field."""
    mine: str
    theirs: str
    clash: bool
    """Whether the desk holds something that is neither of the two."""
    by: str = ""
    """Who set theirs, by name, where the desk's log tells."""
    at: Instant | None = None


class Dispute(Struct, frozen=True, kw_only=True):
    """One operation that waits for a person, with everything there is to decide it on, offline too."""

    operation: int
    """Its key."""
    kind: OperationKind
    text: str
    """Your text, its secrets as dots."""
    action: str
    closes: bool
    """Whether it takes the ticket out of the active ones."""
    written: bool
    """The desk has it already, over somebody's newer work: it can only be changed back."""
    customer_wrote: bool
    """Whether the customer wrote after the evidence that it was decided on."""
    gone: str
    """Why the ticket is gone (``merged``, ``deleted``, ``purged``); empty while it is there."""
    other: int | None
    """Local key of the ticket that it was merged into, where that one is here."""
    other_number: str
    """What that one is called; also where it is not here."""
    recipient: str
    """Who gets a reply there, by name and address, where that is not whom it was written to; else empty."""
    written_to: str
    """Whom it was written to, where the two differ."""
    fields: tuple[FieldDispute, ...]
    messages: tuple[Entry, ...]
    """What came between the decision and now, oldest first."""
    changes: tuple[LogLine, ...]
    """What others changed meanwhile, oldest first."""
    change: int | None
    """Key of the change that a reply goes before and that is decided with it; its fields are ``fields``."""
    change_words: str
    """What that does; empty where there is none."""
    behind: int
    """Later operations of the ticket that it holds back, without that one."""

    @property
    def other_reader(self) -> str:
        """That a reply would go to another person when it is carried over; empty where it would not."""
        if not self.recipient:
            return ""
        then = f"; it was written to {self.written_to}" if self.written_to else ""
        return f"On {self.other_number} it would go to {self.recipient}{then}."


def read(
    connection: sqlite3.Connection, key: int, hiding: Callable[[int], Callable[[str], str]]
) -> Dispute | None:
    """The dispute about an operation; None where it does not wait for a person (any more)."""
    operation = outbox.load(connection, key)
    if operation is None or not operation.state.needs_decision:
        return None
    base = effective.ticket_base(connection, operation.ticket)
    gone, other, other_number = _gone(connection, operation)
    written_to, recipient = _readers(connection, operation, other)
    evidence = operation.base.get(EVIDENCE)
    seen = evidence if isinstance(evidence, int) else None
    hide = hiding(operation.ticket)
    messages = _messages_since(connection, operation, seen, hide)
    change = outbox.change_behind(connection, operation)
    fields = _fields(connection, change or operation, base)
    updates = operation.kind is OperationKind.UPDATE and bool(fields)
    wrote = [entry for entry in messages if entry.direction is Direction.INBOUND and not entry.automatic]
    return Dispute(
        operation=key,
        kind=operation.kind,
        text=hide(safe_lines(operation.text)),
        action=operation.action,
        closes=operation.sets.get("status") in (Status.RESOLVED.value, Status.CLOSED.value),
        written=updates and not gone and all(field.theirs == field.mine for field in fields),
        customer_wrote=EVIDENCE in operation.base and any(seen is None or e.at > seen for e in wrote),
        gone=gone,
        other=other,
        other_number=other_number,
        recipient=recipient,
        written_to=written_to,
        fields=fields,
        messages=tuple(messages[-SHOWN:]),
        changes=tuple(_changes_since(connection, operation)[-SHOWN:]),
        change=None if change is None else change.key,
        change_words="" if change is None else outbox.describe(connection, change),
        behind=int(
            scalar(
                connection,
                "SELECT count(*) FROM operation WHERE ticket = ? AND key > ? AND key IS NOT ?"
                f" AND state IN {outbox.OPEN}",
                operation.ticket,
                key,
                None if change is None else change.key,
            )
        ),
    )


def heir(connection: sqlite3.Connection, ticket: int) -> tuple[int | None, str]:
    """The ticket that a merged one's work belongs to now, through further merges; its key and number.

    The key is None where that ticket is not here; the number is then the desk's id.
    """
    name = ""
    for _ in range(20):
        row = connection.execute("SELECT gone, merged_into FROM ticket WHERE key = ?", (ticket,)).fetchone()
        if row is None:
            return None, name
        if row[0] != TombstoneReason.MERGED.value:
            here = row[0] in ("", TombstoneReason.OUT_OF_SCOPE.value)
            return (ticket if here else None), safe_text(number_of(connection, ticket))
        name = safe_text(row[1])
        following = tickets.key_of_id(connection, row[1])
        if following is None:
            tombstone = tickets.tombstone_of(connection, row[1])
            return None, safe_text(tombstone.merged_into) if tombstone and tombstone.merged_into else name
        ticket = following
    return None, name


def _gone(connection: sqlite3.Connection, operation: Operation) -> tuple[str, int | None, str]:
    gone = str(scalar(connection, "SELECT gone FROM ticket WHERE key = ?", operation.ticket) or "")
    if gone != TombstoneReason.MERGED.value:
        return ("" if gone == TombstoneReason.OUT_OF_SCOPE.value else gone), None, ""
    return gone, *heir(connection, operation.ticket)


def _readers(connection: sqlite3.Connection, operation: Operation, other: int | None) -> tuple[str, str]:
    """Whom a reply was written to, and who would get it on the ticket that its own was merged into.

    Both are empty where that is the same person, and where it is no reply.
    """
    if operation.kind is not OperationKind.REPLY or other is None or other == operation.ticket:
        return "", ""
    then, now = effective.read(connection, operation.ticket), effective.read(connection, other)
    if then is None or now is None or then.fields.requester == now.fields.requester:
        return "", ""
    return _address(then), _address(now)


def _address(ticket: effective.Effective) -> str:
    person = ticket.requester
    if person is None:
        return safe_text(ticket.fields.requester, 120)
    words = f"{person.name} <{person.email}>" if person.name and person.email else person.name or person.email
    return safe_text(words or person.id, 120)


def _fields(
    connection: sqlite3.Connection, operation: Operation, ticket: Ticket | None
) -> tuple[FieldDispute, ...]:
    if operation.kind is OperationKind.CREATE:
        return ()
    found: list[FieldDispute] = []
    for name, mine in operation.sets.items():
        theirs: FieldValue = None if ticket is None else overlay.value_in(ticket, name)
        base = operation.base.get(name)
        known = name in operation.base
        told = [outbox.told(connection, name, value) for value in (base, mine, theirs)]
        together = name in SET_FIELDS and known  # what others did to it stays: nothing to decide
        clash = (
            not together and ticket is not None and told[2] != told[1] and (not known or told[2] != told[0])
        )
        by, at = _who_set(connection, operation, name, theirs) if clash else ("", None)
        found.append(
            FieldDispute(
                name=safe_text(name.replace("_", " ")),
                field=name,
                base=safe_text(told[0], 200) if known else "",
                mine=safe_text(told[1], 200),
                theirs=safe_text(told[2], 200),
                clash=clash,
                by=by,
                at=at,
            )
        )
    return tuple(found)


def _who_set(
    connection: sqlite3.Connection, operation: Operation, name: str, value: FieldValue
) -> tuple[str, Instant | None]:
    wanted = None if value in (None, "", []) else str(value)
    row = connection.execute(
        "SELECT coalesce(p.name, e.actor), e.at FROM event e LEFT JOIN person p ON p.id = e.actor"
        " WHERE e.ticket = ? AND e.field = ? AND e.new IS ?"
        " ORDER BY e.at DESC, length(e.id) DESC, e.id DESC LIMIT 1",
        (operation.ticket, name, wanted),
    ).fetchone()
    return ("", None) if row is None else (safe_text(row[0]), row[1])


def _messages_since(
    connection: sqlite3.Connection, operation: Operation, seen: Instant | None, hide: conversation.Hide
) -> list[Entry]:
    """What others wrote unseen: the customer since the evidence, everybody since the decision."""
    if operation.kind is OperationKind.CREATE:
        return []
    judged = EVIDENCE in operation.base
    customer = (seen if seen is not None else -1) if judged else operation.created
    rows = connection.execute(
        "SELECT key FROM message WHERE ticket = ? AND author <> ? AND operation <> ?"
        " AND at > CASE direction WHEN ? THEN ? ELSE ? END",
        (
            operation.ticket,
            operation.actor,
            operation.id,
            Direction.INBOUND.value,
            customer,
            operation.created,
        ),
    )
    keys = {row[0] for row in rows}
    if not keys:
        return []
    newest = conversation.entries(connection, operation.ticket, None, _LOOKED_AT, hide)
    return [entry for entry in newest if entry.key in keys]


def _changes_since(connection: sqlite3.Connection, operation: Operation) -> list[LogLine]:
    if operation.kind is OperationKind.CREATE:
        return []
    name = conversation.author_name(connection, operation)
    return [
        line
        for line in conversation.log(connection, operation.ticket)
        if line.at >= operation.created and line.actor_name != safe_text(name)
    ]
