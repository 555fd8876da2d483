"""Follows a bulk run until the desk has answered for each ticket, and asks after the first few."""

from __future__ import annotations

import sys

import click

from techdesk.actions.applying import standing
from techdesk.progress import Rate, seconds_left, time_left
from techdesk.store.rows import BatchView, SyncState
from techdesk.verbs.session import Session
from techdesk.verbs.speech import Exit, Failed, may_ask, say
from techdesk.verbs.waiting import failure, syncing

_TELL_EVERY = 1.0
"""Seconds between two lines of progress."""


def follow(session: Session, batch: str, seconds: float, *, yes: bool) -> BatchView:
    """Sync until the run has come to its end, or its time is up; how it stands then.

    Ctrl+c halts it after what is in flight. Raises ``Failed`` where the desk cannot be reached: what was
    queued waits.
    """
    if session.offline:
        return _view(session, batch)
    session.need_token()
    began = session.clock.monotonic()
    thread = session.sync_thread()
    thread.start()
    try:
        while True:
            left = seconds - (session.clock.monotonic() - began)
            state = syncing(session, thread, _Watch(session, batch), left)
            view = _view(session, batch)
            if view.asks:
                _ask(session, view, yes=yes)
                continue
            if view.ended is not None or state is None:
                return view
            raise failure(state)
    except KeyboardInterrupt:
        given = session.workbench.writer.halt_batch(batch, session.clock.now()).result(timeout=60)
        session.workbench.forget_snoozes(given)
        say(f"halted: {len(given):,} tickets are as they were.")
        syncing(session, thread, _Watch(session, batch), 10.0)
        return _view(session, batch)
    finally:
        thread.stop()


class _Watch:
    """Says whether there is something to do for the verb, and on a terminal how far the run has come."""

    def __init__(self, session: Session, batch: str) -> None:
        self._session, self._batch = session, batch
        self._looked = self._told = -_TELL_EVERY
        self._settled = Rate()
        self._over = False

    def __call__(self, _: SyncState) -> bool:
        now = self._session.clock.monotonic()
        if now - self._looked < _TELL_EVERY / 4:
            return self._over
        self._looked = now
        view = _view(self._session, self._batch)
        self._settled.note(now, view.settled)
        self._over = view.ended is not None or view.asks
        if sys.stderr.isatty() and now - self._told >= _TELL_EVERY:
            self._told = now
            say(self._progress(view))
        return self._over

    def _progress(self, view: BatchView) -> str:
        rate = self._settled.per_second
        words = f"{view.settled:,} of {view.tickets:,}: {standing(view)}"
        if left := time_left(seconds_left(view.waiting + view.in_flight, rate)):
            words += f"; {rate:.0f} a second, {left}"
        return words


def _ask(session: Session, view: BatchView, *, yes: bool) -> None:
    """The first few have come back: go on, or give the rest back."""
    well = not view.refused and not view.conflicts
    question = f"The first {view.canary}: {standing(view)}. Go on with the other {view.waiting:,}?"
    if yes and well:
        say(question + " Yes.")
        agreed = True
    elif may_ask():
        agreed = click.confirm(question, default=False, err=True)
    else:
        agreed = False
        say(question + (" Nobody is there to answer." if well else " Not by itself."))
    writer = session.workbench.writer
    if agreed:
        writer.go_on_with_batch(view.id).result(timeout=30)
        return
    given = writer.halt_batch(view.id, session.clock.now()).result(timeout=60)
    session.workbench.forget_snoozes(given)
    say(f"halted: {len(given):,} tickets are as they were.")


def _view(session: Session, batch: str) -> BatchView:
    view = session.reader.batch(batch)
    if view is None:  # it is written before it is followed
        raise Failed(Exit.ERROR, "The run is no longer kept.")
    return view
