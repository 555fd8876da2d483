"""Everything that a screen, a verb or an alert reads. One connection, for one thread.

What reads one ticket is loaded when one is asked for: a list, the first picture and a status line need none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from techdesk.model import (
    Attachment,
    Draft,
    Instant,
    OperationKind,
    Organisation,
    Person,
    Queue,
    Role,
)
from techdesk.sla.evaluation import Evaluation
from techdesk.sla.history import History
from techdesk.store import changes, marks, meta
from techdesk.store.clocks import Clocks
from techdesk.store.connection import connect, scalar
from techdesk.store.lists import Lists
from techdesk.store.marks import MarkSet
from techdesk.store.naming import number_of
from techdesk.store.rows import (
    BatchTicket,
    BatchView,
    Entry,
    JournalEntry,
    LogLine,
    Note,
    Pending,
    Row,
    SyncState,
    TicketView,
)
from techdesk.text import safe_text, storable

if TYPE_CHECKING:
    from techdesk.query.complete import Known
    from techdesk.store import effective, loads, standing
    from techdesk.store.disputes import Dispute
    from techdesk.store.reviews import Unreviewed


class Reader(Lists):
    """Reads the cache. Use one from one thread only; ``interrupt`` may come from another."""

    def __init__(
        self, path: Path, clocks: Clocks, *, file_writable: bool = True, immutable: bool = False
    ) -> None:
        connection = connect(path, writable=False, file_writable=file_writable, immutable=immutable)
        super().__init__(connection, clocks)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def interrupt(self) -> None:
        """Stop the query that runs now, from another thread: it raises ``sqlite3.OperationalError``."""
        self._connection.interrupt()

    # One ticket

    def ticket(self, key: int) -> TicketView | None:
        """Everything about one ticket but its conversation."""
        from techdesk.store import effective
        from techdesk.store.linked import linked, merging_into

        row = self.row(key)
        if row is None:
            return None
        ticket = effective.read(self._connection, key)
        if ticket is None:
            return None
        fields = ticket.fields
        return TicketView(
            row=row,
            base=ticket.base,
            requester=_safe_person(ticket.requester),
            owner=_safe_person(effective.person(self._connection, fields.owner)),
            organisation=self._organisation(ticket.organisation_id),
            queue=safe_text(fields.queue),
            close_reason=safe_text(fields.close_reason),
            closed=fields.closed,
            server_due=ticket.base.server_due if ticket.base else None,
            kind=safe_text(fields.kind),
            last_customer_message=ticket.last_customer_message,
            last_public_reply=ticket.last_public_reply,
            message_count=ticket.message_count,
            watchers=tuple(self._named(each) for each in fields.watchers),
            watcher_ids=fields.watchers,
            links=tuple(linked(self._connection, each) for each in fields.links),
            time_worked=fields.time_worked,
            merging_into=merging_into(self._connection, ticket.operations),
        )

    def merged_into(self, ticket_id: str) -> str:
        """Number of the ticket that one, by the desk's id, was merged into; empty where it was not."""
        from techdesk.store import tickets

        tombstone = tickets.tombstone_of(self._connection, ticket_id)
        if tombstone is None or not tombstone.merged_into:
            return ""
        key = tickets.key_of_id(self._connection, tombstone.merged_into)
        return safe_text(tombstone.merged_into if key is None else number_of(self._connection, key))

    def related(self, key: int, count: int = 500) -> list[Row]:
        """Tickets that may belong together with one: its requester's, then its customer's."""
        from techdesk.store.linked import related

        return self.rows(related(self._connection, key, count))

    def _named(self, person: str) -> str:
        from techdesk.store import effective

        found = effective.person(self._connection, person)
        return safe_text(found.name if found is not None else person, 200)

    def standings(self, keys: Sequence[int], marker: str) -> list[standing.Standing]:
        """Many tickets as the gates look at them; ``marker``: what a note must hold to be read.

        A key that is not in the lists (any more) is left out. Read ``standing.CHUNK`` of them at a time.
        """
        from techdesk.store import standing

        known: dict[str, Organisation | None] = {}

        def organisation(id: str) -> Organisation | None:
            if id not in known:
                known[id] = self._organisation(id)
            return known[id]

        found = standing.read(self._connection, self.rows(keys), marker, organisation)
        complete = self._clocks.complete
        return [msgspec.structs.replace(each, history=complete(each.history)) for each in found]

    def shared_notes(self, key: int, marker: str) -> tuple[list[Note], list[Note]]:
        """Notes of a ticket that may carry a record: those that the desk has, and those in the outbox."""
        from techdesk.store import notices

        return notices.notes(self._connection, key, marker)

    def next_notice(self, after: Instant) -> Instant | None:
        """When the next automatic notice of any ticket falls due; None where none will."""
        from techdesk.store import notices

        return notices.next_at(self._connection, after)

    def unreviewed(self, count: int) -> list[Unreviewed]:
        """The tickets of the lists that wait for their review after hours (POLICIES D17, W3), policy by
        policy: how many, and the numbers of the ``count`` most urgent ones."""
        from techdesk.store import reviews

        return reviews.waiting(self._connection, count)

    def notices_began(self) -> Instant | None:
        """Since when this profile sends automatic notices; None before its first whole sync."""
        at = meta.get(self._connection, meta.NOTICES)
        return None if at is None else int(at)

    def key_of(self, number_or_id: str) -> int | None:
        """Key of the ticket with this very number or desk id, case ignored; ``NEW-7`` works as well."""
        text = storable(number_or_id.strip(), 500)
        key = scalar(self._connection, "SELECT key FROM ticket WHERE number = ? AND number <> ''", text)
        if key is None:
            key = scalar(self._connection, "SELECT key FROM ticket WHERE id = ?", text)
        if key is None:
            key = scalar(self._connection, "SELECT key FROM ticket WHERE id = lower(?)", text)
        if key is None and text[:4].upper() == "NEW-" and text[4:].isdecimal() and len(text) < 20:
            key = scalar(self._connection, "SELECT key FROM ticket WHERE key = ?", int(text[4:]))
        return None if key is None else int(key)

    def conversation(
        self, key: int, *, before: int | None = None, count: int = 50, clear: bool = False
    ) -> list[Entry]:
        """The newest ``count`` messages older than entry ``before``, oldest first.

        Unsent ones stand at the end of the newest page (``before`` None). Secrets are dots (POLICIES W6,
        DD14) unless ``clear``, which is for the eyes of whoever asked for it and for nothing else.
        """
        from techdesk.store import conversation

        hide = str if clear else conversation.hiding(self._connection, key, self._clocks)
        return conversation.entries(self._connection, key, before, count, hide)

    def log(self, key: int) -> list[LogLine]:
        """Changes of fields as the desk logged them, oldest first."""
        from techdesk.store import conversation

        return conversation.log(self._connection, key)

    def history(self, key: int) -> History:
        """What targets are computed from, unsent operations included. Raises KeyError for no such ticket."""
        return self._effective(key).history

    def evaluation(self, key: int, now: Instant) -> Evaluation:
        """Every target of a ticket at ``now``. Raises KeyError for no such ticket."""
        ticket = self._effective(key)
        policy = self._clocks.policy(
            ticket.organisation_name, ticket.queue_name, ticket.fields.tags, ticket.policy_hint
        )
        found = self._clocks.evaluate(policy, ticket.history, now)
        return msgspec.structs.replace(found, note=safe_text(found.note)) if found.note else found

    def _effective(self, key: int) -> effective.Effective:
        from techdesk.store import effective

        ticket = effective.read(self._connection, key)
        if ticket is None:
            raise KeyError(key)
        return effective.known(ticket, self._clocks.complete)

    def marks(self) -> MarkSet:
        """Which tickets are marked."""
        return marks.read(self._connection)

    # What is unsent

    def operations(self, *, ticket: int | None = None, open_only: bool = True) -> list[Pending]:
        """Operations, oldest first; all of them include what is done or dropped.

        Without a ticket, what bulk runs still send is left out: ``batches`` tells of that in one line.
        """
        from techdesk.store import unsent

        found = unsent.operations(self._connection, ticket, open_only=open_only)
        return [
            msgspec.structs.replace(line, what=self.hiding(line.ticket)(line.what))
            if line.what.startswith(("note:", "new ticket:"))
            else line
            for line in found
        ]

    def undoable(self) -> Pending | None:
        """The newest operation of which nothing can have reached the desk: undo leaves no trace there."""
        from techdesk.store import unsent

        return unsent.undoable(self._connection)

    def last_sent(self, actor: str, *, since: Instant, batch: str = "") -> list[Pending]:
        """A person's newest batch that is done at the desk, decided since then; or that very batch."""
        from techdesk.store import unsent

        return unsent.last_sent(self._connection, actor, since, batch)

    def dispute(self, operation: int) -> Dispute | None:
        """What there is to decide about an operation; None where it does not wait for a person."""
        from techdesk.store import disputes  # only the screen and the verb for conflicts need it

        return disputes.read(self._connection, operation, self.hiding)

    def batch(self, batch: str) -> BatchView | None:
        """A bulk run with what has become of its tickets so far. Counting takes a while: read it aside."""
        from techdesk.store import batches

        return batches.read(self._connection, batch)

    def batches(self, count: int = 20) -> list[BatchView]:
        """The newest bulk runs, newest first."""
        from techdesk.store import batches

        return batches.newest(self._connection, count)

    def batch_of_plan(self, plan: str) -> str | None:
        """The run that a plan was applied as; None where it never was."""
        from techdesk.store import batches

        return batches.applied(self._connection, plan)

    def batch_tickets(self, batch: str) -> list[BatchTicket]:
        """What has become of each ticket of a bulk run."""
        from techdesk.store import batches

        return batches.tickets(self._connection, batch)

    def batch_document(self, batch: str) -> bytes:
        """The plan of a bulk run as it was stored."""
        from techdesk.store import batches

        return batches.document(self._connection, batch)

    def unsent(self) -> int:
        """How many operations have not been settled, those of bulk runs included."""
        from techdesk.store import unsent

        return unsent.count(self._connection)

    def draft(self, ticket: int | None, kind: OperationKind) -> Draft | None:
        """Unsent writing of one kind on a ticket; None for the ticket is a new ticket's first message."""
        from techdesk.store import unsent

        return unsent.draft(self._connection, ticket, kind)

    def files(self, ids: Sequence[str]) -> tuple[Attachment, ...]:
        """Files that wait to be sent, without their bytes."""
        from techdesk.store import files

        return files.named(self._connection, ids)

    def drafts(self) -> list[Draft]:
        """All unsent writing, newest first."""
        from techdesk.store import unsent

        return unsent.drafts(self._connection)

    # Directory

    def people(self, role: Role | None = None) -> list[Person]:
        """People by name, of one role or all."""
        from techdesk.store import effective

        where, parameters = ("", ()) if role is None else (" WHERE role = ?", (role.value,))
        rows = self._connection.execute(
            f"SELECT id, name, email, role, organisation, vip FROM person{where}"
            " ORDER BY name COLLATE NOCASE, id",
            parameters,
        )
        return [_made_safe(effective.person_of(raw)) for raw in rows]

    def person(self, id: str) -> Person | None:
        """A person by the desk's id."""
        from techdesk.store import effective

        return _safe_person(effective.person(self._connection, id))

    def queues(self) -> list[Queue]:
        """Queues by name."""
        rows = self._connection.execute("SELECT id, name FROM queue ORDER BY name COLLATE NOCASE, id")
        return [Queue(id=id, name=safe_text(name)) for id, name in rows]

    def organisations(self) -> list[Organisation]:
        """Organisations by name."""
        rows = self._connection.execute(
            "SELECT id, name, policy, region FROM organisation ORDER BY name COLLATE NOCASE, id"
        )
        return [_organisation(raw) for raw in rows]

    def _organisation(self, id: str) -> Organisation | None:
        raw = self._connection.execute(
            "SELECT id, name, policy, region FROM organisation WHERE id = ?", (id,)
        ).fetchone()
        return None if raw is None else _organisation(raw)

    def tags(self, count: int = 500) -> list[str]:
        """The tags of all tickets here, in order. Read by leaps over the index: 1 ms at a million tickets."""
        rows = self._connection.execute(
            "WITH RECURSIVE leap (tag) AS (SELECT min(tag) FROM ticket_tag UNION ALL"
            " SELECT (SELECT min(t.tag) FROM ticket_tag t WHERE t.tag > leap.tag) FROM leap"
            " WHERE leap.tag IS NOT NULL) SELECT tag FROM leap WHERE tag IS NOT NULL LIMIT ?",
            (count,),
        )
        return list(dict.fromkeys(safe_text(tag) for (tag,) in rows))

    def owner_loads(self, queue: str, me: str) -> dict[str, loads.Load]:
        """How much each technician has to do, and who is likely for a ticket of this queue (its id)."""
        from techdesk.store import loads

        people = [person.id for person in self.people(Role.TECHNICIAN)]
        return loads.of_owners(self._connection, people, queue, me)

    def queue_loads(self) -> dict[str, int]:
        """Open tickets of each queue, by its id."""
        from techdesk.store import loads

        return loads.of_queues(self._connection, [queue.id for queue in self.queues()])

    def known_values(self, field: str, typed: str) -> list[Known]:
        """Values of a field of the limit language with ``typed`` in them, for completion."""
        from techdesk.store import known  # only who types a limit needs it

        return known.values(self._connection, field, typed)

    # State

    def remembered(self, name: str) -> str:
        """What a screen of this profile remembers under a name; empty where it never did."""
        return meta.get(self._connection, meta.REMEMBERED + name) or ""

    def sync_state(self) -> SyncState:
        """What sync is doing, as it said last; words from the network made safe."""
        state = meta.sync_state(self._connection)
        return msgspec.structs.replace(
            state,
            error=safe_text(state.error),
            account_name=safe_text(state.account_name),
            product=safe_text(state.product),
        )

    def journal(self, *, since: Instant = 0, count: int = 500) -> list[JournalEntry]:
        """The newest ``count`` journal lines since ``since``, newest first."""
        from techdesk.store import journal

        return journal.read(self._connection, since, count, self.hiding)

    def hiding(self, ticket: int) -> Callable[[str], str]:
        """What takes the secrets out of a ticket's texts, as its policy names them (POLICIES W6, DD14)."""
        from techdesk.store import conversation

        return conversation.hiding(self._connection, ticket, self._clocks)

    def quarantine(self) -> list[tuple[str, str]]:
        """What came from the desk and could not be read: (id or position, why)."""
        rows = self._connection.execute("SELECT id, why FROM quarantine ORDER BY at DESC, id")
        return [(safe_text(id), safe_text(why)) for id, why in rows]

    def data_version(self) -> int:
        """Changes when, and only when, another connection has committed (of this process or any other)."""
        return int(scalar(self._connection, "PRAGMA data_version"))

    def last_change(self) -> int:
        """Number of the newest entry of the change log."""
        return changes.last(self._connection)

    def changes_since(self, seq: int) -> tuple[int, list[int]]:
        """(newest number, keys of the tickets that changed or vanished after ``seq``).

        ``[changes.EVERYTHING]`` where the log no longer reaches back that far: read the list again.
        """
        return changes.since(self._connection, seq)


def _organisation(raw: tuple[Any, ...]) -> Organisation:
    return Organisation(id=raw[0], name=safe_text(raw[1]), policy=safe_text(raw[2]), region=safe_text(raw[3]))


def _made_safe(person: Person) -> Person:
    return msgspec.structs.replace(person, name=safe_text(person.name), email=safe_text(person.email))


def _safe_person(person: Person | None) -> Person | None:
    return None if person is None else _made_safe(person)
