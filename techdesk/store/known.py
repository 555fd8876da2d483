"""Values that the cache holds of a field, for completion. Each is a leap or a short look, at any size."""

from __future__ import annotations

from techdesk.query.complete import Known
from techdesk.store.driver import sqlite3
from techdesk.store.folding import FOREIGN
from techdesk.text import safe_text, storable

MOST = 60
"""Values given; beyond that one types another letter."""
_RECENT = 3_000
"""Of the newest tickets so many are looked at for values that no index leads to."""

_TECHNICIANS = (
    "SELECT name, '' FROM person WHERE role = 'technician' AND name LIKE ?1 ESCAPE '\\'"
    " ORDER BY name COLLATE NOCASE LIMIT ?2"
)
_REQUESTERS = (
    "SELECT name, email FROM person WHERE role = 'requester' AND (name LIKE ?1 ESCAPE '\\'"
    " OR email LIKE ?1 ESCAPE '\\') ORDER BY name COLLATE NOCASE LIMIT ?2"
)


def _names(table: str) -> str:
    return (
        f"SELECT name, '' FROM {table} WHERE name LIKE ?1 ESCAPE '\\' OR (name GLOB '{FOREIGN}'"
        " AND spellings(name) LIKE ?1 ESCAPE '\\') ORDER BY name COLLATE NOCASE LIMIT ?2"
    )


def _newest(column: str) -> str:
    return (
        f"SELECT {column}, '' FROM (SELECT {column} FROM list_row ORDER BY key DESC LIMIT {_RECENT})"
        f" WHERE {column} <> '' AND {column} LIKE ?1 ESCAPE '\\' GROUP BY {column} COLLATE NOCASE"
        " ORDER BY count(*) DESC LIMIT ?2"
    )


_TAGS = (
    "WITH RECURSIVE leap (tag) AS (SELECT min(tag) FROM ticket_tag UNION ALL"
    " SELECT (SELECT min(t.tag) FROM ticket_tag t WHERE t.tag > leap.tag) FROM leap"
    " WHERE leap.tag IS NOT NULL) SELECT tag, '' FROM leap WHERE tag LIKE ?1 ESCAPE '\\' LIMIT ?2"
)
_STATEMENTS = {
    "owner": _TECHNICIANS,
    "requester": _REQUESTERS,
    "queue": _names("queue"),
    "org": _names("organisation"),
    "tag": _TAGS,
    "kind": _newest("kind"),
    "policy": _newest("policy"),
    "prio": (
        "SELECT priority, group_concat(DISTINCT label) FROM priority_label GROUP BY priority"
        " HAVING priority || '' LIKE ?1 ESCAPE '\\' OR group_concat(label) LIKE ?1 ESCAPE '\\'"
        " ORDER BY priority LIMIT ?2"
    ),
    "severity": (
        f"SELECT severity, '' FROM (SELECT severity FROM list_row ORDER BY key DESC LIMIT {_RECENT})"
        " WHERE severity IS NOT NULL AND severity LIKE ?1 ESCAPE '\\' GROUP BY severity"
        " ORDER BY severity LIMIT ?2"
    ),
}


def values(connection: sqlite3.Connection, field: str, typed: str) -> list[Known]:
    """Values of a field with ``typed`` in them; every text made safe. A field of another kind has none."""
    statement = _STATEMENTS.get(field)
    if statement is None:
        return []
    escaped = storable(typed, 200).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = connection.execute(statement, (f"%{escaped.replace(chr(0), '')}%", MOST))
    return [
        Known(safe_text(str(text)), safe_text(words or "").replace(",", ", "))
        for text, words in rows
        if str(text).strip()
    ]
