"""Who is on which ticket of the demo desk: whoever said so less than a minute ago, and the cast by script."""

from __future__ import annotations

from techdesk.demo.cast import LENA, OMAR, RAVI
from techdesk.demo.storage import Storage
from techdesk.model import Colleague, Instant

LASTS = 60
"""Seconds that a word of presence is good for."""

_SCRIPT: tuple[tuple[str, str, bool, int, int], ...] = (
    ("conflict:ravi", RAVI, False, 0, 30),
    ("conflict:ravi", RAVI, True, 30, 50),
    ("state:dynamix:new", OMAR, False, 60, 100),
    ("state:dynamix:new", OMAR, True, 100, 125),
    ("state:data-dynamics:escalated", LENA, True, 0, 900),
    ("fuse:late-unacknowledged", RAVI, False, 0, 900),
)
"""Scene, who, whether writing, and from which to which second of running time."""


class Presence:
    """In memory only: after a restart nobody is anywhere until they say so again."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._here: dict[tuple[str, str], tuple[bool, Instant, Instant]] = {}
        """Ticket and person -> whether writing, since when, last said."""

    def say(self, ticket: str, person: str, doing: str) -> None:
        """Somebody is on a ticket, or has left it."""
        now = self._storage.clock.now()
        held = self._here.pop((ticket, person), None)
        if doing != "gone":
            since = held[1] if held is not None and now - held[2] < LASTS else now
            self._here[ticket, person] = (doing == "writing", since, now)

    def others(self, ticket: str, person: str, *, scripted: bool) -> list[Colleague]:
        """Everybody else on a ticket, by name."""
        now = self._storage.clock.now()
        found = {
            who: (writing, since)
            for (where, who), (writing, since, said) in self._here.items()
            if where == ticket and now - said < LASTS
        }
        if scripted:
            found |= self._scripted(ticket, now)
        found.pop(person, None)
        people = [
            Colleague(id=who, name=self._name(who), writing=writing, since=since)
            for who, (writing, since) in found.items()
        ]
        return sorted(people, key=lambda colleague: colleague.name)

    def _scripted(self, ticket: str, now: Instant) -> dict[str, tuple[bool, Instant]]:
        row = self._storage.sql.execute(
            "SELECT scene FROM tickets WHERE id = ?", (int(ticket) if ticket.isdigit() else -1,)
        ).fetchone()
        running = now - self._storage.origin
        return {
            who: (writing, self._storage.origin + begins)
            for scene, who, writing, begins, ends in _SCRIPT
            if row is not None and row["scene"] == scene and begins <= running < ends
        }

    def _name(self, person: str) -> str:
        row = self._storage.sql.execute("SELECT name FROM people WHERE id = ?", (person,)).fetchone()
        return str(row["name"]) if row is not None else person
