"""All keys of one screen, made from the registry, in the user's own keymap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from techdesk.actions.keymap import in_force
from techdesk.actions.registry import Action, Where, action, actions_on
from techdesk.screens.keys import key_name
from techdesk.screens.sheet import Sheet
from techdesk.sla.evaluation import Level
from techdesk.widgets.cells import cut, fit, wrap
from techdesk.widgets.sla_clock import GLYPHS, OVERDUE_GLYPH, PAUSED_GLYPH
from techdesk.widgets.ticket_columns import MARKS

_TITLES = {
    Where.QUEUE: "the queue",
    Where.TICKET: "a ticket",
    Where.SLA: "the SLA countdowns",
    Where.OUTBOX: "the outbox",
    Where.COMPOSER: "writing",
    Where.BULK: "the preview",
    Where.RUN: "a bulk run",
}
_KEYS = 15
"""Cells of the column of keys, with the sign of the line that was found before it."""


class HelpLine(NamedTuple):
    """One line of the help, before it is laid out."""

    kind: Literal["group", "key", "blank"]
    keys: str = ""
    words: str = ""
    names: str = ""
    """What else it is called, in the palette and on the command line: found as well, never shown."""


_LEVELS = (
    (GLYPHS[Level.BREACHED], "breached: the deadline is over; the time since, with a minus"),
    (GLYPHS[Level.CRITICAL], "critical: nearly over"),
    (GLYPHS[Level.WARNING], "soon: the policy's warning time is reached"),
    (OVERDUE_GLYPH, "untriaged: nobody has reviewed the e-mail in its time; nothing is late"),
    (PAUSED_GLYPH, "paused: the clock waits; the business time left"),
    ("  ", "running, or no target: then the ticket's age is shown"),
)


def help_lines(where: Where, *, read_only: bool) -> list[HelpLine]:
    """Lines of the help: each group of keys under its title, and what the signs mean."""
    groups: dict[str, list[Action]] = {}
    for act in actions_on(where, read_only=read_only):
        groups.setdefault(act.group, []).append(act)
    lines: list[HelpLine] = []
    for group, actions in groups.items():
        lines.append(HelpLine("group", words=group))
        lines += [HelpLine("key", keys_of(act), act.help, _names(act)) for act in actions]
        lines.append(HelpLine("blank"))
    if where in Where.TICKETS:
        lines.append(HelpLine("group", words="What the signs mean"))
        lines += [HelpLine("key", glyph, words) for glyph, words in (*_LEVELS, *MARKS)]
    return lines


def _names(act: Action) -> str:
    return f"{act.title}\n{act.short}\n{act.verb}"


def keys_of(act: Action) -> str:
    """All keys of an action, in the user's own keymap."""
    keys = in_force().keys(act)
    if len(keys) > 3:
        return f"{key_name(keys[0])} … {key_name(keys[-1])}"
    return "  ".join(key_name(key) for key in keys) or f"{key_name(in_force().first(_PALETTE))} only"


_PALETTE = action("app.palette")


def matches(lines: Sequence[HelpLine], typed: str) -> list[int]:
    """Indexes of the lines with these words among their keys, sentence or names, whatever their case.

    What is a key by itself (``C``, ``^D``, ``esc``) finds that key first: somebody who types one letter asks
    what it does, not which sentences have it.
    """
    wanted = " ".join(typed.split())
    if not wanted:
        return []
    exact = [index for index, line in enumerate(lines) if line.kind == "key" and wanted in line.keys.split()]
    folded = wanted.casefold()
    found = [
        index
        for index, line in enumerate(lines)
        if any(folded in text.casefold() for text in (line.words, line.keys, line.names))
    ]
    if len(wanted) == 1 and exact:
        return exact
    return exact + [index for index in found if index not in exact]


class HelpScreen(Sheet):
    """Lies over the screen that it explains. ``/`` finds in it, as on every list."""

    CSS_PATH = "help.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "dismiss", show=False),
        Binding("escape", "leave", show=False),
        Binding("slash", "find", show=False),
        Binding("n", "next(1)", show=False),
        Binding("N", "next(-1)", show=False),
    ]

    def __init__(self, where: Where, *, read_only: bool) -> None:
        super().__init__()
        self._where = where
        self._lines = help_lines(where, read_only=read_only)
        self._rows: list[int] = []
        """Where each line begins, in lines of the screen."""
        self._found: list[int] = []
        self._at = 0
        """Which of the found ones is gone to."""
        self._before = 0
        """Where the sheet stood when the search began: Escape goes back there."""

    def compose(self) -> ComposeResult:
        with Vertical(id="help") as frame:
            frame.border_title = Content(f"Keys of {_TITLES.get(self._where, 'this screen')}")
            with VerticalScroll(can_focus=False):
                yield Static(id="help-text")
            field = Input(placeholder="words, or a key", id="help-find", compact=True, select_on_focus=False)
            field.cursor_blink = False
            field.display = False
            yield field

    def on_mount(self) -> None:
        self._fill()
        self._say()
        # Once laid out it is known how much the frame and the scroll bar leave.
        self.call_after_refresh(self._fill)

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    @property
    def _field(self) -> Input:
        return self.query_one("#help-find", Input)

    def _fill(self) -> None:
        """Lay the lines out for the present width, so that a wrapped sentence stays in its column."""
        text = self.query_one("#help-text", Static)
        width = (text.size.width or self.size.width - 8) - _KEYS
        here = self._found[self._at] if self._found else -1
        parts: list[Content] = []
        self._rows = []
        for index, (kind, keys, words, _) in enumerate(self._lines):
            self._rows.append(len(parts))
            # Words say where one is as well as the colours do: the sign stands beside the line gone to.
            sign, style = (">", "reverse") if index == here else (" ", "")
            if kind == "key":
                first, *more = wrap(words, width)
                parts.append(
                    Content.assemble(
                        sign, (fit(keys, _KEYS - 2), f"bold {style}".strip()), " ", (first, style)
                    )
                )
                parts += [Content.assemble(" " * _KEYS, (line, style)) for line in more]
            else:
                parts.append(
                    Content.assemble(sign, (words, f"bold underline {style}".strip()))
                    if words
                    else Content("")
                )
        text.update(Content("\n").join(parts))

    # Finding

    def _say(self) -> None:
        """The way on, in the lower edge."""
        frame, typed = self.query_one("#help", Vertical), self._field.value.strip()
        if self._field.display:
            words = "Enter takes it · Esc back"
            if typed:
                words = f"{self._counted() or 'nothing matches'} · {words}"
        elif self._found:
            words = f"{self._counted()} of '{cut(typed, 20)}' · n N next · / find · Esc closes"
        else:
            words = "j k scroll · / find · Esc closes"
        frame.border_subtitle = Content(words)

    def _counted(self) -> str:
        return f"{self._at + 1} of {len(self._found)}" if self._found else ""

    def action_find(self) -> None:
        self._before = self.body.scroll_offset.y
        self._field.value = ""
        self._field.display = True
        self._field.focus()
        self._say()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._field.display:
            self._found, self._at = matches(self._lines, event.value), 0
            self._show_found()

    @on(Input.Submitted)
    def _taken(self, event: Input.Submitted) -> None:
        event.stop()
        self._close_field()

    def _close_field(self) -> None:
        self._field.display = False
        self.set_focus(None)
        self._say()

    def _show_found(self) -> None:
        self._fill()
        self._say()
        if not self._found:
            self.body.scroll_to(y=self._before, animate=False)
            return
        row, height = self._rows[self._found[self._at]], self.body.size.height
        top = self.body.scroll_offset.y
        if not top <= row < top + height - 1:
            self.body.scroll_to(y=max(0, row - height // 3), animate=False)

    def action_next(self, way: int) -> None:
        """Go to the next match, round the end; before any search the key begins one."""
        if not self._found:
            self.action_find()
            return
        self._at = (self._at + way) % len(self._found)
        self._show_found()

    def action_leave(self) -> None:
        """Out of the search, where one is typed; else out of the help."""
        if not self._field.display:
            self.dismiss()
            return
        self._found = []
        self._field.value = ""
        self._close_field()
        self._show_found()
