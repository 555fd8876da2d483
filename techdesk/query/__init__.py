"""The limit language: text -> tree -> explanation (``query.explain``). Pure; the store turns it into SQL."""

from __future__ import annotations

from techdesk.query.alternatives import alternatives
from techdesk.query.parse import parse
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
    QueryError,
    Text,
    Value,
    Words,
)
from techdesk.query.views import VIEWS, View

__all__ = [
    "VIEWS",
    "Above",
    "Absent",
    "And",
    "Below",
    "Between",
    "Field",
    "Node",
    "Not",
    "Number",
    "Or",
    "Present",
    "Query",
    "QueryError",
    "Text",
    "Value",
    "View",
    "Words",
    "alternatives",
    "parse",
]
