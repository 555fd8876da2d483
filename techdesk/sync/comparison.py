"""May an operation still be sent as it was meant? Rules 4, 5 and 10 (SYNC section 1).

For each field that the operation sets there are three values: what the technician saw (base), what it is
to be (mine), what the desk holds now (theirs).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum

from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import (
    SET_FIELDS,
    FieldValue,
    Instant,
    Operation,
    OperationKind,
    Status,
    Ticket,
    merged_set,
)

LAST_CUSTOMER_MESSAGE = "last_customer_message"
"""Member of ``Operation.base``: when the customer had written last, as the technician knew it."""


Told = Callable[[str, FieldValue], str]
"""A field's value in words."""
_NAMED = ("owner", "requester", "queue", "organisation", "priority")
"""Fields whose values people know by another name: ids, and the level of a priority."""


class Verdict(Enum):
    """What the comparison says."""

    SEND = "send"
    DONE = "done"
    """The desk holds every value already: nothing to send."""
    CONFLICT = "conflict"


class Comparison(Struct, frozen=True):
    """A verdict, and for a conflict one sentence for people."""

    verdict: Verdict
    words: str = ""


def compare(
    operation: Operation,
    ticket: Ticket,
    last_customer_message: Instant | None,
    own_effects: Mapping[str, FieldValue] | None = None,
    told: Told | None = None,
) -> Comparison:
    """Compare an operation with the ticket as the desk told it last.

    ``last_customer_message`` is the newest held. A close is a conflict when it is newer than the evidence,
    even if no field moved (rule 10); so is a reply that was written against evidence. ``own_effects`` are
    values that an earlier operation of the same technician brought about (a reply opens a new ticket): they
    are no colleague's change. ``told`` names the person or queue that a value is the id of.
    """
    answers = operation.kind is OperationKind.REPLY or is_close(operation)
    if answers and LAST_CUSTOMER_MESSAGE in operation.base:
        seen = operation.base[LAST_CUSTOMER_MESSAGE]
        known = seen if isinstance(seen, int) else None
        if last_customer_message is not None and (known is None or last_customer_message > known):
            return Comparison(Verdict.CONFLICT, "The customer wrote again after this was decided")
    if operation.kind is not OperationKind.UPDATE:
        return Comparison(Verdict.SEND)
    clashes: list[str] = []
    missing = False
    for field, mine in operation.sets.items():
        theirs = value_of(ticket, field)
        if _same(theirs, wanted(operation, ticket, field, mine)):
            continue
        missing = True
        if field in SET_FIELDS or field not in operation.base or _same(theirs, operation.base[field]):
            continue
        if own_effects is not None and field in own_effects and _same(theirs, own_effects[field]):
            continue
        says = told if told is not None and field in _NAMED else _shown
        clashes.append(
            f"{_name(field)} is now {says(field, theirs)}, was {says(field, operation.base[field])}"
        )
    if clashes:
        return Comparison(Verdict.CONFLICT, f"Somebody changed the same: {'; '.join(clashes)}")
    return Comparison(Verdict.SEND if missing or not operation.sets else Verdict.DONE)


def wanted(operation: Operation, ticket: Ticket, field: str, mine: FieldValue) -> FieldValue:
    """What a field is to be. Of a set that was seen, only what we put on and took off is ours (three-way)."""
    if field in SET_FIELDS and field in operation.base:
        return list(merged_set(operation.base[field], mine, value_of(ticket, field)))
    return mine


def as_sent(operation: Operation, ticket: Ticket | None) -> Operation:
    """The operation as it goes out to this ticket: with what others did to its sets in it.

    What is stored stays what was meant, so that it can be laid over whatever comes.
    """
    if operation.kind is not OperationKind.UPDATE or ticket is None:
        return operation
    sets = {field: wanted(operation, ticket, field, mine) for field, mine in operation.sets.items()}
    return operation if sets == operation.sets else replace(operation, sets=sets)


def is_close(operation: Operation) -> bool:
    """Whether an operation takes a ticket out of the active ones."""
    if operation.kind is not OperationKind.UPDATE:
        return False
    return operation.sets.get("status") in (Status.RESOLVED, Status.CLOSED)


def value_of(ticket: Ticket, field: str) -> FieldValue:
    """A ticket's field as an operation would set it."""
    value = getattr(ticket, field, None)
    if isinstance(value, tuple):
        return [str(part) for part in value]
    return value if isinstance(value, str | int | bool) else None


def _same(one: FieldValue, other: FieldValue) -> bool:
    """Equality of values: unset and empty are one, and tags have no order."""
    if isinstance(one, list) or isinstance(other, list):
        return _sorted(one) == _sorted(other)
    return (one if one != "" else None) == (other if other != "" else None)


def _sorted(value: FieldValue) -> list[str]:
    if isinstance(value, list):
        return sorted(value)
    return [] if value in (None, "") else [str(value)]


def _name(field: str) -> str:
    return field.replace("_", " ")


def _shown(_: str, value: FieldValue) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "nothing"
    return "nothing" if value in (None, "") else str(value)
