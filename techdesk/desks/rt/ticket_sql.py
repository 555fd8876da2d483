"""Queries in RT's own languages: TicketSQL, TransactionSQL and the JSON form of the other collections.

No time but a relative one is ever written into TicketSQL: RT reads it in the zone of the token's owner and
ignores any zone beside it (RT quirk 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from techdesk.model import Scope

PAGE = 100
"""Rows a page; RT caps at 100 without a word (RT quirk 4)."""

TICKET_FIELDS: dict[str, str] = {
    "fields": "Subject,Status,Queue,Owner,Requestor,Priority,SLA,CustomFields"
    ",Created,LastUpdated,Due,Resolved,Cc,TimeWorked",
    "fields[Queue]": "Name",
    "fields[Owner]": "RealName,EmailAddress,Organization",
    "fields[Requestor]": "RealName,EmailAddress,Organization",
    "fields[Cc]": "RealName,EmailAddress,Organization",
}
LINKS = "_hyperlinks"
"""Asked for few rows only: it doubles the time of a page (DESKS 2.3). Of many the log tells the links."""
TRANSACTION_FIELDS: dict[str, str] = {
    "fields": "Type,Field,OldValue,NewValue,ObjectId,Created,Creator",
    "fields[Creator]": "RealName,EmailAddress,Organization",
}
PART_FIELDS: dict[str, str] = {"fields": "TransactionId,ContentType,Filename,Headers"}
CONTENT_FIELDS: dict[str, str] = {"fields": "TransactionId,Content"}

ACTIVE = "Status = '__Active__'"
INACTIVE = "Status = '__Inactive__'"
ON_TICKETS = "ObjectType = 'RT::Ticket'"


def quote(value: str) -> str:
    """A value as a literal; what is no printable character has no business in a query."""
    cleaned = "".join(character if character.isprintable() else " " for character in value)
    escaped = cleaned.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def any_of(field: str, numbers: Iterable[int]) -> str:
    """``(id = 1 OR id = 2)``: TransactionSQL knows no IN (RT quirk 8)."""
    return "(" + " OR ".join(f"{field} = {number}" for number in sorted(set(numbers))) + ")"


def closed_lately(scope: Scope) -> str:
    """Tickets closed inside the scope. Relative, so it means the same to a user in any zone."""
    return f"({INACTIVE} AND Resolved > '{scope.closed_days} days ago')"


def in_scope(scope: Scope) -> str:
    """Every ticket that a profile keeps."""
    return f"({ACTIVE} OR {closed_lately(scope)})"


def matching(text: str) -> str:
    """What a person would look for: in the subject, or who asked; or a ticket by its number."""
    words = text.strip()
    literal = quote(words)
    fields = ("Subject", "Requestor.EmailAddress", "Requestor.RealName")
    found = " OR ".join(f"{field} LIKE {literal}" for field in fields)
    number = words.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 12:
        found = f"id = {int(number)} OR {found}"
    return f"({found})"


def json_any_of(field: str, numbers: Sequence[int]) -> bytes:
    """The JSON form of an OR over one field, as a body (too long for a URL)."""
    rows = [
        {"field": field, "operator": "=", "value": number, "entry_aggregator": "OR"}
        for number in sorted(set(numbers))
    ]
    return msgspec.json.encode(rows)
