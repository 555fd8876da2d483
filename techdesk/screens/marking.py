"""Marks in a list: by line, by range, by query and by menu. They belong to tickets, not to lines.

What is marked stays marked whatever the list shows, over refreshes, other views and restarts; how many of the
marks the list hides is always said. A mark goes when its ticket does, and that is said as well.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import on
from textual.events import ScreenResume

from techdesk.model import Instant
from techdesk.query import And, Node, Query, QueryError, parse
from techdesk.screens.marks_left import NAMED, MarksLeft
from techdesk.screens.targets import Targets
from techdesk.screens.ticket_list import TicketListScreen
from techdesk.store.marks import MarkSet
from techdesk.widgets.one_line import Piece
from techdesk.widgets.ticket_table import TicketTable

if TYPE_CHECKING:
    from techdesk.store.reader import Reader

AT_ONCE = 10_000
"""Lines that are looked at without the reading thread: a few milliseconds."""


def both(first: Query, second: Query) -> Query:
    """What both let through."""
    parts: tuple[Node, ...] = tuple(query.tree for query in (first, second) if query.tree is not None)
    if not parts:
        return Query("")
    text = " ".join(query.text for query in (first, second) if query.tree is not None)
    return Query(text, parts[0] if len(parts) == 1 else And(parts))


def counted(number: int, one: str, more: str = "") -> str:
    """``1 ticket``, ``2,400 tickets``."""
    return f"{number:,} {one if number == 1 else more or one + 's'}"


def _understood(text: str) -> Query:
    query = parse(text)
    assert not isinstance(query, QueryError), text
    return query


class Marking(TicketListScreen, layer=True):
    """A list whose tickets can be marked. Subclasses say what is shown."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._here: int | None = 0
        """How many of the marks this list shows; None while that is being counted."""
        self._range: tuple[int, MarkSet, bool] | None = None
        """Ticket where a range began, what was marked before it, whether only shift and an arrow goes on."""
        self._left = MarksLeft()

    @abstractmethod
    def query_shown(self) -> Query:
        """What the list shows, as a query."""

    def query_beyond_view(self) -> Query:
        """The typed limit alone, without the view's own."""
        return Query("")

    def on_mount(self) -> None:
        super().on_mount()
        self.show_marks()
        if self.marks:
            self._look_for_gone()

    # What is marked

    @property
    def marks(self) -> MarkSet:
        """What is marked, on show or not."""
        return self.desk.marks.present

    def targets(self) -> Targets:
        marks = self.marks
        if not marks:
            return super().targets()
        return Targets(keys=tuple(marks.keys()), marked=True, hidden=self.hidden_marks)

    @property
    def hidden_marks(self) -> int:
        """How many marks the list does not show."""
        here = self._here if self._here is not None else self.marks.count_in(self.table.keys)
        return len(self.marks) - here

    def current_ticket(self) -> int | None:
        """The ticket under the cursor; for a change, the marked one where exactly one is marked."""
        if len(self.marks) == 1 and self.doing is not None and self.doing.changes:
            return self.marks.keys()[0]
        return super().current_ticket()

    def set_marks(self, keys: Sequence[int]) -> None:
        """Mark these tickets and no others."""
        self._put(MarkSet.of(keys), before=self.marks)

    def mark_pieces(self) -> list[Piece]:
        """For the header: how many are marked, and how many of those are not to be seen."""
        count = len(self.marks)
        if not count:
            return []
        words = f"  {count:,} marked"
        if self._here is not None and count > self._here:
            words += f", {count - self._here:,} hidden{self.hidden_by()}"
        pieces: list[Piece] = [(words, "header-line--marks")]
        if self._range is not None and not self._range[2]:
            pieces.append((" range", "header-line--quiet"))
        return pieces

    def hidden_by(self) -> str:
        """What hides marks: `` by limit``; empty where it is the view."""
        return ""

    def mark_news(self) -> list[Piece]:
        """For the header: marks that left the view by themselves, until the next key."""
        count = self._left.count
        return [(f"{counted(count, 'mark')} left the view ", "header-line--marks")] if count else []

    def show_again_header(self) -> None:
        """Write the first line anew."""

    def show_marks(self) -> None:
        """Show what is marked by now, also by another screen."""
        self.table.show_marks(self.marks)
        self._count_here()
        self.show_again_header()

    def on_screen_resume(self, event: ScreenResume) -> None:
        super().on_screen_resume(event)
        if self.is_mounted:
            self.show_marks()

    def _put(self, marks: MarkSet, *, before: MarkSet | None = None, here: int | None = None) -> None:
        """``before``: what undo brings back; ``here``: how many the list shows, where that is known."""
        commit = self.desk.marks.put(marks, before=before)
        if commit is not None:
            self.desk.kept(commit)
        self.table.show_marks(marks)
        if here is None:
            self._count_here()
        else:
            self._here = here
        self.show_again_header()

    def _count_here(self) -> None:
        marks, keys = self.marks, self.table.keys
        if not marks:
            self._here = 0
        elif len(keys) <= AT_ONCE:
            self._here = marks.count_in(keys)
        else:
            self._here = None

            def take(count: int) -> None:
                self._here = count
                self.show_again_header()

            self.desk.reading.submit(
                "marks here", lambda reader: marks.count_in(keys), self.unless_left(take), lambda error: None
            )

    # Lines

    def do_marks_next(self) -> None:
        self._toggle()
        self.table.move(1)

    def do_marks_toggle(self) -> None:
        self._toggle()

    def _toggle(self) -> None:
        key = self.table.cursor_key
        if key is None:
            self.say("There is no ticket to mark.")
            return
        one, marked = MarkSet.of([key]), key in self.marks
        here = None if self._here is None or key == self.table.left else self._here + (-1 if marked else 1)
        self._put(self.marks - one if marked else self.marks | one, here=here)

    # Ranges

    def do_marks_range(self) -> None:
        key = self.table.cursor_key
        if self._range is not None and not self._range[2]:
            self.end_range()
        elif key is None:
            self.say("There is no ticket to mark.")
        else:
            self._range = (key, self.marks, False)
            self._mark_range()
            self.say(f"Moving marks what lies between; {self.key_of_action('marks.range')} ends the range.")

    def do_marks_extend_down(self) -> None:
        self._extend(1)

    def do_marks_extend_up(self) -> None:
        self._extend(-1)

    def _extend(self, lines: int) -> None:
        key = self.table.cursor_key
        if key is None:
            self.say("There is no ticket to mark.")
            return
        if self._range is None:
            self._range = (key, self.marks, True)
        self.table.move(lines)
        self._mark_range()

    def end_range(self) -> None:
        """The range is as it is now."""
        self._range = None
        self.show_again_header()

    @on(TicketTable.CursorMoved)
    def _range_follows(self) -> None:
        if self._range is not None:
            self._mark_range()

    def _mark_range(self) -> None:
        if self._range is None:
            return
        begin, before, _ = self._range
        first, last = self.table.index_of(begin), self.table.cursor
        if first is None:
            self.end_range()
            return
        keys = self.table.keys[min(first, last) : max(first, last) + 1]
        if len(keys) <= AT_ONCE:
            self._put(before | MarkSet.of(keys), before=before)
        else:
            self.read(
                "marks",
                lambda reader: before | MarkSet.of(keys),
                lambda marks: self._put(marks, before=before),
                self._not_marked,
            )

    def before_action(self, action_id: str) -> None:
        """A range goes on while one moves; whatever else is done, it has ended before."""
        if self._range is None:
            return
        extends = action_id in ("marks.extend_down", "marks.extend_up")
        moves = action_id.startswith("list.") and action_id not in ("list.open", "list.limit", "list.sort")
        if not (extends or action_id == "marks.range" or (moves and not self._range[2])):
            self.end_range()

    # By query

    def mark_by_query(self, query: Query, *, mark: bool = True) -> None:
        """Mark, or unmark, what of this list a query lets through."""
        self._change_by(lambda reader, me, now: self._keys(reader, query, me, now), mark=mark)

    def _keys(self, reader: Reader, query: Query, me: str, now: Instant) -> MarkSet:
        # The order does not matter; at a million tickets that of urgency is read sixty times as fast.
        return MarkSet.of(reader.keys(both(self.query_shown(), query), "urgency", me=me, now=now))

    def _change_by(
        self, find: Callable[[Reader, str, Instant], MarkSet], *, mark: bool = True, invert: bool = False
    ) -> None:
        """Find in the reading thread which tickets are meant; the next key waits for it."""
        before, me, now = self.marks, self.workbench.me.id, self.desk.now

        def work(reader: Reader) -> tuple[MarkSet, int]:
            found = find(reader, me, now)
            if invert:
                return (before - found) | (found - before), len(found)
            return (before | found if mark else before - found), len(found)

        def take(result: tuple[MarkSet, int]) -> None:
            marks, found = result
            self._put(marks, before=before)
            self._say_changed(len(before), len(marks), found, mark=mark, invert=invert)

        self.read("marks", work, take, self._not_marked)

    def _say_changed(self, before: int, after: int, found: int, *, mark: bool, invert: bool) -> None:
        if not found:
            self.say("No ticket of this list fits, so no mark was changed.", severity="warning")
        elif invert:
            self.say(f"Inverted: {after:,} marked, {before:,} before.")
        elif mark and after == before:
            self.say(f"{counted(found, 'ticket fits', 'tickets fit')}, marked already.")
        elif mark:
            self.say(f"{counted(after - before, 'ticket')} marked.", severity="done")
        else:
            self.say(f"{counted(before - after, 'mark')} taken off.")

    def _not_marked(self, error: Exception) -> None:
        self.say(f"The marks could not be set: {error}. They are as they were.", severity="error")

    # The menu

    def do_marks_all(self) -> None:
        self.mark_by_query(Query(""))

    def do_marks_none(self) -> None:
        count = len(self.marks)
        if not count:
            self.say("Nothing is marked.")
            return
        self._put(MarkSet(), before=self.marks, here=0)
        self.say(f"{counted(count, 'mark')} taken off; {self.key_of_action('app.undo')} brings them back.")

    def do_marks_invert(self) -> None:
        self._change_by(lambda reader, me, now: self._keys(reader, Query(""), me, now), invert=True)

    def do_marks_stale(self) -> None:
        """Beyond the view, because resolved tickets wait for their closure as well; a typed limit holds."""
        query = both(self.query_beyond_view(), _understood("is:stale"))
        self._change_by(
            lambda reader, me, now: MarkSet.of(reader.keys(query, "urgency", me=me, now=now)),
        )

    def do_marks_breached(self) -> None:
        self.mark_by_query(_understood("sla:breached"))

    def do_marks_unread(self) -> None:
        self.mark_by_query(_understood("is:unread"))

    def do_marks_organisation(self) -> None:
        self._mark_alike("organisation")

    def do_marks_requester(self) -> None:
        self._mark_alike("requester")

    def _mark_alike(self, field: str) -> None:
        key = self.table.cursor_key
        if key is None:
            self.say("There is no ticket to take it from.")
            return
        self._change_by(
            lambda reader, me, now: (
                MarkSet.of(reader.alike(key, field)) & self._keys(reader, Query(""), me, now)
            )
        )

    def do_marks_apply(self) -> None:
        count = len(self.marks)
        if count:
            self.say(f"The next action goes to the {counted(count, 'marked ticket')}.")
        else:
            self.say("Nothing is marked: actions go to the ticket under the cursor.", severity="warning")

    def do_app_undo(self) -> None:
        """Right after marks were changed by the many, those before come back; else the last change of a
        ticket is taken back."""
        before = self.desk.marks.before() if self.done_before.startswith("marks.") else None
        if before is None:
            super().do_app_undo()
            return
        self._put(before)
        self._look_for_gone()
        self.say(f"The marks are as before: {len(before):,}.", severity="done")

    # What comes and goes by itself

    def refresh_rows(self, keys: Sequence[int] | None) -> None:
        if self.marks:
            if keys is None:
                self._look_for_gone()
            else:
                marked = [key for key in keys if key in self.marks]
                if marked:
                    self._drop_gone(self.workbench.reader.gone(marked))
        super().refresh_rows(keys)

    def _look_for_gone(self) -> None:
        marks = self.marks
        drop = self.unless_left(self._drop_gone)
        self.desk.reading.submit(
            "marks gone", lambda reader: reader.gone(marks.keys()), drop, lambda error: None
        )

    def _drop_gone(self, gone: Sequence[int]) -> None:
        """Their tickets were deleted, merged into another or left what is kept here: marks go with them."""
        lost = MarkSet.of(gone) & self.marks
        if not lost:
            return
        rows = [self.table.known(key) or self.workbench.reader.row(key) for key in lost.keys()[:NAMED]]
        self._put(self.marks - lost)
        before = self._left.said
        self._tell_left(before, self._left.gone(len(lost), [row.number for row in rows if row is not None]))

    def list_changed(self, before: int | None) -> None:
        """Other lines are on show by themselves; ``before``: how many marks were, None where unknown."""
        self._count_here()
        if before is not None and self._here is not None and self._here < before:
            said = self._left.said
            self._tell_left(said, self._left.stay(before - self._here))

    def _tell_left(self, before: str, words: str) -> None:
        """In the first line until the next key, and in full where nothing but ``before`` is being said."""
        self.show_again_header()
        if not self.saying or (before and self.is_saying(before)):
            self.say(words, severity="warning")

    def quiet(self) -> None:
        super().quiet()
        if self._left.count:
            self._left = MarksLeft()
            self.show_again_header()
