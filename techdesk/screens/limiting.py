"""The limit line of a list: typed with its meaning said under it, applied while it is typed."""

from __future__ import annotations

from textual import on
from textual.timer import Timer

from techdesk.query import QueryError, explain, parse
from techdesk.screens.finding import FIND_HELP, Finding, understood
from techdesk.widgets.limit_bar import LimitBar, Purpose

_TYPING = 0.03
"""Seconds after a letter before its query starts."""
_MARKING: dict[Purpose, str] = {
    "mark": "Enter marks it in this list, Esc goes back",
    "unmark": "Enter takes the marks off it, Esc goes back",
}


class Limiting(Finding):
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

    @property
    def limit(self) -> str:
        """The limit as typed; empty for none."""
        return self._limit

    def load(self, *, keep: bool) -> None:
        """Read the list again, for another limit."""
        raise NotImplementedError

    def show_limit(self) -> None:
        """The limit is another one: say so."""

    def do_list_limit(self) -> None:
        self._before_limit = self.table.cursor_key
        bar = self.query_one(LimitBar)
        bar.open("limit", self._limit, "words, or prio:1 owner:me sla:<30m")
        self._explain(self._limit)

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
        self.query_one(LimitBar).open(purpose, "", "words, or prio:1 owner:me sla:<30m")
        self._explain("", _MARKING[purpose])

    def _mark_typed(self, purpose: Purpose, text: str) -> None:
        query = understood(text)
        if query.tree is None:
            self.say("Nothing was typed, so no mark was changed.")
        else:
            self.mark_by_query(query, mark=purpose == "mark")

    def _explain(self, text: str, keys: str = "Enter keeps it, Esc goes back") -> bool:
        """Say under the line what it means; False when it means nothing."""
        bar, query = self.query_one(LimitBar), parse(text)
        if isinstance(query, QueryError):
            allowed = f"; there are: {', '.join(query.allowed[:8])}" if query.allowed else ""
            bar.wrong(query.position, query.message + allowed)
            return False
        bar.explain(f"{explain(query)}   {keys}")
        return True

    @on(LimitBar.Typed)
    def _typed(self, event: LimitBar.Typed) -> None:
        event.stop()
        if event.purpose == "find":
            self.query_one(LimitBar).explain(FIND_HELP)
            return
        if event.purpose in _MARKING:
            self._explain(event.text, _MARKING[event.purpose])
            return
        if not self._explain(event.text):
            return
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(_TYPING, lambda: self._set_limit(event.text), name="typing")

    @on(LimitBar.Kept)
    def _kept(self, event: LimitBar.Kept) -> None:
        event.stop()
        if event.purpose != "find" and not self._explain(event.text):
            return
        if event.purpose == "limit":
            self._stop_typing()
            self._set_limit(event.text.strip())
        self._close_bar()
        if event.purpose == "find" and event.text.strip():
            self.find(event.text.strip())
        if event.purpose in _MARKING:
            self._mark_typed(event.purpose, event.text.strip())

    @on(LimitBar.Left)
    def _left(self, event: LimitBar.Left) -> None:
        event.stop()
        self._stop_typing()
        self._close_bar()
        if event.purpose == "limit" and event.text != self._limit:
            self._set_limit(event.text)
            self._anchor = self._before_limit

    def _stop_typing(self) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None

    def _close_bar(self) -> None:
        self.query_one(LimitBar).close()
        self.table.focus()
