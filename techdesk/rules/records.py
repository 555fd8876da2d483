"""Facts that technicians make, shared through the desk: records in internal notes (DESIGN section 2).

A record is an internal note of two lines: words for people, then a marker and one JSON object. Whoever has no
techdesk reads the first line; every techdesk reads the second, so that a colleague's gates see what was done.
A note that a customer wrote is never a record, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec
from msgspec import Struct

from techdesk.model import RECORD_MARKER, Direction, Instant, Visibility
from techdesk.rules.wording import moment
from techdesk.sla.steps import Attempt

MARKER = RECORD_MARKER
VERSION = 1
_LONGEST = 20_000
"""Characters of a note that may be a record; a longer one is somebody's text."""
_INSTANTS = ("until", "from")
"""Fields that hold epoch seconds."""
_LINE = re.compile(r"^\s*" + re.escape(MARKER) + r"\s*(\{.*\})\s*$", re.MULTILINE)

# Kinds that techdesk itself reads; a policy's own kinds (``Rulebook.records``) stand beside them.
CALL = "caller"
ATTEMPT = "attempt"
AWAY = "away"
CONFIRMED = "confirmed"
REVIEW = "review"
APPROVAL = "approval"
TICK = "tick"
LOCATED = "located"
CONSOLE = "console"
LEVEL = "level"
MASTER_LIST = "master-list"
ESCALATION = "escalation"
QUALIFICATION = "qualification"
PARTNER_CONTACTED = "partner-contacted"
USER_TOLD = "user-told"
DIAGNOSTIC_DROP = "diagnostic-drop"
RESOLUTION = "resolution"
REASON = "reason"
ACKNOWLEDGED = "acknowledged"
AVAILABILITY = "availability"
PREFERRED_CHANNEL = "preferred-channel"
SNOOZE = "snooze"
OUTAGE = "outage"
NOTIFIED = "notified"
COMMITMENT = "commitment"

TITLES: Mapping[str, str] = {
    CALL: "Call",
    ATTEMPT: "Attempt to reach",
    AWAY: "Customer away",
    CONFIRMED: "Confirmed by the customer",
    REVIEW: "Reviewed",
    APPROVAL: "Approved",
    TICK: "Checklist",
    LOCATED: "Fault located",
    CONSOLE: "Console",
    LEVEL: "Support level",
    MASTER_LIST: "Master contact list read",
    ESCALATION: "Escalation",
    QUALIFICATION: "Extended support",
    PARTNER_CONTACTED: "Partner told",
    USER_TOLD: "User told",
    DIAGNOSTIC_DROP: "Diagnostic drop",
    RESOLUTION: "How it ended",
    REASON: "Reason",
    ACKNOWLEDGED: "Acknowledged",
    AVAILABILITY: "Customer available",
    PREFERRED_CHANNEL: "Asked to be told by",
    SNOOZE: "Snoozed",
    OUTAGE: "Outage",
    NOTIFIED: "Notified",
    COMMITMENT: "Commitment",
}


class Record(Struct, frozen=True, kw_only=True):
    """One fact."""

    id: str
    """The same fact has the same id wherever it was written down: readers keep one of each."""
    kind: str
    at: Instant
    """When it happened; never later than the note that tells it."""
    by: str = ""
    """Id of the technician."""
    fields: dict[str, str] = {}

    def field(self, name: str) -> str:
        """A value, empty where there is none."""
        return self.fields.get(name, "")


class _Stored(Struct, frozen=True, kw_only=True, rename={"version": "v"}):
    """As it is written. Another version is not read at all: half a fact is none."""

    version: int
    id: str
    kind: str
    at: Instant
    by: str = ""
    fields: dict[str, str] = {}


class Note(Protocol):
    """What a conversation entry has to say to be read (``store.rows.Entry`` does)."""

    @property
    def at(self) -> Instant: ...
    @property
    def direction(self) -> Direction: ...
    @property
    def visibility(self) -> Visibility: ...
    @property
    def body(self) -> str: ...


_decode = msgspec.json.Decoder(_Stored).decode


def encode(record: Record, words: str = "", title: str = "") -> str:
    """The text of the internal note that carries a record; ``words`` stand in the place of its fields.

    ``title``: of a policy's own kind.
    """
    stored = _Stored(
        version=VERSION,
        id=record.id,
        kind=record.kind,
        at=record.at,
        by=record.by,
        fields={name: _one_line(value) for name, value in record.fields.items() if value},
    )
    told = _one_line(words) or _one_line(summary(record, title)) or "Note"
    return f"{told}\n{MARKER} {msgspec.json.encode(stored).decode()}"


def decode(text: str) -> Record | None:
    """The record of a note; None for every other text, and for one of a newer techdesk."""
    if MARKER not in text or len(text) > _LONGEST:
        return None
    found = _LINE.search(text)
    if found is None:
        return None
    try:
        stored = _decode(found.group(1).encode())
    except (msgspec.DecodeError, UnicodeError):
        return None
    if stored.version != VERSION or not stored.id or not stored.kind:
        return None
    return Record(id=stored.id, kind=stored.kind, at=stored.at, by=stored.by, fields=stored.fields)


def words_of(text: str) -> str:
    """What a record says to people: the note without its marker line."""
    return _LINE.sub("", text).strip()


def summary(record: Record, title: str = "") -> str:
    """A record in one line: ``Attempt to reach: step 2, reached no``."""
    parts = [f"{name} {_said(name, _one_line(value))}" for name, value in record.fields.items() if value]
    title = title or TITLES.get(record.kind, record.kind)
    return f"{title}: {', '.join(parts)}" if parts else title


def _said(name: str, value: str) -> str:
    """A value as people read it: an instant with its zone, and the end of a day as that day's end."""
    if name not in _INSTANTS or not (value.isascii() and value.isdigit()):
        return value
    told = moment(int(value))
    if " 00:00 " not in told:
        return told
    day, _, zone = moment(int(value) - 1).split(" ", 2)
    return f"the end of {day} {zone}"


def of_note(note: Note) -> Record | None:
    """The record that an internal note of the desk's side carries."""
    if note.visibility is not Visibility.INTERNAL or note.direction is not Direction.OUTBOUND:
        return None
    record = decode(note.body)
    if record is None or record.at <= note.at:
        return record
    return Record(id=record.id, kind=record.kind, at=note.at, by=record.by, fields=record.fields)


class Records(Struct, frozen=True, kw_only=True):
    """Every fact of one ticket, oldest first, each once."""

    all: tuple[Record, ...] = ()

    def of(self, kind: str, **fields: str) -> tuple[Record, ...]:
        """Records of a kind whose fields hold these values."""
        return tuple(
            record
            for record in self.all
            if record.kind == kind and all(record.field(name) == value for name, value in fields.items())
        )

    def last(self, kind: str, **fields: str) -> Record | None:
        """The newest of them."""
        found = self.of(kind, **fields)
        return found[-1] if found else None

    def by_id(self, id: str) -> Record | None:
        """The record of an id."""
        return next((record for record in self.all if record.id == id), None)

    def has(self, id: str) -> bool:
        """Whether there is a record of an id."""
        return self.by_id(id) is not None

    def ticked(self, checklist: str) -> frozenset[str]:
        """Ids of a checklist's items that are done; the newest word on an item counts."""
        done: dict[str, bool] = {}
        for record in self.of(TICK, checklist=checklist):
            done[record.field("item")] = record.field("done") != "no"
        return frozenset(item for item, yes in done.items() if yes)

    def attempts(self) -> tuple[Attempt, ...]:
        """Tries to reach the contacts of an escalation path."""
        return tuple(
            Attempt(step=record.field("step"), at=record.at, reached=record.field("reached") == "yes")
            for record in self.of(ATTEMPT)
        )

    @property
    def located(self) -> str:
        """Where the fault lies, as it was said last; empty where nobody has said."""
        return self._last_value("located", LOCATED, CONSOLE)

    @property
    def level(self) -> str:
        """The support level that has the ticket; empty before the first hand-over."""
        return self._last_value("level", LEVEL)

    @property
    def away_until(self) -> Instant | None:
        """The end of the absence that the customer announced last; None where none is known."""
        record = self.last(AWAY)
        until = record.field("until") if record is not None else ""
        return int(until) if until.isascii() and until.isdigit() else None

    def _last_value(self, name: str, *kinds: str) -> str:
        values = [record.field(name) for record in self.all if record.kind in kinds and record.field(name)]
        return values[-1] if values else ""


def fold(notes: Iterable[Note]) -> Records:
    """The facts in a conversation, oldest note first; what was written twice counts once (the earliest).

    An instant is a whole second, in which an item can be ticked and unticked again: facts of one second stand
    as their notes do, so that the later word counts and two technicians read the same.
    """
    found: dict[str, Record] = {}
    for note in notes:
        record = of_note(note)
        if record is not None and record.id not in found:
            found[record.id] = record
    return Records(all=tuple(sorted(found.values(), key=_at)))


def _at(record: Record) -> Instant:
    return record.at


def _one_line(text: str) -> str:
    return " ".join(text.replace(MARKER, "").split())
