"""Macros: several changes and a text in one go, shown as a difference before anything is done (UX 3).

Each part goes through the gates of the action that it is: taking, grading, tagging, replying. One refusal
refuses the whole, so that no half of a macro is ever sent. All of it is one batch: undo takes it back whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.actions.because import REASONS
from techdesk.actions.effects import DeskFields, operations_of, words_of
from techdesk.actions.filling import fill, values_of
from techdesk.actions.noting import notes_of
from techdesk.actions.operations import Decision
from techdesk.config.macros import Macro
from techdesk.model import FieldValue, Operation, OperationKind, Role, Status
from techdesk.rules.closure import reason_of
from techdesk.rules.facts import Facts, Wish
from techdesk.rules.verdicts import OK, Refuse, Verdict, Warn, worst
from techdesk.store.rows import TicketView

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench
    from techdesk.store.reader import Reader

UNCHANGED = ("generic.same", "generic.mine")
"""Rules that refuse because a value is there already: for a macro that is nothing to do, and no refusal."""


class Step(Struct, frozen=True, kw_only=True):
    """One part of a macro on one ticket."""

    action: str
    words: str
    """The difference: ``status open -> waiting``."""
    verdict: Verdict
    unchanged: bool = False
    """It is like that already."""


class MacroPlan(Struct, frozen=True, kw_only=True):
    """What a macro would do to a ticket now."""

    macro: Macro
    number: str
    steps: tuple[Step, ...]
    note: str = ""
    reply: str = ""
    """To the customer, placeholders filled in."""
    recipient: str = ""
    unknown: tuple[str, ...] = ()
    """Placeholders that nothing is known for."""
    draft: int = 0
    """Characters of a reply that is kept as a draft on this ticket: it is not sent."""

    @property
    def refusals(self) -> tuple[Step, ...]:
        """What stands against it."""
        return tuple(step for step in self.steps if isinstance(step.verdict, Refuse) and not step.unchanged)

    @property
    def refusal(self) -> Refuse | None:
        """The first refusal that no reason lets pass, else the first.

        One of its own where nothing would change or a text has a gap.
        """
        if self.refusals:
            worse = worst([step.verdict for step in self.refusals])
            assert isinstance(worse, Refuse)
            return worse
        if self.unknown:
            names = ", ".join(f"{{{name}}}" for name in self.unknown)
            return Refuse(
                reason=f"Nothing is known for {names} in its text.",
                remedy="Edit the text before it is sent, or mend the macro in the settings.",
                rule="generic.placeholder",
            )
        if all(step.unchanged for step in self.steps):
            return Refuse(
                reason="Nothing would change: the ticket is like that already.",
                remedy="Choose another macro.",
                rule="generic.same",
            )
        return None

    @property
    def wants_reason(self) -> bool:
        """Whether the policy wants a reason for a part of it, and none was given: yes is not enough."""
        asks = [step.verdict for step in self.steps if not step.unchanged]
        return any(isinstance(verdict, Warn | Refuse) and verdict.wants_reason for verdict in asks)

    @property
    def asks(self) -> str:
        """What stands against its parts and wants an answer, as sentences."""
        asks = [step.verdict for step in self.steps if not step.unchanged]
        return " ".join(verdict.reason for verdict in asks if isinstance(verdict, Warn))

    @property
    def changes(self) -> tuple[str, ...]:
        """Each part that changes something, with what is asked about it: what a person agrees to."""
        return tuple(
            f"{step.words} {getattr(step.verdict, 'reason', '')}".strip()
            for step in self.steps
            if not step.unchanged
        )

    @property
    def difference(self) -> str:
        """Everything that it would do, for people: one line for each part, the texts in full."""
        lines = [step.words for step in self.steps if not step.unchanged]
        lines += [f"unchanged: {step.words}" for step in self.steps if step.unchanged]
        lines += [f"asks: {step.verdict.reason}" for step in self.steps if isinstance(step.verdict, Warn)]
        if self.note:
            lines += ["", "internal note:", *_indented(self.note)]
        if self.reply:
            lines += ["", f"to {self.recipient or 'the customer'}:", *_indented(self.reply)]
        if self.draft:
            lines += ["", f"Your draft ({self.draft:,} characters) stays a draft: it is not sent."]
        return "\n".join(lines)


class _Part(Struct, frozen=True):
    """A step with what it needs to be done."""

    step: Step
    wish: Wish
    facts: Facts
    values: dict[str, Any]


def plan_of(bench: Workbench, ticket: int, macro: Macro, text: str | None = None) -> MacroPlan | None:
    """What a macro would do; None where there is no such ticket. ``text`` replaces the reply's."""
    view = bench.reader.ticket(ticket)
    return None if view is None else _planned(bench, ticket, view, macro, text)[0]


def operations_for(
    bench: Workbench,
    decision: Decision,
    view: TicketView,
    macro: Macro,
    text: str | None,
    files: tuple[str, ...] = (),
    because: str = "",
) -> tuple[MacroPlan, list[Operation]]:
    """The plan, and the operations that carry it out: words first, then one change of all fields.

    ``because``: the reason that a part of it is let pass with; recorded with each part that wants one.
    """
    plan, parts = _planned(bench, decision.ticket, view, macro, text, because)
    desk = DeskFields.of(bench.capabilities)
    words: list[Operation] = []
    updates: list[Operation] = []
    for part in parts:
        if part.step.unchanged:
            continue
        own = replace(decision, action=part.step.action)
        reason = reason_of(part.facts, part.wish.reason)
        label = reason.label if reason is not None else part.wish.reason
        speaks = part.step.action in ("ticket.reply", "ticket.resolve")
        values = {**part.values, "files": files} if speaks else part.values
        made = [
            *notes_of(own, part.facts, part.wish, values),
            *operations_of(own, view, part.wish, desk, label, values),
        ]
        for operation in made:
            (updates if operation.kind is OperationKind.UPDATE else words).append(operation)
    return plan, [*words, *_together(updates, decision.action)]


def _together(updates: list[Operation], action: str) -> list[Operation]:
    """All fields in one write: the desk takes all of them or none."""
    if not updates:
        return []
    sets: dict[str, FieldValue] = {}
    base: dict[str, FieldValue] = {}
    for each in updates:
        sets |= each.sets
        base |= {name: value for name, value in each.base.items() if name not in base}
    return [replace(updates[0], sets=sets, base=base, action=action)]


def _planned(
    bench: Workbench, ticket: int, view: TicketView, macro: Macro, text: str | None, because: str = ""
) -> tuple[MacroPlan, list[_Part]]:
    filled = values_of(view, bench.me)
    note, reply = fill(macro.note, filled), fill(macro.reply, filled)
    written = reply.text if text is None else text
    unknown = note.unknown + (reply.unknown if text is None else ())
    parts: list[_Part] = []
    facts: Facts | None = None
    for action_id, values in _actions(bench.reader, bench.me.id, view, macro, note.text, written):
        judged = bench.judge(action_id, ticket, view, values, facts=facts)
        if because and getattr(judged.verdict, "wants_reason", False):
            values = {**values, "because": because, REASONS: None}
            judged = bench.judge(action_id, ticket, view, values, facts=facts)
        wish, verdict = judged.wish, judged.verdict
        if wish.owner and bench.reader.person(wish.owner) is None and wish.owner != bench.me.id:
            verdict = _no_such_person(wish.owner)
        words = words_of(action_id, view.row, wish, bench.name_of, judged.facts.policy) or "tags"
        unchanged = isinstance(verdict, Refuse) and verdict.rule in UNCHANGED
        told = OK if unchanged else bench.told(verdict)
        step = Step(action=action_id, words=words, verdict=told, unchanged=unchanged)
        parts.append(_Part(step, wish, judged.facts, values))
        facts = (
            afterwards(judged.facts, wish, bench.name_of) if not isinstance(verdict, Refuse) else judged.facts
        )
    draft = bench.reader.draft(ticket, OperationKind.REPLY) if written else None
    person = view.requester
    address = f" <{person.email}>" if person is not None and person.email else ""
    plan = MacroPlan(
        macro=macro,
        number=view.row.number,
        steps=tuple(part.step for part in parts),
        note=note.text.strip(),
        reply=written.strip(),
        recipient=f"{view.row.requester_name}{address}",
        unknown=tuple(dict.fromkeys(unknown)),
        draft=len(draft.body) if draft is not None else 0,
    )
    return plan, parts


def _actions(
    reader: Reader, me: str, view: TicketView, macro: Macro, note: str, reply: str
) -> list[tuple[str, dict[str, Any]]]:
    """The parts of a macro, in the order in which the gates are asked: what one allows, the next may need."""
    found: list[tuple[str, dict[str, Any]]] = []
    if macro.owner:
        owner = _owner(reader, me, macro.owner)
        takes = owner == me and not view.row.owner
        found.append(("ticket.take", {}) if takes else ("ticket.assign", {"owner": owner}))
    if macro.priority is not None:
        found.append(("ticket.priority", {"priority": macro.priority}))
    if macro.severity is not None:
        found.append(("ticket.priority", {"severity": macro.severity}))
    if macro.add_tags or macro.remove_tags:
        found.append(("ticket.tag", {"add": macro.add_tags, "remove": macro.remove_tags}))
    if note.strip():
        found.append(("ticket.comment", {"text": note}))
    resolves = macro.status == Status.RESOLVED.value
    if resolves:
        found.append(("ticket.resolve", {"text": reply}))
    elif reply.strip():
        found.append(("ticket.reply", {"text": reply}))
    if macro.status and not resolves:
        found.append(("ticket.status", {"status": Status(macro.status)}))
    if macro.close:
        found.append(("ticket.close", {"reason": macro.close}))
    return found


def _owner(reader: Reader, me: str, named: str) -> str:
    """Id of the technician that a macro names; the name itself where nobody is known by it."""
    if named == "me":
        return me
    if named == "nobody":
        return ""
    wanted = named.casefold()
    for person in reader.people(Role.TECHNICIAN):
        if wanted in (person.id.casefold(), person.name.casefold(), person.email.casefold()):
            return person.id
    return named


def afterwards(facts: Facts, wish: Wish, name: Any) -> Facts:
    """The ticket as the next part of the macro finds it."""
    changed: dict[str, Any] = {}
    if wish.owner is not None:
        changed |= {"owner": wish.owner, "owner_name": name(wish.owner) if wish.owner else ""}
    for field in ("priority", "severity", "status"):
        value = getattr(wish, field)
        if value is not None:
            changed[field] = value
    return replace(facts, **changed)


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]


def _no_such_person(named: str) -> Refuse:
    return Refuse(
        reason=f"There is no technician '{named}' here.",
        remedy="Mend the macro in the settings: an id, a name, me or nobody.",
        rule="generic.macro",
    )


def named(macros: Mapping[str, Macro], name: str) -> Macro | Refuse:
    """The macro of that name, or what there is instead."""
    found = macros.get(name)
    if found is not None:
        return found
    from techdesk.config.problems import near

    known = ", ".join(sorted(macros)) or "none: add [macros.NAME] to the settings file"
    return Refuse(
        reason=f"There is no macro '{name}'.",
        remedy=f"{near(name, macros)}There are: {known}.",
        rule="generic.macro",
    )
