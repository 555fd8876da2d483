"""Builds operations: what one key press sends to the desk, with the values it was decided on."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from msgspec import Struct

from techdesk.actions.fielding import as_desk_has_it
from techdesk.model import Channel, FieldValue, Instant, Operation, OperationKind
from techdesk.store.follow import Follow
from techdesk.store.rows import TicketView
from techdesk.text import minutes_words


class Decision(Struct, frozen=True, kw_only=True):
    """What all operations of one key press share."""

    batch: str
    action: str
    actor: str
    """Id of the technician."""
    now: Instant
    hold_seconds: int
    ticket: int
    """Local key; 0 for a ticket that does not exist yet."""
    ticket_id: str = ""
    evidence: Instant | None = None
    """When the customer wrote last, as the technician saw it."""
    judged: bool = True
    """Whether that is evidence. Not so for a ticket that the desk has not got yet: its first message, which
    we are about to send, would look like one that arrived meanwhile."""

    def update(
        self, view: TicketView, sets: Mapping[str, FieldValue], *, evidence: bool = False
    ) -> Operation:
        """Set fields. The base is what the technician saw: the desk's values with unsent ones laid over."""
        base: dict[str, FieldValue] = {field: effective(view, field) for field in sets}
        if evidence and self.judged:
            base["last_customer_message"] = self.evidence
        return self._operation(OperationKind.UPDATE, sets=dict(sets), base=base)

    def reply(self, text: str, files: Sequence[str] = ()) -> Operation:
        """Write to the customer; held when the customer wrote again meanwhile (SYNC rule 10)."""
        base: dict[str, FieldValue] = {"last_customer_message": self.evidence} if self.judged else {}
        return self._operation(OperationKind.REPLY, sets=_files(files), base=base, text=text)

    def comment(self, text: str, channel: Channel = Channel.UNKNOWN, files: Sequence[str] = ()) -> Operation:
        """Write an internal note; with a channel, the log of a call."""
        return self._operation(OperationKind.COMMENT, sets=_files(files), text=text, channel=channel)

    def time(self, minutes: int, text: str) -> Operation:
        """Log minutes of work, with an internal note: an addition, so that nobody's time is overwritten."""
        words = f"Worked {minutes_words(minutes)}" + (f": {text}" if text else ".")
        return self._operation(OperationKind.COMMENT, sets={"minutes": minutes}, text=words)

    def create(self, fields: Mapping[str, FieldValue], text: str, follows: Follow | None = None) -> Operation:
        """Open a ticket; ``follows``: in the place of another, which is told of it once the desk has it."""
        channel = fields.get("channel")
        known = Channel(channel) if isinstance(channel, str) else Channel.UNKNOWN
        base = follows.base() if follows is not None else {}
        return self._operation(OperationKind.CREATE, sets=dict(fields), base=base, text=text, channel=known)

    def _operation(
        self,
        kind: OperationKind,
        *,
        sets: dict[str, FieldValue] | None = None,
        base: dict[str, FieldValue] | None = None,
        text: str = "",
        channel: Channel = Channel.UNKNOWN,
    ) -> Operation:
        return Operation(
            id=new_id(),
            batch=self.batch,
            ticket=self.ticket,
            ticket_id=self.ticket_id,
            kind=kind,
            action=self.action,
            sets={} if sets is None else sets,
            base={} if base is None else base,
            text=text,
            channel=channel,
            created=self.now,
            hold_until=self.now + self.hold_seconds,
            actor=self.actor,
        )


def _files(ids: Sequence[str]) -> dict[str, FieldValue]:
    return {"files": list(ids)} if ids else {}


def new_id() -> str:
    """An idempotency key or a batch: random, so that no two machines make the same."""
    return uuid.uuid4().hex


def effective(view: TicketView, field: str) -> FieldValue:
    """What the screen shows of a field, in the form in which an operation sets it."""
    row = view.row
    if field == "status":
        return row.status.value
    if field == "priority":
        return row.priority
    if field == "severity":
        return row.severity
    if field == "owner":
        return row.owner
    if field == "queue":
        return view.queue
    if field == "close_reason":
        return view.close_reason
    if field == "watchers":
        return list(view.watcher_ids)
    if field == "links":
        return [each.text for each in view.links]
    if field == "merge_into":
        return None
    if field == "tags":
        return as_desk_has_it(list(row.tags), view.base, field)
    raise KeyError(field)
