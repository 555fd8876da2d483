"""Who is on call and who is at the desk, as the site's own files say: no help desk that we know tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from techdesk.model import Instant, Person
from techdesk.rules.customer import listed
from techdesk.sla.calendar import Span, unite


class Hours(Protocol):
    """When somebody works: a weekly ``sla.calendar.Calendar``, or ``Shifts`` with their dates."""

    def is_open(self, instant: Instant) -> bool: ...
    def next_open(self, instant: Instant) -> Instant | None: ...
    def next_close(self, instant: Instant) -> Instant | None: ...


class Shifts:
    """Hours that are named one by one. Those that touch are one."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = unite(list(spans))

    def is_open(self, instant: Instant) -> bool:
        return any(start <= instant < end for start, end in self._spans)

    def next_open(self, instant: Instant) -> Instant | None:
        """First instant at or after ``instant`` that counts; None where no shift follows."""
        return next((max(start, instant) for start, end in self._spans if end > instant), None)

    def next_close(self, instant: Instant) -> Instant | None:
        """End of the shift around ``instant``, else of the next one."""
        return next((end for _, end in self._spans if end > instant), None)


class Turn(Struct, frozen=True, kw_only=True):
    """Somebody's hours."""

    who: str
    """Id, name or e-mail address, as the file writes it; of a calendar entry its title, which names them."""
    hours: Hours

    def is_of(self, person: Person) -> bool:
        """Whether they are a person's."""
        if listed((self.who,), person):
            return True
        return any(_named(self.who, each) for each in (person.name, person.email) if each)


class Duty(Struct, frozen=True, kw_only=True):
    """Somebody's turn to be on call."""

    who: str
    begins: Instant
    until: Instant | None
    """None: no end is known."""


class Place(StrEnum):
    """Where somebody is."""

    ON_CALL = "on_call"
    HERE = "here"
    AWAY = "away"


class Presence(Struct, frozen=True, kw_only=True):
    """Where somebody is, and until when; None: as far as the files go."""

    place: Place
    until: Instant | None


class Rota(Struct, frozen=True, kw_only=True):
    """What the site's files say. Where they say nothing, nothing is known: nobody is taken to be there."""

    on_call: tuple[Turn, ...] = ()
    hours: tuple[Turn, ...] = ()
    sources: tuple[str, ...] = ()
    """Files and their dates: ``on-call.ics, 2026-11-03``."""
    mistakes: tuple[str, ...] = ()
    """What is wrong in files that count as none, in words for people."""

    def on_call_at(self, now: Instant) -> tuple[Duty, ...]:
        """Who is on call, whose turn ends first before the others."""
        now_on = [
            Duty(who=turn.who, begins=now, until=turn.hours.next_close(now))
            for turn in self.on_call
            if turn.hours.is_open(now)
        ]
        return tuple(sorted(now_on, key=lambda duty: (duty.until is None, duty.until or 0, duty.who)))

    def next_on_call(self, now: Instant) -> Duty | None:
        """Whose turn begins next."""
        coming = []
        for turn in self.on_call:
            after = turn.hours.next_close(now) if turn.hours.is_open(now) else now
            begins = None if after is None else turn.hours.next_open(after)
            if begins is not None:
                coming.append(Duty(who=turn.who, begins=begins, until=turn.hours.next_close(begins)))
        return min(coming, key=lambda duty: (duty.begins, duty.who), default=None)

    def presence(self, person: Person, now: Instant) -> Presence | None:
        """Where somebody is; None where no file tells."""
        turns = [turn for turn in self.on_call if turn.is_of(person)]
        for turn in turns:
            if turn.hours.is_open(now):
                return Presence(place=Place.ON_CALL, until=turn.hours.next_close(now))
        turns += [turn for turn in self.hours if turn.is_of(person)]
        if not turns:
            return None
        here = [turn for turn in turns if turn.hours.is_open(now)]
        if here:
            ends = [turn.hours.next_close(now) for turn in here]
            return Presence(place=Place.HERE, until=None if None in ends else max(e for e in ends if e))
        begins = [begin for turn in turns if (begin := turn.hours.next_open(now)) is not None]
        return Presence(place=Place.AWAY, until=min(begins, default=None))


def _named(title: str, name: str) -> bool:
    """Whether a title such as ``On call: Bea Moreau (primary)`` has that whole name in it."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", title, re.IGNORECASE) is not None
