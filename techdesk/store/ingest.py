"""Writes what the desk said: people, organisations, queues, tickets, messages, events, tombstones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from techdesk.model import (
    Attachment,
    Direction,
    Event,
    Instant,
    Message,
    Operation,
    OperationState,
    Organisation,
    Person,
    Queue,
    Ticket,
    Visibility,
)
from techdesk.store import journal, outbox, search, tickets
from techdesk.store.arrivals import PageLike
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.text import storable

MAX_SUBJECT = 2_000
MAX_BODY = 1_000_000
MAX_NAME = 500
MAX_ATTACHMENTS = 200
_LARGEST = 2**53
"""Whole numbers beyond it are nobody's time, size or revision."""

_encode_attachments = msgspec.json.Encoder().encode


def people(connection: sqlite3.Connection, arrived: Iterable[Person]) -> list[int]:
    """Upsert people; the keys of tickets whose rows show something of them that changed."""
    touched: list[int] = []
    for person in arrived:
        new = (
            storable(person.name, MAX_NAME),
            storable(person.email, MAX_NAME),
            person.role.value,
            storable(person.organisation, MAX_NAME),
            int(person.vip),
        )
        old = connection.execute(
            "SELECT name, email, role, organisation, vip FROM person WHERE id = ?", (person.id,)
        ).fetchone()
        if old == new:
            continue
        connection.execute(
            "INSERT INTO person (name, email, role, organisation, vip, id) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, email = excluded.email,"
            " role = excluded.role, organisation = excluded.organisation, vip = excluded.vip",
            (*new, storable(person.id, MAX_NAME)),
        )
        if old is not None:
            touched += _keys(connection, "SELECT key FROM list_row WHERE requester = ?", person.id)
            touched += _keys(connection, "SELECT key FROM list_row WHERE owner = ?", person.id)
    return touched


def organisations(connection: sqlite3.Connection, arrived: Iterable[Organisation]) -> list[int]:
    """Upsert organisations; the keys of tickets whose rows depend on something that changed."""
    touched: list[int] = []
    for organisation in arrived:
        new = (
            storable(organisation.name, MAX_NAME),
            storable(organisation.policy, MAX_NAME),
            storable(organisation.region, MAX_NAME),
        )
        old = connection.execute(
            "SELECT name, policy, region FROM organisation WHERE id = ?", (organisation.id,)
        ).fetchone()
        if old == new:
            continue
        connection.execute(
            "INSERT INTO organisation (name, policy, region, id) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET name = excluded.name, policy = excluded.policy,"
            " region = excluded.region",
            (*new, storable(organisation.id, MAX_NAME)),
        )
        touched += _keys(connection, "SELECT key FROM list_row WHERE organisation = ?", organisation.id)
    return touched


def queues(connection: sqlite3.Connection, arrived: Iterable[Queue]) -> list[int]:
    """Upsert queues; the keys of tickets in one whose name changed (a policy may hang on the name)."""
    touched: list[int] = []
    for queue in arrived:
        name = storable(queue.name, MAX_NAME)
        old = scalar(connection, "SELECT name FROM queue WHERE id = ?", queue.id)
        if old == name:
            continue
        connection.execute(
            "INSERT INTO queue (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            (storable(queue.id, MAX_NAME), name),
        )
        if old is not None:
            touched += _keys(connection, "SELECT key FROM list_row WHERE queue = ?", queue.id)
    return touched


def _keys(connection: sqlite3.Connection, statement: str, value: str) -> list[int]:
    return [row[0] for row in connection.execute(statement, (value,))]


class Parcel(msgspec.Struct, frozen=True):
    """One ticket of a page with what belongs to it; ``ticket`` is None where only messages or events came."""

    id: str
    ticket: Ticket | None
    messages: tuple[Message, ...]
    events: tuple[Event, ...]

    @property
    def weight(self) -> int:
        """Rows that it writes, about."""
        return 1 + len(self.messages) + len(self.events)


def parcels(page: PageLike) -> list[Parcel]:
    """A page sorted by ticket, in the order of the page."""
    messages: defaultdict[str, list[Message]] = defaultdict(list)
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for message in page.messages:
        messages[message.ticket].append(message)
    for event in page.events:
        events[event.ticket].append(event)
    by_id = {ticket.id: ticket for ticket in page.tickets}
    ids = dict.fromkeys((*by_id, *messages, *events))
    return [Parcel(id, by_id.get(id), tuple(messages[id]), tuple(events[id])) for id in ids]


def chunks(found: Sequence[Parcel], rows: int) -> Iterator[list[Parcel]]:
    """Parcels in groups of about ``rows`` rows, at least one each."""
    group: list[Parcel] = []
    weight = 0
    for parcel in found:
        if group and weight + parcel.weight > rows:
            yield group
            group, weight = [], 0
        group.append(parcel)
        weight += parcel.weight
    if group:
        yield group


class Ingest:
    """Writes parcels inside its caller's transaction."""

    def __init__(self, connection: sqlite3.Connection, now: Instant, *, first_pull: bool) -> None:
        self._connection = connection
        self._now = now
        self._first_pull = first_pull
        self._marks = search.Marks(connection)

    def ticket(self, parcel: Parcel, *, insert: bool, pulled: bool, generation: int | None) -> int | None:
        """Write one parcel; the ticket's key, or None where it is not here and may not be made.

        :param insert: a ticket that is not here may be inserted (never so for the answer of a write).
        :param pulled: the feed or a sweep brought it, which may revive a tombstoned one in a newer version.
        """
        connection = self._connection
        fresh = False
        key = tickets.key_of_id(connection, parcel.id)
        if key is None and parcel.ticket is not None:
            key = tickets.adopted_by(connection, parcel.id, parcel.messages)
            if key is not None:
                tickets.adopt(connection, key, parcel.id)
        ticket = None if parcel.ticket is None else _clean(parcel.ticket)
        if ticket is not None:
            if strange := _strange(ticket):
                self._quarantine(ticket.id, strange)
                ticket = None
            elif key is None:
                if not insert or not tickets.may_return(connection, ticket, pulled=pulled):
                    return None
                key, fresh = tickets.insert(connection, ticket), True
                connection.execute("DELETE FROM tombstone WHERE id = ?", (ticket.id,))
            elif self._may_update(key, ticket, pulled=pulled):
                tickets.update(connection, key, ticket)
            if ticket is not None:  # it can be read now; adapters name it with its kind
                named = (ticket.id, f"Ticket {ticket.id[:80]}")
                connection.execute("DELETE FROM quarantine WHERE id IN (?, ?)", named)
                if ticket.priority is not None and ticket.priority_label:
                    self._learn_label(ticket)
        if key is None:
            return None
        if generation is not None:
            tickets.seen(connection, key, generation)
        self._events(key, parcel.events)
        self._messages(key, parcel.messages, fresh=fresh)
        return key

    def _may_update(self, key: int, ticket: Ticket, *, pulled: bool) -> bool:
        """A ticket that is kept only for its unsent work stays gone, until the feed brings a newer one."""
        gone = scalar(self._connection, "SELECT gone FROM ticket WHERE key = ?", key)
        return not gone or tickets.may_return(self._connection, ticket, pulled=pulled)

    def _learn_label(self, ticket: Ticket) -> None:
        self._connection.execute(
            "INSERT INTO priority_label (queue, priority, label) VALUES (?, ?, ?)"
            " ON CONFLICT DO UPDATE SET label = excluded.label WHERE label <> excluded.label",
            (ticket.queue, ticket.priority, ticket.priority_label),
        )

    def _events(self, key: int, events: tuple[Event, ...]) -> None:
        for event in events:
            if not _is_number(event.at):
                self._quarantine(f"event {event.id}", "its time is out of range")
                continue
            self._connection.execute(
                "INSERT INTO event (ticket, id, at, actor, field, old, new) VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (
                    key,
                    storable(event.id, MAX_NAME),
                    event.at,
                    storable(event.actor, MAX_NAME),
                    storable(event.field, MAX_NAME),
                    None if event.old is None else storable(event.old, MAX_SUBJECT),
                    None if event.new is None else storable(event.new, MAX_SUBJECT),
                ),
            )

    def _messages(self, key: int, messages: tuple[Message, ...], *, fresh: bool) -> None:
        newest_inbound: Instant | None = None
        told: set[str] = set()
        for message in messages:
            if not _is_number(message.at):
                self._quarantine(f"message {message.id}", "its time is out of range")
                continue
            identity = storable(message.id, MAX_NAME)
            is_new = self.message(key, message, place=len(told) if fresh and identity not in told else None)
            told.add(identity)
            if is_new and message.direction is Direction.INBOUND and not message.automatic:
                newest_inbound = max(message.at, newest_inbound or message.at)
        if newest_inbound is not None:
            self._mark_unread(key, newest_inbound)

    def _mark_unread(self, key: int, at: Instant) -> None:
        if self._first_pull:
            # Nobody has read anything yet; what the customer had the last word in is what there is to read.
            answered = scalar(
                self._connection,
                "SELECT 1 FROM message WHERE ticket = ? AND direction = 'out' AND visibility = ?"
                " AND automatic = 0 AND at >= ?",
                key,
                Visibility.PUBLIC.value,
                at,
            )
            if answered is not None:
                return
        self._connection.execute(
            "UPDATE ticket SET unread = 1 WHERE key = ? AND coalesce(read_at, -1) < ?", (key, at)
        )

    def message(self, key: int, message: Message, *, place: int | None = None) -> bool:
        """Write one message; whether it is new. One of ours settles or replaces its unsent entry.

        :param place: of a ticket that was just inserted, how many messages it has so far, where this is not
            one of them: nothing has to be looked up.
        """
        connection = self._connection
        identity, operation = storable(message.id, MAX_NAME), storable(message.operation, MAX_NAME)
        attachments = _attachments_text(message.attachments) if message.attachments else ""
        values = (
            message.at,
            storable(message.author, MAX_NAME),
            message.direction.value,
            message.visibility.value,
            message.channel.value,
            int(message.automatic),
            attachments,
        )
        old = None
        if place is None:
            old = connection.execute(
                "SELECT key, at, author, direction, visibility, channel, automatic, attachments"
                " FROM message WHERE ticket = ? AND id = ?",
                (key, identity),
            ).fetchone()
        body = storable(message.body, MAX_BODY)
        if old is None:
            message_key = search.message_key(connection, key, place)
            connection.execute(
                "INSERT INTO message (at, author, direction, visibility, channel, automatic, attachments,"
                " operation, ticket, id, key) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, operation, key, identity, message_key),
            )
        else:
            message_key = old[0]
            if old[1:] != values:
                connection.execute(
                    "UPDATE message SET at = ?, author = ?, direction = ?, visibility = ?, channel = ?,"
                    " automatic = ?, attachments = ? WHERE key = ?",
                    (*values, message_key),
                )
            if operation:
                connection.execute(
                    "UPDATE message SET operation = ? WHERE key = ? AND operation <> ?",
                    (operation, message_key, operation),
                )
        search.put_body(connection, self._marks, message_key, body, new=old is None)
        if operation:
            self._settle_own(operation)
        return old is None

    def _settle_own(self, operation_id: str) -> None:
        """A reply of ours came back through the feed: it arrived, whatever became of its answer.

        Only where the message is all that the operation does; a create, or one that sets fields as well,
        waits for its own answer.
        """
        row = self._connection.execute(f"{outbox.SELECT} WHERE o.id = ?", (operation_id,)).fetchone()
        if row is None:
            return
        operation: Operation = outbox.from_row(row)
        if operation.state is not OperationState.SENT or not operation.kind.is_message or operation.sets:
            return
        outbox.settle(self._connection, (operation.key,), OperationState.DONE)
        journal.write_of(self._connection, operation, "sent", "seen at the desk", self._now)

    def _quarantine(self, identity: str, why: str) -> None:
        quarantine(self._connection, ((identity, why),), self._now)


def _attachments_text(attachments: tuple[Attachment, ...]) -> str:
    kept = [
        msgspec.structs.replace(
            each,
            id=storable(each.id, MAX_NAME),
            name=storable(each.name, MAX_NAME),
            media_type=storable(each.media_type, MAX_NAME),
        )
        for each in attachments[:MAX_ATTACHMENTS]
        if _is_number(each.size)
    ]
    return _encode_attachments(kept).decode()


def quarantine(connection: sqlite3.Connection, rows: Iterable[tuple[str, str]], now: Instant) -> None:
    """Keep what could not be read, for ``techdesk doctor``."""
    connection.executemany(
        "INSERT INTO quarantine (id, why, at) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET why = excluded.why, at = excluded.at",
        ((storable(identity, MAX_NAME), storable(why, MAX_SUBJECT), now) for identity, why in rows),
    )


def _is_number(value: int | None) -> bool:
    return value is None or -_LARGEST < value < _LARGEST


def _strange(ticket: Ticket) -> str:
    """What about a ticket no column can hold; empty where all is well."""
    for name in (
        "revision", "priority", "severity", "created", "updated", "closed", "server_due", "escalation_level",
    ):  # fmt: skip
        if not _is_number(getattr(ticket, name)):
            return f"its {name} is out of range"
    return "" if ticket.id else "it has no id"


_TEXTS = (
    "id", "number", "version", "priority_label", "kind", "queue", "owner", "requester", "organisation",
    "close_reason",
)  # fmt: skip


def _clean(ticket: Ticket) -> Ticket:
    """The ticket with every text storable; the same object where nothing had to be done."""
    changed: dict[str, object] = {}
    for name in _TEXTS:
        text = getattr(ticket, name)
        if (kept := storable(text, MAX_NAME)) != text:
            changed[name] = kept
    if (subject := storable(ticket.subject, MAX_SUBJECT)) != ticket.subject:
        changed["subject"] = subject
    if ticket.tags and (tags := tuple(storable(tag, MAX_NAME) for tag in ticket.tags[:100])) != ticket.tags:
        changed["tags"] = tags
    if ticket.raw:
        raw = {storable(name, MAX_NAME): storable(text, MAX_SUBJECT) for name, text in ticket.raw.items()}
        if raw != ticket.raw:
            changed["raw"] = raw
    return msgspec.structs.replace(ticket, **changed) if changed else ticket
