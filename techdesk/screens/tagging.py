"""The picker of tags: those on the ticket first, then those known here, or what is typed."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.actions.fielding import tags_typed
from techdesk.screens.pick import Choice, Pick
from techdesk.store.rows import Row


def tag_picker(row: Row, known: Sequence[str]) -> Pick:
    """Gives one line: ``+vpn`` or ``-vpn`` for a choice, or the line that was typed."""
    there = {tag.casefold() for tag in row.tags}
    choices = [Choice(id=f"-{tag}", label=f"#{tag}", detail="on it: enter takes it off") for tag in row.tags]
    choices += [Choice(id=f"+{tag}", label=f"#{tag}") for tag in known if tag.casefold() not in there]
    return _picker(f"Tags of {row.number}", choices)


def tags_for_many(title: str, known: Sequence[str]) -> Pick:
    """The same for many tickets: a tag that is chosen is put on; ``-vpn`` takes one off."""
    return _picker(title, [Choice(id=f"+{tag}", label=f"#{tag}") for tag in known])


def _picker(title: str, choices: Sequence[Choice]) -> Pick:
    def offer(typed: str) -> Choice | None:
        added, removed = tags_typed(typed)
        if not added and not removed:
            return None
        parts = [f"put on {_listed(added)}"] if added else []
        parts += [f"take off {_listed(removed)}"] if removed else []
        return Choice(id=f"={typed}", label=", ".join(parts))

    return Pick(title, choices, offer=offer, placeholder="a tag, or several: vpn, site b, -printer")


def tags_chosen(line: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a line of the picker puts on and takes off. The id of a choice is one tag, commas and all."""
    if line.startswith("="):
        return tags_typed(line[1:])
    return ((line[1:],), ()) if line.startswith("+") else ((), (line[1:],))


def _listed(tags: Sequence[str]) -> str:
    return " ".join(f"#{tag}" for tag in tags)
