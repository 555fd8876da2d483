"""What a site has to tell techdesk of its Request Tracker: the words and numbers that REST2 never gives.

Priority labels, the meaning of a lifecycle's statuses and the names of custom fields are known to RT's
server configuration only (RT quirk 12), so they come from the profile's own section.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import Struct

from techdesk.model import Channel, Status

PriorityMap: TypeAlias = dict[str, int]
"""Label to RT's number; the highest number is the most urgent."""

EVERY_QUEUE = "*"

DEFAULT_PRIORITIES: PriorityMap = {"High": 100, "Medium": 50, "Low": 0}
"""RT's own ``%PriorityAsString``."""

DEFAULT_STATUSES: dict[str, Status] = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "stalled": Status.WAITING,
    "resolved": Status.RESOLVED,
    "rejected": Status.CLOSED,
}
"""RT's default lifecycle; ``deleted`` is a tombstone, never a status."""

DEFAULT_WRITES: dict[Status, str] = {
    Status.NEW: "new",
    Status.OPEN: "open",
    Status.WAITING: "stalled",
    Status.RESOLVED: "resolved",
    Status.CLOSED: "resolved",
}

DEFAULT_CHANNELS: dict[str, Channel] = {
    "email": Channel.EMAIL,
    "mail": Channel.EMAIL,
    "e-mail": Channel.EMAIL,
    "phone": Channel.PHONE,
    "telephone": Channel.PHONE,
    "web": Channel.PORTAL,
    "portal": Channel.PORTAL,
    "self-service": Channel.PORTAL,
    "chat": Channel.CHAT,
    "monitoring": Channel.MONITORING,
    "alert": Channel.MONITORING,
    "social": Channel.SOCIAL,
}


class UnusableOption(ValueError):
    """An option of the profile's section that cannot be used; ``str()`` says which one, and why."""


class FieldNames(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of RT's custom fields that hold what RT has no column for; empty where the site has none."""

    severity: str = "Severity"
    channel: str = "Channel"
    tags: str = "Tags"
    kind: str = ""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The profile's section for this desk, with the defaults of an RT as it is delivered."""

    priorities: dict[str, PriorityMap] = {}
    """By queue name, ``"*"`` for all others."""
    statuses: dict[str, Status] = {}
    """What a site's own statuses mean; ``{"with carrier": "vendor"}``."""
    writes: dict[Status, str] = {}
    """Which of RT's statuses to write for a neutral one, where it is not the first that means it."""
    severities: dict[str, int] = {}
    """Value of the severity field to 1..n, where the value has no number of its own in it."""
    channels: dict[str, Channel] = {}
    fields: FieldNames = FieldNames()
    create_queue: str = ""
    """Queue (id or name) for a new ticket when none is chosen."""
    allow_http: bool = False
    """Speak plain HTTP to another machine. The token can then be read on the way."""

    def priorities_of(self, queue_name: str) -> PriorityMap:
        """The labels of a queue: its own, else everybody's, else RT's."""
        found = self.priorities.get(queue_name) or self.priorities.get(EVERY_QUEUE)
        return found or DEFAULT_PRIORITIES

    def priority_labels(self, queue_name: str) -> tuple[str, ...]:
        """The labels of a queue, the most urgent first."""
        numbers = self.priorities_of(queue_name)
        return tuple(sorted(numbers, key=lambda label: -numbers[label]))

    def status_named(self, raw: str) -> Status | None:
        """What one of RT's statuses means; None where only the lifecycle knows."""
        return self.statuses.get(raw) or DEFAULT_STATUSES.get(raw)

    def status_written(self, status: Status) -> str | None:
        """What RT is told for a neutral status; None where this desk cannot hold it."""
        if status in self.writes:
            return self.writes[status]
        if status in DEFAULT_WRITES:
            return DEFAULT_WRITES[status]
        return next((raw for raw, meant in self.statuses.items() if meant is status), None)

    @property
    def statuses_held(self) -> tuple[str, ...]:
        """Neutral statuses that can be written and come back the same, in their own order.

        Not closed, as RT is delivered: resolve and close both write ``resolved``, which is read as resolved.
        """
        written = {status: self.status_written(status) for status in Status}
        return tuple(each.value for each, raw in written.items() if raw and self.status_named(raw) is each)


def read_settings(options: dict[str, object]) -> Settings:
    """The section as settings. Raises ``UnusableOption`` with the name of what is wrong."""
    try:
        settings = msgspec.convert(options, Settings)
    except msgspec.ValidationError as error:
        raise UnusableOption(str(error)) from None
    for queue, labels in settings.priorities.items():
        if not labels:
            raise UnusableOption(f"priorities of {queue!r} are empty")
        if len(set(labels.values())) != len(labels):
            raise UnusableOption(f"priorities of {queue!r} name one number twice")
    for value, severity in settings.severities.items():
        if severity < 1:
            raise UnusableOption(f"severity of {value!r} must be 1 or more, not {severity}")
    return settings
