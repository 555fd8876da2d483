"""The limit line of a list: typed with its meaning said under it, applied while it is typed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from textual.timer import Timer

from techdesk.query import Query, QueryError, parse
from techdesk.query.explain import explain
from techdesk.screens.finding import FIND_HELP, Finding, understood

if TYPE_CHECKING:
    from techdesk.query.complete import Known, Spot
    from techdesk.store.reader import Reader
    from techdesk.widgets.limit_bar import LimitBar, Purpose

_TYPING = 0.03
"""Seconds after a letter before its query starts."""
_MARKING: dict[Purpose, str] = {
    "mark": "Enter marks it in this list, Esc goes back",
    "unmark": "Enter takes the marks off it, Esc goes back",
}
_HISTORY = "limits"
"""Name under which the limits that were kept are remembered."""
_KEPT = 50
"""Limits remembered."""
_LARGE = ("requester",)
"""Fields with too many values to hold them all: they are asked for with each letter."""


class Limiting(Finding, layer=True):
    """A list that can be limited. Subclasses read it again when ``load`` is called."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._limit = ""
        self._typing: Timer | None = None
        self._news = 0
        self._anchor: int | None = None
        """The ticket that the cursor goes back to once the list is read."""
        self._before_limit: int | None = None
        """The ticket under the cursor when the limit line was opened: leaving it goes back there."""
        self._known: dict[str, Sequence[Known]] = {}
        """Values of fields as the cache has them, read once for each time that the line is opened."""

    @property
    def limit(self) -> str:
        """The limit as typed; empty for none."""
        return self._limit

    def query_beyond_view(self) -> Query:
        return understood(self._limit)

    @abstractmethod
    def load(self, *, keep: bool) -> None:
        """Read the list again, for another limit."""

    def show_limit(self) -> None:
        """The limit is another one: say so."""

    def do_list_limit(self) -> None:
        self._before_limit = self.table.cursor_key
        bar = self.limit_bar
        self._known.clear()
        bar.open("limit", self._limit, "words, or prio:1 owner:me sla:<30m", self._limits_kept())
        self._explain(self._limit)
        self._offer(self._limit, len(self._limit))

    def do_list_clear(self) -> None:
        if self._limit:
            self._set_limit("")
        else:
            self.say("There is no limit to clear.")

    def do_app_back(self) -> None:
        if self._limit:
            self._set_limit("")

    def _set_limit(self, text: str) -> None:
        if text == self._limit:
            return
        self._limit = text
        self._news = 0
        self.load(keep=True)
        self.show_limit()

    def do_marks_matching(self) -> None:
        self._open_marking("mark")

    def do_marks_not_matching(self) -> None:
        self._open_marking("unmark")

    def _open_marking(self, purpose: Purpose) -> None:
        self.limit_bar.open(purpose, "", "words, or prio:1 owner:me sla:<30m")
        self._explain("", _MARKING[purpose])

    def _mark_typed(self, purpose: Purpose, text: str) -> None:
        query = understood(text)
        if query.tree is None:
            self.say("Nothing was typed, so no mark was changed.")
        else:
            self.mark_by_query(query, mark=purpose == "mark")

    def _explain(self, text: str, keys: str = "Enter keeps it, Esc goes back") -> bool:
        """Say under the line what it means; False when it means nothing."""
        bar, query = self.limit_bar, parse(text)
        if isinstance(query, QueryError):
            allowed = f"; there are: {', '.join(query.allowed[:8])}" if query.allowed else ""
            bar.wrong(query.position, query.message + allowed)
            return False
        bar.explain(explain(query), keys)
        return True

    # Named as Textual names the handlers of messages, so that the line itself is loaded when it is put up.

    def on_limit_bar_typed(self, event: LimitBar.Typed) -> None:
        event.stop()
        if event.purpose == "find":
            self.limit_bar.explain(FIND_HELP)
            return
        self._offer(event.text, event.cursor)
        if event.purpose in _MARKING:
            self._explain(event.text, _MARKING[event.purpose])
            return
        if not self._explain(event.text):
            return
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPING, lambda: self._set_limit(event.text), name="typing")

    def on_limit_bar_kept(self, event: LimitBar.Kept) -> None:
        event.stop()
        if event.purpose != "find" and not self._explain(event.text):
            return
        if event.purpose == "limit":
            self._stop_typing()
            self._set_limit(event.text.strip())
            self._remember_limit(event.text.strip())
        self._close_bar()
        if event.purpose == "find":
            self.find(event.text.strip())
        if event.purpose in _MARKING:
            self._mark_typed(event.purpose, event.text.strip())

    def on_limit_bar_left(self, event: LimitBar.Left) -> None:
        event.stop()
        self._stop_typing()
        self._close_bar()
        if event.purpose == "limit" and event.text != self._limit:
            self._set_limit(event.text)
            self._anchor = self._before_limit

    # Completion and history

    def _offer(self, text: str, cursor: int) -> None:
        """Offer what may stand at the cursor: at once what is known, and what the cache has as it is read."""
        from techdesk.query.complete import LOOKED_UP, spot_at  # with the first letter

        spot = spot_at(text, cursor)
        known = self._known.get(spot.field, ()) if spot is not None else ()
        self._show_offers(text, spot, known)
        if spot is None or spot.field not in LOOKED_UP:
            return
        large = spot.field in _LARGE
        if spot.field in self._known and not large:
            return

        def look(reader: Reader) -> list[Known]:
            return reader.known_values(spot.field, spot.typed if large else "")

        def take(values: list[Known]) -> None:
            self._known[spot.field] = values
            bar = self.limit_bar
            if bar.is_open and bar.purpose != "find":
                self._show_offers(bar.text, spot_at(bar.text, bar.cursor), values, field=spot.field)

        self.desk.reading.submit("complete", look, take, lambda error: None, asked=True)

    def _show_offers(
        self, text: str, spot: Spot | None, known: Sequence[Known], *, field: str | None = None
    ) -> None:
        """``field``: only where that is still the one being typed."""
        from techdesk.query.complete import accept, candidates
        from techdesk.widgets.candidates import Offer

        if field is not None and (spot is None or spot.field != field):
            return
        offers = []
        for one in candidates(spot, known) if spot is not None else ():
            new, cursor = accept(text, spot, one) if spot is not None else (text, len(text))
            if new.strip() != text.strip():
                offers.append(Offer(one.shown, one.words, new, cursor))
        self.limit_bar.offer(offers)

    def _limits_kept(self) -> list[str]:
        """The limits kept before, the newest last."""
        try:
            return msgspec.json.decode(self.workbench.reader.remembered(_HISTORY), type=list[str])
        except msgspec.MsgspecError:
            return []

    def _remember_limit(self, text: str) -> None:
        kept = self._limits_kept()
        if not text or kept[-1:] == [text]:
            return
        kept = [*(one for one in kept if one != text), text][-_KEPT:]
        self.workbench.writer.remember(_HISTORY, msgspec.json.encode(kept).decode())

    def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None

    def _close_bar(self) -> None:
        self.limit_bar.close()
        self.table.focus()
