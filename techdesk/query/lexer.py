"""Splits a limit into tokens, with the position of each. Never fails but for a quote left open."""

from __future__ import annotations

import re
from enum import Enum, auto

from msgspec import Struct

from techdesk.query.tree import QueryError


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    NOT = auto()
    OR = auto()
    AND = auto()
    FIELD = auto()  # name and colon; its values follow as text
    WORD = auto()
    QUOTED = auto()
    END = auto()


class Token(Struct, frozen=True):
    """One token. ``text`` of a FIELD is its name, ``values`` what stands after the colon."""

    kind: Kind
    position: int
    text: str = ""
    values: tuple[tuple[int, str, bool], ...] = ()
    """(position, text, quoted) of each value of a field."""


_FIELD = re.compile(r"([A-Za-z][A-Za-z_]*):(?!//)")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"[^\s()\"]+")
_VALUE = re.compile(r"[^\s(),\"]+")
_CONNECTIVES = {"OR": Kind.OR, "AND": Kind.AND, "NOT": Kind.NOT}


def tokens(text: str) -> list[Token] | QueryError:
    """Every token of ``text``, an END last."""
    found: list[Token] = []
    position = 0
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
            continue
        character = text[position]
        if character in "()":
            found.append(Token(Kind.OPEN if character == "(" else Kind.CLOSE, position))
            position += 1
        elif character == "-" and position + 1 < len(text) and not text[position + 1].isspace():
            found.append(Token(Kind.NOT, position))
            position += 1
        elif character == '"':
            end = text.find('"', position + 1)
            if end < 0:
                return QueryError(position=position, message="this quote is never closed", allowed=('"',))
            found.append(Token(Kind.QUOTED, position, text[position + 1 : end]))
            position = end + 1
        elif field := _FIELD.match(text, position):
            read = _values(text, field.end())
            if isinstance(read, QueryError):
                return read
            values, end = read
            found.append(Token(Kind.FIELD, position, field.group(1), tuple(values)))
            position = end
        else:
            word = _WORD.match(text, position)
            assert word is not None  # neither space, quote nor parenthesis is left here
            kind = _CONNECTIVES.get(word.group(), Kind.WORD)
            found.append(Token(kind, position, word.group()))
            position = word.end()
    found.append(Token(Kind.END, len(text)))
    return found


def _values(text: str, position: int) -> tuple[list[tuple[int, str, bool]], int] | QueryError:
    """The comma-separated values of a field, from just after its colon."""
    values: list[tuple[int, str, bool]] = []
    while True:
        if position < len(text) and text[position] == '"':
            end = text.find('"', position + 1)
            if end < 0:
                return QueryError(position=position, message="this quote is never closed", allowed=('"',))
            values.append((position, text[position + 1 : end], True))
            position = end + 1
        elif plain := _VALUE.match(text, position):
            values.append((position, plain.group(), False))
            position = plain.end()
        else:
            values.append((position, "", False))
        if position < len(text) and text[position] == ",":
            position += 1
            continue
        return values, position
