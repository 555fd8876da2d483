"""Makes a bulk plan: each ticket through the gates that a single change of it would meet.

In steps of ``standing.CHUNK`` tickets, so that whoever asks can show progress, stop, and let others run. It
reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from techdesk.actions.effects import DeskFields, operations_of, wish_of, words_of
from techdesk.actions.linking import other_ticket, plain_words
from techdesk.actions.macros import named, operations_for
from techdesk.actions.noting import notes_of
from techdesk.actions.operations import Decision, new_id
from techdesk.actions.plan_words import (
    CLOSING_WORDS,
    RESOLVING_WORDS,
    RULES,
    TITLES,
    Asked,
    for_many,
    heading,
    reason_title,
    title_of,
)
from techdesk.actions.putting_off import cannot_snooze, due_before, hour, snoozing
from techdesk.actions.reasons import choose, why
from techdesk.actions.registry import action
from techdesk.actions.standing import evidence_from, facts_of, person_of
from techdesk.actions.wording import spoken
from techdesk.model import Operation, Person
from techdesk.rules.closure import reason_of
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import said
from techdesk.rules.gates import can
from techdesk.rules.passing import owning_team
from techdesk.rules.records import MARKER
from techdesk.rules.verdicts import OK, Refuse, Verdict, Warn, worst
from techdesk.sla.policy import ClosureReason, Reopen
from techdesk.store.standing import CHUNK
from techdesk.work.plans import FORMAT, Item, Notice, Outcome, Plan, Step

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.store.reader import Reader
    from techdesk.store.rows import TicketView
    from techdesk.store.standing import Standing

BULK = (
    "ticket.close",
    "ticket.resolve",
    "ticket.take",
    "ticket.assign",
    "ticket.priority",
    "ticket.raise",
    "ticket.lower",
    "ticket.status",
    "ticket.tag",
    "ticket.queue",
    "ticket.time",
    "ticket.link",
    "ticket.snooze",
    "ticket.macro",
)
"""Actions that can be done to many tickets at once."""
_TOLD = ("ticket.close", "ticket.resolve")
"""Those that customers hear of."""
_READS_TEXT = ("ticket.priority", "ticket.raise", "ticket.lower")
"""Those with gates that look into the messages themselves."""
_BEGINS = ("ticket.take", "ticket.assign")


class Planner:
    """Plans for one profile, with a reader of the thread that runs it."""

    def __init__(self, bench: Workbench, reader: Reader, asked: Asked) -> None:
        """Raises KeyError for an action that there is not, ValueError for one that is not done in bulk."""
        if asked.action not in BULK:
            raise ValueError(f"{action(asked.action).title} is done to one ticket at a time")
        self._bench, self._reader, self._asked = bench, reader, asked
        self._now = bench.clock.now()
        self._desk = DeskFields.of(bench.capabilities)
        state = reader.sync_state()
        self._me = state.account_id
        self._server = state.server
        self._batch = new_id()
        self._people: dict[str, Person | None] = {}
        self._caller: Person | None = None
        self._together: frozenset[int] = frozenset()
        """Keys of all tickets of the plan: a problem is closed together with what is linked to it (W10)."""
        self._aside = bench.beside(reader)
        """The workbench for this thread: macros ask it what each of their parts would mean."""

    def plan(self, keys: Sequence[int]) -> Plan:
        """The whole plan at once."""
        items: list[Item] = []
        for part in self.parts(keys):
            items += part
        return self.whole(items)

    def parts(self, keys: Sequence[int]) -> Iterator[list[Item]]:
        """The items of so many tickets after another."""
        self._together = frozenset(keys)
        for begin in range(0, len(keys), CHUNK):
            yield self.part(keys[begin : begin + CHUNK])

    def part(self, keys: Sequence[int]) -> list[Item]:
        """The items of these tickets; one that is not here any more is told of as well."""
        standings = self._reader.standings(keys, MARKER)
        found = {standing.view.row.key: self._item(standing) for standing in standings}
        return [found[key] if key in found else _gone(key) for key in keys]

    def whole(self, items: Sequence[Item]) -> Plan:
        """The plan of all items."""
        asked = self._asked
        told = asked.action in _TOLD
        standing = RESOLVING_WORDS if asked.action == "ticket.resolve" else CLOSING_WORDS
        return Plan(
            format=FORMAT,
            id=self._batch,
            action=asked.action,
            title=title_of(asked, self._name),
            values=asked.values,
            made=self._now,
            actor=self._me,
            server=self._server,
            limit=asked.limit,
            items=tuple(items),
            notice=(Notice.NOTIFY if asked.notice is Notice.NONE else asked.notice) if told else Notice.NONE,
            text=asked.text if told else "",
            standing_text=standing if told else "",
        )

    # One ticket

    def _item(self, standing: Standing) -> Item:
        view, bench = standing.view, self._bench
        facts = self._closed_together(
            view, facts_of(view, bench.book, self._now, bench.capabilities, bench.customers)
        )
        told = self._text_of(view.row.key, facts) if self._reads_text(facts) else ""
        evidence = evidence_from(
            standing.history, standing.notes, standing.unsent, told, bench.book, facts, self._now
        )
        reason: ClosureReason | None = None
        if standing.waiting_for_a_person:
            verdict: Verdict = _BLOCKED
        elif self._asked.action == "ticket.close" and not self._asked.values.get("reason"):
            chosen = choose(facts, evidence, self._now, lambda each: self._ask_closing(facts, evidence, each))
            reason, verdict = chosen.reason, chosen.verdict
        elif self._asked.action == "ticket.macro":
            return self._with_macro(standing, facts)
        elif self._asked.action == "ticket.snooze":
            verdict = self._may_snooze(view)
        else:
            reason = reason_of(facts, self._reason_id(facts))
            values, verdict = self._values(standing, facts, reason)
            if not isinstance(verdict, Refuse):
                verdict = worst(
                    [self._ask(facts, evidence, self._wish(standing, facts, evidence, values)), verdict]
                )
        if isinstance(verdict, Refuse):
            return self._refused(standing, verdict)
        values, _ = self._values(standing, facts, reason)
        wish = self._wish(standing, facts, evidence, values)
        decision = self._decision(view)
        label = reason.label if reason is not None else wish.reason
        if self._asked.action == "ticket.snooze":
            until = int(self._asked.values.get("until") or 0)
            made = snoozing(decision, view, until, bench.capabilities, bench.book)
            words = f"snoozed until {hour(until)}"
        else:
            made = notes_of(decision, facts, wish, values)
            made += operations_of(decision, view, wish, self._desk, label, values)
            words = words_of(self._asked.action, view.row, wish, self._name, facts.policy)
            words = words or plain_words(self._asked.action, view, wish, self._name, self._reader)
        item = self._doing(standing, facts, verdict, words, made)
        if self._asked.action not in _TOLD:
            return item
        closes = self._asked.action == "ticket.close"
        item = replace(item, reason=wish.reason, reason_words=label, obliged=self._obliged(facts, evidence))
        if not closes or reason is None:
            return item
        return replace(
            item,
            group=f"{view.row.clock.policy} {reason.id}",
            title=reason_title(reason, facts.policy),
            words=why(reason, evidence, self._now),
            final=_is_final(facts),
        )

    def _closed_together(self, view: TicketView, facts: Facts) -> Facts:
        """A known problem that the same plan closes holds up nothing that is linked to it."""
        if self._asked.action != "ticket.close" or not facts.problems:
            return facts
        along = {link.number for link in view.links if link.key in self._together}
        return replace(facts, problems=tuple(each for each in facts.problems if each not in along))

    def _with_macro(self, standing: Standing, facts: Facts) -> Item:
        """Each part of it through the gates of its own action; one refusal refuses the ticket."""
        macro = named(self._bench.macros, str(self._asked.values.get("macro") or ""))
        if isinstance(macro, Refuse):
            return self._refused(standing, macro)
        decision = self._decision(standing.view)
        because = str(self._asked.values.get("because") or "")
        plan, operations = operations_for(self._aside, decision, standing.view, macro, None, because=because)
        if plan.refusal is not None:
            return self._refused(standing, plan.refusal)
        asks: list[Verdict] = [
            step.verdict for step in plan.steps if isinstance(step.verdict, Warn) and not step.unchanged
        ]
        words = ", ".join(step.words for step in plan.steps if not step.unchanged)
        item = self._doing(standing, facts, worst(asks), words, operations)
        return replace(item, final=bool(macro.close) and _is_final(facts))

    def _may_snooze(self, view: TicketView) -> Verdict:
        until = int(self._asked.values.get("until") or 0)
        refusal = cannot_snooze(view.row, until, self._now)
        due = due_before(self._reader, view.row.key, until, self._now) if refusal is None else ""
        return refusal or (Warn(reason=due, rule="generic.snooze") if due else OK)

    def _values(
        self, standing: Standing, facts: Facts, reason: ClosureReason | None
    ) -> tuple[dict[str, Any], Verdict]:
        """What is asked, as it is meant for one ticket; and what stands against the other one it names."""
        values = dict(self._asked.values)
        if self._asked.action == "ticket.close":
            values["reason"] = reason.id if reason is not None else self._reason_id(facts)
        if self._asked.action == "ticket.resolve":
            values["text"] = "?"  # the notice is chosen with the plan; that there is one is asked there
        if "other" in values:
            return other_ticket(self._reader, standing.view, self._asked.action, values)
        return values, OK

    def _reason_id(self, facts: Facts) -> str:
        """The reason that was asked for, in the spelling of the ticket's policy (``no-response``)."""
        wanted = str(self._asked.values.get("reason") or "")
        known = reason_of(facts, wanted.replace("_", "-")) or reason_of(facts, wanted.replace("-", "_"))
        return known.id if known is not None else wanted

    def _wish(self, standing: Standing, facts: Facts, evidence: Evidence, values: Mapping[str, Any]) -> Wish:
        row = standing.view.row
        seen = tuple(range(1, max(5, row.priority or 0) + 1))
        wish = wish_of(
            self._asked.action, row, values, policy=facts.policy, seen=seen, me=self._me, desk=self._desk,
            view=standing.view,
        )  # fmt: skip
        owner = self._person(wish.owner) if wish.owner else None
        team = owning_team(facts, evidence.records) if owner is not None else None
        inside = self._bench.customers.in_team(team.id, owner) if team is not None else None
        if self._caller is None and values.get("caller"):
            self._caller = person_of(self._reader, str(values["caller"]))
        return replace(wish, person=owner, in_team=inside, caller=self._caller)

    def _ask_closing(self, facts: Facts, evidence: Evidence, reason: ClosureReason) -> Verdict:
        return self._ask(facts, evidence, Wish(reason=reason.id, status=self._desk.closing_status))

    def _ask(self, facts: Facts, evidence: Evidence, wish: Wish) -> Verdict:
        return can(self._asked.action, facts, self._me, self._now, evidence, wish)

    def _refused(self, standing: Standing, verdict: Refuse) -> Item:
        row = standing.view.row
        known = TITLES.get(verdict.case) or RULES.get(verdict.rule)
        reason = spoken(verdict.reason, self._bench.surface)
        return Item(
            ticket=row.key,
            id=standing.view.base.id if standing.view.base is not None else "",
            number=row.number,
            subject=row.subject,
            version=standing.view.base.version if standing.view.base is not None else "",
            outcome=Outcome.REFUSED,
            group=verdict.case if verdict.case in TITLES else f"{verdict.rule} {verdict.case}".strip(),
            title=known or heading(reason, row.number),
            words=reason,
            remedy=for_many(verdict, self._bench.surface),
            rule=verdict.rule,
            requester_name=row.requester_name,
            evidence=standing.view.last_customer_message,
        )

    def _decision(self, view: TicketView) -> Decision:
        return Decision(
            batch=self._batch,
            action=self._asked.action,
            actor=self._me,
            now=self._now,
            hold_seconds=0,
            ticket=view.row.key,
            ticket_id=view.base.id if view.base is not None else "",
            evidence=view.last_customer_message,
            judged=view.base is not None,
        )

    def _doing(
        self, standing: Standing, facts: Facts, verdict: Verdict, words: str, made: Sequence[Operation]
    ) -> Item:
        """A ticket that would be changed; those with the same words stand together."""
        view, row = standing.view, standing.view.row
        return Item(
            ticket=row.key,
            id=view.base.id if view.base is not None else "",
            number=row.number,
            subject=row.subject,
            version=view.base.version if view.base is not None else "",
            outcome=Outcome.DO,
            group=words,
            title=words,
            words=words,
            rule=verdict.rule if isinstance(verdict, Warn) else "",
            warning=spoken(verdict.reason, self._bench.surface) if isinstance(verdict, Warn) else "",
            wants_reason=isinstance(verdict, Warn) and verdict.wants_reason,
            requester=view.requester.id or view.requester.email if view.requester is not None else "",
            requester_name=row.requester_name,
            evidence=view.last_customer_message,
            steps=tuple(
                Step(kind=op.kind, sets=op.sets, base=op.base, text=op.text, channel=op.channel)
                for op in made
                if not (self._asked.action == "ticket.resolve" and op.text == "?")
            ),
        )

    def _obliged(self, facts: Facts, evidence: Evidence) -> str:
        """POLICIES D8: who closes or resolves has told the customer; said once is said."""
        if self._asked.action not in _TOLD or facts.policy is None:
            return ""
        if self._asked.action == "ticket.close" and evidence.notice_at is not None:
            return ""
        verdict = said(facts.policy, "D8", "not-told")
        return spoken(verdict.reason, self._bench.surface) if isinstance(verdict, Refuse) else ""

    # Names and texts

    def _reads_text(self, facts: Facts) -> bool:
        """Where work begins, the version may stand in the messages alone (DD8)."""
        if self._asked.action not in _BEGINS:
            return self._asked.action in _READS_TEXT
        versions = facts.policy.rulebook.versions if facts.policy is not None else ()
        return bool(versions) and not (facts.customer is not None and facts.customer.version)

    def _text_of(self, ticket: int, facts: Facts) -> str:
        entries = self._reader.conversation(ticket, count=100)
        return "\n".join([facts.subject, *(entry.body for entry in entries)])

    def _person(self, person: str) -> Person | None:
        if person not in self._people:
            self._people[person] = self._reader.person(person)
        return self._people[person]

    def _name(self, person: str) -> str:
        if not person:
            return "nobody"
        found = self._person(person)
        return found.name if found is not None else person


_BLOCKED = Refuse(
    reason="An earlier change of it met another one or was refused, and waits for your decision.",
    remedy="<go.outbox> shows it; decide there, then plan again.",
    rule="bulk.blocked",
    case="blocked",
)


def _is_final(facts: Facts) -> bool:
    """Whether a close under this policy is never opened again."""
    return facts.policy is not None and facts.policy.reopen is Reopen.FORBIDDEN


def _gone(key: int) -> Item:
    return Item(
        ticket=key,
        id="",
        number=f"(ticket {key})",
        subject="",
        outcome=Outcome.CHANGED,
        group="gone",
        title="No longer here",
        words="It was deleted, merged or left this profile's scope.",
        remedy="Nothing is done to it.",
        rule="bulk.gone",
    )
