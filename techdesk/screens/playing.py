"""Play: one best ticket after another. What finishes one opens the next; one that is passed over says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from techdesk.actions.registry import action
from techdesk.model import OperationKind, Status
from techdesk.query import Query, parse
from techdesk.screens.ticket_actions import TicketActions

if TYPE_CHECKING:
    from collections.abc import Callable

    from techdesk.actions.registry import Action
    from techdesk.actions.workbench import Outcome, Queued
    from techdesk.store.play import Best
    from techdesk.store.reader import Reader

_FINISHING = frozenset(
    {"ticket.escalate", "ticket.hand_off", "ticket.merge", "ticket.close", "ticket.resolve"}
)
_AT_WORK = (Status.NEW, Status.OPEN)


class Play:
    """One run of play mode; it belongs to the app, because it goes over screens."""

    def __init__(self, scope: Query, title: str) -> None:
        self.scope = scope
        self.title = title
        self.current: int | None = None
        self.why = ""
        self.done: set[int] = set()
        """Tickets worked on in this run: they come again only when their customer writes."""
        self.skipped = 0

    @property
    def score(self) -> str:
        """``3 done, 1 skipped``."""
        return f"{len(self.done)} done, {self.skipped} skipped"


class Playing(TicketActions):
    """Mixed into the screens of tickets."""

    if TYPE_CHECKING:

        @property
        def read_only(self) -> bool: ...
        def key_for(self, act: Action) -> str: ...

    def play_scope(self) -> tuple[Query, str]:
        """What is played here, and its title: a list its own tickets, any other screen all that is open."""
        query = parse("status:active")
        return (query if isinstance(query, Query) else Query("")), "All open"

    def do_play_toggle(self) -> None:
        play = self.desk.play
        if play is not None and play.current is not None and self.current_ticket() == play.current:
            self.desk.play = None
            self.store_changed(None)  # its score stands in the ticket's first line
            self.say(f"Play is over: {play.score}.")
            return
        if play is None:
            self.desk.play = Play(*self.play_scope())
        self._play_next("")

    def do_play_skip(self) -> None:
        from techdesk.screens.pick import Choice, Pick
        from techdesk.work.play import REASONS

        play = self.desk.play
        if play is None or play.current is None:
            self.say(f"Play is off, so there is nothing to skip; {self._key_name('play.toggle')} starts it.")
            return
        row = self.workbench.reader.row(play.current)
        choices = [Choice(id=words, label=words) for _, words in REASONS]

        def offer(typed: str) -> Choice:
            return Choice(id=typed, label=typed, detail="your own words")

        def chosen(reason: str | None) -> None:
            if reason is not None:
                self._skip(reason)

        title = f"Skip {row.number if row is not None else 'this ticket'}: why?"
        self.app.push_screen(Pick(title, choices, offer=offer, placeholder="a reason"), chosen)

    def _skip(self, reason: str) -> None:
        from techdesk.work.play import skip

        play = self.desk.play
        if play is None or play.current is None:
            return
        play.skipped += 1
        row = self.workbench.reader.row(play.current)
        words = f"{row.number} skipped: {reason}." if row is not None else ""
        if self.read_only:
            play.done.add(play.current)  # nothing may be written, so it is remembered for this run only
            self._play_next(words)
            return
        me, now = self.workbench.me.id, self.workbench.clock.now()
        commit = skip(self.workbench.writer, play.current, reason, me=me, now=now)
        self.desk.after(commit, lambda _: self._play_next(words))

    def _play_next(self, before: str) -> None:
        """Open the next best ticket; ``before`` is said of the one that was."""
        from techdesk.work.play import next_best

        play = self.desk.play
        if play is None:
            return
        scope, me, now = play.scope, self.workbench.me.id, self.workbench.clock.now()
        done = frozenset(play.done)

        def look(reader: Reader) -> Best | None:
            rows = reader.rows(sorted(done))
            passed = [row.key for row in rows if not row.unread]
            return next_best(reader, scope, me=me, now=now, passed=passed)

        self.desk.reading.submit("play", look, lambda best: self._play_on(best, before), self._cannot_play)

    def _play_on(self, best: Best | None, before: str) -> None:
        play = self.desk.play
        if play is None:
            return
        if best is None:
            self.desk.play = None
            self.desk.go("queue")
            self._say_there(
                f"{before} Nothing of {play.title} is left for you: {play.score}. What colleagues have, what "
                "waits for somebody and what was skipped is not played.".strip()
            )
            return
        play.current, play.why = best.key, best.why
        self.desk.open_ticket(best.key, (best.key,))
        self._say_there(f"{before} Play, {best.why}. {self._key_name('play.skip')} skips it.".strip())

    def _say_there(self, words: str) -> None:
        screen = self.desk.desk_screen()
        if screen is not None:
            screen.say(words)

    def _cannot_play(self, error: Exception) -> None:
        self.say(f"The next ticket could not be looked for: {error}.", severity="error")

    def _key_name(self, action_id: str) -> str:
        return self.key_for(action(action_id))

    # What finishes a ticket

    def present(
        self,
        outcome: Outcome,
        confirmed: Callable[[], None],
        kept: str = "",
        failed: Callable[[str], None] | None = None,
        reasoned: Callable[[dict[str, str], bool], None] | None = None,
    ) -> None:
        super().present(outcome, confirmed, kept, failed, reasoned)
        from techdesk.actions.workbench import Queued

        play = self.desk.play
        if play is None or not isinstance(outcome, Queued) or not outcome.can_undo:
            return
        if outcome.ticket == play.current:
            self.desk.after(outcome.commit, lambda _: self._played(outcome))

    def _played(self, outcome: Queued) -> None:
        play = self.desk.play
        if play is None or play.current is None or outcome.ticket != play.current:
            return
        if self._finished(outcome):
            play.done.add(play.current)
            self._play_next(f"{self.queued_words(outcome)}.")

    def _finished(self, outcome: Queued) -> bool:
        """Whether there is nothing more to do here: answered, closed, passed on, or waiting for somebody."""
        row = self.workbench.reader.row(outcome.ticket) if outcome.ticket else None
        if row is None or row.status not in _AT_WORK or row.owner not in ("", self.workbench.me.id):
            return True
        lines: list[Any] = self.workbench.reader.operations(ticket=outcome.ticket)
        own = [line for line in lines if line.batch == outcome.batch]
        return any(line.kind is OperationKind.REPLY or line.action in _FINISHING for line in own)
