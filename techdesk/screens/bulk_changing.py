"""What may be changed of a bulk plan before it is done: who is left out, what is said, why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from techdesk.screens.entries import EntryScreen
from techdesk.work.plans import Group, Notice, Outcome, Plan, Shown

CANARY = 5
"""Tickets that go first, where that is asked for."""


class PlanChanging(EntryScreen):
    """The part of the preview that changes its plan."""

    if TYPE_CHECKING:
        plan: Plan | None
        _action: str
        _busy: str
        _canary: int
        _groups: list[Group]
        _keys: tuple[int, ...]
        _shown: Shown | None
        _values: dict[str, Any]

        @property
        def opened(self) -> Group | None: ...
        def _make(self) -> None: ...
        def _present(self, make: Callable[[], Plan], *, cursor: int | None = 0) -> None: ...
        def _show_words(self) -> None: ...

    def _idle(self) -> Plan | None:
        """The plan, where it is there and nothing is under way with it."""
        if self.plan is None or self._busy:
            self.say("One moment: the plan is not ready.", severity="warning")
            return None
        return self.plan

    def do_bulk_exclude(self) -> None:
        plan = self._idle()
        if plan is None or not self._groups:
            return
        group = self.opened
        if group is None:
            chosen = [item.ticket for item in self._groups[self.entries.cursor].items]
        else:
            chosen = [group.items[self.entries.cursor].ticket]
        if not any(group.outcome in (Outcome.DO, Outcome.EXCLUDED) for group in self._chosen_groups()):
            self.say(
                "What is refused stays refused; only what would be done can be left out.", severity="warning"
            )
            return
        self._present(lambda: plan.toggled(chosen), cursor=self.entries.cursor)

    def _chosen_groups(self) -> list[Group]:
        """The group that is looked into, else the one under the cursor."""
        return [self.opened or self._groups[self.entries.cursor]]

    def do_bulk_tell(self) -> None:
        from techdesk.screens.pick import Choice, Pick

        plan = self._idle()
        if plan is None:
            return
        if plan.notice is Notice.NONE:
            self.say("Customers hear nothing of this change.")
            return
        silenced = self._shown.silenced if self._shown is not None else 0
        silent = (
            f"{silenced:,} would be refused: the policy wants them told" if silenced else "no message of ours"
        )
        choices = [
            Choice(id="notify", label="Tell them", hint_key="t", detail="in the standing words"),
            Choice(id="text", label="Tell them in my words", hint_key="w", detail="written once, for all"),
            Choice(id="silent", label="Tell nobody", hint_key="s", detail=silent),
        ]

        def chosen(choice: str | None) -> None:
            if choice == Notice.TEXT.value:
                self._write_words()
            elif choice is not None:
                self._present(lambda: plan.told(Notice(choice)))

        self.app.push_screen(
            Pick("What the customers hear", choices, typed=False, current=plan.notice), chosen
        )

    def _write_words(self) -> None:
        from techdesk.screens.bulk_words import BulkWords

        plan = self.plan
        if plan is None:
            return

        def written(text: str | None) -> None:
            if text:
                self._present(lambda: plan.told(Notice.TEXT, text))

        self.app.push_screen(BulkWords(plan.text or plan.standing_text), written)

    def do_bulk_reason(self) -> None:
        from techdesk.screens.pick import Choice, Pick

        if self._idle() is None:
            return
        if self._action != "ticket.close":
            self.say("Only closing has reasons.")
            return
        present = str(self._values.get("reason") or "")
        choices = [
            Choice(id="", label="What each log proves", detail="the reason that holds, ticket by ticket")
        ]
        choices += [Choice(id=reason, label=label, detail=reason) for reason, label in self._reasons()]

        def chosen(choice: str | None) -> None:
            if choice is not None and choice != present:
                self._values = {**self._values, "reason": choice} if choice else {}
                self._make()

        self.app.push_screen(Pick("Close: why?", choices, current=present), chosen)

    def _reasons(self) -> list[tuple[str, str]]:
        """Every reason of the policies that the tickets are under, each once."""
        found: dict[str, str] = {}
        for key in self._keys[:: max(1, len(self._keys) // 40)]:
            for reason, label, _ in self.workbench.close_reasons(key):
                if not reason.endswith("+call"):
                    found.setdefault(reason, label)
        return sorted(found.items(), key=lambda each: each[1])

    def do_bulk_canary(self) -> None:
        if self._idle() is not None:
            self._canary = 0 if self._canary else CANARY
            self._show_words()
            self.say(
                f"{CANARY} go first; their answers are shown before the others go."
                if self._canary
                else "All go."
            )

    def do_bulk_save(self) -> None:
        plan = self._idle()
        if plan is None:
            return
        from techdesk.screens.bulk_files import save_here
        from techdesk.work.plans import encode

        self.say(save_here(f"plan-{plan.id[:8]}.json", encode(plan).decode() + "\n"))
