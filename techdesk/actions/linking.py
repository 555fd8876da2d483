"""Two tickets at once: linking them, and merging one into the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from techdesk.actions.fielding import MERGE, change_words
from techdesk.model import FieldValue, link_of
from techdesk.rules.facts import Wish
from techdesk.rules.verdicts import OK, Refuse, Verdict, Warn
from techdesk.store.rows import Row, TicketView

if TYPE_CHECKING:
    from techdesk.store.reader import Reader


_WORD = re.compile(r"\w+")
_ANSWER = frozenset(("re", "fw", "fwd", "aw", "wg"))
"""Words that mail programs put before a subject."""
_LAST_READ = (1.8, 1.0, 0.5)
"""What it counts for that a ticket was the last one looked at, the one before, any of those before."""
_ALIKE = 0.5
"""Share of the words that two subjects have in common, from which on they are called alike."""


def likeness(subject: str, other: str) -> float:
    """Share of the words that two subjects have in common, from 0 to 1."""
    ours, theirs = _words(subject), _words(other)
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def _words(subject: str) -> set[str]:
    return set(_WORD.findall(subject.casefold())) - _ANSWER


def likely(row: Row, others: Sequence[Row], opened: Sequence[int] = ()) -> list[Row]:
    """The tickets that one may be linked with or merged into, the likely ones first.

    What counts: the same requester, a subject of the same words, a look at it not long ago, and that it is
    open. The same words from a colleague come before another matter of the same requester. Of the like, the
    given order stays.

    :param opened: keys of tickets that were looked at, the newest first.
    """

    def points(other: Row) -> float:
        count = 3 * likeness(row.subject, other.subject) + 2 * same_requester(row, other)
        count += 0.5 * other.status.is_active
        if other.key in opened:
            count += _LAST_READ[min(opened.index(other.key), len(_LAST_READ) - 1)]
        return count

    return sorted((other for other in others if other.key != row.key), key=points, reverse=True)


def likely_words(row: Row, other: Row, opened: Sequence[int] = ()) -> str:
    """Beside a likely one: its status, and why it is likely: ``open · same requester · alike``."""
    words = [other.status.value]
    words.append("same requester" if same_requester(row, other) else other.requester_name)
    if other.organisation_name != row.organisation_name:
        words.append(other.organisation_name or "no customer")
    words += ["alike"] if likeness(row.subject, other.subject) >= _ALIKE else []
    words += ["just looked at"] if other.key in opened[:2] else []
    return " · ".join(word for word in words if word)


def same_requester(row: Row, other: Row) -> bool:
    """Whether both are of one person."""
    one = (row.requester_name, row.organisation_name)
    return bool(row.requester_name) and one == (other.requester_name, other.organisation_name)


def other_ticket(
    reader: Reader, view: TicketView, action_id: str, values: Mapping[str, Any]
) -> tuple[dict[str, Any], Verdict]:
    """The values with ``other`` as the desk's id, and what stands against that ticket."""
    named = str(values.get("other") or "").strip()
    key = reader.key_of(named) if named else None
    other = reader.ticket(key) if key is not None else None
    if other is None:
        said = f"There is no ticket '{named}' here." if named else "No other ticket was named."
        remedy = "<list.find> fetches one from the desk by its number."
        return dict(values), Refuse(reason=said, remedy=remedy, rule="generic.no_ticket")
    if key == view.row.key:
        return dict(values), Refuse(
            reason="That is the ticket itself.", remedy="Name another one.", rule="generic.same"
        )
    if other.base is None or view.base is None:
        late = view.row.number if view.base is None else other.row.number
        return dict(values), Refuse(
            reason=f"The desk has not got {late} yet.", remedy="<app.sync> sends it.", rule="generic.not_sent"
        )
    return {**values, "other": other.base.id}, _merging(view, other) if action_id == MERGE else OK


def _merging(view: TicketView, other: TicketView) -> Verdict:
    """What is to be known before one ticket is merged into another: it is never undone."""
    if other.merging_into:
        return Refuse(
            reason=f"{other.row.number} is itself about to be merged into {other.merging_into}.",
            remedy=f"Merge into {other.merging_into}.",
            rule="generic.merge",
        )
    into = f"{other.row.number} {other.row.subject}"
    words = [f"Its conversation moves into {into}, and {view.row.number} is no more."]
    if view.row.organisation_name != other.row.organisation_name:
        theirs = other.row.organisation_name or "nobody"
        words.append(f"ANOTHER CUSTOMER: that one is of {theirs}, who would see what was written here.")
    if not other.row.status.is_active:
        words.append(f"{other.row.number} is {other.row.status.value}.")
    if view.row.pending:
        words.append(f"{view.row.pending} unsent change(s) of it go first.")
    words.append("Once it is sent, nothing brings it back.")
    return Warn(reason=" ".join(words), rule="generic.merge")


def plain_words(
    action_id: str, view: TicketView, wish: Wish, name: Callable[[str], str], reader: Reader
) -> str:
    """What was queued: ``watchers +Ravi Kapoor``, ``links +depends on TD-10432``."""
    if "queue" in wish.plain:
        queues = {queue.id: queue.name for queue in reader.queues()}
        wanted = str(wish.plain["queue"])
        return f"queue {view.row.queue_name or 'none'} -> {queues.get(wanted, wanted)}"
    if "merge_into" in wish.plain:
        return f"merge into {_number(reader, str(wish.plain['merge_into']))}"
    if "watchers" in wish.plain:
        now = [name(each) for each in _texts(wish.plain["watchers"])]
        return change_words("watchers", [name(each) for each in view.watcher_ids], now)
    if "links" in wish.plain:
        before = [_link(reader, each.text) for each in view.links]
        return change_words("links", before, [_link(reader, each) for each in _texts(wish.plain["links"])])
    return ""


def _link(reader: Reader, text: str) -> str:
    found = link_of(text)
    return text if found is None else f"{found[0].words} {_number(reader, found[1])}"


def _number(reader: Reader, ticket_id: str) -> str:
    key = reader.key_of(ticket_id)
    row = reader.row(key) if key is not None else None
    return row.number if row is not None else ticket_id


def _texts(value: FieldValue) -> list[str]:
    return value if isinstance(value, list) else []
