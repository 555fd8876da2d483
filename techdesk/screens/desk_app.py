"""What screens may ask of the app, so that they need not import it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol

from techdesk.model import Instant
from techdesk.screens.reading import ReadingThread

if TYPE_CHECKING:
    from techdesk.actions.applying import Ready
    from techdesk.actions.marks import Marks
    from techdesk.actions.workbench import Workbench
    from techdesk.screens.base import DeskScreen
    from techdesk.screens.bulk_watch import BulkWatch
    from techdesk.screens.playing import Play
    from techdesk.store.rows import Counters, SyncState


class DeskApp(Protocol):
    """The app from a screen's point of view."""

    workbench: Workbench
    reading: ReadingThread
    """Where queries run that may take longer than a key press allows."""
    marks: Marks
    """Which tickets are marked."""

    painted: bool
    """Whether the first screen has been painted: until then only what is seen is put up."""

    opened: tuple[int, ...]
    """Keys of the tickets that were looked at in this session, the newest first; a few."""

    play: Play | None
    """The run of play mode, while there is one."""

    def desk_screen(self) -> DeskScreen | None:
        """The main screen on show, also below a dialog."""
        ...

    @property
    def now(self) -> Instant:
        """The instant of the last tick, the same for all that one second draws; unless the clock moved."""
        ...

    @property
    def sync_state(self) -> SyncState:
        """What is known of the connection."""
        ...

    @property
    def connected(self) -> bool:
        """Whether this process has a sync thread that may reach the desk."""
        ...

    @property
    def profile_title(self) -> str:
        """Name of the profile, for the header."""
        ...

    def go(self, name: str) -> None:
        """Show the main screen of that name."""
        ...

    def open_ticket(self, key: int, siblings: Sequence[int]) -> None:
        """Show a ticket; ``siblings`` are the keys of the list that it was opened from, in order."""
        ...

    def note_opened(self, key: int) -> None:
        """A ticket is looked at: it is the newest of ``opened``."""
        ...

    def open_conflict(self, operation: int) -> None:
        """Show what there is to decide about an operation."""
        ...

    def go_back(self) -> bool:
        """Show the screen before this one; False when this is the first."""
        ...

    def go_most_urgent(self) -> None:
        """Go to the ticket whose deadline is nearest."""
        ...

    def leave(self) -> None:
        """End techdesk, asking only when something is unsent."""
        ...

    def end(self) -> None:
        """End techdesk at once; drafts are saved, unsent changes stay."""
        ...

    @property
    def newest_change(self) -> int:
        """Place in the store's change log up to which the app has looked."""
        ...

    @property
    def counters(self) -> Counters | None:
        """The counts as they were read last; None before the first time."""
        ...

    def count_again(self) -> None:
        """Read the counts again, in the reading thread."""
        ...

    def show_status(self) -> None:
        """Show the connection's state on the status bar of the screen on show."""
        ...

    def nudge(self) -> None:
        """Look at once for what changed in the store."""
        ...

    def after(
        self,
        commit: Future[Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Show the new state when a commit is reported; say so when it failed, and tell ``failed``."""
        ...

    def kept(self, commit: Future[Any]) -> None:
        """Say so where a commit fails that nothing on the screen waits for."""
        ...

    def set_marks(self, keys: Sequence[int]) -> None:
        """Mark these tickets and no others, on every screen."""
        ...

    def open_bulk(self, action_id: str, keys: Sequence[int], values: Mapping[str, Any]) -> None:
        """Show what an action would do to these tickets, before it is done to any."""
        ...

    def close_bulk(self, words: str) -> None:
        """Leave the preview; ``words`` are said on the screen below."""
        ...

    def run_bulk(self, ready: Ready, commit: Future[str]) -> None:
        """A run has been queued: what was not done stays marked, and its progress is shown."""
        ...

    @property
    def bulk_watch(self) -> BulkWatch:
        """What is known of the newest bulk run."""
        ...

    def redraw(self) -> None:
        """Paint everything anew."""
        ...

    def sync_now(self) -> str:
        """Ask sync for a round at once; the sentence to show."""
        ...

    def ask_presence(self, ticket_id: str, *, writing: bool, done: Callable[[Any], None]) -> None:
        """Tell the desk that we are on a ticket; ``done`` gets who else is, where the desk says so."""
        ...

    def fetch_file(self, attachment: str, done: Callable[[bytes | str], None]) -> bool:
        """Ask the desk for an attachment's bytes. ``done`` gets them, or the words of what went wrong. False
        when there is no connection to ask."""
        ...

    def ask_desk(self, number: str, done: Callable[[int | None, str], None]) -> bool:
        """Ask the desk for a ticket that is not in the cache. ``done`` gets its local key, or None and why.
        False when there is no connection to ask."""
        ...
