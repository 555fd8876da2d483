"""One write request, from its headers to its stored answer: keys, preconditions, access.

The answer of a write that had an effect is stored under the request's key in the transaction of the effect,
and kept for ``KEEP`` seconds. A refusal has no effect and is not stored: repeating it is harmless and may
succeed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

import msgspec
from msgspec import Struct

from techdesk.demo.desk import Desk
from techdesk.demo.faults import Faults
from techdesk.demo.problems import Problem, invalid
from techdesk.desks.wire import PREFIX, WireMessage, WirePage

KEEP = 8 * 86_400
"""Seconds that an answer is kept for replay; the contract says at least seven days."""
KEY_LIMIT = 200
_TICKET = re.compile(r"/tickets/([^/]+)(/messages)?")


class Update(Struct, kw_only=True):
    """``WireUpdate`` with values of any kind, so that a refusal can name each field at fault."""

    sets: dict[str, object]
    operation: str = ""


class Create(Struct, kw_only=True):
    """``WireCreate`` in the same way."""

    fields: dict[str, object]
    text: str = ""
    operation: str = ""


Body = TypeVar("Body", Update, Create, WireMessage)


class Answer(Struct, frozen=True, kw_only=True):
    """What a write gives back."""

    status: int
    body: bytes
    replayed: bool = False


class Watcher(Protocol):
    """The script: hears of each write before it happens, and may refuse it or let a colleague be quicker."""

    def before_write(self, ticket_id: str, sets: Mapping[str, object]) -> None:
        """Called when a write was read and before its transaction. May raise ``Problem``; what it changes in
        transactions of its own stays, also if the write is refused then."""
        ...


class Writes:
    """Carries out writes for an account."""

    def __init__(self, desk: Desk, faults: Faults, watcher: Watcher, changed: Callable[[], None]) -> None:
        self._desk = desk
        self._faults = faults
        self._watcher = watcher
        self._changed = changed
        self._in_flight: set[tuple[str, str]] = set()

    def begin(self, account: str, key: str) -> None:
        """Reserve the key for this request. Raises 400 without a key, 409 while another request has it."""
        if not key or len(key) > KEY_LIMIT or not key.isprintable():
            raise Problem(
                400, "key-missing", f"A write needs an Idempotency-Key of 1 to {KEY_LIMIT} characters."
            )
        if (account, key) in self._in_flight:
            raise Problem(
                409, "key-in-flight", "A request with this Idempotency-Key is still being worked on."
            )
        self._in_flight.add((account, key))

    def end(self, account: str, key: str) -> None:
        """Release the key."""
        self._in_flight.discard((account, key))

    def perform(self, account: str, method: str, path: str, key: str, if_match: str, body: bytes) -> Answer:
        """Do it, or replay what it answered before. Raises ``Problem``. ``begin`` reserved the key."""
        path = path.removeprefix(PREFIX)
        storage = self._desk.storage
        fingerprint = hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
        known = storage.sql.execute(
            "SELECT fingerprint, status, body FROM answers WHERE account = ? AND key = ?", (account, key)
        ).fetchone()
        if known is not None:
            if known[0] != fingerprint:
                raise Problem(422, "key-reused", "This Idempotency-Key was used for another request.")
            return Answer(status=known[1], body=known[2], replayed=True)
        act = self._action(account, method, path, if_match, body)
        now = storage.now()
        with storage.transaction():
            status, page = act()
            encoded = msgspec.json.encode(page)
            storage.sql.execute(
                "INSERT INTO answers VALUES(?, ?, ?, ?, ?, ?)",
                (account, key, fingerprint, status, encoded, now),
            )
            storage.sql.execute("DELETE FROM answers WHERE at < ?", (now - KEEP,))
        self._changed()
        return Answer(status=status, body=encoded)

    def _action(
        self, account: str, method: str, path: str, if_match: str, body: bytes
    ) -> Callable[[], tuple[int, WirePage]]:
        """What the request asks for, its body read; raises ``Problem`` for what cannot be asked."""
        desk = self._desk
        if method == "POST" and path == "/tickets":
            create = _decode(body, Create)
            return lambda: (201, desk.create(account, create.fields, create.text, create.operation))
        match = _TICKET.fullmatch(path)
        if match is None:
            raise Problem(404, "unknown-path", f"There is nothing at {path}.")
        ticket_id, version = match.group(1), entity_tag(if_match)
        if match.group(2):
            if method != "POST":
                raise Problem(405, "method", "Messages are added with POST.")
            message = _decode(body, WireMessage)
            self._admit(ticket_id, {})
            return lambda: (
                201,
                desk.message(
                    account,
                    ticket_id,
                    message.text,
                    version=version,
                    visibility=message.visibility,
                    channel=message.channel,
                    operation=message.operation,
                    minutes=message.minutes,
                    files=message.files,
                ),
            )
        if method != "PATCH":
            raise Problem(405, "method", "A ticket is changed with PATCH.")
        if not version:
            raise Problem(428, "version-missing", "A change of a ticket needs If-Match with its version.")
        update = _decode(body, Update)
        self._admit(ticket_id, update.sets)
        return lambda: (200, desk.update(account, ticket_id, version, update.sets))

    def _admit(self, ticket_id: str, sets: Mapping[str, object]) -> None:
        if ticket_id in self._faults.forbidden:
            raise forbidden(ticket_id)
        self._watcher.before_write(ticket_id, sets)


def forbidden(ticket_id: str) -> Problem:
    """403: this technician may read the ticket, but not change it."""
    return Problem(403, "ticket-forbidden", f"You may read TD-{ticket_id}, but not change it.")


def entity_tag(if_match: str) -> str:
    """The version inside an If-Match header; a weak tag never matches (RFC 9110, 13.1.1)."""
    tag = if_match.strip()
    return tag[1:-1] if len(tag) >= 2 and tag[0] == tag[-1] == '"' else tag


def _decode(body: bytes, kind: type[Body]) -> Body:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise invalid(_field_of(error), f"The body is not as described: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "bad-json", f"The body is not JSON: {error}.") from None


def _field_of(error: msgspec.ValidationError) -> tuple[str, ...]:
    """The neutral name in the path of a validation error (``$.sets.priority``), where there is one."""
    found = re.search(r"\$\.(?:sets\.|fields\.)?([a-z_]+)", str(error)) or re.search(
        r"field `([a-z_]+)`", str(error)
    )
    return (found.group(1),) if found else ()
