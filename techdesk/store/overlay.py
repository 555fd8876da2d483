"""The ticket as it will be: the desk's values with unsent operations laid over them, in order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from techdesk.model import (
    SET_FIELDS,
    Channel,
    Direction,
    FieldValue,
    Instant,
    Operation,
    OperationKind,
    Status,
    Ticket,
    Visibility,
    merged_set,
)
from techdesk.sla.history import Change, MessageFact

LOGGED_FIELDS = ("status", "priority", "owner", "queue", "severity", "subject")
"""Fields whose change the desk logs, and which an unsent change therefore adds to the history."""

_STATUS = {status.value: status for status in Status}
_CHANNEL = {channel.value: channel for channel in Channel}


class Fields(Struct):
    """Working copy of a ticket's values. Not frozen: the overlay writes on it, then hands it out."""

    number: str
    subject: str
    status: Status
    priority: int | None
    priority_label: str
    severity: int | None
    kind: str
    queue: str
    owner: str
    requester: str
    organisation: str
    channel: Channel
    tags: tuple[str, ...]
    created: Instant
    updated: Instant
    closed: Instant | None
    close_reason: str
    escalation_level: int
    watchers: tuple[str, ...]
    links: tuple[str, ...]
    time_worked: int
    """Minutes."""
    changes: list[Change]
    """What unsent operations add to the log."""
    messages: list[MessageFact]
    """What unsent operations add to the conversation."""


def of_base(base: Ticket) -> Fields:
    """The desk's own values."""
    return Fields(
        base.number,
        base.subject,
        base.status,
        base.priority,
        base.priority_label,
        base.severity,
        base.kind,
        base.queue,
        base.owner,
        base.requester,
        base.organisation,
        base.channel,
        base.tags,
        base.created,
        base.updated,
        base.closed,
        base.close_reason,
        base.escalation_level,
        base.watchers,
        base.links,
        base.time_worked,
        [],
        [],
    )


def of_create(key: int, operation: Operation) -> Fields:
    """A ticket that the desk does not know yet, from the operation that makes it."""
    fields = Fields(
        f"NEW-{key}",
        "",
        Status.NEW,
        None,
        "",
        None,
        "",
        "",
        "",
        "",
        "",
        operation.channel,
        (),
        operation.created,
        operation.created,
        None,
        "",
        0,
        (),
        (),
        0,
        [],
        [],
    )
    sets = operation.sets
    for name, value in sets.items():
        _set(fields, name, value)
    fields.requester = text_of(sets.get("requester")) or text_of(sets.get("requester_name"))
    fields.organisation = text_of(sets.get("organisation"))
    fields.kind = text_of(sets.get("kind"))
    named = _CHANNEL.get(text_of(sets.get("channel")))
    fields.channel = named or operation.channel
    if operation.text:
        # What the caller said, typed by us: the customer's first message, and no answer to it.
        fields.messages.append(
            MessageFact(
                at=operation.created,
                direction=Direction.INBOUND,
                visibility=Visibility.PUBLIC,
                channel=fields.channel,
            )
        )
    return fields


def lay_over(fields: Fields, operations: Iterable[Operation], newest: Instant) -> None:
    """Write pending operations over ``fields``, in order.

    :param newest: instant of the desk's newest logged change. An unsent one is never told as older: the value
        that is shown has to be the last one in the log.
    """
    for operation in operations:
        at = max(operation.created, newest)
        for name, value in operation.sets.items():
            before = logged(fields, name)
            if name in SET_FIELDS and name in operation.base:
                value = list(merged_set(operation.base[name], value, list(getattr(fields, name))))
            if not _set(fields, name, value):
                continue
            after = logged(fields, name)
            if name in LOGGED_FIELDS and before != after:
                fields.changes.append(Change(at=at, field=name, old=before, new=after, actor=operation.actor))
            if name == "status":
                _close_or_reopen(fields, operation.created)
        if operation.kind.is_message:
            reply = operation.kind is OperationKind.REPLY
            fields.messages.append(
                MessageFact(
                    at=operation.created,
                    direction=Direction.OUTBOUND,
                    visibility=Visibility.PUBLIC if reply else Visibility.INTERNAL,
                    channel=operation.channel,
                )
            )
        fields.updated = max(fields.updated, operation.created)


def _close_or_reopen(fields: Fields, at: Instant) -> None:
    if fields.status.is_active:
        fields.closed = None
        fields.close_reason = ""
    elif fields.closed is None:
        fields.closed = at


def logged(fields: Fields, name: str) -> str | None:
    """A field's value as the log would tell it: text, None for unset."""
    value = getattr(fields, name, None) if name in LOGGED_FIELDS else None
    return None if value is None or value == "" else str(value)


def _set(fields: Fields, name: str, value: FieldValue) -> bool:
    """Set one field by its neutral name; False for one that is not shown."""
    match name:
        case "status":
            fields.status = _STATUS.get(text_of(value), fields.status)
        case "priority":
            fields.priority = number_of(value)
        case "severity":
            fields.severity = number_of(value)
        case "owner":
            fields.owner = text_of(value)
        case "queue":
            fields.queue = text_of(value)
        case "subject":
            fields.subject = text_of(value)
        case "close_reason":
            fields.close_reason = text_of(value)
        case "tags":
            fields.tags = tuple(value) if isinstance(value, list) else ()
        case "watchers":
            fields.watchers = tuple(value) if isinstance(value, list) else ()
        case "links":
            fields.links = tuple(value) if isinstance(value, list) else ()
        case "minutes":
            fields.time_worked += number_of(value) or 0
        case "requester":
            fields.requester = text_of(value)
        case _:
            return False
    return True


def text_of(value: FieldValue) -> str:
    """A field's value as text; empty for None."""
    return value if isinstance(value, str) else "" if value is None else str(value)


def number_of(value: FieldValue) -> int | None:
    """A field's value as a number; None where it is none."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return None


def value_in(ticket: Ticket, name: str) -> FieldValue:
    """What the desk's version holds in a field, in the form that an operation's base has."""
    value = getattr(ticket, name, None)
    if isinstance(value, tuple):
        return list(value)
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


def status_since(created: Instant, changes: Sequence[Change]) -> Instant:
    """When the present status began."""
    for change in reversed(changes):
        if change.field == "status":
            return change.at
    return created
