"""What the customer wrote last, above the text that answers it."""

from __future__ import annotations

from datetime import tzinfo
from enum import Enum

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from techdesk.model import Instant
from techdesk.store.rows import Entry
from techdesk.widgets.moments import due_time


class _Extent(Enum):
    """How much of it is shown."""

    SHORT = "short"
    LONG = "long"
    FOLDED = "folded"


_NEXT = {_Extent.SHORT: _Extent.LONG, _Extent.LONG: _Extent.FOLDED, _Extent.FOLDED: _Extent.SHORT}


class LastMessage(Vertical):
    """A head and a few lines; more of them, or none, on a key. Not there without a message."""

    DEFAULT_CSS = """
    LastMessage { height: auto; display: none; }
    LastMessage .last-message--head {
        height: 1; padding: 0 1; color: $secondary; text-wrap: nowrap; text-overflow: ellipsis;
    }
    LastMessage VerticalScroll {
        height: auto; max-height: 5; margin: 0 1; padding: 0 0 0 1;
        border-left: vkey $secondary; scrollbar-size-vertical: 1;
    }
    LastMessage VerticalScroll.-long { max-height: 50vh; }
    LastMessage .last-message--body { height: auto; text-style: dim; }
    LastMessage .-long .last-message--body { text-style: none; }
    """

    def __init__(self, *, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self._extent = _Extent.SHORT
        self._entry: Entry | None = None
        self._now: Instant = 0

    def compose(self) -> ComposeResult:
        yield Static(classes="last-message--head")
        with VerticalScroll(can_focus=False):
            yield Static(classes="last-message--body")

    def show(self, entry: Entry | None, now: Instant, *, unfold: bool = False) -> None:
        """Show a message, from its beginning; ``unfold``: also when it was folded before."""
        self._entry, self._now = entry, now
        if unfold and self._extent is _Extent.FOLDED:
            self._extent = _Extent.SHORT
        self._draw()

    def next_size(self) -> None:
        """A few lines, many, none."""
        self._extent = _NEXT[self._extent]
        self._draw()

    def _draw(self) -> None:
        entry = self._entry
        self.display = entry is not None
        if entry is None:
            return
        panel = self.query_one(VerticalScroll)
        panel.display = self._extent is not _Extent.FOLDED
        panel.set_class(self._extent is _Extent.LONG, "-long")
        panel.scroll_home(animate=False)
        folded = "   folded, ^o shows it" if self._extent is _Extent.FOLDED else ""
        when = due_time(entry.at, self._now, self._zone)
        head = [
            Content.styled(f"> {entry.author_name}", "bold"),
            Content.styled(f"  wrote {when}{folded}", "dim"),
        ]
        self.query_one(".last-message--head", Static).update(Content("").join(head))
        self.query_one(".last-message--body", Static).update(Content(entry.body.strip("\n")))
