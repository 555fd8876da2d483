"""Every action by name: the command palette, made from the registry like the keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from techdesk.actions.registry import Action, actions_on
from techdesk.screens.base import DeskScreen


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
