"""What a ticket's log says, in the form that targets are computed from (POLICIES section 1, point 9)."""

from __future__ import annotations

from msgspec import Struct

from techdesk.model import Channel, Direction, Instant, Person, Status, Visibility


class Change(Struct, frozen=True, kw_only=True, gc=False):
    """One change of one field, in neutral values as text; None is unset."""

    at: Instant
    field: str
    old: str | None
    new: str | None
    actor: str = ""


class MessageFact(Struct, frozen=True, kw_only=True, gc=False):
    """What the clock has to know of a message; never its text."""

    at: Instant
    direction: Direction
    visibility: Visibility
    automatic: bool = False
    channel: Channel = Channel.UNKNOWN


class History(Struct, frozen=True, kw_only=True, gc=False):
    """A ticket's present values and how it came to them.

    ``changes`` and ``messages`` are in order of time. Values at an earlier instant are found by undoing the
    later changes, so a log that starts late still gives the right present.
    """

    created: Instant
    status: Status
    priority: int | None = None
    severity: int | None = None
    kind: str = ""
    channel: Channel = Channel.UNKNOWN
    region: str = ""
    vip: bool = False
    organisation: str = ""
    graded_by_desk: bool = False
    """Whether the desk gives each ticket a priority, also one that nobody has looked at (POLICIES D2)."""
    requester: Person | None = None
    """Who asks, for what a site's own files know of them."""
    changes: tuple[Change, ...] = ()
    messages: tuple[MessageFact, ...] = ()
