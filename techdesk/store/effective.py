"""Reads one ticket with everything its list row and its clock depend on."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import (
    Channel,
    Direction,
    Instant,
    Operation,
    OperationKind,
    OperationState,
    Person,
    Role,
    Ticket,
    Visibility,
)
from techdesk.sla.grading import REVIEWED
from techdesk.sla.history import Change, History, MessageFact
from techdesk.store import outbox, overlay
from techdesk.store.clocks import Complete
from techdesk.store.driver import sqlite3

encode_ticket = msgspec.msgpack.Encoder().encode
decode_ticket = msgspec.msgpack.Decoder(Ticket).decode

_DIRECTION = {direction.value: direction for direction in Direction}
_VISIBILITY = {visibility.value: visibility for visibility in Visibility}
_CHANNEL = {channel.value: channel for channel in Channel}
_ROLE = {role.value: role for role in Role}

_TICKET = "SELECT id, base, unread, gone, merged_into, read_at FROM ticket WHERE key = ?"
_MESSAGES = (
    "SELECT at, direction, visibility, automatic, channel, operation FROM message WHERE ticket = ?"
    " ORDER BY at, key"
)
REVIEW_NOTE = '"kind":"review"'
"""In the JSON of a record of a review (``rules.records``), which is written without spaces."""
_REVIEWED = (
    "SELECT min(m.at) FROM message m JOIN message_body b ON b.key = m.key WHERE m.ticket = ?"
    " AND m.visibility = 'internal' AND m.direction = 'out' AND instr(b.body, ?)"
)
_CAME_WITH = 60
"""Seconds after a ticket's creation in which its first message is the one that opened it."""
_EVENTS = "SELECT at, field, old, new, actor FROM event WHERE ticket = ? ORDER BY at, length(id), id"
_ORGANISATION = "SELECT id, name, policy, region FROM organisation WHERE id = ?"
_PERSON = "SELECT id, name, email, role, organisation, vip FROM person WHERE id = ?"


class Effective(Struct, frozen=True):
    """A ticket as it will be, and where its values come from."""

    base: Ticket | None
    fields: overlay.Fields
    history: History
    operations: list[Operation]
    """Open ones, oldest first."""
    unread: bool
    gone: str
    merged_into: str
    requester: Person | None
    organisation_id: str
    organisation_name: str
    queue_name: str
    policy_hint: str
    last_customer_message: Instant | None
    last_public_reply: Instant | None
    message_count: int
    status_since: Instant
    regraded: bool = False
    """Whether its severity is one that the desk does not have yet, and so has no words for."""


def ticket_base(connection: sqlite3.Connection, key: int) -> Ticket | None:
    """The desk's version of a ticket; None before the desk knows it."""
    row = connection.execute("SELECT base FROM ticket WHERE key = ?", (key,)).fetchone()
    return None if row is None or row[0] is None else decode_ticket(row[0])


def person(connection: sqlite3.Connection, id: str) -> Person | None:
    """A person by id, raw."""
    row = connection.execute(_PERSON, (id,)).fetchone() if id else None
    return None if row is None else person_of(row)


def known(ticket: Effective, complete: Complete) -> Effective:
    """The same with what the site's own files know of its customer (``Clocks.complete``)."""
    history = complete(ticket.history)
    return ticket if history is ticket.history else replace(ticket, history=history)


def person_of(row: tuple[Any, ...]) -> Person:
    """A person from (id, name, email, role, organisation, vip)."""
    return Person(
        id=row[0],
        name=row[1],
        email=row[2],
        role=_ROLE.get(row[3], Role.REQUESTER),
        organisation=row[4],
        vip=bool(row[5]),
    )


def read(connection: sqlite3.Connection, key: int) -> Effective | None:
    """A ticket by key, laid over with what is unsent; None where there is no such ticket."""
    row = connection.execute(_TICKET, (key,)).fetchone()
    if row is None:
        return None
    base = None if row[1] is None else decode_ticket(row[1])
    operations = outbox.open_of(connection, key)
    messages = connection.execute(_MESSAGES, (key,)).fetchall()
    events = connection.execute(_EVENTS, (key,)).fetchall()
    arrived = {message[5] for message in messages if message[5]} if operations else set()
    noted = any(row[1:3] == (Direction.OUTBOUND.value, Visibility.INTERNAL.value) for row in messages)
    return combine(
        connection,
        key,
        base,
        operations,
        messages,
        events,
        arrived,
        unread=bool(row[2]),
        gone=row[3],
        merged_into=row[4],
        reviewed=connection.execute(_REVIEWED, (key, REVIEW_NOTE)).fetchone()[0] if noted else None,
    )


def combine(
    connection: sqlite3.Connection,
    key: int,
    base: Ticket | None,
    operations: list[Operation],
    messages: list[tuple[Any, ...]],
    events: list[tuple[Any, ...]],
    arrived: set[str],
    *,
    unread: bool,
    gone: str = "",
    merged_into: str = "",
    reviewed: Instant | None = None,
) -> Effective | None:
    """The same from parts at hand. None where neither the desk nor an operation says what the ticket is.

    ``reviewed``: when the first record of a review was noted that the desk has.
    """
    fields = _fields(key, base, operations)
    if fields is None:
        return None
    changes = [
        Change(at=at, field=field, old=old, new=new, actor=actor) for at, field, old, new, actor in events
    ]
    facts = [
        MessageFact(
            at=at,
            direction=_DIRECTION[direction],
            visibility=_VISIBILITY[visibility],
            automatic=bool(automatic),
            channel=_CHANNEL.get(channel, Channel.UNKNOWN),
        )
        for at, direction, visibility, automatic, channel, _ in messages
    ]
    regraded = False
    if operations:
        undecided = {operation.batch for operation in operations if operation.state.needs_decision}
        pending = [
            operation
            for operation in operations
            if operation.state.is_pending
            and operation.kind is not OperationKind.CREATE
            # What waits with a message of the same key press is decided with it: the desk's value shows.
            and not (operation.kind is OperationKind.UPDATE and operation.batch in undecided)
        ]
        # A message that came back through the feed before its answer did is told once, as the desk has it.
        pending = [_without_message(op) if op.id in arrived else op for op in pending]
        overlay.lay_over(fields, pending, changes[-1].at if changes else fields.created)
        regraded = fields.severity != (None if base is None else base.severity)
        if base is None or fields.priority != base.priority:
            fields.priority_label = _priority_label(connection, fields)
        elif regraded and fields.priority is None:
            fields.priority_label = ""  # the desk's word is for the severity that it has
        changes += fields.changes
        facts += fields.messages
        facts.sort(key=_at)
    if fields.channel is Channel.UNKNOWN and facts and _opened_by_mail(facts[0], fields.created):
        fields.channel = Channel.EMAIL
    reviews = [op.created for op in operations if op.kind is OperationKind.COMMENT and REVIEW_NOTE in op.text]
    if reviewed is not None or reviews:
        at = min(reviews if reviewed is None else [*reviews, reviewed])
        changes.append(Change(at=at, field=REVIEWED, old=None, new="yes"))
        changes.sort(key=_changed_at)
    requester = person(connection, fields.requester) or _person_by_email(connection, fields.requester)
    if requester is not None:
        fields.requester = requester.id
    organisation_id = fields.organisation or (requester.organisation if requester else "")
    organisation = (
        connection.execute(_ORGANISATION, (organisation_id,)).fetchone() if organisation_id else None
    )
    queue = connection.execute("SELECT name FROM queue WHERE id = ?", (fields.queue,)).fetchone()
    organisation_name = organisation[1] if organisation else organisation_id
    last_customer, last_reply = _last_messages(facts)
    return Effective(
        base=base,
        fields=fields,
        history=History(
            created=fields.created,
            status=fields.status,
            priority=fields.priority,
            severity=fields.severity,
            kind=fields.kind,
            channel=fields.channel,
            region=organisation[3] if organisation else "",
            vip=requester is not None and requester.vip,
            organisation=organisation_name,
            requester=requester,
            changes=tuple(changes),
            messages=tuple(facts),
        ),
        operations=operations,
        unread=unread,
        gone=gone,
        merged_into=merged_into,
        requester=requester,
        organisation_id=organisation_id,
        organisation_name=organisation_name,
        queue_name=queue[0] if queue else fields.queue,
        policy_hint=organisation[2] if organisation else "",
        last_customer_message=last_customer,
        last_public_reply=last_reply,
        message_count=len(facts),
        status_since=overlay.status_since(fields.created, changes),
        regraded=regraded,
    )


def _at(fact: MessageFact) -> Instant:
    return fact.at


def _changed_at(change: Change) -> Instant:
    return change.at


def _opened_by_mail(first: MessageFact, created: Instant) -> bool:
    """Whether a ticket came by e-mail, where no field of the desk says so (RT without a custom field)."""
    mailed = first.direction is Direction.INBOUND and first.channel is Channel.EMAIL
    return mailed and first.at - created < _CAME_WITH


def _fields(key: int, base: Ticket | None, operations: list[Operation]) -> overlay.Fields | None:
    if base is not None:
        fields = overlay.of_base(base)
        if not fields.priority_label and fields.priority is not None:
            fields.priority_label = f"P{fields.priority}"
        return fields
    for operation in operations:
        if operation.kind is OperationKind.CREATE:
            return overlay.of_create(key, operation)
    return None


def _without_message(operation: Operation) -> Operation:
    """An operation whose message is here already: only its fields are still to come."""
    sets = {name: value for name, value in operation.sets.items() if name != "minutes"}
    return msgspec.structs.replace(operation, kind=OperationKind.UPDATE, sets=sets)


def _priority_label(connection: sqlite3.Connection, fields: overlay.Fields) -> str:
    """The label that the queue's other tickets have for this number, else ``P<n>``."""
    if fields.priority is None:
        return ""
    row = connection.execute(
        "SELECT label FROM priority_label WHERE queue = ? AND priority = ?", (fields.queue, fields.priority)
    ).fetchone()
    return row[0] if row else f"P{fields.priority}"


def _person_by_email(connection: sqlite3.Connection, address: str) -> Person | None:
    if "@" not in address:
        return None
    row = connection.execute(
        "SELECT id, name, email, role, organisation, vip FROM person WHERE email = ? COLLATE NOCASE",
        (address,),
    ).fetchone()
    return None if row is None else person_of(row)


def _last_messages(facts: list[MessageFact]) -> tuple[Instant | None, Instant | None]:
    """Instants of the newest customer message and of the newest public one of ours; machines do not count."""
    customer: Instant | None = None
    reply: Instant | None = None
    for fact in reversed(facts):
        if fact.automatic or fact.visibility is not Visibility.PUBLIC:
            continue
        if fact.direction is Direction.INBOUND:
            customer = fact.at if customer is None else customer
        elif reply is None:
            reply = fact.at
        if customer is not None and reply is not None:
            break
    return customer, reply


def attention(operations: list[Operation]) -> str:
    """``conflict`` or ``rejected`` where one of the operations waits for a person; a conflict goes first."""
    states = {operation.state for operation in operations}
    if OperationState.CONFLICT in states:
        return OperationState.CONFLICT.value
    return OperationState.REJECTED.value if OperationState.REJECTED in states else ""
