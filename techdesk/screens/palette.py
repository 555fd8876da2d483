"""Every action by name: the command palette, made from the registry like the keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider

from techdesk.actions.registry import Action, actions_on
from techdesk.screens.base import DeskScreen


class Palette(CommandPalette):
    """Textual's palette in the colours of the terminal."""

    CSS = """
    CommandPalette > Vertical { margin-top: 2; }
    CommandPalette #--input { border: hkey $primary; }
    CommandPalette SearchIcon { display: none; }
    CommandPalette CommandInput { border: none; padding: 0 1; height: 1; }
    CommandPalette CommandList {
        border-top: none; border-bottom: hkey $primary; scrollbar-size: 0 1; background: $background;
    }
    CommandPalette CommandList:ansi > .option-list--option-highlighted {
        color: ansi_bright_white; background: $primary; text-style: bold;
    }
    CommandPalette CommandList:nocolor > .option-list--option-highlighted { text-style: bold underline; }
    """

    def _action_command_list(self, action: str) -> None:
        """Move in the list once it has lines: Textual looks for a page of one that is not laid out yet."""
        if self.query_one(CommandList).scrollable_content_region.height:
            super()._action_command_list(action)


class ActionProvider(Provider):
    """The actions of the screen that the palette was opened on. What cannot be done now stays in the list and
    says why, so that nobody has to wonder where it went."""

    def _offers(self) -> list[tuple[Action, str, Callable[[], None]]]:
        screen = self.screen
        if not isinstance(screen, DeskScreen):
            return []
        offers: list[tuple[Action, str, Callable[[], None]]] = []
        for action in actions_on(screen.where):
            if action.id in ("app.palette", "view.choose"):
                continue
            reason = screen.disabled_reason(action)
            words = f"{screen.key_for(action)} · {reason or action.help}"
            offers.append((action, words, partial(screen.action_perform, action.id, "")))
        return offers

    async def discover(self) -> Hits:
        for action, words, run in self._offers():
            yield cast("Hit", DiscoveryHit(action.title, run, help=words))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action, words, run in self._offers():
            score = matcher.match(action.title)
            if score > 0:
                yield Hit(score, matcher.highlight(action.title), run, text=action.title, help=words)
