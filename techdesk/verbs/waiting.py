"""Sync on behalf of a verb: one round, or until what was queued has arrived."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from techdesk.progress import pull_words
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.verbs.session import Session
from techdesk.verbs.speech import Exit, Failed, say
from techdesk.work.sync_trouble import sync_trouble

if TYPE_CHECKING:
    from techdesk.sync.thread import SyncThread

_LOOK_SECONDS = 0.05
_SETTLE_SECONDS = 3.0
"""A failure that stood there before may be the one of this round only after so long."""
_TELL_SECONDS = 2.0
"""Between two lines about a first pull that is under way."""
_FAILED = (SyncPhase.OFFLINE, SyncPhase.ERROR, SyncPhase.AUTH)


def syncing(
    session: Session, thread: SyncThread, done: Callable[[SyncState], bool], seconds: float
) -> SyncState | None:
    """Look at the store until ``done`` or a failure; the last state, or None when the time ran out.

    Another techdesk may be the one that syncs this profile: it is asked to, and its work shows in the store.
    """
    before = session.reader.sync_state()
    began = session.clock.monotonic()
    thread.poke()
    while (passed := session.clock.monotonic() - began) < seconds:
        state = session.reader.sync_state()
        if done(state):
            return state
        if state.phase in _FAILED and (state != before or passed > _SETTLE_SECONDS):
            return state
        _pause()
    return None


def _pause() -> None:
    """A moment; what is waited for happens in another thread or process and shows in the store."""
    threading.Event().wait(_LOOK_SECONDS)


def round_of(session: Session, seconds: float) -> SyncState:
    """One round of sync. Raises ``Failed`` when it could not be done."""
    session.need_token()
    before = session.reader.sync_state()
    told = session.clock.monotonic()

    def through(state: SyncState) -> bool:
        nonlocal told
        now = session.clock.monotonic()
        if state.phase is SyncPhase.FIRST_PULL and now - told >= _TELL_SECONDS and sys.stderr.isatty():
            told = now
            say(f"First pull: {pull_words(state.done, state.total, state.rate)}")
        # By its number too: what the desk's Date says may put this round into the second of the last one.
        ended = (state.rounds, state.last_sync) != (before.rounds, before.last_sync)
        return state.phase is SyncPhase.IDLE and state.last_sync is not None and ended

    thread = session.sync_thread()
    thread.start()
    try:
        state = syncing(session, thread, through, seconds)
    finally:
        thread.stop()
    if state is None:
        raise Failed(
            Exit.WAITING, f"sync did not end within {seconds:.0f} s.", "It goes on with the next one."
        )
    if state.phase in _FAILED:
        raise failure(state)
    return state


def failure(state: SyncState) -> Failed:
    """A failed round as the end of a verb."""
    words = state.error or "The help desk cannot be reached."
    if state.phase is SyncPhase.AUTH:
        return Failed(Exit.TOKEN, sync_trouble(state, 0) or words, "What was queued waits here.")
    if state.phase is SyncPhase.OFFLINE:
        return Failed(Exit.UNREACHABLE, words, "What was queued waits here; what is shown is from the cache.")
    return Failed(Exit.ERROR, sync_trouble(state, 0) or words)
