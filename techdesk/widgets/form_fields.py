"""Fields of a form that need no typing: one of a few choices, and points to tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

_FOCUS = """
    background: $block-cursor-background;
    color: $block-cursor-foreground;
    text-style: $block-cursor-text-style;
"""


class Cycle(Static, can_focus=True):
    """One of a few choices: space and right turn on, left back, a letter to the one that it begins."""

    DEFAULT_CSS = f"""
    Cycle {{ height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }}
    Cycle:focus {{ {_FOCUS} }}
    """

    class Changed(Message):
        """Another choice."""

    def __init__(self, options: Sequence[tuple[str, str]], value: str = "") -> None:
        """``options``: id and plain words of each; at least one."""
        super().__init__()
        self._options = tuple(options)
        self._at = next((n for n, (option, _) in enumerate(self._options) if option == value), 0)

    @property
    def value(self) -> str:
        """Id of the choice on show."""
        return self._options[self._at][0]

    def on_mount(self) -> None:
        self._draw()

    def _draw(self) -> None:
        count = f"  ({self._at + 1} of {len(self._options)})" if len(self._options) > 1 else ""
        self.update(Content(f"< {self._options[self._at][1]} >{count}"))

    def on_key(self, event: events.Key) -> None:
        letter = event.character.casefold() if event.character and event.is_printable else ""
        if event.key in ("space", "right"):
            self._turn(self._at + 1)
        elif event.key == "left":
            self._turn(self._at - 1)
        elif letter and not event.key.startswith("alt+"):
            after = [*range(self._at + 1, len(self._options)), *range(self._at + 1)]
            found = [n for n in after if self._options[n][1].casefold().startswith(letter)]
            if found:
                self._turn(found[0])
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self) -> None:
        self._turn(self._at + 1)

    def _turn(self, to: int) -> None:
        self._at = to % len(self._options)
        self._draw()
        self.post_message(self.Changed())


class Ticks(Static, can_focus=True):
    """Points to tick: up and down move, space ticks; past the ends the focus goes on to the next field."""

    DEFAULT_CSS = """
    Ticks { height: auto; width: 1fr; }
    """

    class Changed(Message):
        """A point was ticked, or no longer."""

    class NeedsNone(Message):
        """Space on a point that counts without a tick."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(
        self, options: Sequence[tuple[str, str]], value: str = "", done: Mapping[str, str] | None = None
    ) -> None:
        """``options``: id and plain words of each; ``value``: ids of those that are ticked, by commas;
        ``done``: why a point counts without a tick, by id."""
        super().__init__()
        self._options = tuple(options)
        self._done = dict(done or {})
        self._ticked = {part for part in value.split(",") if part}
        self._at = 0

    @property
    def value(self) -> str:
        """Ids of the ticked points, with commas between them, in their order."""
        return ",".join(option for option, _ in self._options if option in self._ticked)

    def on_mount(self) -> None:
        self._draw()

    def on_focus(self) -> None:
        self._draw()

    def on_blur(self) -> None:
        self._draw()

    def _draw(self) -> None:
        lines = []
        for place, (option, words) in enumerate(self._options):
            mark = "[x]" if option in self._ticked else " ok" if option in self._done else "[ ]"
            words += f" ({self._done[option]})" if option in self._done else ""
            here = self.has_focus and place == self._at
            lines.append(Content.styled(f"{'>' if here else ' '} {mark} {words}", "reverse" if here else ""))
        self.update(Content("\n").join(lines))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("space", "x"):
            self._tick(self._at)
        elif event.key in ("down", "j") and self._at + 1 < len(self._options):
            self._go(self._at + 1)
        elif event.key in ("up", "k") and self._at > 0:
            self._go(self._at - 1)
        else:
            return
        event.stop()
        event.prevent_default()

    def on_click(self, event: events.Click) -> None:
        if 0 <= event.y < len(self._options):
            self._tick(event.y)

    def _go(self, place: int) -> None:
        self._at = place
        self._draw()
        # In a small window the list is scrolled: the point that the next key ticks stays on the screen.
        parent = self.parent
        if isinstance(parent, Widget):
            line = Region(0, self.virtual_region.y + place, 1, 1)
            parent.scroll_to_region(line, animate=False, force=True)

    def _tick(self, place: int) -> None:
        self._at = place
        option = self._options[place][0]
        if option in self._done:
            self._draw()
            self.post_message(self.NeedsNone(self._done[option]))
            return
        self._ticked ^= {option}
        self._draw()
        self.post_message(self.Changed())
