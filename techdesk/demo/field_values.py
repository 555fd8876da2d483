"""What the demo desk lets a field be: each value is checked before anything is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from techdesk.demo.feed import row_id
from techdesk.demo.links import Links
from techdesk.demo.problems import invalid
from techdesk.demo.storage import Storage
from techdesk.model import Channel, Role, Status

SUBJECT_LIMIT = 4_000
_MAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_LOWEST_GRADE = 5
_LONGEST = {"tags": 100, "watchers": 254}
"""Characters of one entry of a list."""
_OF_QUEUE = "SELECT 1 FROM queues WHERE id = ?"
_OF_ORGANISATION = "SELECT 1 FROM organisations WHERE id = ?"
_STATUSES = frozenset(status.value for status in Status)
CHANNELS = frozenset(channel.value for channel in Channel)


class FieldValues:
    """Checks what callers want fields to be; every call is part of their transaction."""

    def __init__(self, storage: Storage, links: Links) -> None:
        self.storage = storage
        self.links = links

    def checked(self, sets: Mapping[str, object], allowed: tuple[str, ...]) -> dict[str, Any]:
        """Values as the file keeps them. Raises 422 that names every field at fault."""
        values: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for name, value in sets.items():
            if name not in allowed:
                faults[name] = "cannot be set"
                continue
            try:
                values[name] = self._value(name, value)
            except ValueError as error:
                faults[name] = str(error)
        if faults:
            raise invalid(tuple(faults), "; ".join(f"{name} {fault}" for name, fault in faults.items()) + ".")
        return values

    def _value(self, name: str, value: object) -> Any:
        """One value as the file keeps it; raises ``ValueError`` with the words of the refusal."""
        if name in ("priority", "severity"):
            if value is None:
                return None
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _LOWEST_GRADE:
                raise ValueError(f"must be 1 to {_LOWEST_GRADE} or null")
            return value
        if name == "links":
            return self.links.checked(value)
        if name in ("tags", "watchers"):
            if (
                not isinstance(value, list)
                or len(value) > 50
                or any(not isinstance(each, str) or not 0 < len(each) <= _LONGEST[name] for each in value)
            ):
                raise ValueError(f"must be a list of at most 50 texts of 1 to {_LONGEST[name]} characters")
            return msgspec.json.encode(value).decode()
        if value is None and name in ("owner", "close_reason", "organisation", "channel", "kind"):
            return ""
        if not isinstance(value, str):
            raise ValueError("must be a text")
        if len(value) > SUBJECT_LIMIT:
            raise ValueError(f"is longer than {SUBJECT_LIMIT} characters")
        refusal = self._refusal(name, value)
        if refusal:
            raise ValueError(refusal)
        return value

    def _refusal(self, name: str, value: str) -> str:
        """Why a text cannot be a field's value; empty when it can."""
        match name:
            case "status" if value not in _STATUSES:
                return f"cannot be {value!r}"
            case "channel" if value not in CHANNELS:
                return f"cannot be {value!r}"
            case "queue" if not self._exists(_OF_QUEUE, value):
                return f"{value!r} does not exist"
            case "organisation" if value and not self._exists(_OF_ORGANISATION, value):
                return f"{value!r} does not exist"
            case "owner" if value and self._role(value) is not Role.TECHNICIAN:
                return f"{value!r} is no technician of this desk"
            case "merge_into" if row_id(value) < 0:
                return f"{value!r} is no ticket"
            case "requester" if self._role(value) is None:
                return f"{value!r} is nobody this desk knows"
        return ""

    def _exists(self, query: str, name: str) -> bool:
        return self.storage.sql.execute(query, (name,)).fetchone() is not None

    def _role(self, person: str) -> Role | None:
        row = self.storage.sql.execute("SELECT role FROM people WHERE id = ?", (person,)).fetchone()
        return None if row is None else Role(row[0])

    def organisation_of(self, person: str) -> str:
        """Id of the organisation that somebody belongs to; empty for none."""
        row = self.storage.sql.execute("SELECT organisation FROM people WHERE id = ?", (person,)).fetchone()
        return str(row[0])

    def requester(self, fields: Mapping[str, object], organisation: str, seq: int) -> str:
        """Id of the requester: known by id or address, or a new person where an address is given."""
        given, name = fields.get("requester") or "", fields.get("requester_name") or ""
        if not isinstance(given, str) or not isinstance(name, str) or len(given) > 255 or len(name) > 255:
            raise invalid(("requester",), "requester must be a person's id or mail address.")
        row = self.storage.sql.execute(
            "SELECT id FROM people WHERE id = ? OR (email != '' AND lower(email) = lower(?))", (given, given)
        ).fetchone()
        if row:
            return str(row[0])
        if given and not _MAIL.fullmatch(given):
            raise invalid(("requester",), f"requester {given!r} is neither a person's id nor a mail address.")
        if not given and not name:
            return ""
        person = given.lower() or f"caller-{seq}"
        self.storage.sql.execute(
            "INSERT INTO people VALUES(?, ?, ?, ?, ?, 0, ?)",
            (person, name or given, given, Role.REQUESTER, organisation, seq),
        )
        return person
