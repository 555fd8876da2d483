"""What of a ticket has not reached the desk, and what the desk refused, with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar

from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from techdesk.model import Instant, OperationState
from techdesk.store.rows import Pending
from techdesk.text import safe_text
from techdesk.widgets.cells import Line, paint
from techdesk.widgets.moments import due_time

_GLYPHS = {
    OperationState.HELD: "..",
    OperationState.READY: "->",
    OperationState.SENT: "->",
    OperationState.CONFLICT: "!!",
    OperationState.REJECTED: "!!",
    OperationState.DONE: "ok",
    OperationState.DROPPED: "--",
}


def state_words(operation: Pending, now: Instant, zone: tzinfo | None = None) -> str:
    """Where an operation stands, and which key helps, in a few words."""
    error = safe_text(operation.error, 400)
    match operation.state:
        case _ if operation.held_back_by:
            return f"held back by: {safe_text(operation.held_back_by, 200)}"
        case OperationState.HELD if operation.hold_until > now:
            return f"sent in {operation.hold_until - now} s, u undoes"
        case OperationState.HELD | OperationState.READY:
            if operation.not_before > now:
                at = due_time(operation.not_before, now, zone)
                again = f"tried {operation.attempts} times, again at {at}"
                return f"{again}: {error}" if error else again
            return f"waits to be sent: {error}" if error else "waits to be sent"
        case OperationState.SENT:
            if operation.attempts > 1 or error:
                return f"sent, no answer yet: {error}" if error else "sent, no answer yet"
            return "being sent"
        case OperationState.CONFLICT:
            return f"somebody changed the same: {error}" if error else "somebody changed the same"
        case OperationState.REJECTED:
            return f"the desk refused it: {error}" if error else "the desk refused it"
        case OperationState.DONE:
            return "done"
        case OperationState.DROPPED:
            return "dropped"


def needs(operation: Pending) -> str:
    """The remedy for one that waits for a person."""
    return "g c shows both sides and the keys that decide" if operation.state.needs_decision else ""


class PendingList(Widget):
    """One line an operation, two for one that needs a decision; not there when there is nothing."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pending-list--what",
        "pending-list--state",
        "pending-list--refused",
        "pending-list--remedy",
    }
    DEFAULT_CSS = """
    PendingList { height: auto; width: 1fr; padding: 0 1; display: none; }
    PendingList > .pending-list--what { color: $warning; }
    PendingList > .pending-list--state { text-style: dim; }
    PendingList > .pending-list--refused { color: $error; text-style: bold; }
    PendingList > .pending-list--remedy { text-style: dim; }
    """

    def __init__(self, *, rows: int = 5, zone: tzinfo | None = None) -> None:
        """``rows``: the greatest number of lines."""
        super().__init__()
        self._rows = rows
        self._zone = zone
        self._operations: tuple[Pending, ...] = ()
        self._lines: list[Line] = []

    def show(self, operations: Sequence[Pending], now: Instant) -> None:
        """Show these operations as they stand at ``now``."""
        self._operations = tuple(operations)
        before = len(self._lines)
        self._lines = self._made(now)
        self.display = bool(self._lines)
        self.refresh(layout=len(self._lines) != before)

    def tick(self, now: Instant) -> None:
        """A second has passed: repaint the lines whose words changed."""
        if not self._operations:
            return
        lines = self._made(now)
        changed = [y for y, (old, new) in enumerate(zip(self._lines, lines, strict=False)) if old != new]
        taller = len(lines) != len(self._lines)
        self._lines = lines
        if taller:
            self.refresh(layout=True)
        elif changed:
            width = self.size.width
            self.refresh(*(Region(0, y, width, 1) for y in changed))

    @property
    def text(self) -> str:
        """What it says, line by line."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        return paint(self, self._lines[y] if y < len(self._lines) else (), self.size.width)

    def _made(self, now: Instant) -> list[Line]:
        lines: list[Line] = []
        for operation in self._operations:
            refused = operation.state.needs_decision
            style = "pending-list--refused" if refused else "pending-list--what"
            said = "pending-list--refused" if refused else "pending-list--state"
            lines.append(
                (
                    (f"{_GLYPHS[operation.state]} ", style),
                    (safe_text(operation.what, 200), style),
                    (f"  {state_words(operation, now, self._zone)}", said),
                )
            )
            if remedy := needs(operation):
                lines.append((("   ", ""), (remedy, "pending-list--remedy")))
        if len(lines) > self._rows:
            hidden = len(lines) - self._rows + 1
            lines = [*lines[: self._rows - 1], ((f"   {hidden} more: U shows them", "pending-list--remedy"),)]
        return lines
