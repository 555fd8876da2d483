"""The outbox's list: two lines an operation, what it does and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from techdesk.model import Instant, OperationState
from techdesk.store.rows import Pending
from techdesk.widgets.cells import Line, fit, paint
from techdesk.widgets.status_bar import wait_words

LINES = 2
"""Lines of one operation."""

_STATES = {
    OperationState.HELD: ("held", "operation-list--busy"),
    OperationState.READY: ("waiting", "operation-list--busy"),
    OperationState.SENT: ("sent", "operation-list--busy"),
    OperationState.DONE: ("done", "operation-list--quiet"),
    OperationState.CONFLICT: ("CONFLICT", "operation-list--bad"),
    OperationState.REJECTED: ("REFUSED", "operation-list--bad"),
    OperationState.DROPPED: ("dropped", "operation-list--quiet"),
}


def standing(line: Pending, now: Instant) -> str:
    """Where an operation stands, in a sentence: what happened, what was kept, what can be done."""
    match line.state:
        case _ if line.held_back_by:
            return f"held back by: {line.held_back_by}, which waits for you"
        case OperationState.HELD:
            left = line.hold_until - now
            return (
                f"held here {left} s more; u takes it back without trace" if left > 0 else "about to be sent"
            )
        case OperationState.READY if line.not_before > now:
            tries = "once" if line.attempts == 1 else f"{line.attempts} times"
            why = f": {line.error}" if line.error else ""
            return f"next try in {wait_words(line.not_before - now)}, tried {tries}{why}"
        case OperationState.READY:
            return line.error or "sent as soon as the desk can be reached, in order"
        case OperationState.SENT:
            why = f": {line.error}" if line.error else ""
            return f"on its way, the answer is not here yet{why}; it is never sent twice"
        case OperationState.CONFLICT:
            why = line.error or "somebody changed the same meanwhile"
            return f"{why}  enter shows both, d drops it"
        case OperationState.REJECTED:
            return f"{line.error or 'the desk refused it'}  enter shows it, t tries again, d drops it"
        case _:
            return line.error


class OperationList(ScrollView, can_focus=True, inherit_bindings=False):
    """Keeps its cursor on the same operation while others come and go."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "operation-list--cursor",
        "operation-list--what",
        "operation-list--number",
        "operation-list--quiet",
        "operation-list--busy",
        "operation-list--bad",
    }
    DEFAULT_CSS = """
    OperationList {
        height: 1fr; width: 1fr; scrollbar-size: 0 1; overflow-x: hidden;
        color: $foreground; background: $background;
    }
    OperationList > .operation-list--cursor { text-style: reverse; }
    OperationList > .operation-list--what { text-style: bold; }
    OperationList > .operation-list--quiet { text-style: dim; }
    OperationList > .operation-list--busy { color: $warning; }
    OperationList > .operation-list--bad { color: $error; text-style: bold; }
    """

    class Moved(Message):
        """The cursor stands on another operation."""

    def __init__(
        self,
        empty: str = "Nothing waits to be sent.",
        why: str = "Everything that you did has reached the desk.",
        told: Callable[[Pending, Instant], str] = standing,
    ) -> None:
        """``empty`` and ``why``: the two sentences of an empty list. ``told``: a line's second half."""
        super().__init__()
        self._empty = (empty, why)
        self._told = told
        self.operations: list[Pending] = []
        self._cursor = 0
        self._now: Instant = 0

    @property
    def current(self) -> Pending | None:
        """The operation under the cursor."""
        return self.operations[self._cursor] if self.operations else None

    @property
    def per_page(self) -> int:
        """Operations on one screen."""
        return max(1, self.size.height // LINES)

    def show(self, operations: Sequence[Pending]) -> None:
        """Show these; nothing is repainted when they are what is shown already."""
        fresh = list(operations)
        if fresh == self.operations:
            return
        current = self.current
        self.operations = fresh
        keys = [line.key for line in fresh]
        if current is not None and current.key in keys:
            self._cursor = keys.index(current.key)
        self._cursor = max(0, min(self._cursor, len(fresh) - 1))
        self.virtual_size = Size(self.size.width, len(fresh) * LINES)
        self.refresh()

    def go(self, key: int) -> None:
        """Put the cursor on an operation, if it is here."""
        keys = [line.key for line in self.operations]
        if key in keys:
            self.move(keys.index(key) - self._cursor)

    def move(self, lines: int) -> None:
        """Move the cursor; the ends stop it."""
        if not self.operations:
            return
        old = self._cursor
        self._cursor = max(0, min(len(self.operations) - 1, old + lines))
        top, height = self.scroll_offset.y, self.size.height
        first = self._cursor * LINES
        if first < top:
            self.scroll_to(y=first, animate=False, force=True)
        elif first + LINES > top + height:
            self.scroll_to(y=first + LINES - height, animate=False, force=True)
        for index in {old, self._cursor}:
            self._refresh_entry(index)
        self.post_message(self.Moved())

    def tick(self, now: Instant) -> None:
        """A second has passed: repaint the entries whose second line reads differently."""
        before, self._now = self._now, now
        for index, line in enumerate(self.operations):
            if self._told(line, before) != self._told(line, now):
                self._refresh_entry(index)

    def _refresh_entry(self, index: int) -> None:
        self.refresh(Region(0, index * LINES - self.scroll_offset.y, self.size.width, LINES))

    def on_resize(self, event: events.Resize) -> None:
        self.virtual_size = Size(self.size.width, len(self.operations) * LINES)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index, part = divmod(self.scroll_offset.y + y, LINES)
        if not self.operations:
            return self._empty_line(y, width)
        if index >= len(self.operations):
            return Strip.blank(width, self.rich_style)
        line = self.operations[index]
        here = index == self._cursor
        word, style = _STATES[line.state]
        content: Line
        if part == 0:
            content = (
                ("▌" if here else " ", ""),
                (f" {fit(word, 9)}", style),
                (f"{line.number}  ", "operation-list--number"),
                (line.what, "operation-list--what"),
                (f"  {line.subject}", "operation-list--quiet"),
            )
        else:
            content = (("▌" if here else " ", ""), (" " * 10, ""), (self._told(line, self._now), ""))
        return paint(self, content, width, "operation-list--cursor" if here and part == 0 else "")

    def _empty_line(self, y: int, width: int) -> Strip:
        words = {1: (f"  {self._empty[0]}", "operation-list--what")}
        words[2] = (f"  {self._empty[1]}", "operation-list--quiet")
        return paint(self, (words.get(y, ("", "")),), width)

    def on_click(self, event: events.Click) -> None:
        index = (self.scroll_offset.y + event.y) // LINES
        if index < len(self.operations):
            self.move(index - self._cursor)
