"""The shapes of what sync hands to the feed.

The port's own structs (``techdesk.desks.port``) have these shapes; they live a floor above, so the store
names only what it needs of them.
"""

from __future__ import annotations

from typing import Protocol

from techdesk.model import Event, Message, Organisation, Person, Queue, Ticket, Tombstone


class PageLike(Protocol):
    """Part of what changed at the desk."""

    @property
    def tickets(self) -> tuple[Ticket, ...]: ...
    @property
    def messages(self) -> tuple[Message, ...]: ...
    @property
    def events(self) -> tuple[Event, ...]: ...
    @property
    def people(self) -> tuple[Person, ...]: ...
    @property
    def organisations(self) -> tuple[Organisation, ...]: ...
    @property
    def queues(self) -> tuple[Queue, ...]: ...
    @property
    def tombstones(self) -> tuple[Tombstone, ...]: ...
    @property
    def unreadable(self) -> tuple[tuple[str, str], ...]: ...
    @property
    def cursor(self) -> str: ...
    @property
    def more(self) -> bool: ...


class PreparedLike(Protocol):
    """A write in its exact bytes."""

    @property
    def body(self) -> bytes: ...
    @property
    def precondition(self) -> str: ...


class AcceptedLike(Protocol):
    """The desk did it."""

    @property
    def page(self) -> PageLike: ...
    @property
    def ticket_id(self) -> str: ...
    @property
    def message_id(self) -> str: ...


class AccountLike(Protocol):
    """Who we are, at which desk."""

    @property
    def server(self) -> str: ...
    @property
    def epoch(self) -> str: ...
    @property
    def person(self) -> Person: ...
    @property
    def product(self) -> str: ...
