"""The ticket table: finding, inserting, updating, purging, joining two that are one."""

from __future__ import annotations

import msgspec

from techdesk.model import Instant, Message, OperationState, Ticket, Tombstone, TombstoneReason
from techdesk.store import effective, journal, meta, outbox, search
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.naming import number_of
from techdesk.text import storable


def key_of_id(connection: sqlite3.Connection, ticket_id: str) -> int | None:
    """Local key of the ticket with a desk id."""
    key = scalar(connection, "SELECT key FROM ticket WHERE id = ?", ticket_id)
    return None if key is None else int(key)


def insert(connection: sqlite3.Connection, ticket: Ticket | None) -> int:
    """A new ticket: the desk's, or a local one that the desk does not know yet (None). Its key."""
    generation = meta.generation(connection)
    if ticket is None:
        cursor = connection.execute(
            "INSERT INTO ticket (number, revision, generation) VALUES ('', -1, ?)", (generation,)
        )
    else:
        cursor = connection.execute(
            "INSERT INTO ticket (id, number, revision, generation, base) VALUES (?, ?, ?, ?, ?)",
            (ticket.id, ticket.number, ticket.revision, generation, effective.encode_ticket(ticket)),
        )
    key = cursor.lastrowid
    assert key is not None
    return key


def update(connection: sqlite3.Connection, key: int, ticket: Ticket) -> bool:
    """Take a version from the desk, unless it is older than the one held or the very same."""
    base = effective.encode_ticket(ticket)
    cursor = connection.execute(
        "UPDATE ticket SET number = ?, revision = ?, base = ?, gone = '', merged_into = ''"
        " WHERE key = ? AND revision <= ? AND (base IS NULL OR base <> ? OR gone <> '')",
        (ticket.number, ticket.revision, base, key, ticket.revision, base),
    )
    return cursor.rowcount > 0


class Stamp(msgspec.Struct, frozen=True):
    """What the digest needs of a stored ticket; the rest of it is not decoded."""

    version: str
    closed: Instant | None = None


_decode_stamp = msgspec.msgpack.Decoder(Stamp).decode


def held(
    connection: sqlite3.Connection, after: int, count: int
) -> list[tuple[int, str, str, Instant | None]]:
    """(key, desk id, version, closed) of tickets past a key that the desk knows and that are not gone."""
    rows = connection.execute(
        "SELECT key, id, base FROM ticket WHERE key > ? AND id IS NOT NULL AND base IS NOT NULL AND gone = ''"
        " ORDER BY key LIMIT ?",
        (after, count),
    )
    stamps = [(key, desk_id, _decode_stamp(base)) for key, desk_id, base in rows]
    return [(key, desk_id, stamp.version, stamp.closed) for key, desk_id, stamp in stamps]


def forget_unshown(
    connection: sqlite3.Connection, ticket_id: str, messages: set[str], events: set[str]
) -> None:
    """Drop what is held of a ticket's conversation and log, if some of it is not among these ids.

    All of it goes; the caller writes anew what there is.
    """
    key = key_of_id(connection, ticket_id)
    if key is None:
        return
    told = {row[0] for row in connection.execute("SELECT id FROM message WHERE ticket = ?", (key,))}
    if not told <= messages:
        search.drop_bodies(connection, search.Marks(connection), key)
        connection.execute("DELETE FROM message WHERE ticket = ?", (key,))
    logged = {row[0] for row in connection.execute("SELECT id FROM event WHERE ticket = ?", (key,))}
    if not logged <= events:
        connection.execute("DELETE FROM event WHERE ticket = ?", (key,))


def seen(connection: sqlite3.Connection, key: int, generation: int) -> None:
    """Mark a ticket as seen by a sweep. A generation never goes down (SYNC rule 8)."""
    connection.execute(
        "UPDATE ticket SET generation = ? WHERE key = ? AND generation < ?", (generation, key, generation)
    )


def adopt(connection: sqlite3.Connection, key: int, ticket_id: str) -> int | None:
    """Give a local ticket the desk's id. The key that is no more, where two rows were one ticket.

    Where the feed was quicker and another local row has that id already, that row's contents move over: the
    key that the technician works with is the one that stays.
    """
    other = key_of_id(connection, ticket_id)
    if other == key:
        return None
    if other is not None:
        row = connection.execute(
            "SELECT number, revision, generation, read_at, unread, base FROM ticket WHERE key = ?", (other,)
        ).fetchone()
        search.move_messages(connection, other, key)
        connection.execute("UPDATE event SET ticket = ? WHERE ticket = ?", (key, other))
        connection.execute("UPDATE operation SET ticket = ? WHERE ticket = ?", (key, other))
        connection.execute(
            "UPDATE draft SET ticket = ? WHERE ticket = ? AND NOT EXISTS"
            " (SELECT 1 FROM draft d WHERE d.ticket = ? AND d.kind = draft.kind)",
            (key, other, key),
        )
        connection.execute("DELETE FROM ticket WHERE key = ?", (other,))
        connection.execute(
            "UPDATE ticket SET number = ?, revision = ?, generation = ?, read_at = ?, unread = ?, base = ?"
            " WHERE key = ?",
            (*row, key),
        )
    connection.execute("UPDATE ticket SET id = ? WHERE key = ?", (ticket_id, key))
    return other


def adopted_by(connection: sqlite3.Connection, ticket_id: str, messages: tuple[Message, ...]) -> int | None:
    """The local ticket that an unknown id belongs to: one of its messages names our create operation."""
    for message in messages:
        if message.ticket == ticket_id and message.operation:
            row = connection.execute(
                "SELECT o.ticket FROM operation o JOIN ticket t ON t.key = o.ticket"
                " WHERE o.id = ? AND o.kind = 'create' AND t.id IS NULL",
                (message.operation,),
            ).fetchone()
            if row is not None:
                return int(row[0])
    return None


def bury(connection: sqlite3.Connection, tombstone: Tombstone, now: Instant) -> int | None:
    """Keep a tombstone and take its ticket away; the key whose list row has to go, if there was one.

    A ticket with unsent operations or a draft stays, out of the lists, so that what was written can be read
    and decided on; its operations become conflicts, unless it only left the scope and can still take them.
    """
    tombstone = msgspec.structs.replace(
        tombstone, id=storable(tombstone.id, 500), merged_into=storable(tombstone.merged_into, 500)
    )
    key = key_of_id(connection, tombstone.id)
    held = -1 if key is None else int(scalar(connection, "SELECT revision FROM ticket WHERE key = ?", key))
    connection.execute(
        "INSERT INTO tombstone (id, reason, merged_into, revision, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, merged_into = excluded.merged_into,"
        " revision = max(tombstone.revision, excluded.revision), at = excluded.at",
        (tombstone.id, tombstone.reason.value, tombstone.merged_into, held, now),
    )
    if key is None:
        return None
    if tombstone.reason is not TombstoneReason.OUT_OF_SCOPE:
        words = gone_words(connection, tombstone)
        for operation in outbox.open_of(connection, key):
            if operation.state is OperationState.CONFLICT and operation.error == words:
                continue
            state = OperationState.DROPPED if operation.is_notice else OperationState.CONFLICT
            outbox.settle(connection, (operation.key,), state, words)
            journal.write_of(connection, operation, state.value, words, now)
    if is_precious(connection, key):
        connection.execute(
            "UPDATE ticket SET gone = ?, merged_into = ? WHERE key = ?",
            (tombstone.reason.value, tombstone.merged_into, key),
        )
    else:
        purge(connection, key)
    return key


def tombstone_of(connection: sqlite3.Connection, ticket_id: str) -> Tombstone | None:
    """What the desk said of a ticket that is no more; None of one that is, or that only left the scope."""
    row = connection.execute(
        "SELECT reason, merged_into FROM tombstone WHERE id = ?", (ticket_id,)
    ).fetchone()
    if row is None or row[0] == TombstoneReason.OUT_OF_SCOPE.value:
        return None
    return Tombstone(id=ticket_id, reason=TombstoneReason(row[0]), merged_into=row[1])


def gone_words(connection: sqlite3.Connection, tombstone: Tombstone) -> str:
    """Why an operation on a gone ticket was not sent, for people."""
    match tombstone.reason:
        case TombstoneReason.MERGED if tombstone.merged_into:
            other = key_of_id(connection, tombstone.merged_into)
            into = tombstone.merged_into if other is None else number_of(connection, other)
            return f"Not sent: the ticket was merged into {into} at the desk."
        case TombstoneReason.MERGED:
            return "Not sent: the ticket was merged into another at the desk."
        case TombstoneReason.OUT_OF_SCOPE:
            return "Not sent: the ticket is no longer in what this profile keeps."
        case _:
            return "Not sent: the ticket was deleted at the desk."


def may_return(connection: sqlite3.Connection, ticket: Ticket, *, pulled: bool) -> bool:
    """Whether a ticket that the cache does not hold may be inserted.

    A tombstoned one only when the feed brings it in a newer version (SYNC rule 6: an answer revives nothing);
    one that merely left the scope may be looked up again.
    """
    row = connection.execute("SELECT reason, revision FROM tombstone WHERE id = ?", (ticket.id,)).fetchone()
    if row is None:
        return True
    if row[0] == TombstoneReason.OUT_OF_SCOPE.value:
        return ticket.revision >= int(row[1])
    return pulled and ticket.revision > int(row[1])


def is_precious(connection: sqlite3.Connection, key: int) -> bool:
    """Whether somebody's unsent work hangs on a ticket."""
    return outbox.has_open(connection, key) or has_draft(connection, key)


def has_draft(connection: sqlite3.Connection, key: int) -> bool:
    """Whether something is written for a ticket that was neither sent nor given up."""
    return scalar(connection, "SELECT 1 FROM draft WHERE ticket = ? AND body <> '' LIMIT 1", key) is not None


def purge(connection: sqlite3.Connection, key: int) -> None:
    """Forget a ticket with its conversation and log. Its list row goes when the caller rebuilds it."""
    marks = search.Marks(connection)
    search.drop_bodies(connection, marks, key)
    connection.execute("DELETE FROM message WHERE ticket = ?", (key,))
    connection.execute("DELETE FROM event WHERE ticket = ?", (key,))
    connection.execute("DELETE FROM draft WHERE ticket = ?", (key,))
    connection.execute("DELETE FROM ticket WHERE key = ?", (key,))


def purge_if_settled(connection: sqlite3.Connection, key: int) -> bool:
    """Let go of a gone ticket, or of one that was never created, once nothing unsent hangs on it."""
    row = connection.execute("SELECT gone, base IS NULL FROM ticket WHERE key = ?", (key,)).fetchone()
    if row is None or not (row[0] or row[1]) or is_precious(connection, key):
        return False
    purge(connection, key)
    return True
