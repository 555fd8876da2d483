"""Request Tracker's links between tickets, in neutral words and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from techdesk.desks.rt.answers import TicketAnswer, TransactionAnswer, whole
from techdesk.model import Relation, link_of

WRITTEN: Mapping[Relation, str] = {
    Relation.DEPENDS_ON: "DependsOn",
    Relation.NEEDED_BY: "DependedOnBy",
    Relation.REFERS_TO: "RefersTo",
    Relation.REFERRED_BY: "ReferredToBy",
    Relation.PART_OF: "MemberOf",
    Relation.HAS_PART: "Members",
}
"""Names in a PUT; each takes the whole list of ids (measured on 5.0.3)."""
_SHOWN = {
    "depends-on": Relation.DEPENDS_ON,
    "depended-on-by": Relation.NEEDED_BY,
    "refers-to": Relation.REFERS_TO,
    "referred-to-by": Relation.REFERRED_BY,
    "parent": Relation.PART_OF,
    "child": Relation.HAS_PART,
}
_LOGGED = {name: relation for relation, name in WRITTEN.items()} | {"HasMember": Relation.HAS_PART}
_TICKET = re.compile(r"/ticket/(\d+)$")


def links_of(row: TicketAnswer) -> tuple[str, ...]:
    """The links of a row that was read with its hyperlinks."""
    found = {
        f"{_SHOWN[each.ref]}:{whole(each.id)}"
        for each in row.hyperlinks or ()
        if each.ref in _SHOWN and whole(each.id)
    }
    return tuple(sorted(found))


def links_logged(rows: Iterable[TransactionAnswer], merged: Mapping[int, int]) -> dict[int, tuple[str, ...]]:
    """The links that tickets have by their whole log: put on and not taken off again. By ticket id."""
    found: dict[int, set[str]] = {}
    for row in sorted(rows, key=lambda each: each.number):
        relation = _LOGGED.get(row.field or "")
        if relation is None or row.type not in ("AddLink", "DeleteLink"):
            continue
        ticket = merged.get(row.ticket, row.ticket)
        named = _TICKET.search((row.new_value if row.type == "AddLink" else row.old_value) or "")
        if named is None:
            continue
        links = found.setdefault(ticket, set())
        other = merged.get(int(named[1]), int(named[1]))
        (links.add if row.type == "AddLink" else links.discard)(f"{relation}:{other}")
    return {ticket: tuple(sorted(links)) for ticket, links in found.items()}


def written_links(links: Sequence[str]) -> dict[str, object]:
    """RT's lists for a ticket's links: every kind, so that what is no longer there is taken off."""
    wanted: dict[Relation, list[int]] = {relation: [] for relation in Relation}
    for text in links:
        found = link_of(text)
        if found is not None and whole(found[1]):
            wanted[found[0]].append(whole(found[1]))
    return {WRITTEN[relation]: [str(each) for each in sorted(ids)] for relation, ids in wanted.items()}
