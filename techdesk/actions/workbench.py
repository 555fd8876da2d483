"""What screens and verbs hold: everything that one profile needs, and the one way to change a ticket.

``perform`` looks at the ticket, asks the gates, builds the operations and hands them to the store's writer.
It never waits for the disk or the network: what it answers is told at once, and ``Queued.commit`` says when
it is kept. What is refused is written to the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any

from techdesk.actions.outcomes import Confirm, Outcome, Queued, Refused
from techdesk.actions.putting_off import PuttingOff
from techdesk.actions.wording import Surface, not_done, spoken
from techdesk.clock import Clock
from techdesk.config.notices import NoticeSettings
from techdesk.model import Instant, Person, Role
from techdesk.rules.customer import CustomerBook
from techdesk.rules.verdicts import reason_wanted_by

if TYPE_CHECKING:
    from pathlib import Path

    from techdesk.actions.attaching import Kept
    from techdesk.actions.grading import GradeChoice
    from techdesk.actions.judging import Judged, Judging
    from techdesk.actions.macros import MacroPlan
    from techdesk.actions.operations import Decision
    from techdesk.actions.passing_on import WayOn
    from techdesk.actions.performing import Performing
    from techdesk.config import ProfileSettings
    from techdesk.config.macros import Canned, Macro
    from techdesk.desks.port import Capabilities
    from techdesk.policies.book import PolicyBook
    from techdesk.rules.facts import Evidence, Facts
    from techdesk.rules.rail import Rail
    from techdesk.rules.records import Records
    from techdesk.rules.rota import Rota
    from techdesk.rules.verdicts import Refuse, Verdict, Warn
    from techdesk.sla.policy import Policy
    from techdesk.store.database import Database
    from techdesk.store.reader import Reader
    from techdesk.store.rows import Pending, TicketView
    from techdesk.store.writer import Writer

_NAMED = 4
"""Tickets that are named where somebody leaves before their review."""

__all__ = ["Confirm", "Outcome", "Queued", "Refused", "Workbench"]


BULK_HOLD = 20
"""Seconds that a bulk run is held here before it goes out, to be taken back as one (UX 5)."""


class Workbench(PuttingOff):
    """One profile, opened by one thread. It belongs to that thread, as its reader does."""

    def __init__(
        self,
        database: Database,
        book: PolicyBook,
        clock: Clock,
        settings: ProfileSettings,
        *,
        read_only: bool = False,
        surface: Surface = Surface.KEYS,
        customers: CustomerBook | None = None,
    ) -> None:
        """``surface``: whether remedies name keys or verbs of the command line."""
        self.database = database
        self.book = book
        self.clock = clock
        self.settings = settings
        self.read_only = read_only or settings.read_only or database.read_only
        self.surface = surface
        self.hold_seconds = settings.hold_seconds
        self.bulk_hold_seconds = max(BULK_HOLD, settings.hold_seconds)
        self.reader: Reader = database.reader()
        self.remembered: Callable[[], Capabilities | None] = lambda: None
        """Reads what the desk could do last time, once somebody asks and no adapter has been loaded."""
        self._capabilities: Capabilities | None = None
        self.customers = CustomerBook() if customers is None else customers
        """What the site's files say of customers and teams."""
        self.read_rota: Callable[[], Rota] | None = None
        """Reads who is on call and at the desk from the site's files; None where nobody can."""
        self._rota: Rota | None = None
        self.replies: Mapping[str, Canned] = {}
        """Canned replies of the settings, by name."""
        self.macros: Mapping[str, Macro] = {}
        """Macros of the settings, by name."""
        self.notices = NoticeSettings()
        """How automatic notices are sent, for what screens say of them."""
        self._me: Person | None = None

    @property
    def rota(self) -> Rota:
        """Who is on call and at the desk; the files are read when it is first asked for, by any thread."""
        if self._rota is None:
            self._rota = self.read_rota() if self.read_rota is not None else self.rota_read
        return self._rota

    @property
    def rota_read(self) -> Rota:
        """The same, and that nothing is known as long as nobody has read the files: waits for no disk."""
        from techdesk.rules.rota import Rota

        return self._rota if self._rota is not None else Rota()

    @property
    def capabilities(self) -> Capabilities | None:
        """What the desk can do; None where nobody knows yet, and then nothing is refused for it."""
        if self._capabilities is None:
            self._capabilities, self.remembered = self.remembered(), lambda: None
        return self._capabilities

    @capabilities.setter
    def capabilities(self, found: Capabilities | None) -> None:
        self._capabilities, self.remembered = found, lambda: None

    def beside(self, reader: Reader) -> Workbench:
        """The same for another thread, with that thread's reader: it asks, and changes nothing."""
        other = copy(self)
        other.reader = reader
        for made in ("judging", "performing"):
            other.__dict__.pop(made, None)
        return other

    @property
    def writer(self) -> Writer:
        """The one writer thread of this process; started when it is first asked for."""
        return self.database.writer()

    @property
    def me(self) -> Person:
        """Who this profile is at the desk; without id and name before the first connection."""
        state = self.reader.sync_state()
        if self._me is None or state.account_id != self._me.id:
            found = self.reader.person(state.account_id) if state.account_id else None
            named = Person(id=state.account_id, name=state.account_name, role=Role.TECHNICIAN)
            if found is None:
                return named
            self._me = found
        return self._me

    @cached_property
    def judging(self) -> Judging:
        """Loaded when it is first asked: the first picture of a queue needs no gates."""
        from techdesk.actions.judging import Judging

        return Judging(self)

    @cached_property
    def performing(self) -> Performing:
        """Loaded with the first change."""
        from techdesk.actions.performing import Performing

        return Performing(self)

    # What a screen asks before it acts

    def types(self) -> tuple[str, ...]:
        """Types that a new ticket may have: those that rules know, and those seen at the desk."""
        return self.judging.types()

    def priorities(self, ticket: int) -> list[tuple[int, str, str]]:
        """Level, label and criteria of each priority, most urgent first: the policy's, else 1 to 5.

        A policy that knows severities only gives those; ``priority=`` sets the severity then.
        """
        return self.judging.priorities(ticket)

    def grades(self, ticket: int) -> list[GradeChoice]:
        """Every grade that the ticket may get, on each axis of its policy, with the target it would have.

        Pass a choice back as ``perform("ticket.priority", ticket, **{choice.axis: choice.level})``.
        """
        return self.judging.grades(ticket)

    def policy(self, ticket: int) -> Policy | None:
        """The policy of a ticket; None where it has none that can be read."""
        return self.judging.policy(ticket)

    def records(self, ticket: int) -> Records:
        """What technicians wrote down on a ticket: attempts, ticks, absences, approvals."""
        return self.judging.records(ticket)

    def standing(self, ticket: int | None) -> tuple[Facts, Evidence] | None:
        """How a ticket stands, as the gates look at it; None where it is gone."""
        return self.judging.standing(ticket)

    def ways_on(self, ticket: int, *, with_path: bool = True) -> list[WayOn]:
        """Where a ticket can go from here, each way with the gates' answer in words for this surface."""
        return self.judging.ways_on(ticket, with_path=with_path)

    def policy_for(self, fields: Mapping[str, Any]) -> Policy | None:
        """The policy that a new ticket with these fields would get."""
        return self.judging.policy_for(fields)

    def follow_up(self, ticket: int) -> tuple[dict[str, Any], str]:
        """Fields and first words of a new ticket that takes the place of one that does not reopen (W7)."""
        return self.judging.follow_up(ticket)

    def rail(self, facts: Facts, ticket: int) -> Rail | None:
        """How far the ticket has come on the way that its policy lays out; None where it lays out none."""
        return self.judging.rail(facts, ticket)

    def close_reasons(self, ticket: int) -> list[tuple[str, str, Verdict]]:
        """Id, words and the gates' answer for each way to close this ticket now."""
        return self.judging.close_reasons(ticket)

    def refusal(self, action_id: str, ticket: int | None, **how: Any) -> Refused | None:
        """Why a text for this action would be refused, asked before anybody writes it; None where it may be.

        ``how``: what is known already of how the work ended. What depends on the text's own ending (``then``)
        is asked again when it is sent.
        """
        return self.judging.refusal(action_id, ticket, how)

    def macro_plan(self, ticket: int, name: str, text: str | None = None) -> MacroPlan | None:
        """What a macro would do to a ticket; None where one of the two does not exist."""
        return self.judging.macro_plan(ticket, name, text)

    def facts(self, view: TicketView, now: Instant) -> Facts:
        """A ticket as the gates look at it, without what its conversation proves."""
        return self.judging.facts(view, now)

    def judge(
        self,
        action_id: str,
        ticket: int,
        view: TicketView,
        values: Mapping[str, Any],
        facts: Facts | None = None,
    ) -> Judged:
        """What the gates say of an action; nothing is done. ``facts``: the ticket as it will be by then."""
        return self.judging.judge(action_id, ticket, view, values, facts)

    def told(self, verdict: Verdict) -> Verdict:
        """A verdict whose sentences name keys or verbs."""
        return self.judging.told(verdict)

    # Acting

    def perform(
        self, action_id: str, ticket: int | None, *, confirmed: bool = False, **values: Any
    ) -> Outcome:
        """Do an action to a ticket, if the gates allow it: ``Performing.perform`` names the values."""
        return self.performing.perform(action_id, ticket, confirmed=confirmed, **values)

    def undo(self, *, confirmed: bool = False, batch: str = "") -> Outcome:
        """Take back the newest batch that is still here: nothing of it reaches the desk.

        Where all has been sent, the opposite of what was sent last, or of ``batch``: that asks first.
        """
        return self.performing.undo(confirmed=confirmed, batch=batch)

    def last_sent(self, batch: str = "") -> list[Pending]:
        """The batch that reached the desk last, if that was lately; or that very batch."""
        return self.performing.last_sent(batch)

    def attach(self, path: Path, with_files: Sequence[str] = ()) -> Kept | Refuse:
        """Read a file and keep it here until it is sent; ``with_files``: those of the same message."""
        return self.performing.attach(path, with_files)

    def decision(self, action_id: str, ticket: int, view: TicketView) -> Decision:
        """What the operations of one key press share."""
        return self.performing.decision(action_id, ticket, view)

    def operations_left(self) -> int:
        """Operations that the desk does not have yet, those that wait for a person included."""
        return self.reader.unsent()

    def leaving(self) -> str:
        """What the policies have to say to somebody who leaves now (D17, W3); empty where nothing waits.

        Each that asks for a review before the end of a shift names its own tickets; the remedy is told once.
        """
        left = self.reader.unreviewed(_NAMED)
        if not left:
            return ""
        from techdesk.actions.standing import policy_of
        from techdesk.rules.leaving import before_leaving

        reasons: list[str] = []
        remedies: dict[str, None] = {}
        for each in left:
            policy = policy_of(self.book, each.policy)
            verdict = before_leaving(policy, each.count, each.numbers) if policy is not None else None
            if verdict is not None:
                reasons.append(verdict.reason)
                remedies[spoken(verdict.remedy, self.surface)] = None
        return " ".join([*reasons, *remedies])

    def follow_policies(self) -> Future[int]:
        """Compute the clocks of the lists anew where a policy, or which one applies, has changed since."""
        told = self.book.fingerprint() + self.customers.fingerprint()
        if self.capabilities is not None and self.capabilities.always_graded:
            told += "graded"
        return self.writer.follow_policies(told, self.clock.now())

    def name_of(self, person: str) -> str:
        """A person's name by id; ``you`` for yourself."""
        if not person:
            return "nobody"
        if person == self.me.id:
            return "you"
        found = self.reader.person(person)
        return found.name if found is not None else person

    def agree(self, action_id: str, ticket: int | None, warning: Warn) -> None:
        """Write to the journal what is done though a policy's rule warned of it, with the rule's id.

        What warns without a policy (``generic.steal``) is only asked: it is no rule that anybody answers for.
        """
        if all(rule.startswith("generic.") for rule in warning.rule.split(", ")):
            return
        words = spoken(warning.reason, self.surface)
        self.writer.note(
            actor=self.me.id,
            action=action_id,
            ticket=ticket,
            outcome="warned",
            detail=f"[{warning.rule}] {words}",
            now=self.clock.now(),
        )

    def refuse(self, action_id: str, ticket: int | None, number: str, refusal: Refuse) -> Refused:
        """Answer no, in words for this surface, and write it to the journal with the rule's id."""
        refused = Refused(
            what=not_done(action_id, number),
            why=spoken(refusal.reason, self.surface),
            remedy=spoken(refusal.remedy, self.surface),
            rule=refusal.rule,
            wants_reason=refusal.wants_reason,
            reason_for=reason_wanted_by(refusal),
        )
        self.writer.note(
            actor=self.me.id,
            action=action_id,
            ticket=ticket,
            outcome="refused",
            detail=f"[{refusal.rule}] {refused.words}",
            now=self.clock.now(),
        )
        return refused
