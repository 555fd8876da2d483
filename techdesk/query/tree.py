"""The limit language as a tree: what ``parse`` gives, ``explain`` tells and the store compiles to SQL.

The tree is pure data. It names fields and values; which column or index answers them is the store's business,
and so is the meaning of ``me`` and of now: a saved view means something else for each of its readers.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct


class Text(Struct, frozen=True, tag=True):
    """A word or a quoted text to compare with."""

    text: str


class Absent(Struct, frozen=True, tag=True):
    """``none``: the field is not set."""


class Present(Struct, frozen=True, tag=True):
    """``any``: the field is set, to whatever."""


class Number(Struct, frozen=True, tag=True):
    """A whole number."""

    number: int


class Below(Struct, frozen=True, tag=True):
    """Less than so many seconds."""

    seconds: int


class Above(Struct, frozen=True, tag=True):
    """More than so many seconds."""

    seconds: int


class Between(Struct, frozen=True, tag=True):
    """Calendar days of the reader's own zone, both included, as ``YYYY-MM-DD``; None is open."""

    first: str | None
    last: str | None


Value: TypeAlias = Text | Absent | Present | Number | Below | Above | Between


class Field(Struct, frozen=True, tag=True):
    """One field with the values that are welcome: any of them."""

    name: str
    values: tuple[Value, ...]


class Words(Struct, frozen=True, tag=True):
    """Free text: to be found in the ticket's number, subject or names, or in one of its messages."""

    text: str
    prefix: bool = False
    """The last word is still being typed: what begins with it counts too."""


class Not(Struct, frozen=True, tag=True):
    """Whatever the part does not say."""

    part: Node


class And(Struct, frozen=True, tag=True):
    """All parts together."""

    parts: tuple[Node, ...]


class Or(Struct, frozen=True, tag=True):
    """At least one of the parts."""

    parts: tuple[Node, ...]


Node: TypeAlias = And | Or | Not | Words | Field


class Query(Struct, frozen=True):
    """A limit that was understood. ``tree`` is None where the text is empty: every ticket."""

    text: str
    tree: Node | None = None


class QueryError(Struct, frozen=True, kw_only=True):
    """A limit that was not understood, and what would have been."""

    position: int
    """Index into the text of the first character that is wrong."""
    message: str
    allowed: tuple[str, ...] = ()
    """What may stand there instead, for completion and for the message."""
