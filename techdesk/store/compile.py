"""A limit's tree as SQL. Every value is bound; nothing that anybody typed becomes part of a statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any, TypeAlias, assert_never

from msgspec import Struct

from techdesk.model import Instant, Status
from techdesk.query import (
    Above,
    Absent,
    And,
    Below,
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
from techdesk.store import meta
from techdesk.store.folding import FOREIGN, folded
from techdesk.store.search import MESSAGE_BITS, match_expression
from techdesk.store.spans import ALWAYS, SQL, days, joined, span
from techdesk.text import storable


class Condition(Struct, frozen=True):
    """A WHERE clause with its values, and the MATCH expressions in it that every hit must satisfy."""

    where: str
    parameters: tuple[Any, ...]
    required_words: tuple[str, ...] = ()
    has_words: bool = False
    """Whether any word is looked for, required or not."""


Lookup: TypeAlias = Callable[[str, tuple[Any, ...]], list[str]]
"""Runs a SELECT of ids with its values."""

STALE = 5 * 86_400
"""Seconds after which a ticket that nobody works on is left lying; less than any policy asks for, so that
what is nearly ripe is among them and the rules say of each whether it may be closed."""

MANY_IDS = 100
"""More names than so many stay a subquery."""


class Context(Struct, frozen=True):
    """What a limit means depends on who asks, when and where."""

    me: str
    now: Instant
    zone: tzinfo | None = None
    """Zone of the days in a limit; None is the machine's."""
    lookup: Lookup | None = None
    """Finds the ids of people and others by name, so that an index can be asked for each of them."""
    walk: bool = False
    """Words are common: test each row for them, instead of looking up every match."""
    held: Mapping[str, str] | None = None
    """By MATCH expression, the keys of those candidates that hold it, as JSON: nothing else is asked of the
    words then."""
    leaps: bool = False
    """Columns behind ``active`` in their index are asked for in both halves of it."""
    along: frozenset[str] | None = None
    """Columns whose index may be asked, where matches are many: the order's index is walked and each row
    tested, which finds the first of them without sorting all. None leaves the choice to SQLite."""

    def column(self, name: str) -> str:
        """The name of a column, with the plus sign that keeps SQLite from its indexes where it must not."""
        return name if self.along is None or name in self.along else f"+{name}"


def condition(query: Query | None, context: Context) -> Condition:
    """The WHERE clause of a limit over ``list_row``, whose columns it names plainly."""
    if query is None or query.tree is None:
        return Condition("1", ())
    where, parameters = _node(query.tree, context)
    return Condition(where, tuple(parameters), tuple(_required(query.tree)), bool(_expressions(query.tree)))


def _required(node: Node) -> list[str]:
    match node:
        case Words(text, prefix):
            expression = match_expression(text, prefix=prefix)
            return [] if expression is None else [expression]
        case And(parts):
            return [word for part in parts for word in _required(part)]
        case _:
            return []


def _node(node: Node, context: Context) -> SQL:
    match node:
        case And(parts):
            return joined(" AND ", [_node(part, context) for part in parts])
        case Or(parts):
            return joined(" OR ", [_node(part, context) for part in parts])
        case Not(part):
            where, parameters = _node(part, context)
            # A column that is NULL makes its condition NULL; its negation has to be true all the same.
            return f"NOT coalesce({where}, 0)", parameters
        case Words(text, prefix):
            return _words(text, prefix, context)
        case Field(name, values):
            return joined(" OR ", [_field(name, value, context) for value in values])
        case _:
            assert_never(node)


_OF_TICKETS = "SELECT rowid FROM ticket_search WHERE ticket_search MATCH ?"
_OF_MESSAGES = f"SELECT rowid >> {MESSAGE_BITS} FROM message_search WHERE message_search MATCH ?"


def _words(text: str, prefix: bool, context: Context) -> SQL:
    """An expression matches a ticket's own text or one of its messages."""
    expression = match_expression(text, prefix=prefix)
    if expression is None:
        return ALWAYS
    if context.held is not None:
        return "key IN (SELECT value FROM json_each(?))", (context.held[expression],)
    if context.walk or context.along is not None:
        # The plus sign keeps SQLite from looking up every match by key and sorting them all. Two sets, each
        # filled in its order: a common word's keys are put into one set in half the speed.
        return f"(+key IN ({_OF_TICKETS}) OR +key IN ({_OF_MESSAGES}))", (expression, expression)
    return f"key IN ({_OF_TICKETS} UNION ALL {_OF_MESSAGES})", (expression, expression)


def expressions(query: Query | None) -> tuple[str, ...]:
    """Every MATCH expression in a limit, each once."""
    return tuple(dict.fromkeys(_expressions(query.tree))) if query and query.tree is not None else ()


def _expressions(node: Node) -> list[str]:
    match node:
        case And(parts) | Or(parts):
            return [expression for part in parts for expression in _expressions(part)]
        case Not(part):
            return _expressions(part)
        case Words(text, prefix):
            expression = match_expression(text, prefix=prefix)
            return [] if expression is None else [expression]
        case _:
            return []


def without_words(query: Query) -> Query:
    """What a limit asks for apart from words: it lets through all that the limit does, and more."""
    tree = query.tree
    parts = tree.parts if isinstance(tree, And) else () if tree is None else (tree,)
    rest = tuple(part for part in parts if not _expressions(part))
    return Query(query.text, And(rest) if len(rest) > 1 else rest[0] if rest else None)


def _field(name: str, value: Value, context: Context) -> SQL:
    column = context.column
    match name:
        case "prio":
            return _number(column("priority"), value)
        case "severity":
            return _number(column("severity"), value)
        case "owner":
            return _person(column("owner"), value, context, "role <> 'requester' AND ")
        case "requester":
            return _person(column("requester"), value, context, "")
        case "org":
            return _named(column("organisation"), "organisation", value, context)
        case "queue":
            return _named(column("queue"), "queue", value, context)
        case "tag":
            return _tag(value, context)
        case "subject":
            return _contains(column("subject"), value)
        case "number":
            return _numbered(value, context)
        case "kind" | "policy" | "channel":
            return _plain(column(name), value)
        case "status":
            return _status(_text(value), context)
        case "is":
            return _flag(_text(value), context)
        case "sla":
            return _clock(value, context)
        case "waiting":
            where, parameters = span(column("status_since"), value, context.now)
            return f"({column('status')} = 'waiting' AND {where})", parameters
        case "still":
            return span(column("status_since"), value, context.now)
        case "age":
            return _leaping(span(column("created"), value, context.now), context)
        case "created" | "updated":
            return _leaping(days(column(name), value, context.now, context.zone), context)
        case "closed":
            return days(column(name), value, context.now, context.zone)
        case _:
            raise AssertionError(f"the limit language has a field that the store does not know: {name}")


def _leaping(found: SQL, context: Context) -> SQL:
    """The indexes by creation and change begin with whether a ticket is open."""
    where, parameters = found
    return (f"(active IN (0, 1) AND {where})" if context.leaps else where), parameters


def _text(value: Value) -> str:
    assert isinstance(value, Text)
    return storable(value.text, 2000)  # a pasted lone surrogate cannot be bound


def _number(column: str, value: Value) -> SQL:
    match value:
        case Absent():
            return f"{column} IS NULL", ()
        case Present():
            return f"{column} IS NOT NULL", ()
        case Number(number):
            return f"{column} = ?", (number,)
        case _:
            raise AssertionError(value)


def _set_or_not(column: str, value: Value) -> SQL | None:
    if isinstance(value, Absent):
        return f"{column} = ''", ()
    if isinstance(value, Present):
        return f"{column} <> ''", ()
    return None


def _plain(column: str, value: Value) -> SQL:
    return _set_or_not(column, value) or (f"{column} = ? COLLATE NOCASE", (_text(value),))


_DIGITS = re.compile(r"[0-9]{1,18}")


def _numbered(value: Value, context: Context) -> SQL:
    """The very number; digits alone are the number without what the desk puts before it, as in a search."""
    text = _text(value) if isinstance(value, Text) else ""
    if not _DIGITS.fullmatch(text):
        return _plain(context.column("number"), value)
    known = f"{_OF_TICKETS} UNION ALL SELECT key FROM ticket WHERE number = ?"
    return f"{context.column('key')} IN ({known})", (f'number : "{text}"', text)


def _person(column: str, value: Value, context: Context, restriction: str) -> SQL:
    if known := _set_or_not(column, value):
        return known
    text = _text(value)
    if text.lower() == "me":
        return f"{column} = ?", (context.me,)
    ids = (
        f"SELECT id FROM person WHERE {restriction}(name LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\'"
        f" OR email LIKE ? ESCAPE '\\' OR (name GLOB '{FOREIGN}'"
        " AND (spellings(name) LIKE ? ESCAPE '\\' OR spellings(name) LIKE ? ESCAPE '\\')))"
    )
    typed, plain = _escaped(text), _escaped(folded(text))
    return _one_of(
        column, text, ids, (f"{typed}%", f"% {typed}%", f"{typed}%", f"{plain}%", f"% {plain}%"), context
    )


def _named(column: str, table: str, value: Value, context: Context) -> SQL:
    if known := _set_or_not(column, value):
        return known
    text = _text(value)
    ids = (
        f"SELECT id FROM {table} WHERE name LIKE ? ESCAPE '\\'"
        f" OR (name GLOB '{FOREIGN}' AND spellings(name) LIKE ? ESCAPE '\\')"
    )
    plain = _escaped(folded(text))
    return _one_of(column, text, ids, (f"%{_escaped(text)}%", f"%{plain}%"), context)


def _one_of(column: str, text: str, ids: str, parameters: tuple[Any, ...], context: Context) -> SQL:
    """A column that holds ``text`` itself, or one of the ids that a SELECT finds by name."""
    if context.lookup is not None:
        found = list(dict.fromkeys((text, *context.lookup(f"{ids} LIMIT {MANY_IDS}", parameters))))
        if len(found) < MANY_IDS:
            # Only ids that are there: with a single one left, its index gives the order as well.
            known = found[1:] or found
            return (
                (f"{column} = ?", (known[0],)) if len(known) == 1 else (_among(column, known), tuple(known))
            )
    return f"({column} = ? OR {column} IN ({ids}))", (text, *parameters)


def _among(column: str, ids: list[str]) -> str:
    return f"{column} IN (?{', ?' * (len(ids) - 1)})"


def _tag(value: Value, context: Context) -> SQL:
    return _set_or_not("tags", value) or (
        f"{context.column('key')} IN (SELECT ticket FROM ticket_tag WHERE tag = ?)",
        (_text(value),),
    )


def _contains(column: str, value: Value) -> SQL:
    return f"{column} LIKE ? ESCAPE '\\'", (f"%{_escaped(_text(value))}%",)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\x00", "")


def _status(text: str, context: Context) -> SQL:
    # Literals of ours, not bound: the planner has to see them to choose an index.
    active = context.column("active")
    if text == "active":
        return f"{active} = 1", ()
    if text == "done":
        return f"{active} = 0", ()
    # An open status says active as well: with it the order of urgency needs no sorting.
    return f"({context.column('status')} = ? AND {active} = {int(Status(text).is_active)})", (text,)


STANDING = "('waiting', 'hold', 'vendor', 'resolved')"
"""Statuses in which nobody of ours is at work. Literals of ours: the index on them is chosen by them."""


_SNOOZED = (
    "SELECT s.key FROM meta m, json_each(CASE WHEN json_valid(m.value) THEN m.value ELSE '{}' END) j"
    " CROSS JOIN list_row s ON s.key = CAST(j.key AS INTEGER) WHERE m.name = ?"
    " AND json_extract(j.value, '$.until') > ?"
    " AND NOT (s.unread = 1 AND s.last_customer_message > json_extract(j.value, '$.at'))"
)
"""Put off until later, and the customer has not written since: then it is back at once."""


def _snoozed(column: str, context: Context) -> SQL:
    """The tickets themselves where they are few, as they are: then nothing has to be walked through."""
    parameters = (meta.SNOOZED, context.now)
    if context.lookup is not None:
        found = [int(key) for key in context.lookup(f"{_SNOOZED} LIMIT {MANY_IDS}", parameters)]
        if len(found) < MANY_IDS:
            return f"{column} IN ({', '.join(map(str, found)) or '0'})", ()
    return f"{column} IN ({_SNOOZED})", parameters


def _flag(text: str, context: Context) -> SQL:
    column = context.column
    match text:
        case "unread":
            return f"{column('unread')} = 1", ()
        case "stale":
            where = f"{column('status')} IN {STANDING} AND {column('status_since')} < ?"
            return f"({where})", (context.now - STALE,)
        case "pending":
            return f"{column('pending')} > 0", ()
        case "attention":
            return f"{column('attention')} <> ''", ()
        case "vip":
            return f"{column('vip')} = 1", ()
        case "escalated":
            return f"{column('escalation_level')} > 0", ()
        case "draft":
            return f"{column('key')} IN (SELECT ticket FROM draft WHERE ticket IS NOT NULL)", ()
        case "unreviewed":
            return f"{column('key')} IN (SELECT ticket FROM unreviewed)", ()
        case "new":
            return f"{column('key')} IN (SELECT key FROM ticket WHERE id IS NULL)", ()
        case "snoozed":
            return _snoozed(column("key"), context)
        case _:
            raise AssertionError(f"the limit language has a flag that the store does not know: {text}")


def _clock(value: Value, context: Context) -> SQL:
    """``clock_order`` of a running clock is its due instant or earlier, so it bounds the index range."""
    now = context.now
    active, urgency, order = (context.column(name) for name in ("active", "urgency", "clock_order"))
    running = f"{active} = 1 AND {urgency} = 0"
    match value:
        case Text("breached"):
            return f"({running} AND {order} <= ? AND breach_at <= ?)", (now, now)
        case Text("running"):
            return f"({running})", ()
        case Text("paused"):
            return f"({active} = 1 AND {urgency} = 1)", ()
        case Text("immediate"):
            return f"({running} AND immediate = 1)", ()
        case Text("none"):
            return f"{urgency} >= 2", ()
        case Below(seconds):
            until = now + seconds
            return f"({running} AND {order} < ? AND (immediate = 1 OR due < ?))", (until, until)
        case Above(seconds):
            return f"({running} AND due > ?)", (now + seconds,)
        case _:
            raise AssertionError(value)
