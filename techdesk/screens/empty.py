"""Why a list is empty, in words: a failure is never shown as an empty list (DESIGN guarantee 4). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from techdesk.model import Instant
from techdesk.query import View
from techdesk.store.rows import SyncPhase, SyncState
from techdesk.widgets.status_bar import age_words, wait_words

_MOST = 3
"""Other views that are named."""


def empty_words(
    state: SyncState,
    now: Instant,
    view: View,
    limit: str,
    *,
    clear_key: str,
    connected: bool,
    elsewhere: str = "",
) -> tuple[str, ...]:
    """The lines to show: first what is the case, then what can be done.

    ``elsewhere``: what the limit finds in other views; empty while that is not known.
    """
    if state.phase is SyncPhase.FIRST_PULL and not limit:
        total = "" if state.total is None else f" of {state.total:,}"
        return (
            "The first pull is running",
            f"{state.done:,}{total} tickets are here; more appear as they come.",
        )
    if state.last_sync is None:
        return _never(state, now, connected)
    if limit:
        return (
            f"No ticket in {view.title} matches this limit",
            limit,
            elsewhere,
            f"{clear_key} clears the limit and shows the whole view again.",
        )
    lines = [view.hint or f"No ticket is in {view.title}."]
    if state.phase in (SyncPhase.OFFLINE, SyncPhase.ERROR, SyncPhase.AUTH):
        lines.append(f"As of {age_words(now - state.last_sync)} ago: the desk cannot be reached now.")
    return tuple(lines)


def elsewhere_words(found: Sequence[tuple[str, str, int]]) -> str:
    """``Elsewhere: 3 in All open (1) · 2 in Closed (J K)``, of title, key and count: the most first."""
    there = sorted((each for each in found if each[2]), key=lambda each: -each[2])
    if not there:
        return "No other view has one that matches either."
    named = " · ".join(f"{count:,} in {title} ({key})" for title, key, count in there[:_MOST])
    return f"Elsewhere: {named}"


def _never(state: SyncState, now: Instant, connected: bool) -> tuple[str, ...]:
    match state.phase:
        case SyncPhase.AUTH:
            return (
                "The help desk does not accept the token",
                state.error,
                "Nothing has been fetched yet. techdesk connect takes another token.",
            )
        case SyncPhase.OFFLINE | SyncPhase.ERROR:
            again = ""
            if state.next_try is not None:
                again = f"Next try in {wait_words(state.next_try - now)}; $ tries now."
            return ("Nothing has been fetched yet", state.error or "The help desk cannot be reached.", again)
        case _ if not connected:
            return (
                "Nothing has been fetched yet",
                "techdesk works offline here, as told, and this profile has never been synced.",
            )
        case _:
            return ("Nothing has been fetched yet", "The first pull begins as soon as the desk answers.")
