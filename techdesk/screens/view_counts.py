"""How many tickets each saved view has, counted again when something changes, but not all the time."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.timer import Timer

from techdesk.actions.snoozing import MEMORY
from techdesk.query import Query, View
from techdesk.screens.finding import understood
from techdesk.screens.marking import both
from techdesk.screens.previewing import Previewing

if TYPE_CHECKING:
    from techdesk.store.reader import Reader

WORKING = ("all", "mine", "unassigned", "review")
"""Saved views that leave out what is snoozed."""
COUNT_REST = 20.0
"""How many times as long as counting the views took it rests before counting them again."""


class ViewCounts(Previewing):
    """A list with saved views. Subclasses say which, and show the counts."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._counts: list[int | None] = []
        self._count_after = 0.0
        self._counting: Timer | None = None
        self._snoozed = ""

    @abstractmethod
    def views(self) -> Sequence[View]:
        """The saved views, in their places."""

    @abstractmethod
    def show_views(self) -> None:
        """Other counts: show them."""

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
        clock = self.workbench.clock
        wait = self._count_after - clock.monotonic()
        if wait > 0:
            if self._counting is None:
                self._counting = self.set_timer(wait, self.count_views, name="counts")
            return
        self._counting = None
        queries = [self.query_of(view) for view in self.views()]
        me, now = self.workbench.me.id, self.desk.now

        def count(reader: Reader) -> tuple[list[int | None], float]:
            begun = clock.monotonic()
            counts: list[int | None] = [reader.count(query, me=me, now=now) for query in queries]
            return counts, clock.monotonic() - begun

        self.desk.reading.submit("counts", count, self._take_counts, lambda error: None)

    def _take_counts(self, counted: tuple[list[int | None], float]) -> None:
        self._counts, seconds = counted
        self._count_after = self.workbench.clock.monotonic() + COUNT_REST * seconds
        self.show_views()
