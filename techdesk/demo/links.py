"""Links between tickets of the demo desk: both sides always say the same."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from techdesk.demo.feed import row_id
from techdesk.demo.storage import Storage
from techdesk.model import link_of

LIMIT = 50
"""Links of a ticket."""


class Links:
    """Part of the desk. ``advance`` gives a ticket its next version, and returns its place in the feed."""

    def __init__(self, storage: Storage, advance: Callable[[int], int]) -> None:
        self._storage = storage
        self._advance = advance

    def checked(self, value: object) -> str:
        """Links as the file keeps them. Raises ``ValueError`` with the words of the refusal."""
        if (
            not isinstance(value, list)
            or len(value) > LIMIT
            or any(not isinstance(each, str) for each in value)
        ):
            raise ValueError(f"must be a list of at most {LIMIT} texts like 'depends_on:10431'")
        for each in value:
            found = link_of(each)
            if found is None:
                raise ValueError(f"{each!r} is no link")
            row = self._storage.sql.execute(
                "SELECT gone FROM tickets WHERE id = ?", (row_id(found[1]),)
            ).fetchone()
            if row is None or row["gone"]:
                raise ValueError(f"{found[1]!r} is no ticket")
        return msgspec.json.encode(sorted(set(value))).decode()

    def mirror(self, actor: str, ticket: int, before: str, after: str) -> None:
        """Put on the other tickets what was put on this one, and take off what was taken off."""
        old, new = _links(before), _links(after)
        for text, added in [*((each, True) for each in new - old), *((each, False) for each in old - new)]:
            found = link_of(text)
            if found is not None and row_id(found[1]) != ticket:
                self._change(actor, row_id(found[1]), f"{found[0].inverse}:{ticket}", added=added)

    def move(self, actor: str, ticket: int, into: int) -> None:
        """A ticket was merged: what was linked to it is linked to the other one."""
        for text in sorted(_links(self._read(ticket))):
            found = link_of(text)
            if found is None:
                continue
            relation, other = found[0], row_id(found[1])
            self._change(actor, other, f"{relation.inverse}:{ticket}", added=False)
            if other != into:
                self._change(actor, into, text, added=True)
                self._change(actor, other, f"{relation.inverse}:{into}", added=True)

    def _read(self, ticket: int) -> str:
        row = self._storage.sql.execute("SELECT links FROM tickets WHERE id = ?", (ticket,)).fetchone()
        return "[]" if row is None else str(row["links"])

    def _change(self, actor: str, ticket: int, link: str, *, added: bool) -> None:
        held = _links(self._read(ticket))
        wanted = held | {link} if added else held - {link}
        if wanted == held:
            return
        seq = self._advance(ticket)
        sql = self._storage.sql
        sql.execute(
            "UPDATE tickets SET links = ? WHERE id = ?",
            (msgspec.json.encode(sorted(wanted)).decode(), ticket),
        )
        sql.execute(
            "INSERT INTO events(ticket, seq, at, actor, field, old, new) VALUES(?, ?, ?, ?, 'links', ?, ?)",
            (ticket, seq, self._storage.now(), actor, _told(held), _told(wanted)),
        )


def _links(stored: str) -> set[str]:
    return set(msgspec.json.decode(stored, type=list[str]))


def _told(links: set[str]) -> str | None:
    return ", ".join(sorted(links)) or None
