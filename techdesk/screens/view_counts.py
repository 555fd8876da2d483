"""How many tickets each saved view has, counted again when something changes, but not all the time.

And, where a limit finds nothing in the view on show, how many it would find in each of the others.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from techdesk.actions.keymap import in_force
from techdesk.actions.registry import action
from techdesk.actions.snoozing import MEMORY
from techdesk.query import Query, View
from techdesk.screens.empty import elsewhere_words
from techdesk.screens.finding import understood
from techdesk.screens.keys import key_name
from techdesk.screens.marking import both
from techdesk.screens.previewing import Previewing
from techdesk.screens.resting import Rested

if TYPE_CHECKING:
    from techdesk.store.reader import Reader

WORKING = ("all", "mine", "unassigned", "review")
"""Saved views that leave out what is snoozed."""
COUNT_REST = 20.0
"""How many times as long as counting the views took it rests before counting them again."""


class ViewCounts(Previewing, layer=True):
    """A list with saved views. Subclasses say which, and show the counts."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._counts: list[int | None] = []
        self._counting = Rested(self, self._count_now, COUNT_REST)
        self._snoozed = ""
        self._elsewhere: tuple[str, int, str] = ("", 0, "")
        """A limit, the place of the view in which it found nothing, and in words what it finds in others."""
        self._reading_anew = Rested(self, self._reload_now)
        """The list, whole or what changed of it."""

    @abstractmethod
    def views(self) -> Sequence[View]:
        """The saved views, in their places."""

    @property
    @abstractmethod
    def chosen(self) -> int:
        """Place of the view on show."""

    @abstractmethod
    def show_views(self) -> None:
        """Other counts: show them."""

    @abstractmethod
    def _reload_now(self) -> None:
        """Read the list again, or what changed of it."""

    @abstractmethod
    def show_why_empty(self) -> None:
        """The list is empty, and more is known of why: show it."""

    def query_of(self, view: View) -> Query:
        """What a saved view shows: what is snoozed is out of those that one works through."""
        query = understood(view.limit)
        if view.id in WORKING and self.workbench.reader.remembered(MEMORY):
            return both(query, understood("-is:snoozed"))
        return query

    def snoozed_otherwise(self) -> bool:
        """Whether other tickets are snoozed than when this was asked last."""
        before, self._snoozed = self._snoozed, self.workbench.reader.remembered(MEMORY)
        return before != self._snoozed

    def count_views(self) -> None:
        """Count them anew, now or when counting has rested."""
        self._counting.ask()

    def _count_now(self) -> None:
        clock = self.workbench.clock
        queries = [self.query_of(view) for view in self.views()]
        me, now = self.workbench.me.id, self.desk.now

        def count(reader: Reader) -> tuple[list[int | None], float]:
            begun = clock.monotonic()
            counts: list[int | None] = [reader.count(query, me=me, now=now) for query in queries]
            return counts, clock.monotonic() - begun

        self.desk.reading.submit("counts", count, self._take_counts, lambda error: None, patient=True)

    def _take_counts(self, counted: tuple[list[int | None], float]) -> None:
        self._counts, seconds = counted
        self._counting.took(seconds)
        self.show_views()

    # A limit that finds nothing here

    @property
    def elsewhere(self) -> str:
        """What the limit on show finds in other views, in words; empty while that is not known."""
        limit, chosen, words = self._elsewhere
        return words if (limit, chosen) == (self.limit, self.chosen) else ""

    def look_elsewhere(self, group: str) -> None:
        """Count in the other views what the limit does not find in this one.

        ``group``: of the jobs that read the list. The next letter of a limit interrupts the counting with
        them, and it is asked for only when the list has just been read, so it takes no place of theirs.
        """
        limit, chosen, views = self.limit, self.chosen, self.views()
        clock = self.workbench.clock
        if not limit or self.table.keys:
            return
        own = understood(limit)
        others = [place for place in range(len(views)) if place != chosen]
        queries = [both(understood(views[place].limit), own) for place in others]
        me, now = self.workbench.me.id, self.desk.now

        def count(reader: Reader) -> tuple[list[int], float]:
            begun = clock.monotonic()
            return [reader.count(query, me=me, now=now) for query in queries], clock.monotonic() - begun

        def take(counted: tuple[list[int], float]) -> None:
            counts, seconds = counted
            self._reading_anew.took(seconds)
            found = [
                (views[place].title, self._key_of_view(place), number)
                for place, number in zip(others, counts, strict=True)
            ]
            self._elsewhere = (limit, chosen, elsewhere_words(found))
            self.show_why_empty()

        self.desk.reading.submit(group, count, take, lambda error: None)

    def _key_of_view(self, place: int) -> str:
        """The key that shows a view; those that go from view to view where it has none of its own."""
        own = in_force().keys(action("view.choose"))
        if place < len(own):
            return key_name(own[place])
        return " ".join(self.key_for(action(name)) for name in ("view.next", "view.previous"))
