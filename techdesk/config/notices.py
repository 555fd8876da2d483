"""``[notices]``: whether techdesk sends the notices that a policy asks for by itself, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from techdesk.config.reading import Reading, as_flag, whole_number

if TYPE_CHECKING:
    from techdesk.config.positions import Path as KeyPath

MOST_RECIPIENTS = 50
_LONGEST = 200


class NoticeSettings(Struct, frozen=True, kw_only=True):
    """How automatic notices are sent (POLICIES D5)."""

    send: bool = True
    """Whether this techdesk sends them, where a policy asks for them."""
    late_hours: int = 12
    """A threshold that passed longer ago is not told of any more: it is said on the ticket instead."""
    recipients: dict[str, tuple[str, ...]] = {}
    """Who a role is (``management``), by the names or addresses that the notice says."""

    def named(self, roles: tuple[str, ...]) -> tuple[str, ...]:
        """The recipients of some roles, each once; a role that the settings do not name stands for itself."""
        found: dict[str, None] = {}
        for role in roles:
            found.update(dict.fromkeys(self.recipients.get(role) or (role,)))
        return tuple(found)


def notice_section(reading: Reading, value: Any, path: KeyPath) -> NoticeSettings:
    """The whole section."""
    known = {"send": as_flag, "late_hours": whole_number(0, 168), "recipients": _recipients}
    return NoticeSettings(**reading.table(value, path, known))


def _recipients(reading: Reading, value: Any, path: KeyPath) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        remedy = 'Write [notices.recipients], then management = ["lead@desk.example"].'
        reading.wrong(path, "recipients must be a section", remedy)
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for role, people in value.items():
        names = [people] if isinstance(people, str) else people
        told = isinstance(names, list) and all(
            isinstance(name, str)
            and 0 < len(name.strip()) <= _LONGEST
            and name.isprintable()
            and "," not in name
            for name in names
        )
        if not told or not 0 < len(names) <= MOST_RECIPIENTS:
            remedy = f'Write ["lead@desk.example"]: 1 to {MOST_RECIPIENTS} names or addresses without commas.'
            reading.wrong((*path, role), f"{role} must name its recipients", remedy)
            continue
        found[role] = tuple(name.strip() for name in names)
    return found
