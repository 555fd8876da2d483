"""What is chosen before a change, the same for one ticket and for many: time, an hour, a queue, a macro."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from techdesk.actions.fielding import time_typed
from techdesk.actions.snoozing import until_typed
from techdesk.model import Instant, Queue, Relation
from techdesk.screens.choosing import queue_choices
from techdesk.screens.pick import Choice, Pick
from techdesk.text import minutes_words, safe_text
from techdesk.widgets.moments import due_time

if TYPE_CHECKING:
    from techdesk.config.macros import Macro

_TIMES = (5, 10, 15, 30, 45, 60, 90)
"""Minutes that are offered."""
_HOURS = (
    ("1h", "in an hour"),
    ("4h", "in four hours"),
    ("tomorrow", "tomorrow morning"),
    ("monday", "Monday morning"),
    ("1w", "in a week"),
)
_RELATIONS = (
    (Relation.DEPENDS_ON, "d", "it waits for the other one"),
    (Relation.REFERS_TO, "r", "see also"),
    (Relation.PART_OF, "p", "the other one is the problem behind it"),
    (Relation.HAS_PART, "h", "it is the problem behind the other one"),
    (Relation.NEEDED_BY, "n", "the other one waits for it"),
)


def time_picker(title: str) -> Pick:
    """Gives a line of minutes and words, as ``time_typed`` reads it."""

    def offer(line: str) -> Choice | None:
        typed = time_typed(line)
        if typed is None:
            return None
        return Choice(
            id=line, label=f"log {minutes_words(typed[0])}", detail=safe_text(typed[1], 200) or "no words"
        )

    choices = [Choice(id=str(minutes), label=minutes_words(minutes)) for minutes in _TIMES]
    return Pick(
        title,
        choices,
        offer=offer,
        placeholder="minutes, and what for: 25 called Kim, 1h30, 1:30",
        nothing="Not a time of up to a day: 25, 1h30, 1:30.",
    )


def hour_picker(title: str, now: Instant) -> Pick:
    """Gives an instant, as digits."""

    def offered(typed: str, label: str) -> Choice | None:
        until = until_typed(typed, now)
        return None if until is None else Choice(id=str(until), label=label, detail=due_time(until, now))

    made = [offered(typed, label) for typed, label in _HOURS]
    # On a Sunday "tomorrow morning" is "Monday morning": one line for one hour, the first of its names.
    hours = {choice.id: choice for choice in reversed(made) if choice is not None}
    return Pick(
        title,
        list(reversed(hours.values())),
        offer=lambda typed: offered(typed, f"until {typed}"),
        placeholder="2h, 3d, 14:00, monday 14:00, 2026-11-30",
        nothing="No hour of the coming year: 2h, 3d, monday 14:00.",
    )


def queue_picker(title: str, queues: Sequence[Queue], loads: Mapping[str, int], current: str = "") -> Pick:
    """Gives the id of a queue."""
    return Pick(title, queue_choices(queues, loads, current), placeholder="type to find a queue")


def relation_picker(title: str, this: str) -> Pick:
    """Gives a relation. ``this``: whose relation it is, as the sentence begins."""
    choices = [
        Choice(id=relation.value, label=f"{this} {relation.words} ...", detail=detail, hint_key=key)
        for relation, key, detail in _RELATIONS
    ]
    return Pick(title, choices, typed=False)


def macro_picker(title: str, macros: Mapping[str, Macro]) -> Pick:
    """Gives the name of a macro."""
    choices = [
        Choice(id=each.id, label=safe_text(each.title, 80), detail=safe_text(_about(each), 120))
        for each in sorted(macros.values(), key=lambda each: each.title.casefold())
    ]
    return Pick(title, choices, placeholder="type to find a macro")


def _about(macro: Macro) -> str:
    parts = [f"owner {macro.owner}"] if macro.owner else []
    parts += [f"priority {macro.priority}"] if macro.priority is not None else []
    parts += [f"severity {macro.severity}"] if macro.severity is not None else []
    parts += [macro.status] if macro.status else []
    parts += [f"close: {macro.close}"] if macro.close else []
    parts += [f"#{tag}" for tag in macro.add_tags] + [f"-#{tag}" for tag in macro.remove_tags]
    parts += ["note"] if macro.note else []
    parts += ["reply"] if macro.reply else []
    return ", ".join(parts)
