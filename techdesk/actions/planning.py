"""Makes a bulk plan: each ticket through the gates that a single change of it would meet.

In steps of ``standing.CHUNK`` tickets, so that whoever asks can show progress, stop, and let others run. It
reads, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.actions.effects import DeskFields, operations_of, wish_of, words_of
from techdesk.actions.noting import notes_of
from techdesk.actions.operations import Decision, new_id
from techdesk.actions.reasons import choose, why
from techdesk.actions.registry import action
from techdesk.actions.standing import evidence_from, facts_of
from techdesk.actions.wording import Surface, spoken
from techdesk.model import Person, Status
from techdesk.rules.closure import reason_of
from techdesk.rules.facts import Evidence, Facts, Wish
from techdesk.rules.gate import said
from techdesk.rules.gates import can
from techdesk.rules.passing import team_for
from techdesk.rules.records import MARKER
from techdesk.rules.verdicts import Refuse, Verdict, Warn
from techdesk.rules.wording import quantity
from techdesk.sla.policy import ClosureReason, Policy, Reopen
from techdesk.store.standing import CHUNK
from techdesk.work.plans import FORMAT, Group, Item, Notice, Outcome, Plan, Step

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.store.reader import Reader
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
)
"""Actions that can be done to many tickets at once."""
_TOLD = ("ticket.close", "ticket.resolve")
"""Those that customers hear of."""
_READS_TEXT = ("ticket.priority", "ticket.raise", "ticket.lower")
"""Those with gates that look into the messages themselves."""

TITLES: Mapping[str, str] = {
    "inquiries": "Too few unanswered inquiries",
    "answered": "The customer spoke last",
    "away": "The customer noted an absence",
    "too-early": "Not waiting long enough yet",
    "nothing-asked": "Nothing was asked of the customer",
    "no-priority": "No reviewed priority",
    "open-tasks": "Tasks of the first level are open",
    "not-resolved": "Not resolved",
    "not-confirmed": "Not confirmed by the customer",
    "not-told": "The customer has not been told",
    "to-be-chosen": "A reason has to be chosen",
    "no-owner": "Nobody has taken it",
    "left-alone": "It would be left without an owner",
    "blocked": "An earlier change waits for you",
}
"""Headings of refused groups, by the case of the rule; others are headed by their first refusal."""
_RULES: Mapping[str, str] = {
    "generic.same": "It is so already",
    "generic.mine": "Yours already",
    "generic.owned": "Somebody else's",
    "generic.closed": "Closed",
    "generic.reason": "Its policy does not know that reason",
    "generic.field_unknown": "The help desk does not let that be set",
    "generic.status_unknown": "The help desk does not know that status",
    "generic.value": "No such value here",
}

CLOSING_WORDS = (
    "Hello {requester},\n\nwe have closed your request {number}: {reason}.\n\n"
    "If it still needs our attention, write to us and name {number}.\n\nYour support team"
)
RESOLVING_WORDS = (
    "Hello {requester},\n\nyour request {number} is resolved on our side. Please tell us whether it works for"
    " you as well.\n\nYour support team"
)


class Asked(Struct, frozen=True, kw_only=True):
    """What a plan is to be made of."""

    action: str
    values: dict[str, Any] = {}
    """As for ``Workbench.perform``; a close without a ``reason`` takes the one that holds for each ticket."""
    limit: str = ""
    notice: Notice = Notice.NOTIFY
    text: str = ""


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

    def plan(self, keys: Sequence[int]) -> Plan:
        """The whole plan at once."""
        items: list[Item] = []
        for part in self.parts(keys):
            items += part
        return self.whole(items)

    def parts(self, keys: Sequence[int]) -> Iterator[list[Item]]:
        """The items of so many tickets after another."""
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
            title=_title(asked, self._name),
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
        facts = facts_of(view, bench.book, self._now, bench.capabilities, bench.customers)
        told = self._text_of(view.row.key, facts) if self._asked.action in _READS_TEXT else ""
        evidence = evidence_from(
            standing.history, standing.notes, standing.unsent, told, bench.book, facts, self._now
        )
        reason: ClosureReason | None = None
        if standing.waiting_for_a_person:
            verdict: Verdict = _BLOCKED
        elif self._asked.action == "ticket.close" and not self._asked.values.get("reason"):
            chosen = choose(facts, evidence, self._now, lambda each: self._ask_closing(facts, evidence, each))
            reason, verdict = chosen.reason, chosen.verdict
        else:
            reason = reason_of(facts, self._reason_id(facts))
            verdict = self._ask(facts, evidence, self._wish(standing, facts, reason))
        if isinstance(verdict, Refuse):
            return self._refused(standing, verdict)
        return self._done(standing, facts, evidence, reason, verdict)

    def _reason_id(self, facts: Facts) -> str:
        """The reason that was asked for, in the spelling of the ticket's policy (``no-response``)."""
        wanted = str(self._asked.values.get("reason") or "")
        known = reason_of(facts, wanted.replace("_", "-")) or reason_of(facts, wanted.replace("-", "_"))
        return known.id if known is not None else wanted

    def _wish(self, standing: Standing, facts: Facts, reason: ClosureReason | None) -> Wish:
        values = dict(self._asked.values)
        if self._asked.action == "ticket.close":
            values["reason"] = reason.id if reason is not None else self._reason_id(facts)
        if self._asked.action == "ticket.resolve":
            values["text"] = "?"  # the notice is chosen with the plan; that there is one is asked there
        row = standing.view.row
        seen = tuple(range(1, max(5, row.priority or 0) + 1))
        wish = wish_of(
            self._asked.action, row, values, policy=facts.policy, seen=seen, me=self._me, desk=self._desk
        )
        owner = self._person(wish.owner) if wish.owner else None
        team = None
        if owner is not None and facts.policy is not None:
            team = team_for(facts.policy, facts.kind, facts.severity, facts.priority)
        inside = self._bench.customers.in_team(team.id, owner) if team is not None else None
        return replace(wish, person=owner, in_team=inside)

    def _ask_closing(self, facts: Facts, evidence: Evidence, reason: ClosureReason) -> Verdict:
        return self._ask(facts, evidence, Wish(reason=reason.id, status=self._desk.closing_status))

    def _ask(self, facts: Facts, evidence: Evidence, wish: Wish) -> Verdict:
        return can(self._asked.action, facts, self._me, self._now, evidence, wish)

    def _refused(self, standing: Standing, verdict: Refuse) -> Item:
        row = standing.view.row
        known = TITLES.get(verdict.case) or _RULES.get(verdict.rule)
        reason = spoken(verdict.reason, self._bench.surface)
        return Item(
            ticket=row.key,
            id=standing.view.base.id if standing.view.base is not None else "",
            number=row.number,
            subject=row.subject,
            version=standing.view.base.version if standing.view.base is not None else "",
            outcome=Outcome.REFUSED,
            group=verdict.case if verdict.case in TITLES else f"{verdict.rule} {verdict.case}".strip(),
            title=known or _heading(reason, row.number),
            words=reason,
            remedy=_for_many(verdict, self._bench.surface),
            rule=verdict.rule,
            requester_name=row.requester_name,
            evidence=standing.view.last_customer_message,
        )

    def _done(
        self,
        standing: Standing,
        facts: Facts,
        evidence: Evidence,
        reason: ClosureReason | None,
        verdict: Verdict,
    ) -> Item:
        view, row = standing.view, standing.view.row
        wish = self._wish(standing, facts, reason)
        base = view.base
        decision = Decision(
            batch=self._batch,
            action=self._asked.action,
            actor=self._me,
            now=self._now,
            hold_seconds=0,
            ticket=row.key,
            ticket_id=base.id if base is not None else "",
            evidence=view.last_customer_message,
            judged=base is not None,
        )
        label = reason.label if reason is not None else wish.reason
        made = notes_of(decision, facts, wish, self._asked.values)
        made += operations_of(decision, view, wish, self._desk, label, self._asked.values)
        closes = self._asked.action == "ticket.close"
        words = words_of(self._asked.action, row, wish, self._name, facts.policy)
        title = _reason_title(reason, facts.policy) if closes and reason is not None else words
        return Item(
            ticket=row.key,
            id=decision.ticket_id,
            number=row.number,
            subject=row.subject,
            version=base.version if base is not None else "",
            outcome=Outcome.DO,
            group=f"{row.clock.policy} {reason.id}" if closes and reason is not None else words,
            title=title,
            words=why(reason, evidence, self._now) if closes and reason is not None else words,
            rule=verdict.rule if isinstance(verdict, Warn) else "",
            warning=spoken(verdict.reason, self._bench.surface) if isinstance(verdict, Warn) else "",
            reason=wish.reason,
            reason_words=label,
            requester=view.requester.id or view.requester.email if view.requester is not None else "",
            requester_name=row.requester_name,
            obliged=self._obliged(facts, evidence),
            final=closes and facts.policy is not None and facts.policy.reopen is Reopen.FORBIDDEN,
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


def _title(asked: Asked, name: Any) -> str:
    """What a plan does, as a heading."""
    values = asked.values
    match asked.action:
        case "ticket.close":
            return "Close"
        case "ticket.resolve":
            return "Resolve"
        case "ticket.take":
            return "Take"
        case "ticket.assign":
            return f"Assign to {name(str(values.get('owner') or ''))}"
        case "ticket.tag":
            put = [f"+{tag}" for tag in values.get("add") or ()] + [
                f"-{t}" for t in values.get("remove") or ()
            ]
            return f"Tag {' '.join(put)}".strip()
        case "ticket.raise":
            return "Raise the priority"
        case "ticket.lower":
            return "Lower the priority"
        case "ticket.status":
            return f"Set to {Status(values['status']).value}" if values.get("status") else "Set the status"
        case "ticket.priority":
            level = values.get("level") or values.get("priority") or values.get("severity")
            return f"Set the {'severity' if values.get('severity') else 'priority'} to {level}"
    return action(asked.action).title


def _reason_title(reason: ClosureReason, policy: Policy | None) -> str:
    """``Account on hold (Dynamix 4.2.2)``."""
    if policy is None or not policy.closures:
        return reason.label
    source = reason.source.split(",")[0].removeprefix(policy.title).strip()
    return f"{reason.label} ({policy.title} {source})".replace(" )", ")")


def _heading(reason: str, number: str) -> str:
    """The first sentence of a refusal without the ticket's number."""
    first = reason.replace(f"{number} ", "").split(". ")[0].strip().rstrip(".")
    return first[:1].upper() + first[1:90]


def _for_many(verdict: Refuse, surface: Surface) -> str:
    """A remedy for a whole group: what is counted for one ticket is left to its own line."""
    if verdict.case == "inquiries":
        return spoken("<ticket.reply> sends the next inquiry, one by one.", surface)
    return spoken(verdict.remedy, surface)


def summary(plan: Plan, groups: Sequence[Group] | None = None) -> str:
    """``52 close · 44 refused in 6 groups``; ``groups``: those of the plan, where they are at hand."""
    found = plan.groups() if groups is None else groups
    counts = {outcome: sum(len(g.items) for g in found if g.outcome is outcome) for outcome in Outcome}
    parts = [f"{counts[Outcome.DO]:,} {plan.title.lower()}"]
    if counts[Outcome.REFUSED]:
        refused = sum(group.outcome is Outcome.REFUSED for group in found)
        parts.append(f"{counts[Outcome.REFUSED]:,} refused in {quantity(refused, 'group', 'groups')}")
    for outcome, word in ((Outcome.CHANGED, "changed since"), (Outcome.EXCLUDED, "left out by you")):
        if counts[outcome]:
            parts.append(f"{counts[outcome]:,} {word}")
    return " · ".join(parts)
