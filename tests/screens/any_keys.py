"""Random keys on the real app, and what must hold after each of them."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import TYPE_CHECKING

from textual import events
from textual.keys import _character_to_key

from techdesk.actions.registry import actions_on
from techdesk.app import TechdeskApp
from techdesk.model import OperationKind, Status
from techdesk.screens.base import DeskScreen
from techdesk.screens.bulk import Bulk
from techdesk.screens.marking import Marking
from techdesk.screens.queue import QueueScreen
from techdesk.store.marks import MarkSet
from techdesk.widgets.list_header import HeaderLine
from techdesk.widgets.status_bar import StatusBar
from tests.screens.desk_fixture import DAY, HOUR, NOW, SmallDesk, screen_text, ticket

if TYPE_CHECKING:
    from textual.pilot import Pilot

KEYS = 40
"""Keys of one sequence."""
NOT_PRESSED = frozenset({"ctrl+q", "ctrl+g", "ctrl+z", "ctrl+c"})
"""They end or suspend the program, or ask the terminal: tests of their own."""
_TYPED = "aebTmnoy1239 :vpnx*;"
_OFTEN = ("enter", "escape", "y", "j", "k", "space", "tab", "backspace", "down", "up", "n", "1", "2")
_ODD = (
    "ctrl+t",
    "shift+down",
    "shift+up",
    "left",
    "right",
    "f5",
    "home",
    "end",
    "pageup",
    "delete",
    "Ω",
    "１",
)


class Broken(AssertionError):
    """Something that must hold did not; says after which keys."""


class Player:
    """Presses keys on one app, and looks after each."""

    def __init__(self, app: TechdeskApp, desk: SmallDesk, seed: int, planned: set[int] | None = None) -> None:
        self.app, self.desk = app, desk
        self.random = random.Random(seed)
        self.seed = seed
        self.pressed: list[str] = []
        self._named = screen_text(app)
        """What the screens have shown since the last change of a ticket."""
        self._planned = planned if planned is not None else set()
        """Tickets of the previews that were opened on this desk, also before the program was started again:
        counted there, in groups that can be looked into."""
        self._operations = {line.key for line in desk.workbench.reader.operations(open_only=False)}

    def choose(self) -> str:
        """A key: mostly one that means something on the screen that is on show; seldom one that ends it."""
        key = self._any()
        leaves = key == "q" and isinstance(self.app.screen, QueueScreen)
        return "j" if leaves and self.random.random() < 0.9 else key

    def _any(self) -> str:
        screen = self.app.screen
        dice = self.random.random()
        if isinstance(screen, DeskScreen) and dice < 0.65:
            keys = [key for act in actions_on(screen.where) for key in act.keys]
            return self.random.choice([key for key in keys if key not in NOT_PRESSED])
        if dice < 0.85:
            return self.random.choice(_OFTEN)
        return self.random.choice(_ODD) if dice < 0.9 else self.random.choice(_TYPED)

    async def press(self, key: str) -> None:
        """One key or sequence, with everything that it causes."""
        marks = self.app.marks.present
        if isinstance(self.app.screen, Bulk):
            self._planned |= set(self.app.screen._keys)
        for part in key.split(" ") if len(key) > 1 else [key]:
            self.pressed.append(part)
            name = _character_to_key(part) if len(part) == 1 and not part.isalnum() else part
            character = part if len(part) == 1 else " " if part == "space" else None
            self.app.post_message(events.Key("fullwidth_digit_one" if part == "１" else name, character))
            await self._rest()
            if not self.app.is_running or self.app._exit:
                return
            self._look(marks)
            self._named += "\n" + screen_text(self.app)

    async def _rest(self) -> None:
        for turn in range(2000):
            await asyncio.sleep(0 if turn < 20 else 0.001)
            app = self.app
            if not app.is_running or app._exit:
                return
            # A key that the app has peeked at, while it still does something else, is in no queue any more.
            waits = not app._message_queue.empty() or app._pending_message is not None
            if turn > 4 and app._type_ahead.idle and app.reading.idle and not waits:
                return
        raise Broken(self._words("the program does not come to rest"))

    def _look(self, before: MarkSet) -> None:
        marks, app = self.app.marks.present, self.app
        screen = app.desk_screen()
        if screen is None:
            return
        lost = before - marks
        doing = screen.doing.id if screen.doing is not None else ""
        done_in_bulk = bool(lost) and set(lost.keys()) <= self._planned
        asked = doing.startswith("marks.") or doing == "app.undo"
        if lost and not (asked or done_in_bulk or self._told_of_marks(screen)):
            raise Broken(self._words(f"marks of {list(lost.keys())} are lost by {doing}"))
        if isinstance(screen, Marking) and isinstance(app.screen, Marking):
            header = screen.query_one(HeaderLine).text
            if bool(marks) != (f"{len(marks):,} marked" in header):
                raise Broken(self._words(f"{len(marks)} marks, and the first line says {header!r}"))
        self._look_at_changes()

    def _told_of_marks(self, screen: DeskScreen) -> bool:
        """Whether the screen says that marks went, or that they follow the cursor while it moves."""
        if "taken off" in screen.query_one(StatusBar).said:
            return True
        return isinstance(screen, Marking) and " range" in screen.query_one(HeaderLine).text

    def _look_at_changes(self) -> None:
        """What was named before the key: the answer to it names the ticket in any case."""
        self.desk.database.writer().mark(MarkSet(), MarkSet()).result()  # whatever it caused is stored
        lines = self.desk.workbench.reader.operations(open_only=False)
        new = [line for line in lines if line.key not in self._operations]
        for line in new:
            if line.kind is OperationKind.CREATE or line.ticket in self._planned:
                continue
            if line.number not in self._named:
                raise Broken(self._words(f"{line.number} was changed ({line.what}), and never named"))
        if new:
            self._operations |= {line.key for line in new}
            self._named = screen_text(self.app)

    def _words(self, what: str) -> str:
        keys = " ".join(self.pressed[-3 * KEYS :])
        return f"{what}\nseed {self.seed}, last keys: {keys}\n{screen_text(self.app)}"


def small_cache(folder: Path) -> SmallDesk:
    """Some thirty tickets in every state, of two policies, one with a hostile subject."""
    desk = SmallDesk(folder, messages=8)
    statuses = [status for status in Status if status is not Status.CLOSED]
    desk.pull(
        tickets=[
            ticket(
                10_500 + number,
                f"Printer {number} on floor {number % 4} does not print",
                status=statuses[number % len(statuses)],
                priority=number % 4 or None,
                owner=("", "t1", "t2")[number % 3],
                organisation=("o1", "o2")[number % 2],
                requester=("p1", "p2")[number % 2],
                created=NOW - number * 7 * HOUR,
                updated=NOW - number % 9 * DAY,
            )
            for number in range(30)
        ]
    )
    return desk


async def play(folder: Path, seed: int, sequences: int, size: tuple[int, int]) -> int:
    """So many sequences on one desk; the program is started again where a key ended it. Keys pressed."""
    desk = small_cache(folder / f"profile-{seed}")
    pressed = done = 0
    planned: set[int] = set()
    try:
        while done < sequences:
            app = desk.app()
            async with app.run_test(size=size) as pilot:
                await _started(pilot)
                player = Player(app, desk, seed + done, planned)
                while done < sequences and app.is_running and not app._exit:
                    for _ in range(KEYS):
                        await player.press(player.choose())
                        if not app.is_running or app._exit:
                            break
                    done += 1
                pressed += len(player.pressed)
    finally:
        desk.close()
    return pressed


async def _started(pilot: Pilot[None]) -> None:
    await pilot.pause()
