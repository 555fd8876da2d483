"""The demo desk's control door, for tests and rehearsals: faults, and acts of colleagues."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from techdesk.clock import SystemClock
from techdesk.demo.control import perform_act
from techdesk.demo.desk import Desk
from techdesk.demo.exchange import body_of
from techdesk.demo.faults import Control, Faults
from techdesk.demo.problems import invalid


class Rehearsing:
    """The handlers of ``/_control``, which is there only where it was asked for."""

    def __init__(self, desk: Desk, faults: Faults, announce: Callable[[], None]) -> None:
        self.desk = desk
        self.storage = desk.storage
        self.faults = faults
        self.announce = announce

    async def scenes(self, request: Request) -> Response:
        """Which tickets belong to which scene of the demo data."""
        found: dict[str, list[str]] = {}
        for scene, ticket in self.storage.sql.execute(
            "SELECT scene, id FROM tickets WHERE scene != '' ORDER BY scene, id"
        ):
            found.setdefault(scene, []).append(str(ticket))
        return Response(
            msgspec.json.encode({"scenes": found, "origin": self.storage.origin}),
            media_type="application/json",
        )

    async def control(self, request: Request) -> Response:
        """Fault switches and acts of colleagues."""
        try:
            control = msgspec.json.decode(await body_of(request), type=Control)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise invalid((), f"The body is not as described: {error}.") from None
        self.faults.apply(control)
        if control.skew_seconds is not None and isinstance(self.storage.clock, SystemClock):
            self.storage.clock.set_offset(control.skew_seconds)
        ticket = ""
        with self.storage.transaction():
            if control.expire_cursors:
                self.storage.expire_cursors()
            if control.act is not None:
                ticket = perform_act(self.desk, control.act)
        if control.new_epoch:
            self.storage.new_epoch()
        if control.act is not None or control.new_epoch:
            self.announce()
        return Response(
            msgspec.json.encode(
                {"ticket": ticket, "seq": self.storage.sequence(), "epoch": self.storage.epoch}
            ),
            media_type="application/json",
        )
