"""The outbox's list: two lines an operation, what it does and where it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from techdesk.model import Instant, OperationState
from techdesk.store.rows import Pending
from techdesk.widgets.cells import Line, fit
from techdesk.widgets.entry_list import EntryList
from techdesk.widgets.status_bar import wait_words

NOTHING = ("Nothing waits to be sent.", "What you did has reached the desk, or was taken back.")
"""What an empty outbox says."""
_STATES = {
    OperationState.HELD: ("held", "entry-list--busy"),
    OperationState.READY: ("waiting", "entry-list--busy"),
    OperationState.SENT: ("sent", "entry-list--busy"),
    OperationState.DONE: ("done", "entry-list--quiet"),
    OperationState.CONFLICT: ("CONFLICT", "entry-list--bad"),
    OperationState.REJECTED: ("REFUSED", "entry-list--bad"),
    OperationState.DROPPED: ("dropped", "entry-list--quiet"),
}


_WAITS = "sent as soon as the desk can be reached, in order"
_MOMENT = 10
"""Seconds after its hold in which a change goes out where the desk can be reached."""


def standing(line: Pending, now: Instant) -> str:
    """Where an operation stands, in a sentence: what happened, what was kept, what can be done."""
    match line.state:
        case _ if line.held_back_by:
            return f"held back by: {line.held_back_by}, which waits for you"
        case OperationState.HELD:
            left = line.hold_until - now
            if left > 0:
                return f"held here {left} s more; u takes it back without trace"
            return "about to be sent" if left > -_MOMENT else _WAITS
        case OperationState.READY if line.not_before > now:
            tries = "once" if line.attempts == 1 else f"{line.attempts} times"
            why = f": {line.error}" if line.error else ""
            return f"next try in {wait_words(line.not_before - now)}, tried {tries}{why}"
        case OperationState.READY:
            return line.error or _WAITS
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


class OperationList(EntryList):
    """Keeps its cursor on the same operation while others come and go."""

    class Moved(EntryList.Moved):
        """The cursor stands on another operation."""

    def __init__(
        self,
        empty: str = NOTHING[0],
        why: str = NOTHING[1],
        told: Callable[[Pending, Instant], str] = standing,
    ) -> None:
        """``empty`` and ``why``: the two sentences of an empty list. ``told``: a line's second half."""
        super().__init__()
        self._sentences = (empty, why)
        self._told = told
        self.operations: list[Pending] = []
        self._now: Instant = 0

    @property
    def sentences(self) -> tuple[str, str]:
        """The two lines of an empty list."""
        return self._sentences

    @sentences.setter
    def sentences(self, said: tuple[str, str]) -> None:
        if said != self._sentences:
            self._sentences = said
            self.refresh()

    @property
    def current(self) -> Pending | None:
        """The operation under the cursor."""
        return self.operations[self.cursor] if self.operations else None

    def fill(self, operations: Sequence[Pending]) -> None:
        """Show these; nothing is repainted when they are what is shown already."""
        fresh = list(operations)
        if fresh == self.operations:
            return
        current = self.current
        self.operations = fresh
        keys = [line.key for line in fresh]
        if current is not None and current.key in keys:
            self.cursor = keys.index(current.key)
        self.show(len(fresh), self._drawn)

    def go(self, key: int) -> None:
        """Put the cursor on an operation, if it is here."""
        keys = [line.key for line in self.operations]
        if key in keys:
            self.move(keys.index(key) - self.cursor)

    def tick(self, now: Instant) -> None:
        """A second has passed: repaint the entries whose second line reads differently."""
        before, self._now = self._now, now
        for index, line in enumerate(self.operations):
            if self._told(line, before) != self._told(line, now):
                self.refresh_entry(index)

    def _drawn(self, index: int) -> tuple[Line, Line]:
        line = self.operations[index]
        word, style = _STATES[line.state]
        first = (
            (f" {fit(word, 9)}", style),
            (f"{line.number}  ", "entry-list--number"),
            (line.what, "entry-list--what"),
            (f"  {line.subject}", "entry-list--quiet"),
        )
        return first, ((" " * 10, ""), (self._told(line, self._now), ""))

    def empty_line(self, y: int) -> tuple[str, str]:
        what, why = self._sentences
        match y:
            case 1:
                return f"  {what}", "entry-list--what"
            case 2:
                return f"  {why}", "entry-list--quiet"
            case _:
                return "", ""
