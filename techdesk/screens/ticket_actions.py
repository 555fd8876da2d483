"""Changes of one ticket, the same on every screen: what a key asks for goes to the workbench, and its answer
is told in one line. Nothing here decides whether a change is allowed; the workbench does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from techdesk.actions.because import with_reasons
from techdesk.model import RECORD_MARKER, OperationKind, Role, Status
from techdesk.rules.verdicts import Refuse, Verdict, Warn
from techdesk.screens.policy_actions import PolicyActions
from techdesk.screens.telling import Telling
from techdesk.screens.ticket_tools import KEPT, TicketTools

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.actions.workbench import Workbench
    from techdesk.screens.desk_app import DeskApp
    from techdesk.store.loads import Load
    from techdesk.store.reader import Reader
    from techdesk.store.rows import Row

STATUSES = (
    (Status.OPEN, "o", "Open", "somebody of ours works on it"),
    (Status.WAITING, "w", "Waiting", "for the customer"),
    (Status.HOLD, "h", "On hold", "by us, until a date or a decision"),
    (Status.VENDOR, "v", "With a vendor", "for a third party"),
)
"""What the status key offers; resolving and closing have keys of their own, because they have gates."""


class TicketActions(Telling, TicketTools, PolicyActions):
    """Mixed into every main screen."""

    if TYPE_CHECKING:
        app: App[Any]
        pressed: str

        @property
        def desk(self) -> DeskApp: ...
        @property
        def workbench(self) -> Workbench: ...
        def current_ticket(self) -> int | None: ...
        def say(self, words: str, *, severity: Any = "info") -> None: ...
        def read(
            self,
            group: str,
            work: Callable[[Reader], Any],
            done: Callable[[Any], None],
            failed: Callable[[Exception], None],
        ) -> None: ...
        def is_saying(self, words: str) -> bool: ...
        def unsay(self) -> None: ...
        def store_changed(self, keys: Sequence[int] | None) -> None: ...

    # Through the workbench

    def perform(
        self,
        action_id: str,
        ticket: int | None,
        *,
        kept: str = "",
        failed: Callable[[str], None] | None = None,
        **values: Any,
    ) -> None:
        """Ask the workbench to do it, and tell what it answered.

        ``kept`` is said where it was not done; ``failed`` is called where it could not be stored.
        """
        self.present(
            self.workbench.perform(action_id, ticket, **values),
            lambda: self.perform(
                action_id, ticket, kept=kept, failed=failed, **{**values, "confirmed": True}
            ),
            kept,
            failed,
            reasoned=lambda reasons, sure: self.perform(
                action_id,
                ticket,
                kept=kept,
                failed=failed,
                **{**with_reasons(values, reasons), "confirmed": sure},
            ),
        )

    def _row(self) -> Row | None:
        key = self.current_ticket()
        return None if key is None else self.workbench.reader.row(key)

    # The actions

    def do_ticket_take(self) -> None:
        self.perform("ticket.take", self.current_ticket())

    def do_ticket_assign(self) -> None:
        from techdesk.screens.choosing import owner_choices

        row, me = self._row(), self.workbench.me.id
        if row is None:
            return
        view = self.workbench.reader.ticket(row.key)
        queue = view.queue if view is not None else ""
        team = self.workbench.judging.owning_team(row.key)

        def offer(loads: dict[str, Load]) -> None:
            choices = owner_choices(
                self.workbench.reader.people(Role.TECHNICIAN),
                loads,
                me=me,
                current=row.owner,
                queue=row.queue_name,
                customers=self.workbench.customers,
                rota=self.workbench.rota_read,
                now=self.workbench.clock.now(),
                team=team,
            )
            self._pick(f"Owner of {row.number}", choices, "ticket.assign", row.key, "owner")

        # Counting a million tickets takes longer than a key may: keys that follow wait for the list.
        self.read("owners", lambda reader: reader.owner_loads(queue, me), offer, lambda error: offer({}))

    def _pick(
        self,
        title: str,
        choices: list[Any],
        action_id: str,
        ticket: int,
        value: str,
        *,
        typed: bool = True,
        current: str = "",
        convert: Callable[[str], Any] = str,
    ) -> None:
        from techdesk.screens.pick import Pick

        def chosen(choice: str | None) -> None:
            if choice is not None:
                self.perform(action_id, ticket, **{value: convert(choice)})

        self.app.push_screen(Pick(title, choices, typed=typed, current=current), chosen)

    def do_ticket_explain(self) -> None:
        from techdesk.screens.policy import PolicyScreen, ticket_pages

        key = self.current_ticket()
        pages = ticket_pages(self.workbench, key) if key is not None else []
        if pages:
            self.app.push_screen(PolicyScreen(pages))
        else:
            self.say("There is no ticket to explain.")

    def do_ticket_status(self) -> None:
        from techdesk.screens.pick import Choice

        row = self._row()
        if row is None:
            return
        choices = [
            Choice(id=status.value, label=label, detail=detail, hint_key=key)
            for status, key, label, detail in STATUSES
        ]
        self._pick(
            f"Status of {row.number}",
            choices,
            "ticket.status",
            row.key,
            "status",
            typed=False,
            current=row.status.value,
            convert=Status,
        )

    def do_ticket_reply(self) -> None:
        if not self.answers_with_words():
            self._write("ticket.reply", OperationKind.REPLY)

    def do_ticket_comment(self) -> None:
        self._write("ticket.comment", OperationKind.COMMENT)

    def do_ticket_resolve(self) -> None:
        self._write("ticket.resolve", OperationKind.REPLY, resolve=True)

    def _write(self, action_id: str, kind: OperationKind, *, resolve: bool = False) -> None:
        from techdesk.screens.compose import Compose

        ticket = self.current_ticket()
        ended: Mapping[str, str] = {}
        # Nobody writes in vain: what would be refused afterwards is refused before.
        refused = self.workbench.refusal(action_id, ticket)
        if refused is not None:
            if ticket is None or not self.answers_by_follow_up(ticket, refused):
                self.say(refused.words, severity="error")
            return

        def written(result: Any) -> None:
            if result is None:
                return
            values = {"text": result.text, "then": result.then, "files": result.files, **ended}

            def again(words: str) -> None:
                """A text that the disk did not take is in no file: back to the hands that wrote it."""
                composer = Compose(ticket, kind, resolve=resolve, initial=result.text)
                self.app.push_screen(composer, written)
                composer.call_after_refresh(composer.say, words)

            self.perform(action_id, ticket, kept=KEPT, failed=again, **values)

        def write(how: Mapping[str, str], initial: str = "") -> None:
            nonlocal ended
            ended = how
            not_so = self.workbench.refusal(action_id, ticket, **how) if how else None
            if not_so is not None:
                self.say(not_so.words, severity="error")
                return
            self.app.push_screen(Compose(ticket, kind, resolve=resolve, initial=initial), written)

        if resolve and ticket is not None:
            self.ask_how_it_ended(ticket, write)
        else:
            write({})

    def do_ticket_close(self) -> None:
        from techdesk.screens.pick import Choice

        row = self._row()
        if row is None:
            return
        choices = []
        for reason, words, verdict in self.workbench.close_reasons(row.key):
            detail = verdict.reason if isinstance(verdict, Warn | Refuse) else ""
            choices.append(Choice(id=reason, label=words, detail=detail, disabled_reason=_refusal(verdict)))
        # Often one of five holds: it opens on that, not on the first with why it does not.
        holds = next((choice.id for choice in choices if not choice.disabled_reason), "")
        self._pick(f"Close {row.number}: why?", choices, "ticket.close", row.key, "reason", current=holds)

    def do_ticket_new(self) -> None:
        from techdesk.screens.new_ticket import NewTicket

        def filled(result: Any) -> None:
            if result is not None:
                self.perform("ticket.new", None, kept=KEPT, fields=result.fields, text=result.text)

        self.app.push_screen(NewTicket(), filled)

    def do_ticket_copy(self) -> None:
        row = self._row()
        if row is not None:
            self.app.copy_to_clipboard(row.number)
            self.say(f"{row.number} was sent to the terminal's clipboard.")

    def do_app_undo(self) -> None:
        from techdesk.actions.outcomes import Queued

        newest = self.workbench.reader.undoable()
        batch = self.workbench.reader.operations(ticket=newest.ticket) if newest is not None else []
        own = [line for line in batch if newest is not None and line.batch == newest.batch and not line.bulk]
        had_text = any(line.text and RECORD_MARKER not in line.text for line in own)
        self._given_back = " · its text is a draft again" if had_text else ""
        sent = self.workbench.last_sent() if newest is None else []

        def opposite() -> None:
            if sent:
                self.present(self.workbench.undo(confirmed=True, batch=sent[0].batch), lambda: None)

        outcome = self.workbench.undo()
        self.present(outcome, opposite)
        if isinstance(outcome, Queued):  # a snooze that ends changes no ticket, but what the list shows
            self.desk.after(outcome.commit, lambda _: self.store_changed(None))


def _refusal(verdict: Verdict) -> str:
    """The reason of a gate that says no, with the way out; empty where it says yes, or yes with a warning."""
    return f"{verdict.reason} {verdict.remedy}".strip() if isinstance(verdict, Refuse) else ""
