"""Answers that a policy has the words for: they are offered, and stand in the composer then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from techdesk.model import OperationKind, Status

if TYPE_CHECKING:
    from textual.app import App

    from techdesk.actions.outcomes import Refused
    from techdesk.actions.workbench import Workbench
    from techdesk.store.rows import Row


class OfferedWords:
    """Mixed in beneath ``PolicyActions``."""

    if TYPE_CHECKING:
        app: App[Any]
        pressed: str

        @property
        def workbench(self) -> Workbench: ...
        def current_ticket(self) -> int | None: ...
        def say(self, words: str, *, severity: Any = "info") -> None: ...
        def perform(self, action_id: str, ticket: int | None, *, kept: str = "", **values: Any) -> None: ...
        def _row(self) -> Row | None: ...

    def ask_to_call(self, ticket: int, refused: Refused) -> None:
        """D3: who asks by e-mail is asked to call; the words for it are the policy's."""
        row, policy = self.workbench.reader.row(ticket), self.workbench.policy(ticket)
        template = policy.rulebook.template("call-us") if policy is not None else None
        if template is None or row is None or self.workbench.refusal("ticket.reply", ticket) is not None:
            self.say(refused.words, severity="error")
            return
        self._offer_words(
            ticket,
            f"{refused.what}: {refused.why}",
            template.text.format(number=row.number),
            lambda: self.say(refused.words, severity="error"),
        )

    def answers_with_words(self) -> bool:
        """W5: who mails to a closed ticket gets the policy's words; whether that is so here."""
        from techdesk.actions.wording import spoken
        from techdesk.rules.gate import said
        from techdesk.rules.verdicts import Warn

        key, row = self.current_ticket(), self._row()
        standing = self.workbench.standing(key) if row is not None and row.status is Status.CLOSED else None
        if key is None or row is None or standing is None or standing[1].mailed_since_closed is None:
            return False
        policy = standing[0].policy
        template = policy.rulebook.template("no-email") if policy is not None else None
        verdict = said(policy, "W5", "closed", number=row.number) if policy is not None else None
        refused = self.workbench.refusal("ticket.reply", key)
        if template is None or not isinstance(verdict, Warn) or refused is not None:
            return False
        self._offer_words(
            key,
            spoken(verdict.reason, self.workbench.surface),
            template.text.format(number=row.number),
            lambda: self.say(f"Nothing was written. A follow-up takes the place of {row.number}."),
            confirmed=True,
        )
        return True

    def _offer_words(
        self, ticket: int, question: str, words: str, otherwise: Callable[[], None], **asked: Any
    ) -> None:
        """Whether to write the policy's words to the customer; they are in the composer then."""
        from techdesk.screens.compose import Compose
        from techdesk.screens.confirm import Confirm

        def written(result: Any) -> None:
            if result is not None:
                self.perform(
                    "ticket.reply", ticket, text=result.text, then=result.then, files=result.files, **asked
                )

        def answered(yes: bool | None) -> None:
            if yes:
                self.app.push_screen(Compose(ticket, OperationKind.REPLY, initial=words), written)
            else:
                otherwise()

        self.app.push_screen(
            Confirm(
                question,
                f"Write this to the customer?\n\n{words}",
                "Write it",
                no_label="Leave it",
                opened_by=self.pressed,
            ),
            answered,
        )
