"""Refusals of the demo desk, as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from techdesk.desks.wire import WirePage, WireProblem
from techdesk.model import Tombstone

MEDIA_TYPE = "application/problem+json"

_TITLES = {
    400: "The request cannot be read",
    401: "Token missing or unknown",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed here",
    409: "A request with this key is in progress",
    410: "Gone",
    412: "The ticket changed meanwhile",
    413: "Request too large",
    422: "The values cannot be accepted",
    428: "A precondition is required",
    429: "Too many requests",
    500: "The desk has an internal error",
    503: "The desk cannot answer right now",
}


class Problem(Exception):
    """Why the desk refuses: definite, and without any effect on what it keeps."""

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        fields: tuple[str, ...] = (),
        current: WirePage | None = None,
        tombstone: Tombstone | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.fields = fields
        self.current = current
        self.tombstone = tombstone
        self.retry_after = retry_after
        """Seconds, sent as the Retry-After header."""

    def encode(self) -> bytes:
        """The body of the answer."""
        return msgspec.json.encode(
            WireProblem(
                type=f"urn:techdesk:problem:{self.slug}",
                title=_TITLES.get(self.status) or HTTPStatus(self.status).phrase,
                status=self.status,
                detail=self.detail,
                fields=list(self.fields),
                current=self.current,
                reason=None if self.tombstone is None else self.tombstone.reason,
                merged_into="" if self.tombstone is None else self.tombstone.merged_into,
            )
        )


def invalid(fields: tuple[str, ...], detail: str) -> Problem:
    """422: names the fields that cannot be accepted."""
    return Problem(422, "invalid-fields", detail, fields=fields)


def unknown_ticket(ticket_id: str) -> Problem:
    """404: no ticket has this id."""
    return Problem(404, "unknown-ticket", f"There is no ticket with id {ticket_id}.")
