"""The conversation of a ticket: a window over its messages, drawn line by line.

It holds the newest messages first and asks for older ones when the reader comes near the top
(``OlderWanted``), so a thread of a thousand messages opens as fast as one of ten. What is on the screen stays
where it is when messages are added above or below it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import tzinfo
from typing import ClassVar, TypeAlias

from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from techdesk.model import Instant
from techdesk.store.rows import Entry, LogLine
from techdesk.widgets.cells import Line, paint
from techdesk.widgets.found_words import Found, FoundWords
from techdesk.widgets.message_lines import FOLD_STYLE, logged, message

Item: TypeAlias = Entry | LogLine | None
"""What a block shows; None is the line that says that there are older messages."""


class Block:
    """The lines of one item, and where in the conversation they begin."""

    __slots__ = ("item", "lines", "start", "unfolded")

    def __init__(self, item: Item, lines: list[Line], unfolded: bool) -> None:
        self.item = item
        self.lines = lines
        self.unfolded = unfolded
        self.start = 0

    @property
    def key(self) -> int | None:
        """Key of the message; None for everything else."""
        return self.item.key if isinstance(self.item, Entry) else None


class Conversation(ScrollView):
    """Messages from the oldest that is loaded to the newest, with the log between them if wanted."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "conversation--customer",
        "conversation--customer-word",
        "conversation--reply",
        "conversation--reply-word",
        "conversation--note",
        "conversation--note-word",
        "conversation--note-body",
        "conversation--automatic",
        "conversation--automatic-word",
        "conversation--time",
        "conversation--quote",
        "conversation--fold",
        "conversation--attachment",
        "conversation--unsent",
        "conversation--failed",
        "conversation--log",
        "conversation--match",
    }
    DEFAULT_CSS = """
    Conversation {
        height: 1fr; width: 1fr; padding: 0 0 0 1;
        overflow-x: hidden; overflow-y: scroll; scrollbar-size-vertical: 1;
    }
    Conversation > .conversation--customer { color: $secondary; text-style: bold; }
    Conversation > .conversation--customer-word { text-style: dim; }
    Conversation > .conversation--reply { color: $success; text-style: bold; }
    Conversation > .conversation--reply-word { text-style: dim; }
    Conversation > .conversation--note { color: $warning; text-style: bold; }
    Conversation > .conversation--note-word { color: $warning; text-style: bold; }
    Conversation > .conversation--note-body { color: $warning; }
    Conversation > .conversation--automatic { text-style: dim; }
    Conversation > .conversation--automatic-word { text-style: dim; }
    Conversation > .conversation--time { text-style: dim; }
    Conversation > .conversation--quote { text-style: dim; }
    Conversation > .conversation--fold { color: $secondary; text-style: dim; }
    Conversation > .conversation--attachment { color: $secondary; }
    Conversation > .conversation--unsent { color: $warning; text-style: bold; }
    Conversation > .conversation--failed { color: $error; text-style: bold; }
    Conversation > .conversation--log { text-style: dim italic; }
    Conversation > .conversation--match { text-style: reverse; }
    """

    class OlderWanted(Message):
        """The reader comes near the oldest message that is loaded."""

        def __init__(self, before: int) -> None:
            super().__init__()
            self.before = before
            """Key of the oldest message that is loaded."""

    def __init__(self, *, zone: tzinfo | None = None) -> None:
        super().__init__()
        self.can_focus = False  # keys go to the screen, which names them
        self._zone = zone
        self._now: Instant = 0
        self._entries: list[Entry] = []
        self._log: tuple[LogLine, ...] = ()
        self._more = False
        self._total = 0
        self._asked_before: int | None = None
        self._blocks: list[Block] = []
        self._starts: list[int] = []
        self._width = 0
        self._unfold_all = False
        self._unfolded: set[int] = set()
        self._sought = FoundWords()
        self._stick_to_end = True

    # What is shown

    def load(self, entries: Sequence[Entry], *, more: bool, total: int, now: Instant) -> None:
        """Show another conversation, from its end; ``more``: whether there are older messages than these
        of the ``total``."""
        self._entries = list(entries)
        self._log = ()
        self._more, self._total, self._now = more, total, now
        self._asked_before = None
        self._unfold_all = False
        self._unfolded.clear()
        self._sought.seek("")
        self._blocks = []
        self._stick_to_end = True
        self._rebuild()

    def replace(self, entries: Sequence[Entry], *, more: bool, total: int, now: Instant) -> None:
        """The same conversation as it is now; what the reader looks at stays where it is."""
        entries = list(entries)
        if entries == self._entries and more == self._more and total == self._total:
            return
        self._entries = entries
        self._more, self._total, self._now = more, total, now
        self._asked_before = None
        self._rebuild()

    def prepend(self, entries: Sequence[Entry], *, more: bool) -> None:
        """Older messages have come."""
        self._entries[:0] = entries
        self._more = more
        self._asked_before = None
        self._rebuild()

    def show_log(self, log: Sequence[LogLine]) -> None:
        """Put changes of fields between the messages; an empty sequence takes them out."""
        self._log = tuple(sorted(log, key=lambda line: line.at))
        self._rebuild()

    @property
    def shows_log(self) -> bool:
        """Whether changes of fields are shown."""
        return bool(self._log)

    @property
    def entries(self) -> Sequence[Entry]:
        """The messages that are loaded, oldest first."""
        return self._entries

    @property
    def more(self) -> bool:
        """Whether there are messages older than those."""
        return self._more

    @property
    def at_end(self) -> bool:
        """Whether the last line is on the screen: then it follows new messages."""
        return self._stick_to_end or self.scroll_offset.y >= self.max_scroll_y

    @property
    def text(self) -> str:
        """Every loaded line, as it is drawn but for the styles."""
        return "\n".join("".join(text for text, _ in line).rstrip() for b in self._blocks for line in b.lines)

    # Layout

    def _items(self) -> list[Item]:
        items: list[Item] = [None] if self._more else []
        if not self._log:
            items.extend(self._entries)
            return items
        first = self._entries[0].at if self._entries and self._more else None
        merged: list[Entry | LogLine] = [
            *self._entries,
            *(line for line in self._log if first is None or line.at >= first),
        ]
        merged.sort(key=lambda item: item.at)
        items.extend(merged)
        return items

    def _rebuild(self) -> None:
        """Lay out what is not laid out yet, and keep the reader's place."""
        width = self.scrollable_content_region.width
        if width <= 0:
            return
        to_end = self.at_end
        anchor = None if to_end else self._anchor()
        known: dict[int, Block] = {}
        if width == self._width:
            known = {id(block.item): block for block in self._blocks if block.item is not None}
        by_key = {block.key: block for block in known.values() if block.key is not None}
        self._width = width
        blocks: list[Block] = []
        for item in self._items():
            old = known.get(id(item)) or (by_key.get(item.key) if isinstance(item, Entry) else None)
            unfolded = isinstance(item, Entry) and (self._unfold_all or item.key in self._unfolded)
            if old is not None and old.item == item and old.unfolded == unfolded:
                blocks.append(old)
            else:
                blocks.append(Block(item, self._laid_out(item, width, unfolded), unfolded))
        self._blocks = blocks
        start = 0
        self._starts = []
        for block in blocks:
            block.start = start
            self._starts.append(start)
            start += len(block.lines)
        self.virtual_size = Size(width, start)
        if to_end:
            self._go(self.max_scroll_y)
        elif anchor is not None:
            self._go(self._place_of(*anchor))
        self.refresh()

    def _laid_out(self, item: Item, width: int, unfolded: bool) -> list[Line]:
        width = max(12, width - 1)  # a cell of air before the scrollbar
        match item:
            case Entry():
                return message(item, width, self._now, unfolded=unfolded, zone=self._zone)
            case LogLine():
                return logged(item, width, self._now, self._zone)
            case _:
                older = self._total - len(self._entries)
                count = f"{older:,} older messages" if older > 1 else "older messages"
                return [((f"... {count}: scroll up", "conversation--time"),), ()]

    def _anchor(self) -> tuple[int, int, int]:
        """What is at the top: key of its message (0 for none), place among the messages, line within it."""
        index = self._block_at(self.scroll_offset.y)
        offset = self.scroll_offset.y - self._starts[index] if self._starts else 0
        for back in range(index, -1, -1):
            block = self._blocks[back]
            if block.key is not None:
                return block.key, back, self.scroll_offset.y - block.start
        for block in self._blocks[index:]:
            if block.key is not None:
                return block.key, index, self.scroll_offset.y - block.start
        return 0, index, offset

    def _place_of(self, key: int, index: int, offset: int) -> int:
        for block in self._blocks:
            if block.key == key:
                return block.start + offset
        # The message went (an unsent one got its place at the desk): stay where it was.
        return self._starts[min(index, len(self._starts) - 1)] if self._starts else 0

    def _block_at(self, y: int) -> int:
        return max(0, bisect_right(self._starts, y) - 1)

    def on_resize(self) -> None:
        if self.scrollable_content_region.width != self._width:
            self._rebuild()
        elif self._stick_to_end:
            self._go(self.max_scroll_y)

    # Moving

    def _go(self, y: int) -> None:
        y = max(0, min(int(y), self.max_scroll_y))
        self._stick_to_end = y >= self.max_scroll_y
        self.scroll_to(y=y, animate=False, immediate=True, force=True)

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by so many lines; up when negative."""
        self._go(self.scroll_offset.y + lines)

    def page(self, direction: float) -> None:
        """Scroll by a page less two lines, so that the eye finds its place; 0.5 is half a page."""
        height = self.scrollable_content_region.height
        self.scroll_lines(int(direction * max(1, height - 2)))

    def top(self) -> None:
        """Go to the oldest message that is loaded."""
        self._go(0)

    def bottom(self) -> None:
        """Go to the end."""
        self._go(self.max_scroll_y)

    def next_message(self, direction: int) -> bool:
        """Bring the next (1) or previous (-1) message's head to the top; False where there is none."""
        y = self.scroll_offset.y
        starts = [block.start for block in self._blocks if block.key is not None]
        found = [start for start in starts if (start > y if direction > 0 else start < y)]
        if not found or (direction > 0 and y >= self.max_scroll_y):
            return False
        self._go(min(found) if direction > 0 else max(found))
        return True

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._stick_to_end = new_value >= self.max_scroll_y
        if self._more and self._entries and new_value < max(20, self.size.height):
            oldest = self._entries[0].key
            if oldest != self._asked_before:
                self._asked_before = oldest
                self.post_message(self.OlderWanted(oldest))

    # Quotes

    def toggle_quotes(self) -> bool:
        """Show every folded quote, or fold them again; returns whether they are shown now."""
        self._unfold_all = not self._unfold_all
        self._unfolded.clear()
        self._rebuild()
        return self._unfold_all

    def on_click(self, event: events.Click) -> None:
        y = self.scroll_offset.y + event.y
        block = self._blocks[self._block_at(y)] if self._blocks else None
        if block is None or block.key is None or not block.start <= y < block.start + len(block.lines):
            return
        if any(name == FOLD_STYLE for _, name in block.lines[y - block.start]):
            event.stop()
            self._unfolded.add(block.key)
            self._rebuild()

    # Finding

    def find(self, words: str) -> int:
        """Mark these words (no case, no accents); gives how many of the loaded messages have them."""
        self._sought.seek(words)
        hits = [entry.key for entry in self._entries if self._sought.stand_in(entry.body)]
        self._unfolded |= set(hits)
        self._rebuild()
        self.refresh()
        return len(hits)

    def go_to_match(self, direction: int) -> Found:
        """Bring the next (1: newer) or previous (-1) line with the words into view; the newest at first."""
        found, y = self._sought.go(self._matches(), direction)
        if found is not Found.NOTHING:
            self._go(y - self.scrollable_content_region.height // 3)
            self.refresh()
        return found

    def _matches(self) -> list[tuple[tuple[int, int], int]]:
        """Message and line of every match, and its line in the whole."""
        if not self._sought:
            return []
        return [
            ((block.key, index), block.start + index)
            for block in self._blocks
            if block.key is not None
            for index, line in enumerate(block.lines)
            if self._sought.stand_in("".join(text for text, _ in line))
        ]

    @property
    def finding(self) -> bool:
        """Whether words are marked."""
        return bool(self._sought)

    # Drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        index = self._block_at(place)
        line: Line = ()
        if self._blocks:
            block = self._blocks[index]
            if place - block.start < len(block.lines):
                line = block.lines[place - block.start]
        elif y == 0:
            line = (("No messages yet.", "conversation--time"),)
        if self._sought:
            marked = (self._sought.marked(words, "conversation--match") for words in line)
            line = tuple(piece for pieces in marked for piece in pieces)
        return paint(self, line, width)
