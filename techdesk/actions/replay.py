"""The gates, asked once more before an operation of the outbox goes out (POLICIES 2.6).

Hours may lie between a key and the desk: a colleague noted an absence, support closed the ticket, the site's
file says that the contract was renewed. What was decided is judged again at the time of the decision, on the
evidence of now. A refusal holds the operation for a person; a warning was answered when it was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from techdesk.actions.meaning import actions_of
from techdesk.actions.standing import evidence_of, facts_of
from techdesk.model import FieldValue, Operation, OperationKind, Status
from techdesk.rules.closure import reason_of
from techdesk.rules.customer import CustomerBook
from techdesk.rules.facts import Facts, Wish
from techdesk.rules.gates import can
from techdesk.rules.verdicts import Refuse

if TYPE_CHECKING:
    from techdesk.policies.book import PolicyBook
    from techdesk.store.database import Database
    from techdesk.store.reader import Reader
    from techdesk.store.rows import TicketView

ASKED_AGAIN = ("ticket.close", "ticket.reopen", "ticket.resolve", "ticket.status", "ticket.reply")
"""Actions whose gates look at evidence that may have changed since.

A grade is judged by who asked and when, which nothing changes afterwards; an owner by what the comparison
with the desk's own row finds; a record is a fact that happened, whatever comes later.
"""

_BESIDE = ("owner", "priority", "severity")


class Replay:
    """Asks the gates about waiting operations. Belongs to the thread that calls it first."""

    def __init__(self, database: Database, book: PolicyBook, customers: Callable[[], CustomerBook]) -> None:
        """``customers``: reads the site's files, so that what they say now counts."""
        self._database = database
        self._book = book
        self._customers = customers
        self._reader: Reader | None = None

    def __call__(self, operation: Operation) -> str:
        """Why an operation may not go out any more, in words with the rule's id; empty where it may."""
        meant = [
            each
            for each in actions_of(operation.action, operation.kind, operation.sets)
            if each in ASKED_AGAIN
        ]
        if not meant or operation.kind is OperationKind.COMMENT:
            return ""
        (asked,) = meant  # of what a macro sets only the status is asked about again
        if self._reader is None:
            self._reader = self._database.reader()
        view = self._reader.ticket(operation.ticket)
        if view is None or view.base is None:
            return ""
        decided = operation.created
        facts = _as_the_desk_has_it(facts_of(view, self._book, decided, None, self._customers()), view)
        facts = _with_the_rest(facts, operation)
        wish = _wish(operation, self._change_behind(self._reader, operation))
        if asked == "ticket.close" and reason_of(facts, wish.reason) is None:
            return ""  # a desk without closure reasons: what it was closed for is not in the operation
        evidence = evidence_of(self._reader, self._book, operation.ticket, facts, decided)
        verdict = can(asked, facts, operation.actor, decided, evidence, wish)
        # What concerns no policy (closed already, nothing to change) is what the comparison is for.
        if not isinstance(verdict, Refuse) or verdict.rule.startswith("generic."):
            return ""
        return f"[{verdict.rule}] No longer allowed: {verdict.reason}"

    @staticmethod
    def _change_behind(reader: Reader, operation: Operation) -> Mapping[str, FieldValue]:
        """What the decision sets, also for its message, which goes first.

        Nobody is told of a closure that the gates hold then.
        """
        if operation.kind is OperationKind.UPDATE:
            return operation.sets
        for line in reader.operations(ticket=operation.ticket):
            same = line.batch == operation.batch and line.action == operation.action
            if same and line.kind is OperationKind.UPDATE:
                return line.sets
        return operation.sets


def _wish(operation: Operation, sets: Mapping[str, FieldValue]) -> Wish:
    status = sets.get("status")
    return Wish(
        status=None if status is None else Status(str(status)),
        reason=str(sets.get("close_reason") or ""),
        text=operation.text or "?",
        because="?",  # what a reason lets pass had one
    )


def _as_the_desk_has_it(facts: Facts, view: TicketView) -> Facts:
    """Without the changes that still wait here: this operation is one of them."""
    base = view.base
    assert base is not None
    return replace(
        facts,
        status=base.status,
        priority=base.priority,
        severity=base.severity,
        owner=base.owner,
        close_reason=base.close_reason,
    )


def _with_the_rest(facts: Facts, operation: Operation) -> Facts:
    """The ticket as the status of a macro finds it: who owns it and its grade are set in the same write."""
    beside = {name: operation.sets[name] for name in _BESIDE if name in operation.sets}
    return replace(facts, **cast("dict[str, Any]", beside)) if beside else facts
