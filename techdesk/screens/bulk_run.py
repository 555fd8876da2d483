"""A bulk run on its way, and what became of it: held, progress, halt, the refused ones, the report (UX 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import ScreenResume
from textual.widgets import Static

from techdesk.actions.registry import Where
from techdesk.model import Instant
from techdesk.progress import bar, time_left
from techdesk.screens.bulk_watch import BulkWatch
from techdesk.screens.entries import EntryScreen
from techdesk.store.rows import BatchState, BatchTicket, BatchView
from techdesk.widgets.cells import Line, fit
from techdesk.widgets.entry_list import EntryList
from techdesk.widgets.hint_bar import Hint, HintBar
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.moments import clock_time, zone_label
from techdesk.work.plans import Item, Outcome, Plan

_BAR = 30
"""Cells of the bar."""
_STATE = 13
"""Cells of what became of a ticket."""
_STATES = {
    "conflict": ("CONFLICT", "entry-list--bad"),
    "rejected": ("DESK REFUSED", "entry-list--bad"),
    "rule": ("RULE REFUSED", "entry-list--bad"),
    "dropped": ("back", "entry-list--quiet"),
    "waiting": ("waiting", "entry-list--busy"),
    "sent": ("sent", "entry-list--busy"),
    "done": ("done", "entry-list--good"),
    # What the plan had left alone: the desk was never asked
    Outcome.REFUSED.value: ("not sent", "entry-list--busy"),
    Outcome.CHANGED.value: ("not sent", "entry-list--busy"),
}
_BEFORE = {
    Outcome.REFUSED.value: "Refused in the preview: ",
    Outcome.CHANGED.value: "Changed since the preview: ",
}
"""Why a ticket was left alone, before the reason."""
_NOT_DONE = ("conflict", "rejected", "dropped")
_TOLD_ALL_THE_SAME = (
    "{count:,} {has} had the message and {stand} as before: what the customer was told is not so."
)


class _Row(NamedTuple):
    state: str
    """Of the ticket in the run, or of its item in the plan."""
    number: str
    subject: str
    words: str
    ticket: int


class BulkRun(EntryScreen):
    """Shows the newest run. It goes on without this screen, too."""

    where: ClassVar[Where] = Where.RUN
    CSS_PATH = "bulk.tcss"

    def __init__(self) -> None:
        super().__init__(name="run")
        self._plan: Plan | None = None
        self._plan_of = ""
        self._rows: list[_Row] = []
        self._source: tuple[Plan | None, list[BatchTicket]] = (None, [])
        """What the lines were made of."""

    def compose_body(self) -> ComposeResult:
        yield HeaderLine()
        yield Static(classes="bulk-words", id="run-words")
        yield EntryList()

    def on_mount(self) -> None:
        self.entries.focus()
        self.watch_run.follow()
        self.show_run()

    @property
    def watch_run(self) -> BulkWatch:
        """What is known of the run."""
        return self.desk.bulk_watch

    # What is shown

    def tick(self, now: Instant) -> None:
        self.show_run()

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        if self.is_mounted:
            self.watch_run.follow()

    def show_run(self) -> None:
        """Show the run as it was read last."""
        view, now = self.watch_run.view, self.desk.now
        lines = self.words(view, now)
        self.query_one("#run-words", Static).update(Content("\n").join(Content(line) for line in lines))
        left = [(" techdesk ", "header-line--name"), (f" {self.desk.profile_title}  ", "header-line--quiet")]
        title = view.title if view is not None else "none yet" if self.watch_run.looked else ""
        left += [("Bulk run", "header-line--view"), (f"  {title}", "")]
        right = [(f"{clock_time(now, now)} {zone_label(now)} ", "header-line--quiet")]
        self.query_one(HeaderLine).show_both(left, right)
        self._load_plan(view)
        source = (self._plan, self.watch_run.tickets)
        if source[0] is not self._source[0] or source[1] is not self._source[1]:
            self._source = source
            self._rows = rows = self._lines_of(view)
            self.entries.show(len(rows), self._draw, empty="No ticket needs a look.")
        hints, bar = self.hints(), self.query_one(HintBar)
        if bar.hints != hints:
            bar.show_hints(hints)

    def words(self, view: BatchView | None, now: Instant) -> list[str]:
        """How far it has come, and what can be done, in a few lines."""
        if view is None and not self.watch_run.looked:
            return ["Reading the newest run ..."]
        if view is None:
            return ["No bulk run has been made here yet: mark tickets, then press the key of a change."]
        share = view.settled / max(view.tickets, 1)  # what was given back is not done
        lines = [f"{bar(share, _BAR)} {view.settled:,} of {view.tickets:,}"]
        lines.append(counts(view, self.watch_run.tickets) + self._never_sent())
        halt, undo = self.key_of_action("run.halt"), self.key_of_action("app.undo")
        if view.state is BatchState.QUEUEING:
            lines.append(f"Being queued; nothing goes out before all of it is. {undo} takes it back.")
        elif view.ended is None and view.asks:
            go_on = self.key_of_action("run.go_on")
            lines.append(f"The first {view.canary} have their answers, below: look at them.")
            lines.append(f"{go_on} sends the other {view.waiting:,}, {halt} gives them back.")
        elif view.ended is None and view.hold_until > now and not view.settled:
            lines.append(
                f"Held {view.hold_until - now} s more: {undo} takes all of it back, without a trace."
            )
        elif view.ended is None and view.state is BatchState.HALTED:
            lines.append("Halted: nothing new goes out; what has begun to go out is brought to its end.")
        elif view.ended is None:
            left = time_left(self.watch_run.seconds_left())
            rate = self.watch_run.rate
            speed = f"{rate:.0f} a second, " if rate >= 1 else ""
            lines.append(f"{speed}{left}. " if left else "It goes out as the desk answers. ")
            lines[-1] += (
                f"{halt} halts it after what is in flight; {self.key_of_action('app.leave')} leaves it going."
            )
        else:
            told = sum(ticket.told and ticket.state in _NOT_DONE for ticket in self.watch_run.tickets)
            if told:
                lines.append(
                    _TOLD_ALL_THE_SAME.format(
                        count=told,
                        has="has" if told == 1 else "have",
                        stand="stands" if told == 1 else "stand",
                    )
                )
            lines.append(_ENDED[view.state] + f" {self.key_of_action('run.save')} saves a report.")
        return lines

    def _never_sent(self) -> str:
        """What the plan had left alone: the desk was never asked about it."""
        told = ""
        for outcome, words in (
            (Outcome.REFUSED, "refused in the preview"),
            (Outcome.CHANGED, "changed since"),
        ):
            if self._plan is not None and (count := self._plan.count(outcome)):
                told += f"; {count:,} {words}"
        return told

    def hints(self) -> list[Hint]:
        """Only the keys that the run knows something to do with as it stands."""
        view = self.watch_run.view
        offered = dict(super().hints())
        halt, undo = self.key_of_action("run.halt"), self.key_of_action("app.undo")
        if view is None or not view.asks:
            offered.pop(self.key_of_action("run.go_on"), None)
        stands = view is None or view.ended is not None or view.state is BatchState.HALTED
        if stands:
            offered[halt] = "back"
        if stands or (view is not None and (view.settled or view.in_flight)):
            offered.pop(undo, None)
        if view is None:
            offered.pop(self.key_of_action("run.save"), None)
        if not self._rows:
            offered.pop(self.key_of_action("list.open"), None)
        return list(offered.items())

    def _load_plan(self, view: BatchView | None) -> None:
        """The plan of the run, once, in the reading thread."""
        if view is None or view.id == self._plan_of:
            return
        from techdesk.actions.applying import document_of

        batch = self._plan_of = view.id

        def take(plan: Plan | None) -> None:
            self._plan = plan
            self._rows = []
            self.show_run()

        self.desk.reading.submit(
            "bulk plan",
            lambda reader: document_of(reader.batch_document(batch)),
            self.unless_left(take),
            lambda error: None,
        )

    def _lines_of(self, view: BatchView | None) -> list[_Row]:
        """Tickets that were not done, the desk's answers first, then what the plan had refused.

        While somebody is asked about the rest, the first few are shown as well, however they went.
        """
        plan = self._plan
        items: dict[int, Item] = {item.ticket: item for item in plan.items} if plan is not None else {}
        rows: list[_Row] = []
        for ticket in self.watch_run.tickets:
            answered = view is not None and view.asks and ticket.state == "done"
            if ticket.state not in _NOT_DONE and not answered:
                continue
            item = items.get(ticket.ticket)
            words = ticket.error
            if ticket.state == "dropped":
                words = "As it was before; it is marked again."
            elif ticket.told and ticket.state in _NOT_DONE:
                words = f"The customer has had the message. {words}".strip()
            elif answered and item is not None:
                words = item.words
            state, subject = "rule" if ticket.by_rule else ticket.state, item.subject if item else ""
            rows.append(_Row(state, ticket.number, subject, words, ticket.ticket))
        rows.sort(key=lambda row: row.state == "dropped")
        if plan is not None:
            for item in plan.left_out():
                outcome = plan.outcome_of(item).value
                if outcome in _BEFORE:
                    words = _BEFORE[outcome] + (item.obliged or item.words)
                    rows.append(_Row(outcome, item.number, item.subject, words, item.ticket))
        return rows

    def _draw(self, index: int) -> tuple[Line, Line]:
        if index >= len(self._rows):
            return ((), ())
        state, number, subject, words, _ = self._rows[index]
        word, style = _STATES[state]
        return (
            ((f" {fit(word, _STATE)}", style), (f"{number}  ", "entry-list--what"), (subject, "")),
            ((" " * (_STATE + 1), ""), (words, "entry-list--quiet")),
        )

    # Moving

    def current_ticket(self) -> int | None:
        return self._rows[self.entries.cursor].ticket if self._rows else None

    @on(EntryList.Opened)
    def _clicked(self, event: EntryList.Opened) -> None:
        event.stop()
        self.do_list_open()

    def do_list_open(self) -> None:
        key = self.current_ticket()
        if key is None:
            self.say("There is no ticket to open.")
        else:
            self.desk.open_ticket(key, [row.ticket for row in self._rows])

    # Deciding

    def do_run_halt(self) -> None:
        view = self.watch_run.running
        if view is None or view.state is BatchState.HALTED:
            self.do_app_leave()
            return
        commit = self.workbench.writer.halt_batch(view.id, self.workbench.clock.now())
        self.desk.after(commit, self._halted)
        self.say("Halting after what is in flight …")

    def _halted(self, keys: list[int]) -> None:
        self.workbench.forget_snoozes(keys)
        self.watch_run.follow()
        given = len(keys)
        self.say(f"Halted: {given:,} ticket{'' if given == 1 else 's'} given back.", severity="done")

    def do_run_go_on(self) -> None:
        view = self.watch_run.running
        if view is None or not view.gated:
            self.say("Nothing waits for a yes.")
        elif not view.asks:
            self.say("The first few have no answers yet.", severity="warning")
        else:
            commit = self.workbench.writer.go_on_with_batch(view.id)
            self.desk.after(commit, lambda _: self.watch_run.follow())
            self.say(f"The other {view.waiting:,} go out.", severity="done")

    def do_run_save(self) -> None:
        from techdesk.screens.bulk_files import save_here
        from techdesk.work.bulk_report import as_csv, as_data, lines

        view, plan = self.watch_run.view, self._plan
        if view is None or plan is None:
            self.say("There is nothing to report yet.")
            return
        made = lines(plan, self.workbench.reader.batch_tickets(view.id))
        name = f"bulk-{view.id[:8]}"
        data = msgspec.json.encode(as_data(plan, view, made, self.workbench.clock.now())).decode()
        self.say(f"{save_here(name + '.csv', as_csv(made))}; {save_here(name + '.json', data + chr(10))}.")


_ENDED = {
    BatchState.DONE: "It has come to its end; what was not done is marked.",
    BatchState.HALTED: "Halted; what was given back is marked.",
    BatchState.UNDONE: "Taken back: nothing of it reached the desk; the tickets are marked again.",
    BatchState.CUT: "It was cut off before it was whole: nothing of it was sent.",
    BatchState.QUEUEING: "",
    BatchState.RUNNING: "",
}


def counts(view: BatchView, tickets: Sequence[BatchTicket] = ()) -> str:
    """``50 done, 1 refused by the desk, 1 conflict``."""
    from techdesk.actions.applying import standing

    return standing(view, tickets)
