"""Keys that are typed faster than screens open.

Textual hands a key to the widget that has the focus when the key arrives. A burst of keys, as a slow line
delivers them, is therefore handed out before the first of them has opened its dialog or moved the focus: the
``l`` of ``lupdate`` would open the limit line, and ``u`` would undo. Here each key waits until the one before
it has had its whole effect, also where that is a list which is read in another thread: the ``C`` of
``lupdate``, Enter, ``C`` is meant for a ticket of the list that Enter asked for.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

from textual import events
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.timer import Timer
from textual.widgets import Input

if TYPE_CHECKING:
    from textual.app import App

PATIENCE = 3.0
"""Seconds after which the next key goes on all the same: a widget that is gone answers nobody. Long, because
a screen on a busy machine is slow, and a key that hits the wrong screen is worse than one that waits."""

LOOK = 0.01
"""Seconds between two looks whether what a screen reads has arrived."""

CALM = 0.005
"""Seconds for which a key's way is not followed while no other key waits: its picture is painted first."""

PASSES = 3
"""How often the way is gone: a key makes a message (submitted), whose handler sends another (limit chosen),
whose handler moves the focus; each goes the same way once more."""

MANY = 16
"""Letters waiting at once for a place of text that nobody typed: they were pasted."""

Typed: TypeAlias = events.Key | events.Paste


def is_text(widget: object) -> bool:
    """Whether this is a place for text: it can tell where its cursor is. Asking so loads no widget for it."""
    return hasattr(type(widget), "cursor_screen_offset")


def _is_letter(event: Typed) -> bool:
    return isinstance(event, events.Key) and event.is_printable


class TypeAhead:
    """Gives ``deliver`` one key or paste at a time.

    When a key has had its effect is found by sending a callback the way that the key went: through the queue
    of the widget that got it, of each of its ancestors (an unused key rises), and of the application; then
    through that of the screen that is on top by now, which may have just been made, and once more through the
    application's, where a change of focus waits. Each queue is in order, so the callback is last; and it goes
    round as often as messages that a key causes may cause others.
    """

    def __init__(self, app: App[Any], deliver: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._waiting: deque[Typed] = deque()
        self._turn = 0
        self._busy = False
        self._looks = 0
        self._timer: Timer | None = None
        self._first: MessagePump = app
        self._calm: asyncio.TimerHandle | None = None
        """Runs out when the last key's way is to be followed; None where that has begun."""

    @property
    def idle(self) -> bool:
        """Whether every key has been handed out and has had its effect."""
        return not self._waiting and not self._busy

    async def take(self, event: Typed) -> None:
        """Deliver it now, or after those before it."""
        self._waiting.append(event)
        if not self._busy:
            await self._next()
        elif self._calm is not None:
            self._begin()

    async def _next(self) -> None:
        if not self._waiting or not self._app.is_running:
            self._busy = False
            return
        self._busy = True
        if self._awaits() and self._looks * LOOK < PATIENCE:
            self._looks += 1
            self._app.set_timer(LOOK, self._next, name="type ahead")
            return
        self._looks = 0
        self._turn += 1
        turn = self._turn
        event = self._together(self._waiting.popleft())
        first: MessagePump = self._app.focused or self._app.screen
        self._timer = self._app.set_timer(PATIENCE, lambda: self._settled(turn), name="type ahead")
        self._first, self._calm = first, None
        await self._deliver(event)
        if self._turn == turn:
            self._calm = asyncio.get_running_loop().call_later(CALM, self._begin)
            if self._waiting:
                self._begin()

    def _together(self, event: Typed) -> Typed:
        """A key, or a whole run of letters that waits for a place of text, as one paste. A terminal that does
        not mark pastes sends them as keys; one by one a page of text took ten seconds."""
        if not isinstance(event, events.Key) or not _is_letter(event) or not is_text(self._app.focused):
            return event
        run = [event, *(key for key in takewhile(_is_letter, self._waiting) if isinstance(key, events.Key))]
        if len(run) < MANY:
            return event
        for _ in run[1:]:
            self._waiting.popleft()
        return events.Paste("".join(key.character or "" for key in run))

    def _awaits(self) -> bool:
        """Whether the screen on top still reads what a key before asked for. What is typed into a line goes
        on: it is not meant for the list."""
        if isinstance(self._app.focused, Input) or not self._app.screen_stack:
            return False
        return bool(getattr(self._app.screen, "awaits", False))

    def _begin(self) -> None:
        """Follow the last key's way from here."""
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
            turn = self._turn
            Following(self._way(self._first), lambda: self._app.call_later(self._settled, turn)).step()

    def _way(self, first: MessagePump) -> Iterator[MessagePump]:
        for _ in range(PASSES):
            if isinstance(first, DOMNode):
                yield from (node for node in first.ancestors_with_self if node is not self._app)
            yield self._app
            if self._app.screen_stack:
                yield self._app.screen
            yield self._app

    async def _settled(self, turn: int) -> None:
        if turn != self._turn or not self._busy:
            return
        if self._timer is not None:
            self._timer.stop()
        await self._next()


class Following:
    """A callback on its way through queues, one after another; ``there`` is called behind the last."""

    __slots__ = ("_there", "_way")

    def __init__(self, way: Iterator[MessagePump], there: Callable[[], object]) -> None:
        self._way = way
        self._there = there

    def step(self) -> None:
        """Go one queue further; a queue that takes no more messages is passed over."""
        # As a message of its own: what ``call_later`` is given has its signature read anew each time, for 16
        # queues a key.
        for pump in self._way:
            if pump.post_message(events.Callback(callback=self.step)):
                return
        self._there()
