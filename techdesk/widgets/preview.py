"""A ticket beside the list: its head, and its last messages, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from techdesk.model import Instant
from techdesk.rules.records import of_note, words_of
from techdesk.sla.evaluation import RowClock
from techdesk.store.rows import Entry, EntryState, TicketView
from techdesk.widgets.cells import cut
from techdesk.widgets.message_lines import GLYPHS, kind_of
from techdesk.widgets.moments import clock_time
from techdesk.widgets.sla_clock import clock_glyph, clock_text, clock_word

MESSAGES = 6
"""Messages shown: what came before them is a key away, in the ticket."""
_PARTS = ("head", "facts", "body")
_LINES = 60
"""Lines of one message."""


class Preview(VerticalScroll, can_focus=False):
    """Shows what it is given and scrolls when told; the list beside it keeps the keyboard.

    It takes the right side of a wide screen, else the lower part; the screen leaves it that room.
    """

    DEFAULT_CSS = """
    Preview { layer: side; padding: 0 1; background: $background; scrollbar-size-vertical: 1; }
    Preview.-right { dock: right; border-left: vkey $secondary; }
    Preview.-below { dock: bottom; border-top: hkey $secondary; }
    Preview .preview--head { color: $primary; text-style: bold; height: auto; }
    Preview .preview--facts { color: $foreground; height: auto; margin: 0 0 1 0; }
    Preview .preview--body { height: auto; color: $foreground; }
    """

    def __init__(self, *, zone: tzinfo | None = None) -> None:
        super().__init__()
        self._zone = zone
        self.key: int | None = None
        """The ticket on show."""

    def compose(self) -> ComposeResult:
        yield Static(classes="preview--head", markup=False)
        yield Static(classes="preview--facts", markup=False)
        yield Static(classes="preview--body", markup=False)

    def show(self, view: TicketView | None, entries: Sequence[Entry], now: Instant) -> None:
        """Show a ticket, another one from its top; None where there is none."""
        head, facts, body = (self.query_one(f".preview--{name}", Static) for name in _PARTS)
        key = view.row.key if view is not None else None
        if key != self.key:
            self.key = key
            self.scroll_home(animate=False)
        if view is None:
            head.update(Content("No ticket is under the cursor."))
            facts.update(Content(""))
            body.update(Content(""))
            return
        head.update(Content(f"{view.row.number}  {cut(view.row.subject, 200)}"))
        facts.update(Content("\n".join(facts_of(view, now))))
        body.update(self._messages(entries, view.message_count, now))

    def scroll_lines(self, lines: int) -> None:
        """Scroll by so many lines, up where it is negative."""
        self.scroll_relative(y=lines, animate=False)

    def _messages(self, entries: Sequence[Entry], total: int, now: Instant) -> Content:
        if not entries:
            return Content.styled("No message has come or gone yet.", "dim")
        parts: list[Content] = []
        for entry in reversed(entries):
            when = clock_time(entry.at, now, self._zone)
            parts.append(Content.styled(f"{GLYPHS[kind_of(entry)]} {entry.author_name}", "bold"))
            parts.append(Content.styled(f"  {when}{_kind(entry)}\n", "dim"))
            # A record that techdesks share is told by its words, as in the conversation.
            told = words_of(entry.body) if of_note(entry) is not None else entry.body
            lines = told.strip("\n").split("\n")
            text = "\n".join(lines[:_LINES])
            parts.append(Content(f"{text}\n"))
            if len(lines) > _LINES:
                parts.append(Content.styled(f"… {len(lines) - _LINES} more lines\n", "dim"))
            names = "".join(f"+ {cut(attachment.name, 60)}\n" for attachment in entry.attachments)
            parts.append(Content.styled(names, "dim"))
            parts.append(Content("\n"))
        older = total - sum(1 for entry in entries if entry.key > 0)
        if older > 0:
            words = "message" if older == 1 else "messages"
            parts.append(Content.styled(f"{older} older {words}: Enter opens the ticket", "dim"))
        return Content("").join(parts)


def facts_of(view: TicketView, now: Instant) -> list[str]:
    """The lines under the number: clock and grade, people, where it stands."""
    row = view.row
    clock: RowClock = row.clock
    text = clock_text(clock, row.created, row.status, now).strip()
    due = f"{clock_glyph(clock, row.status, now)} {text} {clock.metric} {clock_word(clock, row.status, now)}"
    vip = " (VIP)" if row.vip else ""
    where = (row.queue_name, row.channel.value, *(f"#{tag}" for tag in row.tags))
    lines = [
        f"{due.strip()}   {row.grade or '--'}   {row.status.value}   {row.owner_name or 'nobody'}",
        f"{row.requester_name}{vip}, {row.organisation_name or 'no organisation'}",
        "   ".join(part for part in where if part),
    ]
    if row.attention:
        lines.append("A change of yours waits for your decision.")
    elif row.pending:
        lines.append(f"{row.pending} unsent")
    if row.draft:
        lines.append("✎ A draft of yours is kept.")
    return [line for line in lines if line.strip()]


def _kind(entry: Entry) -> str:
    kind = kind_of(entry)
    words = ["internal note" if kind == "note" else kind]
    if entry.state is not EntryState.SENT:
        words.append("not at the desk yet")
    return f"  {', '.join(words)}"
