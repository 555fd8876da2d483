"""A screen around one list of entries: a plan, a run, the outbox and the conflicts move in the same way."""

from __future__ import annotations

from techdesk.screens.base import DeskScreen
from techdesk.widgets.entry_list import EntryList


class EntryScreen(DeskScreen):
    """Moves through its ``EntryList``. Subclasses put one up."""

    @property
    def entries(self) -> EntryList:
        """The list on show."""
        return self.query_one(EntryList)

    def do_list_down(self) -> None:
        self.entries.move(1)

    def do_list_up(self) -> None:
        self.entries.move(-1)

    def do_list_page_down(self) -> None:
        self.entries.move(self.entries.per_page)

    def do_list_page_up(self) -> None:
        self.entries.move(-self.entries.per_page)

    def do_list_top(self) -> None:
        self.entries.move(-self.entries.count)

    def do_list_bottom(self) -> None:
        self.entries.move(self.entries.count)
