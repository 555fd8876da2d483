"""Changing things at Request Tracker. Nothing is believed that was not read back (RT quirk 15)."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import msgspec

from techdesk.desks.port import (
    Accepted,
    Ambiguous,
    Conflict,
    Failure,
    Gone,
    Page,
    Prepared,
    PushResult,
    Rejected,
    UnknownField,
    sent_files,
)
from techdesk.desks.rt.answers import Made, TransactionAnswer, whole
from techdesk.desks.rt.conversation import OWNER_TYPES
from techdesk.desks.rt.mapping import SYSTEM, encoded, marked_type
from techdesk.desks.rt.outcomes import failed_write, not_begun, reason_of, unread
from techdesk.desks.rt.rest import ROOT
from techdesk.desks.rt.tickets import Present, TicketReader, buried, tombstone_of
from techdesk.model import (
    Channel,
    FieldValue,
    Operation,
    OperationKind,
    Ticket,
    Tombstone,
    TombstoneReason,
)

_JSON = {"Content-Type": "application/json"}
_OF_THE_REQUESTER = ("requester_name", "organisation")
"""Fields of a create that RT keeps with the user, and asks nobody for."""


class Writer:
    """Writes of one user."""

    def __init__(self, reader: TicketReader) -> None:
        self._reader = reader
        self._rest = reader.rest
        self._translator = reader.translator

    # -- before

    def prepare(self, operation: Operation, ticket: Ticket | None) -> Prepared:
        """The exact body. The revision is the precondition of a PUT; for a message it only marks from where
        on its own effect is looked for, because a conditional POST always fails (RT quirk 17).

        Raises ``UnknownField`` for a field that this desk does not have.
        """
        revision = ticket.version if ticket else ""
        if operation.kind.is_message:
            message: dict[str, object] = {
                "Content": operation.text,
                "ContentType": marked_type(operation.id, operation.channel),
            }
            if files := sent_files(operation):
                message["Attachments"] = [
                    {
                        "FileName": _file_name(file.name),
                        "FileType": file.media_type,
                        "FileContent": base64.b64encode(file.content).decode(),
                    }
                    for file in files
                ]
            for field, value in operation.sets.items():
                if field == "files":
                    continue
                if field != "minutes" or not isinstance(value, int):
                    raise UnknownField(field, value)
                message["TimeTaken"] = value
            return Prepared(body=encoded(message), precondition=revision)
        if operation.kind is OperationKind.CREATE:
            return Prepared(body=encoded(self._new_ticket(operation)))
        body = self._translator.body(operation.sets, self._reader.queue_names, ticket)
        return Prepared(body=encoded(body), precondition=revision)

    def _new_ticket(self, operation: Operation) -> dict[str, object]:
        sets: dict[str, FieldValue] = {
            name: value for name, value in operation.sets.items() if name not in _OF_THE_REQUESTER
        }
        if operation.channel is not Channel.UNKNOWN:
            sets.setdefault("channel", operation.channel.value)
        if not self._translator.settings.fields.channel:
            sets.pop("channel", None)
        for name in [name for name, value in sets.items() if value is None or value == ""]:
            del sets[name]  # left to RT
        body = self._translator.body(sets, self._reader.queue_names, None)
        known = next(iter(self._reader.queue_names), "General")
        body.setdefault("Queue", self._translator.settings.create_queue or known)
        body["Content"] = operation.text
        body["ContentType"] = marked_type(operation.id, operation.channel)
        return body

    # -- sending

    async def push(self, operation: Operation, prepared: Prepared, login: str) -> PushResult:
        """Send it, and read back what became of it. ``login`` is whose token this is."""
        if operation.kind is OperationKind.CREATE:
            return await self._create(prepared)
        number = whole(operation.ticket_id)
        if operation.kind.is_message:
            return await self._say(operation.kind, number, prepared)
        return await self._update(operation, number, prepared, login)

    async def _update(self, operation: Operation, number: int, prepared: Prepared, login: str) -> PushResult:
        revision = whole(prepared.precondition)
        if not revision:
            compared = await self._compared(operation, number)
            if not isinstance(compared, int):
                return compared
            revision = compared
        headers = {**_JSON, "If-Match": f'"{revision}"'}
        path = f"{ROOT}/ticket/{number}"
        response = await self._rest.http.request("PUT", path, headers=headers, body=prepared.body)
        if isinstance(response, Failure):
            return failed_write(response)
        if response.status == 412:
            present = await self._reader.present(number, revision)
            if isinstance(present, Present):
                return Conflict(page=present.page)
            return unread(present, nothing_written=True)
        if response.status == 404:
            return Gone(tombstone=Tombstone(id=str(number), reason=TombstoneReason.PURGED))
        if not response.ok:
            return failed_write(self._rest.http.failure_of(response))
        said = self._rest.http.decoded(response, list[object])
        return await self._written(number, revision, prepared, login, said if isinstance(said, list) else [])

    async def _written(
        self, number: int, revision: int, prepared: Prepared, login: str, said: list[object]
    ) -> PushResult:
        """What a PUT that RT answered with 200 has done (RT quirks 15 and 17)."""
        present = await self._reader.present(number, revision)
        body = msgspec.json.decode(prepared.body, type=dict[str, object])
        if isinstance(present, Tombstone) and present.reason is TombstoneReason.MERGED:
            into = body.get("MergeInto")
            if into is not None and present.merged_into == into:
                return await self._merged(present, number)
            return Gone(tombstone=present)
        if isinstance(present, Tombstone) and present.reason is TombstoneReason.OUT_OF_SCOPE:
            # Moved to a queue that this user may not see: done, and no more of it can be read.
            return Accepted(page=buried(present), ticket_id=str(number))
        if not isinstance(present, Present):
            return unread(present)
        refused = self._translator.refused(body, present.row)
        met = self._met(body, present, login)
        if met and (not refused or met.intersection(refused)):
            return Conflict(page=present.page)
        if refused:
            return Rejected(reason=reason_of(said, number), fields=refused, page=present.page)
        return Accepted(page=present.page, ticket_id=str(number))

    async def _merged(self, tombstone: Tombstone, number: int) -> PushResult:
        """Done: the conversation is on the other ticket now, and this one is no more."""
        page = await self._reader.complete(whole(tombstone.merged_into))
        there = page if isinstance(page, Page) else buried(tombstone)
        page = msgspec.structs.replace(there, tombstones=(tombstone,))
        return Accepted(page=page, ticket_id=str(number))

    def _met(self, body: Mapping[str, object], present: Present, login: str) -> set[str]:
        """Fields that somebody else changed between the version we wrote on and our write.

        RT lets two simultaneous writes with one ETag pass, both (RT quirk 17). A close that met a customer's
        message counts, too: the message is in the page, and the technician has not seen it.
        """
        others = [row for row in present.since if row.login not in (login, SYSTEM)]
        met = {field for row in others if (field := changed_field(row)) and _RAW[field] in body}
        closes = "Status" in body and not self._translator.status(str(body["Status"])).is_active
        if closes and any(message.is_customers_word for message in present.page.messages):
            met.add("status")
        return met

    async def _compared(self, operation: Operation, number: int) -> int | PushResult:
        """The revision to write on, where no version is held: the base values must still be there."""
        single = await self._rest.ticket(number)
        if isinstance(single, Failure):
            return not_begun(single)
        if single is None:
            return Gone(tombstone=Tombstone(id=str(number), reason=TombstoneReason.PURGED))
        tombstone = tombstone_of(number, single.row)
        if tombstone is not None:
            return Gone(tombstone=tombstone)
        present = await self._reader.present(number, single.revision)
        if not isinstance(present, Present):
            return unread(present, nothing_written=True)
        held = msgspec.to_builtins(present.page.tickets[0]) if present.page.tickets else {}
        for field, base in operation.base.items():
            wanted = (base or None, operation.sets.get(field) or None)
            if field in held and (held[field] or None) not in wanted:
                return Conflict(page=present.page)
        return single.revision

    async def _say(self, kind: OperationKind, number: int, prepared: Prepared) -> PushResult:
        single = await self._rest.ticket(number)
        if isinstance(single, Failure):
            return not_begun(single)
        if single is None:
            return Gone(tombstone=Tombstone(id=str(number), reason=TombstoneReason.PURGED))
        tombstone = tombstone_of(number, single.row)
        if tombstone is not None:  # what is written to a merged ticket lands on the other one (RT quirk 7)
            return Gone(tombstone=tombstone)
        path = f"{ROOT}/ticket/{number}/{'correspond' if kind is OperationKind.REPLY else 'comment'}"
        response = await self._rest.http.request("POST", path, headers=_JSON, body=prepared.body)
        if isinstance(response, Failure):
            return failed_write(response)
        if not response.ok:
            return failed_write(self._rest.http.failure_of(response))
        message = response.header("location").rpartition("/")[2]
        present = await self._reader.present(number, whole(prepared.precondition) or single.revision)
        if not isinstance(present, Present):
            return unread(present)
        return Accepted(page=present.page, ticket_id=str(number), message_id=message)

    async def _create(self, prepared: Prepared) -> PushResult:
        response = await self._rest.http.request("POST", f"{ROOT}/ticket", headers=_JSON, body=prepared.body)
        if isinstance(response, Failure):
            return failed_write(response)
        if not response.ok:
            return failed_write(self._rest.http.failure_of(response))
        made = self._rest.http.decoded(response, Made)
        if isinstance(made, Failure):
            return Ambiguous(failure=made)
        page = await self._reader.complete(whole(made.id))
        if not isinstance(page, Page):
            return unread(page)
        first = page.messages[0].id if page.messages else ""
        return Accepted(page=page, ticket_id=str(whole(made.id)), message_id=first)


def _file_name(name: str) -> str:
    """A file's name as RT wants it: it writes the characters of JSON as bytes (measured on 5.0.3), so what is
    beyond ASCII must be its UTF-8 already."""
    return name.encode("utf-8", errors="replace").decode("latin-1")


_RAW = {"status": "Status", "priority": "Priority", "owner": "Owner", "queue": "Queue", "subject": "Subject"}


def changed_field(row: TransactionAnswer) -> str:
    """Neutral name of the field that a transaction changed; empty for what is no field of ours."""
    if row.type == "Status":
        return "status"
    if row.type in OWNER_TYPES and row.field == "Owner":
        return "owner"
    if row.type == "Set" and row.field in ("Priority", "Queue", "Subject"):
        return row.field.lower()
    return ""
