"""The queue: a saved view of tickets, most urgent first, limited as one types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult

from techdesk.actions.keymap import in_force
from techdesk.actions.registry import Where, action
from techdesk.model import Instant
from techdesk.query import VIEWS, Query, View
from techdesk.query.passing import changes_with_time
from techdesk.screens.empty import empty_words
from techdesk.screens.finding import understood
from techdesk.screens.marking import both
from techdesk.screens.sorting import order_ways, sort_picker
from techdesk.screens.view_counts import ViewCounts
from techdesk.store.following import Listing, Patch
from techdesk.store.rows import SyncPhase
from techdesk.widgets.list_header import HeaderLine, Headings, ViewBar
from techdesk.widgets.one_line import Piece
from techdesk.widgets.ticket_table import Keys, TicketTable

if TYPE_CHECKING:
    from techdesk.store.reader import Reader

FIRST = 200
"""Keys for the first screen, before the whole list is read."""
_LIST = "list"
"""The group of the reading thread's jobs that read this list: a newer one takes the place of an older."""
SMALL = 2_000
"""Tickets up to which a list is simply read anew when something changes."""


class Listed(NamedTuple):
    """A list as the reading thread read it."""

    keys: Keys
    news: frozenset[int]
    """Those of its tickets that were not here before."""
    newest: int
    """Its highest local key."""
    seconds: float = 0.0
    """How long it took."""
    seq: int | None = None
    """The place in the change log that it is of; None where it is not known."""


class QueueScreen(ViewCounts):
    """The first screen, and the last one to leave."""

    where: ClassVar[Where] = Where.QUEUE
    AUTO_FOCUS = ""
    """The table is given the focus once, when it is put up; nothing has to be looked for."""

    def __init__(self, views: Sequence[View] = VIEWS) -> None:
        super().__init__(name="queue")
        self._views = tuple(views)
        self._chosen = 0
        self._order = ""
        self._counts = [None] * len(self._views)
        self._newest = 0
        """The highest local key seen: a ticket beyond it is new, whatever list it stands in."""
        self._fresh: set[int] = set()
        """Tickets that came since, and are not counted yet."""
        self._keep: bool | None = None
        """Of a list that a key asked for and that is not here yet: whether the cursor stays on its ticket."""
        self._minute = 0
        """The minute of the last tick: a list that changes by itself is read anew with each."""
        self._complete = True
        self._filling = False
        self._listing: Listing | None = None
        """The whole list on show, once it is read; what follows the change log."""

    def compose_body(self) -> ComposeResult:
        yield HeaderLine()
        yield ViewBar()
        yield Headings()
        yield TicketTable("queue", id="queue-table")

    def compose_hidden(self) -> ComposeResult:
        from techdesk.widgets.limit_bar import LimitBar

        yield LimitBar()
        yield from super().compose_hidden()

    def on_mount(self) -> None:
        super().on_mount()
        self._filling = self._fills()
        table = self.table
        table.focus()
        # The first screen is read here and now: one step in an index, and nothing is to be seen without it.
        now = self.desk.now
        self._minute = now // 60
        first = self._reading()(self.workbench.reader, self.workbench.me.id, now, FIRST)
        self._take_first(first, keep=False)

    async def complete(self) -> None:
        await super().complete()
        if self._complete:
            self.count_views()
        else:
            self._load_all()

    # What is shown

    @property
    def view(self) -> View:
        """The saved view on show."""
        return self._views[self._chosen]

    @property
    def chosen(self) -> int:
        return self._chosen

    @property
    def order(self) -> str:
        """The order on show: the view's own, until another is chosen."""
        return self._order or self.view.order

    def query_shown(self) -> Query:
        """What the view and the limit let through together."""
        if self._limit:  # one's own limit finds what is snoozed, too
            return both(understood(self.view.limit), understood(self._limit))
        return self.query_of(self.view)

    def load(self, *, keep: bool) -> None:
        """Another list: its first lines at once, the rest behind them, both in the reading thread.

        ``keep``: the cursor goes back to its ticket where that is in the new list too.
        """
        self.end_range()
        self._listing = None
        self._anchor = self.table.cursor_key if keep else None
        self._keep = keep
        self._awaited.add(_LIST)
        read, me, now = self._reading(), self.workbench.me.id, self.desk.now
        self.desk.reading.submit(
            _LIST,
            lambda reader: read(reader, me, now, FIRST),
            lambda keys: self._take_first(keys, keep=keep),
            self._failed,
            asked=True,
        )

    def _reading(self) -> Callable[[Reader, str, Instant, int | None], Keys]:
        query, order = self.query_shown(), self.order

        def read(reader: Reader, me: str, now: Instant, first: int | None) -> Keys:
            return reader.keys(query, order, me=me, now=now, first=first)

        return read

    def _take_first(self, keys: Keys, *, keep: bool) -> None:
        self._complete = len(keys) < FIRST
        if self._complete:
            self._take_all(Listed(keys, frozenset(), max(keys, default=0)), keep=keep, hold=False)
            return
        self.table.show_keys(keys, keep=keep)
        self.list_changed(None)
        self._keep = None
        # Where the ticket under the cursor is further down, the next key still waits for it.
        if self._anchor is None or self._anchor == self.table.cursor_key:
            self._awaited.discard(_LIST)
        self._show_header()
        self._load_all()

    def _load_all(self) -> None:
        """Read every key; those of new tickets are counted as news."""
        if not self.desk.painted:
            return  # a second thread would take its share of the first picture's time; ``complete`` reads it
        query, order, me, now = self.query_shown(), self.order, self.workbench.me.id, self.desk.now
        clock = self.workbench.clock
        fresh = frozenset(self._fresh)

        def read_all(reader: Reader) -> tuple[Keys, int]:
            listing = reader.listing(query, order, me=me, now=now)
            return listing.keys, listing.seq

        def work(reader: Reader) -> Listed:
            begun = clock.monotonic()
            keys, seq = read_all(reader)
            news = frozenset(key for key in keys if key in fresh) if fresh else frozenset()
            return Listed(keys, news, max(keys, default=0), clock.monotonic() - begun, seq)

        def take(listed: Listed) -> None:
            self._reading_anew.took(listed.seconds)
            # Only now, and each once: of a reading that was overtaken by the next nothing has been counted.
            self._news += len(listed.news & self._fresh)
            self._fresh -= fresh
            # It may have taken the place of the first lines of a list that was just asked for.
            keep, self._keep = self._keep, None
            self._take_all(listed, keep=keep is not False, hold=keep is None)

        self.desk.reading.submit(_LIST, work, take, self._failed)

    def _take_all(self, listed: Listed, *, keep: bool, hold: bool) -> None:
        self._complete = True
        self._listing = None if listed.seq is None else Listing(listed.keys, listed.seq)
        self._keep = None
        self._awaited.discard(_LIST)
        self._newest = self._newest or listed.newest
        marked = self._here if hold else None
        self.show_again(listed.keys, keep=keep, hold=hold)
        self.list_changed(marked)
        if self._anchor is not None and self._anchor != self.table.cursor_key and not self.table.moved:
            self.table.return_to(self._anchor)
        self._anchor = None
        self._show_header()
        self.show_why_empty()
        if self.desk.painted:
            self.look_elsewhere(_LIST)
            self.count_views()

    def reload(self, keys: Sequence[int] | None) -> None:
        # While the first tickets come in nobody has chosen one yet: the most urgent stays under the cursor.
        filling, self._filling = self._filling, self._fills()
        if (filling or self._filling) and not self.table.touched:
            self._newest = max((self._newest, *(keys or ())))
            self.load(keep=False)
            return
        self._fresh.update(key for key in keys or () if key > self._newest)
        self._newest = max((self._newest, *self._fresh))
        if self.snoozed_otherwise():
            self._listing = None  # what went out of sight, or came back, need not have changed itself
        self._reading_anew.ask()

    def _reload_now(self) -> None:
        if self._listing is not None and len(self._listing.keys) > SMALL:
            self._follow_changes(self._listing)
        else:
            self._load_all()

    def _follow_changes(self, listing: Listing) -> None:
        """Put what changed into its new places; a list of a million is not read again for it."""
        query, order, me, now = self.query_shown(), self.order, self.workbench.me.id, self.desk.now
        clock = self.workbench.clock

        def work(reader: Reader) -> tuple[Patch | None, float]:
            begun = clock.monotonic()
            patch = reader.follow(listing, query, order, me=me, now=now)
            return patch, clock.monotonic() - begun

        def take(followed: tuple[Patch | None, float]) -> None:
            patch, seconds = followed
            if patch is None and self._listing is listing:
                self._listing = None  # too much changed: it has to be read whole
            if patch is None or self._listing is not listing:
                self._reading_anew.ask()
                return
            self._reading_anew.took(seconds)
            self._listing = patch.listing
            if patch.is_other:
                came = {key for _, key in patch.inserted} & self._fresh
                self._news += len(came)
                self._fresh -= came
                marked = self._here
                self.show_patched(patch)
                self.list_changed(marked)
                self._show_header()
                self.show_why_empty()
            self.count_views()

        self.desk.reading.submit(_LIST, work, take, self._failed)

    def _fills(self) -> bool:
        """Whether the first pull is still to come, or under way. What it brings is not news."""
        state = self.desk.sync_state
        return state.phase is SyncPhase.FIRST_PULL or state.last_sync is None

    def _failed(self, error: Exception) -> None:
        self._keep = None
        self._awaited.discard(_LIST)
        self.say(f"The list could not be read: {error}. What is shown is the list before.", severity="error")

    def views(self) -> Sequence[View]:
        return self._views

    def show_views(self) -> None:
        self.query_one(ViewBar).show_views([view.title for view in self._views], self._counts, self._chosen)

    def _show_header(self) -> None:
        count = self.table.count
        counted = f"{count:,}" if self._complete else f"{count:,}+"
        left: list[Piece] = [
            (" techdesk ", "header-line--name"),
            (f" {self.desk.profile_title}  ", "header-line--quiet"),
            (self.view.title, "header-line--view"),
            (f" {counted}", ""),
            *self.mark_pieces(),
        ]
        if self._limit:
            left.append((f"  limit: {self._limit}", "header-line--limit"))
            left.append((f"  {self.key_for(action('list.clear'))} clears", "header-line--quiet"))
        news: list[Piece] = [(f"+{self._news} new ", "header-line--news")] if self._news else []
        self.show_header(left, [*news, *self.mark_news()], order=order_ways(self._order))

    def show_again_header(self) -> None:
        self._show_header()

    def hidden_by(self) -> str:
        return " by limit" if self._limit else ""

    def show_limit(self) -> None:
        self._show_header()

    def show_why_empty(self) -> None:
        lines = empty_words(
            self.desk.sync_state,
            self.desk.now,
            self.view,
            self._limit,
            clear_key=self.key_for(action("list.clear")),
            connected=self.desk.connected,
            elsewhere=self.elsewhere,
        )
        self.table.say_empty(*lines)

    def tick(self, now: Instant) -> None:
        super().tick(now)
        self._show_header()
        if not self.table.keys:
            self.show_why_empty()
        if now // 60 != self._minute:
            self._minute = now // 60
            if self._complete and changes_with_time(self.query_shown()):
                self._listing = None
                self._reading_anew.ask()

    def quiet(self) -> None:
        super().quiet()
        if self._news:
            self._news = 0
            self._show_header()

    # Views, order

    def _show_view(self, index: int) -> None:
        self._chosen = index % len(self._views)
        self._order, self._news = "", 0
        self.query_one(Headings).sorted_by("")
        self._fresh.clear()
        self.forget_find()
        self.show_views()
        self.load(keep=False)

    def do_view_next(self) -> None:
        self._show_view(self._chosen + 1)

    def do_view_previous(self) -> None:
        self._show_view(self._chosen - 1)

    def do_view_choose(self) -> None:
        index = in_force().keys(action("view.choose")).index(self.pressed)
        if index < len(self._views):
            self._show_view(index)
        else:
            self.say(f"There are only {len(self._views)} saved views.", severity="warning")

    def play_scope(self) -> tuple[Query, str]:
        return self.query_shown(), self.view.title

    def do_view_save(self) -> None:
        from techdesk.screens.own_views import ask_name, keep_view, together

        if not self._limit:
            key = self.key_for(action("list.limit"))
            self.say(f"Limit the list first ({key}); then save that as a view.")
            return
        # The view and the limit together, so that the new view shows what is shown now.
        limit = together(self.view.limit, self._limit)

        def named(title: str | None) -> None:
            if title is None:
                return
            view = keep_view(title, limit, self.order)
            if isinstance(view, str):
                self.say(view, severity="error")
                return
            self._views, self._counts = (*self._views, view), [*self._counts, None]
            self._limit = ""
            self._show_view(len(self._views) - 1)
            self.say(
                f"Saved as view {len(self._views)}: {view.title}, in the settings file.", severity="done"
            )

        self.app.push_screen(ask_name(limit, frozenset(view.id for view in self._views)), named)

    def do_list_sort(self) -> None:
        def chosen(order: str | None) -> None:
            if order is not None:
                self._order = "" if order == self.view.order else order
                self.query_one(Headings).sorted_by(self._order)
                self.load(keep=True)

        self.app.push_screen(sort_picker(self.order), chosen)

    def do_list_urgent(self) -> None:
        first = self.workbench.reader.keys(
            understood("status:active"),
            "urgency",
            me=self.workbench.me.id,
            now=self.desk.now,
            first=1,
        )
        if not first:
            self.say("No ticket is open.")
        elif not self.table.move_to_key(first[0]):
            self.desk.open_ticket(first[0], list(first))

    def on_resize(self, event: events.Resize) -> None:
        self._show_header()
