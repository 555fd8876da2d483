"""Named values of the file: cursor, account stamp, sync state, sweep, marks of the search index."""

from __future__ import annotations

import msgspec

from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3
from techdesk.store.rows import SyncState
from techdesk.text import storable

CURSOR = "cursor"
SERVER = "server"
EPOCH = "epoch"
ACCOUNT = "account_id"
STATE = "sync_state"
FIRST = "first_pull"
GENERATION = "generation"
SWEEPING = "sweeping"
SWEEP_AFTER = "sweep_after"
SWEPT = "swept_at"
RENEWING = "renewing_epoch"
TICKET_MARK = "ticket_search_mark"
POLICIES = "policies"
"""Fingerprint of the policies that the list rows' clocks were computed by."""
RETIMED = "policies_reached"
"""How far a re-timing under other policies has come: fingerprint, 1 for open tickets or 0, last local key."""
NOTICES = "notices_began"
REMEMBERED = "screen."
"""Before the name of what a screen remembers: the limits typed, whether the preview is open."""
SNOOZED = f"{REMEMBERED}snoozed"
"""Which tickets this profile has put off, until when: an object by local key with ``at`` and ``until``."""
MESSAGE_MARK = "message_search_mark"


def get(connection: sqlite3.Connection, name: str) -> str | None:
    """A value, or None where it was never set."""
    value = scalar(connection, "SELECT value FROM meta WHERE name = ?", name)
    return None if value is None else str(value)


def put(connection: sqlite3.Connection, name: str, value: str | None) -> None:
    """Set a value; None takes it away."""
    if value is None:
        connection.execute("DELETE FROM meta WHERE name = ?", (name,))
        return
    connection.execute(
        "INSERT INTO meta (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )


def generation(connection: sqlite3.Connection) -> int:
    """Number of the newest sweep; what is inserted now belongs to it."""
    return int(get(connection, GENERATION) or 0)


def sync_state(connection: sqlite3.Connection) -> SyncState:
    """What sync said last; the beginning where it never said anything that can be read."""
    text = get(connection, STATE)
    if text is None:
        return SyncState()
    try:
        return msgspec.json.decode(text, type=SyncState)
    except msgspec.MsgspecError:
        return SyncState()


def put_sync_state(connection: sqlite3.Connection, state: SyncState) -> None:
    """Keep what sync says, for every process."""
    state = msgspec.structs.replace(
        state,
        error=storable(state.error, 2000),
        account_name=storable(state.account_name, 500),
        product=storable(state.product, 500),
    )
    put(connection, STATE, msgspec.json.encode(state).decode())
