"""The demo desk's HTTP API (docs/api.md, ``openapi.json``) as a Starlette application."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import formatdate
from pathlib import Path
from typing import TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from techdesk.demo.desk import Desk
from techdesk.demo.exchange import BODY_LIMIT, MESSAGE_LIMIT, as_json, body_of, number_in, refusal_of
from techdesk.demo.faults import Faults
from techdesk.demo.pages import PRODUCT, person_of
from techdesk.demo.presence import Presence
from techdesk.demo.problems import Problem, invalid
from techdesk.demo.rehearsing import Rehearsing
from techdesk.demo.script import Script
from techdesk.demo.storage import Storage
from techdesk.demo.writes import Writes
from techdesk.desks.wire import (
    PAGE_LIMIT,
    PREFIX,
    WireAbout,
    WireBatch,
    WireBatchAnswer,
    WireBatchResult,
    WireHere,
    WireMe,
    WirePresence,
)
from techdesk.model import Person, Role

BATCH_LIMIT = 100
DEFAULT_CLOSED_DAYS = 90
HEARTBEAT_SECONDS = 15.0
_CLIENT_GONE = 499
"""What a log says of a request whose client went away; no client ever reads it."""
_OPENAPI = Path(__file__).with_name("openapi.json")

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class BrokenOff(Response):
    """An answer that ends in the middle: the effect happened, the client cannot know."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


class DemoServer:
    """The handlers and what they share."""

    def __init__(self, storage: Storage, token: str, *, account: str = "bea", control: bool = False) -> None:
        self.storage = storage
        self.desk = Desk(storage)
        self.faults = Faults()
        self.presence = Presence(storage)
        self.script = Script(self.desk, self.announce)
        self.writes = Writes(self.desk, self.faults, self.script, self.announce)
        self._accounts = {hashlib.sha256(token.encode()).hexdigest(): account}
        self._control = control
        self._listeners: set[asyncio.Event] = set()
        self._closing = False

    def application(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route(f"{PREFIX}/about", self._answering(self.about, open_to_all=True)),
            Route(f"{PREFIX}/openapi.json", self._answering(self.openapi, open_to_all=True)),
            Route(f"{PREFIX}/me", self._answering(self.me)),
            Route(f"{PREFIX}/changes", self._answering(self.changes)),
            Route(f"{PREFIX}/tickets", self._answering(self.tickets), methods=["GET"]),
            Route(f"{PREFIX}/tickets", self._answering(self.write), methods=["POST"]),
            Route(f"{PREFIX}/tickets/{{id}}", self._answering(self.ticket), methods=["GET"]),
            Route(f"{PREFIX}/tickets/{{id}}", self._answering(self.write), methods=["PATCH"]),
            Route(f"{PREFIX}/tickets/{{id}}/messages", self._answering(self.write), methods=["POST"]),
            Route(f"{PREFIX}/tickets/{{id}}/presence", self._answering(self.here), methods=["PUT"]),
            Route(f"{PREFIX}/attachments/{{id}}", self._answering(self.attachment)),
            Route(f"{PREFIX}/search", self._answering(self.search)),
            Route(f"{PREFIX}/digest", self._answering(self.digest)),
            Route(f"{PREFIX}/batch", self._answering(self.batch), methods=["POST"]),
            Route(f"{PREFIX}/events", self._answering(self.events)),
        ]
        if self._control:
            door = Rehearsing(self.desk, self.faults, self.announce)
            routes.append(
                Route(
                    f"{PREFIX}/_control", self._answering(door.scenes, free_of_faults=True), methods=["GET"]
                )
            )
            routes.append(
                Route(
                    f"{PREFIX}/_control", self._answering(door.control, free_of_faults=True), methods=["POST"]
                )
            )
        return Starlette(
            routes=routes,
            exception_handlers={HTTPException: self._framework_error, Exception: self._own_error},
        )

    # -- reading

    async def about(self, request: Request) -> Response:
        """What answers here."""
        return as_json(WireAbout(product=PRODUCT, server=self.storage.server, epoch=self.storage.epoch))

    async def openapi(self, request: Request) -> Response:
        """The description of this API."""
        return Response(_OPENAPI.read_bytes(), media_type="application/json")

    async def me(self, request: Request) -> Response:
        """Whose token this is."""
        person = self._person(request.state.account)
        return as_json(
            WireMe(
                **msgspec.structs.asdict(person),
                server=self.storage.server,
                epoch=self.storage.epoch,
                product=PRODUCT,
            )
        )

    async def changes(self, request: Request) -> Response:
        """One page of the change feed."""
        return as_json(
            self.desk.feed.changes(
                request.query_params.get("cursor", ""),
                number_in(request, "limit", PAGE_LIMIT, lowest=1, highest=PAGE_LIMIT),
                number_in(request, "closed_days", DEFAULT_CLOSED_DAYS, lowest=0, highest=36_500),
            )
        )

    async def tickets(self, request: Request) -> Response:
        """One page of the sweep."""
        return as_json(
            self.desk.feed.sweep(
                number_in(request, "after_id", 0, lowest=0, highest=1 << 53),
                number_in(request, "limit", PAGE_LIMIT, lowest=1, highest=PAGE_LIMIT),
                number_in(request, "closed_days", DEFAULT_CLOSED_DAYS, lowest=0, highest=36_500),
                request.query_params.get("feed_cursor", ""),
            )
        )

    async def ticket(self, request: Request) -> Response:
        """One ticket with its conversation and log."""
        page = self.desk.feed.one(request.path_params["id"])
        return as_json(page, headers={"ETag": f'"{page.tickets[0].version}"'})

    async def search(self, request: Request) -> Response:
        """Tickets by number, subject or requester."""
        text = request.query_params.get("q", "")
        if not text.strip() or len(text) > 500:
            raise invalid(("q",), "Search needs a text of 1 to 500 characters in q.")
        return as_json(self.desk.feed.search(text))

    async def attachment(self, request: Request) -> Response:
        """The bytes of a file. Whatever it is, it is sent as something to be saved and not shown."""
        content, _ = self.desk.files.get(request.path_params["id"])
        headers = {"Content-Disposition": "attachment", "X-Content-Type-Options": "nosniff"}
        return Response(content, headers=headers, media_type="application/octet-stream")

    async def digest(self, request: Request) -> Response:
        """Count and checksum of everything in scope."""
        days = number_in(request, "closed_days", DEFAULT_CLOSED_DAYS, lowest=0, highest=36_500)
        return as_json(self.desk.feed.digest(days))

    async def events(self, request: Request) -> Response:
        """Server-sent events: the feed's newest position, at once and after each change."""
        return StreamingResponse(
            self._positions(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )

    # -- writing

    async def write(self, request: Request) -> Response:
        """PATCH of a ticket, POST of a ticket or message."""
        is_message = request.url.path.endswith("/messages")
        body = await body_of(request, MESSAGE_LIMIT if is_message else BODY_LIMIT)
        account, key = request.state.account, request.headers.get("idempotency-key", "")
        self.writes.begin(account, key)
        try:
            await self._linger()
            answer = self.writes.perform(
                account, request.method, request.url.path, key, request.headers.get("if-match", ""), body
            )
        finally:
            self.writes.end(account, key)
        headers = {"Idempotent-Replay": "true"} if answer.replayed else {}
        kind = BrokenOff if self.faults.take_drop() else Response
        return kind(answer.body, answer.status, headers, "application/json")

    async def batch(self, request: Request) -> Response:
        """At most 100 writes, each with its own key, precondition and result."""
        await self._linger()
        try:
            batch = msgspec.json.decode(await body_of(request), type=WireBatch)
        except msgspec.ValidationError as error:
            raise invalid(("operations",), f"The body is not as described: {error}.") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(400, "bad-json", f"The body is not JSON: {error}.") from None
        if not 1 <= len(batch.operations) <= BATCH_LIMIT:
            raise invalid(("operations",), f"A batch has 1 to {BATCH_LIMIT} operations.")
        results: list[WireBatchResult] = []
        account = request.state.account
        for item in batch.operations:
            reserved = False
            try:
                self.writes.begin(account, item.key)
                reserved = True
                answer = self.writes.perform(
                    account, item.method, item.path, item.key, item.if_match, bytes(item.body)
                )
                results.append(WireBatchResult(status=answer.status, body=msgspec.Raw(answer.body)))
            except Problem as problem:
                results.append(WireBatchResult(status=problem.status, body=msgspec.Raw(problem.encode())))
            finally:
                if reserved:
                    self.writes.end(account, item.key)
            await asyncio.sleep(0)
        kind = BrokenOff if self.faults.take_drop() else Response
        return kind(msgspec.json.encode(WireBatchAnswer(results=results)), 200, None, "application/json")

    async def here(self, request: Request) -> Response:
        """Somebody is on a ticket: who else is."""
        try:
            said = msgspec.json.decode(await body_of(request), type=WireHere)
        except msgspec.ValidationError as error:
            raise invalid(("doing",), f"The body is not as described: {error}.") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(400, "bad-json", f"The body is not JSON: {error}.") from None
        if said.doing not in ("viewing", "writing", "gone"):
            raise invalid(("doing",), "One is viewing, writing or gone.")
        ticket, account = request.path_params["id"], request.state.account
        self.desk.feed.exists(ticket)
        self.presence.say(ticket, account, said.doing)
        people = self.presence.others(ticket, account, scripted=self.script.is_active)
        return as_json(WirePresence(people=people))

    # -- within

    def announce(self) -> None:
        """Wake everybody who listens for changes."""
        for listener in self._listeners:
            listener.set()

    def stop(self) -> None:
        """End the open event streams, so that the server can shut down."""
        self._closing = True
        self.announce()

    def _answering(
        self, handler: Handler, *, open_to_all: bool = False, free_of_faults: bool = False
    ) -> Handler:
        """The handler with access, faults, problems and the time of day around it."""

        async def answer(request: Request) -> Response:
            try:
                if not open_to_all:
                    request.state.account = self._account(request)
                    if not free_of_faults:
                        await self._maybe_refuse(request)
                response = await handler(request)
            except Problem as problem:
                response = refusal_of(problem)
            except ClientDisconnect:
                # Its process was killed while it sent: nothing was done, and there is nobody to answer.
                response = Response(status_code=_CLIENT_GONE)
            return self._stamped(response)

        return answer

    def _account(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        given = hashlib.sha256(token.strip().encode()).hexdigest()
        for known, account in self._accounts.items():
            if scheme.lower() == "bearer" and hmac.compare_digest(given, known):
                if self._person(account).role is not Role.TECHNICIAN:
                    raise Problem(403, "not-a-technician", "Only technicians may use this API.")
                return account
        raise Problem(401, "unauthorised", "The token is missing or unknown.")

    def _person(self, account: str) -> Person:
        return person_of(self.storage.sql.execute("SELECT * FROM people WHERE id = ?", (account,)).fetchone())

    async def _maybe_refuse(self, request: Request) -> None:
        write = request.method in ("POST", "PATCH")
        if not write:
            await self._linger()
        refusal = self.faults.next_refusal(write=write)
        if refusal is not None:
            raise Problem(
                refusal.status,
                "fault",
                "A fault switch of the demo desk refused this request.",
                retry_after=refusal.retry_after,
            )

    async def _linger(self) -> None:
        if self.faults.latency_ms:
            await asyncio.sleep(self.faults.latency_ms / 1000)

    def _stamped(self, response: Response) -> Response:
        now = self.storage.clock.precise()
        response.headers["Date"] = formatdate(int(now), usegmt=True)
        response.headers["X-Server-Time-Ms"] = str(int(now * 1000))
        return response

    async def _framework_error(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        problem = Problem(
            status, "no-such-request", f"{request.method} {request.url.path} is not part of this API."
        )
        response = refusal_of(problem)
        if isinstance(error, HTTPException) and error.headers:
            response.headers.update(error.headers)
        return self._stamped(response)

    async def _own_error(self, request: Request, error: Exception) -> Response:
        # The framework logs the error itself; the client gets the same form as for every other refusal.
        return self._stamped(refusal_of(Problem(500, "internal", "The demo desk has an error of its own.")))

    async def _positions(self) -> AsyncIterator[bytes]:
        listener = asyncio.Event()
        self._listeners.add(listener)
        told = -1
        try:
            while not self._closing:
                newest = self.storage.sequence()
                if newest != told:
                    told = newest
                    yield b'data: {"seq": %d}\n\n' % newest
                listener.clear()
                try:
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await listener.wait()
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._listeners.discard(listener)
