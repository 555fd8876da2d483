"""What came of a change, told in a line: queued, refused and why, the question before it, and what came of it
when it was sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.actions.outcomes import Confirm, Refused
    from techdesk.actions.workbench import Outcome, Queued, Workbench
    from techdesk.screens.desk_app import DeskApp

_LOOKS = 3
"""Seconds after the hold in which the desk's answer is waited for before something is said."""


class Telling:
    """Mixed into every main screen, with the actions whose outcomes it tells."""

    if TYPE_CHECKING:
        app: App[Any]
        pressed: str

        @property
        def desk(self) -> DeskApp: ...
        @property
        def workbench(self) -> Workbench: ...
        def say(self, words: str, *, severity: Any = "info") -> None: ...
        def is_saying(self, words: str) -> bool: ...
        def unsay(self) -> None: ...

    _followed = ""
    """Batch whose hold the sentence on show is about."""
    _given_back = ""
    """What else is to be said of an undo."""

    def present(
        self,
        outcome: Outcome,
        confirmed: Callable[[], None],
        kept: str = "",
        failed: Callable[[str], None] | None = None,
        reasoned: Callable[[dict[str, str], bool], None] | None = None,
    ) -> None:
        """Tell an outcome: what was queued, why not, or the question to answer first.

        ``reasoned``: does it with reasons by rule, where they let it pass, and says whether all of it was
        asked.
        """
        from techdesk.actions.workbench import Confirm, Queued, Refused

        if isinstance(outcome, Queued) and outcome.creates:

            def opened(key: int) -> None:
                self._tell_queued(replace(outcome, ticket=key, creates=False))

            self.desk.after(outcome.commit, opened, failed)
        elif isinstance(outcome, Queued):
            self.desk.after(outcome.commit, partial(self._commit_reported, outcome), failed)
            self._tell_queued(outcome)
        elif outcome.wants_reason and reasoned is not None:
            self._ask_reason(outcome, reasoned, kept)
        elif isinstance(outcome, Refused):
            self.say(f"{outcome.words} {kept}".strip(), severity="error")
        elif isinstance(outcome, Confirm):
            self.ask(outcome.question, outcome.detail, "Yes, do it", confirmed, kept)

    def _tell_queued(self, outcome: Queued) -> None:
        words = self.queued_words(outcome)
        self.say(words, severity="done")
        if outcome.can_undo:
            self._follow(outcome, words)

    def _ask_reason(
        self, outcome: Refused | Confirm, reasoned: Callable[[dict[str, str], bool], None], kept: str
    ) -> None:
        """What stands against it, and a line for the reason that lets it pass: recorded on the ticket.

        It belongs to the rules that stand here; another one that appears behind them is asked by itself.
        """
        from techdesk.actions.outcomes import Refused
        from techdesk.actions.questions import reason_form
        from techdesk.screens.form import FormDialog

        refused = isinstance(outcome, Refused)

        def answered(answers: dict[str, str] | None) -> None:
            if answers is not None:
                reasoned(dict.fromkeys(outcome.reason_for or ("",), answers["because"]), not refused)
            elif isinstance(outcome, Refused):
                self.say(f"{outcome.words} {kept}".strip(), severity="error")
            else:
                self.say(f"Nothing was changed. {kept}".strip())

        self.app.push_screen(FormDialog(reason_form(outcome)), answered)

    def _commit_reported(self, outcome: Queued, result: Any) -> None:
        """The commit is reported. False or empty: what was to be undone or sent again had moved on."""
        if result is False or result == []:
            row = self.workbench.reader.row(outcome.ticket) if outcome.ticket else None
            of = f" for {row.number}" if row is not None else ""
            _, _, what = outcome.words.partition(": ")
            words = f"Too late{of}: {what or outcome.words} is on its way to the desk, or there already."
            self.say(words, severity="warning")

    def _follow(self, outcome: Queued, words: str) -> None:
        """With the end of the hold the sentence that offers undo is over: say what came of it instead."""
        hold = self.workbench.hold_seconds
        tries = 0
        self._followed = outcome.batch

        def look() -> None:
            nonlocal tries
            # The same words may be those of a later change; and what was not stored was never held.
            newest = self._followed == outcome.batch and outcome.commit.exception() is None
            if newest and self.app.is_running and self.is_saying(words):
                lines = self.workbench.reader.operations(ticket=outcome.ticket or None)
                own = [line for line in lines if line.batch == outcome.batch]
                if own and self.desk.connected and not self.desk.sync_state.error and tries < _LOOKS:
                    tries += 1
                    self.app.set_timer(1.0, look, name="hold")
                    return
                named, severity = self._named(outcome), "done"
                if any(line.state.needs_decision for line in own):
                    said, severity = f"{named.partition(':')[0]}: it waits for you, g c shows why", "warning"
                elif own:
                    said = f"{named} · waits for the desk · u takes it back"
                else:
                    said = f"{named} · sent"
                self.unsay()  # the longer sentence stood in the panel, this one may fit on the line
                self.say(said, severity=severity)

        self.app.set_timer(hold + 0.5, look, name="hold")

    def queued_words(self, outcome: Queued) -> str:
        """``TD-10431: priority P3 -> P1 · held 5 s · u undoes``."""
        words = self._named(outcome)
        if outcome.words.startswith("taken back"):
            return words + self._given_back
        if not outcome.can_undo:
            return words
        hold = self.workbench.hold_seconds
        until = f"held {hold} s · u undoes" if hold else "u undoes until it is sent"
        told = f". {' '.join(outcome.hints)}" if outcome.hints else ""
        return f"{words} · {until}{f', {outcome.final}' if outcome.final else ''}{told}"

    def _named(self, outcome: Queued) -> str:
        """``TD-10431: priority P3 -> P1``; the number that a new ticket has by now."""
        row = self.workbench.reader.row(outcome.ticket) if outcome.ticket else None
        return f"{row.number}: {outcome.words}" if row and row.number not in outcome.words else outcome.words

    def ask(
        self, question: str, detail: str, yes: str, confirmed: Callable[[], None], kept: str = ""
    ) -> None:
        """Ask yes or no; no is the answer to everything but yes."""
        from techdesk.screens.confirm import Confirm

        def answered(answer: bool | None) -> None:
            if answer:
                confirmed()
            else:
                self.say(f"Nothing was changed. {kept}".strip())

        self.app.push_screen(Confirm(question, detail, yes, opened_by=self.pressed), answered)
