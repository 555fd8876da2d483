"""A limit with several welcome values taken apart, so that each can be found through an index."""

from __future__ import annotations

from techdesk.query.tree import And, Field, Node, Query

_APART = frozenset({"prio", "owner", "queue", "org", "status"})
"""Fields with an index that has the order of urgency behind each of their values."""
MOST = 8


def alternatives(query: Query | None) -> tuple[Query, ...]:
    """Limits that together let through what ``query`` does; none where it cannot be taken apart.

    >>> from techdesk.query.parse import parse
    >>> [part.tree for part in alternatives(parse("prio:1,2"))]
    [Field(name='prio', values=(Number(number=1),)), Field(name='prio', values=(Number(number=2),))]
    """
    tree = query.tree if query is not None else None
    if query is None or tree is None:
        return ()
    parts: tuple[Node, ...] = tree.parts if isinstance(tree, And) else (tree,)
    for place, part in enumerate(parts):
        if isinstance(part, Field) and part.name in _APART and 1 < len(part.values) <= MOST:
            return tuple(
                Query(
                    query.text, _together((*parts[:place], Field(part.name, (value,)), *parts[place + 1 :]))
                )
                for value in part.values
            )
    return ()


def _together(parts: tuple[Node, ...]) -> Node:
    return parts[0] if len(parts) == 1 else And(parts)
