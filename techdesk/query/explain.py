"""A limit told in words, so that what a view means can be read before it is trusted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import assert_never

from techdesk.query.fields import BY_NAME
from techdesk.query.tree import (
    Above,
    Absent,
    And,
    Below,
    Between,
    Field,
    Node,
    Not,
    Number,
    Or,
    Present,
    Query,
    Text,
    Value,
    Words,
)

_NO_COLON = re.compile(r"([A-Za-z][A-Za-z_]*)([<>=]+)(.*)", re.DOTALL)
"""``waiting>11d``: the beginning of a word, and a comparison where a colon belongs."""
_CONNECTIVES = {"|": "OR", "||": "OR", "or": "OR", "&": "AND", "&&": "AND", "and": "AND"}
"""What other programs write between two terms, and what stands there here."""
_FLAG_WORDS = {
    "unread": "with an unread customer message",
    "stale": "left lying: waiting, on hold, with a vendor or resolved for more than 5 days",
    "pending": "with changes that have not reached the desk",
    "attention": "with a change that waits for a decision",
    "vip": "of a VIP",
    "escalated": "escalated",
    "draft": "with a draft",
    "new": "not at the desk yet",
    "snoozed": "put off by you until later",
    "unreviewed": "received after hours and not reviewed yet",
}
_CLOCK_WORDS = {
    "breached": "SLA breached",
    "running": "SLA clock running",
    "paused": "SLA clock paused",
    "immediate": "to be answered at once",
    "none": "without an SLA clock",
}


def explain(query: Query) -> str:
    """What a limit lets through, as one sentence without a full stop.

    >>> from techdesk.query.parse import parse
    >>> explain(parse("prio:1,2 owner:me -tag:vpn"))
    'tickets: priority 1 or 2, and owner me, and not (tag vpn)'
    """
    if query.tree is None:
        return "every ticket"
    hints = "; ".join(typing_hints(query))
    return f"{hints} - tickets: {_node(query.tree)}" if hints else f"tickets: {_node(query.tree)}"


def typing_hints(query: Query) -> list[str]:
    """What to say of words that look like a field without its colon, or like a connective, and find only
    that very text.

    >>> from techdesk.query.parse import parse
    >>> typing_hints(parse("waiting>11d owner:me"))
    ['waiting needs a colon: waiting:>11d']
    >>> typing_hints(parse("prio:1 | vpn"))
    ['| is looked for as text; write OR']
    """
    if query.tree is None:
        return []
    found = []
    among_fields = _has_field(query.tree)
    for words in _words(query.tree):
        meant = _CONNECTIVES.get(words.text.lower())
        # 'or' and 'and' are words of subjects as well: only beside a field are they hardly meant so.
        if meant is not None and (among_fields or not words.text.isalpha()):
            found.append(f"{words.text} is looked for as text; write {meant}")
        read = _NO_COLON.match(words.text)
        if read is not None and read[1].lower() in BY_NAME:
            value = f"{read[2].strip('=')}{read[3]}"
            found.append(f"{read[1]} needs a colon: {read[1]}:{value}")
    return found


def _has_field(node: Node) -> bool:
    match node:
        case And(parts) | Or(parts):
            return any(map(_has_field, parts))
        case Not(part):
            return _has_field(part)
        case _:
            return isinstance(node, Field)


def _words(node: Node) -> Iterator[Words]:
    match node:
        case Words():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from _words(part)
        case Not(part):
            yield from _words(part)
        case Field():
            return
        case _:
            assert_never(node)


def _node(node: Node) -> str:
    match node:
        case And(parts):
            return ", and ".join(_inside(part) for part in parts)
        case Or(parts):
            return ", or ".join(_inside(part) for part in parts)
        case Not(part):
            return f"not ({_node(part)})"
        case Words(text, prefix):
            return f"with a word beginning with {text!r}" if prefix else f"with the text {text!r}"
        case Field(name, values):
            return _field(name, values)
        case _:
            assert_never(node)


def _inside(node: Node) -> str:
    return f"({_node(node)})" if isinstance(node, And | Or) else _node(node)


def _field(name: str, values: tuple[Value, ...]) -> str:
    if name == "is":
        return " or ".join(_FLAG_WORDS[value.text] for value in values if isinstance(value, Text))
    told = [_value(name, value) for value in values]
    if name == "sla":
        return " or ".join(told)
    return f"{BY_NAME[name].words} {' or '.join(told)}"


def _value(name: str, value: Value) -> str:
    match value:
        case Text(text):
            return _CLOCK_WORDS[text] if name == "sla" else text
        case Number(number):
            return str(number)
        case Absent():
            return "not set"
        case Present():
            return "set"
        case Below(seconds):
            return (
                f"due in less than {span(seconds)}, or breached"
                if name == "sla"
                else f"less than {span(seconds)}"
            )
        case Above(seconds):
            return f"due in more than {span(seconds)}" if name == "sla" else f"more than {span(seconds)}"
        case Between(first, last):
            return _days(first, last)
        case _:
            assert_never(value)


def _days(first: str | None, last: str | None) -> str:
    if first == last and first is not None:
        return f"on {first}"
    begin = f"from {first}" if first else ""
    end = f"to {last}" if last else ""
    return f"{begin} {end}".strip()


def span(seconds: int) -> str:
    """A span in its largest whole unit: ``30 min``, ``7 days``."""
    for size, one, many in (
        (604_800, "week", "weeks"),
        (86_400, "day", "days"),
        (3600, "h", "h"),
        (60, "min", "min"),
    ):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return f"{count} {one if count == 1 else many}"
    return f"{seconds} s"
