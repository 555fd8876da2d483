"""Completion of a limit: what is being typed at the cursor, and what may stand there. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

from techdesk.query.fields import BY_NAME, FIELDS, FieldSpec, Takes
from techdesk.query.values import DATE_EXAMPLES, SPAN_EXAMPLES

_FIELD = re.compile(r"([A-Za-z][A-Za-z_]*):(.*)", re.DOTALL)
_BREAKS = re.compile(r'[\s(),"]')
LOOKED_UP = ("owner", "requester", "queue", "org", "tag", "kind", "policy", "prio", "severity")
"""Fields whose values are those that the cache holds."""


class Known(Struct, frozen=True):
    """A value that a field has somewhere in the cache."""

    text: str
    words: str = ""
    """What it stands for, where the value itself does not say: ``Critical`` for ``1``."""


class Spot(Struct, frozen=True):
    """What is being typed at the cursor."""

    field: str
    """Name of the field whose value is being typed; empty where it is a field or a word."""
    typed: str
    start: int
    """Index of the first character that a candidate replaces."""
    end: int
    """The cursor."""


class Candidate(Struct, frozen=True):
    """What may stand at a spot."""

    text: str
    """What is written there."""
    shown: str
    words: str = ""


def spot_at(text: str, cursor: int) -> Spot | None:
    """What is typed at ``cursor``; None inside a quoted text, where anything may stand."""
    start, quoted = 0, False
    for index, character in enumerate(text[:cursor]):
        if character == '"':
            quoted = not quoted
        elif not quoted and (character.isspace() or character in "()"):
            start = index + 1
    token = text[start:cursor]
    if token.startswith("-"):
        start, token = start + 1, token[1:]
    match = _FIELD.fullmatch(token)
    spec = BY_NAME.get(match.group(1).lower()) if match else None
    if match is None or spec is None:
        return None if quoted or '"' in token else Spot("", token, start, cursor)
    typed = _last_value(match.group(2))
    return Spot(spec.name, typed.removeprefix('"'), cursor - len(typed), cursor)


def _last_value(values: str) -> str:
    begin, quoted = 0, False
    for index, character in enumerate(values):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            begin = index + 1
    return values[begin:]


def candidates(spot: Spot, known: Sequence[Known] = ()) -> tuple[Candidate, ...]:
    """What may stand at a spot, the likeliest first; ``known``: the cache's values of its field."""
    if not spot.field:
        return _fields(spot.typed)
    spec = BY_NAME[spot.field]
    values = [Known(text) for text in _fixed(spec)]
    values[1 if values and values[0].text == "me" else 0 : 0] = known
    offered = [Candidate(_quoted(each.text, known=each in known), each.text, each.words) for each in values]
    wanted = spot.typed.casefold()
    ranked = [(rank, one) for one in offered if (rank := _rank(one, wanted)) is not None]
    ranked.sort(key=lambda pair: pair[0])
    return tuple(dict.fromkeys(one for _, one in ranked))


def _fields(typed: str) -> tuple[Candidate, ...]:
    wanted = typed.casefold()
    return tuple(
        Candidate(f"{spec.name}:", f"{spec.name}:", spec.example)
        for spec in FIELDS
        if any(name.startswith(wanted) for name in (spec.name, *spec.aliases))
    )


def _fixed(spec: FieldSpec) -> tuple[str, ...]:
    """Values that do not depend on the cache."""
    unset = ("none", "any") if spec.nullable else ()
    match spec.takes:
        case Takes.TEXT:
            return ("me", *unset) if spec.name in ("owner", "requester") else unset
        case Takes.CHOICE:
            return (*spec.choices, *unset)
        case Takes.NUMBER:
            return unset
        case Takes.SPAN:
            return SPAN_EXAMPLES
        case Takes.CLOCK:
            return (*spec.choices, *SPAN_EXAMPLES)
        case Takes.DATES:
            return DATE_EXAMPLES


def _rank(one: Candidate, wanted: str) -> int | None:
    shown = one.shown.casefold()
    if shown.startswith(wanted):
        return 0
    if f" {wanted}" in shown or one.words.casefold().startswith(wanted):
        return 1
    return 2 if len(wanted) > 1 and wanted in shown else None


def _quoted(text: str, *, known: bool) -> str:
    """A value as it has to be written: in quotes where something in it means something else."""
    if known and (_BREAKS.search(text) or text.casefold() in ("none", "any", "me")):
        return f'"{text.replace(chr(34), "")}"'
    return text


def accept(text: str, spot: Spot, candidate: Candidate) -> tuple[str, int]:
    """The text with a candidate in its place, and where the cursor stands then.

    >>> spot = spot_at("own", 3)
    >>> accept("own", spot, candidates(spot)[0])
    ('owner:', 6)
    """
    rest = text[spot.end :]
    space = "" if candidate.text.endswith(":") or rest[:1] in (" ", ",", ")") else " "
    written = candidate.text + space
    return text[: spot.start] + written + rest, spot.start + len(written)
