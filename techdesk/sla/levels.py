"""Passing a ticket on, as data of a policy: support levels and the ways between them, escalation, teams."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Effect(StrEnum):
    """What happens where a rule is not kept."""

    REFUSE = "refuse"
    WARN = "warn"  # may be done after one more yes, which is logged with the rule's id
    HINT = "hint"  # said, and nothing asked


class Window(StrEnum):
    """How attempts to reach somebody have to lie in time."""

    NONE = ""
    ROLLING = "rolling"  # all inside one working day, counted from the first of them
    SAME_DATE = "same_date"  # all on one working date
    OVER = "over"  # a working day has passed since the first of them


class SupportLevel(Struct, frozen=True, kw_only=True):
    """One of the teams that a ticket climbs through."""

    id: str
    title: str
    party: str
    """Who staffs it: ``provider`` or ``vendor``."""
    reports_to: str = ""
    """The level that hears of progress and completion."""
    tells_user: bool = False
    """Whether it may write to the person who reported the ticket."""
    source: str = ""


class HandOff(Struct, frozen=True, kw_only=True):
    """A way from one support level to another."""

    id: str
    giver: str
    taker: str
    kind: str
    """``fault`` or ``request``."""
    condition: str
    """In words, for the dialog."""
    checklist: str = ""
    """The checklist that has to be complete first."""
    located: tuple[str, ...] = ()
    """Where the fault may lie: ``server``, ``unclear``; empty asks nothing."""
    immediate: bool = False
    """Done at once, without the tests that other ways ask for."""
    source: str = ""


class EscalationStep(Struct, frozen=True, kw_only=True):
    """One step of an escalation path: when the next person up may be asked."""

    id: str
    contact: str
    """Role; the site fills in who that is."""
    after: str = ""
    """The step that has to be recorded before."""
    attempts: int = 0
    """Failed attempts to reach the contact of the step before; 0 where no attempt is needed."""
    window: Window = Window.NONE
    progress_days: int = 0
    """Working days that the contact of the step before has had, once reached; 0: there is no such way."""
    calendar: str = ""
    """The working days that are counted."""
    commitment: bool = False
    """Whether only a commitment that was missed opens it, not any concern."""
    master_list: bool = False
    """Whether somebody has to confirm that the master contact list was read."""
    source: str = ""


class Team(Struct, frozen=True, kw_only=True):
    """Who should own certain tickets."""

    id: str
    title: str
    severity: tuple[int, ...] = ()
    priority: tuple[int, ...] = ()
    kind: tuple[str, ...] = ()
    escalated: bool = False
    """Also critical escalations by the customer, whatever their grade."""
    source: str = ""
