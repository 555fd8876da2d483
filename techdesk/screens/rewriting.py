"""Editing what has not reached the desk: a text in the composer, a value in a picker, a new ticket in a form.

What comes out takes the old operation's place; nothing is gone before it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import on

from techdesk.model import Draft, OperationKind, OperationState
from techdesk.screens.entries import EntryScreen
from techdesk.store.rows import Pending
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.moments import clock_time, zone_label
from techdesk.widgets.one_line import Piece
from techdesk.widgets.operation_list import OperationList

PICKED = {"owner": "assign", "priority": "priority", "severity": "priority", "status": "status"}
"""Field -> the action whose picker sets it."""
_ENDED = ("resolved", "closed")


class Rewriting(EntryScreen):
    """What the outbox and the conflicts screen share: edit the operation under the cursor."""

    def __init__(self, *, name: str) -> None:
        super().__init__(name=name)
        self.replaces: int | None = None
        """Operation in whose place the next change goes, while its value is being chosen."""
        self._written_to: int | None = None

    def current_ticket(self) -> int | None:
        """The ticket that is written to, else that of the operation under the cursor."""
        if self._written_to is not None:
            return self._written_to
        current = self.entries.current
        return None if current is None else current.ticket

    @property
    def entries(self) -> OperationList:
        """The operations."""
        return self.query_one(OperationList)

    # Showing

    def on_mount(self) -> None:
        self.entries.focus()
        self.entries.tick(self.desk.now)
        self.load()

    def refresh_rows(self, keys: Sequence[int] | None) -> None:
        self.load()

    def load(self) -> None:
        """Read the operations that belong here, and show them."""
        raise NotImplementedError

    def show_header(self, *view: Piece) -> None:
        """The first line. ``view``: what this screen is, and how much there is of it."""
        now = self.desk.now
        left = [(" techdesk ", "header-line--name"), (f" {self.desk.profile_title}  ", "header-line--quiet")]
        right = [(f"{clock_time(now, now)} {zone_label(now)} ", "header-line--quiet")]
        self.query_one(HeaderLine).show_both([*left, *view], right)

    # Moving

    @on(OperationList.Opened)
    def _clicked(self, event: OperationList.Opened) -> None:
        event.stop()
        self.do_list_open()

    def do_list_open(self) -> None:
        """Open what the operation under the cursor is about."""
        raise NotImplementedError

    # Editing

    def perform(
        self,
        action_id: str,
        ticket: int | None,
        *,
        kept: str = "",
        failed: Callable[[str], None] | None = None,
        **values: Any,
    ) -> None:
        """As everywhere; what was chosen by ``edit`` goes in place of the operation."""
        if self.replaces is not None and action_id.startswith("ticket."):
            values = {**values, "replaces": self.replaces}
        super().perform(action_id, ticket, kept=kept, failed=failed, **values)

    def before_action(self, action_id: str) -> None:
        """Another key: what was being chosen was left, and the next change is one of its own."""
        super().before_action(action_id)
        self.replaces = None

    def rewrite(self, current: Pending, disputed: tuple[str, ...] = ()) -> None:
        """Edit this one. ``disputed``: the fields of it that met somebody's change."""
        if current.state is OperationState.SENT:
            self.say(
                f"{current.number}: {current.what} is on its way to the desk, and nobody knows whether it"
                " arrived: it cannot be edited now.",
                severity="warning",
            )
        elif current.kind is OperationKind.CREATE:
            self._fill_in_again(current)
        elif current.kind.is_message and "minutes" in current.sets:
            self.say("Working time is not edited: drop it, and note it again with w.", severity="warning")
        elif current.kind.is_message and current.state.is_pending:
            self._take_back(current)
        elif current.kind.is_message:
            self._write_again(current)
        else:
            self._choose_again(current, disputed)

    def _take_back(self, current: Pending) -> None:
        """A message that still waits: with its key press it becomes a draft again, and the composer opens."""
        workbench = self.workbench
        undone = workbench.writer.undo(current.batch, workbench.clock.now())

        def write(done: bool) -> None:
            if done:
                self._open_composer(current)
            else:
                words = (
                    f"{current.number}: {current.what} went out meanwhile: there is nothing to edit any more."
                )
                self.say(words, severity="warning")

        self.desk.after(undone, write)

    def _write_again(self, current: Pending) -> None:
        """A refused one: the composer has its text; a draft that is being written is gone on with."""
        reader, writer = self.workbench.reader, self.workbench.writer
        draft = reader.draft(current.ticket, current.kind)
        body = current.text
        if draft is not None and draft.body.strip():
            body = draft.body if current.text in draft.body else f"{draft.body}\n\n{current.text}"
        kept = writer.save_draft(
            Draft(ticket=current.ticket, kind=current.kind, body=body, updated=self.workbench.clock.now())
        )

        def write(_: object) -> None:
            self.replaces = current.key
            self._open_composer(current)

        self.desk.after(kept, write)

    def _open_composer(self, current: Pending) -> None:
        note = current.kind is OperationKind.COMMENT
        resolves = current.action == "ticket.resolve"
        action_id = "ticket.comment" if note else "ticket.resolve" if resolves else "ticket.reply"
        self._written_to = current.ticket  # what was taken back is no longer under the cursor
        try:
            self._write(action_id, current.kind, resolve=resolves)
        finally:
            self._written_to = None

    def _choose_again(self, current: Pending, disputed: tuple[str, ...]) -> None:
        """The picker of its field."""
        names = list(current.sets)
        field = disputed[0] if disputed else names[0]
        if len(names) > 1 or field not in PICKED or current.sets.get("status") in _ENDED:
            self.say(
                "It has no single value to choose: drop it or take it back, then change what is left.",
                severity="warning",
            )
            return
        self.replaces = current.key
        getattr(self, f"do_ticket_{PICKED[field]}")()

    def pick_value(self, current: Pending, field: str) -> None:
        """Choose a value for a field of this ticket, as a change of its own."""
        self._written_to = current.ticket
        try:
            getattr(self, f"do_ticket_{PICKED[field]}")()
        finally:
            self._written_to = None

    def _fill_in_again(self, current: Pending) -> None:
        """The form of a new ticket, as it was filled in; what follows on it stays behind it."""
        from techdesk.screens.new_ticket import NewTicket

        def filled(result: Any) -> None:
            if result is None:
                self.say(f"{current.number} waits as it was. {form.left_with}".strip())
                return
            self.perform("ticket.new", None, fields=result.fields, text=result.text, replaces=current.key)

        why = f"{current.error.rstrip('.')}. " if current.error else ""
        words = f"{why}{current.number} goes out as it is here, and what was written on it after it."
        form = NewTicket(
            fields=current.sets, text=current.text, follows=current.ticket, words=words, again=True
        )
        self.app.push_screen(form, filled)
