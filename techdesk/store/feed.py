"""What sync does to the file, on its own connection: short transactions, each leaving the cache true."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

import msgspec

from techdesk.model import (
    FieldValue,
    Instant,
    Operation,
    OperationState,
    Ticket,
    Tombstone,
)
from techdesk.store import (
    batches,
    changes,
    delivery,
    effective,
    ingest,
    journal,
    meta,
    outbox,
    search,
    tickets,
)
from techdesk.store.arrivals import AcceptedLike, AccountLike, PageLike, PreparedLike
from techdesk.store.clocks import Clocks
from techdesk.store.connection import connect, scalar, transaction
from techdesk.store.lines import Lines
from techdesk.store.noticing import NoticeFeed
from techdesk.store.rows import SyncState

WAL_ROWS, ROLLBACK_ROWS = 50, 20
"""Rows of one transaction: a key press beside it waits no longer than it takes (SYNC section 4)."""
FIRST_ROWS = 4
"""Times as many in the first pull, some ten milliseconds: a commit writes each page of the indexes anew."""
_LOG_PAGES, _FIRST_LOG_PAGES = 1_000, 8_000
"""Pages of the write-ahead log before it is copied into the file; SQLite's own number, and the first pull's.

The same pages of the indexes are written over and over in it, and copied the less often.
"""
_PEOPLE = 200
DUE_COUNT = 200
ABANDONED_SECONDS = 120
"""A bulk run that has not been whole for so long was cut off: its writer is no more."""


class Feed:
    """Applies what the desk says, and moves operations along. Use it from the sync thread only."""

    def __init__(self, path: Path, clocks: Clocks) -> None:
        self._connection = connect(path, writable=True)
        self._lines = Lines(self._connection, clocks)
        self.notices = NoticeFeed(self._connection, self._lines)
        mode = scalar(self._connection, "PRAGMA journal_mode")
        self._wal = mode == "wal"
        self._rows = WAL_ROWS if self._wal else ROLLBACK_ROWS

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    # What comes in

    def apply(
        self,
        page: PageLike,
        *,
        generation: int | None = None,
        store_cursor: bool = True,
        whole: bool = False,
        now: Instant,
    ) -> list[int]:
        """Store a page of the feed (or of a sweep, with its generation); keys whose rows changed.

        :param whole: the page has all that there is of its tickets: messages and events that it does not
            show are no more (a server went back to a backup).

        In several short transactions. The cursor is stored in that of the last rows, so a crash in between
        makes the page come again, which changes nothing twice.
        """
        first_pull = store_cursor and self._is_first_pull(page)
        with self._relaxed() if first_pull else nullcontext():
            changed = self._store(
                page, insert=True, pulled=True, generation=generation, now=now, first_pull=first_pull,
                cursor=page.cursor if store_cursor else None, whole=whole,
            )  # fmt: skip
        if not page.more:
            self._finish_index()
        return changed

    def absorb(self, page: PageLike, now: Instant, *, insert: bool = False) -> list[int]:
        """Store an answer: it may update tickets that are here, and insert others only for a look-up."""
        return self._store(
            page, insert=insert, pulled=False, generation=None, now=now, first_pull=False, cursor=None
        )

    @contextmanager
    def _relaxed(self) -> Iterator[None]:
        """Commits that do not wait for the disk: what a power cut takes of them comes again.

        Only with a write-ahead log, where the cursor cannot outlive the rows before it.
        """
        if not self._wal:
            yield
            return
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(f"PRAGMA wal_autocheckpoint = {_FIRST_LOG_PAGES}")
        try:
            yield
        finally:
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    def _is_first_pull(self, page: PageLike) -> bool:
        """Whether the first pull of all is going on; its rows are indexed when it ends."""
        if meta.get(self._connection, meta.FIRST) == "over":
            return False
        with transaction(self._connection) as connection:
            begins = meta.get(connection, meta.CURSOR) is None and meta.get(connection, meta.FIRST) is None
            if begins:
                meta.put(connection, meta.FIRST, "running")
                if page.more:
                    search.begin_bulk(connection)
            return meta.get(connection, meta.FIRST) == "running"

    def _finish_index(self) -> None:
        while scalar(
            self._connection,
            "SELECT 1 FROM meta WHERE name IN (?, ?) LIMIT 1",
            meta.TICKET_MARK,
            meta.MESSAGE_MARK,
        ):
            with transaction(self._connection) as connection:
                search.index_some(connection)

    def _store(
        self,
        page: PageLike,
        *,
        insert: bool,
        pulled: bool,
        generation: int | None,
        now: Instant,
        first_pull: bool,
        cursor: str | None,
        whole: bool = False,
    ) -> list[int]:
        changed: list[int] = []
        for begin in range(0, len(page.people), _PEOPLE):
            with transaction(self._connection) as connection:
                self._lines.put_off(ingest.people(connection, page.people[begin : begin + _PEOPLE]))
        if page.organisations or page.queues or page.unreadable:
            with transaction(self._connection) as connection:
                touched = ingest.organisations(connection, page.organisations)
                touched += ingest.queues(connection, page.queues)
                self._lines.put_off(touched)
                ingest.quarantine(connection, page.unreadable, now)
        rows = self._rows * FIRST_ROWS if first_pull else self._rows
        groups = list(ingest.chunks(ingest.parcels(page), rows))
        if generation is None and pulled and meta.get(self._connection, meta.SWEEPING):
            generation = meta.generation(self._connection)
        for group in groups[:-1]:
            with transaction(self._connection):
                changed += self._store_group(group, insert, pulled, generation, now, first_pull, whole)
        for begin in range(0, len(page.tombstones), self._rows):
            with transaction(self._connection):
                changed += self._bury(page.tombstones[begin : begin + self._rows], now)
        with transaction(self._connection) as connection:
            for group in groups[-1:]:
                changed += self._store_group(group, insert, pulled, generation, now, first_pull, whole)
            if cursor is not None:
                meta.put(connection, meta.CURSOR, cursor)
                if not page.more:
                    meta.put(connection, meta.FIRST, "over")
            changes.prune(connection)
            journal.prune(connection)
            outbox.prune(connection)
        return changed + self.rebuild_stale(now)

    def _bury(self, tombstones: Sequence[Tombstone], now: Instant) -> list[int]:
        buried = [tickets.bury(self._connection, tombstone, now) for tombstone in tombstones]
        keys = [key for key in buried if key is not None]
        self._lines.rebuild(keys, now)
        changes.note(self._connection, keys)
        return keys

    def _store_group(
        self,
        group: list[ingest.Parcel],
        insert: bool,
        pulled: bool,
        generation: int | None,
        now: Instant,
        first_pull: bool,
        whole: bool,
    ) -> list[int]:
        writer = ingest.Ingest(self._connection, now, first_pull=first_pull)
        if whole:
            for parcel in group:
                tickets.forget_unshown(
                    self._connection,
                    parcel.id,
                    {message.id for message in parcel.messages},
                    {event.id for event in parcel.events},
                )
        keys = [
            writer.ticket(parcel, insert=insert, pulled=pulled, generation=generation) for parcel in group
        ]
        return self._lines.rebuild([key for key in keys if key is not None], now)

    def rebuild_stale(self, now: Instant) -> list[int]:
        """Build the rows that were put off, because a name or a policy of many tickets changed."""
        changed: list[int] = []
        while scalar(self._connection, "SELECT 1 FROM stale LIMIT 1") is not None:
            with transaction(self._connection):
                changed += self._lines.rebuild_stale(now, self._rows) or []
        return changed

    # Where the feed stands

    def cursor(self) -> str:
        """Where the next pull goes on; empty before the first."""
        return meta.get(self._connection, meta.CURSOR) or ""

    def account(self) -> tuple[str, str, str] | None:
        """(server, epoch, account id) that this file belongs to; None before the first connection."""
        server = meta.get(self._connection, meta.SERVER)
        if server is None:
            return None
        epoch, account = (meta.get(self._connection, name) or "" for name in (meta.EPOCH, meta.ACCOUNT))
        return server, epoch, account

    def stamp(self, account: AccountLike, guarantee: str) -> None:
        """Write into the file which desk and account it belongs to, and what the desk's protocol promises."""
        with transaction(self._connection) as connection:
            meta.put(connection, meta.SERVER, account.server)
            meta.put(connection, meta.EPOCH, account.epoch)
            meta.put(connection, meta.ACCOUNT, account.person.id)
            ingest.people(connection, (account.person,))
            state = msgspec.structs.replace(
                meta.sync_state(connection),
                server=account.server,
                epoch=account.epoch,
                account_id=account.person.id,
                account_name=account.person.name,
                product=account.product,
                guarantee=guarantee,
            )
            meta.put_sync_state(connection, state)

    def set_state(self, state: SyncState) -> None:
        """Tell every process what sync is doing."""
        with transaction(self._connection) as connection:
            meta.put_sync_state(connection, state)

    def state(self) -> SyncState:
        """What sync said last."""
        return meta.sync_state(self._connection)

    # Sweeps

    def renew(self, epoch: str) -> None:
        """The desk's history began anew: what it says from now on counts, however low its revisions are.

        Once for each epoch, so that the sweep which follows can be cut off and go on. A sweep of an earlier
        epoch is given up.
        """
        with transaction(self._connection) as connection:
            if meta.get(connection, meta.RENEWING) == epoch:
                return
            connection.execute("UPDATE ticket SET revision = -1 WHERE revision <> -1")
            connection.execute("UPDATE tombstone SET revision = -1 WHERE revision <> -1")
            meta.put(connection, meta.RENEWING, epoch)
            meta.put(connection, meta.SWEEPING, None)
            meta.put(connection, meta.SWEEP_AFTER, None)

    def swept_at(self) -> Instant | None:
        """When the last sweep came to its end; None before the first."""
        at = meta.get(self._connection, meta.SWEPT)
        return None if at is None else int(at)

    def held(self, after: int, count: int) -> list[tuple[int, str, str, Instant | None]]:
        """(key, desk id, version, closed) of at most ``count`` tickets held, in order of key, past ``after``.

        Those that are gone are left out; for the digest (SYNC rule 14).
        """
        return tickets.held(self._connection, after, count)

    def begin_sweep(self) -> int:
        """Generation of the sweep: a new one, or of one that was cut off and goes on (``sweep_after``)."""
        with transaction(self._connection) as connection:
            generation = meta.generation(connection)
            if meta.get(connection, meta.SWEEPING) is None:
                generation += 1
                meta.put(connection, meta.GENERATION, str(generation))
                meta.put(connection, meta.SWEEPING, "yes")
                meta.put(connection, meta.SWEEP_AFTER, "")
            return generation

    def sweep_after(self) -> str:
        """Where the sweep goes on; empty at its beginning."""
        return meta.get(self._connection, meta.SWEEP_AFTER) or ""

    def save_sweep(self, after: str) -> None:
        """Everything up to here was stored with ``apply``."""
        with transaction(self._connection) as connection:
            meta.put(connection, meta.SWEEP_AFTER, after)

    def unseen(self, generation: int) -> list[str]:
        """Desk ids of tickets that a sweep did not see and ``end_sweep`` would keep: work hangs on them."""
        return [
            ticket_id
            for key, ticket_id in self._connection.execute(
                "SELECT key, id FROM ticket WHERE generation < ? AND id IS NOT NULL AND gone = ''",
                (generation,),
            )
            if outbox.has_open(self._connection, key)
        ]

    def end_sweep(self, generation: int, cursor: str, now: Instant) -> list[int]:
        """Forget the tickets that the sweep did not see, then go on from ``cursor``; keys of those forgotten.

        A ticket with unsent operations stays: their own answers will say what became of it.
        """
        unseen = [
            row[0]
            for row in self._connection.execute(
                "SELECT key FROM ticket WHERE generation < ? AND id IS NOT NULL AND gone = ''", (generation,)
            )
        ]
        forgotten: list[int] = []
        for begin in range(0, len(unseen), self._rows):
            with transaction(self._connection):
                forgotten += self._forget(unseen[begin : begin + self._rows], generation, now)
        with transaction(self._connection) as connection:
            meta.put(connection, meta.CURSOR, cursor)
            meta.put(connection, meta.SWEEPING, None)
            meta.put(connection, meta.SWEEP_AFTER, None)
            meta.put(connection, meta.SWEPT, str(now))
        return forgotten

    def _forget(self, keys: list[int], generation: int, now: Instant) -> list[int]:
        forgotten = []
        for key in keys:
            current = scalar(self._connection, "SELECT generation FROM ticket WHERE key = ?", key)
            if current is None or current >= generation or outbox.has_open(self._connection, key):
                continue
            if tickets.is_precious(self._connection, key):
                self._connection.execute("UPDATE ticket SET gone = 'deleted' WHERE key = ?", (key,))
            else:
                tickets.purge(self._connection, key)
            forgotten.append(key)
        return self._lines.rebuild(forgotten, now)

    # What goes out

    def due(self, now: Instant, *, count: int = DUE_COUNT, bulk: bool = True) -> list[Operation]:
        """Operations that may go now, at most ``count``: the first of each ticket, lost answers first.

        Those of bulk runs come last, and not at all without ``bulk``.
        """
        self._drop_abandoned(now)
        return outbox.due(self._connection, now, count, bulk=bulk)

    def end_batches(self, now: Instant) -> list[str]:
        """Write down which bulk runs have come to their end; their ids."""
        if not batches.running(self._connection):
            return []
        with transaction(self._connection) as connection:
            return batches.end(connection, now)

    def next_due(self) -> Instant | None:
        """When the next operation becomes due (it may be past); None where nothing waits."""
        return outbox.next_due(self._connection)

    def base(self, ticket_key: int) -> Ticket | None:
        """The newest version of a ticket held, in the desk's own values."""
        return effective.ticket_base(self._connection, ticket_key)

    def last_customer_message(self, ticket_key: int) -> Instant | None:
        """When the customer wrote last, for the check that a close is still right."""
        ticket = effective.read(self._connection, ticket_key)
        return None if ticket is None else ticket.last_customer_message

    def told(self, field: str, value: FieldValue) -> str:
        """A field's value in words: people, queues and organisations by name."""
        return outbox.told(self._connection, field, value)

    def own_effects(self, operation: Operation) -> dict[str, FieldValue]:
        """The newest values of fields that are ours, or the desk's own answer to us, since an earlier
        operation of the same decision was done; empty where none was."""
        return delivery.own_effects(self._connection, operation)

    def change_behind(self, operation: Operation) -> Operation | None:
        """The change of fields that a reply goes before, of the same key press; None where there is none."""
        return outbox.change_behind(self._connection, operation)

    def operation(self, key: int) -> Operation | None:
        """One operation as it stands."""
        return outbox.load(self._connection, key)

    def mark_sent(
        self, operation: int, prepared: PreparedLike, now: Instant, *, quiet: int = 0, fresh: bool = False
    ) -> Operation | None:
        """Say that an operation goes out now, before it does; None where it was undone or settled meanwhile.

        The bytes of the first try are kept and handed back for every later one, which comes no sooner than
        ``quiet`` seconds from now, whichever process it is that tries. With ``fresh`` these bytes count.
        """
        with transaction(self._connection) as connection:
            return delivery.mark_sent(connection, operation, prepared, now, quiet, fresh=fresh)

    def mark_batch(self, writes: Sequence[tuple[int, PreparedLike]], now: Instant) -> list[Operation | None]:
        """The same for operations that go out in one request, in one transaction."""
        with transaction(self._connection) as connection:
            return [delivery.mark_sent(connection, key, prepared, now, 0) for key, prepared in writes]

    def later(self, operation: int, not_before: Instant, error: str, *, sent: bool, now: Instant) -> None:
        """Try again at ``not_before``: as a new try if nothing was ever sent, else byte for byte."""
        with transaction(self._connection) as connection:
            delivery.later(connection, self._lines, operation, not_before, error, sent=sent, now=now)

    def accept(self, operation: int, result: AcceptedLike, now: Instant) -> list[int]:
        """The desk did it: store its answer and settle the operation, in one transaction."""
        with transaction(self._connection) as connection:
            changed = delivery.accept(connection, self._lines, operation, result, now)
        return changed + self.rebuild_stale(now)

    def conflict(self, operation: int, page: PageLike | None, words: str, now: Instant) -> list[int]:
        """Somebody changed the same: store their version; a person decides."""
        return self._settle(operation, OperationState.CONFLICT, page, words, now)

    def reject(self, operation: int, reason: str, page: PageLike | None, now: Instant) -> list[int]:
        """The desk said no; a person decides."""
        return self._settle(operation, OperationState.REJECTED, page, reason, now)

    def _settle(
        self, operation: int, state: OperationState, page: PageLike | None, words: str, now: Instant
    ) -> list[int]:
        with transaction(self._connection) as connection:
            changed = delivery.refuse(connection, self._lines, operation, state, page, words, now)
        return changed + self.rebuild_stale(now)

    def gone(self, operation: int, tombstone: Tombstone, now: Instant) -> list[int]:
        """The ticket is no more: its row goes, what is unsent on it becomes a conflict with words."""
        with transaction(self._connection) as connection:
            return delivery.gone(connection, self._lines, operation, tombstone, now)

    def rebase(self, operation: int, base: dict[str, FieldValue], now: Instant) -> None:
        """Another field changed, not ours: decide from ``base`` anew, with new bytes (SYNC rule 5)."""
        with transaction(self._connection) as connection:
            delivery.rebase(connection, self._lines, operation, base, now)

    def reschedule_interrupted(self, *, quiet: int = 0) -> int:
        """At the start of sync: operations whose answer this machine never heard go first, as they were.

        They stay SENT and lose their waiting time, but for ``quiet`` seconds from the last try. The result is
        how many there are.
        """
        with transaction(self._connection) as connection:
            return delivery.reschedule_interrupted(connection, quiet)

    def _drop_abandoned(self, now: Instant) -> None:
        if scalar(self._connection, "SELECT 1 FROM open_batch LIMIT 1") is None:
            return
        with transaction(self._connection) as connection:
            delivery.drop_abandoned(connection, self._lines, now - ABANDONED_SECONDS, now)
