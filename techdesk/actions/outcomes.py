"""What came of an action: queued, refused with the way out, or a question to answer first."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any, TypeAlias

from msgspec import Struct


class Queued(Struct, frozen=True, kw_only=True):
    """It is on its way.

    Acknowledged once ``commit`` has its result; an exception there means that it was not kept.
    """

    batch: str
    """Undo takes back what shares this."""
    words: str
    """What was queued, without the ticket's number: ``priority P3 -> P1``."""
    commit: Future[Any]
    """Done after COMMIT. Its result: keys of the operations; of a new ticket, the ticket's local key; of
    undo, retry and drop, whether anything was changed."""
    ticket: int
    """Local key; 0 where there is none yet (a new ticket: ask ``commit``)."""
    creates: bool = False
    """Whether ``commit`` gives the key of a ticket that is new."""
    can_undo: bool = True
    """Whether undo takes it back while it is held; not so for an undo itself, a retry or a drop."""
    rule: str = ""
    """Rules that warned and were answered with yes."""
    hints: tuple[str, ...] = ()
    """What the policy has to say to it: told, and nothing is asked."""
    final: str = ""
    """Said where undo can do nothing any more once it is sent: ``then it is final``."""


class Refused(Struct, frozen=True, kw_only=True):
    """It was not done, and nothing changed."""

    what: str
    """What was not done: ``TD-10431 is not closed``."""
    why: str
    remedy: str
    rule: str
    wants_reason: bool = False
    """Whether it may be done all the same with a reason: call again with ``because``, or ``reasons``."""
    reason_for: tuple[str, ...] = ()
    """Ids of the rules that the reason is for; empty where several actions ask at once (a macro)."""

    @property
    def words(self) -> str:
        """One paragraph: what was not done, why, what to do now."""
        return f"{self.what}: {self.why} {self.remedy}".strip()


class Confirm(Struct, frozen=True, kw_only=True):
    """It can be done once a person says yes: call again with ``confirmed=True``."""

    question: str
    """Names the ticket by number and subject."""
    detail: str
    """What there is to know before saying yes; may be empty."""
    rule: str = ""
    wants_reason: bool = False
    """Whether the policy wants a reason with the yes: call again with ``because``, or ``reasons``, too."""
    reason_for: tuple[str, ...] = ()
    """Ids of the rules that the reason is for; empty where several actions ask at once (a macro)."""


Outcome: TypeAlias = Queued | Refused | Confirm
