"""The adapter itself: the port's methods, each handed to the part that knows how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from techdesk.desks.port import (
    Accepted,
    Account,
    Capabilities,
    Connection,
    CursorGone,
    Failure,
    FailureKind,
    Gone,
    Guarantee,
    Page,
    Prepared,
    PushResult,
    ServerClock,
)
from techdesk.desks.rt.answers import whole
from techdesk.desks.rt.finding import Finder
from techdesk.desks.rt.mapping import Translator
from techdesk.desks.rt.outcomes import not_begun
from techdesk.desks.rt.pulling import Puller
from techdesk.desks.rt.rest import Rest
from techdesk.desks.rt.settings import EVERY_QUEUE, Settings, read_settings
from techdesk.desks.rt.ticket_sql import PAGE, matching
from techdesk.desks.rt.tickets import TicketReader, Transactions
from techdesk.desks.rt.writing import Writer
from techdesk.model import Operation, Person, Role, Scope, Ticket, Tombstone, TombstoneReason

if TYPE_CHECKING:
    import httpx

BULK_PER_MINUTE = 240
"""One RT serves everybody: a bulk run takes some three requests a write, and at most a core of it."""
UPLOAD_BYTES = 8_000_000
"""Of all files of one message: RT takes as much as its web server lets pass, and most let 10 MB pass."""
POLL_SECONDS = 30
"""One request each, but each costs RT a quarter of a second to check the token."""


class RequestTrackerDesk:
    """Request Tracker 5, spoken to as the owner of a token.

    ``transport`` replaces the network in tests. Raises ``UnusableOption`` for a bad option and
    ``UnusableAddress`` for an address that must not be spoken to.
    """

    kind = "rt"
    title = "Request Tracker 5"

    def __init__(
        self,
        connection: Connection,
        clock: ServerClock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        from techdesk.desks.http import Http  # only the sync thread speaks HTTP: start-up must not pay for it

        self._settings = read_settings(connection.options)
        self._token = connection.token
        base = connection.url.rstrip("/").removesuffix("/REST/2.0")
        self._http = Http(
            base,
            {"Authorization": f"token {connection.token}", "Accept": "application/json"},
            clock,
            allow_http=self._settings.allow_http,
            transport=transport,
        )
        self._translator = Translator(self._settings)
        self._reader = TicketReader(Rest(self._http), self._translator)
        self._puller = Puller(self._reader)
        self._writer = Writer(self._reader)
        self._finder = Finder(self._reader)
        self._login = ""
        self.capabilities = capabilities_of(self._settings)

    async def who_am_i(self) -> Account | Failure:
        """The token's owner: its middle part is his number, and RT has no other way to say (RT quirk 11)."""
        release = await self._reader.rest.release()
        if isinstance(release, Failure):
            return release
        number = token_owner(self._token)
        if not number:
            detail = "a token looks like 1-47-0123abcd..., made under Settings, Auth Tokens"
            return Failure(kind=FailureKind.UNAUTHORISED, detail=detail)
        record = await self._reader.rest.user(number)
        if isinstance(record, Failure):
            return record
        if record is None:
            return Failure(kind=FailureKind.FORBIDDEN, detail="the token's owner cannot be seen")
        queues = await self._reader.rest.queues()
        if isinstance(queues, Failure):
            return queues
        self._reader.queue_names |= queues
        self._reader.directory.file(record)
        self._login = record.name
        person = self._reader.directory.person(record.name) or Person(id=record.name, name=record.name)
        return Account(
            server=self._http.base_url,
            person=msgspec.structs.replace(person, role=Role.TECHNICIAN),
            product=f"Request Tracker {release.partition('+')[0]}",
        )

    async def pull(self, cursor: str, scope: Scope) -> Page | CursorGone | Failure:
        """Changes since ``cursor``, by the feed of transactions; first a walk over all tickets in scope."""
        return await self._puller.pull(cursor, scope)

    async def sweep(self, after: str, scope: Scope) -> Page | Failure:
        """All tickets in scope with their logs, by id."""
        return await self._puller.sweep(after, scope)

    async def get(self, ticket_id: str) -> Page | Gone | Failure:
        """One ticket with its whole log, also one that no search shows."""
        number = whole(ticket_id.removeprefix("#"))
        if not number:
            return Gone(tombstone=Tombstone(id=ticket_id, reason=TombstoneReason.PURGED))
        page = await self._reader.complete(number)
        return Gone(tombstone=page) if isinstance(page, Tombstone) else page

    async def search(self, text: str) -> Page | Failure:
        """Newest tickets whose subject or requester has the text in it. They come without a version, so a
        write on one of them first compares what is there."""
        if not text.strip():
            return Page(cursor="", more=False)
        rows = await self._reader.rest.tickets(matching(text), newest_first=True)
        if isinstance(rows, Failure):
            return rows
        return await self._reader.describe(
            rows.items, Transactions(), total=rows.total, unreadable=rows.unreadable
        )

    def prepare(self, operation: Operation, ticket: Ticket | None) -> Prepared:
        """The exact bytes of a write."""
        return self._writer.prepare(operation, ticket)

    async def push(self, operation: Operation, prepared: Prepared) -> PushResult:
        """Send a write, and read back what became of it."""
        login = await self._known_login()
        if isinstance(login, Failure):
            return not_begun(login)
        return await self._writer.push(operation, prepared, login)

    async def find_sent(self, operation: Operation) -> Accepted | Failure | None:
        """Look for the effect of a write whose answer was lost."""
        login = await self._known_login()
        return login if isinstance(login, Failure) else await self._finder.find(operation, login)

    async def file(self, attachment: str, max_bytes: int) -> bytes | Failure:
        """An attachment's bytes; RT sends them as base64 within JSON (RT quirk 9)."""
        return await self._reader.rest.file(whole(attachment), max_bytes)

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.close()

    async def _known_login(self) -> str | Failure:
        if not self._login:
            account = await self.who_am_i()
            if isinstance(account, Failure):
                return account
        return self._login


def token_owner(token: str) -> str:
    """The owner's number in ``1-47-<hex>``; empty for what is no token of RT."""
    parts = token.split("-")
    return parts[1] if len(parts) == 3 and parts[1].isascii() and parts[1].isdigit() else ""


def capabilities_of(settings: Settings) -> Capabilities:
    """What RT can do, as far as the site has told its words for it."""
    settable = ["status", "priority", "owner", "queue", "subject", "watchers", "links", "merge_into"]
    settable += ["tags"] if settings.fields.tags else []
    settable += ["severity"] if settings.fields.severity else []
    created = [name for name in ("severity", "channel") if getattr(settings.fields, name)]
    return Capabilities(
        guarantee=Guarantee.C,
        keys=False,
        precondition=True,
        tombstones=True,
        create_fields=("subject", "queue", "requester", "priority", "owner", *created),
        settable=tuple(settable),
        time=True,
        upload_bytes=UPLOAD_BYTES,
        reads_files=True,
        statuses=settings.statuses_held,
        always_graded=True,
        priorities={queue: settings.priority_labels(queue) for queue in (EVERY_QUEUE, *settings.priorities)},
        page_size=PAGE,
        poll_seconds=POLL_SECONDS,
        parallel=1,
        bulk_per_minute=BULK_PER_MINUTE,
    )
