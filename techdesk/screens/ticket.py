"""One ticket: its head, its targets, its conversation, and what of it has not reached the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from techdesk.actions.registry import Where
from techdesk.model import Direction, Instant
from techdesk.screens.base import DeskScreen
from techdesk.screens.meeting import Meeting
from techdesk.screens.revealing import Revealing
from techdesk.screens.saving import Saving
from techdesk.store.rows import Entry, EntryState, TicketView
from techdesk.widgets.conversation import Conversation
from techdesk.widgets.customer_panel import CustomerBanner, CustomerPanel
from techdesk.widgets.found_words import Found
from techdesk.widgets.pending_list import PendingList
from techdesk.widgets.targets import Targets
from techdesk.widgets.ticket_header import People, TicketHeader
from techdesk.work.customer_facts import banner, fact_lines, source_words
from techdesk.work.notice_words import notice_words

PAGE = 50
"""Messages that are read first, and the number of older ones that are read at a time."""
WIDE = 110
"""Columns from which the targets and the people have a place beside the conversation."""
_LOOK_AHEAD = 2000
"""Tickets of the list that are looked at for the next unread one."""


class TicketScreen(Revealing, Meeting, Saving, DeskScreen):
    """One instance shows one ticket after another: ``show`` before or after it is pushed."""

    where = Where.TICKET
    CSS_PATH = "ticket.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[Any]] = [
        Binding("space", "perform('list.page_down', 'space')", show=False),
    ]

    def __init__(self, *, name: str | None = None, zone: tzinfo | None = None) -> None:
        """``zone``: the viewer's; None is the machine's."""
        super().__init__(name=name)
        self._zone = zone
        self._key: int | None = None
        self._siblings: Sequence[int] = ()
        self._place = 0
        self._view: TicketView | None = None
        self._evaluate_at: Instant = 0

        # Held here and not asked for by query: the store may change while the screen is being taken down.
        self._header = TicketHeader(zone=zone)
        self._line = Targets(one_line=True, zone=zone)
        self._line.id = "ticket-targets-line"
        self._conversation = Conversation(zone=zone)
        self._targets = Targets(zone=zone)
        self._people = People(zone=zone)
        self._customer, self._banner = CustomerPanel(), CustomerBanner()
        self._side = VerticalScroll(
            self._targets, self._people, self._customer, id="ticket-side", can_focus=False
        )
        self._pending = PendingList(zone=zone)
        self._field = Input(placeholder="words to find in this conversation", compact=True, id="ticket-find")
        self._field.cursor_blink = False

    def compose_body(self) -> ComposeResult:
        yield self._header
        yield self._banner
        yield self._line
        yield Horizontal(self._conversation, self._side, id="ticket-body")
        yield self._pending
        yield self._field

    # What is shown

    def show(self, key: int, siblings: Sequence[int] = ()) -> None:
        """Show a ticket. ``siblings``: keys of the list that it was opened from, for next and previous."""
        self.hide_secrets()
        self._key = key
        self._siblings = siblings
        self._place = self._index_of(key)
        if self.is_mounted:
            self._load()

    def _index_of(self, key: int) -> int:
        try:
            return self._siblings.index(key)
        except ValueError:
            return -1

    def on_mount(self) -> None:
        self._arrange(self.size.width)
        self._load()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)

    def _arrange(self, width: int) -> None:
        self.set_class(width >= WIDE, "-wide")

    def current_ticket(self) -> int | None:
        return self._key if self._view is not None else None

    def body(self) -> Widget | None:
        return self._conversation

    def _load(self) -> None:
        """Read the ticket and show it from the end of its conversation, in one frame."""
        if self._key is not None:
            with self.app.batch_update():
                self._read(self._key)

    def _read(self, key: int) -> None:
        reader, now = self.workbench.reader, self.workbench.clock.now()
        self.seen = self.desk.newest_change  # what is read now need not be read again on coming to the front
        view = self._view = reader.ticket(key)
        self._close_find()
        self._show_facts(view, now)
        conversation = self._conversation
        if view is None:
            conversation.load((), more=False, total=0, now=now)
            self._say_gone()
            return
        entries = reader.conversation(key, count=PAGE, clear=self.clear)
        total = view.message_count
        conversation.load(entries, more=_sent(entries) < _at_the_desk(entries, total), total=total, now=now)
        self._side.scroll_home(animate=False)
        self._mark_read(view)

    def _show_facts(self, view: TicketView | None, now: Instant) -> None:
        """Everything but the conversation."""
        place = f"{self._place + 1} of {len(self._siblings):,}" if self._place >= 0 and self._siblings else ""
        play = self.desk.play
        if play is not None and play.current == self._key:
            place = f"play: {play.score}"
        facts = self.workbench.facts(view, now) if view is not None else None
        rail = self.workbench.rail(facts, view.row.key) if facts and view is not None else None
        snooze = self.workbench.snoozes().get(self._key) if self._key is not None else None
        self._header.show(view, now, place, rail, None if snooze is None else snooze.until)
        self._people.show(view, now)
        self._customer.show(fact_lines(facts, now) if facts else (), source_words(facts) if facts else "")
        self._banner.show(banner(facts, now) if facts is not None else "")
        self._show_targets(view, now)
        pending = self.workbench.reader.operations(ticket=self._key) if view is not None else []
        self._pending.show(pending, now)

    def _show_targets(self, view: TicketView | None, now: Instant) -> None:
        evaluation, notices = None, {}
        if view is not None:
            workbench = self.workbench
            evaluation = workbench.reader.evaluation(view.row.key, now)
            notices = notice_words(
                workbench.reader, view, evaluation, workbench.notices, self.desk.sync_state, now, self._zone
            )
        created = view.row.created if view is not None else now
        crossings = []
        for targets in (self._line, self._targets):
            targets.show(evaluation, created, now, notices)
            if (crossing := targets.next_crossing()) is not None:
                crossings.append(crossing)
        # Remaining business time is linear between the crossings, but is said in minutes.
        self._evaluate_at = min([*crossings, now + 60])

    def _mark_read(self, view: TicketView) -> None:
        if view.row.unread and not self.read_only:
            self.workbench.writer.mark_read(view.row.key)

    def _say_gone(self, before: TicketView | None = None) -> None:
        base = before.base if before is not None else None
        into = self.workbench.reader.merged_into(base.id) if base is not None else ""
        if before is not None and into:
            finds = f"{into} has its conversation now: q, then / {into} goes there."
            self.say(f"{before.row.number} was merged. {finds}", severity="warning")
            return
        self.say(
            "This ticket is no longer here: it was deleted, merged or moved out of reach.", severity="warning"
        )

    def refresh_rows(self, keys: Sequence[int] | None) -> None:
        if self._key is None or not self.is_mounted or (keys is not None and self._key not in keys):
            return
        reader, now = self.workbench.reader, self.workbench.clock.now()
        before, view = self._view, reader.ticket(self._key)
        self._view = view
        self._show_facts(view, now)
        if view is None:
            if before is not None:
                self._say_gone(before)
            return
        conversation = self._conversation
        total = view.message_count
        # As many as are loaded, and those that have come since.
        came = max(0, total - before.message_count) if before is not None else 0
        count = max(PAGE, _sent(conversation.entries) + came)
        entries = reader.conversation(self._key, count=count, clear=self.clear)
        conversation.replace(
            entries, more=_sent(entries) < _at_the_desk(entries, total), total=total, now=now
        )
        if conversation.at_end and self.is_current:
            self._mark_read(view)

    @on(Conversation.OlderWanted)
    def _read_older(self, event: Conversation.OlderWanted) -> None:
        event.stop()
        self._older(PAGE)

    def _older(self, count: int) -> bool:
        """Load older messages; False when there are none."""
        conversation = self._conversation
        oldest = next((entry.key for entry in conversation.entries if entry.key > 0), None)
        if self._view is None or oldest is None or not conversation.more:
            return False
        reader, key = self.workbench.reader, self._view.row.key
        older = reader.conversation(key, before=oldest, count=count, clear=self.clear)
        loaded = _sent(conversation.entries) + len(older)
        conversation.prepend(older, more=bool(older) and loaded < self._view.message_count)
        return bool(older)

    def tick(self, now: Instant) -> None:
        self.meet(now)
        self.meet_secrets(now)
        view = self._view
        if view is None:
            return
        if now >= self._evaluate_at:
            self._show_facts(view, now)
            return
        for targets in (self._line, self._targets):
            targets.tick(now)
        self._pending.tick(now)

    @property
    def entries(self) -> Sequence[Entry]:
        """The messages that are loaded."""
        return self._conversation.entries

    # Moving in the conversation

    def do_list_down(self) -> None:
        self._conversation.scroll_lines(1)

    def do_list_up(self) -> None:
        self._conversation.scroll_lines(-1)

    def do_list_page_down(self) -> None:
        self._conversation.page(1)

    def do_list_page_up(self) -> None:
        self._conversation.page(-1)

    def do_list_top(self) -> None:
        while self._older(400):
            pass
        self._conversation.top()

    def do_list_bottom(self) -> None:
        self._conversation.bottom()

    def do_ticket_quotes(self) -> None:
        shown = self._conversation.toggle_quotes()
        self.say("Quoted text is shown in full; z folds it." if shown else "Long quotes are folded.")

    def do_ticket_history(self) -> None:
        conversation = self._conversation
        if conversation.shows_log:
            conversation.show_log(())
            return
        log = self.workbench.reader.log(self._key) if self._key is not None else []
        if log:
            conversation.show_log(log)
        else:
            self.say("The desk has logged no change of this ticket's fields.")

    # Finding

    def do_list_find(self) -> None:
        field = self._field
        field.value = ""
        field.display = True
        field.focus()

    def _close_find(self) -> None:
        field = self._field
        if field.display:
            field.display = False
            self.set_focus(None)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape" and self._field.display:
            event.stop()
            event.prevent_default()
            self._close_find()
            return
        super().on_key(event)

    @on(Input.Submitted, "#ticket-find")
    def _find(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_find()
        words = event.value.strip()
        conversation = self._conversation
        found = conversation.find(words)
        if not words:
            return
        while not found and self._older(400):
            found = conversation.find(words)
        if not found:
            conversation.find("")
            self.say(f"No message has '{words}'.", severity="warning")
            return
        conversation.go_to_match(-1)
        more = ", older ones are not searched yet" if conversation.more else ""
        self.say(f"{found} {'message has' if found == 1 else 'messages have'} it{more}; n and N go on.")

    def do_list_find_next(self) -> None:
        self._next(1)

    def do_list_find_previous(self) -> None:
        self._next(-1)

    def _next(self, direction: int) -> None:
        conversation = self._conversation
        if not conversation.finding:
            conversation.next_message(direction)
            return
        if conversation.go_to_match(direction) is Found.WRAPPED:
            self.say("From the first match again." if direction > 0 else "From the last match again.")

    def do_app_back(self) -> None:
        conversation = self._conversation
        if conversation.finding and self.pressed == "escape":
            conversation.find("")
            return
        super().do_app_back()

    # Other tickets

    def do_ticket_next(self) -> None:
        self._step(1)

    def do_ticket_previous(self) -> None:
        self._step(-1)

    def _step(self, direction: int) -> None:
        if not self._siblings:
            self.say("This ticket was not opened from a list.", severity="warning")
            return
        place = self._place + direction
        while 0 <= place < len(self._siblings):
            if self.workbench.reader.row(self._siblings[place]) is not None:
                self._go_to(place)
                return
            place += direction  # that one is gone meanwhile
        end = "last" if direction > 0 else "first"
        self.say(f"This is the {end} ticket of the list.", severity="warning")

    def _go_to(self, place: int) -> None:
        self.hide_secrets()
        self._place = place
        self._key = self._siblings[place]
        self.desk.note_opened(self._key)
        self._load()

    def do_list_next_unread(self) -> None:
        self._unread(1)

    def do_list_previous_unread(self) -> None:
        self._unread(-1)

    def _unread(self, direction: int) -> None:
        size = len(self._siblings)
        if direction > 0:
            places = range(self._place + 1, min(size, self._place + 1 + _LOOK_AHEAD))
        else:
            places = range(self._place - 1, max(-1, self._place - 1 - _LOOK_AHEAD), -1)
        for start in range(0, len(places), 100):
            chunk = places[start : start + 100]
            rows = self.workbench.reader.rows([self._siblings[place] for place in chunk])
            unread = {row.key for row in rows if row.unread}
            for place in chunk:
                if self._siblings[place] in unread:
                    self._go_to(place)
                    return
        way = "after" if direction > 0 else "before"
        self.say(f"No unread ticket {way} this one.")


def _at_the_desk(entries: Sequence[Entry], total: int) -> int:
    """How many of all messages the desk has. What waits is counted among them, and stands at the end here; so
    is the first message of a ticket that the desk has not got."""
    waiting = [entry for entry in entries if entry.key < 0]
    return total - sum(
        entry.state is EntryState.PENDING or entry.direction is Direction.INBOUND for entry in waiting
    )


def _sent(entries: Sequence[Entry]) -> int:
    """How many of them the desk has."""
    return sum(1 for entry in entries if entry.key > 0)
