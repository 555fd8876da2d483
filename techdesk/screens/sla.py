"""The countdowns: how many are late and how many soon will be, then every open ticket by its deadline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from techdesk.actions.registry import Where
from techdesk.model import Instant, Role
from techdesk.query import Query, QueryError, View, parse
from techdesk.screens.empty import empty_words
from techdesk.screens.marked_actions import MarkedActions
from techdesk.screens.queue import FIRST
from techdesk.screens.resting import Rested
from techdesk.store.rows import Counters
from techdesk.widgets.counters import Count, CounterRow
from techdesk.widgets.duty_words import on_call_words
from techdesk.widgets.list_header import HeaderLine, Headings
from techdesk.widgets.one_line import OneLine, Piece
from techdesk.widgets.ticket_table import Keys, TicketTable
from techdesk.work.notice_words import next_notice_words

if TYPE_CHECKING:
    from techdesk.store.reader import Reader

_ROOM_FOR_BIG = 22
"""Lines of the terminal from which the counters may take four."""
_VIEW = View(id="sla", title="SLA countdowns", limit="status:active", hint="No ticket is open: nothing runs.")


def counts_of(counters: Counters | None) -> list[Count]:
    """The counters in order of urgency. What is breached is not also soon; an hour includes its quarter."""
    if counters is None:
        return [(heading, 0, style) for heading, style in _HEADINGS]
    numbers = (
        counters.breached,
        counters.under_15_minutes,
        counters.under_1_hour,
        counters.unassigned,
        counters.mine,
        counters.active,
    )
    return [(heading, number, style) for (heading, style), number in zip(_HEADINGS, numbers, strict=True)]


_HEADINGS = (
    ("BREACHED", "counter-row--breached"),
    ("< 15 MIN", "counter-row--critical"),
    ("< 1 H", "counter-row--warning"),
    ("UNASSIGNED", "counter-row--plain"),
    ("MINE", "counter-row--plain"),
    ("OPEN", "counter-row--plain"),
)


class SubjectLine(OneLine):
    """The whole subject of the ticket under the cursor, which the columns have no room for."""

    COMPONENT_CLASSES = {"subject-line--words", "subject-line--quiet"}
    DEFAULT_CSS = """
    SubjectLine > .subject-line--quiet { text-style: dim; }
    """


class DutyLine(OneLine):
    """Who is on call, and until when; nothing where no file of the site tells."""

    COMPONENT_CLASSES = {"duty-line--heading", "duty-line--words"}
    DEFAULT_CSS = """
    DutyLine { display: none; }
    DutyLine.-known { display: block; }
    DutyLine > .duty-line--heading { text-style: dim; }
    """

    def tell(self, words: str) -> None:
        """Show these words; empty for none."""
        self.set_class(bool(words), "-known")
        self.show([(" ON CALL  ", "duty-line--heading"), (words, "duty-line--words")] if words else [])


class SlaScreen(MarkedActions):
    """Counters, the list by urgency, and what the line under the cursor is about."""

    where: ClassVar[Where] = Where.SLA
    CSS_PATH = "sla.tcss"

    def __init__(self) -> None:
        super().__init__(name="sla")
        query = parse(_VIEW.limit)
        self._query = Query("") if isinstance(query, QueryError) else query
        self._reading_anew = Rested(self, self.load)

    def query_shown(self) -> Query:
        return self._query

    def compose_body(self) -> ComposeResult:
        yield HeaderLine()
        with Vertical(id="sla-counters"):
            yield CounterRow(counts_of(self.desk.counters))
        yield DutyLine()
        yield Headings()
        yield TicketTable("sla", id="sla-table")
        yield SubjectLine()

    def on_mount(self) -> None:
        super().on_mount()
        self.table.focus()
        first = self.workbench.reader.keys(
            self._query, "urgency", me=self.workbench.me.id, now=self.desk.now, first=FIRST
        )
        self._take(first, keep=False)
        if len(first) >= FIRST:
            self.load()

    def load(self) -> None:
        """Read the whole list in the reading thread."""
        query, me, now = self._query, self.workbench.me.id, self.desk.now
        clock = self.workbench.clock

        def work(reader: Reader) -> tuple[Keys, float]:
            begun = clock.monotonic()
            return reader.keys(query, "urgency", me=me, now=now), clock.monotonic() - begun

        def take(read: tuple[Keys, float]) -> None:
            keys, seconds = read
            self._reading_anew.took(seconds)
            self._take(keys, keep=True)

        self.desk.reading.submit("sla", work, self.unless_left(take), self.unless_left(self._failed))

    def _take(self, keys: Keys, *, keep: bool) -> None:
        marked = self._here if keep else None
        self.show_again(keys, keep=keep, hold=keep)
        self.list_changed(marked)
        self._show_header()
        self._say_why_empty()
        self._show_subject()

    def _failed(self, error: Exception) -> None:
        self.say(f"The list could not be read: {error}. What is shown is the list before.", severity="error")

    def _say_why_empty(self) -> None:
        words = empty_words(
            self.desk.sync_state, self.desk.now, _VIEW, "", clear_key="", connected=self.desk.connected
        )
        self.table.say_empty(*words)

    def _show_header(self) -> None:
        left: list[Piece] = [
            (" techdesk ", "header-line--name"),
            (f" {self.desk.profile_title}  ", "header-line--quiet"),
            (_VIEW.title, "header-line--view"),
            (f" {self.table.count:,}", ""),
            *self.mark_pieces(),
        ]
        told = next_notice_words(
            self.workbench.reader, self.workbench.notices, self.desk.sync_state, self.desk.now
        )
        # In a narrow window the condition goes, then the notice; the clock and its zone stay (UX 8.2).
        self.show_header(left, self.mark_news(), (told, told.partition(",")[0]) if told else ())
        self._show_duty()

    def _show_duty(self) -> None:
        """Turns begin and end with a minute; the people are not read each second."""
        rota, now = self.workbench.rota_read, self.desk.now
        told_for = (now // 60, len(rota.on_call))
        if told_for != self._duty_told_for:
            self._duty_told_for = told_for
            people = self.workbench.reader.people(Role.TECHNICIAN) if rota.on_call else []
            self.query_one(DutyLine).tell(on_call_words(rota, people, now))

    _duty_told_for = (0, 0)

    def show_again_header(self) -> None:
        self._show_header()

    def _show_subject(self) -> None:
        key = self.table.cursor_key
        row = None if key is None else self.table.row(key)
        line = self.query_one(SubjectLine)
        if row is None:
            line.show([])
        else:
            line.show([(f" {row.number}  ", "subject-line--quiet"), (row.subject, "subject-line--words")])

    def on_ticket_table_cursor_moved(self, event: TicketTable.CursorMoved) -> None:
        event.stop()
        self._show_subject()

    def reload(self, keys: Sequence[int] | None) -> None:
        self._reading_anew.ask()

    def show_counters(self, counters: Counters) -> None:
        for row in self.query(CounterRow):  # none yet while the screen is being put up
            row.show(counts_of(counters))

    def tick(self, now: Instant) -> None:
        super().tick(now)
        self._show_header()
        if now % 10 == 0:
            # Time alone moves tickets from one counter to the next.
            self.desk.count_again()

    def do_list_urgent(self) -> None:
        self.table.move_to(0)

    def on_resize(self, event: events.Resize) -> None:
        self.query(CounterRow).set_class(event.size.height >= _ROOM_FOR_BIG, "-big")
        self._show_header()
