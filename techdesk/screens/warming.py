"""Getting ready what the first keys will ask for, a small step at a time and only while nobody types."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from techdesk.screens.app_places import GoingApp

BEGIN = 0.4
"""Seconds after the first paint."""
PAUSE = 0.03
"""Seconds between two steps: each takes about 10 ms, and a key that comes meanwhile waits for one at most."""
_ON_SHOW = 60
"""Lines of the list that are looked through for policies."""
PATIENCE = 5.0
"""Seconds after which it goes on however busy the program is."""


class Warming:
    """Loads screens and their style sheets, and puts up the ticket screen unseen, on the UI thread; what is
    read and computed for a ticket beside it."""

    def __init__(self, app: GoingApp) -> None:
        self._app = app
        self._steps = self._all_steps()
        self._waited = 0.0

    def begin(self) -> None:
        """Start in a moment."""
        self._app.set_timer(BEGIN, self._step, name="warming")

    def _step(self) -> None:
        app = self._app
        if app.ending:
            return
        # Beside the thread that reads a long list, each step would take twice its time.
        if (app.is_typing or not app.reading.idle) and self._waited < PATIENCE:
            self._waited += PAUSE
        elif (step := next(self._steps, None)) is not None:
            step()
        else:
            return
        app.set_timer(PAUSE, self._step, name="warming")

    def _all_steps(self) -> Iterator[Callable[[], object]]:
        for module in ("ticket", "compose", "pick"):
            yield partial(import_module, f"techdesk.screens.{module}")
        yield lambda: self._app.screen_named("ticket")
        yield self._style
        yield lambda: self._app.put_up("ticket")
        for key in self._one_of_each_policy():
            yield partial(self._rehearse, key)
        yield _keep_what_lives
        yield self._app.read_rota

    def _one_of_each_policy(self) -> list[int]:
        """Of the tickets on show the first of each policy, that under the cursor before all others."""
        table = self._app.screen_named("queue").table
        here = table.cursor_key
        keys = [key for key in (here, *table.keys[:_ON_SHOW]) if key is not None]
        rows = [row for key in keys if (row := table.known(key)) is not None]
        first = {row.clock.policy: row.key for row in reversed(rows)}
        return sorted(first.values(), key=keys.index)

    def _rehearse(self, key: int) -> None:
        """Read a ticket as its screen will, in the reading thread: the first of a policy has its file read,
        its calendars made and the gates loaded (40 ms measured), and nobody has to wait for it then."""
        from techdesk.actions.rehearsal import rehearse

        app = self._app
        bench, state, now = app.workbench, app.sync_state, app.now
        app.reading.submit(
            "warming",
            lambda reader: rehearse(bench.beside(reader), key, state, now),
            _nothing,
            _nothing,
            patient=True,
        )

    def _style(self) -> None:
        """Read the style sheets of every screen together: as Textual does it, each would have all of them
        computed again while a key waits for its screen (80 ms measured)."""
        sheet = self._app.stylesheet
        folder = self._app.screen_named("ticket").css_path[0].parent
        for path in sorted(folder.glob("*.tcss")):
            if not sheet.has_source(str(path), ""):
                sheet.read(path)
        sheet.reparse()
        sheet.update(self._app)


def _nothing(_: object) -> None:
    """Whatever became of it: the screen itself will read the ticket, and say what is wrong."""


def _keep_what_lives() -> None:
    """What lives now lives to the end: the collector, off until here, need not look at it again (TEXTUAL A3).

    Nothing is collected first: that stops everything for 40 ms, for half a megabyte of a start's rubbish.
    """
    gc.freeze()
    gc.enable()
