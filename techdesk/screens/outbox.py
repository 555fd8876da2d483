"""The outbox: what has not reached the desk yet, and what the desk refused, each with the way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from techdesk.actions.registry import Where
from techdesk.model import Instant, OperationState
from techdesk.screens.rewriting import Rewriting
from techdesk.store.rows import Pending
from techdesk.text import safe_text
from techdesk.widgets.hint_bar import Hint, HintBar
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.operation_list import NOTHING, OperationList, standing

_NEED_ENTRY = ("list.open", "outbox.retry", "outbox.drop", "outbox.edit")


class OutboxScreen(Rewriting):
    """One entry an operation, oldest first, those that wait for a person on top."""

    where: ClassVar[Where] = Where.OUTBOX
    CSS_PATH = "outbox.tcss"

    def __init__(self) -> None:
        super().__init__(name="outbox")
        self._detail = Content("")
        self._of_runs = 0

    def compose_body(self) -> ComposeResult:
        yield HeaderLine()
        yield OperationList()
        yield Static(id="outbox-detail")

    def load(self) -> None:
        operations = self.workbench.reader.operations()
        operations.sort(key=lambda line: (not line.state.needs_decision, line.key))
        self._of_runs = self.workbench.operations_left() - len(operations)
        self.entries.sentences = self._sentences()
        self.entries.tick(self.desk.now)  # it last counted when this screen was last on show
        before, place = self.entries.current, self.entries.cursor
        self.entries.fill(operations)
        self._stay_with_the_waiting(before, place)
        self._show_header(operations)
        self._show_detail()
        hints, bar = self.hints(), self.query_one(HintBar)
        if bar.hints != hints:
            bar.show_hints(hints)

    def hints(self) -> list[Hint]:
        """With nothing in it, no key that needs an entry."""
        shown = super().hints()
        if not self.is_mounted or self.entries.operations:
            return shown
        without = {self.key_of_action(each) for each in _NEED_ENTRY}
        return [hint for hint in shown if hint[0] not in without]

    def _stay_with_the_waiting(self, before: Pending | None, place: int) -> None:
        """What was tried again goes down to what is on its way; the next that waits comes under the cursor.

        So the same key again means the next one, and not whatever stands where the last one went.
        """
        now = self.entries.current
        if before is None or now is None or not before.state.needs_decision or now.state.needs_decision:
            return
        waiting = [line for line in self.entries.operations if line.state.needs_decision]
        if waiting:
            self.entries.go(waiting[min(place, len(waiting) - 1)].key)

    def _sentences(self) -> tuple[str, str]:
        """What an empty list says. What runs still send is not listed here, but it waits all the same."""
        if self._of_runs <= 0:
            return NOTHING
        what = "No single change waits."
        return what, f"{self._run_words()}: {self.key_of_action('go.bulk')} shows how far it has come."

    def _run_words(self) -> str:
        one = "1 change of a bulk run waits to be sent"
        return one if self._of_runs == 1 else f"{self._of_runs:,} changes of a bulk run wait to be sent"

    def _show_detail(self) -> None:
        """The operation under the cursor in full: its line may have been cut."""
        current = self.entries.current
        detail = self.query_one("#outbox-detail", Static)
        if current is None:
            detail.display = False
            return
        parts = [Content.styled(f"{current.number}  {current.what}\n", "bold")]
        parts.append(Content(standing(current, self.desk.now)))
        if current.text:
            hide = self.workbench.reader.hiding(current.ticket)
            parts.append(Content.styled(f"\n{safe_text(hide(current.text), 400)}", "dim"))
        content = Content("").join(parts)
        if not detail.display or content != self._detail:
            self._detail = content
            detail.display = True
            detail.update(content)

    def on_operation_list_moved(self, event: OperationList.Moved) -> None:
        event.stop()
        self._show_detail()

    def _show_header(self, operations: Sequence[Pending]) -> None:
        waiting = sum(1 for line in operations if line.state.needs_decision)
        shown = [
            ("Outbox", "header-line--view"),
            (f" {len(operations):,}", ""),
        ]
        if self._of_runs > 0:
            shown.append((f" + {self._of_runs:,} of a bulk run ", "header-line--quiet"))
        if waiting:
            words = f" {waiting} wait{'s' if waiting == 1 else ''} for you "
            shown += [("  ", ""), (words, "header-line--stale")]
        self.show_header(*shown)

    def tick(self, now: Instant) -> None:
        self.entries.tick(now)
        self._show_header(self.entries.operations)
        self._show_detail()

    # Moving

    def do_list_open(self) -> None:
        current = self.entries.current
        if current is None:
            self.say("The outbox is empty: there is no ticket to open.")
        elif current.state.needs_decision:
            self.desk.open_conflict(current.key)
        else:
            self.desk.open_ticket(current.ticket, [current.ticket])

    # Deciding

    def do_outbox_retry(self) -> None:
        current = self.entries.current
        if current is not None and current.state is OperationState.CONFLICT:
            self.desk.open_conflict(current.key)  # nobody sends over what he has not seen
            return
        self._decide("outbox.retry")

    def do_outbox_edit(self) -> None:
        current = self.entries.current
        if current is None:
            self.say("The outbox is empty.")
        elif current.state is OperationState.CONFLICT:
            self.desk.open_conflict(current.key)  # nobody sets a value over what he has not seen
        else:
            self.rewrite(current)

    def do_outbox_drop(self) -> None:
        self._decide("outbox.drop")

    def _decide(self, action_id: str) -> None:
        current = self.entries.current
        if current is None:
            self.say("The outbox is empty.")
        else:
            self.perform(action_id, None, operation=current.key)
