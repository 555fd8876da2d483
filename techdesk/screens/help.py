"""All keys of one screen, made from the registry, in the user's own keymap."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from techdesk.actions.keymap import in_force
from techdesk.actions.registry import Action, Where, action, actions_on
from techdesk.screens.keys import key_name
from techdesk.screens.sheet import Sheet
from techdesk.sla.evaluation import Level
from techdesk.widgets.cells import fit, wrap
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
_KEYS = 14
"""Cells of the column of keys."""

_LEVELS = (
    (GLYPHS[Level.BREACHED], "breached: the deadline is over; the time since, with a minus"),
    (GLYPHS[Level.CRITICAL], "critical: nearly over"),
    (GLYPHS[Level.WARNING], "soon: the policy's warning time is reached"),
    (OVERDUE_GLYPH, "untriaged: nobody has reviewed the e-mail in its time; nothing is late"),
    (PAUSED_GLYPH, "paused: the clock waits; the business time left"),
    ("  ", "running, or no target: then the ticket's age is shown"),
)


def help_lines(where: Where, *, read_only: bool) -> list[tuple[str, str, str]]:
    """Lines of the help as (kind, keys, words); kind is ``group``, ``key`` or ``blank``."""
    groups: dict[str, list[Action]] = {}
    for act in actions_on(where, read_only=read_only):
        groups.setdefault(act.group, []).append(act)
    lines: list[tuple[str, str, str]] = []
    for group, actions in groups.items():
        lines.append(("group", "", group))
        lines += [("key", keys_of(act), act.help) for act in actions]
        lines.append(("blank", "", ""))
    if where in Where.TICKETS:
        lines.append(("group", "", "What the signs mean"))
        lines += [("key", glyph, words) for glyph, words in _LEVELS]
        lines += [("key", glyph, words) for glyph, words in MARKS]
    return lines


def keys_of(act: Action) -> str:
    """All keys of an action, in the user's own keymap."""
    keys = in_force().keys(act)
    if len(keys) > 3:
        return f"{key_name(keys[0])} … {key_name(keys[-1])}"
    return "  ".join(key_name(key) for key in keys) or f"{key_name(in_force().first(_PALETTE))} only"


_PALETTE = action("app.palette")


class HelpScreen(Sheet):
    """Lies over the screen that it explains."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("question_mark,f1", "dismiss", show=False)]

    def __init__(self, where: Where, *, read_only: bool) -> None:
        super().__init__()
        self._where = where
        self._lines = help_lines(where, read_only=read_only)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help", can_focus=False) as body:
            body.border_title = Content(f"Keys of {_TITLES.get(self._where, 'this screen')}")
            body.border_subtitle = Content("j k scroll · Esc closes")
            yield Static(id="help-text")

    def on_mount(self) -> None:
        self._fill()
        # Once laid out it is known how much the frame and the scroll bar leave.
        self.call_after_refresh(self._fill)

    def on_resize(self, event: events.Resize) -> None:
        self._fill()

    def _fill(self) -> None:
        """Lay the lines out for the present width, so that a wrapped sentence stays in its column."""
        text = self.query_one("#help-text", Static)
        width = (text.size.width or self.size.width - 8) - _KEYS
        parts: list[Content] = []
        for kind, keys, words in self._lines:
            if kind == "key":
                first, *more = wrap(words, width)
                parts.append(Content.assemble((fit(keys, _KEYS - 1) + " ", "bold"), first))
                parts += [Content(" " * _KEYS + line) for line in more]
            else:
                parts.append(Content.styled(words, "bold underline") if words else Content(""))
        text.update(Content("\n").join(parts))
