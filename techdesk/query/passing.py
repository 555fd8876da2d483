"""Whether a limit lets through other tickets by time alone."""

from __future__ import annotations

from techdesk.query.tree import Above, And, Below, Field, Node, Not, Or, Query, Text

_RELATIVE = frozenset({("sla", "breached"), ("is", "stale"), ("is", "snoozed")})


def changes_with_time(query: Query) -> bool:
    """Whether a ticket may come or go without being changed: ``sla:<15m``, ``created:today``.

    >>> from techdesk.query.parse import parse
    >>> [changes_with_time(parse(text)) for text in ("prio:1", "prio:1 OR sla:<15m")]
    [False, True]
    """
    return query.tree is not None and _changes(query.tree)


def _changes(node: Node) -> bool:
    match node:
        case And(parts) | Or(parts):
            return any(map(_changes, parts))
        case Not(part):
            return _changes(part)
        case Field(name, values):
            return any(
                isinstance(value, Above | Below)
                or (isinstance(value, Text) and ((name, value.text) in _RELATIVE or name in _DAYS))
                for value in values
            )
        case _:
            return False


_DAYS = ("created", "updated", "closed")
