"""Which columns a list of tickets shows at which width, and what stands in them. Pure.

The countdown is not among them: it is the left edge of every line, at every width.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from techdesk.model import Instant, Status
from techdesk.store.rows import Row
from techdesk.widgets.moments import age
from techdesk.widgets.sla_clock import clock_word

NO_SUBJECT = "(no subject)"
Kind = Literal["queue", "sla"]
"""The queue gives the room to the subject, the SLA screen to the customer."""

STATUS_SHORT = {
    Status.NEW: "new",
    Status.OPEN: "open",
    Status.WAITING: "wait",
    Status.HOLD: "hold",
    Status.VENDOR: "vend",
    Status.RESOLVED: "done",
    Status.CLOSED: "clos",
}
NOBODY = "nobody"

MARKED = "◆"
"""Stands in the left edge of a marked ticket, behind the glyph of its clock."""
MARK_UNREAD = "•"
MARK_PENDING = "↑"
MARK_ATTENTION = "?"
MARK_DRAFT = "✎"
MARK_VIP = "★"
MARKS = (
    (MARKED, "marked: the next action goes to the marked tickets"),
    (MARK_UNREAD, "a customer message that you have not read"),
    (MARK_PENDING, "a change that has not reached the desk"),
    (MARK_ATTENTION, "a change that waits for your decision: see the outbox"),
    (MARK_DRAFT, "a draft of yours that is not sent"),
    (MARK_VIP, "a VIP"),
)
"""What the marks mean, for the help screen."""

SORTED_BY = {
    "number": "number",
    "priority": "priority",
    "priority_short": "priority",
    "status": "status",
    "status_short": "status",
    "owner": "owner",
    "organisation": "organisation",
    "requester": "requester",
    "queue": "queue",
    "subject": "subject",
    "metric": "metric",
    "marks": "unread",
    "answered": "answered",
}
"""Column -> the order of the store that sorts by it. What the state says is the countdown's own order."""


class Column(Struct, frozen=True):
    """One column: what it shows, its heading, and its cells without the space after it."""

    id: str
    title: str
    width: int
    style: str = ""
    """Component class of its words."""


class Widths(Struct, frozen=True):
    """Cells that the desk's own words need, as far as rows have been seen."""

    number: int = 8
    priority: int = 2
    """Of the whole grade."""
    priority_short: int = 2
    """Of the grade in few cells, for a narrow list."""
    word: int = 8
    """Of the state in a word; longer only where a review is past its hour."""


_SUBJECT_LEAST = 12
_ROOM_FOR_GRADE = 84
"""Cells from which on a grade on two axes stands whole (``S3·Medium``)."""
_ROOM_FOR_ANSWERED = 160
"""Cells from which on there is room for when we last wrote to the customer."""


def plan(width: int, kind: Kind, widths: Widths) -> tuple[Column, ...]:
    """The columns for ``width`` cells, without those of the countdown; the last one gets the rest."""
    number = Column("number", "TICKET", widths.number, "ticket-table--number")
    whole = width >= _ROOM_FOR_GRADE
    priority = (
        Column("priority", "PRI", max(3, widths.priority))
        if whole
        else Column("priority_short", "PRI", max(3, widths.priority_short))
    )
    marks = Column("marks", f"{MARK_UNREAD}{MARK_PENDING}{MARK_VIP}", 3, "ticket-table--marks")
    metric = Column("metric", "SLA", 3, "ticket-table--quiet")
    if kind == "sla":
        chosen, rest = _sla(width, number, priority, marks, metric, widths.word)
    else:
        chosen, rest = _queue(width, number, priority, marks, metric, widths.word)
    taken = sum(column.width + 1 for column in chosen)
    # Where the desk's words are long, what tells least gives way first.
    for optional in ("answered", "queue", "requester", "word", "organisation", "owner", "metric", "status"):
        if width - taken >= _SUBJECT_LEAST:
            break
        for column in chosen:
            if column.id == optional:
                chosen = [other for other in chosen if other is not column]
                taken -= column.width + 1
                break
    left = max(1, width - taken)
    return (*chosen, Column(rest.id, rest.title, left, rest.style))


def _queue(
    width: int, number: Column, priority: Column, marks: Column, metric: Column, state: int
) -> tuple[list[Column], Column]:
    subject = Column("subject", "SUBJECT", 0, "ticket-table--subject")
    short = Column("status_short", "STAT", 4)
    if width < 60:
        return [number, priority, short, marks], subject
    if width < 84:
        owner = Column("owner", "OWNER", 6)
        customer = Column("organisation", "CUSTOMER", 11)
        return [metric, number, priority, short, owner, customer, marks], subject
    word = Column("word", "STATE", state, "ticket-table--quiet")
    status = Column("status", "STATUS", 8)
    if width < 128:
        owner = Column("owner", "OWNER", 10)
        customer = Column("organisation", "CUSTOMER", 16)
        return [metric, word, number, priority, status, owner, customer, marks], subject
    return [
        metric,
        word,
        number,
        priority,
        status,
        Column("owner", "OWNER", 14),
        Column("organisation", "CUSTOMER", 20),
        Column("requester", "REQUESTER", 18),
        Column("queue", "QUEUE", 12, "ticket-table--quiet"),
        *((Column("answered", "ANSWERED", 9, "ticket-table--quiet"),) if width >= _ROOM_FOR_ANSWERED else ()),
        marks,
    ], subject


def _sla(
    width: int, number: Column, priority: Column, marks: Column, metric: Column, state: int
) -> tuple[list[Column], Column]:
    subject = Column("subject", "SUBJECT", 0, "ticket-table--subject")
    if width < 60:
        return [metric, priority, number, marks], Column("organisation", "CUSTOMER", 0)
    if width < 84:
        customer = Column("organisation", "CUSTOMER", 16)
        return [metric, priority, number, customer, Column("owner", "OWNER", 7), marks], subject
    word = Column("word", "STATE", state, "ticket-table--quiet")
    wide = width >= 128
    return [
        metric,
        word,
        priority,
        number,
        Column("organisation", "CUSTOMER", 24 if wide else 20),
        Column("owner", "OWNER", 14 if wide else 10),
        Column("status", "STATUS", 8, "ticket-table--quiet"),
        marks,
    ], subject


def cell(column: str, row: Row, now: Instant, me: str) -> str:
    """What stands in a column of a row; not yet cut to its width."""
    return _CELLS[column](row, now, me)


def _owner(row: Row, now: Instant, me: str) -> str:
    if not row.owner:
        return NOBODY
    return "you" if row.owner == me else row.owner_name or row.owner


def _marks(row: Row, now: Instant, me: str) -> str:
    middle = MARK_DRAFT if row.draft else " "
    middle = MARK_ATTENTION if row.attention else MARK_PENDING if row.pending else middle
    return f"{MARK_UNREAD if row.unread else ' '}{middle}{MARK_VIP if row.vip else ' '}"


def _answered(row: Row, now: Instant, me: str) -> str:
    return "not yet" if row.last_public_reply is None else age(max(0, now - row.last_public_reply))


_CELLS: dict[str, Callable[[Row, Instant, str], str]] = {
    "metric": lambda row, now, me: row.clock.metric,
    "word": lambda row, now, me: clock_word(row.clock, row.status, now),
    "number": lambda row, now, me: row.number,
    "priority": lambda row, now, me: row.grade or "-",
    "priority_short": lambda row, now, me: row.short_grade or "-",
    "status": lambda row, now, me: row.status.value,
    "status_short": lambda row, now, me: STATUS_SHORT[row.status],
    "owner": _owner,
    "organisation": lambda row, now, me: row.organisation_name,
    "requester": lambda row, now, me: row.requester_name,
    "queue": lambda row, now, me: row.queue_name,
    "marks": _marks,
    "answered": _answered,
    "subject": lambda row, now, me: row.subject if row.subject.strip() else NO_SUBJECT,
}
