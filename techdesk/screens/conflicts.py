"""Conflicts: what the desk refused or what met somebody's change, side by side, a key for each way out.

Nothing happens without a key, and everything works offline: what is decided waits in the outbox again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult

from techdesk.actions.because import with_reasons, words_of
from techdesk.actions.registry import Where, action
from techdesk.model import Instant
from techdesk.screens.rewriting import PICKED, Rewriting
from techdesk.store.disputes import Dispute, FieldDispute
from techdesk.store.rows import Pending
from techdesk.widgets.dispute_view import DisputeView
from techdesk.widgets.dispute_view import choices as ways_out
from techdesk.widgets.entry_list import LINES
from techdesk.widgets.hint_bar import Hint, HintBar
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.operation_list import OperationList

_LISTED = 3
"""Operations that the list shows before it scrolls; the one under the cursor has the rest of the screen."""
_SHORT = 12
"""Letters of words that the hint bar takes as they stand beside the keys above it."""
_DECIDING = ("mine", "theirs", "edit", "move", "save", "reopen")


class ConflictsScreen(Rewriting):
    """The operations that wait for a person, and the one under the cursor in full."""

    where: ClassVar[Where] = Where.CONFLICTS
    CSS_PATH = "conflicts.tcss"

    def __init__(self) -> None:
        super().__init__(name="conflicts")
        self._dispute: Dispute | None = None
        self._aim: int | None = None

    def compose_body(self) -> ComposeResult:
        yield HeaderLine()
        yield OperationList(
            "Nothing waits for you.",
            "No change of yours met another, and none was refused.",
            lambda line, _: line.error,
        )
        yield DisputeView({f"conflict.{name}": self._key_of(name) for name in _DECIDING})

    def _key_of(self, name: str) -> str:
        return self.key_for(action(f"conflict.{name}"))

    @property
    def view(self) -> DisputeView:
        """The one under the cursor."""
        return self.query_one(DisputeView)

    def aim(self, operation: int) -> None:
        """Put the cursor on an operation, when the screen is shown next."""
        self._aim = operation
        if self.is_mounted:
            self.load()

    def load(self) -> None:
        waiting = [line for line in self.workbench.reader.operations() if line.state.needs_decision]
        self.entries.fill(waiting)
        if self._aim is not None:
            self.entries.go(self._aim)
            self._aim = None
        self.entries.styles.height = LINES * max(1, min(_LISTED, len(waiting))) + (0 if waiting else 1)
        self._show_header(waiting)
        self._show_dispute()

    def _show_dispute(self) -> None:
        current = self.entries.current
        if current is None:
            self._dispute = None
            self.view.clear()
        else:
            self._dispute = self.workbench.reader.dispute(current.key)
            self.view.show(current, self._dispute, self.desk.now)
        hints, bar = self.hints(), self.query_one(HintBar)
        if bar.hints != hints:
            bar.show_hints(hints)

    def hints(self) -> list[Hint]:
        """Of the keys that decide, those that mean something for the one under the cursor."""
        deciding = {self._key_of(name) for name in _DECIDING}
        kept = [hint for hint in super().hints() if hint[0] not in deciding]
        current = self.entries.current if self.is_mounted else None
        if current is None:
            return [hint for hint in kept if hint[0] != self.key_of_action("list.open")]
        if self._dispute is None or self.read_only:
            return kept
        offered = [
            (self.key_of_action(each), words if len(words) <= _SHORT else action(each).short)
            for each, words in ways_out(current, self._dispute)
        ]
        opens = [hint for hint in kept if hint[0] == self.key_of_action("list.open")]
        rest = [hint for hint in kept if hint not in opens]
        return [*(() if self._dispute.gone else opens), *(hint for hint in offered if hint[0]), *rest]

    def on_operation_list_moved(self, event: OperationList.Moved) -> None:
        event.stop()
        self._show_dispute()

    def _show_header(self, waiting: Sequence[Pending]) -> None:
        shown = [
            ("Conflicts", "header-line--view"),
            (f" {len(waiting):,}", "header-line--stale" if waiting else ""),
        ]
        self.show_header(*shown)

    def tick(self, now: Instant) -> None:
        self.entries.tick(now)
        self._show_header(self.entries.operations)

    # Moving

    def do_list_page_down(self) -> None:
        self.view.page(1)

    def do_list_page_up(self) -> None:
        self.view.page(-1)

    def do_list_open(self) -> None:
        current = self.entries.current
        if current is None:
            self.say("Nothing waits for you: there is no ticket to open.")
        elif self.workbench.reader.row(current.ticket) is None:
            self.say(f"{current.number} is gone at the desk: all that is left of it is shown here.")
        else:
            self.desk.open_ticket(current.ticket, [current.ticket])

    # Deciding

    def do_conflict_mine(self) -> None:
        self._decide("conflict.mine")

    def do_conflict_theirs(self) -> None:
        self._decide("conflict.theirs")

    def do_conflict_move(self) -> None:
        self._decide("conflict.move")

    def do_conflict_save(self) -> None:
        self._decide("conflict.save")

    def do_conflict_reopen(self) -> None:
        dispute = self._dispute
        if dispute is not None and not (dispute.written and dispute.closes):
            self.say("The desk has not closed it: there is nothing to reopen.", severity="warning")
            return
        self._decide("conflict.reopen")

    def _decide(self, action_id: str) -> None:
        current = self.entries.current
        if current is None:
            self.say("Nothing waits for you.")
        else:
            self.perform(action_id, None, operation=current.key)

    def do_conflict_edit(self) -> None:
        current, dispute = self.entries.current, self._dispute
        if current is None or dispute is None:
            self.say("Nothing waits for you.")
        elif dispute.gone:
            self.say(f"{current.number} is gone at the desk: nothing can be sent to it.", severity="warning")
        else:
            disputed = [field for field in dispute.fields if field.clash]
            if len(current.sets) > 1 and disputed and not dispute.closes:
                self._field_by_field(current, disputed, ())
            else:
                self.rewrite(current, tuple(field.field for field in disputed))

    def _field_by_field(
        self, current: Pending, left: Sequence[FieldDispute], theirs: tuple[str, ...], other: str = ""
    ) -> None:
        """Ask of each field that met somebody's change; then all of it is decided as one.

        ``other``: the field whose value is to be neither: it stays the desk's, and its picker comes after.
        """
        from techdesk.screens.pick import Choice, Pick

        if not left:
            self._keep_fields(current, theirs, other)
            return
        field, rest = left[0], left[1:]
        by = f", set by {field.by}" if field.by else ""
        choices = [
            Choice(
                id="mine", label=f"mine: {field.mine}", hint_key="m", detail=f"you saw {field.base or '--'}"
            ),
            Choice(id="theirs", label=f"the desk's: {field.theirs}", hint_key="d", detail=by.lstrip(", ")),
        ]
        if not other and field.field in PICKED:
            choices.append(Choice(id="other", label="another value", hint_key="e", detail="chosen next"))

        def chosen(choice: str | None) -> None:
            if choice is None:
                self.say("Nothing is decided: it waits as it was.")
            elif choice == "mine":
                self._field_by_field(current, rest, theirs, other)
            elif choice == "theirs":
                self._field_by_field(current, rest, (*theirs, field.field), other)
            else:
                self._field_by_field(current, rest, (*theirs, field.field), field.field)

        self.app.push_screen(Pick(f"{current.number} {field.name}: which?", choices, typed=False), chosen)

    def _keep_fields(self, current: Pending, theirs: tuple[str, ...], other: str, **more: Any) -> None:
        """Keep mine but for some fields; where a rule asks first, the value is chosen after that."""
        from techdesk.actions.outcomes import Queued

        outcome = self.workbench.perform("conflict.mine", None, operation=current.key, without=theirs, **more)
        self.present(
            outcome,
            lambda: self._keep_fields(current, theirs, other, confirmed=True),
            reasoned=lambda reasons, sure: self._keep_fields(
                current, theirs, other, because=words_of(with_reasons({}, reasons)), confirmed=sure
            ),
        )
        if other and isinstance(outcome, Queued):
            self.pick_value(current, other)
