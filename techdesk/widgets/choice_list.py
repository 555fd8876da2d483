"""A list to choose one thing from: filtered as one types, the best match first."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct
from rich.cells import cell_len
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from techdesk.widgets.cells import Line, Words, both_ends, cut, paint

NOTHING = "Nothing matches."
SHOWN = 500
"""Matches kept; beyond that one types another letter."""
_KEEP = 12
"""Cells of a line that are its label's, however long its detail is."""


class Choice(Struct, frozen=True, kw_only=True):
    """One thing that can be chosen. Every text is plain and already safe."""

    id: str
    label: str
    detail: str = ""
    hint_key: str = ""
    """Chooses it at once where nothing is typed (``Pick(typed=False)``)."""
    disabled_reason: str = ""
    """Why it cannot be chosen now, in words; it stays in the list so that the reason can be read."""


class Match(Struct, frozen=True):
    """A choice that fits what was typed, and which characters of its label fitted."""

    choice: Choice
    rank: tuple[int, int, int]
    """Lower is better: kind of match, where it starts, how far it is spread."""
    places: tuple[int, ...] = ()
    """Indices into the label."""


def folded(text: str) -> str:
    """Lower case without accents, one character for each character: ``É`` finds ``e``."""
    if text.isascii():
        return text.lower()
    return "".join(
        (unicodedata.normalize("NFKD", character)[:1] or character).lower()[:1] for character in text
    )


def match(choice: Choice, typed: str, label: str, detail: str = "") -> Match | None:
    """How well a choice fits: prefix, start of a word, inside, then letters in order, then its detail.

    ``typed``, ``label`` and ``detail`` are already folded. Several words typed must all fit.
    """
    words = typed.split()
    if not words:
        return Match(choice, (0, 0, 0))
    if len(words) > 1:
        whole = _match_word(choice, typed, label, detail)
        if whole is not None and whole.rank[0] < _LETTERS:
            return whole
        found = [_match_word(choice, word, label, detail) for word in words]
        if any(each is None for each in found):
            return None
        each_found = [each for each in found if each is not None]
        places = tuple(sorted({place for each in each_found for place in each.places}))
        return Match(choice, max(each.rank for each in each_found), places)
    return _match_word(choice, words[0], label, detail)


_PREFIX, _WORD, _INSIDE, _LETTERS, _DETAIL = range(5)


def _match_word(choice: Choice, word: str, label: str, detail: str) -> Match | None:
    size = len(word)
    at = label.find(word)
    if at == 0:
        return Match(choice, (_PREFIX, 0, len(label)), tuple(range(size)))
    first = at
    while at > 0:
        if not label[at - 1].isalnum():
            return Match(choice, (_WORD, at, len(label)), tuple(range(at, at + size)))
        at = label.find(word, at + 1)
    if first > 0:
        return Match(choice, (_INSIDE, first, len(label)), tuple(range(first, first + size)))
    if (places := _letters(word, label)) is not None:
        return Match(choice, (_LETTERS, places[-1] - places[0], places[0]), places)
    if detail and (at := detail.find(word)) >= 0:
        return Match(choice, (_DETAIL, at, len(label)))
    return None


def _letters(word: str, label: str) -> tuple[int, ...] | None:
    places: list[int] = []
    at = -1
    for letter in word:
        at = label.find(letter, at + 1)
        if at < 0:
            return None
        places.append(at)
    return tuple(places)


class ChoiceList(Widget):
    """Draws the choices that match and keeps a cursor on one of them.

    It takes no focus: the screen that owns it moves it, so a text field beside it keeps the keyboard.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "choice-list--cursor",
        "choice-list--detail",
        "choice-list--disabled",
        "choice-list--key",
        "choice-list--match",
        "choice-list--reason",
    }
    DEFAULT_CSS = """
    ChoiceList { height: auto; width: 1fr; }
    ChoiceList > .choice-list--cursor {
        background: $block-cursor-background;
        color: $block-cursor-foreground;
        text-style: $block-cursor-text-style;
    }
    ChoiceList > .choice-list--detail { text-style: dim; }
    ChoiceList > .choice-list--disabled { text-style: dim; }
    ChoiceList > .choice-list--key { color: $secondary; text-style: bold; }
    ChoiceList > .choice-list--match { text-style: bold underline; }
    ChoiceList > .choice-list--reason { color: $warning; }
    """

    class Chosen(Message):
        """A choice was taken with the mouse."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, choices: Sequence[Choice], *, rows: int = 10, nothing: str = NOTHING) -> None:
        """``rows`` is the greatest number of lines; fewer where there is less to show or less room.

        ``nothing``: said where no choice fits what is typed.
        """
        super().__init__()
        self._nothing = nothing
        self._choices: tuple[Choice, ...] = ()
        self._folded: list[tuple[str, str]] = []
        self._matches: list[Match] = []
        self._rows = rows
        self._top = 0
        self._cursor = 0
        self._typed = ""
        self._offered: Choice | None = None
        self._key_width = 0
        self.set_choices(choices)

    # What is shown

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Take other choices; what was typed stays."""
        self._choices = tuple(choices)
        self._folded = [(folded(choice.label), folded(choice.detail)) for choice in self._choices]
        self._key_width = max((cell_len(choice.hint_key) for choice in self._choices), default=0)
        self.limit(self._typed, self._offered)

    def limit(self, typed: str, offered: Choice | None = None) -> None:
        """Show what matches; ``offered`` is one more choice at the end, made from what was typed.

        It is left out where what it would give is among the matches already.
        """
        self._typed, self._offered = typed, offered
        word = folded(typed).strip()
        if word:
            found = [
                one
                for choice, (label, detail) in zip(self._choices, self._folded, strict=True)
                if (one := match(choice, word, label, detail)) is not None
            ]
            # What cannot be chosen comes after what can, among equals only: the best match stays first.
            found.sort(key=lambda one: (one.rank[0], bool(one.choice.disabled_reason), one.rank[1:]))
        else:
            found = [Match(choice, (0, 0, 0)) for choice in self._choices]
        if offered is not None and not any(one.choice.id == offered.id for one in found):
            found.append(Match(offered, (9, 0, 0)))
        self._matches = found[:SHOWN]
        self._cursor = self._top = 0
        if self.is_attached:
            self.refresh(layout=True)

    @property
    def count(self) -> int:
        """How many choices match."""
        return len(self._matches)

    @property
    def current(self) -> Choice | None:
        """The choice under the cursor."""
        return self._matches[self._cursor].choice if self._matches else None

    def is_cut(self, choice: Choice, width: int) -> bool:
        """Whether a line so many cells wide cannot show a choice whole."""
        keys = self._key_width + 2 if self._key_width else 0
        about = choice.disabled_reason or choice.detail
        room = width - max(_KEEP, 2 + keys + cell_len(choice.label)) - 2
        if choice.disabled_reason:
            room = min(room, max(10, width // 2))
        return bool(about) and cell_len(about) + 1 > room

    def go(self, choice_id: str) -> None:
        """Put the cursor on a choice, if it is there."""
        for index, one in enumerate(self._matches):
            if one.choice.id == choice_id:
                self._move_to(index)
                return

    def move(self, lines: int, *, wrap: bool = False) -> None:
        """Move the cursor; ``wrap`` goes on at the other end."""
        if self._matches:
            target = self._cursor + lines
            size = len(self._matches)
            self._move_to(target % size if wrap else min(max(0, target), size - 1))

    def page(self, direction: int) -> None:
        """Move the cursor by what is on show."""
        self.move(direction * max(1, self.size.height - 1))

    def _move_to(self, index: int) -> None:
        before, self._cursor = self._cursor, index
        top = self._top
        self._scroll_to_cursor()
        if top != self._top:
            self.refresh()
        else:
            width = self.size.width
            self.refresh(Region(0, before - top, width, 1), Region(0, index - top, width, 1))

    def _scroll_to_cursor(self) -> None:
        height = self.size.height or self._rows
        if self._cursor < self._top:
            self._top = self._cursor
        elif self._cursor >= self._top + height:
            self._top = self._cursor - height + 1
        self._top = max(0, min(self._top, len(self._matches) - height))

    # Drawing

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        return max(1, min(self._rows, len(self._matches)))

    def on_resize(self) -> None:
        self._scroll_to_cursor()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        index = self._top + y
        if not self._matches:
            # Where there is nothing to choose from until something is typed, nothing can fail to match.
            tell = y == 0 and (self._choices or self._typed.strip())
            return paint(self, ((f"  {self._nothing}", "choice-list--detail"),) if tell else (), width)
        if index >= len(self._matches):
            return paint(self, (), width)
        is_cursor = index == self._cursor
        line = self._line(self._matches[index], is_cursor, width)
        return paint(self, line, width, "choice-list--cursor" if is_cursor else "")

    def _line(self, one: Match, is_cursor: bool, width: int) -> Line:
        choice = one.choice
        marker: list[Words] = [("> " if is_cursor else "  ", "")]
        if self._key_width:
            key = choice.hint_key.ljust(self._key_width)
            marker.append((f"{key}  ", "" if is_cursor else "choice-list--key"))
        label = _label(one, "choice-list--disabled" if choice.disabled_reason else "")
        if choice.disabled_reason:
            reason = cut(choice.disabled_reason, max(10, width // 2))
            right: Line = ((f"{reason} ", "" if is_cursor else "choice-list--reason"),)
        else:
            taken = max(_KEEP, sum(cell_len(text) for text, _ in (*marker, *label)))
            room = max(0, width - taken - 2)
            detail = cut(choice.detail, max(room, width // 3))
            right = ((f"{detail} ", "" if is_cursor else "choice-list--detail"),) if detail else ()
        return both_ends((*marker, *label), right, width, keep=_KEEP)

    # Mouse

    def on_click(self, event: events.Click) -> None:
        index = self._top + event.y
        if 0 <= index < len(self._matches):
            event.stop()
            self._move_to(index)
            self.post_message(self.Chosen(self._matches[index].choice))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move(-1)


def _label(one: Match, style: str) -> Line:
    """The label with the matched characters marked, in runs."""
    label = one.choice.label
    if not one.places:
        return ((label, style),)
    words: list[Words] = []
    places = set(one.places)
    start = 0
    for index in range(1, len(label) + 1):
        if index == len(label) or (index in places) != (start in places):
            words.append((label[start:index], "choice-list--match" if start in places else style))
            start = index
    return tuple(words)
