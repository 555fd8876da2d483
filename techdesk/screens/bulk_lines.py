"""The lines of a preview: its groups with their samples, the tickets of one, what customers hear."""

from __future__ import annotations

from techdesk.widgets.cells import Line, fit
from techdesk.work.plans import Group, Item, Notice, Outcome, Plan, Shown

_WORDS = {
    Outcome.DO: ("will do", "entry-list--good"),
    Outcome.REFUSED: ("REFUSED", "entry-list--bad"),
    Outcome.CHANGED: ("CHANGED", "entry-list--busy"),
    Outcome.EXCLUDED: ("left out", "entry-list--quiet"),
}


def told(plan: Plan, found: Shown) -> str:
    """What the customers hear, in words: ``54 messages to 15 people, in the standing words``."""
    if plan.notice is Notice.SILENT:
        return "nobody is told"
    how = "in your words" if plan.notice is Notice.TEXT else "in the standing words"
    messages = f"{found.messages:,} message{'' if found.messages == 1 else 's'}"
    people = "1 person" if found.recipients == 1 else f"{found.recipients:,} people"
    return f"{messages} to {people}, {how}"


def group_lines(group: Group, largest: int) -> tuple[Line, Line]:
    """A group with what is done about its tickets there, or the first of them.

    :param largest: tickets of the largest group. Its count decides how wide the column is: a title of one
        of the policies' cases fits into eighty cells beside it.
    """
    word, style = _WORDS[group.outcome]
    digits = max(2, len(f"{largest:,}"))
    gap = "  " if digits == 2 else " "
    first: Line = (
        (f" {fit(word, 9)}", style),
        (f"{len(group.items):>{digits},}{gap}", ""),
        (group.title, "entry-list--what"),
    )
    indent = " " * (10 + digits + len(gap))
    if group.outcome is Outcome.REFUSED and group.remedy:
        return first, ((indent + "→ there: " + group.remedy, ""),)
    warned = sum(bool(item.warning) for item in group.items)
    note = f"{warned:,} with a warning · " if warned and group.outcome is Outcome.DO else ""
    samples = " · ".join(f"{item.number} {_about(item, group)}" for item in group.items[:3])
    return first, ((indent, ""), (note, "entry-list--busy"), (samples, "entry-list--quiet"))


def item_lines(group: Group, item: Item) -> tuple[Line, Line]:
    """A ticket of a group, and why it is in it."""
    word, style = _WORDS[group.outcome]
    return (
        ((f" {fit(word, 9)}", style), (f"{item.number}  ", "entry-list--what"), (item.subject, "")),
        ((" " * 10, ""), (item.words, "entry-list--quiet")),
    )


def _about(item: Item, group: Group) -> str:
    """What tells a ticket from the others of its group."""
    return item.subject if item.words in ("", group.title) else item.words


def warnings(group: Group) -> list[str]:
    """Each warning once, with how many tickets it concerns."""
    found: dict[str, int] = {}
    for item in group.items:
        if item.warning:
            found[item.warning] = found.get(item.warning, 0) + 1
    return [f"! {count:,}: {words}" for words, count in list(found.items())[:3]]
