"""The marks of one process: at hand for every screen, and kept in the profile's file."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING

from techdesk.store.marks import MarkSet

if TYPE_CHECKING:
    from techdesk.store.database import Database


class Marks:
    """Belongs to the thread of the screens. What was kept is read in less than a millisecond."""

    def __init__(self, database: Database, kept: MarkSet) -> None:
        self._database = database
        self.present = kept
        """What is marked now."""
        self._before: MarkSet | None = None

    def put(self, marks: MarkSet, *, before: MarkSet | None = None) -> Future[None] | None:
        """Mark these and no others; the future is the commit, None where nothing is written.

        :param before: what ``before()`` gives back, where a key changed the marks of more than one line.
        """
        old, self.present = self.present, marks
        if before is not None:
            self._before = before
        marked, unmarked = marks - old, old - marks
        # A cache that may only be read keeps the marks of this session in memory.
        if self._database.read_only or not (marked or unmarked):
            return None
        return self._database.writer().mark(marked, unmarked)

    def before(self) -> MarkSet | None:
        """What was marked before the last change of many; told once."""
        before, self._before = self._before, None
        return before
