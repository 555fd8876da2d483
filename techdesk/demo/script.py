"""Colleagues and customers who act while you watch, always the same at the same running time.

Nothing here touches the tickets whose countdowns the demo shows (scenes ``fuse:``). The script's position is
running time in seconds: a restart goes on where it was, a shift of old data begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from techdesk.demo.desk import Desk
from techdesk.demo.plot import PLOT
from techdesk.demo.problems import Problem
from techdesk.demo.writes import forbidden
from techdesk.model import Channel, Direction, Status

BUSY_TIMES = 2
"""How often the busy scene answers 503 before it works."""


class Script:
    """Acts on time and reacts to writes. Still until ``run`` or ``react`` is called."""

    def __init__(self, desk: Desk, changed: Callable[[], None]) -> None:
        self._desk = desk
        self._changed = changed
        self._active = False

    @property
    def is_active(self) -> bool:
        """Whether colleagues act by themselves."""
        return self._active

    def react(self) -> None:
        """From now on react to writes on the conflict scenes."""
        self._active = True

    async def run(self) -> None:
        """Play the plot from where it stood; ends when the last act is done."""
        self.react()
        storage = self._desk.storage
        position = float(storage.get("script:position") or 0)
        for step in PLOT:
            if step.at <= position:
                continue
            await storage.clock.sleep(step.at - position)
            position = step.at
            with storage.transaction():
                step.act(self._desk)
                storage.put("script:position", str(position))
            self._changed()

    def before_write(self, ticket_id: str, sets: Mapping[str, object]) -> None:
        """React to a write on a conflict scene: refuse it, or let the customer be quicker."""
        if not self._active or not ticket_id.isdigit():
            return
        storage = self._desk.storage
        row = storage.sql.execute(
            "SELECT scene, requester FROM tickets WHERE id = ?", (int(ticket_id),)
        ).fetchone()
        if row is None:
            return
        scene, requester = row
        if scene == "conflict:forbidden":
            raise forbidden(ticket_id)
        if scene == "conflict:busy":
            done = int(storage.get(f"script:busy:{ticket_id}", "0"))
            if done < BUSY_TIMES:
                storage.put(f"script:busy:{ticket_id}", str(done + 1))
                raise Problem(503, "busy", "The desk is busy. Nothing was done.", retry_after=1)
        if (
            scene == "conflict:reply"
            and sets.get("status") in (Status.RESOLVED, Status.CLOSED)
            and not storage.get(f"script:answered:{ticket_id}")
        ):
            with storage.transaction():
                storage.put(f"script:answered:{ticket_id}", "1")
                self._desk.add_message(
                    requester,
                    int(ticket_id),
                    "Sorry, please leave it open: it happened again a minute ago, this time for the whole"
                    " floor.",
                    direction=Direction.INBOUND,
                    channel=Channel.EMAIL,
                )
            self._changed()
