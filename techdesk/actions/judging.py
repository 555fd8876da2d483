"""What a screen asks before it acts: how a ticket stands, what it may get, what the gates say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.actions.because import belonging, reasons_of, words_of
from techdesk.actions.bench_part import BenchPart
from techdesk.actions.effects import DeskFields, wish_of
from techdesk.actions.grading import PRIORITY, GradeChoice, grade_choices, named
from techdesk.actions.linking import other_ticket
from techdesk.actions.macros import MacroPlan, plan_of
from techdesk.actions.noting import kinds
from techdesk.actions.opening import follow_up_of, types_of
from techdesk.actions.outcomes import Refused
from techdesk.actions.passing_on import WayOn, ways_on
from techdesk.actions.standing import NOTES_READ, evidence_of, facts_of, new_facts, person_of, policy_of
from techdesk.actions.wording import spoken
from techdesk.model import Instant, Status
from techdesk.rules.closure import BY_CALL, denied, proof, reason_of, reasons
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import Case
from techdesk.rules.gates import NO_TICKET, can
from techdesk.rules.hints import hints
from techdesk.rules.passing import not_in_team, owning_team, team_for
from techdesk.rules.rail import Rail, has_rail, rail
from techdesk.rules.records import QUALIFICATION, Records, fold
from techdesk.rules.verdicts import OK, Ok, Refuse, Verdict, Warn, worst
from techdesk.sla.policy import Need, Policy
from techdesk.store.lists import Graded
from techdesk.store.rows import Row, TicketView


class Judging(BenchPart):
    """The questions of one workbench."""

    def priorities(self, ticket: int) -> list[tuple[int, str, str]]:
        """Level, label and criteria of each priority, most urgent first: the policy's, else 1 to 5.

        A policy that knows severities only gives those; ``priority=`` sets the severity then.
        """
        row = self._reader.row(ticket)
        policy = policy_of(self._bench.book, row.clock.policy) if row is not None else None
        levels = policy.priorities or policy.severities if policy is not None else ()
        if levels:
            return [
                (grade.level, named(grade.label, grade.title), "; ".join(grade.criteria))
                for grade in sorted(levels, key=lambda grade: grade.level)
            ]
        return self._priorities_seen(row)

    def grades(self, ticket: int) -> list[GradeChoice]:
        """Every grade that the ticket may get, on each axis of its policy, with the target it would have.

        Pass a choice back as ``perform("ticket.priority", ticket, **{choice.axis: choice.level})``.
        """
        row = self._reader.row(ticket)
        policy = policy_of(self._bench.book, row.clock.policy) if row is not None else None
        if row is None or policy is None or not (policy.priorities or policy.severities):
            present = row.priority if row is not None else None
            return [
                GradeChoice(axis=PRIORITY, level=level, label=label, current=present == level)
                for level, label, _ in self._priorities_seen(row)
            ]
        return grade_choices(policy, self._bench.book, self._reader.history(ticket), self._now)

    def policy(self, ticket: int) -> Policy | None:
        """The policy of a ticket; None where it has none that can be read."""
        row = self._reader.row(ticket)
        return policy_of(self._bench.book, row.clock.policy) if row is not None else None

    def records(self, ticket: int) -> Records:
        """What technicians wrote down on a ticket: attempts, ticks, absences, approvals."""
        return fold(self._reader.conversation(ticket, count=NOTES_READ))

    def standing(self, ticket: int | None) -> tuple[Facts, Evidence] | None:
        """How a ticket stands, as the gates look at it; None where it is gone."""
        view = self._reader.ticket(ticket) if ticket is not None else None
        if view is None or ticket is None:
            return None
        now = self._now
        facts = self.facts(view, now)
        return facts, evidence_of(self._reader, self._bench.book, ticket, facts, now)

    def ways_on(self, ticket: int, *, with_path: bool = True) -> list[WayOn]:
        """Where a ticket can go from here, each way with the gates' answer in words for this surface."""
        standing = self.standing(ticket)
        if standing is None:
            return []
        facts, evidence = standing
        now, me = self._now, self._me

        def ask(action_id: str, wish: Wish) -> Verdict:
            return self.told(can(action_id, facts, me, now, evidence, wish))

        return ways_on(facts, evidence, ask, with_path=with_path)

    def new_facts(self, fields: Mapping[str, Any]) -> Facts:
        """A ticket with these fields, as the gates look at it before it is opened."""
        return new_facts(fields, self._reader, self._bench.book, self._now, self._bench.customers)

    def types(self) -> tuple[str, ...]:
        """Types that a new ticket may have: those that rules know, and those seen at the desk."""
        return types_of(each.text for each in self._reader.known_values("kind", ""))

    def policy_for(self, fields: Mapping[str, Any]) -> Policy | None:
        """The policy that a new ticket with these fields would get."""
        return self.new_facts(fields).policy

    def new_wish(self, facts: Facts, owner: str, text: str, reason: Mapping[str, Any]) -> Wish:
        """What opening a ticket asks of the gates; ``owner``: id of who is to have it, or empty.

        ``reason``: ``because`` and ``reasons``, as of every action.
        """
        person = self._reader.person(owner) if owner else None
        team = owning_team(facts, Records()) if person is not None else None
        inside = self._bench.customers.in_team(team.id, person) if team is not None else None
        wish = Wish(
            text=text,
            because=words_of(reason),
            reasons=reasons_of(reason),
            owner=owner or None,
            person=person,
            in_team=inside,
        )
        told, now = Evidence(told=f"{facts.subject}\n{text}"), self._now
        return belonging(wish, reason, lambda each: can("ticket.new", facts, self._me, now, told, each))

    def follow_up(self, ticket: int) -> tuple[dict[str, Any], str]:
        """Fields and first words of a new ticket that takes the place of one that does not reopen (W7)."""
        view = self._reader.ticket(ticket)
        policy = policy_of(self._bench.book, view.row.clock.policy) if view is not None else None
        if view is None:
            return {}, ""
        customer = self._bench.customers.find(view.row.organisation_name)
        known = self._bench.capabilities.create_fields if self._bench.capabilities is not None else None
        return follow_up_of(view, policy, customer.product if customer is not None else "", known)

    def owning_team(self, ticket: int) -> str:
        """Id of the team that should own a ticket (DD4); empty where its policy wants none for it."""
        standing = self.standing(ticket)
        team = owning_team(standing[0], standing[1].records) if standing is not None else None
        return team.id if team is not None else ""

    def owning_team_of_new(self, fields: Mapping[str, Any]) -> str:
        """The same for a ticket that is about to be opened with these fields."""
        team = owning_team(self.new_facts(fields), Records())
        return team.id if team is not None else ""

    def owning_team_of_many(self, grades: Mapping[Graded, int]) -> str:
        """Id of the team that should own the most of many tickets; empty where none of them asks for one.

        By their grades alone (DD4): what customers escalated stands in conversations, which are not read.
        """
        wanted: Counter[str] = Counter()
        for (name, kind, severity, priority), count in grades.items():
            policy = policy_of(self._bench.book, name)
            team = team_for(policy, kind, severity, priority) if policy is not None else None
            if team is not None:
                wanted[team.id] += count
        return wanted.most_common(1)[0][0] if wanted else ""

    def outside_team(self, grades: Mapping[Graded, int], owner: str) -> tuple[int, Verdict]:
        """Of how many tickets a new owner is not in the team that should own them, and what is said of it."""
        person, count = self._reader.person(owner), 0
        said: Verdict = OK
        for (name, kind, severity, priority), many in grades.items():
            policy = policy_of(self._bench.book, name)
            team = team_for(policy, kind, severity, priority) if policy is not None else None
            if policy is None or team is None or person is None:
                continue
            if self._bench.customers.in_team(team.id, person) is False:
                count, said = count + many, self.told(not_in_team(policy, person.name))
        return count, said

    def rail(self, facts: Facts, ticket: int) -> Rail | None:
        """How far the ticket has come on the way that its policy lays out; None where it lays out none."""
        if not has_rail(facts):
            return None
        if facts.status not in (Status.RESOLVED, Status.CLOSED):
            return rail(facts, Evidence())  # nothing has to be read for it
        return rail(facts, evidence_of(self._reader, self._bench.book, ticket, facts, self._now))

    def close_reasons(self, ticket: int) -> list[tuple[str, str, Verdict]]:
        """Id, words and the gates' answer for each way to close this ticket now."""
        view = self._reader.ticket(ticket)
        if view is None:
            return []
        now = self._now
        facts = self.facts(view, now)
        evidence = evidence_of(self._reader, self._bench.book, ticket, facts, now)
        offered: list[tuple[str, str]] = []
        for reason in reasons(facts):
            offered.append((reason.id, reason.label))
            if Need.CONFIRMED in reason.needs and (evidence.confirmed_at is None or denied(reason, evidence)):
                offered.append((reason.id + BY_CALL, "Confirmed on the phone now: logs the call"))
        return [
            (reason_id, words, self.told(self._ask("ticket.close", facts, now, evidence, reason_id)))
            for reason_id, words in offered
        ]

    def refusal(self, action_id: str, ticket: int | None, how: Mapping[str, Any]) -> Refused | None:
        """Why a text for this action would be refused, asked before anybody writes it; None where it may be.

        ``how``: what is known already of how the work ended.

        What depends on the text's own ending (``then``) is asked again when it is sent.
        """
        view = self._reader.ticket(ticket) if ticket is not None else None
        if view is None or ticket is None:
            return self._bench.refuse(action_id, ticket, "", NO_TICKET)
        desk, now = DeskFields.of(self._bench.capabilities), self._now
        facts = self.facts(view, now)
        wish = wish_of(action_id, view.row, {"text": "?", **how}, policy=facts.policy, me=self._me, desk=desk)
        evidence = evidence_of(self._reader, self._bench.book, ticket, facts, now)
        verdict = can(action_id, facts, self._me, now, evidence, wish)
        if not isinstance(verdict, Refuse):
            return None
        return self._bench.refuse(action_id, ticket, view.row.number, verdict)

    def macro_plan(self, ticket: int, name: str, text: str | None = None) -> MacroPlan | None:
        """What a macro would do to a ticket; None where one of the two does not exist."""
        macro = self._bench.macros.get(name)
        return None if macro is None else plan_of(self._bench, ticket, macro, text)

    def facts(self, view: TicketView, now: Instant) -> Facts:
        """A ticket as the gates look at it, without what its conversation proves."""
        return facts_of(view, self._bench.book, now, self._bench.capabilities, self._bench.customers)

    def judge(
        self,
        action_id: str,
        ticket: int,
        view: TicketView,
        values: Mapping[str, Any],
        facts: Facts | None = None,
    ) -> Judged:
        """What the gates say of an action; nothing is done. ``facts``: the ticket as it will be by then."""
        desk, now = DeskFields.of(self._bench.capabilities), self._now
        facts = self.facts(view, now) if facts is None else facts
        seen = tuple(level for level, _, _ in self._priorities_seen(view.row))
        other: Verdict = OK
        if "other" in values:
            values, other = other_ticket(self._reader, view, action_id, values)
            if isinstance(other, Refuse):
                return Judged(facts, Wish(), other)
        wish = wish_of(
            action_id,
            view.row,
            values,
            policy=facts.policy,
            seen=seen,
            me=self._me,
            desk=desk,
            view=view,
        )
        evidence = evidence_of(self._reader, self._bench.book, ticket, facts, now)
        wish = self._with_people(action_id, wish, facts, evidence.records, values)
        wish = _as_left_out(wish, facts)
        if action_id == "ticket.record" and values.get("kind") not in kinds(facts):
            return Judged(facts, wish, _no_such_record(kinds(facts)))

        def ask(wished: Wish) -> Verdict:
            return can(action_id, facts, self._me, now, evidence, wished)

        wish = belonging(wish, values, ask)
        verdict = ask(wish)
        case = Case(action=action_id, ticket=facts, actor=self._me, now=now, evidence=evidence, wish=wish)
        told = tuple(spoken(words, self._surface) for words in hints(case))
        reason = reason_of(facts, wish.reason) if action_id == "ticket.close" else None
        return Judged(
            facts,
            wish,
            worst([verdict, other]),
            told,
            proof(reason, evidence, facts) if reason is not None else "",
        )

    def _with_people(
        self, action_id: str, wish: Wish, facts: Facts, noted: Records, values: Mapping[str, Any]
    ) -> Wish:
        """The wish with who is named in it: a caller, a new owner and whether they are in the right team."""
        caller = person_of(self._reader, str(values.get("caller") or ""))
        approver = person_of(self._reader, wish.fields.get("approver", "").strip())
        owner = self._reader.person(wish.owner) if wish.owner else None
        team = owning_team(facts, noted) if owner is not None else None
        inside = self._bench.customers.in_team(team.id, owner) if team is not None else None
        copies = tuple(
            found
            for each in (values.get("add") or () if action_id == "ticket.watch" else ())
            if (found := person_of(self._reader, str(each))) is not None
        )
        return replace(wish, caller=caller, approver=approver, person=owner, in_team=inside, copies=copies)

    def _ask(self, action_id: str, facts: Facts, now: Instant, evidence: Evidence, reason: str) -> Verdict:
        wish = Wish(reason=reason, status=DeskFields.of(self._bench.capabilities).closing_status)
        return can(action_id, facts, self._me, now, evidence, wish)

    def _priorities_seen(self, row: Row | None) -> list[tuple[int, str, str]]:
        """Where no policy names priorities: the desk's own, else 1 to 5, or as far as this ticket's goes."""
        words = self._bench.capabilities.priorities if self._bench.capabilities is not None else {}
        labels = words.get(row.queue_name if row is not None else "") or words.get("*", ())
        if labels:
            return [(level, label, "") for level, label in enumerate(labels, start=1)]
        lowest = max(5, row.priority or 0) if row is not None else 5
        return [(level, f"P{level}", "") for level in range(1, lowest + 1)]

    def told(self, verdict: Verdict) -> Verdict:
        """A verdict whose sentences name keys or verbs."""
        match verdict:
            case Refuse():
                return replace(verdict, remedy=spoken(verdict.remedy, self._surface))
            case Warn():
                return replace(verdict, reason=spoken(verdict.reason, self._surface))
            case Ok():
                return verdict


class Judged(Struct, frozen=True):
    """An action on a ticket, as the gates saw it, and what they said."""

    facts: Facts
    wish: Wish
    verdict: Verdict
    hints: tuple[str, ...] = ()
    """What the policy has to say where it may be done."""
    proof: str = ""
    """Of a close: what the log has for its reason."""


def _as_left_out(wish: Wish, facts: Facts) -> Wish:
    """W4: what does not qualify for extended support gets the severity that its exclusion names."""
    if wish.kind != QUALIFICATION or wish.fields.get("qualifies") != "no" or facts.policy is None:
        return wish
    named = wish.fields.get("exclusion")
    exclusion = next((each for each in facts.policy.rulebook.exclusions if each.id == named), None)
    becomes = exclusion.severity if exclusion is not None else None
    may = facts.settable is None or "severity" in facts.settable
    if becomes is None or not may or facts.severity is None or facts.severity >= becomes:
        return wish
    return replace(wish, severity=becomes)


def _no_such_record(known: Sequence[str]) -> Refuse:
    return Refuse(
        reason="There is no such record.",
        remedy=f"Choose one of: {', '.join(known)}.",
        rule="generic.record",
    )
