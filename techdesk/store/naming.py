"""What people call a ticket."""

from __future__ import annotations

from techdesk.store.connection import scalar
from techdesk.store.driver import sqlite3


def number_of(connection: sqlite3.Connection, key: int) -> str:
    """The desk's number; ``NEW-<key>`` before the desk has given one, also after the ticket is gone."""
    number = scalar(connection, "SELECT number FROM ticket WHERE key = ?", key)
    return str(number) if number else f"NEW-{key}"
