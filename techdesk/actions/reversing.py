"""Undo of what has been sent: the opposite is sent, where policy and desk allow it. Else it is final."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from techdesk.actions.operations import effective
from techdesk.actions.outcomes import Confirm, Outcome
from techdesk.actions.standing import evidence_of
from techdesk.actions.wording import spoken
from techdesk.model import FieldValue, OperationKind, Status
from techdesk.rules.facts import Facts, Wish
from techdesk.rules.gates import can
from techdesk.rules.verdicts import Refuse, Verdict, Warn
from techdesk.store.rows import Pending

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench

RECENT = 3600
"""Seconds for which undo still offers the opposite of what was sent."""
_THEN_FINAL = "then it is final"
_ENDED = (Status.RESOLVED.value, Status.CLOSED.value)


class Opposite(Struct, frozen=True):
    """The action that puts back what was before, with its values."""

    action: str
    values: dict[str, Any]
    words: str


def take_back_sent(workbench: Workbench, batch: Sequence[Pending], *, confirmed: bool) -> Outcome:
    """Send the opposite of a batch that the desk has. Asks first: colleagues may have seen it already."""
    line = batch[0]
    asleep = len({each.ticket for each in batch}) == 1 and workbench.is_asleep(line.ticket, line.batch)
    if asleep and not any(each.sets for each in batch):
        return workbench.bring_back(line.ticket, line.batch)
    opposite = _opposite(batch, workbench.name_of)
    if isinstance(opposite, Refuse):
        return workbench.refuse("app.undo", line.ticket, line.number, opposite)
    view = workbench.reader.ticket(line.ticket)
    if view is None:
        return workbench.refuse("app.undo", None, line.number, _GONE)
    for name, mine in line.sets.items():
        if name in ("status", "owner", "priority", "severity") and effective(view, name) != mine:
            return workbench.refuse("app.undo", line.ticket, line.number, _changed(name, line))
    verdict = workbench.judge(opposite.action, line.ticket, view, opposite.values).verdict
    if isinstance(verdict, Refuse):
        return workbench.refuse("app.undo", line.ticket, line.number, verdict)
    if not confirmed:
        return Confirm(
            question=f"It has been sent. Send the opposite for {line.number}: {opposite.words}?",
            detail=_foretold(workbench, line, opposite, verdict),
            rule=verdict.rule if isinstance(verdict, Warn) else "",
        )
    if asleep:
        workbench.forget_snooze(line.batch)
    return workbench.perform(opposite.action, line.ticket, confirmed=True, **opposite.values)


def _foretold(workbench: Workbench, line: Pending, opposite: Opposite, verdict: Verdict) -> str:
    """What the desk gets with a yes, and what the customer hears of it, as far as techdesk goes."""
    hold = workbench.hold_seconds
    told = [
        f"The desk has: {as_done(line, workbench.name_of)}.",
        f"With yes it gets a change of its own: {opposite.words}{f', after {hold} s' if hold else ''}.",
        spoken("No message to the customer goes with it; <ticket.reply> writes one.", workbench.surface),
    ]
    if isinstance(verdict, Warn):
        told.append(spoken(verdict.reason, workbench.surface))
    return " ".join(told)


def as_done(line: Pending, name_of: Callable[[str], str]) -> str:
    """What an operation did, in the words in which it was told when it was done: ``owner nobody -> you``."""
    if list(line.sets) != ["owner"] or "owner" not in line.base or line.kind is not OperationKind.UPDATE:
        return line.what
    before, after = (_shown("owner", values["owner"], name_of) for values in (line.base, line.sets))
    return f"owner {before} -> {after}"


def final_words(workbench: Workbench, action_id: str, ticket: int, facts: Facts, wish: Wish) -> str:
    """What to say before, where undo will be able to do nothing once it is sent; else empty."""
    if action_id in ("ticket.reply", "ticket.resolve"):
        return _THEN_FINAL
    if wish.status is None or wish.status.is_active:
        return ""
    now = workbench.clock.now()
    evidence = evidence_of(workbench.reader, workbench.book, ticket, facts, now)
    ended = replace(facts, status=wish.status)
    verdict = can("ticket.reopen", ended, workbench.me.id, now, evidence, Wish(status=Status.OPEN))
    return _THEN_FINAL if isinstance(verdict, Refuse) else ""


def _opposite(batch: Sequence[Pending], name_of: Callable[[str], str]) -> Opposite | Refuse:
    line = batch[0]
    if any(each.ticket != line.ticket for each in batch):
        count = len({each.ticket for each in batch})
        return _final(
            f"A bulk run of {count:,} tickets has been sent.",
            "Mark its tickets, and change them back; its report names them.",
        )
    if any(each.kind is OperationKind.CREATE for each in batch):
        return _final(f"{line.number} is open at the desk.", "<ticket.close> closes it.")
    if any(each.kind is OperationKind.REPLY for each in batch):
        return _final(f"The customer of {line.number} has the message.", "<ticket.reply> writes another one.")
    changing = [each for each in batch if each.sets]
    if not changing:
        return _final(
            f"The note on {line.number} stands at the desk.", "<ticket.comment> writes another one."
        )
    sets, base = changing[-1].sets, changing[-1].base
    if sets.get("status") in _ENDED:
        return Opposite("ticket.reopen", {}, f"reopen, {sets['status']} -> open")
    names = [name for name in sets if name != "close_reason"]
    if len(changing) > 1 or len(names) != 1 or names[0] not in base:
        return _final(
            f"Several values of {line.number} were sent together.", "Change them back with the same keys."
        )
    (name,) = names
    before, words = base[name], f"{name} {_shown(name, sets[name], name_of)}"
    words += f" -> {_shown(name, base[name], name_of)}"
    match name:
        case "owner":
            return Opposite("ticket.assign", {"owner": before or ""}, words)
        case "priority" | "severity" if before is not None:
            return Opposite("ticket.priority", {name: before}, words)
        case "status" if before not in _ENDED:
            return Opposite("ticket.status", {"status": before}, words)
    return _final(
        f"The {name} of {line.number} cannot be put back by itself.", "Change it with the same key."
    )


def _shown(name: str, value: FieldValue, name_of: Callable[[str], str]) -> str:
    if name == "owner":
        return name_of(str(value or ""))
    return "none" if value in (None, "") else f"P{value}" if name == "priority" else str(value)


def _final(reason: str, remedy: str) -> Refuse:
    return Refuse(reason=reason, remedy=remedy, rule="generic.final")


def _changed(name: str, line: Pending) -> Refuse:
    return Refuse(
        reason=f"The {name} of {line.number} has been changed again since.",
        remedy="Look at the ticket, and set what it shall be.",
        rule="generic.changed_since",
    )


_GONE = Refuse(
    reason="The ticket is no longer here.", remedy="Find it by its number with /.", rule="generic.no_ticket"
)
