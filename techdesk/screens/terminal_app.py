"""What every techdesk app does with its terminal: sixteen colours, NO_COLOR, second wall, clipboard."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any, TypeVar

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.filter import ANSIToTruecolor, LineFilter, Monochrome, NoColor
from textual.screen import Screen

from techdesk.screens.theme import SIXTEEN
from techdesk.screens.type_ahead import TypeAhead
from techdesk.terminal.capabilities import wants_no_color
from techdesk.terminal.clipboard import copy_sequence
from techdesk.terminal.driver import choose
from techdesk.terminal.printable import PrintableOnly
from techdesk.terminal.signals import exit_code

Answer = TypeVar("Answer")


class TerminalApp(App[Answer]):
    """Base of the apps. Colours come from the theme; without colour, glyphs and words say the same."""

    # The palette and quitting are actions of the registry, with keys that a user may move.
    COMMAND_PALETTE_BINDING = ""

    def __init_subclass__(cls, *, layer: bool = False, **options: Any) -> None:
        """``layer``: a part of an app in a file of its own, never an app by itself; see ``DeskScreen``."""
        if not layer:
            super().__init_subclass__(**options)

    def __init__(self, *, driver_class: type[Driver] | None = None, driver: str = "") -> None:
        """``driver``: ``stock`` for Textual's own; TECHDESK_DRIVER goes before it."""
        self._driver_wish = os.environ.get("TECHDESK_DRIVER") or driver
        if wants_no_color(os.environ):
            os.environ["NO_COLOR"] = "1"  # all that Textual looks at
        else:
            os.environ.pop("NO_COLOR", None)  # Textual would take an empty one for a wish
        super().__init__(driver_class=driver_class)
        self.register_theme(SIXTEEN)
        # Set before anything is drawn: a theme that is changed later has all CSS computed twice.
        self.set_reactive(App.theme, SIXTEEN.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self._second_wall = PrintableOnly()
        self._no_color = NoColor()
        self._type_ahead = TypeAhead(self, super().on_event)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes one at a time; everything else as Textual does."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._type_ahead.take(event)
        else:
            await super().on_event(event)

    @property
    def is_typing(self) -> bool:
        """Whether a key waits to be handed out, or has not had its whole effect yet."""
        return not self._type_ahead.idle

    def get_driver_class(self) -> type[Driver]:
        """Our own driver where Textual would take its plain one for terminals."""
        return choose(super().get_driver_class(), self._driver_wish)

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """The screens that show beside a dialog, down to the first that fills the terminal.

        Textual counts the screen below in any case, also where the one on top fills the terminal: whatever
        that one repainted unseen had the one on show painted anew, twice more for each ticket opened.
        """
        seen: list[Screen[Any]] = []
        for screen in reversed(self.screen_stack):
            seen.insert(0, screen)
            if not screen.is_modal:
                break
        return seen[:-1]

    def terminal_gone(self) -> None:
        """The driver found nobody at the other end."""
        self.exit(return_code=exit_code(signal.SIGHUP))

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, then the second wall. NO_COLOR means no colour at all, not shades of grey."""
        replaced = (Monochrome, NoColor, ANSIToTruecolor) if self.native_ansi_color else (Monochrome, NoColor)
        filters = [f for f in super().get_line_filters() if not isinstance(f, replaced)]
        if self.no_color:
            filters.append(self._no_color)
        filters.append(self._second_wall)
        return filters

    def copy_to_clipboard(self, text: str) -> None:
        """Send a text to the terminal's clipboard, also through tmux and screen."""
        sequence = copy_sequence(text, os.environ)
        if sequence and self._driver is not None:
            self._driver.write(sequence)
        self._clipboard = text
