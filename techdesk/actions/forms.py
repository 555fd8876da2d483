"""What has to be asked before an action, as data: which fields, with which choices. Pure; no screen is named.

A form is asked where a rule of the policy wants to know more than the key says: who asked for a priority and
how (POLICIES D3, D21), which contact was tried (Z5 to Z7), which points of a checklist are done (Z1).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from techdesk.model import Instant


class FieldKind(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    DATE = "date"
    """A day (through its last second, on this machine's clocks) or a day and a time."""
    CHOICE = "choice"
    TICKS = "ticks"
    """Any number of its choices; the answer has their ids, with commas between them."""


class Option(Struct, frozen=True, kw_only=True):
    """One choice of a field."""

    id: str
    label: str
    done: str = ""
    """Of a point to tick: why it counts without a tick; empty where it does not."""


class Field(Struct, frozen=True, kw_only=True):
    """One thing to fill in."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    options: tuple[Option, ...] = ()
    value: str = ""
    """What it holds at first."""
    wanted: bool = False
    """Whether it may not stay empty."""
    hint: str = ""


class Form(Struct, frozen=True, kw_only=True):
    """Fields that are asked for together."""

    title: str
    fields: tuple[Field, ...]
    note: str = ""
    """A sentence above the fields: what the rule says."""
    yes: str = "done"
    """What Enter does, in a word or two."""
    start: str = ""
    """The field to begin in; empty for the first."""

    def again(self, answers: Mapping[str, str], note: str) -> Form:
        """The same with what was filled in, and what stands against it above."""
        fields = tuple(replace(each, value=answers.get(each.name, each.value)) for each in self.fields)
        return replace(self, fields=fields, note=note)

    def field(self, name: str) -> Field:
        """The field of a name; StopIteration if there is none (a bug)."""
        return next(field for field in self.fields if field.name == name)


def fault(form: Form, answers: Mapping[str, str]) -> tuple[str, str]:
    """The first field that cannot stay as it is, and the sentence that says why; empty where all can."""
    for field in form.fields:
        value = answers.get(field.name, "").strip()
        if field.wanted and not value:
            return field.name, f"{field.label} is empty: fill it in, or leave with Esc."
        if field.kind is FieldKind.DATE and value and instant_of(value) is None:
            return field.name, f"'{value}' is no date: write 2026-11-30, or 2026-11-30 12:00."
    return "", ""


def instant_of(text: str, *, beginning: bool = False) -> int | None:
    """Epoch seconds of a date, whose last second counts, or of a date and time, on this machine's clocks.

    Digits alone are epoch seconds already. ``beginning``: a date means its first second. None for
    everything else.
    """
    text = text.strip()
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        when = datetime.fromisoformat(text)
        if len(text) <= 10 and not beginning:
            when += timedelta(days=1)
        return int(when.astimezone().timestamp())
    except (ValueError, OverflowError, OSError):
        return None


def date_words(at: Instant | None) -> str:
    """An instant as ``instant_of`` reads it, on this machine's clocks; empty for none."""
    if at is None:
        return ""
    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def ticked(answer: str) -> tuple[str, ...]:
    """Ids of a field of ticks."""
    return tuple(part for part in (part.strip() for part in answer.split(",")) if part)
