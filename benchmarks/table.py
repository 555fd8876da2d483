"""A DataTable with the rows of a cache: `python -m benchmarks.table FOLDER ROWS`."""

from __future__ import annotations

import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.widgets import DataTable

from techdesk.clock import SystemClock
from techdesk.policies.book import PolicyBook
from techdesk.query import Query
from techdesk.store.database import Database


class TableApp(App[None]):
    """Number, priority, status, owner, organisation and subject, as a program that does it simply."""

    BINDINGS = [Binding("ctrl+q", "quit", priority=True)]

    def __init__(self, folder: Path, rows: int) -> None:
        super().__init__()
        self._folder, self._count = folder, rows

    def compose(self) -> ComposeResult:
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """Fill it."""
        database = Database.open(self._folder / "state" / "profiles" / "bench", PolicyBook.load())
        reader = database.reader()
        keys = reader.keys(Query(""), me="", now=SystemClock().now(), first=self._count)
        table = self.query_one(DataTable)
        table.add_columns("Ticket", "Pri", "Status", "Owner", "Customer", "Subject")
        for begin in range(0, len(keys), 1_000):
            table.add_rows(
                (
                    row.number,
                    row.priority_label,
                    row.status.value,
                    row.owner_name,
                    row.organisation_name,
                    row.subject,
                )
                for row in reader.rows(keys[begin : begin + 1_000])
            )
        table.focus()


if __name__ == "__main__":
    TableApp(Path(sys.argv[1]), int(sys.argv[2])).run()
