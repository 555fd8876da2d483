"""Going to the next line that matches: words, unread messages, a number that only the desk knows."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import TYPE_CHECKING

from techdesk.query import Query, QueryError, parse
from techdesk.screens.marked_actions import MarkedActions
from techdesk.screens.marking import both
from techdesk.widgets.ticket_table import Keys

if TYPE_CHECKING:
    from techdesk.store.reader import Reader
    from techdesk.widgets.limit_bar import LimitBar

FIND_HELP = "Enter goes to the next line with it; a number opens its ticket"
_UNREAD = "is:unread"
_NUMBER = re.compile(r"[A-Za-z#-]*\d[\w-]*")


def understood(text: str) -> Query:
    """A limit that was checked before; an empty one where it can no longer be read."""
    query = parse(text)
    return Query("") if isinstance(query, QueryError) else query


def next_match(keys: Keys, matches: Keys, cursor: int, direction: int) -> int | None:
    """Key of the next line in ``direction`` (1 or -1) that is one of ``matches``; goes round the end."""
    wanted, count = set(matches), len(keys)
    for step in range(1, count + 1):
        key = keys[(cursor + direction * step) % count]
        if key in wanted:
            return key
    return None


class Finding(MarkedActions, layer=True):
    """A list in which one can find. Subclasses say what is shown."""

    _found = ""

    @property
    @abstractmethod
    def order(self) -> str:
        """The order that it is shown in."""

    @property
    def limit_bar(self) -> LimitBar:
        """The line that one types on. It lies over the others, and is not loaded before the first picture."""
        from techdesk.widgets.limit_bar import LimitBar

        return self.query_one(LimitBar)

    def forget_find(self) -> None:
        """Another list: the last find belongs to the one before."""
        self._found = ""

    def do_list_find(self) -> None:
        bar = self.limit_bar
        bar.open("find", "", "words, or a ticket's number", (self._found,) if self._found else ())
        bar.explain(FIND_HELP)

    def do_list_find_next(self) -> None:
        self._jump(self._found or _UNREAD, 1)

    def do_list_find_previous(self) -> None:
        self._jump(self._found or _UNREAD, -1)

    def do_list_next_unread(self) -> None:
        self._jump(_UNREAD, 1)

    def do_list_previous_unread(self) -> None:
        self._jump(_UNREAD, -1)

    def find(self, text: str) -> None:
        """Go to the ticket with this number, else to the next line with these words, or the last ones."""
        if not text:
            if self._found:
                self._jump(self._found, 1)
            return
        key = self.workbench.reader.key_of(text)
        if key is not None:
            if not self.table.move_to_key(key):
                self.desk.open_ticket(key, [key])
            return
        self._found = text
        self._jump(text, 1)

    def _jump(self, text: str, direction: int) -> None:
        wanted = parse(text)
        if isinstance(wanted, QueryError):
            self.say(f"That cannot be read: {wanted.message}.", severity="warning")
            return
        query, order, me, now = (
            both(self.query_shown(), wanted),
            self.order,
            self.workbench.me.id,
            self.desk.now,
        )
        keys, cursor = self.table.keys, self.table.cursor

        def match(reader: Reader) -> int | None:
            return next_match(keys, reader.keys(query, order, me=me, now=now), cursor, direction)

        self.read("find", match, lambda key: self._go_to(key, text), self._not_found)

    def _not_found(self, error: Exception) -> None:
        self.say(f"The search failed: {error}. The list is as it was.", severity="error")

    def _go_to(self, key: int | None, text: str) -> None:
        if key is not None:
            self.table.move_to_key(key)
        elif text == _UNREAD:
            self.say("No ticket of this list has an unread message.")
        elif not (_NUMBER.fullmatch(text) and self._ask_desk(text)):
            self.say(f"Nothing in this list matches {text!r}.", severity="warning")

    def _ask_desk(self, number: str) -> bool:
        def answered(key: int | None, words: str) -> None:
            if key is not None:
                self.desk.open_ticket(key, [key])
            else:
                self.say(words, severity="warning")

        asked = self.desk.ask_desk(number, answered)
        if asked:
            self.say(f"{number} is not in the cache; asking the desk …")
        return asked
