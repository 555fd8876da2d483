"""By which column a list is sorted, and which way: what the key offers, and what the first line says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from techdesk.screens.pick import Pick


class Sorting(Struct, frozen=True):
    """One column, with the direction that people mean when they name it."""

    order: str
    """As the store calls it, ``-`` before it for descending."""
    title: str
    key: str
    """What takes it at once; its capital takes the other direction."""
    usual: str
    other: str

    @property
    def reverse(self) -> str:
        """The order the other way round."""
        return self.order.removeprefix("-") if self.order.startswith("-") else f"-{self.order}"


SORTINGS: tuple[Sorting, ...] = (
    Sorting("urgency", "Deadline", "d", "the nearest first", "the farthest first"),
    Sorting("priority", "Priority", "p", "the most urgent first", "the least urgent first"),
    Sorting("severity", "Severity", "v", "the most severe first", "the least severe first"),
    Sorting("-number", "Number", "n", "the newest first", "the oldest first"),
    Sorting("created", "Age", "a", "the oldest first", "the newest first"),
    Sorting("-updated", "Last change", "c", "the latest first", "the oldest first"),
    Sorting("status", "Status", "s", "from A to Z", "from Z to A"),
    Sorting("owner", "Owner", "o", "by name, the unassigned first", "by name, from Z to A"),
    Sorting("organisation", "Customer", "g", "by name, from A to Z", "by name, from Z to A"),
    Sorting("requester", "Requester", "r", "by name, from A to Z", "by name, from Z to A"),
    Sorting("queue", "Queue", "q", "by name, from A to Z", "by name, from Z to A"),
    Sorting("subject", "Subject", "t", "from A to Z", "from Z to A"),
    Sorting("metric", "Target", "m", "by its name, from A to Z", "by its name, from Z to A"),
    Sorting("unread", "Unread", "u", "the unread first", "the unread last"),
    Sorting("answered", "Last answer", "l", "the oldest first", "the latest first"),
    Sorting("channel", "Channel", "h", "from A to Z", "from Z to A"),
)


def order_words(order: str) -> str:
    """``number, the oldest first``; the order's own name where it is none of these."""
    for sorting in SORTINGS:
        if order == sorting.order:
            return f"{sorting.title.lower()}, {sorting.usual}"
        if order == sorting.reverse:
            return f"{sorting.title.lower()}, {sorting.other}"
    return order


def order_ways(order: str) -> tuple[str, ...]:
    """Ways to say in a line how a list is sorted, the longest first; none for the view's own order."""
    if not order:
        return ()
    words = order_words(order)
    title, _, way = words.partition(", ")
    return tuple(dict.fromkeys((f"by {words}", f"by {title}, {way.removeprefix('the ')}", f"by {title}")))


def sort_picker(current: str) -> Pick:
    """Every column, both ways; gives the order."""
    from techdesk.screens.pick import Choice, Pick

    choices: list[Choice] = []
    for sorting in SORTINGS:
        choices.append(
            Choice(id=sorting.order, label=sorting.title, detail=sorting.usual, hint_key=sorting.key)
        )
        choices.append(
            Choice(
                id=sorting.reverse, label=sorting.title, detail=sorting.other, hint_key=sorting.key.upper()
            )
        )
    return Pick("Sort by", choices, typed=False, current=current)
