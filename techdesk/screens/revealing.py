"""Secrets of a conversation, shown for a moment: they are dots again by themselves (POLICIES W6, DD14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from techdesk.model import Instant

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench

SHOWN_FOR = 10
"""Seconds."""


class Revealing:
    """Mixed into the ticket screen."""

    if TYPE_CHECKING:

        @property
        def workbench(self) -> Workbench: ...
        def current_ticket(self) -> int | None: ...
        def refresh_rows(self, keys: Sequence[int] | None) -> None: ...
        def say(self, words: Any, *, severity: Any = "info") -> None: ...

    _clear_until: Instant | None = None
    """Until when secrets are shown; None while they are dots."""

    @property
    def clear(self) -> bool:
        """Whether secrets are shown now."""
        return self._clear_until is not None

    def do_ticket_reveal(self) -> None:
        """Show what is dots, or hide it again."""
        key = self.current_ticket()
        if key is None:
            return
        reader = self.workbench.reader
        if self.clear:
            self.hide_secrets()
            self.say("Hidden again.")
        elif reader.conversation(key, count=400) == reader.conversation(key, count=400, clear=True):
            self.say("Nothing of this conversation is hidden.")
        else:
            self._clear_until = self.workbench.clock.now() + SHOWN_FOR
            self.refresh_rows([key])
            self.say(f"Shown for {SHOWN_FOR} seconds; the same key hides it.")

    def hide_secrets(self) -> None:
        """Put the dots back; also before another ticket is shown."""
        if self.clear:
            self._clear_until = None
            key = self.current_ticket()
            if key is not None:
                self.refresh_rows([key])

    def meet_secrets(self, now: Instant) -> None:
        """Hide what has been shown for long enough."""
        if self._clear_until is not None and now >= self._clear_until:
            self.hide_secrets()
