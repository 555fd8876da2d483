"""What a write met that nobody could prevent: looked for in the answer, and told to a person.

A desk whose check and write are not one step (class C), or that checks nothing (class D), lets a change in
between go under. Its log shows it afterwards (SYNC section 1, "servers without the means").
"""

from __future__ import annotations

from collections.abc import Mapping

from techdesk.desks.port import Page
from techdesk.model import SET_FIELDS, Event, FieldValue, Operation, OperationKind, Role
from techdesk.sync.comparison import LAST_CUSTOMER_MESSAGE, is_close


def found_afterwards(
    operation: Operation, page: Page, own_effects: Mapping[str, FieldValue] | None = None
) -> str:
    """One sentence about what this accepted operation went over; empty where it met nothing."""
    if is_close(operation) and LAST_CUSTOMER_MESSAGE in operation.base:
        seen = operation.base[LAST_CUSTOMER_MESSAGE]
        for message in page.messages:
            if (
                message.ticket == operation.ticket_id
                and message.is_customers_word
                and (not isinstance(seen, int) or message.at > seen)
            ):
                return (
                    "It is closed now, but the customer wrote at the same moment:"
                    " read it, and reopen the ticket if it needs an answer."
                )
    if operation.kind is not OperationKind.UPDATE:
        return ""
    ours = {operation.actor} | {person.id for person in page.people if person.role is Role.SYSTEM}
    for field, mine in operation.sets.items():
        if field not in operation.base:
            continue
        expected = {_text(operation.base[field]), _text(mine)}
        if own_effects is not None and field in own_effects:
            expected.add(_text(own_effects[field]))
        if field in SET_FIELDS:
            written = _newest_of(page, operation, field, ours)
            if written is None or not _went_over(operation.base[field], mine, written):
                continue
        else:
            written = _newest(page, operation, field, _text(mine))
            if written is None or written.actor not in ours or written.old in expected:
                continue
        for event in page.events:
            foreign = event.ticket == operation.ticket_id and event.field == field and event.actor not in ours
            if foreign and event.new == written.old and operation.created <= event.at <= written.at:
                name = field.replace("_", " ")
                return (
                    f"Written, but somebody had just set {name} to {event.new or 'nothing'}:"
                    " that was not seen, and is no longer there."
                )
    return ""


def _newest(page: Page, operation: Operation, field: str, new: str | None) -> Event | None:
    """The newest change of a field to a value."""
    found = None
    for event in page.events:
        if event.ticket == operation.ticket_id and event.field == field and event.new == new:
            found = event if found is None or event.at >= found.at else found
    return found


def _newest_of(page: Page, operation: Operation, field: str, ours: set[str]) -> Event | None:
    """The newest change of a field by us since this was decided, whatever it was set to."""
    found = None
    for event in page.events:
        own = event.ticket == operation.ticket_id and event.field == field and event.actor in ours
        if own and event.at >= operation.created:
            found = event if found is None or event.at >= found.at else found
    return found


def _went_over(base: FieldValue, mine: FieldValue, written: Event) -> bool:
    """Whether a set lost or got back what we neither took off nor put on."""
    seen, meant = _members(_text(base)), _members(_text(mine))
    old, new = _members(written.old), _members(written.new)
    return bool(((old - new) - (seen - meant)) | ((new - old) - (meant - seen)))


def _members(text: str | None) -> set[str]:
    return set(text.split(", ")) if text else set()


def _text(value: FieldValue) -> str | None:
    """A value as an event tells it."""
    if isinstance(value, list):
        return ", ".join(value) or None
    return None if value is None or value == "" else str(value)
