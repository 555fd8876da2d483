"""Deciding a conflict or a refusal: mine, theirs, another value, the other ticket. One key each.

What is sent again is judged again: the gates are asked on what is known now, with the new evidence.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from techdesk.actions.because import REASONS
from techdesk.actions.macros import UNCHANGED, afterwards
from techdesk.actions.meaning import actions_of
from techdesk.actions.noting import reason_note
from techdesk.actions.operations import Decision, new_id
from techdesk.actions.outcomes import Confirm, Outcome, Queued, Refused
from techdesk.actions.registry import Tier, action
from techdesk.actions.wording import asked, spoken
from techdesk.model import Direction, Instant, Operation, OperationKind, TombstoneReason
from techdesk.rules.facts import Facts
from techdesk.rules.records import REASON, decode
from techdesk.rules.verdicts import Refuse, Verdict, Warn, worst
from techdesk.store.disputes import Dispute
from techdesk.store.rows import Pending
from techdesk.text import safe_text

if TYPE_CHECKING:
    from techdesk.actions.workbench import Workbench

_JUDGED = ("ticket.take", "ticket.assign", "ticket.priority", "ticket.reply", "ticket.comment",
           "ticket.status", "ticket.resolve", "ticket.close", "ticket.reopen")  # fmt: skip
"""Actions whose wish can be read back from what they queued; in the order in which they are asked about."""
_SETTLED = Refuse(
    reason="It is decided already, or its ticket changed again.",
    remedy="Look again: what is shown now is how it stands.",
    rule="generic.no_operation",
)


def settle(
    workbench: Workbench,
    action_id: str,
    operation: int,
    *,
    confirmed: bool,
    without: tuple[str, ...] = (),
    because: str = "",
) -> Outcome:
    """Decide one operation that waits for a person.

    ``conflict.mine``, ``conflict.theirs``, ``conflict.move`` (to the ticket that its own was merged into),
    ``conflict.save`` (its text into a file of its own, then as theirs), ``conflict.reopen`` (a close that
    was written over a customer's message). ``without``: fields of ``conflict.mine`` that stay as the desk
    has them. ``because``: the reason for what a rule lets pass with one now, and did not ask for then;
    recorded on the ticket beside what is sent.
    """
    because = " ".join(because.split())
    line = next((each for each in workbench.reader.operations() if each.key == operation), None)
    dispute = workbench.reader.dispute(operation)
    if line is None or dispute is None:
        return workbench.refuse(action_id, None, "", _SETTLED)
    if dispute.change_words:
        line = replace(line, what=f"{line.what}, {dispute.change_words}")
    match action_id:
        case "conflict.mine":
            return _keep_mine(workbench, line, dispute, confirmed=confirmed, without=without, because=because)
        case "conflict.theirs":
            return _take_theirs(workbench, line, dispute, confirmed=confirmed)
        case "conflict.move":
            return _move(workbench, line, dispute, confirmed=confirmed, because=because)
        case "conflict.save":
            return _save(workbench, line)
        case "conflict.reopen":
            return _reopen(workbench, line, confirmed=confirmed)
    raise ValueError(action_id)


def _keep_mine(
    workbench: Workbench,
    line: Pending,
    dispute: Dispute,
    *,
    confirmed: bool,
    without: tuple[str, ...] = (),
    because: str = "",
) -> Outcome:
    if dispute.gone:
        return workbench.refuse("conflict.mine", line.ticket, line.number, _gone(dispute))
    if without:
        sets = {name: value for name, value in line.sets.items() if name not in without}
        left = [field for field in dispute.fields if field.field in sets]
        what = ", ".join(f"{field.name} {field.base} -> {field.mine}".replace("  ", " ") for field in left)
        line = replace(line, sets=sets, what=what or line.what)
        if not sets:
            return _take_theirs(workbench, line, dispute, confirmed=confirmed)
    asked = _judged(workbench, line, dispute, line.ticket, confirmed=confirmed, because=because)
    if asked is not None:
        return asked
    words = f"{'tried again' if not dispute.fields and not line.text else 'mine kept'}: {line.what}"
    if without:
        kept = ", ".join(name.replace("_", " ") for name in line.sets)
        words = f"mine kept: {kept}; the desk's: {', '.join(name.replace('_', ' ') for name in without)}"
    notes = _reasons(workbench, line, line.ticket, because)
    commit = workbench.writer.keep_mine(line.key, workbench.clock.now(), without, notes)
    return _queued(line, words, commit)


def _take_theirs(workbench: Workbench, line: Pending, dispute: Dispute, *, confirmed: bool) -> Outcome:
    creates = dispute.kind is OperationKind.CREATE
    if (creates or (dispute.gone and line.text)) and not confirmed:
        lost = "The new ticket and all that hangs on it are lost." if creates else "The text is lost."
        kept = "" if creates else spoken(" <conflict.save> saves it in a file instead.", workbench.surface)
        return Confirm(question=f"Drop for good: {line.what} of {line.number}?", detail=lost + kept)
    commit = workbench.writer.take_theirs(line.key, workbench.clock.now())
    draft = "; its text is a draft again" if line.text and not creates and not dispute.gone else ""
    return _queued(line, f"dropped, the desk's version stays: {line.what}{draft}", commit)


def _move(
    workbench: Workbench, line: Pending, dispute: Dispute, *, confirmed: bool, because: str = ""
) -> Outcome:
    if dispute.gone != TombstoneReason.MERGED:
        alone = Refuse(
            reason="The ticket was not merged into another.",
            remedy="<conflict.mine> sends it again, <conflict.theirs> drops it.",
            rule="generic.not_merged",
        )
        return workbench.refuse("conflict.move", line.ticket, line.number, alone)
    if dispute.other is None:
        away = Refuse(
            reason=f"The ticket that it was merged into ({dispute.other_number or 'unknown'}) is not here.",
            remedy="Find it at the desk first (its number after /), then try again.",
            rule="generic.no_ticket",
        )
        return workbench.refuse("conflict.move", line.ticket, line.number, away)
    asked = _judged(workbench, line, dispute, dispute.other, confirmed=confirmed, because=because)
    if dispute.other_reader and not confirmed and not isinstance(asked, Refused):
        asked = _to_another(line, dispute, asked)
    if asked is not None:
        return asked
    notes = _reasons(workbench, line, dispute.other, because)
    commit = workbench.writer.move(line.key, new_id, workbench.clock.now(), notes)
    return _queued(line, f"carried over to {dispute.other_number}: {line.what}", commit)


def _to_another(line: Pending, dispute: Dispute, asked: Outcome | None) -> Confirm:
    """A reply that another person would get: what was written to one customer may be none of the other's."""
    if isinstance(asked, Confirm):
        return replace(asked, detail=f"{dispute.other_reader} {asked.detail}".strip())
    return Confirm(
        question=f"Carry it over to {dispute.other_number}: {line.what}?", detail=dispute.other_reader
    )


def _save(workbench: Workbench, line: Pending) -> Outcome:
    if not line.text:
        nothing = Refuse(
            reason="There is no text in it to save.",
            remedy="<conflict.theirs> drops it.",
            rule="generic.no_text",
        )
        return workbench.refuse("conflict.save", line.ticket, line.number, nothing)
    try:
        path = save_text(workbench.database.folder, line, workbench.clock.now())
    except OSError as error:
        unsaved = Refuse(
            reason=f"The text could not be written ({error.strerror or error}).",
            remedy="It is still in the outbox; make room and try again.",
            rule="generic.not_saved",
        )
        return workbench.refuse("conflict.save", line.ticket, line.number, unsaved)
    commit = workbench.writer.drop(line.key, workbench.clock.now())
    return _queued(line, f"saved in {path}, and dropped: {line.what}", commit)


def save_text(folder: Path, line: Pending, now: Instant) -> Path:
    """Write an unsent text to a file of its own that only its owner reads; raises OSError.

    It is on the disk when this returns: what is dropped afterwards cannot be lost.
    """
    place = folder / "saved"
    place.mkdir(mode=0o700, exist_ok=True)
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in line.number)[:60]
    path = place / f"{name}-{line.key}.txt"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(f"{line.number} {line.subject}\n{line.what}\n\n{line.text}\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def _reopen(workbench: Workbench, line: Pending, *, confirmed: bool) -> Outcome:
    """A close that the desk has, although the customer wrote: open it again, and the conflict is settled."""
    return workbench.perform("ticket.reopen", line.ticket, confirmed=confirmed, replaces=line.key)


def _judged(
    workbench: Workbench, line: Pending, dispute: Dispute, ticket: int, *, confirmed: bool, because: str
) -> Outcome | None:
    """What the gates say of sending it now; None where it may go."""
    view = workbench.reader.ticket(ticket)
    change = _change_of(workbench, line, dispute)
    both = {*_meant(line), *(_meant(change) if change is not None else ())}
    meant = [each for each in _JUDGED if each in both]
    if not meant or view is None:
        return None
    if change is not None:
        line = replace(line, sets={**line.sets, **change.sets})
    given = because or _reason_given(workbench, line)
    verdicts: list[Verdict] = []
    facts: Facts | None = None
    for action_id in meant:
        values = {**_values_of(line, action_id), "because": given, REASONS: None}
        judged = workbench.judge(action_id, ticket, view, values, facts=facts)
        verdict = judged.verdict
        if isinstance(verdict, Refuse):
            if len(meant) > 1 and verdict.rule in UNCHANGED:
                continue  # the desk has this part of it by now
            return workbench.refuse(action_id, ticket, view.row.number, verdict)
        verdicts.append(verdict)
        facts = afterwards(judged.facts, judged.wish, workbench.name_of)
    worse = worst(verdicts)
    warning = worse if isinstance(worse, Warn) else None
    if not confirmed and (warning is not None or any(action(each).tier >= Tier.CONFIRM for each in meant)):
        told = [spoken(warning.reason, workbench.surface)] if warning is not None else []
        wrote = [entry for entry in dispute.messages if entry.direction is Direction.INBOUND]
        if dispute.customer_wrote and wrote:
            told.append(f"{wrote[-1].author_name} wrote since: {safe_text(wrote[-1].body, 200)}")
        return Confirm(
            question=asked(f"Send it all the same: {line.what} of {view.row.number} {view.row.subject}"),
            detail=" ".join(told),
            rule=warning.rule if warning is not None else "",
            wants_reason=warning is not None and warning.wants_reason,
        )
    return None


def _change_of(workbench: Workbench, line: Pending, dispute: Dispute) -> Pending | None:
    """The change that is decided with a reply."""
    beside = workbench.reader.operations(ticket=line.ticket)
    return next((each for each in beside if each.key == dispute.change), None)


def _meant(line: Pending) -> tuple[str, ...]:
    """The actions that it stands for. To keep a take is an assignment, which asks before it takes over."""
    found = actions_of(line.action, line.kind, line.sets)
    return tuple("ticket.assign" if each == "ticket.take" else each for each in found)


def _reasons(workbench: Workbench, line: Pending, ticket: int, because: str) -> tuple[Operation, ...]:
    """The record of a reason that was given now, which goes with it and is undone and decided with it."""
    view = workbench.reader.ticket(ticket)
    if not because or view is None:
        return ()
    decision = Decision(
        batch=line.batch,
        action=next(iter(_meant(line)), line.action),
        actor=workbench.me.id,
        now=workbench.clock.now(),
        hold_seconds=0,
        ticket=ticket,
        ticket_id=view.base.id if view.base is not None else "",
    )
    return (reason_note(decision, because),)


def _reason_given(workbench: Workbench, line: Pending) -> str:
    """The reason that was recorded when it was decided: it is not asked for a second time.

    The record left in the same key press: it waits beside what is decided here, or stands at the desk.
    """
    beside = [each for each in workbench.reader.operations(ticket=line.ticket) if each.batch == line.batch]
    for each in (*beside, *workbench.reader.last_sent("", since=0, batch=line.batch)):
        record = decode(each.text) if each.kind is OperationKind.COMMENT else None
        if record is not None and record.kind == REASON:
            return record.field("because")
    return ""


def _values_of(line: Pending, action_id: str) -> Mapping[str, Any]:
    """The values that an action was given, read back from what it queued."""
    values: dict[str, Any] = {}
    for name in ("priority", "severity", "owner"):
        if name in line.sets:
            values[name] = line.sets[name]
    if line.text:
        values["text"] = line.text
    match action_id:
        case "ticket.status":
            values["status"] = line.sets.get("status")
        case "ticket.close":
            values["reason"] = line.sets.get("close_reason") or ""
        case "ticket.resolve" | "ticket.reply" if not line.text:
            values["text"] = "?"  # it went out before the status that belongs to it
    return {name: value for name, value in values.items() if value is not None}


def _gone(dispute: Dispute) -> Refuse:
    if dispute.gone == TombstoneReason.MERGED:
        return Refuse(
            reason=f"The ticket was merged into {dispute.other_number or 'another'}: it takes nothing more.",
            remedy="<conflict.move> carries it over, <conflict.theirs> drops it.",
            rule="generic.gone",
        )
    return Refuse(
        reason="The ticket was deleted at the desk: it takes nothing more.",
        remedy="<conflict.save> saves the text in a file, <conflict.theirs> drops it.",
        rule="generic.gone",
    )


def _queued(line: Pending, words: str, commit: Any) -> Queued:
    return Queued(batch=line.batch, words=words, commit=commit, ticket=line.ticket, can_undo=False)
