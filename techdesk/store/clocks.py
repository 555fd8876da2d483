"""What the store asks of the policies: which one a ticket falls under, and where its targets stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeAlias

from techdesk.model import Instant
from techdesk.sla.evaluation import Evaluation
from techdesk.sla.history import History
from techdesk.sla.policy_error import PolicyError

if TYPE_CHECKING:
    from techdesk.sla.policy import Policy


class PolicyBook(Protocol):
    """The shape of ``techdesk.policies.book.PolicyBook`` as far as the store needs it."""

    def choose(
        self, organisation: str = "", queue: str = "", tags: Sequence[str] = (), hint: str = ""
    ) -> str:
        """Name of the policy for a ticket, from names of its organisation and queue."""
        ...

    def get(self, name: str, version: str = "") -> Policy | None:
        """The policy of a name. Raises PolicyError for a file with a fault."""
        ...

    def evaluate(self, policy_name: str, history: History, now: Instant) -> Evaluation:
        """Every target of a ticket."""
        ...


Assign: TypeAlias = Callable[[str, str, tuple[str, ...], str], str]
"""(organisation's name, queue's name, tags, the desk's own hint) -> name of the policy."""
Complete: TypeAlias = Callable[[History], History]
"""Adds what a site's own files know of a customer, where the desk says nothing: a VIP, the region."""


def _as_it_is(history: History) -> History:
    return history


class Clocks:
    """A policy book that several threads may ask: it compiles calendars as it goes, so one at a time."""

    def __init__(
        self, book: PolicyBook, assign: Assign | None = None, complete: Complete | None = None
    ) -> None:
        self._book = book
        self.complete: Complete = complete or _as_it_is
        self._assign: Assign = assign or book.choose
        self._lock = Lock()

    def policy(self, organisation: str, queue: str, tags: tuple[str, ...], hint: str) -> str:
        """Name of the policy, or empty."""
        return self._assign(organisation, queue, tags, hint)

    def named(self, policy: str) -> Policy | None:
        """The policy of a name; None for none, and for one that cannot be read."""
        try:
            return self._book.get(policy) if policy else None
        except PolicyError:
            return None

    def evaluate(self, policy: str, history: History, now: Instant) -> Evaluation:
        """Every target of a ticket at ``now``."""
        with self._lock:
            return self._book.evaluate(policy, history, now)
