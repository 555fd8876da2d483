"""Reading a ticket before anybody asks for it, so that what the first one needs is loaded and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from techdesk.model import Instant
from techdesk.work.notice_words import notice_words

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.store.rows import SyncState


def rehearse(bench: Workbench, key: int, state: SyncState, now: Instant) -> None:
    """Read and compute what the ticket's screen shows of a ticket, and forget it.

    ``bench`` is another thread's (``Workbench.beside``). Nothing is changed: the ticket stays unread.
    """
    reader = bench.reader
    view = reader.ticket(key)
    if view is None:
        return
    facts = bench.facts(view, now)
    bench.rail(facts, key)
    reader.operations(ticket=key)
    reader.conversation(key)
    notice_words(reader, view, reader.evaluation(key, now), bench.notices, state, now)
