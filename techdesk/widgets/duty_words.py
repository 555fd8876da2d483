"""Who is on call and who is at the desk, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from techdesk.model import Instant, Person
from techdesk.rules.rota import Duty, Place, Presence, Rota
from techdesk.text import safe_text
from techdesk.widgets.moments import clock_time, due_time

_PLACES = {Place.ON_CALL: "on call to", Place.HERE: "here to", Place.AWAY: "away to"}
_NO_END = {Place.ON_CALL: "on call", Place.HERE: "here", Place.AWAY: "away"}


def on_call_words(rota: Rota, people: Iterable[Person], now: Instant, zone: tzinfo | None = None) -> str:
    """``Omar Haddad to 18:00 CET, next Ravi Kulkarni``; empty where no file has an on-call rota."""
    if not rota.on_call:
        return ""
    people = tuple(people)
    on, following = rota.on_call_at(now), rota.next_on_call(now)
    names = [
        f"{name_of(duty.who, people)} to {due_time(duty.until, now, zone)}"
        if duty.until is not None
        else name_of(duty.who, people)
        for duty in on
    ]
    words = " and ".join(names) or "nobody"
    if following is None:
        return words if on else f"{words}: the rota has ended"
    return f"{words}, next {_next(following, people, on, now, zone)}"


def _next(
    duty: Duty, people: tuple[Person, ...], on: tuple[Duty, ...], now: Instant, zone: tzinfo | None
) -> str:
    name = name_of(duty.who, people)
    # Whose turn begins where this one ends needs no hour of his own.
    follows_on = any(each.until == duty.begins for each in on)
    return name if follows_on else f"{name} from {due_time(duty.begins, now, zone)}"


def name_of(who: str, people: Iterable[Person]) -> str:
    """The technician whom a file names, else what it says."""
    from techdesk.rules.rota import Shifts, Turn

    turn = Turn(who=who, hours=Shifts(()))
    return next((person.name for person in people if turn.is_of(person)), safe_text(who, 60))


def presence_words(rota: Rota, person: Person, now: Instant, zone: tzinfo | None = None) -> str:
    """``here to 17:00``, ``away to Mon 23 Nov 09:00``; empty where no file tells of anybody's hours."""
    if not (rota.on_call or rota.hours):
        return ""
    presence = rota.presence(person, now)
    if presence is None:
        return "hours not known" if rota.hours else ""
    return _told(presence, now, zone)


def _told(presence: Presence, now: Instant, zone: tzinfo | None) -> str:
    if presence.until is None:
        return _NO_END[presence.place]
    return f"{_PLACES[presence.place]} {clock_time(presence.until, now, zone)}"
