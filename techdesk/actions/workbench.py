"""What screens and verbs hold: everything that one profile needs, and the one way to change a ticket.

``perform`` looks at the ticket, asks the gates, builds the operations and hands them to the store's writer.
It never waits for the disk or the network: what it answers is told at once, and ``Queued.commit`` says when
it is kept. What is refused is written to the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.actions.attaching import ASSUMED_BYTES, Kept, read_file, shown
from techdesk.actions.effects import DeskFields, noted_words, operations_of, wish_of, words_of
from techdesk.actions.grading import PRIORITY, GradeChoice, grade_choices
from techdesk.actions.linking import other_ticket, plain_words
from techdesk.actions.macros import MacroPlan, named, operations_for, plan_of
from techdesk.actions.noting import kinds, notes_of
from techdesk.actions.opening import NewTicket, checked, follow_up_of
from techdesk.actions.operations import Decision, new_id
from techdesk.actions.outcomes import Confirm, Outcome, Queued, Refused
from techdesk.actions.passing_on import WayOn, ways_on
from techdesk.actions.putting_off import PuttingOff
from techdesk.actions.registry import Tier, action
from techdesk.actions.standing import NOTES_READ, evidence_of, facts_of, new_facts, person_of, policy_of
from techdesk.actions.wording import Surface, not_done, spoken
from techdesk.clock import Clock
from techdesk.model import Instant, Operation, OperationState, Person, Role
from techdesk.rules.closure import BY_CALL, reason_of, reasons
from techdesk.rules.customer import CustomerBook
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case
from techdesk.rules.gates import NO_TICKET, READ_ONLY, can
from techdesk.rules.hints import hints
from techdesk.rules.passing import team_for
from techdesk.rules.records import Records, fold
from techdesk.rules.verdicts import OK, Ok, Refuse, Verdict, Warn, worst
from techdesk.sla.policy import Need, Policy
from techdesk.store.rows import Pending, Row, TicketView

if TYPE_CHECKING:
    from pathlib import Path

    from techdesk.config import ProfileSettings
    from techdesk.config.macros import Canned, Macro
    from techdesk.desks.port import Capabilities
    from techdesk.policies.book import PolicyBook
    from techdesk.store.database import Database
    from techdesk.store.reader import Reader
    from techdesk.store.writer import Writer

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
        self.capabilities: Capabilities | None = None
        """What the desk can do; None until an adapter has been loaded, and then nothing is refused for it."""
        self.customers = CustomerBook() if customers is None else customers
        """What the site's files say of customers and teams."""
        self.replies: Mapping[str, Canned] = {}
        """Canned replies of the settings, by name."""
        self.macros: Mapping[str, Macro] = {}
        """Macros of the settings, by name."""
        self._me: Person | None = None

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

    # What a screen asks before it acts

    def priorities(self, ticket: int) -> list[tuple[int, str, str]]:
        """Level, label and criteria of each priority, most urgent first: the policy's, else 1 to 5.

        A policy that knows severities only gives those; ``priority=`` sets the severity then.
        """
        row = self.reader.row(ticket)
        policy = policy_of(self.book, row.clock.policy) if row is not None else None
        levels = policy.priorities or policy.severities if policy is not None else ()
        if levels:
            return [
                (grade.level, f"{grade.label} {grade.title}".strip(), "; ".join(grade.criteria))
                for grade in sorted(levels, key=lambda grade: grade.level)
            ]
        return self._priorities_seen(row)

    def grades(self, ticket: int) -> list[GradeChoice]:
        """Every grade that the ticket may get, on each axis of its policy, with the target it would have.

        Pass a choice back as ``perform("ticket.priority", ticket, **{choice.axis: choice.level})``.
        """
        row = self.reader.row(ticket)
        policy = policy_of(self.book, row.clock.policy) if row is not None else None
        if row is None or policy is None or not (policy.priorities or policy.severities):
            present = row.priority if row is not None else None
            return [
                GradeChoice(axis=PRIORITY, level=level, label=label, current=present == level)
                for level, label, _ in self._priorities_seen(row)
            ]
        return grade_choices(policy, self.book, self.reader.history(ticket), self.clock.now())

    def policy(self, ticket: int) -> Policy | None:
        """The policy of a ticket; None where it has none that can be read."""
        row = self.reader.row(ticket)
        return policy_of(self.book, row.clock.policy) if row is not None else None

    def records(self, ticket: int) -> Records:
        """What technicians wrote down on a ticket: attempts, ticks, absences, approvals."""
        return fold(self.reader.conversation(ticket, count=NOTES_READ))

    def standing(self, ticket: int | None) -> tuple[Facts, Evidence] | None:
        """How a ticket stands, as the gates look at it; None where it is gone."""
        view = self.reader.ticket(ticket) if ticket is not None else None
        if view is None or ticket is None:
            return None
        now = self.clock.now()
        facts = self.facts(view, now)
        return facts, evidence_of(self.reader, self.book, ticket, facts, now)

    def ways_on(self, ticket: int, *, with_path: bool = True) -> list[WayOn]:
        """Where a ticket can go from here, each way with the gates' answer in words for this surface."""
        standing = self.standing(ticket)
        if standing is None:
            return []
        facts, evidence = standing
        now, me = self.clock.now(), self.me.id

        def ask(action_id: str, wish: Wish) -> Verdict:
            return self.told(can(action_id, facts, me, now, evidence, wish))

        return ways_on(facts, evidence, ask, with_path=with_path)

    def policy_for(self, fields: Mapping[str, Any]) -> Policy | None:
        """The policy that a new ticket with these fields would get."""
        return new_facts(fields, self.reader, self.book, self.clock.now(), self.customers).policy

    def follow_up(self, ticket: int) -> tuple[dict[str, Any], str]:
        """Fields and first words of a new ticket that takes the place of one that does not reopen (W7)."""
        view = self.reader.ticket(ticket)
        policy = policy_of(self.book, view.row.clock.policy) if view is not None else None
        return ({}, "") if view is None else follow_up_of(view, policy)

    def close_reasons(self, ticket: int) -> list[tuple[str, str, Verdict]]:
        """Id, words and the gates' answer for each way to close this ticket now."""
        view = self.reader.ticket(ticket)
        if view is None:
            return []
        now = self.clock.now()
        facts = self.facts(view, now)
        evidence = evidence_of(self.reader, self.book, ticket, facts, now)
        offered: list[tuple[str, str]] = []
        for reason in reasons(facts):
            offered.append((reason.id, reason.label))
            if Need.CONFIRMED in reason.needs and evidence.confirmed_at is None:
                offered.append((reason.id + BY_CALL, "Confirmed on the phone now: logs the call"))
        return [
            (reason_id, words, self.told(self._ask("ticket.close", facts, now, evidence, reason_id)))
            for reason_id, words in offered
        ]

    def operations_left(self) -> int:
        """Operations that the desk does not have yet, those that wait for a person included."""
        return self.reader.unsent()

    def follow_policies(self) -> Future[int]:
        """Compute the clocks of the lists anew where a policy, or which one applies, has changed since."""
        return self.writer.follow_policies(self.book.fingerprint(), self.clock.now())

    def attach(self, path: Path, with_files: Sequence[str] = ()) -> Kept | Refuse:
        """Read a file and keep it here until it is sent; ``with_files``: those of the same message."""
        limit = self.capabilities.upload_bytes if self.capabilities is not None else ASSUMED_BYTES
        there = sum(file.size for file in self.reader.files(with_files))
        file = read_file(path, limit, there, new_id())
        if isinstance(file, Refuse):
            return file
        return Kept(file=shown(file), commit=self.writer.keep_file(file, self.clock.now()))

    def refusal(self, action_id: str, ticket: int | None) -> Refused | None:
        """Why a text for this action would be refused, asked before anybody writes it; None where it may be.

        What depends on the text's own ending (``then``) is asked again when it is sent.
        """
        view = self.reader.ticket(ticket) if ticket is not None else None
        if view is None or ticket is None:
            return self._refuse(action_id, ticket, "", NO_TICKET)
        desk, now = DeskFields.of(self.capabilities), self.clock.now()
        facts = self.facts(view, now)
        wish = wish_of(action_id, view.row, {"text": "?"}, policy=facts.policy, me=self.me.id, desk=desk)
        evidence = evidence_of(self.reader, self.book, ticket, facts, now)
        verdict = can(action_id, facts, self.me.id, now, evidence, wish)
        if not isinstance(verdict, Refuse):
            return None
        return self._refuse(action_id, ticket, view.row.number, verdict)

    # Acting

    def perform(
        self, action_id: str, ticket: int | None, *, confirmed: bool = False, **values: Any
    ) -> Outcome:
        """Do an action to a ticket, if the gates allow it.

        ``values``: ``priority`` (1 is the most urgent), ``owner`` (a person's id, or empty for nobody),
        ``status``, ``text``, ``files`` (ids that ``attach`` gave),
        ``then`` (``waiting``, ``resolved`` or empty), ``reason`` (id of a closure
        reason), ``channel`` (``phone`` makes a comment the log of a call; how a customer asked), ``fields``
        (of a new ticket, or of a record) and ``operation`` (key of an outbox line). Grading takes
        ``severity``, or ``level`` on the axis that the policy grades by; ``asked_by`` (``customer``,
        ``desk``), ``caller`` (id or address), ``because`` (a reason, recorded) and ``criteria`` (those that
        were ticked). ``resolution`` is how the work ended, ``same_problem`` false keeps a reopening from
        another problem. ``ticket.call``: ``caller``, ``confirms``; ``ticket.record``: ``kind``, ``fields``,
        ``at``; ``replaces``: key of an operation in conflict that this takes the place of;
        ``ticket.escalate``: ``step``, ``team``, ``master_list`` (its date), ``reached``,
        ``missing``; ``ticket.hand_off``: ``hand_off`` (id of the way). ``ticket.tag``: ``add`` and
        ``remove``; so ``ticket.watch`` (ids or addresses) and ``ticket.unlink`` (links as the desk has
        them); ``ticket.link``: ``relation`` and ``other`` (number or id), ``ticket.merge``: ``other``;
        ``ticket.time``: ``minutes``, ``text``; ``ticket.macro``: ``macro`` (its
        name), ``text`` instead of its reply, ``shown``: the ``changes`` of the plan that was agreed to.
        """
        act = action(action_id)
        if act.changes and self.read_only:
            return self._refuse(action_id, ticket, "", self._why_read_only())
        if action_id == "app.undo":
            return self.undo(confirmed=confirmed)
        if action_id in ("outbox.retry", "outbox.drop"):
            return self._outbox(action_id, int(values["operation"]), confirmed=confirmed)
        if action_id.startswith("conflict."):
            from techdesk.actions.settling import settle  # most sessions have nothing to settle

            return settle(self, action_id, int(values["operation"]), confirmed=confirmed)
        if action_id == "ticket.new":
            text, because = str(values.get("text") or ""), str(values.get("because") or "")
            return self._open_ticket(values.get("fields") or {}, text, because, confirmed)
        view = self.reader.ticket(ticket) if ticket is not None else None
        if view is None or ticket is None:
            return self._refuse(action_id, ticket, "", NO_TICKET)
        if action_id == "ticket.resolve" and values.get("then") == "waiting":
            action_id = "ticket.reply"  # the writer chose otherwise while writing
        if action_id == "ticket.snooze":
            return self.put_off(ticket, view, values, confirmed)
        if action_id == "ticket.macro":
            return self._macro(ticket, view, values, confirmed)
        return self._change(action_id, ticket, view, values, confirmed=confirmed)

    def undo(self, *, confirmed: bool = False, batch: str = "") -> Outcome:
        """Take back the newest batch that is still here: nothing of it reaches the desk.

        Where all has been sent, the opposite of what was sent last, or of ``batch``: that asks first.
        """
        if self.read_only:
            return self._refuse("app.undo", None, "", self._why_read_only())
        newest = self.reader.undoable() if not batch else None
        if newest is None:
            sent = self.last_sent(batch)
            if sent:
                from techdesk.actions.reversing import take_back_sent  # most sessions undo what is held

                return take_back_sent(self, sent, confirmed=confirmed)
            nothing = Refuse(
                reason="Nothing of yours is still held here, and nothing was sent lately.",
                remedy="What has been sent is changed back with the same keys.",
                rule="generic.nothing_to_undo",
            )
            return self._refuse("app.undo", None, "", nothing)
        lines = [line for line in self.reader.operations(ticket=newest.ticket) if line.batch == newest.batch]
        what = ", ".join(line.what for line in lines) or newest.what
        self.forget_snooze(newest.batch)
        run = self.reader.batch(newest.batch)
        if run is not None:
            what = run.title
        commit = self.writer.undo(newest.batch, self.clock.now())
        words = f"taken back: {what}"
        return Queued(batch=newest.batch, words=words, commit=commit, ticket=newest.ticket, can_undo=False)

    def last_sent(self, batch: str = "") -> list[Pending]:
        """The batch that reached the desk last, if that was lately; or that very batch."""
        from techdesk.actions.reversing import RECENT

        return self.reader.last_sent(self.me.id, since=self.clock.now() - RECENT, batch=batch)

    # One ticket

    def _change(
        self, action_id: str, ticket: int, view: TicketView, values: Mapping[str, Any], *, confirmed: bool
    ) -> Outcome:
        desk = DeskFields.of(self.capabilities)
        judged = self.judge(action_id, ticket, view, values)
        facts, wish, verdict = judged.facts, judged.wish, judged.verdict
        if isinstance(verdict, Refuse):
            return self._refuse(action_id, ticket, view.row.number, verdict)
        warning = verdict if isinstance(verdict, Warn) else None
        final = self._final(action_id, ticket, facts, wish)
        if not confirmed and (warning is not None or action(action_id).tier >= Tier.CONFIRM):
            told = [spoken(warning.reason, self.surface)] if warning is not None else []
            if final:
                told.append(f"Held {self.hold_seconds} s, {final}.")
            return Confirm(
                question=f"{action(action_id).title}: {view.row.number} {view.row.subject}?",
                detail=" ".join(told),
                rule=warning.rule if warning is not None else "",
            )
        decision = self._decision(action_id, ticket, view)
        reason = reason_of(facts, wish.reason)
        label = reason.label if reason is not None else wish.reason
        operations = [
            *notes_of(decision, facts, wish, values),
            *operations_of(decision, view, wish, desk, label, values),
        ]
        return Queued(
            batch=decision.batch,
            words=words_of(action_id, view.row, wish, self.name_of, facts.policy)
            or plain_words(action_id, view, wish, self.name_of, self.reader)
            or noted_words(action_id, wish, values),
            commit=self._queue(operations, values.get("replaces"), decision.now),
            ticket=ticket,
            final=final,
            hints=judged.hints,
            rule=warning.rule if warning is not None else "",
        )

    def _final(self, action_id: str, ticket: int, facts: Facts, wish: Wish) -> str:
        """What is said before of a change that undo cannot take back once it is sent; mostly empty."""
        if wish.text is None and (wish.status is None or wish.status.is_active):
            return ""
        from techdesk.actions.reversing import final_words

        return final_words(self, action_id, ticket, facts, wish)

    def _queue(self, operations: Sequence[Operation], replaces: int | None, now: Instant) -> Future[Any]:
        """Store operations, also in the place of one that waited for a decision."""
        if replaces is None:
            return self.writer.enqueue(operations)
        return self.writer.replace(replaces, operations, now)

    def judge(
        self,
        action_id: str,
        ticket: int,
        view: TicketView,
        values: Mapping[str, Any],
        facts: Facts | None = None,
    ) -> Judged:
        """What the gates say of an action; nothing is done. ``facts``: the ticket as it will be by then."""
        desk, now = DeskFields.of(self.capabilities), self.clock.now()
        facts = self.facts(view, now) if facts is None else facts
        seen = tuple(level for level, _, _ in self._priorities_seen(view.row))
        other: Verdict = OK
        if "other" in values:
            values, other = other_ticket(self.reader, view, action_id, values)
            if isinstance(other, Refuse):
                return Judged(facts, Wish(), other)
        wish = wish_of(
            action_id,
            view.row,
            values,
            policy=facts.policy,
            seen=seen,
            me=self.me.id,
            desk=desk,
            view=view,
        )
        wish = self._with_people(action_id, wish, facts, values)
        if action_id == "ticket.record" and values.get("kind") not in kinds(facts):
            return Judged(facts, wish, _no_such_record(kinds(facts)))
        evidence = evidence_of(self.reader, self.book, ticket, facts, now)
        verdict = can(action_id, facts, self.me.id, now, evidence, wish)
        case = Case(action=action_id, ticket=facts, actor=self.me.id, now=now, evidence=evidence, wish=wish)
        told = tuple(spoken(words, self.surface) for words in hints(case))
        return Judged(facts, wish, worst([verdict, other]), told)

    def _decision(self, action_id: str, ticket: int, view: TicketView) -> Decision:
        return Decision(
            batch=new_id(),
            action=action_id,
            actor=self.me.id,
            now=self.clock.now(),
            hold_seconds=self.hold_seconds,
            ticket=ticket,
            ticket_id=view.base.id if view.base is not None else "",
            evidence=view.last_customer_message,
            judged=view.base is not None,
        )

    def macro_plan(self, ticket: int, name: str, text: str | None = None) -> MacroPlan | None:
        """What a macro would do to a ticket; None where one of the two does not exist."""
        macro = self.macros.get(name)
        return None if macro is None else plan_of(self, ticket, macro, text)

    def _macro(self, ticket: int, view: TicketView, values: Mapping[str, Any], confirmed: bool) -> Outcome:
        """Never done at once: the difference is the question, asked anew where it is another by now."""
        macro = named(self.macros, str(values.get("macro") or ""))
        if isinstance(macro, Refuse):
            return self._refuse("ticket.macro", ticket, view.row.number, macro)
        decision = self._decision("ticket.macro", ticket, view)
        plan, operations = operations_for(
            self, decision, view, macro, values.get("text"), tuple(values.get("files") or ())
        )
        if plan.refusal is not None:
            return self._refuse("ticket.macro", ticket, view.row.number, plan.refusal)
        if not confirmed or values.get("shown", plan.changes) != plan.changes:
            question = f"{macro.title}: {view.row.number} {view.row.subject}?"
            return Confirm(question=question, detail=plan.difference)
        return Queued(
            batch=decision.batch,
            words=f"{macro.title}: {', '.join(step.words for step in plan.steps if not step.unchanged)}",
            commit=self.writer.enqueue(operations),
            ticket=ticket,
        )

    # New tickets and the outbox

    def _open_ticket(self, fields: Mapping[str, Any], text: str, because: str, confirmed: bool) -> Outcome:
        if self.capabilities is not None and not self.capabilities.create:
            cannot = Refuse(
                reason="This help desk lets nobody open tickets through its interface.",
                remedy="Open it on the desk's own pages; it appears here with the next sync.",
                rule="generic.no_create",
            )
            return self._refuse("ticket.new", None, "", cannot)
        known = self.capabilities.create_fields if self.capabilities is not None else None
        new = checked(fields, self.reader.queues(), known)
        if not isinstance(new, NewTicket):
            return self._refuse("ticket.new", None, "", new)
        now = self.clock.now()
        facts = new_facts(new.sets, self.reader, self.book, now, self.customers)
        told = Evidence(told=f"{new.subject}\n{text}")
        wish = Wish(text=text, because=because, person=facts.requester)
        verdict = can("ticket.new", facts, self.me.id, now, told, wish)
        if isinstance(verdict, Refuse):
            return self._refuse("ticket.new", None, "", verdict)
        if isinstance(verdict, Warn) and not confirmed:
            question = f"Open a ticket: {new.subject}?"
            return Confirm(question=question, detail=spoken(verdict.reason, self.surface), rule=verdict.rule)
        decision = Decision(
            batch=new_id(),
            action="ticket.new",
            actor=self.me.id,
            now=now,
            hold_seconds=self.hold_seconds,
            ticket=0,
        )
        commit = self.writer.create(decision.create(new.sets, text.strip()))
        return Queued(batch=decision.batch, words=f"new ticket: {new.subject}", commit=commit, ticket=0)

    def _outbox(self, action_id: str, operation: int, *, confirmed: bool) -> Outcome:
        line = next((line for line in self.reader.operations() if line.key == operation), None)
        if line is None:
            gone = Refuse(
                reason="This line is no longer in the outbox.",
                remedy="Look again.",
                rule="generic.no_operation",
            )
            return self._refuse(action_id, None, "", gone)
        if action_id == "outbox.drop" and line.state is OperationState.SENT:
            on_its_way = Refuse(
                reason=f"It has been sent to the desk, and the answer is not here yet ({line.what}).",
                remedy="<app.sync> asks for it.",
                rule="generic.sent",
            )
            return self._refuse(action_id, line.ticket, line.number, on_its_way)
        if action_id == "outbox.drop" and not confirmed:
            return Confirm(
                question=f"Drop for good: {line.what} of {line.number} {line.subject}?",
                detail="The ticket keeps the desk's value." + (" The text is lost." if line.text else ""),
            )
        act: Callable[[int, Instant], Future[bool]] = (
            self.writer.drop if action_id == "outbox.drop" else self.writer.retry
        )
        words = f"{'dropped' if action_id == 'outbox.drop' else 'tried again'}: {line.what}"
        commit = act(operation, self.clock.now())
        return Queued(batch=line.batch, words=words, commit=commit, ticket=line.ticket, can_undo=False)

    # Facts and evidence

    def facts(self, view: TicketView, now: Instant) -> Facts:
        """A ticket as the gates look at it, without what its conversation proves."""
        return facts_of(view, self.book, now, self.capabilities, self.customers)

    def _with_people(self, action_id: str, wish: Wish, facts: Facts, values: Mapping[str, Any]) -> Wish:
        """The wish with who is named in it: a caller, a new owner and whether they are in the right team."""
        caller = person_of(self.reader, str(values.get("caller") or ""))
        owner = self.reader.person(wish.owner) if wish.owner else None
        team = None
        if owner is not None and facts.policy is not None:
            team = team_for(facts.policy, facts.kind, facts.severity, facts.priority)
        inside = self.customers.in_team(team.id, owner) if team is not None else None
        copies = tuple(
            found
            for each in (values.get("add") or () if action_id == "ticket.watch" else ())
            if (found := person_of(self.reader, str(each))) is not None
        )
        return replace(wish, caller=caller, person=owner, in_team=inside, copies=copies)

    def _ask(self, action_id: str, facts: Facts, now: Instant, evidence: Evidence, reason: str) -> Verdict:
        wish = Wish(reason=reason, status=DeskFields.of(self.capabilities).closing_status)
        return can(action_id, facts, self.me.id, now, evidence, wish)

    def _priorities_seen(self, row: Row | None) -> list[tuple[int, str, str]]:
        """Where no policy names priorities: the desk's own, else 1 to 5, or as far as this ticket's goes."""
        words = self.capabilities.priorities if self.capabilities is not None else {}
        labels = words.get(row.queue_name if row is not None else "") or words.get("*", ())
        if labels:
            return [(level, label, "") for level, label in enumerate(labels, start=1)]
        lowest = max(5, row.priority or 0) if row is not None else 5
        return [(level, f"P{level}", "") for level in range(1, lowest + 1)]

    def name_of(self, person: str) -> str:
        """A person's name by id; ``you`` for yourself."""
        if not person:
            return "nobody"
        if person == self.me.id:
            return "you"
        found = self.reader.person(person)
        return found.name if found is not None else person

    # Answers

    def _why_read_only(self) -> Refuse:
        trouble = self.database.trouble
        if trouble is None:
            return READ_ONLY
        return Refuse(reason=trouble.words, remedy=trouble.remedy, rule="generic.read_only")

    def told(self, verdict: Verdict) -> Verdict:
        """A verdict whose sentences name keys or verbs."""
        match verdict:
            case Refuse():
                remedy = spoken(verdict.remedy, self.surface)
                return Refuse(reason=verdict.reason, remedy=remedy, rule=verdict.rule)
            case Warn():
                return Warn(reason=spoken(verdict.reason, self.surface), rule=verdict.rule)
            case Ok():
                return verdict

    def refuse(self, action_id: str, ticket: int | None, number: str, refusal: Refuse) -> Refused:
        """Answer no, in words for this surface, and write it to the journal."""
        return self._refuse(action_id, ticket, number, refusal)

    def _refuse(self, action_id: str, ticket: int | None, number: str, refusal: Refuse) -> Refused:
        """Answer no, and write it to the journal with the rule's id."""
        refused = Refused(
            what=not_done(action_id, number),
            why=spoken(refusal.reason, self.surface),
            remedy=spoken(refusal.remedy, self.surface),
            rule=refusal.rule,
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


class Judged(Struct, frozen=True):
    """An action on a ticket, as the gates saw it, and what they said."""

    facts: Facts
    wish: Wish
    verdict: Verdict
    hints: tuple[str, ...] = ()
    """What the policy has to say where it may be done."""


def _no_such_record(known: Sequence[str]) -> Refuse:
    return Refuse(
        reason="There is no such record.",
        remedy=f"Choose one of: {', '.join(known)}.",
        rule="generic.record",
    )
