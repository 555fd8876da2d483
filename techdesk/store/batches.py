"""Bulk runs: one decision about many tickets, kept, held, halted and told as one (SYNC rule 13).

A run is queued in short transactions and starts only when whole. What it may send is said by its row: not
before ``hold_until``, and nothing past ``gate`` while the first few of it are waited for (a canary).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from techdesk.model import Instant, Operation
from techdesk.store import journal, outbox
from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.lines import Lines
from techdesk.store.rows import BatchState, BatchTicket, BatchView
from techdesk.text import safe_text, storable

CHUNK = 100
"""Tickets whose operations are written in one transaction: about 10 ms, so that a key press beside it waits
no longer. How their rows look then is worked out afterwards, ``ROWS`` at a time."""
ROWS = 40
WHOLE = object()
"""Yielded before the transaction that makes a run whole: that one has to be on the disk, and brings those
before it there as well."""
KEPT = 200
"""Runs that stay to be looked back on."""


class Head(Struct, frozen=True, kw_only=True):
    """What there is to know of a run before its operations."""

    id: str
    plan: str
    action: str
    title: str
    """What it does, for people: ``close 52 tickets``."""
    actor: str
    created: Instant
    hold_seconds: int
    tickets: int
    messages: int
    canary: int = 0
    """Tickets that go first, before anybody is asked about the rest; 0 for none."""
    document: bytes = b""
    """The plan as it was shown, for the report."""


_INSERT = (
    "INSERT INTO operation (id, batch, ticket, kind, action, sets, base, text, channel, state, created,"
    " hold_until, attempts, not_before, request, precondition, error, actor, what, bulk)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'held', ?, ?, 0, 0, x'', '', '', ?, ?, 1)"
)


def enqueue(
    lines: Lines,
    connection: sqlite3.Connection,
    head: Head,
    tickets: Sequence[Sequence[Operation]],
    now: Callable[[], Instant],
) -> Iterator[object]:
    """Store a run, ``CHUNK`` tickets in each transaction; yields None between, then its id.

    Empty where the plan was queued before: a plan is applied once. An undo in between ends it. The rows of
    its tickets are put off (``catch_up``): who asks a gate sees the operations at once, lists a little later.
    """
    if applied(connection, head.plan) is not None:
        yield ""
        return
    connection.execute(
        "INSERT INTO batch (id, plan, action, title, actor, state, created, hold_until, ended, tickets,"
        " messages, canary, gate, document) VALUES (?, ?, ?, ?, ?, 'queueing', ?, ?, NULL, ?, ?, ?, NULL, ?)",
        (
            head.id,
            head.plan,
            head.action,
            storable(head.title, 500),
            head.actor,
            head.created,
            head.created + head.hold_seconds,
            head.tickets,
            head.messages,
            head.canary,
            head.document,
        ),
    )
    connection.execute("INSERT INTO open_batch (id, touched) VALUES (?, ?)", (head.id, head.created))
    gate: int | None = None
    for begin in range(0, len(tickets), CHUNK):
        if begin:
            yield None
            if scalar(connection, "SELECT 1 FROM open_batch WHERE id = ?", head.id) is None:
                yield ""  # taken back while it was being queued
                return
        chunk = tickets[begin : begin + CHUNK]
        _insert(connection, chunk, now())
        lines.put_off(operations[0].ticket for operations in chunk if operations)
        if head.canary and begin < head.canary <= begin + len(chunk):
            last = chunk[head.canary - begin - 1][-1]
            gate = scalar(connection, "SELECT key FROM operation WHERE id = ?", last.id)
        connection.execute("UPDATE open_batch SET touched = ? WHERE id = ?", (now(), head.id))
    yield WHOLE
    if scalar(connection, "SELECT 1 FROM open_batch WHERE id = ?", head.id) is None:
        yield ""
        return
    # Whole: from here on the hold counts, and then it goes.
    connection.execute("DELETE FROM open_batch WHERE id = ?", (head.id,))
    connection.execute(
        "UPDATE batch SET state = 'running', hold_until = ?, gate = ? WHERE id = ?",
        (now() + head.hold_seconds, gate, head.id),
    )
    _note(connection, head.id, "queued", head.title, now())
    connection.execute(
        "DELETE FROM batch WHERE key <= (SELECT max(key) FROM batch) - ? AND ended IS NOT NULL", (KEPT,)
    )
    yield head.id


def catch_up(lines: Lines, connection: sqlite3.Connection, now: Instant) -> Iterator[bool | None]:
    """Work out the rows that were put off; yields None between transactions."""
    while scalar(connection, "SELECT 1 FROM stale LIMIT 1") is not None:
        lines.rebuild_stale(now, ROWS)
        yield None
    yield True


def _insert(connection: sqlite3.Connection, tickets: Sequence[Sequence[Operation]], at: Instant) -> None:
    connection.executemany(
        _INSERT,
        (
            (
                operation.id,
                operation.batch,
                operation.ticket,
                operation.kind.value,
                operation.action,
                outbox.fields_text(operation.sets),
                outbox.fields_text(operation.base),
                storable(operation.text, outbox.MAX_TEXT),
                operation.channel.value,
                operation.created,
                operation.hold_until,
                operation.actor,
                outbox.describe(connection, operation),
            )
            for operations in tickets
            for operation in operations
        ),
    )


def applied(connection: sqlite3.Connection, plan: str) -> str | None:
    """The run that a plan was applied as; None where it never was, or was cut off before it was whole."""
    found = scalar(
        connection, "SELECT id FROM batch WHERE plan = ? AND state <> 'cut' ORDER BY key DESC LIMIT 1", plan
    )
    return None if found is None else str(found)


def undone(connection: sqlite3.Connection, batch: str, now: Instant) -> bool:
    """Write down that a run was taken back; False where that batch is no bulk run."""
    changed = connection.execute(
        "UPDATE batch SET state = 'undone', ended = ?, gate = NULL WHERE id = ? AND ended IS NULL",
        (now, batch),
    ).rowcount
    return bool(changed)


def halt(
    lines: Lines, connection: sqlite3.Connection, batch: str, now: Instant
) -> Iterator[list[int] | None]:
    """Stop a run after what is in flight: drop what was never tried; yields the tickets given back.

    A ticket of which the desk has something already (its message) is finished: half of it is no state that
    anybody decided on.
    """
    rest = [
        row[0]
        for row in connection.execute(
            "SELECT ticket FROM operation WHERE batch = ? GROUP BY ticket"
            " HAVING max(state NOT IN ('held', 'ready') OR ambiguous = 1 OR attempts > 0) = 0"
            " ORDER BY min(key)",
            (batch,),
        )
    ]
    connection.execute(
        "UPDATE operation SET state = 'dropped' WHERE batch = ? AND state IN ('held', 'ready')"
        " AND ticket NOT IN (SELECT ticket FROM operation WHERE batch = ?"
        " AND (state NOT IN ('held', 'ready') OR ambiguous = 1 OR attempts > 0))",
        (batch, batch),
    )
    connection.execute("DELETE FROM open_batch WHERE id = ?", (batch,))
    connection.execute(
        "UPDATE batch SET state = 'halted', gate = NULL, hold_until = min(hold_until, ?)"
        " WHERE id = ? AND ended IS NULL",
        (now, batch),
    )
    _note(connection, batch, "halted", f"{len(rest)} tickets given back", now)
    lines.rebuild(rest[:ROWS], now)
    lines.put_off(rest[ROWS:])
    while scalar(connection, "SELECT 1 FROM stale LIMIT 1") is not None:
        yield None
        lines.rebuild_stale(now, ROWS)
    end(
        connection, now
    )  # where nothing is in flight nobody has to wait for the next sync, least of all offline
    yield rest


def go_on(connection: sqlite3.Connection, batch: str) -> bool:
    """Send the rest after a canary; False where nothing was waiting for that."""
    return bool(
        connection.execute(
            "UPDATE batch SET gate = NULL WHERE id = ? AND gate IS NOT NULL AND ended IS NULL", (batch,)
        ).rowcount
    )


def cut(connection: sqlite3.Connection, batch: str, now: Instant) -> None:
    """Its writer ended before it was whole: none of it was sent, and the plan may be applied again."""
    connection.execute(
        "UPDATE batch SET state = 'cut', ended = ? WHERE id = ? AND state = 'queueing'", (now, batch)
    )


_ON_ITS_WAY = (
    "EXISTS (SELECT 1 FROM operation o WHERE o.batch = b.id AND o.state IN ('held', 'ready', 'sent')"
    " AND (o.state = 'sent' OR NOT EXISTS (SELECT 1 FROM operation p WHERE p.ticket = o.ticket"
    " AND p.key < o.key AND p.state IN ('conflict', 'rejected'))))"
)
"""Something of a run still goes out by itself: what stands behind a decision does not."""
_BEYOND_ITS_GATE = (
    "(b.gate IS NOT NULL AND EXISTS (SELECT 1 FROM operation o WHERE o.batch = b.id AND o.key > b.gate"
    " AND o.state IN ('held', 'ready', 'sent')))"
)
"""Somebody has yet to say whether the rest may go, wherever that stands: an ended run is not asked about."""


def end(connection: sqlite3.Connection, now: Instant) -> list[str]:
    """Write down which runs have come to their end; their ids."""
    ended = [
        row[0]
        for row in connection.execute(
            f"SELECT b.id FROM batch b WHERE b.ended IS NULL AND b.state IN ('running', 'halted')"
            f" AND NOT {_ON_ITS_WAY} AND NOT {_BEYOND_ITS_GATE}"
        )
    ]
    for batch in ended:
        connection.execute(
            # Without its gate: what a person sends again of an ended run has nobody left to wait for.
            "UPDATE batch SET state = CASE state WHEN 'halted' THEN 'halted' ELSE 'done' END, ended = ?,"
            " gate = NULL WHERE id = ?",
            (now, batch),
        )
        view = read(connection, batch)
        if view is not None:
            words = f"{view.done} done, {view.refused} refused, {view.conflicts} conflicts"
            _note(connection, batch, "ended", words, now)
    return ended


def running(connection: sqlite3.Connection) -> bool:
    """Whether any run has not come to its end."""
    return scalar(connection, "SELECT 1 FROM batch WHERE ended IS NULL LIMIT 1") is not None


_VIEW = (
    "SELECT id, plan, action, title, state, created, hold_until, ended, tickets, messages, canary, gate"
    " FROM batch"
)
# The state of a ticket is that of its operation which is furthest from done.
_RANK = (
    "max(CASE state WHEN 'conflict' THEN 6 WHEN 'rejected' THEN 5 WHEN 'sent' THEN 4 WHEN 'held' THEN 3"
    " WHEN 'ready' THEN 3 WHEN 'dropped' THEN 2 ELSE 1 END)"
)
_COUNTS = (
    f"SELECT rank, count(*) FROM (SELECT {_RANK} AS rank FROM operation WHERE batch = ? GROUP BY ticket)"
    " GROUP BY rank"
)
_BEFORE_GATE = (
    f"SELECT count(*) FROM (SELECT {_RANK} AS rank, max(key) AS last FROM operation WHERE batch = ?"
    " GROUP BY ticket) WHERE last <= ? AND rank IN (3, 4)"
)


def read(connection: sqlite3.Connection, batch: str) -> BatchView | None:
    """A run with what has become of its tickets so far."""
    row = connection.execute(f"{_VIEW} WHERE id = ?", (batch,)).fetchone()
    return None if row is None else _view(connection, row)


def newest(connection: sqlite3.Connection, count: int) -> list[BatchView]:
    """The newest runs, newest first."""
    rows = connection.execute(f"{_VIEW} ORDER BY key DESC LIMIT ?", (count,)).fetchall()
    return [_view(connection, row) for row in rows]


def _view(connection: sqlite3.Connection, row: tuple[object, ...]) -> BatchView:
    (batch, plan, action, title, state, created, hold_until, ended, tickets, messages, canary, gate) = row
    counts = dict(connection.execute(_COUNTS, (batch,)).fetchall())
    asks = gate is not None and ended is None and not scalar(connection, _BEFORE_GATE, batch, gate)
    return BatchView(
        id=str(batch),
        plan=str(plan),
        action=str(action),
        title=safe_text(str(title)),
        state=BatchState(str(state)),
        created=int(str(created)),
        hold_until=int(str(hold_until)),
        ended=None if ended is None else int(str(ended)),
        tickets=int(str(tickets)),
        messages=int(str(messages)),
        canary=int(str(canary)),
        gated=gate is not None,
        asks=asks,
        done=counts.get(1, 0),
        dropped=counts.get(2, 0),
        waiting=counts.get(3, 0),
        in_flight=counts.get(4, 0),
        refused=counts.get(5, 0),
        conflicts=counts.get(6, 0),
    )


_STATES = {6: "conflict", 5: "rejected", 4: "sent", 3: "waiting", 2: "dropped", 1: "done"}


def tickets(connection: sqlite3.Connection, batch: str) -> list[BatchTicket]:
    """What has become of each ticket of a run, in the order in which they go out."""
    return [
        BatchTicket(
            ticket=ticket,
            number=safe_text(number),
            state=_STATES[rank],
            error=safe_text(error),
            told=bool(told),
        )
        for ticket, number, rank, error, told in connection.execute(
            "SELECT o.ticket, coalesce(nullif(t.number, ''), 'NEW-' || o.ticket),"
            f" {_RANK.replace('state', 'o.state')}, max(CASE WHEN o.state IN ('conflict', 'rejected')"
            " OR o.attempts > 0 THEN o.error ELSE '' END), max(o.kind = 'reply' AND o.state = 'done')"
            " FROM operation o LEFT JOIN ticket t"
            " ON t.key = o.ticket WHERE o.batch = ? GROUP BY o.ticket ORDER BY min(o.key)",
            (batch,),
        )
    ]


def document(connection: sqlite3.Connection, batch: str) -> bytes:
    """The plan of a run as it was stored; empty where there is none."""
    found = scalar(connection, "SELECT document FROM batch WHERE id = ?", batch)
    return b"" if found is None else bytes(found)


def _note(connection: sqlite3.Connection, batch: str, outcome: str, words: str, now: Instant) -> None:
    row = connection.execute("SELECT actor, action, title FROM batch WHERE id = ?", (batch,)).fetchone()
    if row is None:
        return
    actor, action, title = row
    detail = words if words == title else f"{title}: {words}"
    journal.write(
        connection, at=now, actor=actor, action=action, ticket=None, number="", outcome=outcome,
        detail=f"{detail} [bulk run {batch[:8]}]",
    )  # fmt: skip
