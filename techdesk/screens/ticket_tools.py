"""What a technician does to a ticket besides passing it on: tags, time, watchers, links, macros.

Each key opens a picker that also takes what is typed; what was chosen goes to the workbench like everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from techdesk.model import OperationKind, Relation, Status
from techdesk.text import minutes_words, safe_text

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.actions.workbench import Workbench
    from techdesk.screens.desk_app import DeskApp
    from techdesk.store.reader import Reader
    from techdesk.store.rows import Row

_OFFERED = 200
"""Tickets offered to be linked with or merged into; any other by its number."""
KEPT = "What you wrote is kept as a draft."
"""Said where a text was not sent."""


class TicketTools:
    """Mixed into every main screen."""

    if TYPE_CHECKING:
        app: App[Any]

        @property
        def workbench(self) -> Workbench: ...
        @property
        def desk(self) -> DeskApp: ...
        def current_ticket(self) -> int | None: ...
        def say(self, words: str, *, severity: Any = "info") -> None: ...
        def perform(self, action_id: str, ticket: int | None, *, kept: str = "", **values: Any) -> None: ...
        def read(
            self,
            group: str,
            work: Callable[[Reader], Any],
            done: Callable[[Any], None],
            failed: Callable[[Exception], None],
        ) -> None: ...
        def _row(self) -> Row | None: ...

    def do_ticket_tag(self) -> None:
        from techdesk.screens.tagging import tag_picker, tags_chosen

        row = self._row()
        if row is None:
            return

        def chosen(line: str | None) -> None:
            if line is not None:
                added, removed = tags_chosen(line)
                self.perform("ticket.tag", row.key, add=added, remove=removed)

        self.app.push_screen(tag_picker(row, self.workbench.reader.tags()), chosen)

    def do_ticket_macro(self) -> None:
        from techdesk.screens.macro import MacroPreview
        from techdesk.screens.pickers import macro_picker

        row = self._row()
        if row is None:
            return
        if not self.workbench.macros:
            self.say("There are no macros yet: add [macros.NAME] to the settings file.", severity="warning")
            return

        def chosen(name: str | None) -> None:
            plan = self.workbench.macro_plan(row.key, name) if name is not None else None
            if plan is not None:
                self.app.push_screen(MacroPreview(plan), lambda answer: decided(plan, answer))

        def decided(plan: Any, answer: str | None) -> None:
            if answer == "y":
                self.perform("ticket.macro", row.key, macro=plan.macro.id, shown=plan.changes, confirmed=True)
            elif answer == "e":
                self._edit_macro(row.key, plan)
            else:
                self.say("Nothing was changed.")

        self.app.push_screen(macro_picker(f"Macro for {row.number}", self.workbench.macros), chosen)

    def _edit_macro(self, ticket: int, plan: Any) -> None:
        """The macro's reply in the composer: it goes, with the rest, when it is sent there."""
        from techdesk.screens.compose import Compose

        def written(result: Any) -> None:
            if result is not None:
                name = plan.macro.id
                self.perform(
                    "ticket.macro",
                    ticket,
                    kept=KEPT,
                    macro=name,
                    text=result.text,
                    files=result.files,
                    shown=plan.changes,
                    confirmed=True,
                )

        resolve = plan.macro.status == Status.RESOLVED.value
        writing = Compose(
            ticket, OperationKind.REPLY, resolve=resolve, insert=plan.reply, with_macro=plan.macro.title
        )
        self.app.push_screen(writing, written)

    def do_ticket_time(self) -> None:
        from techdesk.actions.fielding import time_typed
        from techdesk.screens.pickers import time_picker

        row = self._row()
        if row is None:
            return

        def chosen(line: str | None) -> None:
            typed = time_typed(line) if line is not None else None
            if typed is not None:
                self.perform("ticket.time", row.key, minutes=typed[0], text=typed[1])

        view = self.workbench.reader.ticket(row.key)
        so_far = view.time_worked if view is not None else 0
        title = f"Time on {row.number}" + (f", {minutes_words(so_far)} so far" if so_far else "")
        self.app.push_screen(time_picker(title), chosen)

    def do_ticket_snooze(self) -> None:
        from techdesk.screens.pickers import hour_picker

        row = self._row()
        if row is None:
            return

        def chosen(until: str | None) -> None:
            if until is not None:
                self.perform("ticket.snooze", row.key, until=int(until))

        picker = hour_picker(f"Snooze {row.number} until ...", self.workbench.clock.now())
        self.app.push_screen(picker, chosen)

    def do_ticket_queue(self) -> None:
        from techdesk.screens.pickers import queue_picker

        row = self._row()
        view = self.workbench.reader.ticket(row.key) if row is not None else None
        if row is None or view is None:
            return

        def chosen(queue: str | None) -> None:
            if queue is not None:
                self.perform("ticket.queue", row.key, queue=queue)

        def offer(loads: dict[str, int]) -> None:
            title = f"Move {row.number} to ..."
            picker = queue_picker(title, self.workbench.reader.queues(), loads, view.queue)
            self.app.push_screen(picker, chosen)

        # Counting a million tickets takes longer than a key may: keys that follow wait for the list.
        self.read("queues", lambda reader: reader.queue_loads(), offer, lambda error: offer({}))

    def do_ticket_watch(self) -> None:
        from techdesk.screens.choosing import is_address
        from techdesk.screens.pick import Choice, Pick

        row = self._row()
        view = self.workbench.reader.ticket(row.key) if row is not None else None
        if row is None or view is None:
            return
        me = self.workbench.me.id
        there = set(view.watcher_ids)
        choices = [
            Choice(id=f"-{each}", label=name, detail="gets copies: enter takes off")
            for each, name in zip(view.watcher_ids, view.watchers, strict=True)
        ]
        people = sorted(self.workbench.reader.people(), key=lambda person: person.id != me)
        choices += [
            Choice(id=f"+{p.id}", label=f"{p.name} (you)" if p.id == me else p.name, detail=p.email)
            for p in people
            if p.id not in there
        ]

        def offer(typed: str) -> Choice | None:
            address = safe_text(typed, 254)
            if not is_address(address):
                return None
            return Choice(id=f"+{address}", label=address, detail="put on copy by this address")

        def chosen(line: str | None) -> None:
            if line is not None:
                one, add = [line[1:]], line.startswith("+")
                self.perform("ticket.watch", row.key, add=one if add else (), remove=() if add else one)

        picker = Pick(
            f"Watchers of {row.number}",
            choices,
            offer=offer,
            placeholder="a name, or an e-mail address",
            nothing="Nobody of that name, and no e-mail address.",
        )
        self.app.push_screen(picker, chosen)

    def do_ticket_link(self) -> None:
        from techdesk.screens.pickers import relation_picker

        row = self._row()
        if row is None:
            return

        def chosen(relation: str | None) -> None:
            if relation is not None:
                title = f"{row.number} {Relation(relation).words} ..."
                self._other_ticket(
                    title, row, lambda other: self.perform(
                        "ticket.link", row.key, relation=relation, other=other
                    )
                )  # fmt: skip

        self.app.push_screen(relation_picker(f"Link {row.number}", row.number), chosen)

    def do_ticket_unlink(self) -> None:
        from techdesk.screens.pick import Choice, Pick

        row = self._row()
        view = self.workbench.reader.ticket(row.key) if row is not None else None
        if row is None or view is None:
            return
        if not view.links:
            self.say(f"{row.number} has no links; & l makes one.", severity="warning")
            return
        choices = [
            Choice(id=link.text, label=f"{link.words} {link.number}", detail=link.subject)
            for link in view.links
        ]

        def chosen(text: str | None) -> None:
            if text is not None:
                self.perform("ticket.unlink", row.key, remove=[text])

        self.app.push_screen(Pick(f"Take which link off {row.number}?", choices), chosen)

    def do_ticket_merge(self) -> None:
        row = self._row()
        if row is not None:
            self._other_ticket(
                f"Merge {row.number} into ...",
                row,
                lambda other: self.perform("ticket.merge", row.key, other=other),
            )

    def _other_ticket(self, title: str, row: Row, then: Callable[[str], None]) -> None:
        """Ask for another ticket: the likely ones first, or any by its number."""
        from techdesk.actions.linking import likely, likely_words
        from techdesk.screens.pick import Choice, Pick

        # On the ticket's own screen it is the newest itself.
        opened = tuple(key for key in self.desk.opened if key != row.key)

        def choice(other: Row) -> Choice:
            return Choice(
                id=other.number,
                label=f"{other.number}  {other.subject}",
                detail=likely_words(row, other, opened),
            )

        def find(reader: Reader) -> list[Row]:
            related = reader.related(row.key)
            known = {other.key for other in related}
            return likely(row, [*related, *reader.rows([key for key in opened if key not in known])], opened)[
                :_OFFERED
            ]

        def chosen(number: str | None) -> None:
            if number is not None:
                then(number)

        def ask(others: list[Row]) -> None:
            choices = [choice(other) for other in others]

            def offer(typed: str) -> Choice | None:
                reader = self.workbench.reader
                key = reader.key_of(typed)
                other = reader.row(key) if key is not None else None
                if other is None or any(choice.id == other.number for choice in choices):
                    return None
                return choice(other)

            picker = Pick(
                title,
                choices,
                offer=offer,
                placeholder="a number, or words of its subject",
                nothing="No likely ticket has these words, and none this number.",
            )
            self.app.push_screen(picker, chosen)

        # A customer may have many thousands: keys that follow wait for the list.
        self.read("related", find, ask, lambda error: ask([]))
